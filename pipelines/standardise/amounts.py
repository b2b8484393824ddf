"""Money, counts and measures, and whole numbers, as they stand in cells.

Amounts are yuan. A unit in the cell wins over the unit of the header; the header's wins over the
contract's. Parsers work on distinct texts.
"""

from collections.abc import Callable

import polars as pl

from pipelines.standardise import numerals
from pipelines.standardise.text import compact, is_nothing

FACTORS = {"亿": 1e8, "千万": 1e7, "百万": 1e6, "十万": 1e5, "万": 1e4, "千": 1e3, "百": 1e2}
"""What the words before 元 multiply by."""

_CURRENCY = r"[￥¥$]|RMB|CNY|人民币"
_ABOUT = r"^(?:约为?|大约|近|共计?|合计|计|人均|每[人户])[::]?"
_PER_BEFORE = r"^([每一全]?(?:学期|半年|季度?|年|月)均?)(?:度|共|发放|补助|计)?[::]?[0-9壹-玖一-九]"
_MONTHS = {"半年": 6.0, "季": 3.0, "年": 12.0}
"""How many months the word stands for, the longest word first; a term has no fixed number."""
_SHOWN_AS_DATE = (
    r"^([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2}?)(?:([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?$"
)
_CENT = 0.01
_LIKE_A_DATE = r"[0-9０-９]{4}\s*[-/－／]"
_BEFORE_ANY_LIST = pl.date(1920, 1, 1)
"""No list speaks of an earlier day: under a date format it is a number."""
_APART = r"[0-9０-９元]\s+[0-9０-９]"
_GROUPED = r"^[^0-9０-９]*[0-9０-９]{1,3}(?:\s[0-9０-９]{3})+(?:\D|$)"
"""1 200, with spaces between groups of three digits as others have commas."""
_AFTER = r"(?:左右|上下|余|多|整|正|不等)+$"
_PER = (
    r"[/每一](?:人|户|个|亩|次|学期|学年|期|季度?|年|月|天|日|生|平方米?|元)"
    r"(?:[/·.每](?:人|户|年|月|生|次|学期))*$"
)
_YUAN = r"(?:(亿|千万|百万|十万|万|千|百)?(?:元|圆|块钱?|YUAN)|(亿|千万|百万|十万|万))$"
_COUNTED = (
    r"(?:平方米|平方公尺|平米|平方|平|M2|M²|㎡|亩|公顷|人|口|户|次|个|岁|周岁|名|位|期|间|套|栋|天|元"
    r"|分|批|件|课时|村|组)$"
)
_SPELT_OUT = rf"^([{numerals.CHARACTERS}]+)(?:元|圆|块钱?|YUAN)?$"
_MISGROUPED = r",[0-9]{4}"
"""1,2000 is 12,000 or a slip for 1,200: nobody can say."""
_MAYBE_NEGATIVE = r"^(?:\([\d.,]+(?:万?元)?\)|[△▲][\d.,]+(?:万?元)?)$"
"""How accountants write what is to be taken off; others put a number in brackets for no reason."""
_SAID_TWICE = r"^([^(0-9]+)\(￥?([0-9.,]+)元?\)$"
"""壹仟伍佰元(1500): in words and in digits, which must say the same."""
_PLAIN = r"^[0-9]+(?:\.[0-9]+)?$"
_NUMBER = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:E[+-]?[0-9]+)?$"


def unit_factor(unit: str | None) -> float:
    """Give what a number under this header unit (万元, 千元/人) is multiplied by to be yuan."""
    if not unit:
        return 1.0
    found = next((word for word in FACTORS if word + "元" in unit or unit.startswith(word)), None)
    return FACTORS[found] if found else 1.0


def parse_amounts(texts: pl.Series, *, header_unit: str | None, per_month: bool) -> pl.DataFrame:
    """Parse distinct cells of money.

    Args:
        texts: Distinct texts.
        header_unit: The unit that the sheet's header names, as it stood there.
        per_month: The column is yuan a month; what a cell or header gives by the year is divided.

    Returns:
        ``text``, ``value`` (yuan), ``issue`` (unreadable_amount,
        amount_maybe_negative).
    """
    header = pl.lit(header_unit, dtype=pl.String)
    factor = unit_factor(header_unit)
    value = (
        pl.col("text").cast(pl.Float64, strict=False)
        * factor
        / _months(header, per_month=per_month)
    )
    return _plain_first(
        texts,
        value.round(4),
        lambda odd, numbers: _parse_odd(odd, numbers, header, factor, per_month=per_month),
    )


def _plain_first(
    texts: pl.Series, value: pl.Expr, parse_odd: Callable[[pl.DataFrame, int], pl.DataFrame]
) -> pl.DataFrame:
    """Give plain numbers `value`; only other texts pay for the long way.

    Args:
        texts: Distinct texts.
        value: Of ``text``.
        parse_odd: Gives the same columns for the other texts (``text``), and is told how many
            plain numbers there are.

    Returns:
        ``text``, ``value``, ``issue``.
    """
    frame = texts.rename("text").to_frame()
    plain = frame["text"].str.contains(_PLAIN).fill_null(value=False)
    no_issue = pl.lit(None, dtype=pl.String)
    quick = frame.filter(plain).select("text", value=value, issue=no_issue)
    odd = frame.filter(~plain)
    if odd["text"].null_count() == odd.height:
        blank = odd.select("text", value=pl.lit(None, dtype=pl.Float64), issue=no_issue)
        return pl.concat([quick, blank])
    return pl.concat([quick, parse_odd(odd, quick.height)])


def _is_one(text: pl.Expr) -> pl.Expr:
    """Whether no white space parts two numbers (1200 1300); between groups of three it may."""
    grouped = text.str.contains(_GROUPED) & ~text.str.contains(r"\d\s*[\r\n]")
    return grouped | ~text.str.contains(_APART)


def _ungrouped(text: pl.Expr) -> pl.Expr:
    """Take out the commas between groups of three digits."""
    plain = text.str.replace_all(r"([0-9]),([0-9]{3})", "$1$2").str.replace_all(
        r"([0-9]),([0-9]{3})", "$1$2"
    )
    return pl.when(text.str.contains(_MISGROUPED)).then(text).otherwise(plain)


def _months(per: pl.Expr, *, per_month: bool) -> pl.Expr:
    """Give what an amount for the time that `per` names is divided by."""
    if not per_month:
        return pl.lit(1.0)
    per = per.fill_null("")
    return pl.coalesce(
        [
            pl.when(per.str.contains("月")).then(1.0),
            *(pl.when(per.str.contains(w)).then(n) for w, n in _MONTHS.items()),
            pl.lit(1.0),
        ]
    )


def _parse_odd(
    odd: pl.DataFrame, numbers: int, header: pl.Expr, header_factor: float, *, per_month: bool
) -> pl.DataFrame:
    """Every amount that is more than digits."""
    t = (
        compact(pl.col("text"))
        .str.replace_all(_CURRENCY, "")
        .str.replace("−", "-", literal=True)
        .pipe(_ungrouped)
        .str.replace(_ABOUT, "")
        .str.replace(r"\((万?元)\)$", "$1")
        .str.replace(r"^(.+)\([^)0-9]*\)$", "$1")
        .str.replace(_SAID_TWICE, "$1")
        .str.replace(r"^([0-9.]+)千$", "${1}千元")
    )
    bare = compact(pl.col("text")).str.replace_all(_CURRENCY, "")
    frame = odd.with_columns(
        t=t, bare=bare, again=bare.pipe(_ungrouped).str.extract(_SAID_TWICE, 2)
    )
    before = pl.col("t").str.extract(_PER_BEFORE, 1)
    frame = frame.with_columns(
        per=pl.coalesce(pl.col("t").str.extract(rf"({_PER})", 1), before),
        t=pl.col("t").str.replace(_PER, "").str.strip_prefix(before.fill_null("")),
    )
    frame = frame.with_columns(t=pl.col("t").str.replace(_AFTER, "")).pipe(_in_yuan)
    frame = frame.with_columns(
        word=pl.coalesce(pl.col("t").str.extract(_YUAN, 1), pl.col("t").str.extract(_YUAN, 2)),
        own=pl.col("t").str.contains(_YUAN),
        n=pl.col("t").str.replace(_YUAN, "").str.replace(_AFTER, ""),
    )
    # 十万元, 百元: the word alone is the number; of 二千三百元 it is a part of it.
    alone = (pl.col("n") == "") & pl.col("word").is_not_null()
    spelt = pl.when(~alone).then(pl.col("t").str.extract(_SPELT_OUT, 1))
    frame = frame.with_columns(
        n=pl.when(alone).then(pl.lit("1")).otherwise(pl.coalesce(spelt, "n")),
        word=pl.when(spelt.is_null()).then("word"),
    ).pipe(_spelt, "n")
    number = pl.when(pl.col("n").str.contains(_NUMBER) & _is_one(pl.col("text"))).then(
        pl.col("n").cast(pl.Float64, strict=False)
    )
    factor = (
        pl.when("own")
        .then(pl.col("word").replace_strict(FACTORS, default=1.0, return_dtype=pl.Float64))
        .otherwise(header_factor)
    )
    again = pl.col("again").cast(pl.Float64, strict=False)
    again *= pl.when("own").then(1.0).otherwise(header_factor)
    number = pl.when(((again - number * factor).abs() < _CENT).fill_null(value=True)).then(number)
    frame = frame.with_columns(times=header_factor / _months(header, per_month=per_month))
    divisor = _months(pl.coalesce("per", header), per_month=per_month)
    return (
        frame.with_columns(value=(number * factor / divisor).round(4))
        .pipe(_numbers_as_dates, numbers)
        .select(
            "text",
            "value",
            issue=pl.when(pl.col("value").is_null() & pl.col("bare").str.contains(_MAYBE_NEGATIVE))
            .then(pl.lit("amount_maybe_negative"))
            .otherwise(_issue("unreadable_amount")),
        )
    )


def _numbers_as_dates(frame: pl.DataFrame, numbers: int) -> pl.DataFrame:
    """Give cells under a date format their number back (45000 shows as 2023-03-15).

    Not where as many distinct cells may be days of a list as are numbers: then dates stand in the
    column. So many `numbers` stand in it besides those of `frame`; each counts so many ``times`` as
    the header says.
    """
    t = compact(pl.col("text"))
    if not frame["text"].str.contains(_LIKE_A_DATE).any():
        return frame.with_columns(was_date=pl.lit(value=False))
    day = t.str.replace(_SHOWN_AS_DATE, "$1-$2-$3").str.to_date("%Y-%m-%d", strict=False)
    lost = (pl.col("value").is_null() & t.str.contains(_SHOWN_AS_DATE)).fill_null(value=False)
    marked = frame.with_columns(shown=pl.when(lost).then(_under_the_format(day, t)))
    read = marked.select(
        days=(pl.col("shown").is_not_null() & (day >= _BEFORE_ANY_LIST)).sum(),
        numbers=(pl.col("value").is_not_null() | (day < _BEFORE_ANY_LIST)).sum(),
    ).row(0, named=True)
    few = read["days"] <= numbers + read["numbers"]
    number = (pl.col("shown") * pl.col("times")).round(4)
    return marked.with_columns(
        was_date=pl.col("shown").is_not_null() & few,
        value=pl.when(pl.lit(few)).then(pl.coalesce("value", number)).otherwise("value"),
    )


def _under_the_format(day: pl.Expr, t: pl.Expr) -> pl.Expr:
    """Give the number that a spreadsheet shows as this day and time: its days since 1899-12-30.

    It counts a 29 February 1900 that never was: before March a day is one less, and 28 February is
    59 or 60.
    """
    hour, minute, second = (t.str.extract(_SHOWN_AS_DATE, i).cast(pl.Float64) for i in (4, 5, 6))
    part = (hour.fill_null(0) * 60 + minute.fill_null(0)) * 60 + second.fill_null(0)
    days = (day - pl.date(1899, 12, 30)).dt.total_days()
    days -= (day < pl.date(1900, 2, 28)).cast(pl.Int64)
    return pl.when(day != pl.date(1900, 2, 28)).then(days + part / 86_400)


def parse_numbers(texts: pl.Series) -> pl.DataFrame:
    """Parse distinct cells of a measure (80.5平方米, 约80): ``text``, ``value``, ``issue``."""
    return _plain_first(texts, pl.col("text").cast(pl.Float64, strict=False), _parse_odd_numbers)


def _parse_odd_numbers(odd: pl.DataFrame, numbers: int) -> pl.DataFrame:
    """Every measure that is more than digits."""
    t = compact(pl.col("text")).pipe(_ungrouped).str.replace(_ABOUT, "")
    t = t.str.replace(_AFTER, "").str.replace(_COUNTED, "").str.replace(_AFTER, "")
    frame = _spelt(odd.with_columns(n=t), "n")
    number = pl.when(pl.col("n").str.contains(_NUMBER) & _is_one(pl.col("text"))).then(
        pl.col("n").cast(pl.Float64, strict=False)
    )
    return (
        frame.with_columns(value=number, times=1.0)
        .pipe(_numbers_as_dates, numbers)
        .select("text", "value", issue=_issue("unreadable_number"))
    )


def parse_integers(texts: pl.Series) -> pl.DataFrame:
    """Parse distinct cells of a count (3, 3人, 三, 3.0): ``text``, ``value`` (Int64), ``issue``."""
    parsed = parse_numbers(texts)
    whole = pl.when(pl.col("value") == pl.col("value").round()).then(
        pl.col("value").cast(pl.Int64, strict=False)
    )
    unread = whole.is_null() & ~is_nothing(pl.col("text"))
    return parsed.with_columns(
        value=whole,
        issue=pl.when(unread).then(pl.lit("unreadable_number")).otherwise("issue"),
    )


def _in_yuan(frame: pl.DataFrame) -> pl.DataFrame:
    """Rewrite what has 角 or 分 as a number of yuan; the loop runs over the few such texts."""
    few = rf"[0-9{numerals.CHARACTERS}]"
    shape = rf"^(?:({few}+)[元圆块])?零?(?:({few}+)[角毛])?零?(?:({few}+)分)?$"
    texts = frame["t"].drop_nulls().unique()
    texts = texts.filter(texts.str.contains("[角毛分]") & texts.str.contains(shape))
    if texts.is_empty():
        return frame
    parts = [pl.lit(texts).str.extract(shape, i).alias(str(i)) for i in (1, 2, 3)]
    table = {}
    for text, *found in pl.select(pl.lit(texts).alias("t"), *parts).iter_rows():
        yuan, jiao, fen = (_whole(part) for part in found)
        if yuan is not None and jiao is not None and fen is not None:
            table[text] = f"{yuan + jiao / 10 + fen / 100:.2f}"
    return frame.with_columns(t=pl.col("t").replace(table)) if table else frame


def _whole(text: str | None) -> int | None:
    if text is None:
        return 0
    return int(text) if text.isascii() else numerals.whole(text)


def _spelt(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Rewrite 壹仟元 and the like; the loop runs over the few distinct texts of that shape."""
    texts = frame[column].drop_nulls().unique()
    texts = texts.filter(texts.str.contains(rf"^[{numerals.CHARACTERS}]+$"))
    table = {t: str(n) for t in texts.to_list() if (n := numerals.whole(t)) is not None}
    return frame.with_columns(pl.col(column).replace(table)) if table else frame


def _issue(code: str) -> pl.Expr:
    return (
        pl.when("was_date")
        .then(pl.lit("number_as_date"))
        .when(pl.col("value").is_null() & ~is_nothing(pl.col("text")))
        .then(pl.lit(code))
    )
