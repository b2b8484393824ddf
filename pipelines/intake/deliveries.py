"""Who was to send which list by when, and what came.

The last due day on or before the round is what is judged. ``month``: the contract's day of each
month; ``quarter``: of January, April, July, October; ``year``: of January; ``week``: that day
of the week (1 Monday … 7 Sunday, larger numbers Monday). A delivery meets it if its as-of date
lies after the due day before; otherwise it is stale. Where the file's arrival is known (not
after the round; a round run for a past date cannot know it), arriving after the due day is
late.
"""

import calendar
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

import polars as pl

from pipelines.contracts import Contract, Delivery
from pipelines.frames import DELIVERIES
from pipelines.intake.choice import Candidate
from pipelines.intake.places import Townships, township_key

WHOLE_COUNTY = "全县"
STATES = {"on_time": "按时", "late": "迟到", "missing": "未到", "stale": "过旧"}
"""What `DELIVERIES.state` is called where people read it."""
_MONTHS_APART = {"month": 1, "quarter": 3, "year": 12}


def deliveries(
    county: str,
    round_: dt.date,
    candidates: Sequence[Candidate],
    contracts: Iterable[Contract],
    townships: Townships,
) -> pl.DataFrame:
    """Give one row a dataset, and a township where the used delivery is split (DELIVERIES)."""
    used: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        if candidate.used and candidate.parsed.dataset:
            used[candidate.parsed.dataset].append(candidate)
    rows = []
    for contract in contracts:
        for scope, sheets in _by_scope(used[contract.dataset], townships).items():
            judged = _judged(contract, round_, sheets)
            rows.append(
                {
                    "county": county,
                    "round": round_,
                    "dataset": contract.dataset,
                    "scope": scope,
                    **judged,
                }
            )
    return pl.DataFrame(rows, schema=dict(DELIVERIES), orient="row")


def _by_scope(used: Sequence[Candidate], townships: Townships) -> dict[str, list[Candidate]]:
    """Give the used sheets per scope; where only townships sent, those that did not are empty."""
    whole = [c for c in used if not c.scope]
    found: dict[str, list[Candidate]] = {}
    if whole or not used:
        found[WHOLE_COUNTY] = whole
    for candidate in used:
        for township in candidate.scope:
            found.setdefault(townships.spelt(township), []).append(candidate)
    if not whole and used:
        sent = {township_key(name) for name in found}
        for name in townships.names:
            if township_key(name) not in sent:
                found[name] = []
    return found


def _judged(
    contract: Contract, round_: dt.date, sheets: Sequence[Candidate]
) -> dict[str, dt.date | int | str | None]:
    due, before = due_days(contract.delivery, round_)
    if not sheets:
        late = (round_ - due).days
        return {"due": due, "arrived": None, "as_of": None, "days_late": late, "state": "missing"}
    newest = max(c.as_of for c in sheets)
    arrivals = [c.arrived_at.date() for c in sheets if c.as_of == newest]
    arrived = max(arrivals) if max(arrivals) <= round_ else None
    days_late = max(0, (arrived - due).days) if arrived and newest <= due else 0
    if newest <= before:
        state, days_late = "stale", (round_ - due).days
    else:
        state = "late" if days_late else "on_time"
    return {
        "due": due,
        "arrived": arrived,
        "as_of": newest,
        "days_late": days_late,
        "state": state,
    }


def due_days(delivery: Delivery, round_: dt.date) -> tuple[dt.date, dt.date]:
    """Give the last due day on or before `round_`, and the due day before that."""
    if delivery.every == "week":
        due = round_ - dt.timedelta(days=(round_.isoweekday() - delivery.weekday) % 7)
        return due, due - dt.timedelta(days=7)
    apart = _MONTHS_APART[delivery.every]
    month = round_.year * 12 + round_.month - 1
    month -= month % apart
    if _day(month, delivery.due_day) > round_:
        month -= apart
    return _day(month, delivery.due_day), _day(month - apart, delivery.due_day)


def next_due_day(delivery: Delivery, round_: dt.date) -> dt.date:
    """Give the first due day after `round_`."""
    due, _ = due_days(delivery, round_)
    if delivery.every == "week":
        return due + dt.timedelta(days=7)
    return _day(due.year * 12 + due.month - 1 + _MONTHS_APART[delivery.every], delivery.due_day)


def _day(month: int, day: int) -> dt.date:
    year, number = divmod(month, 12)
    last = calendar.monthrange(year, number + 1)[1]
    return dt.date(year, number + 1, min(day, last))
