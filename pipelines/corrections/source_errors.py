"""What a department must mend in its own list: the lines of its 校核纠错单.

All that intake and standardising found wrong or doubtful in it (the quarantine), and what the
county corrects meanwhile. What concerns only the county's handling (a row replaced by a township's
own list, an event reported twice) is none of these. What is one error of the whole list is told
once a list and not in every row.
"""

from collections.abc import Sequence

import polars as pl

from pipelines import frames
from pipelines.contracts import ColumnType, Contract
from pipelines.corrections.apply import CORRECTED_AWAY, Corrected
from pipelines.hashing import joined, sha256
from pipelines.standardise.repeated import WHERE
from pipelines.standardise.totals import SIZES

NOT_THE_SOURCES = ("sheet_unrecognised", "repeated_event", "replaced_by_township", CORRECTED_AWAY)
"""Reason codes of the quarantine that are no error of the list's own rows."""

REASONS = {
    "no_township": "名单没有乡镇，而县内有同名的村，说不清是哪个村",
    "no_value": "名单没有这一列，或整列没有能用的内容，而没有它每一行都用不了",
    "corrected": "县里暂按更正使用；请在下次名单中改正。",
}
"""What is found here, besides the reasons of the quarantine; for the register of codes."""

_WHO = {ColumnType.NAME, ColumnType.ID_NUMBER, ColumnType.CERTIFICATE}
_ROWS = {"repeated_row": "again", "one_number_two_names": "number"}
"""Codes about rows beside each other: they have slips of their own beside those of the cell."""
OF_LIST = (
    *("no_township", "no_value", "coloured_rows", "unit_in_doubt"),
    *("amounts_beyond_usual", "old_terms", "village_blank"),
    *SIZES,
)
"""Codes of what is one error of a list, wherever in it the error shows."""

_KIND = (
    pl.when(pl.col("reason_code").is_in(OF_LIST))
    .then("reason_code")
    .otherwise(pl.col("reason_code").replace_strict(_ROWS, default="", return_dtype=pl.String))
)


def source_errors(
    contract: Contract, records: pl.DataFrame, quarantine: pl.DataFrame, corrected: Corrected
) -> pl.DataFrame:
    """Give the errors of one list.

    Args:
        contract: The list.
        records: Its rows as the department wrote them (`frames.intake_schema`).
        quarantine: QUARANTINE of the list.
        corrected: What was corrected.

    Returns:
        `frames.SOURCE_ERRORS`. `slip_id` is made of the list, of whom the row is about as it is
        written (without the column that is wrong) and of the column, never of the row's place, so
        that an error keeps its slip from one delivery to the next.
    """
    # A payment made twice is for a rule to ask about: the list may well be right.
    others = [*NOT_THE_SOURCES, *(["repeated_row"] if contract.nature == "events" else [])]
    own = quarantine.filter(~pl.col("reason_code").is_in(others))
    found = [_corrected(contract, corrected), _once_a_list(contract, own, records)]
    errors = pl.concat([f.pipe(frames.conform, _FOUND) for f in found])
    if errors.is_empty():
        return frames.empty(frames.SOURCE_ERRORS)
    errors = errors.with_columns(kind=_KIND)
    errors = errors.unique(["record_id", "column_name", "kind"], keep="first", maintain_order=True)
    rows = records.join(errors.select("record_id").unique(), on="record_id", how="semi")
    subject = [n for n in ("name", "head_name", "village", "township") if n in contract.columns]
    whose = rows.select("record_id", record_name=_first(subject))
    scopes = records.select("path", "sheet", scope="township_hint").unique(
        ["path", "sheet"], keep="first", maintain_order=True
    )
    described = (
        errors.join(whose, on="record_id", how="left", maintain_order="left", validate="m:1")
        .join(scopes, on=["path", "sheet"], how="left", nulls_equal=True, maintain_order="left")
        .with_columns(
            dataset=pl.lit(contract.dataset),
            record_name=pl.when(~pl.col("kind").is_in(OF_LIST)).then("record_name"),
        )
    )
    slips = _slip_ids(contract, described, rows)
    return described.with_columns(slips).pipe(frames.conform, frames.SOURCE_ERRORS)


_PLACE = ("file_id", "path", "sheet", "row_number")
_FOUND: frames.Schema = {
    name: frames.SOURCE_ERRORS[name]
    for name in (
        *("record_id", "column_name", "reason_code", "reason", "raw_value", "correction_id"),
        *_PLACE,
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
        *_PLACE,
        reason_code=pl.lit("corrected"),
        reason=says.str.strip_chars_end("。") + told + "；" + pl.lit(REASONS["corrected"]),
        raw_value="before",
    )


def _once_a_list(
    contract: Contract, quarantine: pl.DataFrame, records: pl.DataFrame
) -> pl.DataFrame:
    """The errors of `quarantine`; what each row of a sheet shares is told once, at the first.

    Village names leave the township open where no row of the file says one; rows cannot be used
    where no row of the sheet has what the list must have.
    """
    entries = quarantine.select(
        "record_id", "column_name", "reason_code", "reason", "raw_value", *_PLACE
    )
    places = [n for n in ("township", "township_code", "township_hint") if n in records.columns]
    said = pl.any_horizontal(pl.col(places).is_not_null())
    silent = records.filter(~said.any().over("file_id")).select("record_id")
    vague = entries.filter(pl.col("reason_code") == "ambiguous_village")
    vague = vague.join(silent, on="record_id", how="semi", maintain_order="left")
    where = "township" if "township" in contract.columns else "village"
    no_township = _first_of(
        vague,
        ["file_id"],
        code="no_township",
        column=pl.lit(where),
        reason=pl.format(
            "{}：共 {} 行；请在名单中加上乡镇一列。", pl.lit(REASONS["no_township"]), "many"
        ),
    )
    rows = records.group_by("path", "sheet").len("rows")
    blank = entries.filter(pl.col("reason_code") == "missing_required")
    blank = blank.join(
        rows, on=["path", "sheet"], how="left", nulls_equal=True, maintain_order="left"
    )
    blank = blank.filter(pl.len().over("path", "sheet", "column_name") == pl.col("rows"))
    titles = {name: column.title for name, column in contract.columns.items()}
    no_value = _first_of(
        blank.drop("rows"),
        ["path", "sheet", "column_name"],
        code="no_value",
        column=pl.col("column_name"),
        reason=pl.format(
            "整张表没有“{}”，每一行都用不了：共 {} 行；请补上这一列后重新报送。",
            pl.col("column_name").replace_strict(titles, default=None, return_dtype=pl.String),
            "many",
        ),
    )
    told = pl.concat([vague, blank.drop("rows")])
    left = entries.join(told, on=["record_id", "column_name", "reason_code"], how="anti")
    return pl.concat([left, no_township, no_value], how="diagonal")


def _first_of(
    entries: pl.DataFrame, by: Sequence[str], *, code: str, column: pl.Expr, reason: pl.Expr
) -> pl.DataFrame:
    """One entry for those alike in `by`, at the first of them; `reason` knows how ``many``."""
    return (
        entries.with_columns(many=pl.len().over(by))
        .unique(by, keep="first", maintain_order=True)
        .with_columns(
            column_name=column,
            reason_code=pl.lit(code),
            reason=reason,
            raw_value=pl.lit(None, dtype=pl.String),
        )
        .drop("many")
    )


def _slip_ids(contract: Contract, errors: pl.DataFrame, rows: pl.DataFrame) -> pl.Series:
    """Give each error's slip: list, subject without the wrong column, column, kind of row error.

    An error of a whole list has its township, where the list is of one, in the subject's place.
    Errors of the same are told apart by their order in the list.
    """
    named = [
        name
        for name, column in contract.columns.items()
        if column.type in _WHO or name in WHERE or (name in contract.key and column.required)
    ]
    of_list = pl.col("kind").is_in(OF_LIST)
    texts = rows.select(
        "record_id", *(pl.col(n).str.replace_all(r"\s", "").alias(f"said_{n}") for n in named)
    )
    about = (
        errors.select(
            "record_id", "dataset", "column_name", "kind", whole=pl.when(of_list).then("scope")
        )
        .join(texts, on="record_id", how="left", maintain_order="left", validate="m:1")
        .with_columns(
            pl.when(pl.col("column_name").ne_missing(pl.lit(n)) & ~of_list)
            .then(f"said_{n}")
            .alias(f"said_{n}")
            for n in named
        )
    )
    parts = ["dataset", "column_name", "kind", "whole", *(f"said_{n}" for n in named)]
    same = about.with_columns(nth=pl.int_range(pl.len()).over(parts))
    return sha256(same.select(joined(*parts, "nth")).to_series()).str.slice(0, 12).alias("slip_id")
