"""The process that reads untrusted files: ``python -m pipelines.intake.reader``.

A file that a department sent may make a reader crash, run for ever or ask for more memory than
there is. It is therefore read here and never in a round's own process. `pipelines.intake.protected`
starts this program, writes pickles to its standard input (first the contracts and the memory it
may take, then one `Job` a file) and reads lines of JSON: each member as it is begun, then how
it went. What a file holds goes to the store as always. Nothing read here is ever unpickled there.
Other jobs on such a file (a coloured copy of it) are done here too: see `Job`.
"""

import contextlib
import faulthandler
import gc
import hashlib
import json
import logging
import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pipelines.contracts import Contracts
from pipelines.intake.kept import keep
from pipelines.intake.mappings import Mappings

try:
    import resource
except ImportError:  # Windows: the waiting process alone sets limits there
    resource = None  # type: ignore[assignment]


_GARBAGE = 20_000
"""New objects after which cycles are looked for: what a sheet leaves behind is hardly ever one."""


@dataclass(frozen=True)
class Setup:
    """What a reader needs to know once."""

    contracts: Contracts
    mappings: Mappings
    memory: int
    """Bytes of address space it may take."""


Tell = Callable[[dict[str, Any]], None]


class Job(Protocol):
    """What a reader does with a file; it comes as a pickle from the process that asks."""

    @property
    def seconds(self) -> int:
        """Processor time it may take, all threads together."""

    def do(self, setup: Setup, tell: Tell) -> Any:
        """Do it, and give what is to be answered: plain values, for JSON.

        Raises:
            OSError: The machine is at fault, not the file.
        """


@dataclass(frozen=True)
class Request:
    """One file to read."""

    path: Path
    file_id: str
    """SHA-256 of the content that is meant."""
    department: str
    folder: Path
    """Where what it holds is kept."""
    seconds: int
    refused: Mapping[str, str]
    """Members of an archive that are not to be read, with the sentence why."""

    def do(self, setup: Setup, tell: Tell) -> None:
        """Read it."""
        from pipelines.intake import parsed  # all that reads files; only a reader needs it

        content = unchanged(self.path, self.file_id)
        words = parsed.words_of(self.department, setup.contracts, setup.mappings)
        watched = parsed.Members(self.refused, lambda name: tell({"begun": name}))
        keep(self.folder, *parsed.parsed_sheets(content, words, watched))


def unchanged(path: Path, file_id: str) -> bytes:
    """Give a file's content.

    Raises:
        OSError: It is no longer the one that is meant.
    """
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != file_id:
        raise OSError(f"{path}: changed while it was read")
    return content


def main() -> None:
    """Read files until the one who asks is gone."""
    with contextlib.suppress(ValueError):  # it is for the one who asks to end
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    gc.set_threshold(_GARBAGE)
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library that prints spoils no reply

    def tell(reply: dict[str, Any]) -> None:
        print(json.dumps(reply), file=replies, flush=True)

    said: list[str] = []
    logging.getLogger("pipelines").addHandler(_Listing(said))
    requests = sys.stdin.buffer
    setup: Setup = pickle.load(requests)  # noqa: S301 - from the process that started this one
    import pipelines.intake.parsed  # noqa: F401 - before there is a bound and a clock

    bounded = _bound_memory(setup.memory)
    gc.freeze()  # modules and contracts stay; there is no sense in looking at them again and again
    tell({"ready": os.getpid()})
    while True:
        try:
            job: Job = pickle.load(requests)  # noqa: S301
        except EOFError:
            return
        said.clear()
        tell({**_done(job, setup, tell, bounded=bounded), "log": said})


def _done(job: Job, setup: Setup, tell: Tell, *, bounded: bool) -> dict[str, Any]:
    """Do one job and say how it went: done, memory, system."""
    try:
        _bound_time(job.seconds)
        answer = job.do(setup, tell)
    except MemoryError:
        return {"outcome": "memory" if bounded else "machine"}
    except OSError as error:
        return {"outcome": "system", "errno": error.errno, "error": str(error)}
    return {"outcome": "done", "answer": answer}


def _bound_memory(most: int) -> bool:
    """Bound the address space, and leave no core dump: it would hold people's rows."""
    if resource is None:
        return False
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    except (ValueError, OSError):
        return False  # macOS knows the limit and refuses it
    return True


def _bound_time(seconds: int) -> None:
    """Let the system end this process once it has used `seconds` more of the processor."""
    if resource is None:
        return
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(time.process_time()) + 1 + seconds
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


class _Listing(logging.Handler):
    """Keeps what was logged, for the process that asked to log it."""

    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(record.getMessage())


if __name__ == "__main__":
    main()
