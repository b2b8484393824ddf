"""The process that reads untrusted files: ``python -m pipelines.intake.reader``.

A file that a department sent may make a reader crash, run for ever or ask for more memory than
there is. It is therefore read here and never in a round's own process. `pipelines.intake.protected`
starts this program, writes pickles to its standard input (first the contracts and the memory it
may take, then one `Request` a file) and reads lines of JSON: each member as it is begun, then how
it went. What a file holds goes to the store as always. Nothing read here is ever unpickled there.
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
from typing import Any

from pipelines.contracts import Contracts
from pipelines.intake import parsed
from pipelines.intake.mappings import Mappings

try:
    import resource
except ImportError:  # Windows: the waiting process alone sets limits there
    resource = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Setup:
    """What a reader needs to know once."""

    contracts: Contracts
    mappings: Mappings
    memory: int
    """Bytes of address space it may take."""


@dataclass(frozen=True)
class Request:
    """One file to read."""

    path: Path
    file_id: str
    """SHA-256 of the content that is meant."""
    department: str
    store: Path
    seconds: int
    """Processor time it may take, all threads together."""
    refused: Mapping[str, str]
    """Members of an archive that are not to be read, with the sentence why."""


def main() -> None:
    """Read files until the one who asks is gone."""
    with contextlib.suppress(ValueError):  # it is for the one who asks to end
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library that prints spoils no reply

    def tell(reply: dict[str, Any]) -> None:
        print(json.dumps(reply), file=replies, flush=True)

    said: list[str] = []
    logging.getLogger("pipelines").addHandler(_Listing(said))
    requests = sys.stdin.buffer
    setup: Setup = pickle.load(requests)  # noqa: S301 - from the process that started this one
    bounded = _bound_memory(setup.memory)
    gc.freeze()  # modules and contracts stay; there is no sense in looking at them again and again
    tell({"ready": os.getpid()})
    while True:
        try:
            request: Request = pickle.load(requests)  # noqa: S301
        except EOFError:
            return
        said.clear()
        tell({**_read(request, setup, tell, bounded=bounded), "log": said})


def _read(
    request: Request, setup: Setup, tell: Callable[[dict[str, Any]], None], *, bounded: bool
) -> dict[str, Any]:
    """Read one file into the store and say how it went: kept, memory, system."""
    try:
        content = request.path.read_bytes()
        if hashlib.sha256(content).hexdigest() != request.file_id:
            return {"outcome": "system", "error": f"{request.path}: changed while it was read"}
        _bound_time(request.seconds)
        watched = parsed.Members(request.refused, lambda name: tell({"begun": name}))
        parsed.parsed_file(
            content, request.department, setup.contracts, request.store, setup.mappings, watched
        )
    except MemoryError:
        return {"outcome": "memory" if bounded else "machine"}
    except OSError as error:
        return {"outcome": "system", "errno": error.errno, "error": str(error)}
    return {"outcome": "kept"}


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
