"""The published file on disk: which one is current, how to open it, how a new one takes its place.

Nobody ever writes to the published file. A new version is made beside it and takes its name in one
rename, so a reader has either the old file or the new one, whole. Where an open file cannot be
replaced (Windows), the new version stays beside it and ``current.txt`` names it; readers therefore
ask `current_database`, never for a fixed name. Whoever publishes holds the lock.
"""

import contextlib
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from pipelines.files import FILE_MODE, private_file, private_folder
from pipelines.home import Home

LOCK_TIMEOUT = 600.0
"""Seconds to wait for another run that is publishing before giving up."""

_WORK_PREFIX = ".publishing-"
_POINTER = "current.txt"


class PublishError(RuntimeError):
    """Nothing was published; the message says why and what to do (Chinese)."""


class NotPublishedError(LookupError):
    """There is no published file yet; the message says what to do (Chinese)."""


@contextlib.contextmanager
def publishing_lock(home: Home, timeout: float = LOCK_TIMEOUT) -> Iterator[None]:
    """Hold the one lock under which the published file may be replaced.

    The system releases it when its holder dies, however it dies.

    Raises:
        PublishError: Another run held it for `timeout` seconds.
    """
    lock = FileLock(private_folder(home.warehouse) / ".lock", mode=FILE_MODE)
    try:
        lock.acquire(timeout=timeout)
    except Timeout as error:
        raise PublishError(
            f"等了 {timeout:.0f} 秒，另一个运行仍在发布；请等它完成后再运行一次"
        ) from error
    try:
        with contextlib.suppress(PermissionError):  # made by a colleague of the group
            private_file(home.warehouse / ".lock")
        yield
    finally:
        lock.release()


def current_database(home: Home) -> Path:
    """Give the published file that readers should open now.

    Raises:
        NotPublishedError: Nothing has been published under this home.
    """
    pointer = home.warehouse / _POINTER
    with contextlib.suppress(FileNotFoundError):
        named = home.warehouse / pointer.read_text(encoding="utf-8").strip()
        if named.name and named.exists():
            return named
    if home.database.exists():
        return home.database
    raise NotPublishedError(f"{home.path} 还没有发布过任何一期；请先运行 bidui run")


@contextlib.contextmanager
def open_published(home: Home, memory: str = "2GB") -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published file for reading: no writes, no other files, no network, no settings.

    Every reader of this package opens it this way; DuckDB refuses two configurations of one file
    in one process.

    Raises:
        NotPublishedError: Nothing has been published under this home.
    """
    settings = {
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",
        "temp_directory": "",
        "memory_limit": memory,
        "lock_configuration": "true",
    }
    connection = _connect_to_current(home, settings)
    try:
        yield connection
    finally:
        connection.close()


def _connect_to_current(home: Home, settings: dict[str, str]) -> duckdb.DuckDBPyConnection:
    """Connect, once more where the file that was current is gone by the time it is opened."""
    path = current_database(home)
    try:
        return duckdb.connect(str(path), read_only=True, config=dict(settings))
    except duckdb.IOException:
        if current_database(home) == path and path.exists():
            raise
        return duckdb.connect(str(current_database(home)), read_only=True, config=dict(settings))


def copy_aside(home: Home) -> Path:
    """Copy the current file to a name of its own in the same folder.

    Where there is no current file, the name alone is given. To be called under the lock.
    """
    work = home.warehouse / f"{_WORK_PREFIX}{uuid.uuid4().hex}.duckdb"
    with contextlib.suppress(NotPublishedError):
        source = current_database(home)
        os.close(os.open(work, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))
        shutil.copyfile(source, work)
        private_file(work)
    return work


def swap_in(home: Home, work: Path, run_id: str) -> Path:
    """Make the finished file `work` the published one and give its path.

    To be called under the lock, with no connection to `work` open.
    """
    private_file(work)
    _sync(work)
    # Nobody should have written to the published file. Had somebody, its log would be replayed
    # into the new version, which never saw those writes.
    home.database.with_name(home.database.name + ".wal").unlink(missing_ok=True)
    try:
        work.replace(home.database)
    except PermissionError:
        beside = _free_name(home, run_id)
        work.replace(beside)
        _point_to(home, beside)
        return beside
    if (home.warehouse / _POINTER).exists():
        _point_to(home, home.database)
    _sync(home.warehouse)
    return home.database


def remove_leftovers(home: Home) -> None:
    """Remove what killed runs left, and versions beside that are no longer current.

    To be called under the lock. A version that a reader still has open on Windows stays until the
    next time.
    """
    keep = {home.database}
    with contextlib.suppress(NotPublishedError):
        keep.add(current_database(home))
    stale = [
        *home.warehouse.glob(f"{_WORK_PREFIX}*"),
        *(p for p in home.warehouse.glob("bidui-*.duckdb*") if p not in keep),
    ]
    for path in stale:
        with contextlib.suppress(PermissionError):
            if path.is_dir():  # what DuckDB puts to disk while it writes
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write a small text file so that readers see the old text or the new one, never half."""
    work = path.with_name(f"{_WORK_PREFIX}{uuid.uuid4().hex}.txt")
    work.write_text(text, encoding="utf-8")
    private_file(work)
    _sync(work)
    work.replace(path)


def _point_to(home: Home, database: Path) -> None:
    write_whole(home.warehouse / _POINTER, database.name + "\n")
    _sync(home.warehouse)


def _free_name(home: Home, run_id: str) -> Path:
    safe = re.sub(r"[^A-Za-z0-9_-]", "-", run_id)
    path = home.warehouse / f"bidui-{safe}.duckdb"
    return path if not path.exists() else path.with_name(f"bidui-{safe}-{uuid.uuid4().hex}.duckdb")


def _sync(path: Path) -> None:
    """Have the system write `path` to disk, so that a power cut cannot undo a rename by halves."""
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open a folder for this
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
