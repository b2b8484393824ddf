"""What was read is kept: a copy of each file by its SHA-256, and the round that first read it.

Copies lie under ``archive/<first 2 hex>/<sha256><extension>``, readable by owner and group, written
aside and renamed. A file whose as-of date is only its arrival counts, when files are chosen, as the
round in which it was first read; that round is noted once and never changed, so that a round run
again chooses the same files.
"""

import datetime as dt
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.home import Home

_EXTENSION = re.compile(r"^\.[A-Za-z0-9]{1,8}$")


def file_hash(path: Path) -> str:
    """Give the SHA-256 of the file at `path`: what it is known by."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def archived(home: Home, path: Path) -> tuple[str, Path]:
    """Give the SHA-256 of the file at `path` and where its copy lies in the archive.

    Of a file that somebody is writing, what is copied counts: the two always belong together.
    """
    file_id = file_hash(path)
    if found := archived_path(home, file_id):
        return file_id, found
    with _aside(home.archive) as copy:
        shutil.copyfile(path, copy)
        file_id = file_hash(copy)
        extension = path.suffix.lower()
        name = f"{file_id}{extension if _EXTENSION.match(extension) else ''}"
        target = home.archive / file_id[:2] / name
        _put(copy, target)
    return file_id, target


def archived_path(home: Home, file_id: str) -> Path | None:
    """Give where the file with this hash lies in the archive; None where it does not."""
    folder = home.archive / file_id[:2]
    return next(iter(sorted(folder.glob(f"{file_id}*"))), None) if folder.is_dir() else None


def first_read(home: Home, county: str, file_id: str, round_: dt.date) -> dt.date:
    """Give the round in which the county's file was first read, which is `round_` if it is new."""
    note = home.store / "files" / "first_read" / county / file_id
    if not note.exists():
        with _aside(note.parent) as aside:
            aside.write_text(round_.isoformat(), encoding="ascii")
            _put(aside, note)
    return dt.date.fromisoformat(note.read_text(encoding="ascii"))


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """Give a new file in `folder` to write; it is gone in the end unless it was put elsewhere."""
    _made(folder)
    handle, name = tempfile.mkstemp(prefix=".new-", dir=folder)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _put(aside: Path, target: Path) -> None:
    """Rename `aside` to `target` unless that is there: whole or not at all, whoever comes first."""
    _made(target.parent)
    with aside.open("rb+") as stream:
        os.fsync(stream.fileno())
    aside.chmod(0o640)
    if not target.exists():
        aside.replace(target)


def _made(folder: Path) -> None:
    for part in (folder.parent, folder):
        part.mkdir(parents=True, exist_ok=True, mode=0o750)
