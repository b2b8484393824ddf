"""Sheets of one book that are one list month after month (2021年7月, 2021年8月).

Of a list that says who is on it on a day they are no parts that add up: the newest is the list, and
each earlier one counts as of its own month. Whether they are such, or what each month brought in
beside the others, the people tell: a list of next month has nearly all of this month's again.
"""

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

import polars as pl

from pipelines.contracts import Contract
from pipelines.intake.as_of import date_in
from pipelines.intake.choice import Candidate

_MONTH_ALONE = re.compile(r"(?<![\d\-~—至到.])(1[0-2]|0?[1-9])月份?(?!\d)")
_YEAR = re.compile(r"(?<!\d)20\d{2}(?=年)")
_OF_DATES = re.compile(r"[\d\s年月日号份.\-/_]+")
_AGAIN = 0.5
"""Share of the smaller of two months' people that the other month must have too."""
_WHO = ("household_id", "id_number", "head_id_number", "student_number", "certificate",
        "village_code", "name", "head_name", "township")  # fmt: skip
"""What tells whom or what a row is about, the surest first."""


def date_month_sheets(
    candidates: Sequence[Candidate],
    rows: Callable[[int], pl.DataFrame],
    contracts: Mapping[str, Contract],
) -> bool:
    """Date the sheets of one file that are one list month after month, all but the newest anew.

    The newest speaks of the day that the file does, or of its own month where that is later.

    Args:
        candidates: The sheets of one file, dated.
        rows: Gives a sheet's rows by its number.
        contracts: All contracts.

    Returns:
        Whether there are any.
    """
    any_ = False
    for series in _series(candidates, contracts):
        months = [
            pl.concat([rows(c.parsed.sheet_no) for c in lists], how="diagonal")
            for _, lists in series
        ]
        if not _people_again(months):
            continue
        any_ = True
        *earlier, (newest_month, newest) = series
        for month, lists in earlier:
            _date(lists, month)
        _date([c for c in newest if c.counts_from < newest_month], newest_month)
    return any_


def _date(lists: Iterable[Candidate], day: dt.date) -> None:
    for candidate in lists:
        candidate.as_of = candidate.counts_from = day
        candidate.as_of_source = "name"


def _series(
    candidates: Iterable[Candidate], contracts: Mapping[str, Contract]
) -> list[list[tuple[dt.date, list[Candidate]]]]:
    """Give the lists of sheets that are called alike but for the month, by their days."""
    alike: dict[tuple[str, str, str], dict[dt.date, list[Candidate]]] = defaultdict(dict)
    for candidate in candidates:
        dataset, name = candidate.parsed.dataset, candidate.parsed.sheet or ""
        if dataset is None or contracts[dataset].nature != "snapshot":
            continue
        plain = unicodedata.normalize("NFKC", name)
        if day := _month_of(plain, candidate):
            key = (candidate.parsed.member or "", dataset, _OF_DATES.sub("", plain))
            alike[key].setdefault(day, []).append(candidate)
    return [sorted(found.items()) for found in alike.values() if len(found) > 1]


def _month_of(name: str, candidate: Candidate) -> dt.date | None:
    """Give the day or month that a sheet's name says.

    A month alone is of the year that the file's name says, else the last one up to the file's day.
    """
    if said := date_in(name):
        return said
    months = _MONTH_ALONE.findall(name)
    if len(months) != 1:
        return None
    month, day = int(months[0]), candidate.as_of
    years = set(_YEAR.findall(candidate.path.split("/")[-1]))
    year = int(years.pop()) if len(years) == 1 else day.year - (month > day.month)
    return dt.date(year, month, 1)


def _people_again(months: Sequence[pl.DataFrame]) -> bool:
    """Whether each month has most of the people of the month before."""
    return all(_has_again(before, after) for before, after in pairwise(months))


def _has_again(before: pl.DataFrame, after: pl.DataFrame) -> bool:
    who = next(
        (
            name
            for name in _WHO
            if all(
                name in of.columns and 2 * of[name].null_count() < of.height
                for of in (before, after)
            )
        ),
        None,
    )
    if who is None:
        return False
    one, other = (of[who].drop_nulls().str.strip_chars().unique() for of in (before, after))
    return one.is_in(other.implode()).sum() >= _AGAIN * min(len(one), len(other))
