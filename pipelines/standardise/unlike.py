"""Values unlike the others of their column: amounts of another unit, names half written."""

import math
from collections.abc import Iterator

import polars as pl

from pipelines.contracts import Column, ColumnType, Contract
from pipelines.standardise.reasons import asked

_TEN_THOUSAND = 10_000
_FAR = 0.75
"""An amount is of another scale if it lies beyond the median by this power of the scale: for 万元
a thousand times, for a year's amount six times."""
_LEAST_AMOUNTS = 8
"""With fewer amounts in a sheet their median says little."""


def unlike_the_others(frame: pl.DataFrame, contract: Contract) -> Iterator[pl.DataFrame]:
    """Give what is asked about values that do not fit their column (`reasons.asked`)."""
    for column in contract.columns.values():
        if column.name in {"name", "head_name"}:
            yield _not_writable(frame, column)
        if column.type is not ColumnType.AMOUNT:
            continue
        if not column.usual:
            says = "比同列的其他数小一千倍以上，像是以万元为单位；请核对后改填元。"
            yield _of_another_scale(frame, column, _TEN_THOUSAND, "unit_mixed", says)
        if "月" in (column.unit or ""):
            says = "是同列其他数的十来倍，像是按年的金额；请核对后改填月金额。"
            yield _of_another_scale(frame, column, 1 / 12, "year_for_month", says)


def _of_another_scale(
    frame: pl.DataFrame, column: Column, times: float, code: str, says: str
) -> pl.DataFrame:
    """Amounts that only `times` as large would be like the others of their column (56, 57)."""
    amount, sheet = pl.col(column.name), ("file_id", "sheet")
    needed = ("record_id", *sheet, column.name, f"{column.name}_text")
    told = frame.select(needed).filter(amount > 0)
    usual = told.group_by(sheet).agg(
        middle=amount.median(),
        low=amount.quantile(0.1),
        high=amount.quantile(0.9),
        many=pl.len(),
    )
    enough = usual.filter(pl.col("many") >= _LEAST_AMOUNTS)
    off = (pl.col("middle") / amount).log() / math.log(times)
    rows = told.join(enough, on=sheet, how="inner", nulls_equal=True, maintain_order="left").filter(
        (off > _FAR)
        & (amount <= (column.usual[1] if column.usual else math.inf))  # beyond it: asked already
        & (amount * times).is_between(pl.col("low") / 2, pl.col("high") * 2)
    )
    return asked(rows, column.name, code, f"“{column.title}”{says}")


def _not_writable(frame: pl.DataFrame, column: Column) -> pl.DataFrame:
    """A rare character that could not be typed (DOMAIN C2, 41): ``?`` stands for it in the key."""
    key = pl.col(f"{column.name}_key")
    rows = frame.filter(key.str.contains("?", literal=True) & key.str.contains(r"^\??\p{Han}"))
    says = f"“{column.title}”里有没能打出的字（写成了问号、方框、拼音或拆字）；请按户口簿补正。"
    return asked(rows, column.name, "name_not_writable", says)
