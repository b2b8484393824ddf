"""The day a list speaks of, read from a file's name or a sheet's title rows.

``20210831``, ``2021.8.31``, ``2021-08-31``, ``2021年8月31日`` are days; ``2021年8月``, ``2021.8``,
``202108`` are months and count from their first day. A year, a term (``2021-1学期``,
``2020-2021-1``) or a school year (``2021-2022学年``) is never an as-of date (CONTRACT, section 2).
"""

import datetime as dt
import re
import unicodedata

_DAY_WRITTEN = re.compile(
    # System exports put digits before the year (02025.9.1), never a 1 to 9. Unequal marks are
    # those of a span of months: 2021.1-7, 2021年1-7月, 2021年3-4季度.
    r"(?<![1-9])(?P<y>20\d{2})\s*(?:(?P<mark>[.\-/_])|年)\s*(?P<m>1[0-2]|0?[1-9])\s*"
    r"(?(mark)(?P=mark)|[月./_])\s*(?P<d>3[01]|[12]\d|0?[1-9])(?!\d|\s*(?:个?月|季度))"
)
_DAY_SOLID = re.compile(
    r"(?<!\d)(?P<y>20\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])"
    r"(?:(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?)?(?!\d)"  # exports are stamped 20210825093015
)
_MONTH = re.compile(
    r"(?<![\d\-])(?P<y>20\d{2})(?:\s*年\s*(?P<m>1[0-2]|0?[1-9])\s*月|[.\-/_](?P<m2>1[0-2]|0?[1-9])"
    r"(?![\d.\-/_])|(?P<m3>0[1-9]|1[0-2])(?!\d))(?!\s*(?:学期|季度|学年|[-~至到]\s*\d))"
)


def date_in(text: str) -> dt.date | None:
    """Give the as-of date in `text`: the last of its days, else of its months, else None."""
    plain = unicodedata.normalize("NFKC", text)
    days = [
        day
        for pattern in (_DAY_WRITTEN, _DAY_SOLID)
        for found in pattern.finditer(plain)
        if (day := _date(found["y"], found["m"], found["d"]))
    ]
    if days:
        return max(days)
    months = [
        month
        for found in _MONTH.finditer(plain)
        if (month := _date(found["y"], found["m"] or found["m2"] or found["m3"], "1"))
    ]
    return max(months) if months else None


def date_in_name(path: str) -> dt.date | None:
    """Give the as-of date in a path's names: the file's own first, then those of what holds it."""
    for part in reversed(path.replace("!/", "/").split("/")):
        if found := date_in(part.rsplit(".", 1)[0] if "." in part else part):
            return found
    return None


def _date(year: str, month: str, day: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None
