"""What every parser does first with a cell's text, and what counts as an empty cell.

The text as it stood is kept beside every typed value; what is made here is only for reading it.
"""

import csv
from collections.abc import Sequence
from functools import cache

import polars as pl

from pipelines.home import SHIPPED

FORMULA_ERROR = r"^\s*#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!)\s*$"
"""What a spreadsheet shows where a formula has failed: the value was there, and is lost."""
INVISIBLE = r"[\p{Cc}\p{Cf}\u{00AD}\u{2028}\u{2029}]"
"""Control and format characters: tabs behind IDs, zero-width spaces, joiners, byte order marks."""

NOTHING = (
    "", "无", "/", "\\", "-", "--", "---", "—", "——", "_", ".", "、", "*", "无此项", "空", "空白",
    "暂无", "未知", "不详", "不清楚", "待定", "待查", "待补", "未填", "未填写", "没有", "无数据",
    "NULL", "NONE", "NAN", "NA", "N/A", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!",
    "#NUM!",
)  # fmt: skip
"""What people write into a cell to say that there is nothing (upper case, NFKC)."""
_NOTHING = pl.Series(NOTHING).implode()
STRUCK_OUT = r"^(?:[\s/\\\-_.、—–―－／＼＿．]*|[*＊])$"
"""A cell of free text without a word in it: struck out, as forms are; 无 may be what it says."""


def tidy(text: pl.Expr) -> pl.Expr:
    """Give the text in NFKC without invisible characters, ``="…"``, outer quotes and space."""
    return (
        text.str.normalize("NFKC")
        .str.replace_all(r"[\t\r\n\u{00A0}\u{3000}]+", " ")
        .str.replace_all(INVISIBLE, "")
        .str.strip_chars()
        .str.replace(r'^="(.*)"$', "$1")
        .str.strip_chars_start("'‘’`")
        .str.replace(r'^"(.*)"$', "$1")
        .str.strip_chars()
    )


def compact(text: pl.Expr) -> pl.Expr:
    """Give the tidy text without white space, in upper case: what dictionaries are asked with."""
    return tidy(text).str.replace_all(r"\s+", "").str.to_uppercase()


def is_nothing(text: pl.Expr) -> pl.Expr:
    """Whether the cell says that there is nothing: empty, 无, /, —, 待定, #N/A."""
    return text.is_null() | compact(text).is_in(_NOTHING)


def plain(text: pl.Expr) -> pl.Expr:
    """Give free text as it stood, without invisible characters and outer space; empty is null."""
    visible = text.str.replace_all(r"[\r\n\t]+", " ").str.replace_all(INVISIBLE, "")
    stripped = visible.str.strip_chars()
    return pl.when(stripped != "").then(stripped)


def plain_columns(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Give the columns `names` of `frame` as `plain` makes them.

    Struck out (—, /) is null too. Few columns hold any such cell, or any invisible character; only
    these pay for their removal.
    """
    seen = frame.select(pl.col(names).str.contains(INVISIBLE).any())
    texts = frame.select(
        plain(pl.col(name)) if seen[name].item() else pl.col(name).str.strip_chars()
        for name in names
    )
    struck = texts.select(pl.col(names).str.contains(STRUCK_OUT).any())
    return texts.with_columns(
        pl.when(~pl.col(name).str.contains(STRUCK_OUT)).then(pl.col(name))
        for name in names
        if struck[name].item()
    )


@cache
def reference(name: str) -> tuple[dict[str, str], ...]:
    """Read a table that ships under ``data/reference``, one mapping a row."""
    with (SHIPPED / "reference" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))
