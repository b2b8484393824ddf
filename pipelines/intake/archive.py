"""What was read is kept: a copy of each file by its SHA-256, and the round that first read it.

Copies lie under ``archive/<first 2 hex>/<sha256><extension>``, readable by owner and group, written
aside and renamed. A file whose as-of date is only its arrival counts, when files are chosen, as the
round in which it was first read; that round is noted once and never changed, so that a round run
again chooses the same files.
"""

import datetime as dt
import os
import re
import tempfile
from pathlib import Path

from pipelines.home import Home

_EXTENSION = re.compile(r"^\.[A-Za-z0-9]{1,8}$")


def archived(home: Home, file_id: str, name: str, content: bytes) -> Path:
    """Keep `content` in the archive, if it is not there yet, and give where it lies."""
    folder = home.archive / file_id[:2]
    if found := archived_path(home, file_id):
        return found
    extension = Path(name).suffix.lower()
    target = folder / f"{file_id}{extension if _EXTENSION.match(extension) else ''}"
    _write_once(target, content)
    return target


def archived_path(home: Home, file_id: str) -> Path | None:
    """Give where the file with this hash lies in the archive; None where it does not."""
    folder = home.archive / file_id[:2]
    return next(iter(sorted(folder.glob(f"{file_id}*"))), None) if folder.is_dir() else None


def first_read(home: Home, county: str, file_id: str, round_: dt.date) -> dt.date:
    """Give the round in which the county's file was first read, which is `round_` if it is new."""
    note = home.store / "files" / "first_read" / county / file_id
    if not note.exists():
        _write_once(note, round_.isoformat().encode())
    return dt.date.fromisoformat(note.read_text(encoding="ascii"))


def _write_once(target: Path, content: bytes) -> None:
    """Write `content` to `target` unless it is there: whole or not at all, whoever comes first."""
    for folder in (target.parent.parent, target.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    handle, name = tempfile.mkstemp(prefix=".new-", dir=target.parent)
    aside = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        aside.chmod(0o640)
        if not target.exists():
            aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
