"""Evaluation held to a published file made from the truth itself, then spoilt in one place."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.home import Home
from pipelines.synthetic.evaluate import NothingPublishedError, evaluate
from pipelines.synthetic.generate import GeneratedCounty

pytestmark = pytest.mark.integration

EVENTS = (
    "education.student_aid",
    "education.home_teaching",
    "health.deaths",
    "insurance.claims",
    "finance.card_payments",
)


def _write(db: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    db.register("frame_", frame.to_arrow())
    db.execute(f"CREATE TABLE {name} AS SELECT * FROM frame_")
    db.unregister("frame_")


@pytest.fixture
def published(tmp_path: Path, county: GeneratedCounty) -> Home:
    """A home whose warehouse says exactly what is true."""
    home = Home(tmp_path)
    home.warehouse.mkdir(parents=True)
    records = pl.read_parquet(county.truth / "records.parquet").with_columns(
        pl.lit(county.county).alias("county"),
        pl.col("sheet").fill_null(""),
        (pl.col("path") + "#" + pl.col("sheet") + "#" + pl.col("row_number").cast(pl.String)).alias(
            "record_id"
        ),
        pl.col("p").cast(pl.String).alias("person_id"),
    )
    newest = records.filter(~pl.col("superseded")).group_by("dataset").agg(pl.col("k").max())
    current = pl.concat(
        [
            records.filter(~pl.col("superseded")).join(newest, on=["dataset", "k"], how="semi"),
            records.filter(pl.col("dataset").is_in(EVENTS)).join(
                newest, on=["dataset", "k"], how="anti"
            ),
        ]
    )
    doubts = pl.read_parquet(county.truth / "discrepancies.parquet").filter(
        (pl.col("label") == "real") & pl.col("detectable")
    )
    last = county.rounds[-1]
    files = (
        records.group_by("county", "path", "sheet", "dataset")
        .agg(pl.len().alias("rows_read"))
        .join(
            current.select("path", "sheet", pl.lit(value=True).alias("used")).unique(),
            on=["path", "sheet"],
            how="left",
        )
        .with_columns(
            pl.col("used").fill_null(value=False),
            pl.lit(last).alias("round"),
            pl.col("rows_read").alias("rows_accepted"),
            pl.lit(0).alias("rows_set_aside"),
            pl.lit(0).alias("rows_not_data"),
        )
    )
    with duckdb.connect(str(home.database)) as db:
        rounds = pl.DataFrame({"county": county.county, "round": list(county.rounds)})
        _write(db, "runs", rounds)
        _write(db, "source_files", files)
        row = ["county", "path", "sheet", "row_number", "record_id"]
        for (dataset,), part in current.partition_by("dataset", as_dict=True).items():
            _write(db, str(dataset).replace(".", "_"), part.select(row))
        roster = current.filter(pl.col("dataset") == "roster.population")
        _write(db, "persons", roster.select("county", "record_id", "person_id"))
        people = pl.read_parquet(county.truth / "persons.parquet")
        listed = records.filter(pl.col("dataset") == "roster.population").select("p").unique()
        former = (
            people.join(listed, on="p", how="semi")
            .join(roster, on="p", how="anti")
            .select(
                pl.lit(county.county).alias("county"),
                pl.col("p").cast(pl.String).alias("person_id"),
                pl.col("true_id").alias("id_number"),
            )
        )
        assert not former.is_empty()
        _write(db, "former_persons", former)
        left = pl.col("person_id").is_in(former["person_id"].implode())
        aside = current.head(0).select(*row, pl.lit("row").alias("scope"))
        _write(db, "quarantine", aside)
        linked = current.filter(
            ~pl.col("dataset").is_in(["roster.population", "roster.villages"])
            & pl.col("dataset").ne("finance.fund_progress")
        ).with_columns(
            # Whoever has left the roster can be known by name and number alone.
            pl.when(~pl.col("p").is_in(roster["p"].implode()) & ~(left & pl.col("intact")))
            .then(pl.lit("unmatched"))
            .when("intact")
            .then(pl.lit("confirmed"))
            .otherwise(pl.lit("suspected"))
            .alias("status"),
            pl.lit("id").alias("method"),
            pl.when(left & pl.col("intact")).then("person_id").alias("former_person_id"),
        )
        linked = linked.with_columns(pl.when(~left.fill_null(value=False)).then("person_id"))
        _write(
            db,
            "links",
            linked.select(
                *row,
                *("dataset", "person_id", "household_id", "former_person_id", "status", "method"),
            ),
        )
        first_seen = (
            records.filter(pl.col("dataset") == "roster.population")
            .sort("k")
            .unique("p", keep="first")
            .select("p", "path", "sheet", "row_number")
        )
        found = doubts.join(first_seen, on="p", how="left").select(
            pl.lit(county.county).alias("county"),
            "round",
            "rule_id",
            pl.col("p").cast(pl.String).alias("person_id"),
            "household_id",
            "village_code",
            # Whoever left the roster since is known by the row that was the evidence.
            pl.col("path").alias("left_path"),
            pl.col("sheet").alias("left_sheet"),
            pl.col("row_number").alias("left_row_number"),
            pl.lit("x").alias("case_id"),
        )
        _write(db, "discrepancies", found)
        villages = pl.read_parquet(county.truth / "villages.parquet")
        _write(db, "village_status", villages.with_columns(pl.lit(county.county).alias("county")))
    return home


def _spoil(home: Home, sql: str) -> None:
    with duckdb.connect(str(home.database)) as db:
        db.execute(sql)


def _failed(home: Home, county: GeneratedCounty) -> set[str]:
    scored = evaluate(home, county.county, county.truth)
    return set(scored.figures.filter(~pl.col("passed"))["figure"])


def test_the_truth_itself_passes(published: Home, county: GeneratedCounty) -> None:
    scored = evaluate(published, county.county, county.truth)
    assert scored.figures.filter(~pl.col("passed")).rows() == []
    assert scored.links["precision"].drop_nans().min() == 1.0
    assert "未通过" not in scored.text
    assert scored.missed.is_empty()
    assert scored.lost.is_empty()


@pytest.mark.parametrize(
    ("sql", "figure"),
    [
        ("DELETE FROM insurance_coverage WHERE row_number % 50 = 0", "丢失的行"),
        (
            "DELETE FROM source_files WHERE dataset = 'civil_affairs.dibao' AND NOT used",
            "丢失的行",
        ),
        (
            "UPDATE links SET person_id = '1' WHERE status = 'confirmed' AND row_number % 50 = 0",
            "已确认关联的准确率",
        ),
        (
            "UPDATE links SET status = 'unmatched', person_id = NULL WHERE status = 'suspected'",
            "可判定行的关联召回率",
        ),
        ("DELETE FROM discrepancies WHERE rule_id = 'STD-05'", "STD-05 召回率"),
        ("UPDATE village_status SET blank = NOT blank WHERE compared", "空白村判断有误"),
    ],
)
def test_each_fault_fails_its_own_figure(
    published: Home, county: GeneratedCounty, sql: str, figure: str
) -> None:
    _spoil(published, sql)
    assert figure in _failed(published, county)


def test_an_innocent_flagged_is_named_with_its_reason(
    published: Home, county: GeneratedCounty
) -> None:
    doubts = pl.read_parquet(county.truth / "discrepancies.parquet")
    victim = doubts.filter((pl.col("rule_id") == "INS-01") & (pl.col("reason") == "employee")).row(
        0, named=True
    )
    _spoil(
        published,
        f"INSERT INTO discrepancies SELECT '990112', DATE '{victim['round']}', 'INS-01', "
        f"'{victim['p']}', NULL, NULL, NULL, NULL, NULL, 'x'",
    )
    scored = evaluate(published, county.county, county.truth)
    assert "被误列的无辜情形" in set(scored.figures.filter(~pl.col("passed"))["figure"])
    caught = scored.innocents.filter(pl.col("flagged") > 0)
    assert caught.select("rule_id", "reason").rows() == [("INS-01", "employee")]
    assert "INS-01 employee" in scored.text


def test_nothing_published_or_no_truth_is_said(tmp_path: Path, county: GeneratedCounty) -> None:
    with pytest.raises(NothingPublishedError, match="bidui run"):
        evaluate(Home(tmp_path), county.county, county.truth)
    with pytest.raises(NothingPublishedError, match="bidui generate"):
        evaluate(Home(tmp_path), county.county, tmp_path)
