"""Findings in single cells: what cannot be used, and values that contradict each other."""

import datetime as dt

import polars as pl
from rapidfuzz import fuzz, process

from pipelines.check.findings import DOUBTFUL, WRONG, all_of, conformed
from pipelines.check.reading import Reading
from pipelines.contracts import Column, ColumnType
from pipelines.standardise.codes import spellings
from pipelines.standardise.id_number import birth_date_of, sex_of

OLDEST = 110
"""Years: an older person is likelier a slip (DOMAIN C2, 28)."""

_FOUND_HERE = frozenset(
    {"absurd_birth", "sex_against_number", "birth_against_number", "repeated_row"}
)
"""Doubts of `standardise.doubts` that the check words for its sender by itself."""
_LIKE_ENOUGH = 50
"""Least likeness of two spellings (rapidfuzz, 0 to 100) worth a proposal."""
_MOST_SPELLINGS = 300
_NOT_A_STEP = {"birth_date"}


def unusable(reading: Reading) -> pl.DataFrame:
    """Give the cells and rows that a round would not use or asks about, with its reason."""
    quarantine = reading.clean.quarantine.filter(~pl.col("reason_code").is_in(list(_FOUND_HERE)))
    if quarantine.is_empty():
        return conformed(_of(reading, quarantine.clear()))
    parts = pl.col("reason").str.strip_suffix("。").str.splitn("；", 2)
    named = _of(reading, quarantine).with_columns(
        code=pl.col("reason_code"),
        severity=pl.when(pl.col("scope") == "flag").then(pl.lit(DOUBTFUL)).otherwise(pl.lit(WRONG)),
        text=pl.col("raw_value"),
        reason=parts.struct.field("field_0")
        + pl.when(pl.col("scope") == "row").then(pl.lit("（整行搁置）")).otherwise(pl.lit("")),
        expected=parts.struct.field("field_1"),
    )
    return conformed(_with_nearest(reading, named))


def _of(reading: Reading, frame: pl.DataFrame) -> pl.DataFrame:
    """Add sheet, position and title by ``column_name``."""
    titles = {name: column.title for name, column in reading.contract.columns.items()}
    name = pl.col("column_name")
    return frame.with_columns(
        sheet_no=pl.lit(reading.sheet.sheet_no, dtype=pl.Int64),
        position=name.replace_strict(reading.positions, default=None, return_dtype=pl.Int64)
        if reading.positions
        else pl.lit(None, dtype=pl.Int64),
        title=name.replace_strict(titles, default=None, return_dtype=pl.String),
    )


def _with_nearest(reading: Reading, named: pl.DataFrame) -> pl.DataFrame:
    """Name the code whose spelling is nearest to one that no dictionary has."""
    unknown = named.filter(pl.col("code") == "unknown_code")
    if unknown.is_empty():
        return named
    distinct = unknown.select("column_name", "text").unique(maintain_order=True)
    pairs = [
        (name, text, nearest)
        for name, text in distinct.head(_MOST_SPELLINGS).iter_rows()
        if (nearest := nearest_code(text, reading.contract.columns[name]))
    ]
    schema = {"column_name": pl.String, "text": pl.String, "nearest": pl.String}
    table = pl.DataFrame(pairs, schema=schema, orient="row").with_columns(
        code=pl.lit("unknown_code")
    )
    return named.join(
        table, on=["column_name", "text", "code"], how="left", maintain_order="left", validate="m:1"
    ).with_columns(hint=pl.format("是否指“{}”？", "nearest"))


def nearest_code(text: str | None, column: Column) -> str | None:
    """Give the code of which `text` may be a slip; None where nothing is near."""
    table = spellings(column.codes or {})
    if not text or not table:
        return None
    best = process.extractOne(text, table.keys(), scorer=fuzz.ratio, score_cutoff=_LIKE_ENOUGH)
    return table[best[0]] if best else None


def odd_dates(reading: Reading, today: dt.date) -> pl.DataFrame:
    """Give dates after `today`, before the row's own birth date, and births too long ago."""
    frame = reading.clean.frame
    birth = _birth(frame)
    parts = []
    for name, column in reading.contract.columns.items():
        if column.type is not ColumnType.DATE or name not in reading.positions:
            continue
        value = pl.col(name)
        if not column.may_lie_ahead:
            reason = f"“{column.title}”在今天（{today}）之后"
            parts.append(_doubt(reading, column, value > today, "future_date", reason, "核对年份"))
        if name in _NOT_A_STEP:
            old = value < today.replace(year=today.year - OLDEST, day=1)
            reason = f"按“{column.title}”已超过 {OLDEST} 岁"
            parts.append(_doubt(reading, column, old, "too_old", reason, "核对出生日期"))
        elif birth is not None and reading.contract.grain == "person":
            known = pl.col(f"{name}_precision")
            floor = (
                pl.when(known == "year")
                .then(birth.dt.truncate("1y"))
                .when(known == "month")
                .then(birth.dt.truncate("1mo"))
                .otherwise(birth)
            )
            reason = f"“{column.title}”早于本人出生"
            parts.append(
                _doubt(
                    reading, column, value < floor, "before_birth", reason, "核对这个日期和证件号"
                )
            )
    return all_of(parts)


def contradictions(reading: Reading) -> pl.DataFrame:
    """Give birth dates and sexes that are not those of the row's own valid ID number."""
    columns = reading.contract.columns
    if "id_number" not in reading.positions:
        return all_of([])
    number = pl.col("id_number")
    parts = []
    if "birth_date" in reading.positions:
        differs = (pl.col("birth_date") != birth_date_of(number)) & (
            pl.col("birth_date_precision") == "day"
        )
        parts.append(
            _doubt(
                reading, columns["birth_date"], differs, "birth_differs",
                "与证件号码中的出生日期不一致", "对照户口簿，核对哪一个填错",
            )
        )  # fmt: skip
    if "sex" in reading.positions:
        differs = pl.col("sex") != sex_of(number)
        parts.append(
            _doubt(
                reading, columns["sex"], differs, "sex_differs",
                "与证件号码表示的性别不一致", "对照户口簿，核对哪一个填错",
            )
        )  # fmt: skip
    return all_of(parts)


def _birth(frame: pl.DataFrame) -> pl.Expr | None:
    known = []
    if "id_number" in frame.columns:
        known.append(birth_date_of(pl.col("id_number")))
    if "birth_date" in frame.columns:
        known.append(pl.when(pl.col("birth_date_precision") == "day").then("birth_date"))
    return pl.coalesce(known) if known else None


def _doubt(
    reading: Reading, column: Column, where: pl.Expr, code: str, reason: str, expected: str
) -> pl.DataFrame:
    frame = reading.clean.frame
    written = [name for name in (f"{column.name}_text",) if name in frame.columns]
    rows = frame.filter(where).select(
        "row_number",
        column_name=pl.lit(column.name),
        text=pl.coalesce(*written, pl.col(column.name).cast(pl.String)),
        code=pl.lit(code),
        severity=pl.lit(DOUBTFUL),
        reason=pl.lit(reason),
        expected=pl.lit(f"请{expected}"),
    )
    return conformed(_of(reading, rows))
