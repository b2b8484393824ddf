"""Write a round's lists: workbooks for townships and departments, 全县汇总, 通报."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from pipelines.files import private_file, private_folder, write_atomically
from pipelines.home import Home
from pipelines.lists import summary
from pipelines.lists.bulletin import bulletin_html
from pipelines.lists.content import DEPARTMENT, Content, Material, content_for, recipients
from pipelines.lists.county import county_tables, write_county_workbook
from pipelines.lists.deadlines import deadlines
from pipelines.lists.issued import Issue, Register, content_hash
from pipelines.lists.published import read_published
from pipelines.lists.reason_codes import ReasonCodes, load_reason_codes
from pipelines.lists.rows import list_rows, suspected_rows
from pipelines.lists.slips import SlipContent, slip_content, slips_of, write_slips
from pipelines.lists.visits import visit_cap
from pipelines.lists.workbook import write_workbook


class RecordsGoneError(LookupError):
    """A list of an earlier round cannot be written as it was issued; says what to do."""


COUNTY = "全县汇总"
"""Recipient of the county summary and the bulletin."""


@dataclass(frozen=True)
class ListFile:
    """One file of a round's lists."""

    recipient: str
    kind: str
    """``township``, ``department``, ``slips``, ``county`` or ``bulletin``."""
    path: Path
    rows: int
    """Rows that it asks about; 0 for the summary and the bulletin."""
    version: int
    written: bool
    """False where the same content was issued before and the file was left as it is."""


def write_lists(home: Home, county: str, round_: dt.date) -> list[ListFile]:
    """Write the lists of one published round under ``home.lists/<county>/<round>/``.

    A list that was issued with the same content is left alone; with other content a further version
    is written beside it (``…-第2版.xlsx``). Every file is written whole or not at all.

    A list that was lost and would say the same is written again under the name it was issued by.

    Raises:
        NotPublishedError: Nothing has been published under this home.
        RoundNotPublishedError: This round has not.
        RecordsGoneError: A list of an earlier round is missing or would say something else, and
            the records it is made of are no longer there. Nothing is written from the rest.
        ReasonCodeError: The declared reason codes are wrong.
        MissingParameterError: A deadline is not set.
    """
    declared = home.declared
    contracts = declared.contracts
    parameters = declared.parameters.lookup(county, round_)
    codes = load_reason_codes(declared.roots)
    published = read_published(home, county, round_, contracts)
    groups = pl.DataFrame(
        {
            "rule_id": published.rules["rule_id"],
            "reason_group": [
                codes.group_of(rule_id, group)
                for rule_id, group in published.rules.select("rule_id", "rule_group").rows()
            ],
        },
        schema={"rule_id": pl.String, "reason_group": pl.String},
    )
    titles = {c.dataset: f"{c.department_title}《{c.title}》" for c in contracts.values()}
    published = published.with_rules(
        published.rules.join(groups, on="rule_id", how="left").with_columns(
            spares_titles=pl.col("spares").str.replace_many(titles)
        )
    )
    rows = list_rows(published, contracts).join(
        groups, on="rule_id", how="left", maintain_order="left"
    )
    name = home.settings.county_names.get(county, county)
    material = Material(
        published=published,
        county=county if name == county else f"{name}　{county}",
        contracts=contracts,
        rows=rows.with_columns(pl.col("reason_group").fill_null("common")),
        suspected=suspected_rows(published, contracts),
        not_compared=summary.not_compared(published),
        closed=summary.closed(published),
        last_closed=summary.closed(published, back=1),
        deadlines=deadlines(round_, parameters),
        cap=visit_cap(parameters),
    )
    return _Issuer(home, material, codes).issue()


class _Issuer:
    """Writes what is new, leaves what is the same, notes both."""

    def __init__(self, home: Home, material: Material, codes: ReasonCodes) -> None:
        self.material = material
        self.codes = codes
        self.published = material.published
        self.home = home
        folder = home.lists / self.published.county
        self.folder = folder / self.published.round_.isoformat()
        self.register = Register(folder, self.published.county, self.published.round_)

    def issue(self) -> list[ListFile]:
        files = []
        slips = slips_of(self.material)
        for recipient in recipients(self.material):
            content = content_for(recipient, self.material, self.register)
            files.append(self._list(content))
            if recipient.kind == DEPARTMENT:
                files += self._slips(slip_content(recipient, slips, self.material))
        files += self._county()
        if any(file.written for file in files):
            self.register.save()
        self._log(files)
        return files

    def _list(self, content: Content) -> ListFile:
        title = content.recipient.title
        asked = content.asked.select("case_id", "issued_on", "due_on", waits=pl.lit(value=False))
        waiting = content.waiting.select("case_id", "issued_on", "due_on", waits=pl.lit(value=True))
        return self._write(
            _Draft(
                title,
                content.recipient.kind,
                f"疑点清单_{title}_{self.published.round_}",
                ".xlsx",
                content.hash,
                content.kept_hash,
            ),
            lambda path: write_workbook(path, content, self.material, self.codes),
            pl.concat([asked, waiting]),
        )

    def _slips(self, content: SlipContent) -> list[ListFile]:
        """A department whose lists are right, and were, gets none."""
        if content.counts.is_empty():
            return []
        title = content.recipient.title
        stem = f"校核纠错单_{title}_{self.published.round_}"
        written = self._write(
            _Draft(title, "slips", stem, ".xlsx", content.hash, content.hash),
            lambda path: write_slips(path, content, self.material),
            pl.DataFrame(schema={"case_id": pl.String}),
        )
        return [replace(written, rows=content.listed.height)]

    def _county(self) -> list[ListFile]:
        frames = [frame for _, frame in county_tables(self.material).values()]
        plain = [f.select(c for c, t in f.schema.items() if not t.is_nested()) for f in frames]
        kept = content_hash(
            self.published.of_round(self.published.comparisons).sort("rule_id", "village_code"),
            self.material.rows.select("case_id", "value_hash", "state"),
        )
        whole = content_hash(*plain)
        day = self.published.round_
        no_cases = pl.DataFrame(schema={"case_id": pl.String})
        return [
            self._write(
                _Draft(COUNTY, "county", f"{COUNTY}_{day}", ".xlsx", whole, kept),
                lambda path: write_county_workbook(path, self.material),
                no_cases,
            ),
            self._write(
                _Draft(COUNTY, "bulletin", f"通报_{day}", ".html", whole, kept),
                lambda path: path.write_text(bulletin_html(self.material), encoding="utf-8"),
                no_cases,
            ),
        ]

    def _write(
        self, draft: "_Draft", write: Callable[[Path], object], cases: pl.DataFrame
    ) -> ListFile:
        key = f"{draft.recipient}/{draft.kind}"
        asked = cases.filter(~pl.col("waits")).height if cases.height else 0
        last = self.register.last(key)
        folder = self.folder / draft.recipient
        if last is not None and (folder / last.file).exists() and self._same(draft, last):
            path = folder / last.file
            return ListFile(draft.recipient, draft.kind, path, asked, last.version, written=False)
        if not self.published.has_records:
            raise RecordsGoneError(
                f"{self.published.county} 的 {self.published.round_} 期不是最近一期，它的人员、"
                f"关联和原始行已不在暂存区，“{draft.recipient}”的{draft.stem}不能照下发时的样子重写；"
                "请从备份恢复已下发的文件，或先重新运行这一期：bidui run --county "
                f"{self.published.county} --round {self.published.round_}"
            )
        if last is not None and draft.content_hash == last.content_hash:
            path = folder / last.file  # lost: what it said is known to the last letter
            write_atomically(path, write)
            return ListFile(draft.recipient, draft.kind, path, asked, last.version, written=True)
        version = 1 if last is None else last.version + 1
        suffix = "" if version == 1 else f"-第{version}版"
        path = folder / f"{draft.stem}{suffix}{draft.suffix}"
        write_atomically(path, write)
        issue = Issue(key, version, path.name, draft.content_hash, draft.kept_hash)
        self.register.add(issue, self.published.run_id, cases)
        return ListFile(draft.recipient, draft.kind, path, asked, version, written=True)

    def _same(self, draft: "_Draft", last: Issue) -> bool:
        if self.published.is_latest:
            return draft.content_hash == last.content_hash
        return draft.kept_hash == last.kept_hash

    def _log(self, files: list[ListFile]) -> None:
        """Append who was given what, without anything personal."""
        path = private_folder(self.home.logs) / "lists.jsonl"
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        with path.open("a", encoding="utf-8") as log:
            for file in files:
                entry = {
                    "at": now,
                    "county": self.published.county,
                    "round": self.published.round_.isoformat(),
                    "run_id": self.published.run_id,
                    "recipient": file.recipient,
                    "kind": file.kind,
                    "file": file.path.relative_to(self.home.lists).as_posix(),
                    "rows": file.rows,
                    "version": file.version,
                    "written": file.written,
                }
                log.write(json.dumps(entry, ensure_ascii=False) + "\n")
        private_file(path)


@dataclass(frozen=True)
class _Draft:
    """A file about to be issued."""

    recipient: str
    kind: str
    stem: str
    suffix: str
    content_hash: str
    kept_hash: str
