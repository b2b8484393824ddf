"""Texts are split alike, whether something in them is quoted or not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.intake.delimited import read_delimited

HEADER = "姓名,村,金额"
CELLS = st.text("张a1 '=.\u3000\u2028", max_size=6)
LINES = st.lists(st.lists(CELLS, max_size=4).map(",".join), max_size=8)


@pytest.mark.properties
@settings(max_examples=200, deadline=None)
@given(LINES, st.sampled_from(["\n", "\r\n"]))
def test_a_quote_below_changes_no_other_row(lines: list[str], end: str) -> None:
    text = "".join(line + end for line in (HEADER, *lines))
    plain = read_delimited(text.encode()).cells
    quoted = read_delimited(f'{text}"x","y","z"{end}'.encode()).cells
    assert plain.height == 1 + len(lines)
    assert quoted.head(-1).equals(plain)


def test_lines_of_other_lengths_are_kept_whole() -> None:
    cells = read_delimited("姓名,村\n张三\n\n李四,王堂村,多一格".encode()).cells
    assert cells.rows() == [
        ("姓名", "村", None),
        ("张三", None, None),
        (None, None, None),
        ("李四", "王堂村", "多一格"),
    ]
