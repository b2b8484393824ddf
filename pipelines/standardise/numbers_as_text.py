"""Numbers that name something: certificates, pupil and household numbers, accounts, phones, codes.

Their digits matter, so a number cell with more than fifteen has lost some and is not used. Most of
them are whole as they stand and hardly repeat: only the others are judged, each pair of text and
whether the cell was a number once.
"""

import polars as pl

from pipelines.standardise.id_number import EXACT_DIGITS
from pipelines.standardise.text import NOTHING, tidy

_SCIENTIFIC = r"^[0-9](?:\.[0-9]+)?E\+?[0-9]{1,2}$"
_PHONE = r"^(?:1[3-9][0-9]{9}|0[0-9]{9,11}|[2-8][0-9]{6,7})$"


def parse_certificates(cells: pl.DataFrame) -> pl.DataFrame:
    """Parse ``text``, ``number``: characters without white space; gives ``value``, ``issue``."""
    return _parsed(cells, _characters(pl.col("text")), usual=r"^[0-9]{1,32}$")


def parse_accounts(cells: pl.DataFrame) -> pl.DataFrame:
    """Parse account numbers: no spaces and hyphens; what has stars or words is no account."""
    c = _characters(pl.col("text")).str.replace_all("-", "")
    return _parsed(
        cells,
        c,
        usual=r"^[0-9]{8,32}$",
        good=c.str.contains(r"^[0-9A-Z]{8,32}$"),
        code="unreadable_account",
    )


def parse_phones(cells: pl.DataFrame) -> pl.DataFrame:
    """Parse phone numbers; of several in one cell the first counts."""
    c = (
        tidy(pl.col("text"))
        .str.extract(r"^([^、,;/|]+)", 1)
        .str.replace(r"\.0+$", "")
        .str.replace_all(r"[\s()\-—]+", "")
        .str.replace(r"^(?:\+|00)?86(1[3-9][0-9]{9})$", "$1")
    )
    return _parsed(
        cells, c, usual=r"^1[3-9][0-9]{9}$", good=c.str.contains(_PHONE), code="unreadable_phone"
    )


def parse_division_codes(cells: pl.DataFrame) -> pl.DataFrame:
    """Parse division codes of 6 to 15 digits."""
    c = _characters(pl.col("text"))
    return _parsed(
        cells,
        c,
        usual=r"^[0-9]{12}$",
        good=c.str.contains(r"^[0-9]{6}(?:[0-9]{3,9})?$"),
        code="unreadable_division_code",
    )


def _characters(text: pl.Expr) -> pl.Expr:
    return (
        tidy(text)
        .str.to_uppercase()
        .str.replace_all(r"[\s'\"“”‘’`=]+", "")
        .str.replace(r"^([0-9]+)\.0+$", "$1")
    )


def _parsed(
    cells: pl.DataFrame,
    c: pl.Expr,
    *,
    usual: str,
    good: pl.Expr | None = None,
    code: str = "unreadable",
) -> pl.DataFrame:
    """Keep the cells that are whole and right as they stand; judge the rest by their characters.

    Returns:
        ``text``, ``value`` and ``issue``, a row a cell, in the order of `cells`.
    """
    text = pl.col("text")
    exact = ~pl.col("number").fill_null(value=False) | (text.str.len_chars() <= EXACT_DIGITS)
    right = text.is_null() | (text.str.contains(usual) & exact)
    at = (~cells.select(right).to_series()).arg_true()
    value = cells["text"].alias("value")
    issue = pl.Series("issue", [None], dtype=pl.String).new_from_index(0, cells.height)
    if at.len():
        odd = cells[at]
        both = ["text", "number"]
        judged = odd.join(
            _judged(odd.unique(), c, good, code),
            on=both, how="left", nulls_equal=True, maintain_order="left", validate="m:1",
        )  # fmt: skip
        value, issue = value.scatter(at, judged["value"]), issue.scatter(at, judged["issue"])
    return pl.DataFrame([cells["text"], value, issue])


def _judged(cells: pl.DataFrame, c: pl.Expr, good: pl.Expr | None, code: str) -> pl.DataFrame:
    frame = cells.with_columns(c=c)
    empty = pl.col("c").is_null() | pl.col("c").is_in(list(NOTHING))
    short = pl.col("c").str.contains(_SCIENTIFIC)
    lost = pl.col("number").fill_null(value=False) & pl.col("c").str.contains(
        rf"^[0-9]{{{EXACT_DIGITS + 1},}}$"
    )
    fits = pl.lit(value=True) if good is None else good.fill_null(value=False)
    issue = (
        pl.when(empty)
        .then(None)
        .when(short)
        .then(pl.lit("scientific"))
        .when(lost)
        .then(pl.lit("precision_lost"))
        .when(~fits)
        .then(pl.lit(code))
    )
    return frame.with_columns(issue=issue).select(
        "text",
        "number",
        value=pl.when(pl.col("issue").is_null() & ~empty).then("c"),
        issue="issue",
    )
