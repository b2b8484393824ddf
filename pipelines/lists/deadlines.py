"""Deadlines in working days by the official calendar (FAIRNESS, "Deadlines")."""

import datetime as dt
import warnings
from dataclasses import dataclass

import chinese_calendar

from pipelines.parameters import Parameters

KEYS = (
    "review_sign_days",
    "review_feedback_days_red",
    "review_feedback_days",
    "review_township_days",
    "review_county_days",
    "review_close_days",
)
"""Parameters: working days after issue, in the order of the steps."""


class CalendarWarning(UserWarning):
    """The official calendar does not reach this year; Monday to Friday were counted instead."""


def is_workday(day: dt.date) -> bool:
    """Whether offices work on `day`, holidays and swapped weekends considered.

    Beyond the last year of the official calendar: Monday to Friday, with a `CalendarWarning`.
    """
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        warnings.warn(
            f"{day.year} 年的法定节假日安排尚未收录，期限按周一至周五计算；请更新 chinesecalendar",
            CalendarWarning,
            stacklevel=2,
        )
        return day.weekday() < 5


def after_workdays(day: dt.date, count: int) -> dt.date:
    """Give the `count`-th working day after `day`; for 0 the day itself or the next working day."""
    while not is_workday(day):
        day += dt.timedelta(days=1)
    for _ in range(count):
        day += dt.timedelta(days=1)
        while not is_workday(day):
            day += dt.timedelta(days=1)
    return day


@dataclass(frozen=True)
class Deadlines:
    """The days by which a list issued for one round is dealt with."""

    issued: dt.date
    """下发: the round's date, or the next working day."""
    sign: dt.date
    red: dt.date
    """反馈 of red rows."""
    feedback: dt.date
    township: dt.date
    county: dt.date
    close: dt.date

    @property
    def steps(self) -> list[tuple[str, dt.date]]:
        """Each step's name and day, in order."""
        return [
            ("下发", self.issued),
            ("签收", self.sign),
            ("反馈（红色）", self.red),
            ("反馈（橙色、黄色）", self.feedback),
            ("乡镇审核", self.township),
            ("县级复核", self.county),
            ("销号", self.close),
        ]


def deadlines(round_: dt.date, parameters: Parameters) -> Deadlines:
    """Give the deadlines of lists issued for `round_`.

    Counted from the round, not from the hour a list was written, so that writing it again says
    the same.

    Raises:
        MissingParameterError: One of `KEYS` is not set.
    """
    issued = after_workdays(round_, 0)
    return Deadlines(issued, *(after_workdays(issued, int(parameters[key])) for key in KEYS))
