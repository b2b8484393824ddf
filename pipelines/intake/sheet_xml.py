"""Facts about a worksheet that the bulk reader does not give, from one pass over its raw XML.

The pass streams in blocks and works on whole blocks (numpy and byte searches), so that it costs a
tenth of reading the sheet. It says which number cells have more than fifteen digits (ID numbers
typed as numbers, which read like text), which ranges are merged, how many rows are hidden, how
many cells hold errors, and how far the sheet reaches, since a cell in XFD1048576 would make the
reader ask for a table of 17 billion cells.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.intake.cells import MERGES, column_position, no_merges

BLOCK = 1 << 18
"""Bytes looked at together: what numpy makes of so many stays in the processor's cache."""
_MOST_MARKED = 20_000
"""Cells of one style; with more it is how the sheet is laid out."""
_OVERLAP = 512  # longer than a cell with its formula commonly is
_ROW = re.compile(rb'<(?:\w+:)?row [^>]*?\br="(\d+)"')
_MERGE = re.compile(rb'mergeCell ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_DOCTYPE = b"<!DOCTYPE"
_ERROR = b't="e"'
_ERROR_VALUE = re.compile(
    rb't="e"[^>]*>(?:<(?:\w+:)?f[^>]*(?:/>|>[^<]*</(?:\w+:)?f>))?<(?:\w+:)?v>(#[^<]{1,15})<'
)
_SAVED_EMPTY = re.compile(
    rb't="str"[^>]*><(?:\w+:)?f[^>]*>[^<]*</(?:\w+:)?f><(?:\w+:)?v(?:></|\s?/>)'
)
"""A formula that gives no text, and says so: Excel stores ``=IF(A5="","",…)`` like this."""
_MOST_NAMED = 12
_UNSAVED = (b"</f><v></v>", b"</f><v/>", b"</f><v />", b"</f></c>")
_REFERENCE = re.compile(rb'\br="([A-Z]+\d+)"')
_VALUE_END = re.compile(rb"</(?:\w+:)?v>")
_EXPONENT = re.compile(rb"[eE]\+?0?1[5-9]</(?:\w+:)?v>")


@dataclass
class SheetFacts:
    """What the raw XML of a worksheet says."""

    rows: int = 0
    columns: int = 0
    long_numbers: set[bytes] = field(default_factory=set)
    """References (``C6``) of number cells of more than fifteen digits."""
    unplaced_numbers: bool = False
    """Such a cell bears no reference, or the format has none: the typed reader must be asked."""
    hidden_rows: int = 0
    hidden_at: list[int] = field(default_factory=list)
    """Numbers (from 1) of the first dozen of them."""
    error_cells: int = 0
    errors: dict[bytes, str] = field(default_factory=dict)
    """References of these cells and what stands in them (``#N/A``)."""
    unsaved_formulas: int = 0
    """Formulas whose result no program has stored: they read as blank."""
    unsaved_at: list[bytes] = field(default_factory=list)
    """References of the first dozen of them."""
    marks: dict[str, set[int]] = field(default_factory=dict)
    """Kind of mark to the numbers (from 1) of rows with text in a style that marks so."""
    doctype: bool = False
    merges: pl.DataFrame = field(default_factory=no_merges)


def sheet_facts(
    blocks: Iterable[bytes], styles: Mapping[int, frozenset[str]] | None = None
) -> SheetFacts:
    """Give the facts of a worksheet.

    Args:
        blocks: Its XML, best in blocks of `BLOCK` bytes.
        styles: Cell style to how it marks.
    """
    marked = _Marked(styles or {})
    facts = SheetFacts(columns=26)
    before = b""
    tail: bytearray | None = None
    for block in blocks:
        chunk = before + block
        if tail is None:
            _scan(chunk, len(before), facts)
            marked.look(chunk)
            closing = chunk.rfind(b"sheetData>")
            if closing >= 0 and chunk.rfind(b"</", max(0, closing - 12), closing) >= 0:
                tail = bytearray(chunk[closing:])
        else:
            tail += block
        before = chunk[-_OVERLAP:]
    if tail:
        facts.merges = _merges(_MERGE.findall(bytes(tail)))
    facts.marks = marked.rows
    return facts


class _Marked:
    """Looks for cells of marking styles; one that very many cells bear is layout and no mark."""

    def __init__(self, styles: Mapping[int, frozenset[str]]) -> None:
        self.rows: dict[str, set[int]] = {}
        self._kinds = {str(number).encode(): kinds for number, kinds in styles.items()}
        self._seen: Counter[bytes] = Counter()
        self._cell = self._pattern()

    def look(self, chunk: bytes) -> None:
        """Note the rows of the chunk's cells that have text in such a style."""
        if self._cell is None:
            return
        for found in self._cell.finditer(chunk):
            for kind in self._kinds[found[1]]:
                self.rows.setdefault(kind, set()).add(int(found[2]))
            self._seen[found[1]] += 1
            if self._seen[found[1]] > _MOST_MARKED:
                self._leave_out(self._kinds[found[1]])
                self.look(chunk)
                return

    def _leave_out(self, kinds: frozenset[str]) -> None:
        self._kinds = {number: left for number, k in self._kinds.items() if (left := k - kinds)}
        self.rows = {kind: rows for kind, rows in self.rows.items() if kind not in kinds}
        self._cell = self._pattern()

    def _pattern(self) -> re.Pattern[bytes] | None:
        if not self._kinds:
            return None
        styles = b"|".join(self._kinds)
        return re.compile(
            rb'<(?:\w+:)?c (?=[^>]*\bs="(' + styles + rb')")[^>]*?\br="[A-Z]+(\d+)"[^>]*[^/]>'
        )


def placed(references: set[bytes]) -> dict[int, list[int]]:
    """Give positions of columns to numbers of rows (both from 0) for cell references."""
    found: dict[int, list[int]] = {}
    for reference in references:
        letters = reference.rstrip(b"0123456789")
        row = int(reference[len(letters) :]) - 1
        found.setdefault(column_position(letters.decode()), []).append(row)
    return found


def _scan(chunk: bytes, old: int, facts: SheetFacts) -> None:
    """Add what `chunk` shows to `facts`; its first `old` bytes were seen before."""
    data = np.frombuffer(chunk, dtype=np.uint8)
    facts.doctype |= b"!" in chunk and _DOCTYPE in chunk
    if _holds(chunk, data, b"hi", rare=b"h"):
        _note_rows_hidden(chunk, old, facts)
    if _holds(chunk, data, b'"e', rare=b"e"):
        _note_errors(chunk, old, facts)
    if _holds(chunk, data, b"/f", rare=b"f"):
        _count_unsaved(chunk, old, facts)
    last = chunk.rfind(b"row ")
    while last >= 0:
        if found := _ROW.match(chunk, chunk.rfind(b"<", 0, last)):
            facts.rows = max(facts.rows, int(found[1]))
            break
        last = chunk.rfind(b"row ", 0, last)
    for end in _long_number_ends(chunk, data):
        _place(chunk, end, old, facts)
    facts.columns = max(facts.columns, _widest(data))


def _holds(chunk: bytes, data: npt.NDArray[np.uint8], two: bytes, rare: bytes) -> bool:
    """Whether two bytes stand side by side anywhere: a quarter of the time of a byte search.

    Many sheets do not even have the `rare` one of them, which is seen in a tenth of that.
    """
    pair = int.from_bytes(two, sys.byteorder)
    return rare in chunk and any(
        bool((data[start : start + (data.size - start) // 2 * 2].view(np.uint16) == pair).any())
        for start in (0, 1)
    )


def _note_errors(chunk: bytes, old: int, facts: SheetFacts) -> None:
    """Count the cells with errors, and keep what stands in which of them."""
    facts.error_cells += chunk.count(_ERROR, max(0, old - len(_ERROR) + 1))
    for value in _ERROR_VALUE.finditer(chunk):
        if found := _REFERENCE.search(_cell_before(chunk, value.start())):
            facts.errors[found[1]] = value[1].decode()


def _count_unsaved(chunk: bytes, old: int, facts: SheetFacts) -> None:
    """Count the formulas without a stored result, and name the first of them."""
    starts = {mark: max(0, old - len(mark) + 1) for mark in _UNSAVED}
    count = sum(chunk.count(mark, start) for mark, start in starts.items())
    if not count:
        return
    empty = sum(1 for m in _SAVED_EMPTY.finditer(chunk) if m.end() > old)
    facts.unsaved_formulas += max(0, count - empty)
    for mark, start in starts.items():
        at = chunk.find(mark, start)
        while at >= 0 and len(facts.unsaved_at) < _MOST_NAMED:
            cell = _cell_before(chunk, at)
            found = _REFERENCE.search(cell)
            if found and b't="str"' not in cell and found[1] not in facts.unsaved_at:
                facts.unsaved_at.append(found[1])
            at = chunk.find(mark, at + 1)


def _cell_before(chunk: bytes, end: int) -> bytes:
    """Give the bytes from the beginning of the cell that holds position `end`."""
    near = max(0, end - _OVERLAP)
    start = max(chunk.rfind(tag, near, end) for tag in (b"<c ", b"<c>", b":c ", b":c>"))
    return chunk[start:end] if start >= 0 else b""


def _note_rows_hidden(chunk: bytes, start: int, facts: SheetFacts) -> None:
    """Count the hidden rows, and keep the numbers of the first."""
    if b'hidden="' not in chunk:
        return
    for mark in re.finditer(rb'<(?:\w+:)?row [^>]*?hidden="(?:1|true)"', chunk):
        if mark.end() <= start:
            continue
        facts.hidden_rows += 1
        if len(facts.hidden_at) < _MOST_NAMED and (row := _ROW.match(chunk, mark.start())):
            facts.hidden_at.append(int(row[1]))


def _long_number_ends(chunk: bytes, data: npt.NDArray[np.uint8]) -> list[int]:
    """Give where value elements end that hold 16 digits or more, plain or as 4.1E+17."""
    ends = [m.end() for i in _exponents(data) if (m := _EXPONENT.match(chunk, i))]
    run = (data - 48) < 10  # unsigned: what lies below "0" wraps round to above 200
    for step in (1, 2, 4, 8):
        if run.size <= step:
            return ends
        run = run[:-step] & run[step:]
    # Where text is inline, runs of 16 digits are many: what follows them tells cells from text.
    values = np.flatnonzero(run[: max(0, data.size - 18)]) + 16
    values = values[data[values] == ord("<")]
    values = values[(data[values + 1] == ord("/")) & (data[values + 2] != ord("t"))]
    return ends + [m.end() for i in values if (m := _VALUE_END.match(chunk, int(i)))]


def _place(chunk: bytes, end: int, old: int, facts: SheetFacts) -> None:
    """Note the reference of the cell whose value ends at `end`, unless the cell is text."""
    near = max(0, end - _OVERLAP)
    start = max(chunk.rfind(tag, near, end) for tag in (b"<c ", b"<c>", b":c ", b":c>"))
    cell = chunk[start:end] if start >= 0 else b""
    if b't="str"' in cell:
        return
    if found := _REFERENCE.search(cell):
        facts.long_numbers.add(found[1])
    elif start >= 0 or end > old:
        facts.unplaced_numbers = True  # else it was placed when the chunk before was read


def _exponents(data: npt.NDArray[np.uint8]) -> list[int]:
    """Give where E17, E+17, E+017 may stand at an element's end: not the e of words, or of E17."""
    if data.size < 7:
        return []
    signed = (data[1:-5] - ord("+")) < 7  # unsigned, as above: up to "1"
    marks = np.flatnonzero(signed & ((data[:-6] | 32) == ord("e")))
    ends = np.logical_or.reduce([data[marks + step] == ord("<") for step in (3, 4, 5)])
    return [int(i) for i in marks[ends]]


def _widest(data: npt.NDArray[np.uint8]) -> int:
    """Give the highest column of cell references with two or three letters; 0 where none has."""
    letter = (data - 65) < 26  # unsigned, as above
    if letter.size < 6:
        return 0
    two_letters = letter[1:-3] & letter[2:-2]
    if not two_letters.any():
        return 0
    quoted = np.flatnonzero((data[:-4] == ord('"')) & two_letters)
    digit = (data[quoted[:, np.newaxis] + (3, 4)] - 48) < 10
    widest = 0
    two = quoted[digit[:, 0]]
    if two.size:
        widest = int(((data[two + 1] - 64).astype(np.int64) * 26 + data[two + 2] - 64).max())
    three = quoted[letter[quoted + 3] & digit[:, 1]]
    if three.size:
        high = (data[three + 1] - 64).astype(np.int64) * 676
        high += (data[three + 2] - 64).astype(np.int64) * 26 + data[three + 3] - 64
        widest = max(widest, int(high.max()))
    return widest


def _merges(references: list[tuple[bytes, bytes, bytes, bytes]]) -> pl.DataFrame:
    """Turn ``A5:B8`` references, their letters and numbers apart, into positions."""
    if not references:
        return no_merges()
    first, top, last, bottom = zip(*references, strict=True)
    position = {letters: column_position(letters.decode()) for letters in {*first, *last}}
    return pl.DataFrame(
        {
            "row_from": np.array(top).astype(np.int64) - 1,
            "row_to": np.array(bottom).astype(np.int64) - 1,
            "col_from": [position[letters] for letters in first],
            "col_to": [position[letters] for letters in last],
        },
        schema=MERGES,
    )
