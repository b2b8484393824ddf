"""Values unlike the others of their column: amounts of another unit, names half written."""

import math
from collections.abc import Iterator, Mapping

import polars as pl

from pipelines.contracts import Column, ColumnType, Contract
from pipelines.standardise.reasons import asked

_MIXED = {
    10_000: ("unit_mixed", "比同列的其他数小一千倍以上，像是以万元为单位；请核对后改填元。"),
    1 / 10_000: (
        "unit_mixed",
        "比同列的其他数大一千倍以上，像是单位与其他行不同；请核对后改填同一单位。",
    ),
}
_YEARS = {1 / 12: ("year_for_month", "是同列其他数的十来倍，像是按年的金额；请核对后改填月金额。")}
_OWN_UNIT = "[万萬亿億]"
"""What a cell has that itself says how large its amount is."""
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
            yield from _of_another_scale(frame, column, _MIXED)
        if "月" in (column.unit or ""):
            yield from _of_another_scale(frame, column, _YEARS)


def _of_another_scale(
    frame: pl.DataFrame, column: Column, scales: Mapping[float, tuple[str, str]]
) -> Iterator[pl.DataFrame]:
    """Amounts that only so many times as large would be like the others of their column (56, 57).

    Args:
        frame: A clean frame.
        column: Its amount.
        scales: How many times, to the reason's code and words.
    """
    amount, sheet = pl.col(column.name), ("file_id", "sheet")
    needed = ("record_id", *sheet, column.name, f"{column.name}_text")
    told = frame.select(needed).filter(amount > 0)
    usual = told.group_by(sheet).agg(
        middle=amount.median(),
        low=amount.quantile(0.1),
        high=amount.quantile(0.9),
        least=amount.min(),
        most=amount.max(),
        many=pl.len(),
    )
    enough = usual.filter(pl.col("many") >= _LEAST_AMOUNTS)
    for times, (code, says) in scales.items():

        def far(of: str, times: float = times) -> pl.Expr:
            return (pl.col("middle") / pl.col(of)).log() / math.log(times) > _FAR

        lists = enough.filter(far("least" if times > 1 else "most"))
        if lists.is_empty():
            continue
        rows = told.join(lists, on=sheet, how="inner", nulls_equal=True, maintain_order="left")
        rows = rows.filter(
            far(column.name)
            & (amount <= (column.usual[1] if column.usual else math.inf))  # beyond: asked already
            & (amount * times).is_between(pl.col("low") / 2, pl.col("high") * 2)
            & ~pl.col(f"{column.name}_text").str.contains(_OWN_UNIT)
        )
        yield asked(rows, column.name, code, f"“{column.title}”{says}")


def _not_writable(frame: pl.DataFrame, column: Column) -> pl.DataFrame:
    """A rare character that could not be typed (DOMAIN C2, 41): ``?`` stands for it in the key."""
    key = pl.col(f"{column.name}_key")
    rows = frame.filter(key.str.contains("?", literal=True)).filter(
        key.str.contains(r"^\??\p{Han}")
    )
    says = f"“{column.title}”里有没能打出的字（写成了问号、方框、拼音或拆字）；请按户口簿补正。"
    return asked(rows, column.name, "name_not_writable", says)
