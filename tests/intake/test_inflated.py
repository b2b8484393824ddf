"""A member of a package inflates to what zlib makes of it, or is said to be damaged."""

import io
import random
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.intake.inflated import inflated

pytestmark = pytest.mark.unit

NAME = "xl/worksheets/sheet1.xml"


def package(content: bytes, method: int = zipfile.ZIP_DEFLATED, level: int = 6) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method, compresslevel=level) as written:
        written.writestr("first", b"first")
        written.writestr(NAME, content)
    return buffer.getvalue()


def read(packed: bytes, size: int = 1 << 18) -> list[bytes]:
    return list(inflated(zipfile.ZipFile(io.BytesIO(packed)), NAME, size))


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=300),
    st.integers(0, 5000),
    st.integers(0, 9),
    st.integers(1, 70_000),
    st.sampled_from([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED]),
)
def test_what_went_in_comes_out(
    text: bytes, times: int, level: int, size: int, method: int
) -> None:
    content = text * times + random.Random(times).randbytes(times)
    blocks = read(package(content, method, level), size)
    assert b"".join(blocks) == content
    assert max(map(len, blocks), default=0) <= size


@pytest.mark.parametrize("size", [100, 1 << 18])
def test_a_damaged_member_is_never_taken_for_a_whole_one(size: int) -> None:
    """Whatever byte of it is wrong; its content is never longer than the package says."""
    content = b"".join(b'<row r="%d"><c><v>%d</v></c></row>' % (n, n * n) for n in range(2000))
    packed = package(content)
    member = zipfile.ZipFile(io.BytesIO(packed)).getinfo(NAME)
    start = member.header_offset + 30 + len(NAME)
    for at in range(start, start + member.compress_size, 97):
        broken = bytearray(packed)
        broken[at] ^= 0x5A
        with pytest.raises(zipfile.BadZipFile):
            read(bytes(broken), size)


@pytest.mark.parametrize("said", [0, 100, 1 << 30])
def test_a_member_longer_or_shorter_than_the_package_says_is_damaged(said: int) -> None:
    packed = bytearray(package(b"0123456789" * 1000))
    directory = packed.rindex(NAME.encode()) - 46
    packed[directory + 24 : directory + 28] = said.to_bytes(4, "little")
    seen: list[bytes] = []
    with pytest.raises(zipfile.BadZipFile):
        seen.extend(inflated(zipfile.ZipFile(io.BytesIO(packed)), NAME, 64))
    assert sum(map(len, seen)) <= min(said + 64, 10_000)  # no bomb goes on
