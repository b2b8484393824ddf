"""What a file is, by its first bytes and never by its name, and what it holds.

A file becomes members: itself, or each file inside a zip. Whatever cannot be read becomes a
`RefusedError` whose message is one Chinese sentence that says what to change. Sizes are bounded, so
that a small file cannot unfold into more than the machine holds.
"""

import io
import stat
import zipfile
import zlib
from dataclasses import dataclass
from enum import StrEnum

MAX_FILE_BYTES = 1 << 30
MAX_UNPACKED_BYTES = 3 << 29  # 1.5 GiB: a million rows of 30 columns need about 1.2 GiB of XML
MAX_RATIO = 250  # worksheets full of repetition reach 60; bombs start at 1000
MAX_MEMBERS = 2_000

ENCRYPTED = (
    "文件设有打开密码，无法读取；请在 WPS 或 Excel 中取消密码（文件→文档加密→清空密码）后重新报送。"
)
BROKEN = "文件不完整或已损坏（可能没有传完）；请在本机确认能打开后，另存为 xlsx 重新报送。"

NO_TABLE = "文件不是表格（像是文档或演示文稿）；请改为报送 xlsx 表格。"

_SHEETS = ("Workbook", "Book\x00")
_STREAMS = (*_SHEETS, "WordDocument", "PowerPoint Document")
"""Where old Excel and WPS, Word and PowerPoint keep their content in a compound file."""
_JUNK = {".ds_store", "thumbs.db", "desktop.ini"}


class RefusedError(Exception):
    """A file cannot be read; the message is the Chinese sentence for its sender."""


class Kind(StrEnum):
    """What the content of a file is."""

    XLSX = "xlsx"
    XLSB = "xlsb"
    ODS = "ods"
    XLS = "xls"
    MARKUP = "markup"
    TEXT = "text"


@dataclass(frozen=True)
class Member:
    """One readable file: the inbox file itself (`name` None), or one inside an archive."""

    name: str | None
    content: bytes
    kind: Kind


@dataclass(frozen=True)
class Refused:
    """A member of an archive that cannot be read."""

    name: str
    message: str


def is_ignored(name: str) -> bool:
    """Whether a file name is one that programs leave behind, not one that people send."""
    return name.startswith(("~$", ".~", "._", ".")) or name.lower() in _JUNK


def too_large(size: int) -> str:
    """Say that a file of `size` bytes is not read."""
    return f"文件过大（{size >> 20} MB，上限 {MAX_FILE_BYTES >> 20} MB）；请按乡镇拆分后再报送。"


def members(content: bytes) -> list[Member | Refused]:
    """Give the readable files in `content`, in the order of their names.

    Raises:
        RefusedError: The file as a whole cannot be read.
    """
    if len(content) > MAX_FILE_BYTES:
        raise RefusedError(too_large(len(content)))
    kind = _kind(content)
    return _archive_members(_open_zip(content)) if kind is None else [Member(None, content, kind)]


def _kind(content: bytes) -> Kind | None:
    """Give what `content` is; None for an archive of files."""
    if content.startswith(b"PK\x05\x06"):
        raise RefusedError("压缩包内没有文件；请重新压缩后再报送。")
    if content.startswith(b"PK\x03\x04"):
        names = set(_open_zip(content).namelist())
        kind = _package_kind(names)
        if kind is None and ("[Content_Types].xml" in names or "mimetype" in names):
            raise RefusedError(NO_TABLE)
        return kind
    return _plain_kind(content)


def _plain_kind(content: bytes) -> Kind:
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise RefusedError("文件是空的（0 行）；请确认是否导出成功，重新报送。")
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise RefusedError(ENCRYPTED)
        holds = [name for name in _STREAMS if name.encode("utf-16-le") in content]
        if holds and holds[0] not in _SHEETS:  # a workbook may hold a document, too
            raise RefusedError(NO_TABLE)
        return Kind.XLS
    if content[:2] == b"\x09\x08" or content[:4] in {b"\x09\x02\x06\x00", b"\x09\x04\x06\x00"}:
        return Kind.XLS
    foreign = {
        b"Rar!": "文件是 rar 压缩包；请解压后直接报送表格，或改用 zip 压缩。",
        b"7z\xbc\xaf": "文件是 7z 压缩包；请解压后直接报送表格，或改用 zip 压缩。",
        b"\x1f\x8b": "文件是 gz 压缩包；请解压后直接报送表格，或改用 zip 压缩。",
        b"%PDF": "文件是 PDF；请报送原始表格（xlsx、xls 或 csv），不要报送打印稿。",
        b"\xff\xd8\xff": "文件是图片；请报送原始表格（xlsx、xls 或 csv）。",
        b"\x89PNG": "文件是图片；请报送原始表格（xlsx、xls 或 csv）。",
        b"MIME-Version:": "文件是单个文件网页（mht）；请用 WPS 或 Excel 打开，另存为 xlsx 后报送。",
        b"\x00\x01\x00\x00Standard": "文件是 Access 数据库；请把其中的表导出为 xlsx 后报送。",
        b"{\\rtf": "文件是 RTF 文档；请报送原始表格（xlsx、xls 或 csv）。",
    }
    for signature, message in foreign.items():
        if content.startswith(signature):
            raise RefusedError(message)
    head = content[:65536]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", errors="ignore").encode()
    start = head[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<?xml", b"<div")) or (
        start.startswith(b"<") and b"<table" in head.lower()
    ):
        return Kind.MARKUP
    return Kind.TEXT


def _package_kind(names: set[str]) -> Kind | None:
    lower = {name.lower().lstrip("/") for name in names}
    if "xl/workbook.bin" in lower:
        return Kind.XLSB
    if any(name.startswith("xl/") for name in lower):
        return Kind.XLSX
    if "content.xml" in lower and "mimetype" in lower:
        return Kind.ODS
    return None


def _open_zip(content: bytes) -> zipfile.ZipFile:
    try:
        package = zipfile.ZipFile(io.BytesIO(content))
        infos = package.infolist()
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, OSError) as error:
        raise RefusedError(BROKEN) from error
    if infos and min(i.header_offset for i in infos) > 0:
        raise RefusedError(BROKEN)  # cut off: what was found is the list of a package within it
    unpacked = sum(i.file_size for i in infos)
    if len(infos) > MAX_MEMBERS:
        raise RefusedError(
            f"压缩包内文件过多（{len(infos)} 个，上限 {MAX_MEMBERS} 个）；请分批报送。"
        )
    if unpacked > MAX_UNPACKED_BYTES or (
        unpacked > 50 << 20 and unpacked > MAX_RATIO * max(len(content), 1)
    ):
        raise RefusedError(
            f"文件解开后过大（{unpacked >> 20} MB），不像正常的报表；"
            "请清除多余的空行空列或拆分后重新报送。"
        )
    return package


def _archive_members(package: zipfile.ZipFile) -> list[Member | Refused]:
    found: list[Member | Refused] = []
    for info in sorted(package.infolist(), key=_name):
        name = _name(info)
        base = name.rsplit("/", 1)[-1]
        if info.is_dir() or is_ignored(base) or name.startswith("__MACOSX/"):
            continue
        if stat.S_ISLNK(info.external_attr >> 16):
            continue
        found.append(_archive_member(package, info, name))
    if not found:
        raise RefusedError("压缩包内没有文件；请重新压缩后再报送。")
    return found


def _archive_member(package: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Member | Refused:
    if info.flag_bits & 0x1:
        return Refused(name, "压缩包设有密码，无法读取；请去掉密码重新压缩后报送。")
    try:
        with package.open(info) as stream:
            content = stream.read(MAX_UNPACKED_BYTES + 1)
        kind = _kind(content)
    except RefusedError as error:
        return Refused(name, str(error))
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError):
        return Refused(name, "压缩包内的这个文件已损坏；请重新压缩后报送。")
    if kind is None:  # not opened: an archive may hold itself
        return Refused(name, "压缩包内还有压缩包；请把表格直接放在一个压缩包里报送。")
    return Member(name, content, kind)


def _name(info: zipfile.ZipInfo) -> str:
    """Give the member's name; Chinese Windows writes GBK names without saying so."""
    if info.flag_bits & 0x800:
        return info.filename
    raw = info.filename.encode("cp437", errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename
