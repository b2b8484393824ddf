"""What a discrepancy shows for itself: file, sheet, row and date of both sides, and the link.

FAIRNESS guarantee 3. Rules give record ids and values; everything else is found here.
"""

import datetime as dt
from collections.abc import Mapping
from functools import cache

import polars as pl

from pipelines import frames
from pipelines.compare.rules import Rule
from pipelines.contracts import Contracts
from pipelines.linkage import levels
from pipelines.parameters import Parameter, Parameters

ROSTER = "roster.population"
"""Its rows are the persons themselves: there is nothing to link."""

STATUSES = ["unmatched", "suspected", "confirmed"]
"""From the weakest."""

PARAMETER_SIDE = "参数"
"""Stands for the department where the other side is a parameter."""

OF_LINKS = ("record_id", "method", "level_pattern", "reviewed_by")
"""What of a link the words on it are made from."""

_FILES = {"township_code": pl.String, "list_path": pl.String}
_RECORD = ["record_id", "dataset", "path", "sheet", "row_number", "as_of", "link_status"]
_STATUS_WORDS = {"confirmed": "身份已确认", "suspected": "待核身份", "unmatched": "未能关联到名册"}


def records_behind(record_ids: pl.Series, linked: Mapping[str, frames.Table]) -> pl.DataFrame:
    """Give dataset, lineage and link status of the records with these ids."""
    wanted = record_ids.drop_nulls().unique().implode()
    schema = {
        **dict.fromkeys(_RECORD, pl.String),
        "row_number": pl.Int64,
        "as_of": pl.Date,
    }
    found = [pl.DataFrame(schema=schema)]
    for dataset, table in linked.items():
        rows = frames.columns_of(table.lazy().filter(pl.col("record_id").is_in(wanted)), _RECORD)
        status = "link_status" if "link_status" in rows.columns and dataset != ROSTER else None
        found.append(
            rows.select(
                "record_id",
                pl.lit(dataset).alias("dataset"),
                "path",
                "sheet",
                "row_number",
                "as_of",
                (pl.col(status) if status else pl.lit(None, pl.String)).alias("link_status"),
            )
        )
    return pl.concat(found).unique("record_id", keep="first", maintain_order=True)


def links_behind(records: pl.DataFrame, links: frames.Table) -> pl.DataFrame:
    """Give how the records were recognised: `OF_LINKS`, a row a record."""
    behind = links.lazy().filter(pl.col("record_id").is_in(records["record_id"].implode()))
    return frames.columns_of(behind, OF_LINKS)


def with_link_status(flagged: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Add `link_status`: the weakest of both records; confirmed where only the roster speaks."""
    status = records.select("record_id", "link_status")
    ranked = pl.Enum(STATUSES)
    return (
        flagged.join(
            status.rename({"record_id": "left_record_id", "link_status": "left_status"}),
            on="left_record_id",
            how="left",
        )
        .join(
            status.rename({"record_id": "right_record_id", "link_status": "right_status"}),
            on="right_record_id",
            how="left",
        )
        .with_columns(
            link_status=pl.min_horizontal(
                pl.col("left_status").cast(ranked).to_physical(),
                pl.col("right_status").cast(ranked).to_physical(),
            )
        )
        .with_columns(
            link_status=pl.col("link_status")
            .replace_strict(dict(enumerate(STATUSES)), default=None, return_dtype=pl.String)
            .fill_null("confirmed")
        )
        .drop("left_status", "right_status")
    )


def with_sides(
    flagged: pl.DataFrame,
    rule: Rule,
    records: pl.DataFrame,
    coverage: pl.DataFrame,
    lists: "Lists",
    parameters: Parameters,
) -> pl.DataFrame:
    """Add the columns `left_…` and `right_…` of DISCREPANCIES, but for the values.

    A side with a record shows the record; without one, the list in which it was looked for and that
    list's date; where the right side is a parameter, the parameter with its place and source.
    """
    shown = _with_side(flagged, "left", rule.left, records, coverage, lists)
    if rule.right is not None:
        shown = _with_side(shown, "right", rule.right, records, coverage, lists)
        return shown.with_columns(
            right_value=pl.when(pl.col("state") == "not_found")
            .then(pl.coalesce("right_value", pl.lit("名单中未见")))
            .otherwise("right_value")
        )
    used = [parameters.get(key) for key in sorted(rule.asks)]
    shown = _with_side(shown, "right", None, records, coverage, lists)
    source = "；".join(_source_words(p) for p in used) or None
    in_force = max((p.valid_from for p in used), default=None)
    named = "；".join(f"{p.key}={p.value}{p.unit or ''}" for p in used) or None
    of_record = pl.col("right_dataset").is_not_null()
    return shown.with_columns(
        right_department=pl.coalesce("right_department", pl.lit(PARAMETER_SIDE)),
        right_path=pl.when(of_record).then("right_path").otherwise(pl.lit(source, pl.String)),
        right_as_of=pl.when(of_record).then("right_as_of").otherwise(pl.lit(in_force, pl.Date)),
        right_value=pl.coalesce("right_value", pl.lit(named, pl.String)),
    )


def _source_words(parameter: Parameter) -> str:
    span = f"{parameter.valid_from}至{parameter.valid_to}"
    source = parameter.source or "未注明出处"
    return f"参数 {parameter.key}（{parameter.place}，{span}）：{source}"


class Lists:
    """The files in which each list was looked through, by township, for sides without a record."""

    def __init__(self, linked: Mapping[str, frames.Table], contracts: Contracts) -> None:
        """Look the files up when first asked for."""
        self.contracts = contracts
        self._linked = linked
        self._files: dict[str, tuple[pl.DataFrame, str | None]] = {}

    def files(self, dataset: str) -> tuple[pl.DataFrame, str | None]:
        """Give `township_code` → `list_path`, and the same for rows of no known township."""
        if dataset not in self._files:
            table = self._linked.get(dataset)
            if table is None:
                return pl.DataFrame(schema=_FILES), None
            frame = frames.columns_of(table, ("township_code", "path"))
            if frame.is_empty():
                return pl.DataFrame(schema=_FILES), None
            paths = _paths()
            self._files[dataset] = (
                frame.filter(pl.col("township_code").is_not_null())
                .group_by("township_code")
                .agg(list_path=paths),
                frame.select(paths.alias("p"))["p"][0],
            )
        return self._files[dataset]


def _paths() -> pl.Expr:
    path, number = pl.col("path").unique().sort(), pl.col("path").n_unique()
    return (
        pl.when(number > 3)
        .then(pl.format("{} 等{}个文件", path.head(3).str.join("；"), number))
        .otherwise(path.str.join("；"))
    )


def _with_side(
    flagged: pl.DataFrame,
    side: str,
    dataset: str | None,
    records: pl.DataFrame,
    coverage: pl.DataFrame,
    lists: Lists,
) -> pl.DataFrame:
    key = f"{side}_record_id"
    shown = flagged.join(
        records.select(_RECORD[:-1]).rename({c: f"{side}_{c}" for c in _RECORD[:-1]}),
        on=key,
        how="left",
    )
    has_record = pl.col(f"{side}_dataset").is_not_null()
    if dataset is not None:
        by_township, anywhere = lists.files(dataset)
        dates = _list_dates(coverage.filter(pl.col("dataset") == dataset))
        shown = (
            shown.join(by_township, on="township_code", how="left")
            .join(dates[0], on="village_code", how="left")
            .with_columns(
                pl.when(has_record)
                .then(f"{side}_as_of")
                .otherwise(pl.coalesce("list_as_of", pl.lit(dates[1], pl.Date)))
                .alias(f"{side}_as_of"),
                pl.when(has_record)
                .then(f"{side}_path")
                .otherwise(pl.coalesce("list_path", pl.lit(anywhere, pl.String)))
                .alias(f"{side}_path"),
                pl.coalesce(f"{side}_dataset", pl.lit(dataset)).alias(f"{side}_dataset"),
            )
            .drop("list_path", "list_as_of")
        )
    departments = {name: c.department for name, c in lists.contracts.items()}
    return shown.with_columns(
        pl.col(f"{side}_dataset")
        .replace_strict(departments, default=None, return_dtype=pl.String)
        .alias(f"{side}_department")
    )


def _list_dates(coverage: pl.DataFrame) -> tuple[pl.DataFrame, dt.date | None]:
    village = pl.col("village_code")
    by_village = coverage.filter(village.is_not_null()).select("village_code", list_as_of="as_of")
    latest = coverage["as_of"].max()
    return by_village.unique("village_code"), latest if isinstance(latest, dt.date) else None


def with_link_evidence(
    flagged: pl.DataFrame, records: pl.DataFrame, links: pl.DataFrame, contracts: Contracts
) -> pl.DataFrame:
    """Add `link_evidence`: in Chinese, how each side's record was recognised.

    Words are made once for each way of linking that occurs, not for each row.
    """
    titles = {name: f"{c.department_title}《{c.title}》" for name, c in contracts.items()}
    ways = (
        records.filter(pl.col("link_status").is_not_null())
        .select("record_id", "dataset", "link_status")
        .join(links, on="record_id", how="left", validate="m:1")
    )
    columns = ["dataset", "link_status", "method", "level_pattern", "reviewed"]
    ways = ways.with_columns(reviewed=pl.col("reviewed_by").is_not_null())
    distinct = ways.select(columns).unique().sort(columns, nulls_last=True)
    words = [
        f"{titles[way['dataset']]}：{_STATUS_WORDS[way['link_status']]}"
        + _how(way["method"], way["level_pattern"], reviewed=way["reviewed"])
        for way in distinct.iter_rows(named=True)
    ]
    said = distinct.with_columns(words=pl.Series(words, dtype=pl.String))
    by_record = ways.join(said, on=columns, nulls_equal=True).select("record_id", "words")
    evidence = pl.concat_str("left_words", "right_words", separator="；", ignore_nulls=True)
    shown = flagged
    for side in ("left", "right"):
        own = by_record.rename({"record_id": f"{side}_record_id", "words": f"{side}_words"})
        shown = shown.join(own, on=f"{side}_record_id", how="left")
    return shown.with_columns(
        link_evidence=pl.when(evidence != "").then(evidence).otherwise(pl.lit("名册本身，无须关联"))
    ).drop("left_words", "right_words")


def _how(method: str | None, pattern: str | None, *, reviewed: bool) -> str:
    """The rule of thumb that made the link, then each field's outcome."""
    declared = levels.declared()
    keys = {key.id: key.says for key in declared.keys}
    said = ["人工核定"] if reviewed else []
    if method in keys:
        said.append(keys[method])
    outcomes = _outcomes(pattern) if pattern else ""
    if outcomes:
        said.append(outcomes)
    return f"（{'；'.join(said)}）" if said else ""


@cache
def _outcomes(pattern: str) -> str:
    declared = levels.declared()
    said = []
    for digit, name in zip(pattern, levels.FIELDS, strict=False):
        level = declared.fields[name].levels.get(int(digit, 16))
        if level is not None:
            said.append(level.says)
    return "、".join(said)
