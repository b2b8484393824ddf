"""Reading untrusted files in processes of their own, so that none can take a round down.

A `Readers` keeps a few processes (`pipelines.intake.reader`) and hands them files. A process that
crashes, takes too long or asks for too much memory is replaced; its file is refused with a sentence
and the others go on. The refusal is kept like any reading, so that the next round does not wait for
the same file again, unless the machine and not the file was at fault: then nothing is kept and the
next round tries anew. A file's process may have suffered from files read before it, so that a
crash counts only in a fresh one.

What crosses the border: paths and contracts in, JSON and Parquet out.
"""

import contextlib
import json
import logging
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pipelines.contracts import Contracts
from pipelines.intake.containers import MAX_FILE_BYTES, too_large
from pipelines.intake.kept import (
    ParsedFile,
    kept_file,
    parsed_key,
    refused_file,
    refused_kept,
)
from pipelines.intake.mappings import NO_MAPPINGS, Mappings
from pipelines.intake.reader import Job, Request, Setup

AT_ONCE = 2
"""Files read at the same time: each reader may need a few GiB, and office machines have few."""

_MOST_MEMBERS = 5
"""Members of one archive that may fail so; after that it is refused as a whole."""

_LOG = logging.getLogger(__name__)
_PROGRAM = (sys.executable, "-P", "-m", "pipelines.intake.reader")
_ENVIRONMENT = {"POLARS_MAX_THREADS": "1", "RUST_BACKTRACE": "0"}
"""Two processes have the cores already; and a panic is said in one line."""
_FRAME = re.compile(r'^\s*File "[^"]*[/\\]([^"/\\]+)", line \d+(?: in \w+)?', re.MULTILINE)
_NO_MEMORY = "memory allocation of"
"""What Rust says before it gives up."""


@dataclass(frozen=True)
class Limits:
    """What reading one file may take."""

    memory: int = 6 << 30
    """Bytes of address space. A sheet of 100,000 rows and 300 columns, all filled, takes 4.4 GiB of
    it (2.4 GiB in memory); 1,048,576 rows of 12 columns take 2.4 GiB (1.3 GiB)."""
    seconds: int = 120
    """Of the processor, for any file. The two above take 25 and 11."""
    seconds_a_mebibyte: float = 1
    """And more for each mebibyte of the file; usual files take a third of that."""
    waiting: float = 5
    """Times that by the clock: other programs may want the processor too."""

    def processor(self, size: int) -> int:
        """Give the seconds of processor time for a file of `size` bytes."""
        return int(self.seconds + self.seconds_a_mebibyte * size / (1 << 20))


@dataclass(frozen=True)
class _Failure:
    """Why a file could not be read."""

    says: str
    why: str
    """The same in a few words."""
    of_file: bool = True
    """Whether the file is to blame, so that there is no sense in trying again."""
    perhaps_of_another: bool = False
    """Whether a file read before in the same process may be to blame."""


_CRASHED = _Failure(
    "读取此文件时读取程序异常终止，文件内容可能已损坏；本期没有使用，其余文件照常。"
    "请在 WPS 或 Excel 中打开核对，另存为新的 xlsx 后重新报送。",
    "读取程序异常终止，文件内容可能已损坏",
    perhaps_of_another=True,
)
_TOO_BIG = _Failure(
    "读取此文件所需的内存超过上限，已中止；本期没有使用，其余文件照常。"
    "请删除数据以外的多余行列，或按乡镇拆分，另存为新的 xlsx 后重新报送。",
    "所需的内存超过上限",
    perhaps_of_another=True,
)
_TOO_LONG = _Failure(
    "读取此文件的用时超过上限，已中止；本期没有使用，其余文件照常。"
    "请删除数据以外的多余行列、公式和合并单元格，或按乡镇拆分，另存为新的 xlsx 后重新报送。",
    "用时超过上限",
)
_KILLED = _Failure(
    "读取此文件时读取程序被系统终止，可能是本机内存不足；本期没有使用，其余文件照常，下次运行会再读。"
    "请关闭占用内存的程序后重新运行；仍然如此的，请报送单位按乡镇拆分后重新报送。",
    "读取程序被系统终止，可能是本机内存不足",
    of_file=False,
)
_STALLED = _Failure(
    "读取此文件迟迟没有进展，已中止；本期没有使用，其余文件照常，下次运行会再读。"
    "请重新运行；仍然如此的，请报送单位另存为新的 xlsx 后重新报送。",
    "迟迟没有进展",
    of_file=False,
)


class UnfinishedError(RuntimeError):
    """A job on an untrusted file was broken off; the message says why (Chinese, no sentence)."""


class Readers:
    """A few reading processes, started when first needed and ended with the ``with`` block."""

    def __init__(
        self,
        contracts: Contracts,
        store: Path,
        mappings: Mappings = NO_MAPPINGS,
        *,
        limits: Limits | None = None,
        program: Sequence[str] | None = None,
    ) -> None:
        """Read with `contracts` and `mappings` into `store`; `program` runs `reader.main`."""
        self._mappings = mappings
        self._contracts = contracts
        self._store = store
        self._limits = limits or Limits()
        self._program = program or _PROGRAM
        self._lock = threading.Lock()
        self._idle: list[_Reader] = []
        self._all: set[_Reader] = set()
        self._closed = False

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End every process, at once."""
        with self._lock:
            self._closed = True
            readers, self._all, self._idle = self._all, set(), []
        for reader in readers:
            reader.kill()  # all of them, before the first is waited for
        for reader in readers:
            reader.end()

    def read(self, path: Path, file_id: str, department: str) -> ParsedFile:
        """Give what the file at `path`, sent by `department`, holds; from the store if it is there.

        Args:
            path: A file that nobody changes, best the archived copy.
            file_id: SHA-256 of its content.
            department: Whose contracts the sheets are matched with.

        Raises:
            OSError: The machine, not the file: the disk is full, `path` cannot be read.
        """
        folder = self._store / parsed_key(file_id, department, self._contracts, self._mappings)
        if (folder / "sheets.json").exists():
            return kept_file(folder, file_id)
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            return refused_file(file_id, too_large(size))
        seconds = self._limits.processor(size)
        request = Request(path, file_id, department, folder, seconds, refused={})
        failure = self._failure(request)
        if failure is None:
            return kept_file(folder, file_id)
        _LOG.error("reading %s failed: %s", path, failure.says)
        if not failure.of_file:
            return refused_file(file_id, failure.says)
        refused_kept(folder, failure.says)
        return kept_file(folder, file_id)

    def do(self, job: Job) -> Any:
        """Have another job on an untrusted file done, and give its answer.

        Raises:
            UnfinishedError: It could not be done.
            OSError: The machine, not the file.
        """
        while True:
            reader = self._borrowed()
            failure = self._given_to(reader, job)
            if failure is None:
                return reader.answer
            if not failure.perhaps_of_another or reader.files == 1:
                _LOG.error("a job failed: %s", failure.why)
                raise UnfinishedError(failure.why)

    def seconds(self, size: int) -> int:
        """Give the processor time that a file of `size` bytes may take."""
        return self._limits.processor(size)

    def _failure(self, request: Request) -> _Failure | None:
        """Have a file read into the store; None where that went well.

        A member of an archive that cannot be read is refused, and the others are read without it.
        """
        while True:
            reader = self._borrowed()
            failure = self._given_to(reader, request)
            if failure is None:
                return None
            if failure.perhaps_of_another and reader.files > 1:
                continue
            refused = {**request.refused, reader.member or "": failure.says}
            if not failure.of_file or not reader.member or len(refused) > _MOST_MEMBERS:
                return failure
            request = replace(request, refused=refused)

    def _given_to(self, reader: "_Reader", job: Job) -> _Failure | None:
        """Have `reader` do a job; where that fails it is ended and what it left is removed."""
        failure = reader.do(job, job.seconds * self._limits.waiting)
        with self._lock:
            if self._closed:
                raise InterruptedError("reading was broken off")
            if failure is None:
                self._idle.append(reader)
                return None
            self._all.discard(reader)
        reader.end()
        for left in self._store.glob(f".new-{reader.pid}-*"):
            shutil.rmtree(left, ignore_errors=True)
        return failure

    def _borrowed(self) -> "_Reader":
        with self._lock:
            if self._idle:
                return self._idle.pop()
        reader = _Reader(self._program, Setup(self._contracts, self._mappings, self._limits.memory))
        with self._lock:
            self._all.add(reader)
            if not self._closed:
                return reader
        reader.end()
        raise InterruptedError("reading was broken off")


class _Reader:
    """One reading process."""

    def __init__(self, program: Sequence[str], setup: Setup) -> None:
        """Start it and wait until it is ready.

        Raises:
            OSError: It does not start.
        """
        self.files = 0
        """Files it was asked to read."""
        self.member: str | None = None
        """The member of an archive that it began last."""
        self.answer: Any = None
        """What the last job gave."""
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `end`
        self._process = subprocess.Popen(  # noqa: S603 - this very program
            program,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            env=os.environ | _ENVIRONMENT,
        )
        self._late = False
        reply = self._asked(setup, 300)
        if reply is None:
            complaints = self._complained()
            self.end()
            raise OSError(f"the reading process does not start: {complaints[-2000:]}")

    @property
    def pid(self) -> int:
        """Its number in the system."""
        return self._process.pid

    def do(self, job: Job, seconds: float) -> _Failure | None:
        """Have a job done; None where that went well.

        Raises:
            OSError: The disk is full or the file cannot be read.
        """
        self.files += 1
        self.member = self.answer = None
        reply = self._asked(job, seconds)
        if reply is None:
            return self._why()
        for line in reply["log"]:
            _LOG.error("%s", line)
        match reply["outcome"]:
            case "done":
                self.answer = reply["answer"]
                return None
            case "memory":
                return _TOO_BIG
            case "machine":
                return _KILLED
            case _:
                raise OSError(reply.get("errno"), reply["error"])

    def kill(self) -> None:
        """Have the process end, whatever it is doing."""
        self._process.kill()

    def end(self) -> None:
        """End the process, and wait until it has."""
        self.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._complaints):
            if stream:
                with contextlib.suppress(OSError):  # what it was not given any more
                    stream.close()

    def _asked(self, message: Setup | Job, seconds: float) -> dict[str, Any] | None:
        """Give the answer to `message`; None where the process died or had to be killed."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise TypeError("the process was started without pipes")
        timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        timer.start()
        try:
            pickle.dump(message, stdin)
            stdin.flush()
            while (line := stdout.readline()).endswith(b"\n"):
                answer: dict[str, Any] = json.loads(line)
                if "begun" not in answer:
                    return answer
                self.member = answer["begun"]
        except OSError:
            return None  # it died before it could be told
        finally:
            timer.cancel()
        return None

    def _expire(self) -> None:
        self._late = True
        self._process.kill()

    def _why(self) -> _Failure:
        """Say why the process is dead, and log where it died."""
        status = self._process.wait()
        complaints = self._complained()
        frames = "\n".join(found[0] for found in _FRAME.finditer(complaints))
        _LOG.error("the reading process ended with %s\n%s", status, frames)
        if status == -getattr(signal, "SIGXCPU", 0):
            return _TOO_LONG
        if self._late:
            return _STALLED if hasattr(signal, "SIGXCPU") else _TOO_LONG
        if _NO_MEMORY in complaints:
            return _TOO_BIG
        if status == -getattr(signal, "SIGKILL", 0):
            return _KILLED
        return _CRASHED

    def _complained(self) -> str:
        """Give the end of what it wrote to its standard error; it may quote people's data."""
        self._complaints.seek(0, 2)
        self._complaints.seek(max(0, self._complaints.tell() - 20_000))
        return self._complaints.read().decode(errors="replace")
