"""School terms, periods of payment, and years. Parsers work on distinct texts.

A school year has two terms: the first is the autumn of the year it begins in, the second the spring
of the next (2020-2021学年第二学期 is 2021春季).
"""

import polars as pl

from pipelines.standardise import numerals
from pipelines.standardise.dates import FIRST_YEAR, LAST_YEAR, month_of, parse_dates
from pipelines.standardise.text import compact, is_nothing

_MONTHS = {name: n for n, name in enumerate("一二三四五六七八九十", start=1)} | {
    "十一": 11,
    "十二": 12,
}
_SCHOOL_YEAR = r"((?:20)?[0-9]{2})[-—~/至]+((?:20)?[0-9]{2})(?:学年)?(?:度)?"
_BOTH = "春.*秋|秋.*春|上半年.*下半年|上学期.*下学期|第?[一1]学期.*第?[二2]学期"
_YEARS = r"^[0-9]{4}年?度?[-—–~至到]+(?:19|20)[0-9]{2}年?度?$"
"""Years that are several: a span has none."""
_QUARTERS = {"一": "1", "二": "2", "三": "3", "四": "4"}
_WITHOUT_A_YEAR = r"^(?:第?[一二三四1-4]季度?|[上下]半年|[0-9]{1,2}月?[-—~至到][0-9]{1,2}月份?)$"
_READ = r"^[0-9]{4}(?:$|-)"
"""How a period begins that was read."""
_FIRST = r"\(?(?:第?(?:一|1|I)(?:学期)?|上(?:学期|半学年)?|秋季?(?:学期)?)\)?(?:学期)?$"
_SECOND = r"\(?(?:第?(?:二|2|II)(?:学期)?|下(?:学期|半学年)?|春季?(?:学期)?)\)?(?:学期)?$"


def parse_terms(texts: pl.Series) -> pl.DataFrame:
    """Parse distinct cells of a school term: ``text``, ``value`` (2021春季), ``issue``.

    A school year without a term, a term without a year, and two terms name no term.
    """
    t = compact(pl.col("text"))
    frame = texts.rename("text").to_frame()
    begin = _year(t.str.extract(rf"^{_SCHOOL_YEAR}[-—第]*{_FIRST}", 1))
    end = _year(t.str.extract(rf"^{_SCHOOL_YEAR}[-—第]*{_SECOND}", 2))
    spring = _year(t.str.extract(r"^(20[0-9]{2}|[0-9]{2})年?度?\(?(?:春|上半年)", 1))
    autumn = _year(t.str.extract(r"^(20[0-9]{2}|[0-9]{2})年?度?\(?(?:秋|下半年)", 1))
    year, month = month_of(pl.col("text"))
    by_month_spring = pl.when(month.is_between(2, 8)).then(year)
    by_month_autumn = pl.when(month >= 9).then(year).when(month == 1).then(year - 1)
    in_spring = pl.coalesce(end, spring, by_month_spring)
    in_autumn = pl.coalesce(begin, autumn, by_month_autumn)
    value = (
        pl.when(t.str.contains(_BOTH))
        .then(None)
        .when(in_spring.is_not_null())
        .then(pl.format("{}春季", in_spring))
        .when(in_autumn.is_not_null())
        .then(pl.format("{}秋季", in_autumn))
    )
    return frame.with_columns(value=value).select("text", "value", issue=_issue("unknown_term"))


def parse_periods(cells: pl.DataFrame) -> pl.DataFrame:
    """Parse distinct cells of a period.

    Args:
        cells: ``text`` and ``as_of`` (Date): what has no year (8月, 二季度, 4-6月) is the last such
            that does not begin after it.

    Returns:
        ``text``, ``as_of``, ``value`` (2021, 2021-08, 2021-Q3, 2021-H1, 2021-01/2021-06; any other
        text as it stands: 第一批 still tells payments apart) and an empty ``issue``.
    """
    cells = cells.with_columns(t=compact(pl.col("text"))).pipe(_of_a_year)
    t = pl.col("t")
    year, month = month_of(pl.col("text"))
    only_year = t.str.extract(r"^((?:19|20)[0-9]{2})(?:\.0)?(?:年度?|年全年|全年)?$", 1)
    quarter_year = t.str.extract(r"^([0-9]{4})(?:年|-|\.)?(?:第?[一二三四1-4]季度?|Q[1-4])$", 1)
    quarter = t.str.extract(r"(?:第?([一二三四1-4])季度?)$", 1).replace(_QUARTERS)
    quarter = pl.coalesce(quarter, t.str.extract(r"Q([1-4])$", 1))
    half_year = t.str.extract(r"^([0-9]{4})年?(?:上|下)半年$", 1)
    half = pl.when(t.str.contains("上半年")).then(pl.lit("1")).otherwise(pl.lit("2"))
    span = (
        r"^([0-9]{4})[年.\-/]([0-9]{1,2})月?[-—~至到](?:([0-9]{4})[年.\-/])?([0-9]{1,2})月?(?:份)?$"
    )
    first, last = (
        t.str.extract(span, 1),
        pl.coalesce(t.str.extract(span, 3), t.str.extract(span, 1)),
    )
    # 2021-08-05 is a day, not a span: a span needs 月 or another separator than the day's.
    is_span = t.str.contains(span) & ~t.str.contains(r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$")
    lone = pl.coalesce(
        t.str.extract(r"^([0-9]{1,2})月份?$", 1).cast(pl.Int32, strict=False),
        t.str.extract(r"^(十?[一二三四五六七八九十])月份?$", 1).replace_strict(
            _MONTHS, default=None, return_dtype=pl.Int32
        ),
    )
    as_of = pl.col("as_of")
    lone_year = as_of.dt.year() - (lone > as_of.dt.month()).cast(pl.Int32)
    value = (
        pl.when(is_span)
        .then(
            pl.format(
                "{}-{}/{}-{}",
                first,
                t.str.extract(span, 2).str.zfill(2),
                last,
                t.str.extract(span, 4).str.zfill(2),
            )
        )
        .when(only_year.is_not_null())
        .then(only_year)
        .when(quarter_year.is_not_null())
        .then(pl.format("{}-Q{}", quarter_year, quarter))
        .when(half_year.is_not_null())
        .then(pl.format("{}-H{}", half_year, half))
        .when(month.is_not_null())
        .then(pl.format("{}-{}", year, month.cast(pl.String).str.zfill(2)))
        .when(lone.is_between(1, 12) & as_of.is_not_null())
        .then(pl.format("{}-{}", lone_year, lone.cast(pl.String).str.zfill(2)))
        .when(~is_nothing(pl.col("text")))
        .then(t)
    )
    return (
        cells.with_columns(value=value, issue=pl.lit(None, dtype=pl.String))
        .pipe(_months_of)
        .drop("t")
    )


def _of_a_year(cells: pl.DataFrame) -> pl.DataFrame:
    """Give a quarter, half or span of months without a year that of `as_of` or the one before."""
    t, as_of = pl.col("t"), pl.col("as_of")
    if not cells["t"].str.contains(_WITHOUT_A_YEAR).any():
        return cells
    quarter = t.str.extract(r"^第?([一二三四1-4])季度?$", 1).replace(_QUARTERS)
    half = t.str.extract(r"^([上下])半年$", 1).replace_strict(
        {"上": 1, "下": 7}, default=None, return_dtype=pl.Int32
    )
    span = t.str.extract(r"^([0-9]{1,2})月?[-—~至到][0-9]{1,2}月份?$", 1).cast(
        pl.Int32, strict=False
    )
    begins = pl.coalesce(quarter.cast(pl.Int32, strict=False) * 3 - 2, half, span)
    year = as_of.dt.year() - (begins > as_of.dt.month()).cast(pl.Int32)
    known = year.is_not_null() & begins.is_between(1, 12)
    return cells.with_columns(t=pl.when(known).then(pl.format("{}年{}", year, t)).otherwise(t))


def _months_of(periods: pl.DataFrame) -> pl.DataFrame:
    """Give a date that no form of a period fits (May-21, 二〇二一年五月) as its month."""
    kept = (pl.col("value") == pl.col("t")) & ~pl.col("value").str.contains(_READ)
    texts = periods.filter(kept)["text"].unique()
    if texts.is_empty():
        return periods
    dated = parse_dates(texts).filter(pl.col("precision").is_in(["day", "month"]))
    months = dated.select("text", month=pl.col("value").dt.strftime("%Y-%m"))
    return (
        periods.join(months, on="text", how="left", maintain_order="left", validate="m:1")
        .with_columns(value=pl.coalesce("month", "value"))
        .drop("month")
    )


def parse_years(texts: pl.Series) -> pl.DataFrame:
    """Parse distinct cells of a year: ``text``, ``value`` (Int32), ``issue`` (unreadable_year)."""
    t = compact(pl.col("text"))
    plain = t.str.extract(r"^((?:19|20)[0-9]{2})(?:\.0+)?(?:年度?|年份|年代|年.*批次?)?$", 1)
    short = t.str.extract(r"^([0-9]{2})年度?$", 1)
    spelt = {
        text: found
        for text in texts.drop_nulls().unique().to_list()
        if (found := numerals.digits(text.strip().removesuffix("度").removesuffix("年")))
    }
    plain = pl.coalesce(
        plain,
        pl.col("text").replace_strict(spelt, default=None, return_dtype=pl.String)
        if spelt
        else None,
    )
    dated = parse_dates(texts, span="first").select("text", day="value")
    year = pl.coalesce(_year(plain), _year(short), pl.col("day").dt.year())
    return dated.with_columns(
        value=pl.when(year.is_between(FIRST_YEAR, LAST_YEAR) & ~t.str.contains(_YEARS))
        .then(year)
        .cast(pl.Int32)
    ).select("text", "value", issue=_issue("unreadable_year"))


def _year(digits: pl.Expr) -> pl.Expr:
    n = digits.cast(pl.Int32, strict=False)
    return pl.when(n < 100).then(n + 2000).otherwise(n)


def _issue(code: str) -> pl.Expr:
    return pl.when(pl.col("value").is_null() & ~is_nothing(pl.col("text"))).then(pl.lit(code))
