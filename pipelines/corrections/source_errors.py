"""Find what a department must mend in its own list: the lines of its 校核纠错单.

Cells that could not be read, rows that could not be used, one ID number with two names, rows that
stand twice, and what the county corrects meanwhile. What concerns only the county's handling (a row
replaced by a township's own list, an event reported twice) is none of these.
"""

from collections.abc import Sequence

import polars as pl

from pipelines import frames
from pipelines.contracts import ColumnType, Contract
from pipelines.corrections.apply import CORRECTED_AWAY, Corrected
from pipelines.hashing import joined, sha256
from pipelines.standardise.repeated import compared

NOT_THE_SOURCES = ("sheet_unrecognised", "repeated_event", "replaced_by_township", CORRECTED_AWAY)
"""Reason codes of the quarantine that are no error of the list's own rows."""

REASONS = {
    "same_id_other_name": "同一公民身份号码在本名单中有不同姓名；请核对是谁的号码。",
    "duplicate_row": "同一对象在本名单中重复列出；请核对，只留一行。",
    "no_township": "名单没有乡镇，而县内有同名的村，说不清是哪个村；请在名单中加上乡镇一列。",
    "corrected": "县里暂按更正使用；请在下次名单中改正。",
}
"""What is found here, besides the reasons of the quarantine; for the register of codes."""

_FOUND_HERE = ("one_number_two_names", "repeated_row")
"""Doubts of `standardise.doubts` for which slips have kinds of their own (`REASONS`)."""
_WHO = {ColumnType.NAME, ColumnType.ID_NUMBER, ColumnType.CERTIFICATE}
_WHERE = ("household_id", "township", "village", "village_code")
_OF_LIST = "list"
_ROWS = {"duplicate_row": "again", "same_id_other_name": "number", "no_township": _OF_LIST}
"""Kinds about rows beside each other or the whole list: they have slips of their own."""

_KIND = pl.col("reason_code").replace_strict(_ROWS, default="", return_dtype=pl.String)


def source_errors(
    contract: Contract,
    records: pl.DataFrame,
    frame: pl.DataFrame,
    quarantine: pl.DataFrame,
    corrected: Corrected,
) -> pl.DataFrame:
    """Give the errors of one list.

    Args:
        contract: The list.
        records: Its rows as the department wrote them (`frames.intake_schema`).
        frame: The clean frame.
        quarantine: QUARANTINE of its rows.
        corrected: What was corrected.

    Returns:
        `frames.SOURCE_ERRORS`. `slip_id` is made of the list, of whom the row is about as it is
        written (without the column that is wrong) and of the column, never of the row's place, so
        that an error keeps its slip from one delivery to the next.
    """
    others = [*NOT_THE_SOURCES, *_FOUND_HERE]
    own = quarantine.filter(~pl.col("reason_code").is_in(others))
    found = [
        _corrected(contract, corrected),
        _without_township(contract, own, records),
        _other_name(contract, frame),
        _twice(contract, frame),
    ]
    errors = pl.concat([f.pipe(frames.conform, _FOUND) for f in found])
    if errors.is_empty():
        return frames.empty(frames.SOURCE_ERRORS)
    errors = errors.with_columns(kind=_KIND)
    errors = errors.unique(["record_id", "column_name", "kind"], keep="first", maintain_order=True)
    rows = records.join(errors.select("record_id").unique(), on="record_id", how="semi")
    subject = [n for n in ("name", "head_name", "village", "township") if n in contract.columns]
    of_list = pl.col("kind") == _OF_LIST
    described = errors.join(
        rows.select(*frames.LINEAGE, "township_hint", record_name=_first(subject)),
        on="record_id",
        how="left",
        maintain_order="left",
    ).with_columns(
        dataset=pl.lit(contract.dataset),
        scope=pl.col("township_hint"),
        record_name=pl.when(~of_list).then("record_name"),
    )
    slips = _slip_ids(contract, described, rows)
    return described.with_columns(slips).pipe(frames.conform, frames.SOURCE_ERRORS)


_FOUND: frames.Schema = {
    name: frames.SOURCE_ERRORS[name]
    for name in (
        *("record_id", "column_name", "reason_code", "reason", "raw_value", "correction_id"),
    )
}


def _first(columns: Sequence[str]) -> pl.Expr:
    return pl.coalesce(columns) if columns else pl.lit(None, pl.String)


def _corrected(contract: Contract, corrected: Corrected) -> pl.DataFrame:
    """What the county corrects until the source is mended."""
    titles = {name: column.title for name, column in contract.columns.items()}
    title = pl.col("column_name").replace_strict(titles, default=None, return_dtype=pl.String)
    cell = pl.format("“{}”应为“{}”：{}", title, pl.col("after").fill_null("空"), "reason")
    row = pl.format("这一行应当删去：{}", "reason")
    told = pl.format("（{}已告知）", pl.col("reported_on").cast(pl.String))
    says = pl.when(pl.col("column_name").is_null()).then(row).otherwise(cell)
    used = pl.col("state").is_in(["applied", "unreadable"])
    return corrected.corrections.filter(used).select(
        "record_id",
        "column_name",
        "correction_id",
        reason_code=pl.lit("corrected"),
        reason=says.str.strip_chars_end("。") + told + "；" + pl.lit(REASONS["corrected"]),
        raw_value="before",
    )


def _without_township(
    contract: Contract, quarantine: pl.DataFrame, records: pl.DataFrame
) -> pl.DataFrame:
    """The errors of `quarantine`, village names that leave the township open told once a list.

    Where no row of a file says a township, that is one error of the file, at the first such row,
    and not one of every row.
    """
    cells = quarantine.select("record_id", "column_name", "reason_code", "reason", "raw_value")
    places = [n for n in ("township", "township_code", "township_hint") if n in records.columns]
    said = pl.any_horizontal(pl.col(places).is_not_null())
    silent = records.filter(~said.any().over("file_id")).select("record_id", "file_id")
    doubtful = pl.col("reason_code") == "ambiguous_village"
    vague = cells.filter(doubtful).join(silent, on="record_id", maintain_order="left")
    once = vague.group_by("file_id", maintain_order=True).agg(
        pl.first("record_id"),
        pl.lit("township" if "township" in contract.columns else "village").alias("column_name"),
        pl.lit("no_township").alias("reason_code"),
        pl.format("{} 行：{}", pl.len(), pl.lit(REASONS["no_township"])).alias("reason"),
    )
    left = cells.join(vague, on=["record_id", "column_name"], how="anti")
    return pl.concat([left, once.drop("file_id")], how="diagonal")


def _numbered(contract: Contract, frame: pl.DataFrame) -> tuple[str, str] | None:
    """The columns of the subject's number and name."""
    for number, name in (("id_number", "name"), ("head_id_number", "head_name")):
        if number in contract.columns and name in contract.columns and not frame.is_empty():
            return number, name
    return None


def _other_name(contract: Contract, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of one valid number and more than one name; variants of a character are one name."""
    columns = _numbered(contract, frame)
    if columns is None:
        return frame.select("record_id").clear()
    number, name = columns
    key = pl.col(f"{name}_key")
    named = frame.filter(pl.col(number).is_not_null() & key.is_not_null())
    names = named.group_by(number).agg(
        several=key.n_unique() > 1, names=pl.col(f"{name}_text").unique().sort().str.join("、")
    )
    return named.join(names.filter("several"), on=number).select(
        "record_id",
        column_name=pl.lit(name),
        reason_code=pl.lit("same_id_other_name"),
        raw_value=f"{name}_text",
        reason=pl.format("同一公民身份号码在本名单中有“{}”；请核对是谁的号码。", "names"),
    )


def _twice(contract: Contract, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of a snapshot that say again what another row says, by the contract's key."""
    columns = [contract.columns[name] for name in contract.key]
    sure = [c.name for c in columns if c.type in _WHO or c.name in _WHERE]
    sure = [name for name in sure if contract.columns[name].type is not ColumnType.NAME]
    if contract.nature != "snapshot" or not sure or frame.is_empty():
        return frame.select("record_id").clear()
    keys = [f"key_{c.name}" for c in columns]
    known = frame.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in sure))
    listed = known.select(
        "record_id",
        "path",
        "sheet",
        "row_number",
        *(compared(c).alias(key) for c, key in zip(columns, keys, strict=True)),
    ).with_columns(
        nth=pl.int_range(pl.len()).over(keys),
        **{f"first_{c}": pl.col(c).first().over(keys) for c in ("path", "sheet", "row_number")},
    )
    return listed.filter(pl.col("nth") > 0).select(
        "record_id",
        reason_code=pl.lit("duplicate_row"),
        reason=pl.format(
            "与“{}”工作表“{}”第 {} 行重复；请核对，只留一行。",
            pl.col("first_path").str.split("/").list.last(),
            pl.col("first_sheet").fill_null(""),
            "first_row_number",
        ),
    )


def _slip_ids(contract: Contract, errors: pl.DataFrame, rows: pl.DataFrame) -> pl.Series:
    """Give each error's slip: list, subject without the wrong column, column, kind of row error.

    Errors of the same are told apart by their order in the list.
    """
    named = [
        name
        for name, column in contract.columns.items()
        if column.type in _WHO or name in _WHERE or (name in contract.key and column.required)
    ]
    texts = rows.select(
        "record_id", *(pl.col(n).str.replace_all(r"\s", "").alias(f"said_{n}") for n in named)
    )
    about = (
        errors.select("record_id", "dataset", "column_name", "kind")
        .join(texts, on="record_id", how="left", maintain_order="left", validate="m:1")
        .with_columns(
            pl.when(pl.col("column_name").ne_missing(pl.lit(n)))
            .then(f"said_{n}")
            .alias(f"said_{n}")
            for n in named
        )
        .with_columns(
            pl.when(pl.col("kind") != _OF_LIST).then(f"said_{n}").alias(f"said_{n}") for n in named
        )
    )
    parts = ["dataset", "column_name", "kind", *(f"said_{n}" for n in named)]
    same = about.with_columns(nth=pl.int_range(pl.len()).over(parts))
    return sha256(same.select(joined(*parts, "nth")).to_series()).str.slice(0, 12).alias("slip_id")
