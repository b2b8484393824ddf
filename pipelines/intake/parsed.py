"""One file, opened once: its sheets recognised and told apart, and kept (`kept`)."""

import hashlib
import logging
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from pipelines.contracts import Contracts
from pipelines.intake.cells import RawSheet
from pipelines.intake.containers import Kind, Member, Refused, RefusedError, members
from pipelines.intake.delimited import read_delimited
from pipelines.intake.kept import (
    Frames,
    ParsedFile,
    ParsedSheet,
    refused_sheet,
)
from pipelines.intake.mappings import NO_MAPPINGS, Mappings
from pipelines.intake.markup import read_markup
from pipelines.intake.recognition import Parsed, Words, parse_sheet
from pipelines.intake.vocabulary import vocabularies
from pipelines.intake.workbook import read_workbook

_LOG = logging.getLogger(__name__)
_NEVER_THE_FILES_FAULT = MemoryError
"""What says nothing about a file, and must not be kept as if it did. (While a file is read, nothing
but memory is asked of the machine: a reader's OSError is about the content.)"""

_VALUES = re.compile(r"\[.*|\"[^\"]*\"|'[^']*'|\d{6,}")


@dataclass(frozen=True)
class Members:
    """What the one who watches a reading knows of an archive's members, and is told of them."""

    refused: Mapping[str, str] = field(default_factory=dict)
    """Those that cannot be read, with the sentence why."""
    begun: Callable[[str | None], object] = bool
    """Called with a member's name before it is read; None for a file that is no archive."""


def parsed_file(
    content: bytes, department: str, contracts: Contracts, mappings: Mappings = NO_MAPPINGS
) -> ParsedFile:
    """Give what `content`, sent by `department`, holds, in memory.

    Args:
        content: The file's bytes.
        department: Whose contracts the sheets are matched with.
        contracts: All contracts; those of other departments serve for hints.
        mappings: What people settled about headers that no contract declares.
    """
    words = words_of(department, contracts, mappings)
    sheets, frames = parsed_sheets(content, words, Members())
    return ParsedFile(hashlib.sha256(content).hexdigest(), sheets, Frames(None, frames))


def parsed_sheets(
    content: bytes, words: Words, watched: Members
) -> tuple[tuple[ParsedSheet, ...], dict[int, pl.DataFrame]]:
    """Give a file's sheets, and the rows of those that were read by the sheet's number.

    Args:
        content: The file's bytes.
        words: What the headers are held against.
        watched: Members of an archive that are not to be read, and who is told of the others.
    """
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
        return [(refused_sheet(raw), None)]
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
