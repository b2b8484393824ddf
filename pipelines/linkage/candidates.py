"""Which pairs are worth comparing: declared blocking keys as joins of row positions in polars.

Every blocking key is a hash of one or a few values on both sides; the pairs are the union. A value
that more people share than the cap is left out and counted in the log, so that no block explodes:
such people are still met through a narrower key.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from pipelines.linkage.levels import Declared
from pipelines.linkage.sides import ROWS

logger = logging.getLogger(__name__)

Values = list[pl.Expr]


@dataclass(frozen=True)
class Block:
    """One blocking key: what must be equal on both sides. A null on either side makes no pair."""

    id: str
    says: str
    left: Values
    right: Values
    whole_household: bool = False
    """The value finds a household: all its members are candidates."""


def _number(start: int, length: int) -> pl.Expr:
    part = pl.col("any_id").str.slice(start, length)
    whole = pl.col("any_id").str.len_chars() == 18
    return pl.when(whole & ~part.str.contains("?", literal=True)).then(part)


def _tail(length: int) -> pl.Expr:
    part = pl.col("any_id").str.tail(length)
    return pl.when(~part.str.contains("?", literal=True)).then(part)


def _front(length: int) -> pl.Expr:
    part = pl.col("any_id").str.head(length)
    return pl.when(~part.str.contains("?", literal=True)).then(part)


def _both(values: Callable[[], Values], block_id: str, says: str) -> Block:
    return Block(block_id, says, values(), values())


def _in_village(values: Callable[[], Values], block_id: str, says: str) -> tuple[Block, Block]:
    """One key with the village's code, and with its name where the list gives no more."""
    return (
        _both(lambda: [*values(), pl.col("village")], f"{block_id}_village", f"{says}且同村"),
        _both(
            lambda: [*values(), pl.col("village_name")], f"{block_id}_place", f"{says}且村名相同"
        ),
    )


def _relative(column: str, says: str) -> tuple[Block, Block]:
    """The households of everybody who bears a relative's name in the village, or of that name."""
    return (
        Block(
            column,
            f"{says}同名且同村",
            [pl.col(f"{column}_key"), pl.col("village")],
            [pl.col("key"), pl.col("village")],
            whole_household=True,
        ),
        Block(
            f"{column}_place",
            f"{says}同名且村名相同",
            [pl.col(f"{column}_key"), pl.col("village_name")],
            [pl.col("key"), pl.col("village_name")],
            whole_household=True,
        ),
    )


def _initial() -> pl.Expr:
    return pl.col("key").str.head(1)


def _given() -> pl.Expr:
    given = pl.col("key").str.slice(1)
    return pl.when(given.str.len_chars() >= 2).then(given)


def _ends() -> pl.Expr:
    key = pl.col("key")
    return pl.when(key.str.len_chars() >= 3).then(pl.concat_str(key.str.head(1), key.str.tail(1)))


def _starts() -> pl.Expr:
    key = pl.col("key")
    return pl.when(key.str.len_chars() >= 3).then(key.str.head(2))


BLOCKS: tuple[Block, ...] = (
    _both(lambda: [pl.col("id")], "id", "身份证号相同"),
    _both(lambda: [pl.col("birth")], "birth", "出生日期相同"),
    _both(lambda: [_number(6, 4), _number(14, 4)], "year_tail", "证件号出生年与末四位相同"),
    _both(lambda: [_tail(8)], "tail8", "证件号末八位相同"),
    _both(lambda: [_front(14)], "front14", "证件号前十四位相同"),
    _both(lambda: [_tail(4), _initial()], "tail_name", "证件号末四位与姓相同"),
    *_in_village(lambda: [_tail(4)], "tail", "证件号末四位相同"),
    _both(lambda: [pl.col("key")], "name", "姓名相同"),
    *_in_village(lambda: [pl.col("key")], "name", "姓名相同"),
    _both(lambda: [pl.col("key"), pl.col("township")], "name_township", "姓名与乡镇相同"),
    _both(lambda: [pl.col("key"), pl.col("birth").dt.year()], "name_year", "姓名与出生年相同"),
    *_in_village(lambda: [pl.col("sound")], "sound", "姓名同音"),
    *_in_village(lambda: [pl.col("letters")], "letters", "姓名用字相同"),
    *_in_village(lambda: [_given()], "given", "名相同"),
    *_in_village(lambda: [_ends()], "ends", "姓名首尾字相同"),
    *_in_village(lambda: [_starts()], "starts", "姓名前两字相同"),
    _both(lambda: [pl.col("phone"), _initial()], "phone", "电话与姓相同"),
    Block("head_id", "户主证件号在该户", [pl.col("head_id")], [pl.col("id")], whole_household=True),
    Block(
        "guardian_id",
        "监护人证件号在该户",
        [pl.col("guardian_id")],
        [pl.col("id")],
        whole_household=True,
    ),
    Block("own_id", "证件号属该户成员", [pl.col("id")], [pl.col("id")], whole_household=True),
    *_relative("head", "户主"),
    *_relative("guardian", "监护人"),
    _both(lambda: [pl.col("household")], "household", "户编号相同"),
)
"""The blocking keys, each with a sentence; the order only tells the log."""


def candidate_pairs(
    left: pl.DataFrame,
    right: pl.DataFrame,
    declared: Declared,
    blocks: tuple[Block, ...] = BLOCKS,
) -> pl.DataFrame:
    """Give the pairs that share at least one blocking value.

    Args:
        left: `sides.left`, or some of its rows.
        right: `sides.right`.
        declared: For the cap.
        blocks: The blocking keys.

    Returns:
        ``l``, ``r`` (positions), each pair once, sorted.
    """
    if left.is_empty() or right.is_empty():
        return pl.DataFrame(schema={"l": ROWS, "r": ROWS})
    cap = declared.settings.block_cap
    values = left.select("l", *[_hash(block.left).alias(f"#{i}") for i, block in enumerate(blocks)])
    found = [pl.DataFrame(schema={"l": ROWS, "r": ROWS})]
    for i, block in enumerate(blocks):
        if values[f"#{i}"].null_count() < values.height:
            asked = values.lazy().select("l", value=f"#{i}").filter(pl.col("value").is_not_null())
            found.append(_pairs(asked.collect(), right, block, cap))
    return pl.concat(found).unique().sort("l", "r")


def _pairs(a: pl.DataFrame, right: pl.DataFrame, block: Block, cap: int) -> pl.DataFrame:
    people = _people(a, right, block, cap)
    if not people.shared.is_empty():
        met = people.shared.join(a, on="value", how="semi").height
        if met:
            logger.info("block %s: %d values shared by over %d people", block.id, met, cap)
    pairs = a.join(people.few, on="value", how="inner")
    if block.whole_household:
        pairs = pairs.select("l", "hh").unique().join(right.select("r", "hh"), on="hh")
    return pairs.select("l", "r")


@dataclass(frozen=True)
class _People:
    """The population by the values of one key."""

    few: pl.DataFrame
    """``r``, ``hh``, ``value``: whose value at most the cap share."""
    shared: pl.DataFrame
    """``value``: those that more share."""


_KEPT: list[tuple[pl.DataFrame, dict[tuple[str, int], _People]]] = []
_MOST_KEPT = 200_000


def _people(a: pl.DataFrame, right: pl.DataFrame, block: Block, cap: int) -> _People:
    """Give the population by a key; all lists of a round ask the same population.

    What was made of the last population is kept, unless it is so large that this would take room
    that the lists need (16 bytes a person and key); then only the values asked for are looked at.
    """
    if right.height > _MOST_KEPT or not any(block is own for own in BLOCKS):
        return _capped(_valued(right, block).join(a, on="value", how="semi"), cap)
    if not _KEPT or _KEPT[0][0] is not right:
        _KEPT[:] = [(right, {})]
    kept = _KEPT[0][1]
    if (block.id, cap) not in kept:
        kept[block.id, cap] = _capped(_valued(right, block), cap)
    return kept[block.id, cap]


def _valued(right: pl.DataFrame, block: Block) -> pl.DataFrame:
    return right.select("r", "hh", value=_hash(block.right)).drop_nulls()


def _capped(people: pl.DataFrame, cap: int) -> _People:
    sizes = people.group_by("value").len()
    shared = sizes.filter(pl.col("len") > cap).select("value")
    return _People(people.join(shared, on="value", how="anti"), shared)


def _hash(values: Values) -> pl.Expr:
    """One number for all values of a key; null where one is missing."""
    missing = pl.any_horizontal([value.is_null() for value in values])
    return pl.when(~missing).then(
        pl.struct(*[v.alias(f"v{i}") for i, v in enumerate(values)]).hash()
    )
