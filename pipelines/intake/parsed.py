"""One file, opened once: its sheets recognised and told apart, kept by the hash of its content.

What is kept depends on the content, the department's contracts and this code alone. What depends on
the file's name or on other files (dates, townships, choice) is decided afresh each round, in
`inbox`. The folder ``<store>/files/<key>/`` is written aside and renamed, so two runs may write it
at once and a killed one leaves nothing half.
"""

import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.contracts import Contracts
from pipelines.intake.cells import RawSheet
from pipelines.intake.containers import Kind, Member, Refused, RefusedError, members
from pipelines.intake.delimited import read_delimited
from pipelines.intake.mappings import NO_MAPPINGS, Mappings
from pipelines.intake.markup import read_markup
from pipelines.intake.recognition import Parsed, ParsedSheet, Words, parse_sheet
from pipelines.intake.vocabulary import vocabularies
from pipelines.intake.workbook import read_workbook

VERSION = 16
"""Raised whenever the same file would be read differently: what was kept is then read anew."""

_LOG = logging.getLogger(__name__)
_NEVER_THE_FILES_FAULT = MemoryError
"""What says nothing about a file, and must not be kept as if it did. (While a file is read, nothing
but memory is asked of the machine: a reader's OSError is about the content.)"""

_VALUES = re.compile(r"\[.*|\"[^\"]*\"|'[^']*'|\d{6,}")


@dataclass(frozen=True)
class ParsedFile:
    """The sheets of one file, and the frames of their rows."""

    file_id: str
    sheets: tuple[ParsedSheet, ...]
    frames: "Frames"

    def rows(self, sheet_no: int) -> pl.DataFrame:
        """Give the rows of a sheet: records where it was recognised, else all non-blank rows."""
        rows = self.frames.of(sheet_no)
        return rows.select(name for name in rows.columns if not name.isdecimal())

    def raw_rows(self, sheet_no: int) -> pl.Series:
        """Give each row of `rows` as it stood, JSON: header to text."""
        cells = self.sheets[sheet_no].cells
        row = pl.struct(pl.col(column).alias(text) for text, column in cells.items())
        as_json = row.struct.json_encode().alias("raw_row")
        return self.frames.of(sheet_no).select(as_json).to_series()


class Frames:
    """Row frames by sheet number, in memory or under a folder; columns named by position too."""

    def __init__(self, folder: Path | None, frames: dict[int, pl.DataFrame]) -> None:
        """Keep frames held in memory, or the folder they lie in."""
        self._folder = folder
        self._frames = frames

    def of(self, sheet_no: int) -> pl.DataFrame:
        """Give all that is kept of a sheet's rows."""
        if self._folder is None:
            return self._frames[sheet_no]
        return pl.read_parquet(self._folder / f"{sheet_no}.parquet")


@dataclass(frozen=True)
class Members:
    """What the one who watches a reading knows of an archive's members, and is told of them."""

    refused: Mapping[str, str] = field(default_factory=dict)
    """Those that cannot be read, with the sentence why."""
    begun: Callable[[str | None], object] = bool
    """Called with a member's name before it is read; None for a file that is no archive."""


def parsed_file(
    content: bytes,
    department: str,
    contracts: Contracts,
    store: Path | None,
    mappings: Mappings = NO_MAPPINGS,
    watched: Members | None = None,
) -> ParsedFile:
    """Give what `content`, sent by `department`, holds; from `store` where it was read before.

    Args:
        content: The file's bytes.
        department: Whose contracts the sheets are matched with.
        contracts: All contracts; those of other departments serve for hints.
        store: Folder of what was read before; None to read without keeping.
        mappings: What people settled about headers that no contract declares.
        watched: Members of an archive that are not to be read, and who is told of the others.
    """
    watched = watched or Members()
    file_id = hashlib.sha256(content).hexdigest()
    if store is None:
        sheets, frames = _parse(content, department, contracts, mappings, watched)
        return ParsedFile(file_id, sheets, Frames(None, frames))
    folder = store / parsed_key(file_id, department, contracts, mappings)
    if not (folder / "sheets.json").exists():
        _keep(folder, *_parse(content, department, contracts, mappings, watched))
    return kept_file(folder, file_id)


def parsed_key(
    file_id: str, department: str, contracts: Contracts, mappings: Mappings = NO_MAPPINGS
) -> str:
    """Give the folder name under which a file's sheets are kept."""
    depends = f"{department} {contracts.hash} {VERSION} {mappings.digest(department)}"
    rest = hashlib.sha256(depends.encode()).hexdigest()
    return f"{file_id}-{rest[:16]}"


def kept_file(folder: Path, file_id: str) -> ParsedFile:
    """Give a file's sheets as they were kept in `folder`."""
    stored = json.loads((folder / "sheets.json").read_text(encoding="utf-8"))
    return ParsedFile(file_id, tuple(map(_stored_sheet, stored)), Frames(folder, {}))


def refused_file(file_id: str, message: str) -> ParsedFile:
    """Give a file that is refused as a whole, with the sentence for its sender."""
    return ParsedFile(file_id, (_refused(message),), Frames(None, {}))


def refused_kept(folder: Path, message: str) -> None:
    """Keep in `folder` that a file is refused as a whole."""
    _keep(folder, [_refused(message)], {})


def _refused(message: str) -> ParsedSheet:
    return ParsedSheet(0, None, None, "refused", message)


def _stored_sheet(stored: dict[str, Any]) -> ParsedSheet:
    values: dict[str, Any] = {k: tuple(v) if k in _TUPLES else v for k, v in stored.items()}
    return ParsedSheet(**values)


_TUPLES = {"titles", "notes", "totals", "townships", "header_rows", "unnamed"}


def _keep(folder: Path, sheets: Sequence[ParsedSheet], frames: dict[int, pl.DataFrame]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    aside = Path(tempfile.mkdtemp(prefix=f".new-{os.getpid()}-", dir=folder.parent))
    try:
        aside.chmod(0o750)
        for sheet_no, frame in frames.items():
            target = aside / f"{sheet_no}.parquet"
            frame.write_parquet(target, compression="lz4", statistics=False)
            target.chmod(0o640)
        listing = aside / "sheets.json"
        listing.write_text(
            json.dumps([vars(s) for s in sheets], ensure_ascii=False), encoding="utf-8"
        )
        listing.chmod(0o640)
        try:
            os.rename(aside, folder)  # noqa: PTH104 - Path.rename is the same call
        except OSError:
            if not (folder / "sheets.json").exists():
                raise  # else another run kept the same content first
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _parse(
    content: bytes, department: str, contracts: Contracts, mappings: Mappings, watched: Members
) -> tuple[tuple[ParsedSheet, ...], dict[int, pl.DataFrame]]:
    words = words_of(department, contracts, mappings)
    sheets: list[ParsedSheet] = []
    frames: dict[int, pl.DataFrame] = {}
    for raw_no, (member, raw) in enumerate(raw_sheets(content, watched)):
        for sheet, frame in sheets_or_refusal(raw, words):
            sheet.sheet_no, sheet.member, sheet.raw_no = len(sheets), member, raw_no
            sheets.append(sheet)
            if frame is not None:
                frames[sheet.sheet_no] = frame
    return tuple(sheets), frames


def words_of(department: str, contracts: Contracts, mappings: Mappings) -> Words:
    """Give what the headers of a department's sheets are held against."""
    known = vocabularies(contracts).values()
    own = [v for v in known if v.contract.department == department]
    others = [v for v in known if v.contract.department != department]
    return Words(department, own, others, mappings)


def raw_sheets(content: bytes, watched: Members) -> Iterator[tuple[str | None, RawSheet | str]]:
    """Give each sheet of each member, or the sentence why it cannot be read."""
    try:
        found = members(content)
    except RefusedError as error:
        yield None, str(error)
        return
    for member in found:
        if isinstance(member, Refused):
            yield member.name, member.message
            continue
        if says := watched.refused.get(member.name or ""):
            yield member.name, says
            continue
        watched.begun(member.name)
        try:
            raws = _read_member(member)
        except RefusedError as error:
            yield member.name, str(error)
            continue
        except _NEVER_THE_FILES_FAULT:
            raise
        except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001 - see `_unforeseen`
            yield member.name, _unforeseen(error, member.name or "文件")
            continue
        if not raws:
            yield member.name, "工作簿中没有工作表；请确认后重新报送。"
        for raw in raws:
            yield member.name, raw


def _read_member(member: Member) -> list[RawSheet]:
    if member.kind is Kind.TEXT:
        return [read_delimited(member.content)]
    if member.kind is Kind.MARKUP:
        return read_markup(member.content)
    return read_workbook(member.content, member.kind)


def sheets_or_refusal(raw: RawSheet | str, words: Words) -> list[Parsed]:
    """Give what is known of a sheet that `raw_sheets` gave, and its rows, list by list.

    One on which the program itself fails is refused, and the others go on.
    """
    if isinstance(raw, str):
        return [(_refused(raw), None)]
    try:
        return parse_sheet(raw, words)
    except _NEVER_THE_FILES_FAULT:
        raise
    except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001 - see `_unforeseen`
        where = f"工作表“{raw.name}”" if raw.name else "文件"
        return [(ParsedSheet(0, None, raw.name, "refused", _unforeseen(error, where)), None)]


def _unforeseen(error: BaseException, where: str) -> str:
    """Say what was met, and log where: one file must not keep a county from its round.

    Polars quotes the values it stumbles over; people's numbers and names belong in no message.
    """
    what = _VALUES.sub("…", " ".join(str(error).split()))[:120]
    stack = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("reading %s failed\n%s%s: %s", where, stack, type(error).__name__, what)
    return (
        f"{where}未能读取，程序遇到没有预料到的情况（{type(error).__name__}：{what}）；"
        "本期没有使用，其余文件照常。请另存为新的 xlsx 后重新报送，并把这句话告诉技术人员。"
    )
