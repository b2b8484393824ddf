"""The coloured copy of a workbook (``--annotate``): the same findings, where they stand.

It is written by a process with limits, as the file is read: a file that a department sent may make
openpyxl take all memory or run for ever. `copied` gives the sheets, `marked` the colours and
comments, `result_page` the first sheet.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook

from pipelines.check.checked import Checked
from pipelines.check.copied import copied
from pipelines.check.marked import colour, header_notes
from pipelines.check.result_page import result_page
from pipelines.intake.archive import file_hash
from pipelines.intake.cells import RawSheet
from pipelines.intake.parsed import Members, raw_sheets
from pipelines.intake.protected import Readers, UnfinishedError
from pipelines.intake.reader import Setup, Tell, unchanged


class CannotAnnotateError(OSError):
    """The copy cannot be written; the message says why and what to do (Chinese)."""


def write_annotated(checked: Checked, out: Path, readers: Readers) -> list[str]:
    """Write the coloured copy of a file to `out` (xlsx).

    Returns:
        Sentences on what was left out; they stand on the first sheet too.

    Raises:
        CannotAnnotateError: `out` is the file itself, or cannot be written, or the copy would take
            more than may be taken.
    """
    if out.exists() and out.samefile(checked.path):
        raise CannotAnnotateError(f"{out} 就是要检查的文件；请另写一个文件名。")
    if not out.parent.is_dir():
        raise CannotAnnotateError(f"{out} 写不进去：没有文件夹 {out.parent}；请换一个位置。")
    seconds = readers.seconds(checked.path.stat().st_size)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "copy.xlsx"
        try:
            left_out: list[str] = readers.do(
                AnnotatedCopy(checked, file_hash(checked.path), made, seconds)
            )
        except UnfinishedError as error:
            raise CannotAnnotateError(
                f"标色的文件没有写成：{error}。检查结果以上面的文字为准；"
                "需要标色文件的，请删除数据以外的多余行列，另存为新的 xlsx 后再试。"
            ) from error
        try:
            shutil.copyfile(made, out)
        except OSError as error:
            raise CannotAnnotateError(
                f"{out} 写不进去（{error.strerror}）；请关闭已打开的同名文件，或换一个位置。"
            ) from error
    return left_out


@dataclass(frozen=True)
class AnnotatedCopy:
    """A reader's job: write the copy (`reader.Job`)."""

    checked: Checked
    file_id: str
    out: Path
    seconds: int

    def do(self, setup: Setup, tell: Tell) -> list[str]:
        """Write it and give what was left out."""
        del setup, tell
        content = unchanged(self.checked.path, self.file_id)
        workbook, left_out = annotated_workbook(self.checked, content)
        workbook.save(self.out)
        return left_out


def annotated_workbook(checked: Checked, content: bytes) -> tuple[Workbook, list[str]]:
    """Give the copy of a file with `content`, and sentences on what was left out."""
    left_out: list[str] = []
    workbook, pages = copied(checked, content, _raws(checked, content), left_out)
    colour(checked, pages, left_out)
    header_notes(checked, pages)
    result_page(workbook, checked, pages, left_out)
    return workbook, left_out


def _raws(checked: Checked, content: bytes) -> list[RawSheet | str]:
    """Give the sheets as they stood, by number; what could not be read is not tried again."""
    refused = [s.parsed for s in checked.sheets if s.parsed.status == "refused"]
    if any(s.member is None and s.sheet is None for s in refused):
        return []
    members = Members({s.member: s.message for s in refused if s.member and s.sheet is None})
    return [raw for _, raw in raw_sheets(content, members)]


def annotated_names(out: Path, files: Sequence[Path]) -> Iterator[Path]:
    """Give the name of each file's copy: `out`, or for several files one beside it for each."""
    if len(files) == 1:
        yield out
        return
    for number, file in enumerate(files, 1):
        yield out.with_name(f"{out.stem}-{number}-{file.stem}{out.suffix or '.xlsx'}")
