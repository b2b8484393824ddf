"""csv and txt: which encoding, which delimiter, and the rows as text.

Encoding: byte order mark, then UTF-8 strictly, then GB18030. Never GB18030 first, since it takes
most UTF-8 for rare characters without complaint (DOMAIN C2, 14).
"""

import codecs
import csv
import io
import re

import numpy as np
import polars as pl

from pipelines.intake.cells import RawSheet, blank_as_null, bounded, from_rows, no_merges
from pipelines.intake.containers import RefusedError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = (",", "\t", ";", "|", "，")
_QUOTED = re.compile(rf'(^|[{"".join(_DELIMITERS)}])"(?:[^"]|"")*"', re.MULTILINE)
"""A quoted field: what looks like delimiters within it divides nothing."""
_FIELD_LIMIT = 1 << 20
_NO_TEXT = "文件不是可识别的表格或文本；请在 WPS 或 Excel 中另存为 xlsx 后报送。"
_AROUND = "\t\r\x00\x1a"
"""What exports leave around cells."""


def decoded(content: bytes) -> str:
    """Give the text of `content`.

    Raises:
        RefusedError: It is no text in an encoding that is in use.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError as error:
                raise RefusedError(
                    "文本编码已损坏（可能没有传完）；请重新导出为 UTF-8 编码的 csv 或 xlsx 后报送。"
                ) from error
    if unmarked := _unmarked_utf_16(content):
        return content.decode(unmarked, errors="replace")
    furthest: UnicodeDecodeError | None = None
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            if furthest is None or error.start > furthest.start:
                furthest = error
    raise RefusedError(_broken_at(content, furthest) if furthest else _NO_TEXT)


def _broken_at(content: bytes, error: UnicodeDecodeError) -> str:
    """Say in which row a text cannot be decoded, if what stands before is text."""
    before = content[: error.start].decode(error.encoding)
    if "\n" not in before or not _is_text(before):
        return _NO_TEXT
    return (
        f"文本编码已损坏：第 {before.count(chr(10)) + 1} 行有不能识别的字符（可能没有传完）；"
        "请在 WPS 或 Excel 中打开，核对这一行后另存为 xlsx 报送。"
    )


def _is_text(text: str) -> bool:
    """Whether there are next to no control characters at its beginning."""
    sample = text[:20_000]
    odd = sum(1 for c in sample if ord(c) < 32 and c not in "\t\r\n\x1a")
    return odd <= len(sample) / 200


def _unmarked_utf_16(content: bytes) -> str | None:
    """Give the encoding of UTF-16 text without its mark: line ends and commas are half zeros."""
    start = content[:4000]
    for encoding in ("utf-16-le", "utf-16-be"):
        marks = [mark.encode(encoding) for mark in ("\n", ",", "\t", ";")]
        text = start[: len(start) // 2 * 2].decode(encoding, errors="replace")
        odd = sum(1 for c in text if ord(c) < 32 and c not in "\t\r\n")
        plain = not odd and "\ufffd" not in text[:-1] and "\n" in text
        if plain and b"\0" in start and any(mark in start for mark in marks):
            return encoding
    return None


def read_delimited(content: bytes) -> RawSheet:
    """Give the one sheet of a csv or txt file; a blank line counts as a row, as spreadsheets do.

    Raises:
        RefusedError: The content is binary, or not text.
    """
    text = decoded(content)
    if not _is_text(text):
        raise RefusedError(_NO_TEXT)
    delimiter = _delimiter(text[:20_000])
    quote = _quote(text, delimiter)
    sheet = _without_quotes(text, delimiter) if quote == '"' else None
    if sheet is None:
        csv.field_size_limit(_FIELD_LIMIT)
        lines = io.StringIO(text, newline="")
        try:
            rows = list(csv.reader(lines, delimiter=delimiter, quotechar=quote))
        except csv.Error as error:
            raise RefusedError(
                "文本中的引号不配对，无法分列；请在 WPS 或 Excel 中打开核对后另存为 xlsx 报送。"
            ) from error
        sheet = from_rows("", rows, no_merges())
    if '"' in text or any(mark in text for mark in _AROUND):
        # ="..." and tabs are tricks against 科学计数; outer quotes of ="" are eaten or kept.
        sheet.cells = sheet.cells.with_columns(_untricked(pl.all()))
    return sheet


def _quote(text: str, delimiter: str) -> str:
    """Give the mark that stands around fields: ' where it does so in all of the first line."""
    first = text[: text.find("\n") + 1 or None].strip("\ufeff\r\n ").split(delimiter)
    apart = all(len(f) > 1 and f[0] == f[-1] == "'" for f in map(str.strip, first))
    return "'" if apart and len(first) > 1 else '"'


def _without_quotes(text: str, delimiter: str) -> RawSheet | None:
    """Give the sheet of a text in which nothing is quoted: lines and delimiters are all there is.

    None where a quote stands, a line ends in a bare carriage return, the delimiter is no single
    byte, a field may be too long or nothing is there: then `csv` must read it, which takes ten
    times as long.
    """
    bare_return = text.count("\r") != text.count("\r\n")
    if '"' in text or bare_return or not delimiter.isascii() or not text.strip("\r\n"):
        return None
    content = (text if text.endswith("\n") else f"{text}\n").encode()
    data = np.frombuffer(content, dtype=np.uint8)
    ends = np.flatnonzero(data == ord("\n"))
    if np.diff(ends, prepend=-1).max() > _FIELD_LIMIT:
        return None
    parted = np.searchsorted(np.flatnonzero(data == ord(delimiter)), ends)
    width = 1 + int(np.diff(parted, prepend=0).max())
    bounded(ends.size, width, "")
    # Lines may have fewer fields than others, but none more than the first: it is put before them.
    first = delimiter.join(map(str, range(width))) + "\n"
    cells = pl.read_csv(
        first.encode() + content, separator=delimiter, quote_char=None, infer_schema=False
    )
    return RawSheet("", blank_as_null(cells.rechunk()))


def _untricked(cell: pl.Expr) -> pl.Expr:
    """Give the cell without what exports put around numbers to keep their digits."""
    bare = cell.str.strip_chars(_AROUND)
    bare = (
        pl.when(bare.str.starts_with('="'))
        .then(bare.str.strip_prefix('="').str.strip_suffix('"'))
        .otherwise(bare)
    )
    return pl.when(bare != "").then(bare)


def _delimiter(sample: str) -> str:
    """Give the delimiter that splits most lines into the same number of at least two fields.

    Within quotes it splits nothing.
    """
    bare = _QUOTED.sub(r"\1", sample)
    lines = [line for line in bare.splitlines() if line.strip()][:50]
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        counts = [line.count(delimiter) for line in lines]
        split = [c for c in counts if c]
        if not split:
            continue
        usual = max(set(split), key=split.count)
        score = split.count(usual) / len(lines) * min(usual, 20)
        if score > best_score:
            best, best_score = delimiter, score
    return best
