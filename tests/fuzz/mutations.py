"""What may happen to a file on its way: damage, and what somebody who means harm would do.

`mutated` changes the raw bytes, or opens the container and changes what is inside, so that the
damage gets past checksums: XML within zip members, records within a BIFF stream. All randomness
comes from the generator given, so that a file can be made again from its number.
"""

import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence

from xlwt.CompoundDoc import XlsDoc

_TAG = re.compile(rb"<[^<>]{1,400}>")
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')
_NUMBERS = (b"0", b"-1", b"1", b"65536", b"1048577", b"4294967295", b"4294967296", b"9" * 25)
_VALUES = (
    *_NUMBERS,
    b"",
    b"A0",
    b"XFD1048576",
    b"ZZZZ9999999",
    b"A1:XFD1048576",
    b"G1:A1",
    b"s",
    b"n",
    b"e",
    b"b",
    b"d",
    b"str",
    b"inlineStr",
    b"1e400",
    b"NaN",
    b"-0",
    b"1.7976931348623157E+308",
    b"4.1E+17",
    b"&#0;",
    b"&#x1F600;",
    b"&x;",
    b"\xff\xfe",
    "合计".encode(),
    "身份证号".encode(),
    "王".encode() * 40_000,
)
_DOCTYPE = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY x "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
_TELLING = re.compile(r"sheet|sharedStrings|styles|workbook|content\.xml|rels|Content_Types|calc")


def mutated(name: str, seeds: dict[str, bytes], chance: random.Random) -> bytes:
    """Give the seed `name` after one to three mutations."""
    content = seeds[name]
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        content = _once(content, seeds, chance)
    return content


def _once(content: bytes, seeds: dict[str, bytes], chance: random.Random) -> bytes:
    inside: Callable[..., bytes] | None = None
    if content.startswith(b"PK\x03\x04"):
        inside = _in_zip
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        inside = _in_biff
    elif content.lstrip()[:1] == b"<":
        inside = _in_markup
    elif content[:1] != b"\xff":
        inside = _in_text
    if inside and chance.random() < 0.75:
        return inside(content, chance)
    return _in_bytes(content, seeds, chance)


def _in_bytes(content: bytes, seeds: dict[str, bytes], chance: random.Random) -> bytes:
    """Flip, cut, insert, repeat, or splice with another file."""
    if not content:
        return chance.randbytes(50)
    data = bytearray(content)
    at = chance.randrange(len(data))
    length = min(chance.choice((1, 2, 4, 16, 100, 1000)), len(data) - at)
    match chance.randrange(8):
        case 0:
            for _ in range(chance.choice((1, 2, 8, 64))):
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        case 1:
            del data[at:]
        case 2:
            del data[at : at + length]
        case 3:
            data[at:at] = chance.randbytes(length)
        case 4:
            data[at:at] = data[at : at + length] * chance.choice((1, 2, 50))
        case 5:
            data[at : at + length] = bytes(length)
        case 6:
            other = seeds[chance.choice(sorted(seeds))]
            data[at:] = other[chance.randrange(len(other)) :]
        case _:
            data[at : at + 4] = struct.pack(
                "<I", chance.choice((0, 1, 0xFFFF, 0x7FFFFFFF, 2**32 - 1))
            )
    return bytes(data)


def _in_zip(content: bytes, chance: random.Random) -> bytes:
    """Change one member or the list of members, and pack again with right checksums."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            members = [(i.filename, package.read(i)) for i in package.infolist()]
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError):
        return content[: chance.randrange(len(content))]
    if not members:
        return content
    telling = [n for n, (name, _) in enumerate(members) if _TELLING.search(name)]
    at = chance.choice(telling or range(len(members)))
    name, inner = members[at]
    match chance.randrange(12):
        case 0:
            del members[at]
        case 1:
            members[at] = (
                chance.choice((name.upper(), "/" + name, name + "x", "../" + name)),
                inner,
            )
        case 2:
            members[at] = (name, members[chance.randrange(len(members))][1])
        case 3:
            members[at] = (name, _in_bytes(inner, {name: inner or b"x"}, chance))
        case _:
            change = _in_markup if inner.lstrip()[:1] == b"<" else _once_alone
            members[at] = (name, change(inner, chance))
    packed = io.BytesIO()
    method = chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))
    with zipfile.ZipFile(packed, "w", method) as package:
        for member, inside in members:
            package.writestr(zipfile.ZipInfo(member), inside, method, 1)
    return packed.getvalue()


def _once_alone(content: bytes, chance: random.Random) -> bytes:
    return _once(content, {"": content or b"x"}, chance)


def _in_markup(content: bytes, chance: random.Random) -> bytes:
    """Change a tag, an attribute or a text, as text."""
    tags = list(_TAG.finditer(content))
    if not tags:
        return _in_bytes(content, {"": content or b"x"}, chance)
    tag = chance.choice(tags)
    other = chance.choice(tags)
    start, end, put = tag.start(), tag.end(), b""
    match chance.randrange(10):
        case 0:
            pass
        case 1:
            end, put = start, tag[0] * chance.choice((1, 2, 1000))
        case 2:
            put = other[0]
        case 3:
            end = max(end, other.end())
        case 4:
            start = end = content.find(b"?>") + 2 if content.startswith(b"<?") else 0
            put = _DOCTYPE
        case 5:
            following = content.find(b"<", end)
            start, end = end, following if following > 0 else len(content)
            put = chance.choice(_VALUES)
        case 6:
            end, put = start, content[min(start, other.start()) : max(start, other.start())]
        case _:
            return _other_attribute(content, tag, chance)
    return content[:start] + put + content[end:]


def _other_attribute(content: bytes, tag: re.Match[bytes], chance: random.Random) -> bytes:
    attributes = list(_ATTRIBUTE.finditer(tag[0]))
    if not attributes:
        return content[: tag.end() - 1] + b' r="XFD1048576">' + content[tag.end() :]
    one = chance.choice(attributes)
    value = chance.choice(_VALUES) if chance.random() < 0.8 else one[2] * 3
    inside = tag[0][: one.start(2)] + value + tag[0][one.end(2) :]
    if chance.random() < 0.1:
        inside = tag[0][: one.start()] + tag[0][one.end() :]
    elif chance.random() < 0.1:
        inside = inside.replace(b'"', b"'")
    return content[: tag.start()] + inside + content[tag.end() :]


def _in_biff(content: bytes, chance: random.Random) -> bytes:
    """Change the records of the workbook stream of an .xls, and put it into a new container."""
    start = 512  # where the writers of the corpus put the stream
    records = _records(content[start:])
    if len(records) < 4:
        return _in_bytes(content, {"": content}, chance)
    at = chance.randrange(len(records))
    kind, data = records[at]
    match chance.randrange(8):
        case 0:
            del records[at]
        case 1:
            records[at:at] = [records[at]] * chance.choice((1, 2, 100))
        case 2:
            records[at] = (kind, data[: chance.randrange(len(data) + 1)])
        case 3:
            records[at] = (chance.choice(records)[0], data)
        case 4:
            records[at] = (kind, data + chance.randbytes(chance.choice((1, 4, 500))))
        case 5:
            swapped = chance.randrange(len(records))
            records[at], records[swapped] = records[swapped], records[at]
        case _:
            changed = bytearray(data or b"\0")
            for _ in range(chance.choice((1, 1, 2, 8))):
                changed[chance.randrange(len(changed))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
            records[at] = (kind, bytes(changed))
    stream = b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in records)
    packed = io.BytesIO()
    XlsDoc().save(packed, stream)
    return packed.getvalue()


def _records(stream: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == 0 and length == 0:
            break
        found.append((kind, stream[at + 4 : at + 4 + length]))
        at += 4 + length
    return found


_PIECES: Sequence[bytes] = (
    b'"',
    b'""",',
    b",,,,",
    b"\t",
    b";",
    b"\x00",
    b"\x1a",
    b"\r",
    b"\n\n\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b'="0012"',
    "，".encode(),
    "行政村".encode("gb18030"),
    "行政村".encode("utf-16-le"),
    "\u2028\u00a0\u200b".encode(),
    b"," * 20_000,
    b"x" * 1_100_000,
)


def _in_text(content: bytes, chance: random.Random) -> bytes:
    """Mix encodings, quotes and delimiters into text."""
    at = chance.randrange(len(content) + 1)
    match chance.randrange(4):
        case 0:
            encodings = ("utf-8", "gb18030", "utf-16-le", "big5")
            text = content[at:].decode("utf-8", errors="ignore")
            return content[:at] + text.encode(chance.choice(encodings), errors="ignore")
        case 1:
            lines = content.split(b"\n")
            chance.shuffle(lines)
            return b"\n".join(lines)
        case _:
            return content[:at] + chance.choice(_PIECES) + content[at:]
