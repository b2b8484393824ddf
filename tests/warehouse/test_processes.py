"""Several processes at the published file: readers, publishers at once, publishers killed."""

import random
import signal
import subprocess
import sys
import time
from collections import deque

import pytest

from pipelines.contracts import Contracts
from pipelines.home import Home
from pipelines.warehouse.database import open_published
from pipelines.warehouse.publish import publish
from tests.warehouse.county import COUNTY, ROUND, county_frames, run, simple_fold

pytestmark = pytest.mark.integration

OTHER = "990113"
KILLS = 8
READER = """
import sys, time, duckdb
path, until = sys.argv[1], float(sys.argv[2])
print("reading", flush=True)
reads, slowest, wrong, seen = 0, 0.0, [], set()
while len(seen) < 2 or reads < 20:
    if time.time() > until:
        break
    begun = time.time()
    with duckdb.connect(path, read_only=True) as connection:
        population, persons, links, cases, run = connection.execute(
            "SELECT (SELECT count(*) FROM roster_population),"
            " (SELECT count(*) FROM persons), (SELECT count(*) FROM links),"
            " (SELECT count(*) FROM cases), (SELECT string_agg(run_id || round, ',') FROM runs)"
        ).fetchone()
    reads, slowest = reads + 1, max(slowest, time.time() - begun)
    seen.add(run)
    if (population, persons, links, cases) != (400, 400, 800, 3):
        wrong.append((population, persons, links, cases))
print(reads, len(wrong), slowest, len(seen))
"""


def start(home: Home, county: str, times: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.warehouse.publisher", str(home.path), county, str(times)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def say(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    assert process.stdout.readline().strip() == word


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def close(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=300)


def rounds_of(home: Home) -> list[tuple[str, int, int]]:
    with open_published(home) as connection:
        return connection.execute(
            "SELECT county, count(*), (SELECT count(*) FROM persons p WHERE p.county = r.county)"
            " FROM runs r GROUP BY 1 ORDER BY 1"
        ).fetchall()


def first(home: Home, few: Contracts) -> None:
    publish(home, COUNTY, ROUND, county_frames(few, 400), few, simple_fold, run())


def test_a_reader_is_never_blocked_and_never_sees_half(home: Home, few: Contracts) -> None:
    first(home, few)
    writer = start(home, COUNTY, 0)
    say(writer, "ready")
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(home.database), str(time.time() + 90)],
        stdout=subprocess.PIPE,
        text=True,
    )
    say(reader, "reading")
    go(writer)
    out, _ = reader.communicate(timeout=300)
    writer.kill()
    close(writer)
    reads, wrong, slowest, versions = (float(word) for word in out.split())
    assert reads > 5
    assert wrong == 0
    assert slowest < 10
    assert versions > 1


def test_two_publish_at_once_and_both_are_there(home: Home) -> None:
    both = [start(home, county, 2) for county in (COUNTY, OTHER)]
    for process in both:
        say(process, "ready")
    for process in both:
        go(process)
    for process in both:
        close(process)
        assert process.returncode == 0
    assert rounds_of(home) == [(COUNTY, 2, 400), (OTHER, 2, 400)]


def test_killed_at_any_moment_the_last_good_file_stays(home: Home, few: Contracts) -> None:
    first(home, few)
    chance = random.Random(7)
    waiting = deque(start(home, COUNTY, 0) for _ in range(3))
    killed_midway = 0
    for kill in range(KILLS):
        process = waiting.popleft()
        say(process, "ready")
        go(process)
        time.sleep(chance.uniform(0.0, 0.5))
        process.send_signal(signal.SIGKILL)
        close(process)
        killed_midway += any(home.warehouse.glob(".publishing-*"))
        assert rounds_of(home)[0][2] == 400
        if kill + len(waiting) + 1 < KILLS:
            waiting.append(start(home, COUNTY, 0))
    assert killed_midway > 0
    first(home, few)
    assert list(home.warehouse.glob(".publishing-*")) == []
    assert rounds_of(home)[0][2] == 400
