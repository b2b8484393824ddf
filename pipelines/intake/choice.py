"""Which sheets a round uses, and what becomes of the others (CONTRACT, section 2).

Scope. A sheet is a split delivery of one township if its sheet name, its title rows, its file's
or folder's name names exactly one township and its township column, where it has one, does not
say otherwise; or if its township column has one value only and either another sheet of that
dataset and date covers one other township, or the sheet has at least 30 rows, too many to be of
one township by chance. In a county of one township nothing is split. Every other sheet covers
the whole county. A split delivery covers only the townships it names: one that sent nothing is
missing. Nor does a sheet that came beside the sheets of two townships or more stand for the rest:
it adds its rows (县直 schools) and covers no township, unless its own rows name every one of them.

Snapshots. Of the sheets dated not after the round, each scope uses its newest date; sheets of one
date and scope add up. A township's sheet of the same date as the county's list or newer replaces
that township's rows in it; an older one is superseded by it. Events: every sheet not after the
round. The same content twice counts once.

Sheets of one file that are one list month after month are snapshots of their months
(`month_sheets`), and no parts that add up.

A sheet dated by its arrival alone counts as of the round that first read it.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipelines.contracts import Contract
from pipelines.intake.as_of import date_in_name
from pipelines.intake.kept import ParsedSheet
from pipelines.intake.places import Townships, township_key
from pipelines.intake.said import said_in_name

_INSTRUCTIONS = re.compile(r"说明|须知|要求|字典|代码表|示例|样表|模板")
"""How a sheet is called that tells how to fill in the others."""
ROWS_NEVER_ONE_TOWNSHIP_BY_CHANCE = 30

BESIDE_TOWNSHIPS = "县直及其他"
"""Scope of what a department sends beside its townships' lists; the name of no township."""


@dataclass
class Candidate:
    """One sheet of one file in the inbox, with what the round decides about it."""

    path: str
    file_id: str
    department: str
    parsed: ParsedSheet
    as_of: dt.date
    as_of_source: str
    counts_from: dt.date
    """The date by which it is chosen: `as_of`, or the round that first read it."""
    arrived_at: dt.datetime
    scope: tuple[str, ...] = ()
    used: bool = False
    status: str = ""
    message: str = ""

    def decide(self, status: str, why: str = "") -> None:
        """Set what becomes of the sheet; `why` goes before what was said when it was read."""
        self.used = status == "used"
        self.status = status
        self.message = f"{why}{self.parsed.message}"


def said_as_of(
    within: str, sheet: ParsedSheet, sheets: Sequence[ParsedSheet]
) -> tuple[dt.date, str] | None:
    """Give the day that a list speaks of and where that is said; None where nothing says it.

    Args:
        within: The file's path in its department's folder.
        sheet: The sheet.
        sheets: All sheets of the file: what one title says holds for the others of its member,
            a list's before a cover's; instructions (填表说明) give examples and say nothing.

    Returns:
        The day, and ``name`` or ``title``.
    """
    if named := date_in_name(f"{within}!/{sheet.member}" if sheet.member else within):
        return named, "name"
    of_file = [s for s in sheets if s.member == sheet.member and s.title_date]
    lists, others = (
        [s for s in of_file if bool(s.dataset) is is_list] for is_list in (True, False)
    )
    telling = [*lists, *(s for s in others if not _INSTRUCTIONS.search(s.sheet or ""))]
    titled = sheet.title_date or next((s.title_date for s in telling), None)
    return (dt.date.fromisoformat(titled), "title") if titled else None


def as_named(sheet: ParsedSheet, path: str, contracts: Mapping[str, Contract]) -> ParsedSheet:
    """Give a sheet with what its file's own name says of all rows, where nothing in it does."""
    if sheet.dataset is None:
        return sheet
    contract = contracts[sheet.dataset]
    said = said_in_name(contract, path, sheet.columns or ())
    if not said:
        return sheet
    told = "；".join(f"“{contract.columns[n].title}”取自文件名：{text}" for n, text in said.items())
    message = f"{sheet.message.removesuffix('。')}；{told}。"
    return replace(sheet, said=sheet.said | said, message=message)


def set_scopes(candidates: Sequence[Candidate], townships: Townships) -> None:
    """Give every recognised sheet its scope, by the rule above."""
    if len(townships.names) == 1:
        return
    one: dict[int, str] = {}
    beside: dict[tuple[str, dt.date], set[str]] = defaultdict(set)
    for candidate in candidates:
        if candidate.parsed.dataset and (township := _only_township(candidate, townships)):
            one[id(candidate)] = township
            beside[candidate.parsed.dataset, candidate.counts_from].add(township_key(township))
    for candidate in candidates:
        if (found := one.get(id(candidate))) and candidate.parsed.dataset:
            many = (candidate.parsed.rows_accepted or 0) >= ROWS_NEVER_ONE_TOWNSHIP_BY_CHANCE
            split = len(beside[candidate.parsed.dataset, candidate.counts_from]) > 1
            if many or split or _township_named(candidate, townships) == found:
                candidate.scope = (found,)
    _set_beside(candidates, townships)


def _set_beside(candidates: Sequence[Candidate], townships: Townships) -> None:
    """Take from what stands beside a split delivery the claim to cover the whole county."""
    sent: dict[tuple[str | None, dt.date], set[str]] = defaultdict(set)
    for candidate in candidates:
        sent[candidate.parsed.dataset, candidate.counts_from] |= set(
            map(township_key, candidate.scope)
        )
    every = set(map(township_key, townships.names))
    for candidate in candidates:
        split = sent[candidate.parsed.dataset, candidate.counts_from]
        named = set(map(township_key, candidate.parsed.townships))
        if candidate.parsed.dataset and not candidate.scope and len(split) > 1:
            candidate.scope = () if named and named >= every | split else (BESIDE_TOWNSHIPS,)


def _only_township(candidate: Candidate, townships: Townships) -> str | None:
    """Give the one township of the sheet's column; without values there, the one it names."""
    in_column = {townships.spelt(t) for t in candidate.parsed.townships if t.strip()}
    if in_column:
        return in_column.pop() if len(in_column) == 1 else None
    return _township_named(candidate, townships)


def _township_named(candidate: Candidate, townships: Townships) -> str | None:
    parts = candidate.path.replace("!/", "/").split("/")[2:]  # without county and department
    return townships.only_one_in(
        [candidate.parsed.sheet or "", *candidate.parsed.titles[:5], *reversed(parts)]
    )


def choose(
    candidates: Sequence[Candidate], round_: dt.date, contracts: Mapping[str, Contract]
) -> None:
    """Decide for each sheet whether `round_` uses it, and say why not."""
    readable: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        if candidate.parsed.status != "read" or candidate.parsed.dataset is None:
            candidate.decide(candidate.parsed.status)
        elif candidate.counts_from > round_:
            candidate.decide("waiting", _waiting(candidate, round_))
        else:
            readable[candidate.parsed.dataset].append(candidate)
    for dataset, group in readable.items():
        _drop_duplicates(group)
        fresh = [c for c in group if c.status != "duplicate"]
        if contracts[dataset].nature == "events":
            for candidate in fresh:
                candidate.decide("used", _beside(candidate))
        else:
            _choose_snapshot(fresh)


def _drop_duplicates(group: Iterable[Candidate]) -> None:
    """Of equal content keep the one with the newest date, then the first to arrive."""
    seen: dict[tuple[str, int], Candidate] = {}
    order = sorted(group, key=lambda c: c.path)
    order.sort(key=lambda c: (c.counts_from, -c.arrived_at.timestamp()), reverse=True)
    for candidate in order:
        first = seen.setdefault((candidate.file_id, candidate.parsed.sheet_no), candidate)
        if first is not candidate:
            candidate.decide("duplicate", f"内容与“{first.path}”完全相同，只计一次。")


def _choose_snapshot(group: Sequence[Candidate]) -> None:
    county = [c for c in group if not c.scope]
    newest_county = max(county, key=lambda c: c.counts_from, default=None)
    newest: dict[str, Candidate] = {}
    for candidate in group:
        for township in candidate.scope:
            held = newest.get(township_key(township))
            if held is None or candidate.counts_from > held.counts_from:
                newest[township_key(township)] = candidate
    for candidate in group:
        over = newest_county
        if candidate.scope:
            over = newest[township_key(candidate.scope[0])]
            if newest_county and newest_county.counts_from > over.counts_from:
                over = newest_county
        if over is None or candidate.counts_from >= over.counts_from:
            candidate.decide("used", _beside(candidate))
        else:
            candidate.decide("superseded", _superseded(candidate, over))


def _beside(candidate: Candidate) -> str:
    if candidate.scope != (BESIDE_TOWNSHIPS,):
        return ""
    return "同期另有各乡镇分报的名单，本表的记录一并采用，但不代表没有报送的乡镇。"


def _waiting(candidate: Candidate, round_: dt.date) -> str:
    return (
        f"名单截至 {candidate.as_of}，晚于本期 {round_}，本期未用；"
        f"将用于 {candidate.counts_from} 及以后的期。"
    )


def _superseded(candidate: Candidate, over: Candidate) -> str:
    last = over.counts_from - dt.timedelta(days=1)
    whom = "全县" if not over.scope else over.scope[0]
    where = f"“{over.path}”"
    if over.file_id == candidate.file_id and over.parsed.member == candidate.parsed.member:
        where = f"，即同一文件的工作表“{over.parsed.sheet}”"
    return (
        f"已有更新的{whom}名单{where}（截至 {over.as_of}），本期未用；"
        f"只用于 {candidate.counts_from} 至 {last} 之间的期。"
    )
