"""What a sheet's name or titles, or the file's name, say of all rows, where no column does.

What the list speaks of is meant (2021年8月发放表, 2021年春季学期资助名单, 高龄津贴发放表), not the
day of writing (填报时间) or of counting (截至), and no span (2014年以来). Two in one text say
nothing.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

from pipelines.contracts import Column, ColumnType, Contract

_SPAN = "[\\-~—至到]"
_YEAR = (
    rf"(?<!年{_SPAN})(?<!年度{_SPAN})(?<!\d{{4}}{_SPAN})20\d{{2}}年度?"
    r"(?!度?[\d\-~—至到以前后起底]|度?[年月])"
)
_TERM = r"20\d{2}年?[春秋]季?|20\d{2}[-—~]20\d{2}学年度?第?[一二12上下](?:学期|半年)"
_PERIOD = (
    r"20\d{2}年(?:1[0-2]|0?[1-9])月份?(?![\d\-~—至到])|20\d{2}年(?:第?[一二三四1-4]季度|[上下]半年)"
)
_ALONE = re.compile(r"(?:1[0-2]|0?[1-9])月份?")
_SAID = {
    ColumnType.YEAR: [re.compile(_YEAR)],
    ColumnType.TERM: [re.compile(_TERM)],
    ColumnType.PERIOD: [re.compile(_PERIOD), re.compile(_YEAR)],
}
_ANOTHER_DAY = re.compile(r"(?:截[至止]|填报|填表|制表|打印|导出|上报|报送)[^\d]{0,6}$")
_REPORTED = re.compile(r"第[\d一二三四五六七八九十]+次")
"""What follows the year in which something is sent again and again."""
_TIMES = re.compile(
    r"\d{2,4}年度?|[\d\-~至到.]+月份?|\d+日|第?[一二三四1-4]季度|[上下]半年|[春秋]季(?:学期)?"
    r"|第[\d一二三四五六七八九十]+[批次期]"
)
_TITLES = 5


def said_above(
    contract: Contract, sheet: str | None, titles: Iterable[str], there: Collection[str]
) -> dict[str, str]:
    """Give contract column to what the sheet's name, else its titles, say of every row.

    Args:
        contract: Its columns with `said_above` are meant.
        sheet: The sheet's name.
        titles: The rows above the header.
        there: The columns that the sheet has.
    """
    texts = [_plain(text) for text in (sheet or "", *list(titles)[:_TITLES])]
    return {
        column.name: said
        for column in contract.columns.values()
        if column.said_above and column.name not in there
        if (said := _first(texts, column))
    }


def said_in_name(contract: Contract, path: str, there: Collection[str]) -> dict[str, str]:
    """Give contract column to what a file's own name says of every row of its lists.

    Args:
        contract: Its columns with `said_in_name` are meant.
        path: The file's path; of an archive's member that within it behind ``!/``.
        there: The columns that the sheet has, and those said above it.
    """
    texts = [_plain(re.split(r"!?/", path)[-1].rsplit(".", 1)[0])]
    return {
        column.name: said
        for column in contract.columns.values()
        if column.said_in_name and column.name not in there
        if (said := _first(texts, column))
    }


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _first(texts: list[str], column: Column) -> str | None:
    if column.type is ColumnType.PERIOD and _ALONE.fullmatch(texts[0]):
        return texts[0]
    patterns = _SAID.get(column.type, [])
    if column.said_as:
        patterns, texts = [re.compile(column.said_as)], [_TIMES.sub(" ", text) for text in texts]
    for pattern in patterns:
        for text in texts:
            if said := set(_matches(pattern, text)):
                return said.pop() if len(said) == 1 else None
    return None


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    for found in pattern.finditer(text):
        another = _ANOTHER_DAY.search(text[: found.start()]) or _REPORTED.match(text, found.end())
        if not another:
            yield found[0]
