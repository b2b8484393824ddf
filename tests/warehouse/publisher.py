"""A process of its own that publishes again and again: `python -m tests.warehouse.publisher`.

Says ``ready`` once it can begin, waits for a line on its standard input, then publishes rounds of a
county by turns, as often as asked (0: until it is killed), saying ``done`` after each.
"""

import sys
from pathlib import Path

from pipelines.home import Home
from pipelines.warehouse.publish import publish
from tests.warehouse.county import EARLIER, ROUND, county_frames, run, simple_fold, tiny


def main(folder: str, county: str, times: str) -> None:
    contracts = tiny()
    home = Home(Path(folder))
    made = {day: county_frames(contracts, 400, day, county) for day in (EARLIER, ROUND)}
    say("ready")
    sys.stdin.readline()
    done = 0
    while not int(times) or done < int(times):
        day = (EARLIER, ROUND)[done % 2]
        publish(home, county, day, made[day], contracts, simple_fold, run(f"r{done}"))
        done += 1
        say("done")


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
