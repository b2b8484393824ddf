"""Dates as clerks write them, with how much of them is known (day, month, year).

A month stands as its first day, a year as its first of January; `precision` says so. A day that
does not exist is null, never the nearest one. Parsers work on distinct texts.

What a cell alone does not say, the others of its column may: whether 5/6/2021 is in May or June,
whether 20215 is a month without its 0 or the serial number of a day in 1955. Where they do not, it
is asked and not read.
"""

from functools import cache
from typing import Literal

import polars as pl

from pipelines.standardise import numerals
from pipelines.standardise.text import compact, is_nothing, tidy

FIRST_YEAR, LAST_YEAR = 1900, 2100
PIVOT = 30
"""Two-digit years up to this one belong to this century."""

_USUAL = {
    r"^[0-9]{8}$": "%Y%m%d",
    r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$": "%Y-%m-%d",
    r"^[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}$": "%Y/%m/%d",
    r"^[0-9]{4}\.[0-9]{1,2}\.[0-9]{1,2}$": "%Y.%m.%d",
    r"^[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日$": "%Y年%m月%d日",
}
"""Forms of nearly every date that a system exports, read the quick way."""

OPEN_ENDED = r"^(?:长期|永久|长期有效|永久有效|无期限|不限|至今|0|[01][09]00[-/.]0?[01][-/.]00?)$"
"""Not a day, and no mistake either (a spreadsheet shows an empty date as 1900-01-00)."""

_ZERO_AS_DIGIT = r"([一二三四五六七八九零〇○])[0O]"
_SEP = r"\s*[.\-/年_、·,\\]\s*"
_SEP2 = r"\s*[.\-/月_、·,\\]\s*"
_PART_OF_DAY = r"(?:[上中下]午|凌晨|[早晚]上?)"
_HOUR = rf"[0-9{numerals.CHARACTERS}]{{1,3}}"
_TIME = (
    rf"(?:([日号])\s*|[ T]+){_PART_OF_DAY}?"
    r"(?:[0-9]{1,2}:[0-9]{1,2}(?::[0-9]{1,2}(?:\.[0-9]+)?)?"
    rf"|{_HOUR}[时点](?:[半整许]|{_HOUR}分?(?:{_HOUR}秒?)?)?(?:左右|前后)?)"
    r"(?:\s*[AaPp][Mm])?(?:Z|[+-][0-9]{2}:?[0-9]{2})?$"
)
"""What stands behind a day and says when on it: 10:30, 0时, 下午3点."""
_JAVA = r"^[A-Za-z]{3} ([A-Za-z]{3} [0-9]{1,2})(?: [0-9:]{8} [A-Z]{3,4})? ([0-9]{4})$"
"""How Java programs write a day: Thu May 06 00:00:00 CST 2021."""
_MONTHS = {m: i for i, m in enumerate(
    ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), start=1
)}  # fmt: skip
_WORD = r"([A-Za-z]{3})[A-Za-z]*\.?"
_LUNAR = r"农历|阴历|正月|腊月|冬月|闰|初[一二三四五六七八九十]|廿"
_RANGE = r"^(.*?[0-9][日号月年]?)\s*(?:[—–~至到]+|--|\s-\s)\s*([0-9].*)$"
_DOTTED_RANGE = r"^([0-9]{4}[./年][0-9]{1,2}(?:[./月][0-9]{1,2}日?|月)?)-([0-9]{4}[./年][0-9].*)$"
_MONTH_OR_SERIAL = r"^(?:19|20)[0-9]{2}[1-9](?:\.0+)?$"
_SERIAL = r"^([1-7][0-9]{4})(?:\.[0-9]+)?$"
_RUN_OF_SIX = r"^((?:19|20)[0-9]{2})(0[0-9]|1[0-2])(?:\.0+)?$"
_WESTERN = r"^([0-9]{1,2})[/\-.]([0-9]{1,2})[/\-.]([0-9]{4})$"
_SHORT_SLASHES = r"^([0-9]{1,2})/([0-9]{1,2})/([0-9]{2})$"
_YEAR_AND_SLASHES = r"^(?:(?:1[3-9]|[2-9][0-9])/[0-9]{1,2}/[0-9]{1,2}|[0-9]{2}/[0-9]{1,2}/[0-9])$"
TOLD_BY_OTHERS = (
    r"^\s*(?:(?:19|20)\d{2}[1-9](?:\.0+)?|\d{1,2}[/\-.]\d{1,2}[/\-.]\d{4}|"
    r"\d{1,2}/\d{1,2}/\d{2})\s*$"
)
"""A text that may be read in two ways, and that others of its column and sheet may settle."""

Span = Literal["first", "last"]


def parse_dates(texts: pl.Series, *, span: Span | None = None) -> pl.DataFrame:
    """Parse distinct date cells of one column.

    Args:
        texts: Distinct texts.
        span: Which day of a span (2021.1.1-2021.12.31) is meant; None: nobody can say.

    Returns:
        ``text``, ``value`` (Date), ``precision`` (day, month, year), ``issue`` (impossible_date,
        lunar_date, several_days, month_or_serial, month_or_day_first, unreadable_date).
    """
    frame = texts.rename("text").to_frame()
    text = pl.col("text")
    day = pl.coalesce(
        [
            pl.when(text.str.contains(form)).then(text.str.to_date(pattern, strict=False))
            for form, pattern in _USUAL.items()
        ]
    )
    quick = frame.with_columns(value=day)
    usual = pl.col("value").dt.year().is_between(FIRST_YEAR, LAST_YEAR).fill_null(value=False)
    read = quick.filter(usual).with_columns(
        precision=pl.lit("day"), issue=pl.lit(None, dtype=pl.String)
    )
    odd = quick.filter(~usual)
    if odd["text"].null_count() == odd.height:
        blank = odd.with_columns(
            precision=pl.lit(None, dtype=pl.String), issue=pl.lit(None, dtype=pl.String)
        )
        return pl.concat([read, blank])
    return pl.concat([read, _parse_odd(odd.select("text"), span=span)])


def _parse_odd(frame: pl.DataFrame, *, span: Span | None) -> pl.DataFrame:
    """Every form but the usual ones."""
    frame = frame.with_columns(whole=_prepared(pl.col("text")))
    frame = frame.with_columns(t=_of_span(pl.col("whole"), 2 if span == "last" else 1))
    spans = pl.col("t") != pl.col("whole") if span is None else pl.lit(value=False)
    frame = _chinese_numerals(frame.with_columns(spans=spans)).pipe(_as_the_others)
    lunar = pl.col("t").str.contains(_LUNAR)
    parts = frame.select("text", "t", "spans", "doubt", lunar.alias("lunar"), *_parts())
    y, m, d = pl.col("y"), pl.col("m"), pl.col("d")
    empty = is_nothing(pl.col("text")) | pl.col("t").str.contains(OPEN_ENDED)
    in_range = y.is_between(FIRST_YEAR, LAST_YEAR)
    known_m, known_d = m.fill_null(0) > 0, d.fill_null(0) > 0
    real = in_range & m.fill_null(1).is_between(0, 12) & d.fill_null(1).is_between(0, 31)
    return (
        parts.with_columns(value=pl.when(real & ~empty & ~pl.col("lunar")).then(_day(y, m, d)))
        .with_columns(
            doubt=pl.when(pl.col("spans") & pl.col("value").is_not_null())
            .then(pl.lit("several_days"))
            .otherwise("doubt")
        )
        .with_columns(value=pl.when(pl.col("doubt").is_null()).then("value"))
        .with_columns(
            precision=pl.when(pl.col("value").is_null())
            .then(None)
            .when(known_m & known_d)
            .then(pl.lit("day"))
            .when(known_m)
            .then(pl.lit("month"))
            .otherwise(pl.lit("year")),
            issue=pl.when(pl.col("value").is_not_null() | empty)
            .then(None)
            .when("lunar")
            .then(pl.lit("lunar_date"))
            .when(pl.col("doubt").is_not_null())
            .then("doubt")
            .when(y.is_not_null())
            .then(pl.lit("impossible_date"))
            .otherwise(pl.lit("unreadable_date")),
        )
        .select("text", "value", "precision", "issue")
    )


def _day(y: pl.Expr, m: pl.Expr, d: pl.Expr) -> pl.Expr:
    """The date by its text, which gives null for a day that no calendar has."""
    known_m, known_d = m.fill_null(0) > 0, d.fill_null(0) > 0
    month = pl.when(known_m).then(m).otherwise(1).cast(pl.String).str.zfill(2)
    day = pl.when(known_m & known_d).then(d).otherwise(1).cast(pl.String).str.zfill(2)
    return pl.concat_str(y.cast(pl.String).str.zfill(4), month, day).str.to_date(
        "%Y%m%d", strict=False
    )


def _prepared(text: pl.Expr) -> pl.Expr:
    whole = tidy(text)
    # A note in brackets says nothing of the day, unless it says that it is a lunar one.
    note = pl.when(~whole.str.contains(_LUNAR)).then(
        whole.str.replace(r"^[(\[](.*)[)\]]$", "$1").str.replace(r"[(\[][^)\]]*[)\]]$", "")
    )
    return (
        pl.coalesce(note, whole)
        .str.strip_chars()
        .str.replace(_TIME, "$1")
        .str.replace(r"^([0-9]{8})\s*[0-9]{6}$", "$1")
        .str.replace(r"^([0-9]{8})日$", "$1")
        .str.replace(_JAVA, "$1, $2")
        .str.replace(r"^([0-9]{4})[-/]([A-Za-z]{3})[-/]([0-9]{1,2})$", "$3-$2-$1")
        .str.replace(r"^(?:约|大约|公元|[公阳新]历)[\s::]*", "")
        .str.replace(r"[(\[](?:星期|周)?[一二三四五六日天](?:)[)\]]$", "")
        .str.replace(r"\s*(?:星期|周)[一二三四五六日天]$", "")
        .str.replace(rf"(?:左右|前后|起|后|前|止|{_PART_OF_DAY})$", "")
        .str.replace_all("。", ".", literal=True)
        .str.replace(r"^([0-9]{4})[ .] ?([0-9]{1,2})[ .] ?([0-9]{1,2})$", "$1-$2-$3")
        .str.replace(r"^([0-9]{4}) ([0-9]{1,2})$", "$1-$2")
        .str.replace(
            r"^([0-9]{4})\s*[—–‐―~]+\s*([0-9]{1,2})(?:\s*[—–‐―~]+\s*([0-9]{1,2}))?$", "$1-$2-$3"
        )
        .str.replace(r"([年月])(?:上旬|中旬|下旬|初|中|底|末)$", "$1")
        .str.replace_all(_ZERO_AS_DIGIT, "${1}〇")
        .str.replace_all(_ZERO_AS_DIGIT, "${1}〇")  # 二00九: the second 0 follows the first
        .str.strip_chars(" .,、-")
    )


def _of_span(t: pl.Expr, end: int) -> pl.Expr:
    """Give the first (1) or the last (2) of the two days that a span names; else the text."""
    return pl.coalesce(t.str.extract(_DOTTED_RANGE, end), t.str.extract(_RANGE, end), t)


def _as_the_others(frame: pl.DataFrame) -> pl.DataFrame:
    """Rewrite ``t`` where the other texts tell which of two readings is meant.

    Returns:
        The frame with ``doubt``: why a text has two readings and the others do not tell.
    """
    t = pl.col("t")
    frame = frame.with_columns(doubt=pl.lit(None, dtype=pl.String))
    if frame["t"].str.contains(_MONTH_OR_SERIAL).any():
        frame = _months_or_serials(frame)
    if frame.select((t.str.contains(_WESTERN) | t.str.contains(_SHORT_SLASHES)).any()).item():
        frame = _months_or_days_first(frame)
    return frame


def _months_or_serials(frame: pl.DataFrame) -> pl.DataFrame:
    """20215 is a month among 202110 and 202112, and a serial number among 44322 and 30100."""
    t = pl.col("t")
    either = t.str.contains(_MONTH_OR_SERIAL)
    serials, months = frame.select(
        serials=(t.str.contains(_SERIAL) & ~either).any(), months=t.str.contains(_RUN_OF_SIX).any()
    ).row(0)
    if serials and not months:
        return frame
    if months and not serials:
        month = t.str.replace(r"^([0-9]{4})([1-9])(?:\.0+)?$", "$1-$2")
        return frame.with_columns(t=pl.when(either).then(month).otherwise(t))
    return frame.with_columns(
        doubt=pl.when(either).then(pl.lit("month_or_serial")).otherwise("doubt")
    )


def _months_or_days_first(frame: pl.DataFrame) -> pl.DataFrame:
    """5/13/2021 beside it says that 5/6/2021 is in May, 13/5/2021 that it is in June.

    11/6/21 begins with its year, as people here write, unless another shows that it cannot.
    """
    t = pl.col("t")
    a, b = (_number(t, _WESTERN, n).fill_null(_number(t, _SHORT_SLASHES, n)) for n in (1, 2))
    short = t.str.contains(_SHORT_SLASHES)
    shapes = frame.with_columns(a=a, b=b, short=short, two=t.str.contains(r"^[0-9]{2}/"))
    a, b, short, two = (pl.col(name) for name in ("a", "b", "short", "two"))
    western = (b > 12) | ~two
    by_year = t.str.contains(_YEAR_AND_SLASHES)
    month_first, day_first, some_western, some_by_year = shapes.select(
        month_first=((a <= 12) & (b > 12)).any(),
        day_first=(~short & (a > 12) & (b <= 12)).any(),
        western=(short & western).any(),
        by_year=by_year.any(),
    ).row(0)
    years_last = short & ~by_year & (western | pl.lit(some_western))
    # 11/6/21 where others begin with their year and others end with it.
    mixed = years_last & ~western & pl.lit(some_by_year)
    told = pl.lit(month_first != day_first)
    unknown = (a <= 12) & (b <= 12) & (a != b) & ~told
    first = pl.when(unknown | (a <= 12) & (b > 12) | (a <= 12) & pl.lit(month_first))
    month, day = first.then(a).otherwise(b), first.then(b).otherwise(a)
    year = t.str.extract(r"([0-9]+)$")
    century = pl.when(year.str.len_chars() == 4).then(pl.lit("")).when(
        year.cast(pl.Int32, strict=False) <= PIVOT
    ).then(pl.lit("20")).otherwise(pl.lit("19"))  # fmt: skip
    rewritten = pl.format("{}{}-{}-{}", century, year, month, day)
    ours = (~short & a.is_not_null()) | years_last
    return shapes.with_columns(
        t=pl.when(ours).then(rewritten).otherwise(t),
        doubt=pl.when(ours & (unknown | mixed))
        .then(pl.lit("month_or_day_first"))
        .otherwise("doubt"),
    ).drop("a", "b", "short", "two")


def _number(t: pl.Expr, pattern: str, group: int) -> pl.Expr:
    return t.str.extract(pattern, group).cast(pl.Int32, strict=False)


def _chinese_numerals(frame: pl.DataFrame) -> pl.DataFrame:
    """Rewrite 二〇二一年五月六日; the loop runs over the few distinct texts of that shape."""
    few = f"[{numerals.CHARACTERS}]"
    shape = rf"^({few}{{2,4}})年(?:({few}{{1,3}})月)?(?:份|({few}{{1,3}})[日号])?$"
    spelt = frame["t"].drop_nulls().unique()
    spelt = spelt.filter(spelt.str.contains(shape))
    if spelt.is_empty():
        return frame
    table = {}
    for text, *found in pl.select(
        pl.lit(spelt).alias("t"),
        *[pl.lit(spelt).str.extract(shape, i).alias(str(i)) for i in (1, 2, 3)],
    ).iter_rows():
        year = numerals.digits(found[0])
        rest = [numerals.whole(part) for part in found[1:] if part]
        if year:
            table[text] = "-".join([year, *map(str, rest)])
    return frame.with_columns(pl.col("t").replace(table))


@cache
def _parts() -> list[pl.Expr]:
    """Year, month and day of ``t`` by the first form that fits; a 0 stands for 'not known'."""
    t = pl.col("t")
    full = rf"^([0-9]{{4}}){_SEP}([0-9]{{1,2}}){_SEP2}([0-9]{{1,2}})\s*[日号]?$"
    run = r"^([0-9]{4})([0-9]{2})([0-9]{2})(?:\.0+)?$"
    month = rf"^([0-9]{{4}}){_SEP}([0-9]{{1,2}})\s*月?份?$"
    run6 = _RUN_OF_SIX
    last_year = r"^([0-9]{1,2})[/.\-]([0-9]{4})$"
    year = r"^([0-9]{4})(?:\.0+)?\s*年?度?$"
    short = rf"^([0-9]{{2}}){_SEP}([0-9]{{1,2}}){_SEP2}([0-9]{{1,2}})\s*[日号]?$"
    short_month = r"^([0-9]{2})年([0-9]{1,2})月?份?$"
    run_short = r"^([0-9]{2})([0-9]{2})([0-9]{2})$"
    serial = _serial(t)
    w_day = rf"^([0-9]{{1,2}})[\s\-]*{_WORD}[\s\-,]*([0-9]{{4}}|[0-9]{{2}})$"
    w_month = rf"^{_WORD}[\s\-,]*([0-9]{{4}}|[0-9]{{2}})$"
    w_us = rf"^{_WORD}\s*([0-9]{{1,2}})\s*,\s*([0-9]{{4}})$"

    def at(pattern: str, group: int) -> pl.Expr:
        return _number(t, pattern, group)

    def century(pattern: str, group: int) -> pl.Expr:
        n = at(pattern, group)
        return pl.when(n >= 100).then(n).when(n <= PIVOT).then(n + 2000).otherwise(n + 1900)

    def word(pattern: str, group: int) -> pl.Expr:
        return (
            t.str.extract(pattern, group)
            .str.to_uppercase()
            .replace_strict(_MONTHS, default=None, return_dtype=pl.Int32)
        )

    years = [
        at(full, 1), at(run, 1), at(month, 1), at(run6, 1), at(year, 1), serial.dt.year(),
        century(short, 1), century(short_month, 1), century(run_short, 1), at(last_year, 2),
        pl.when(word(w_us, 1).is_not_null()).then(at(w_us, 3)),
        pl.when(word(w_day, 2).is_not_null()).then(century(w_day, 3)),
        pl.when(word(w_month, 1).is_not_null()).then(century(w_month, 2)),
    ]  # fmt: skip
    months = [
        at(full, 2), at(run, 2), at(month, 2), at(run6, 2), serial.dt.month().cast(pl.Int32),
        at(short, 2), at(short_month, 2), at(run_short, 2), at(last_year, 1),
        word(w_us, 1), word(w_day, 2), word(w_month, 1),
    ]  # fmt: skip
    days = [
        at(full, 3), at(run, 3), serial.dt.day().cast(pl.Int32), at(short, 3),
        pl.when(t.str.contains(run6).not_()).then(at(run_short, 3)),
        at(w_us, 2), pl.when(word(w_day, 2).is_not_null()).then(at(w_day, 1)),
    ]  # fmt: skip
    return [
        pl.coalesce(years).alias("y"),
        pl.coalesce(months).alias("m"),
        pl.coalesce(days).alias("d"),
    ]


def _serial(t: pl.Expr) -> pl.Expr:
    """The day of an Excel serial number of five digits (1900 system: 1 is 1900-01-01)."""
    number = _number(t, _SERIAL, 1)
    # Day 60 is the 29 February 1900 that never was, so the count starts one day earlier.
    return pl.date(1899, 12, 30) + pl.duration(days=number)


def month_of(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Give year and month of a text that names a month, or a day in it (2021年8月, 20210805)."""
    t = compact(text)
    forms = (
        r"^([0-9]{4})[.\-/年]([0-9]{1,2})月?份?$",
        r"^((?:19|20)[0-9]{2})(0[1-9]|1[0-2])$",
        r"^((?:19|20)[0-9]{2})(0[1-9]|1[0-2])[0-9]{2}$",
        r"^([0-9]{4})[.\-/年]([0-9]{1,2})[.\-/月][0-9]{1,2}日?(?:[0-9]{1,2}:.*)?$",
    )
    year = pl.coalesce([t.str.extract(f, 1).cast(pl.Int32, strict=False) for f in forms])
    month = pl.coalesce([t.str.extract(f, 2).cast(pl.Int32, strict=False) for f in forms])
    return year, pl.when(month.is_between(1, 12)).then(month)
