"""Which pairs are worth comparing: declared blocking keys as joins of row positions in polars.

Every blocking key is a hash of one or a few parts on both sides; the pairs are the union. A value
that more people share than the cap is left out and counted in the log, so that no block explodes:
such people are still met through a narrower key.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from pipelines.linkage.levels import Declared
from pipelines.linkage.parts import MARK, NAME, OF_NAME, key_of
from pipelines.linkage.sides import ROWS

logger = logging.getLogger(__name__)

_SECOND = 1 << 32
"""A pair as one number: its left position stands above so many right ones."""

_WAITING = 500_000
"""Pairs of several keys that are sorted together."""


@dataclass(frozen=True)
class Block:
    """One blocking key: what must be equal on both sides. A null on either side makes no pair."""

    id: str
    says: str
    left: tuple[str, ...]
    """Parts (`parts.PARTS`, `parts.RELATIVES`) of the list's row."""
    right: tuple[str, ...]
    """Parts of the person, in the same order."""
    whole_household: bool = False
    """The value finds a household: all its members are candidates."""
    rare: bool = False
    """Only values count that so few share that each might be named as a candidate."""


def _both(block_id: str, says: str, *parts: str) -> Block:
    return Block(block_id, says, parts, parts)


def _in_village(block_id: str, says: str, part: str) -> tuple[Block, Block]:
    """One key with the village's code, and with its name where the list gives no more."""
    return (
        _both(f"{block_id}_village", f"{says}且同村", part, "village"),
        _both(f"{block_id}_place", f"{says}且村名相同", part, "village_name"),
    )


def _relative(column: str, says: str) -> tuple[Block, Block]:
    """The households of everybody who bears a relative's name in the village, or of that name."""
    key = f"{column}_key"
    return (
        Block(column, f"{says}同名且同村", (key, "village"), ("key", "village"), True),
        Block(
            f"{column}_place",
            f"{says}同名且村名相同",
            (key, "village_name"),
            ("key", "village_name"),
            True,
        ),
    )


BLOCKS: tuple[Block, ...] = (
    _both("id", "身份证号相同", "id"),
    _both("birth_initial", "出生日期与姓相同", "day", "initial"),
    _both("birth_given", "出生日期与名相同", "day", "given"),
    *_in_village("birth", "出生日期相同", "day"),
    _both("year_tail", "证件号出生年与末四位相同", "number_year", "number_last_4"),
    _both("tail8", "证件号末八位相同", "tail_8"),
    _both("front_initial", "证件号前十四位与姓相同", "front_14", "initial"),
    *_in_village("front", "证件号前十四位相同", "front_14"),
    _both("tail_given", "证件号末四位与名相同", "tail_4", "given"),
    _both("tail_starts", "证件号末四位与姓名前两字相同", "tail_4", "starts"),
    _both("tail_ends", "证件号末四位与姓名首尾字相同", "tail_4", "ends"),
    *_in_village("tail", "证件号末四位相同", "tail_4"),
    Block("name", "姓名相同，且少见", ("key",), ("key",), rare=True),
    *_in_village("name", "姓名相同", "key"),
    _both("name_township", "姓名与乡镇相同", "key", "township"),
    _both("name_year", "姓名与出生年相同", "key", "birth_year"),
    _both("name_school", "姓名与学校相同", "key", "school"),
    Block("former", "是其以前的姓名且同村", ("key", "village"), ("former", "village")),
    *_in_village("sound", "姓名同音", "sound"),
    *_in_village("letters", "姓名用字相同", "letters"),
    *_in_village("given", "名相同", "given"),
    *_in_village("ends", "姓名首尾字相同", "ends"),
    *_in_village("starts", "姓名前两字相同", "starts"),
    _both("phone", "电话与姓相同", "phone", "initial"),
    Block("head_id", "户主证件号在该户", ("head_id",), ("id",), True),
    Block("guardian_id", "监护人证件号在该户", ("guardian_id",), ("id",), True),
    Block("own_id", "证件号属该户成员", ("id",), ("id",), True),
    *_relative("head", "户主"),
    *_relative("guardian", "监护人"),
    _both("household", "户编号相同", "household"),
)
"""The blocking keys, each with a sentence; the order only tells the log."""

ASKED = sorted({NAME} | {MARK + p for block in BLOCKS for p in block.left if p not in OF_NAME})
"""Columns of `sides.left` that they ask for."""


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
    return distinct(block_pairs(left, right, block, declared) for block in blocks)


def distinct(found: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Give each pair of several frames once, sorted; as one number of 64 bits, which is quicker."""
    number = (pl.col("l").cast(pl.UInt64) * _SECOND) + pl.col("r")
    once, waiting = pl.DataFrame(schema={"n": pl.UInt64}), []
    for pairs in found:
        waiting.append(pairs.select(n=number))
        # Most keys find what others have found: not all of it stands in memory.
        if sum(numbers.height for numbers in waiting) > _WAITING:
            waiting.append(once)
            once = _once(waiting)
    waiting.append(once)
    del once
    return _once(waiting).select(
        l=(pl.col("n") // _SECOND).cast(ROWS), r=(pl.col("n") % _SECOND).cast(ROWS)
    )


def _once(waiting: list[pl.DataFrame]) -> pl.DataFrame:
    """Each number once, in order; what waited is let go as soon as it is sorted."""
    numbers = pl.concat(waiting)
    waiting.clear()
    numbers = numbers.sort("n")
    return numbers.filter(pl.col("n").ne_missing(pl.col("n").shift()))


def block_pairs(
    left: pl.DataFrame, right: pl.DataFrame, block: Block, declared: Declared
) -> pl.DataFrame:
    """Give the pairs of one key: ``l``, ``r``.

    Args:
        left: `sides.left`, or some of its rows.
        right: `sides.right`.
        block: The key.
        declared: For the cap: a value that more people share makes no pairs.
    """
    a = key_of(left, block.left, ["l"]).drop_nulls()
    if a.is_empty():  # the list has no such column
        return a.select("l", r="l")
    people = key_of(right, block.right, ["r", "hh"]).join(a, on="value", how="semi")
    settings = declared.settings
    cap = int(1 / settings.candidate_at) if block.rare else settings.block_cap
    few = pl.len().over("value") <= cap
    kept = people.filter(few)
    if kept.height < people.height:
        shared = people.filter(~few)["value"].n_unique()
        logger.info("block %s: %d values shared by over %d people", block.id, shared, cap)
    pairs = a.join(kept, on="value")
    if block.whole_household:
        pairs = pairs.select("l", "hh").unique().join(right.select("r", "hh"), on="hh")
    return pairs.select("l", "r")
