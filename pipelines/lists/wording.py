"""Words on the lists: Chinese for codes, masking, and text that no spreadsheet will run.

Expressions for whole columns; the lists never build these per row.
"""

import polars as pl

DIRECTIONS = {
    "under_coverage": "应享未享",
    "over_coverage": "疑似重复或超范围享受",
    "data_quality": "数据质量",
    "process": "工作程序",
}
"""Under-coverage first: it stands beside over-coverage in every count (FAIRNESS 5)."""

SEVERITIES = {"red": "红", "orange": "橙", "yellow": "黄"}

PARAMETER_WORDS = {
    "end_of_next_month": "次月月底",
    "month_end": "月底",
    "severe_disability": "重度残疾",
    "serious_illness": "大病",
    "divisor": "除数",
    "min_households": "最少户数",
    "min_share": "最低占比",
    "first": "前",
    "last": "后",
}
"""Words for the codes inside parameter values."""

STATES = {"disagree": "不一致", "not_found": "对方名单未见", "agree": "一致"}

DISCLAIMER = "疑点不等于问题，未经核实不得停发、扣减或公开"
"""In the footer of every page that leaves the house."""

_ID_18 = r"([1-9]\d{5})(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])\d{2}(\d{3}[0-9Xx])"
_ID_15 = r"(^|[^0-9])([1-9]\d{5})\d{2}(?:0[1-9]|1[0-2])\d{2}(\d{3})($|[^0-9])"
_LONG_DIGITS = r"\d{12,}(\d{4})"
_PHONE = r"(^|[^0-9])(1[3-9]\d)\d{4}(\d{4})($|[^0-9])"
# Not \b: a Chinese character counts as a word character, so there is no boundary after 电话.


def masked_id(column: pl.Expr) -> pl.Expr:
    """Give an ID number with its first six and last four characters, the middle starred.

    What is too short to be an ID number keeps its last four only.
    """
    length = column.str.len_chars()
    long = pl.concat_str(column.str.slice(0, 6), pl.lit("********"), column.str.slice(-4))
    short = pl.concat_str(pl.lit("****"), column.str.slice(-4))
    return pl.when(length >= 15).then(long).when(length > 4).then(short).otherwise(None)


def masked_text(column: pl.Expr) -> pl.Expr:
    """Mask ID numbers (first 6, last 4), accounts (last 4) and phones inside running text."""
    return (
        column.str.replace_all(_ID_18, "${1}********${2}")
        .str.replace_all(_ID_15, "${1}${2}*****${3}${4}")
        .str.replace_all(_LONG_DIGITS, "********${1}")
        .str.replace_all(_PHONE, "${1}${2}****${3}${4}")
    )


def translated(column: str, words: dict[str, str]) -> pl.Expr:
    """Give the Chinese for the codes of `column`; what has no word stays as it is."""
    return pl.col(column).replace(words)


def parameter_text(column: str) -> pl.Expr:
    """Give a parameter's value as a person reads it: the JSON's marks gone, its codes in words."""
    text = pl.col(column).str.replace_all(r'\], *"', ']；"').str.replace_all(r'["\[\]{}]', "")
    text = text.str.replace_all(r"\s*:\s*", "：").str.replace_all(r",\s*", "、")
    return text.str.replace_many(list(PARAMETER_WORDS), list(PARAMETER_WORDS.values()))


def place_in_file(prefix: str = "") -> pl.Expr:
    """Say where a row stands: file · sheet · row, as a person would look it up.

    Args:
        prefix: What stands before ``path``, ``sheet`` and ``row_number`` in the column names.
    """
    path = pl.col(f"{prefix}path")
    row = pl.concat_str(pl.lit("第"), pl.col(f"{prefix}row_number"), pl.lit("行"))
    file_name = path.str.extract(r"([^/]+)$", 1)
    sheet = pl.col(f"{prefix}sheet").replace("", None)  # a csv file has none
    place = [file_name, sheet, row]
    return pl.when(path.is_not_null()).then(
        pl.concat_str(place, separator=" · ", ignore_nulls=True)
    )
