"""The reading process, but for what the content of a text file asks of it: stands for readers that
crash, hang, eat memory or are killed, which no file does reliably on every machine."""

import ctypes
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from pipelines.intake import parsed, reader
from pipelines.intake.cells import RawSheet
from pipelines.intake.containers import Member

_read = parsed._read_member
_read_before = []


def _misbehaving(member: Member) -> list[RawSheet]:  # noqa: C901 - one line a misdeed
    words = member.content.decode(errors="replace").split()
    _read_before.append(member)
    match words[0] if words else "":
        case "CRASH":
            ctypes.string_at(0)
        case "ABORT":
            Path(tempfile.mkdtemp(prefix=f".new-{os.getpid()}-", dir=words[1]), "half").touch()
            os.abort()
        case "LOOP":
            while True:
                pass
        case "SLEEP":
            time.sleep(600)
        case "MEMORY":
            bytearray(1 << 42)
        case "NATIVE_MEMORY":
            pl.zeros(1 << 38, eager=True)
        case "KILLED":
            os.kill(os.getpid(), signal.SIGKILL)
        case "SECOND" if len(_read_before) > 1:
            os.abort()
        case "PRINTS":
            sys.stdout.write("a library that talks\n")
            sys.stdout.flush()
    return _read(member)


parsed._read_member = _misbehaving
reader.main()
