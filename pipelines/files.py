"""Files of the office: for owner and group only, and whole or not there at all."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

FILE_MODE = 0o640
FOLDER_MODE = 0o750


def private_folder(folder: Path) -> Path:
    """Make `folder` (and what is missing above it) for owner and group only, whatever the umask."""
    missing = [p for p in (folder, *folder.parents) if not p.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        path.chmod(FOLDER_MODE)
    with contextlib.suppress(PermissionError):  # somebody else's folder: its owner decides
        folder.chmod(folder.stat().st_mode & ~0o007)
    return folder


def private_file(path: Path) -> Path:
    """Let owner and group read `path` and nobody else, whatever the umask."""
    path.chmod(FILE_MODE)
    return path


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path`, readable by owner and group only, and rename it.

    A kill at any moment leaves the file that was there before, or none.
    """
    private_folder(path.parent)
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write(aside)
        with private_file(aside).open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
