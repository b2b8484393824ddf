"""What the bytes of an .xls say that its readers do not: which rows of each sheet are hidden.

A row record ([MS-XLS] 2.4.221) is 16 bytes behind its type and length: the row's number (from 0) in
the first two; bit 5 of the byte at 12 says that the row is hidden. A sheet begins with BOF (2.4.21)
of type worksheet. The records are searched for, not walked through: a search costs nothing beside
reading the cells.
"""

import re

_SHEET_OR_ROW = re.compile(rb"\x09\x08\x10\x00\x00\x06\x10\x00|\x08\x02\x10\x00(.{16})", re.DOTALL)
_HIDDEN = 0x20


def hidden_rows_97(content: bytes) -> list[list[int]]:
    """Give the hidden rows (from 1) of each worksheet, in the order of the file (BIFF8)."""
    sheets: list[list[int]] = []
    for found in _SHEET_OR_ROW.finditer(content):
        if found[1] is None:
            sheets.append([])
        elif sheets and found[1][12] & _HIDDEN:
            sheets[-1].append(int.from_bytes(found[1][:2], "little") + 1)
    return sheets
