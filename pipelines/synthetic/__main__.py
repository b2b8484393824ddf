"""``python -m pipelines.synthetic HOME``: write a synthetic county into a home."""

import argparse
import datetime as dt
import sys
from pathlib import Path

from pipelines.home import Home
from pipelines.synthetic.generate import ROUNDS, generate

parser = argparse.ArgumentParser(prog="python -m pipelines.synthetic", description=__doc__)
parser.add_argument("home", type=Path)
parser.add_argument("--county", default="990112")
parser.add_argument("--persons", type=int, default=20_000)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--errors", type=float, default=1.0)
parser.add_argument(
    "--rounds", nargs="*", type=dt.date.fromisoformat, default=list(ROUNDS), metavar="YYYY-MM-DD"
)
given = parser.parse_args()
made = generate(
    Home(given.home.resolve()), given.county, given.persons, given.seed, tuple(given.rounds),
    given.errors,
)  # fmt: skip
sys.stdout.write(f"{made.summary}\n{made.inbox}\n{made.truth}\n")
