"""Scoring a published warehouse against the truth of a synthetic county.

Only the published file is read, as an analyst would read it. Thresholds are those the county is
judged by: nothing lost, confirmed links right, what can be found is found, nobody innocent flagged.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from pipelines.home import Home
from pipelines.synthetic.report import report

PRECISION, RECALL, RULE_RECALL = 0.999, 0.985, 0.98
HOUSEHOLD_DATASETS = (
    "roster.monitored",
    "housing.appraisals",
    "housing.renovations",
    "housing.relocations",
)
NOT_LINKED = ("roster.population", "roster.villages", "finance.fund_progress")
_ROW = ["path", "sheet", "row_number"]


class NothingPublishedError(LookupError):
    """There is no published round of this county to score, or no truth to score it by."""


@dataclass(frozen=True)
class Evaluation:
    """How a county's published rounds stand against its truth."""

    figures: pl.DataFrame
    """The judged figures: figure, value, threshold, passed."""
    lost: pl.DataFrame
    """Rows of the files that are nowhere: dataset, path, sheet, row_number."""
    links: pl.DataFrame
    """By dataset: rows, determinable, found, confirmed, confirmed_right, precision, recall."""
    link_defects: pl.DataFrame
    """The same by dataset and defect."""
    wrong_links: pl.DataFrame
    """Confirmed links that are wrong: dataset, path, sheet, row_number, defects, method."""
    rules: pl.DataFrame
    """By rule and round: real, detectable, found, flagged, right, innocent_flagged, recall, …"""
    innocents: pl.DataFrame
    """By rule and reason, over all rounds: cases, flagged."""
    flagged_wrongly: pl.DataFrame
    """Flagged subjects that are not real doubts, each with its reason where it has one."""
    missed: pl.DataFrame
    """Detectable real doubts that were not flagged."""
    villages: pl.DataFrame
    """By round: villages, blank_right, blank_wrong, zero_right, zero_wrong."""
    text: str
    """The report in Chinese."""

    @property
    def passed(self) -> bool:
        """Whether every judged figure meets its threshold."""
        return bool(self.figures["passed"].all())


@dataclass(frozen=True)
class Truth:
    """What a synthetic county was made from."""

    records: pl.DataFrame
    discrepancies: pl.DataFrame
    villages: pl.DataFrame
    persons: pl.DataFrame


def evaluate(home: Home, county: str, truth_dir: Path | None = None) -> Evaluation:
    """Score the published rounds of `county`.

    Args:
        home: Whose warehouse is read.
        county: Division code.
        truth_dir: The folder with ``records.parquet`` and the rest, or its parent; by default
            ``<home>/truth/<county>``.

    Raises:
        NothingPublishedError: There is no truth in the folder, or no published round.
    """
    truth = read_truth(truth_dir or home.path / "truth", county)
    if not home.database.exists():
        raise NothingPublishedError(f"没有已发布的数据库：{home.database}；请先运行 bidui run")
    with duckdb.connect(str(home.database), read_only=True) as db:
        published = db.execute(
            "SELECT DISTINCT round FROM runs WHERE county = ? ORDER BY round", [county]
        ).pl()["round"]
        if published.is_empty():
            raise NothingPublishedError(f"数据库中没有 {county} 的任何一期；请先运行 bidui run")
        latest = published[-1]
        known = known_persons(db, county, truth)
        lost = _lost(db, county, latest, truth)
        scored = _scored_links(db, county, latest, truth, known)
        subjects = _subjects(db, county, truth, known)
        status = db.execute(
            "SELECT round, village_code, blank, zero_change FROM village_status WHERE county = ?",
            [county],
        ).pl()
    links = _link_scores(scored, ["dataset"])
    rules, innocents, wrong, missed = _rule_scores(subjects, truth, published)
    villages = _village_scores(status, truth, published)
    figures = _figures(lost, scored, rules, innocents, villages)
    defects = _link_scores(_by_defect(scored), ["dataset", "defect"])
    return Evaluation(
        figures,
        lost,
        links,
        defects,
        _wrong_links(scored),
        rules,
        innocents,
        wrong,
        missed,
        villages,
        report(county, list(published), figures, links, rules, innocents, villages),
    )


def read_truth(folder: Path, county: str) -> Truth:
    """Read the truth of a county from its folder or the folder above.

    Raises:
        NothingPublishedError: There is none.
    """
    for place in (folder, folder / county):
        if (place / "records.parquet").exists():
            records, discrepancies, villages, persons = (
                pl.read_parquet(place / f"{name}.parquet")
                for name in ("records", "discrepancies", "villages", "persons")
            )
            records = records.with_columns(pl.col("sheet").fill_null(""))
            return Truth(records, discrepancies, villages, persons)
    raise NothingPublishedError(
        f"{folder} 中没有标准答案（records.parquet）；请用 bidui generate 生成"
    )


def _used(db: duckdb.DuckDBPyConnection, county: str, latest: object) -> pl.DataFrame:
    return db.execute(
        "SELECT path, coalesce(sheet, '') AS sheet, dataset, used, rows_read, rows_accepted, "
        "rows_set_aside, rows_not_data FROM source_files WHERE county = ? AND round = ?",
        [county, latest],
    ).pl()


def same_sheet(frame: pl.DataFrame) -> pl.DataFrame:
    """Give rows without the sheet of a csv: it has none, whatever name a reader gives it."""
    csv = pl.col("path").str.ends_with(".csv")
    return frame.with_columns(
        pl.when(csv).then(pl.lit("")).otherwise(pl.col("sheet").fill_null("")).alias("sheet")
    )


def known_persons(db: duckdb.DuckDBPyConnection, county: str, truth: Truth) -> pl.DataFrame:
    """Give which published person each true person is: p, person_id, on_roster.

    By the row of the roster; who stood in an earlier one alone, by the ID number.
    """
    rows = db.execute(
        "SELECT r.path, r.sheet, r.row_number, p.person_id FROM roster_population AS r "
        "JOIN persons AS p USING (county, record_id) WHERE r.county = ?",
        [county],
    ).pl()
    roster = truth.records.filter(pl.col("dataset") == "roster.population")
    former = db.execute(
        "SELECT person_id, id_number AS true_id FROM former_persons WHERE county = ?", [county]
    ).pl()
    present = same_sheet(rows).join(roster.select(*_ROW, "p"), on=_ROW, how="inner")
    gone = former.join(truth.persons.select("p", "true_id"), on="true_id", how="inner")
    return pl.concat(
        [
            present.select("p", "person_id", on_roster=pl.lit(value=True)).unique("person_id"),
            gone.select("p", "person_id", on_roster=pl.lit(value=False)),
        ]
    )


def _lost(db: duckdb.DuckDBPyConnection, county: str, latest: object, truth: Truth) -> pl.DataFrame:
    """Rows of the truth that are neither in the dataset's table nor set aside nor counted."""
    files = same_sheet(_used(db, county, latest))
    aside = same_sheet(
        db.execute(
            "SELECT DISTINCT path, coalesce(sheet, '') AS sheet, row_number FROM quarantine "
            "WHERE county = ? AND scope = 'row'",
            [county],
        ).pl()
    )
    lost = []
    used = files.filter("used").select("path", "sheet").unique()
    for (dataset,), rows in truth.records.partition_by("dataset", as_dict=True).items():
        current = rows.join(used, on=["path", "sheet"], how="semi")
        if current.is_empty():
            continue
        table = str(dataset).replace(".", "_")
        there = same_sheet(
            db.execute(
                f"SELECT path, coalesce(sheet, '') AS sheet, row_number FROM {table} "  # noqa: S608
                "WHERE county = ?",
                [county],
            ).pl()
        )
        gone = current.join(there, on=_ROW, how="anti").join(aside, on=_ROW, how="anti")
        lost.append(gone.select("dataset", *_ROW))
    # Of files that are not used any more, the counts must still close.
    counted = files.group_by("path", "sheet").agg(
        (pl.col("rows_accepted") + pl.col("rows_set_aside")).sum().alias("kept"),
        (
            pl.col("rows_read")
            - pl.sum_horizontal("rows_accepted", "rows_set_aside", "rows_not_data")
        )
        .abs()
        .sum()
        .alias("open"),
    )
    waiting = truth.records.join(used, on=["path", "sheet"], how="anti")
    per_file = (
        waiting.group_by("dataset", "path", "sheet")
        .len("rows")
        .join(counted, on=["path", "sheet"], how="left")
    )
    short = per_file.filter(
        pl.col("kept").is_null() | (pl.col("kept") < pl.col("rows")) | (pl.col("open") > 0)
    ).filter(pl.col("kept").is_not_null() | (pl.lit(len(files)) > 0))
    whole = waiting.join(short.select("path", "sheet"), on=["path", "sheet"], how="semi")
    lost.append(whole.select("dataset", *_ROW))
    return pl.concat(lost)


def _scored_links(
    db: duckdb.DuckDBPyConnection, county: str, latest: object, truth: Truth, known: pl.DataFrame
) -> pl.DataFrame:
    """Every true row of the lists in use, with the link it got and whether that is right."""
    links = same_sheet(
        db.execute(
            "SELECT dataset, path, coalesce(sheet, '') AS sheet, row_number, "
            "coalesce(person_id, former_person_id) AS person_id, "
            "household_id AS linked_household, status, method FROM links WHERE county = ?",
            [county],
        ).pl()
    )
    del latest
    rows = truth.records.filter(~pl.col("dataset").is_in(list(NOT_LINKED)))
    by_household = pl.col("dataset").is_in(list(HOUSEHOLD_DATASETS))
    on_roster = known.filter("on_roster").select("p", "on_roster").unique()
    homes = truth.records.filter(pl.col("dataset") == "roster.population").join(
        on_roster, on="p", how="semi"
    )
    listed = (
        homes.select("household_id").unique().with_columns(pl.lit(value=True).alias("home_listed"))
    )
    joined = (
        links.join(rows.drop("row"), on=["dataset", *_ROW], how="inner")
        .join(
            known.select("person_id", linked_p="p").unique("person_id"), on="person_id", how="left"
        )
        .join(on_roster, on="p", how="left")
        .join(listed, on="household_id", how="left")
    )
    right = (
        pl.when(by_household)
        .then(pl.col("linked_household") == pl.col("household_id"))
        .otherwise(pl.col("linked_p") == pl.col("p"))
        .fill_null(value=False)
    )
    there = pl.when(by_household).then("home_listed").otherwise("on_roster").fill_null(value=False)
    return joined.with_columns(right.alias("right"), (pl.col("determinable") & there).alias("due"))


def _link_scores(scored: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    confirmed = pl.col("status") == "confirmed"
    linked = pl.col("status").is_in(["confirmed", "suspected"])
    return (
        scored.group_by(keys)
        .agg(
            pl.len().alias("rows"),
            pl.col("due").sum().alias("determinable"),
            (pl.col("due") & linked & pl.col("right")).sum().alias("found"),
            confirmed.sum().alias("confirmed"),
            (confirmed & pl.col("right")).sum().alias("confirmed_right"),
        )
        .with_columns(
            (pl.col("confirmed_right") / pl.col("confirmed")).alias("precision"),
            (pl.col("found") / pl.col("determinable")).alias("recall"),
        )
        .sort(keys)
    )


def _by_defect(scored: pl.DataFrame) -> pl.DataFrame:
    defect = pl.when(pl.col("defects") == "").then(pl.lit("none")).otherwise(pl.col("defects"))
    return scored.with_columns(defect.fill_null("none").str.split("|").alias("defect")).explode(
        "defect"
    )


def _wrong_links(scored: pl.DataFrame) -> pl.DataFrame:
    return scored.filter((pl.col("status") == "confirmed") & ~pl.col("right")).select(
        "dataset", *_ROW, "defects", "tag", "method", "p", "linked_p"
    )


def _subjects(
    db: duckdb.DuckDBPyConnection, county: str, truth: Truth, known: pl.DataFrame
) -> pl.DataFrame:
    """Give the published discrepancies as subjects of the truth."""
    found = db.execute(
        "SELECT round, rule_id, person_id, household_id, village_code, left_path AS path, "
        "coalesce(left_sheet, '') AS sheet, left_row_number AS row_number, case_id "
        "FROM discrepancies WHERE county = ?",
        [county],
    ).pl()
    subject = truth.discrepancies.select("rule_id", "subject").unique()
    by_row = truth.records.select(*_ROW, pl.col("p").alias("p_of_row")).unique(_ROW)
    return (
        same_sheet(found)
        .join(subject, on="rule_id", how="inner")
        .join(known.drop("on_roster"), on="person_id", how="left")
        .join(by_row, on=_ROW, how="left")
        .with_columns(pl.coalesce("p", "p_of_row").alias("p"))
    )


def _key() -> pl.Expr:
    """What a subject is compared by: the person, the household or the village."""
    return (
        pl.when(pl.col("subject") == "person")
        .then(pl.col("p").cast(pl.String))
        .when(pl.col("subject") == "household")
        .then("household_id")
        .otherwise("village_code")
        .alias("key")
    )


def _rule_scores(
    subjects: pl.DataFrame, truth: Truth, published: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    on = ["round", "rule_id", "key"]
    # Whether anything changed can only be told from the second published round on.
    judged = (pl.col("rule_id") != "VIL-04") | (pl.col("round") > published[0])
    expected = (
        truth.discrepancies.filter(pl.col("round").is_in(published.implode()), judged)
        .with_columns(_key())
        # A person may be innocent for one row and real for another: real, then ambiguous, first.
        .with_columns(
            pl.col("label").replace_strict({"real": 0, "ambiguous": 1}, default=2).alias("rank")
        )
        .sort("rank", maintain_order=True)
        .unique(on, keep="first", maintain_order=True)
        .drop("rank")
    )
    flagged = subjects.with_columns(_key()).unique(on, keep="first", maintain_order=True)
    marked = expected.join(
        flagged.select(*on, pl.lit(value=True).alias("flagged")), on=on, how="left"
    ).with_columns(pl.col("flagged").fill_null(value=False))
    real, seen = pl.col("label") == "real", pl.col("detectable")
    innocent = pl.col("label") == "innocent"
    by_rule = marked.group_by("rule_id", "round").agg(
        real.sum().alias("real"),
        (real & seen).sum().alias("detectable"),
        (real & seen & pl.col("flagged")).sum().alias("found"),
        (real & pl.col("flagged")).sum().alias("right"),
        innocent.sum().alias("innocent"),
        (innocent & pl.col("flagged")).sum().alias("innocent_flagged"),
        ((pl.col("label") == "ambiguous") & pl.col("flagged")).sum().alias("ambiguous_flagged"),
    )
    known = marked.select(*on, "label", "reason")
    wrong = flagged.join(known, on=on, how="left").filter(
        pl.col("label").is_null() | (pl.col("label") == "innocent")
    )
    counts = flagged.group_by("rule_id", "round").agg(
        pl.len().alias("flagged"), pl.col("key").is_null().sum().alias("unplaced")
    )
    rules = (
        by_rule.join(counts, on=["rule_id", "round"], how="left")
        .with_columns(pl.col("flagged", "unplaced").fill_null(0))
        .with_columns(
            (pl.col("found") / pl.col("detectable")).alias("recall"),
            (pl.col("right") / pl.col("real")).alias("recall_of_all"),
            (
                pl.col("right")
                / (pl.col("flagged") - pl.col("ambiguous_flagged") - pl.col("unplaced"))
            ).alias("precision"),
        )
        .sort("rule_id", "round")
    )
    innocents = (
        marked.filter(innocent)
        .group_by("rule_id", "reason")
        .agg(pl.len().alias("cases"), pl.col("flagged").sum().alias("flagged"))
        .sort("rule_id", "reason")
    )
    missed = marked.filter(real & seen & ~pl.col("flagged"))
    return rules, innocents, wrong, missed


def _village_scores(status: pl.DataFrame, truth: Truth, published: pl.Series) -> pl.DataFrame:
    both = truth.villages.filter(pl.col("round").is_in(published.implode())).join(
        status, on=["round", "village_code"], how="left", suffix="_said"
    )
    judged = pl.col("compared")
    blank = pl.col("blank") == pl.col("blank_said").fill_null(value=False)
    zero = (pl.col("zero_change") == pl.col("zero_change_said").fill_null(value=False)) | (
        pl.col("round") == published[0]
    )
    return (
        both.group_by("round")
        .agg(
            pl.len().alias("villages"),
            (judged & blank).sum().alias("blank_right"),
            ((judged & ~blank) | (~judged & pl.col("blank_said").fill_null(value=False)))
            .sum()
            .alias("blank_wrong"),
            zero.sum().alias("zero_right"),
            (~zero).sum().alias("zero_wrong"),
        )
        .sort("round")
    )


def _figures(
    lost: pl.DataFrame,
    scored: pl.DataFrame,
    rules: pl.DataFrame,
    innocents: pl.DataFrame,
    villages: pl.DataFrame,
) -> pl.DataFrame:
    whole = _link_scores(scored.with_columns(pl.lit("all").alias("all")), ["all"])
    precision = float(whole["precision"][0] or 0) if len(whole) else 0.0
    recall = float(whole["recall"][0] or 0) if len(whole) else 0.0
    per_rule = (
        rules.group_by("rule_id")
        .agg((pl.col("found").sum() / pl.col("detectable").sum()).alias("recall"))
        .sort("rule_id")
    )
    rows: list[tuple[str, float, float, bool]] = [
        ("丢失的行", float(len(lost)), 0.0, lost.is_empty()),
        ("已确认关联的准确率", precision, PRECISION, precision >= PRECISION),
        ("可判定行的关联召回率", recall, RECALL, recall >= RECALL),
    ]
    for rule, value in per_rule.iter_rows():
        # A rule without any detectable case has nothing to find.
        score = 1.0 if value is None or value != value else float(value)  # noqa: PLR0124
        rows.append((f"{rule} 召回率", score, RULE_RECALL, score >= RULE_RECALL))
    flagged = float(innocents["flagged"].sum())
    wrong = float(villages["blank_wrong"].sum())
    rows.append(("被误列的无辜情形", flagged, 0.0, flagged == 0))
    rows.append(("空白村判断有误", wrong, 0.0, wrong == 0))
    return pl.DataFrame(rows, schema=["figure", "value", "threshold", "passed"], orient="row")
