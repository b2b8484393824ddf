"""The bytes of a zip's member, inflated by ISA-L, which takes two fifths of zlib's time."""

import copy
import zipfile
from collections.abc import Iterator

from isal import isal_zlib

_NO_HEADER = -15
"""The window's size as raw deflate streams have it, which know neither header nor checksum."""


def inflated(package: zipfile.ZipFile, name: str, size: int) -> Iterator[bytes]:
    """Give a member's content in blocks of `size` bytes at most.

    Raises:
        zipfile.BadZipFile: It is damaged, or not as long as the package says.
    """
    member = package.getinfo(name)
    if member.compress_type != zipfile.ZIP_DEFLATED:
        with package.open(member) as stream:
            while block := stream.read(size):
                yield block
        return
    left, checksum = member.file_size, 0
    inflater = isal_zlib.decompressobj(_NO_HEADER)
    with package.open(_as_stored(member)) as stream:
        while not inflater.eof and left >= 0:
            packed = inflater.unconsumed_tail or stream.read(size)
            try:
                block = inflater.decompress(packed, size)
            except isal_zlib.error as error:  # type: ignore[misc] # its stub gives an instance
                raise zipfile.BadZipFile(f"{name}: {error}") from error
            if not block and not packed:
                break
            left -= len(block)
            checksum = isal_zlib.crc32(block, checksum)
            yield block
    if left or checksum != member.CRC:
        raise zipfile.BadZipFile(f"{name}: not what the package says it is")


def _as_stored(member: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """Give the member as one whose compressed bytes are its content."""
    stored = copy.copy(member)
    stored.compress_type = zipfile.ZIP_STORED
    stored.file_size = member.compress_size
    del stored.CRC  # it is of what they inflate to
    return stored
