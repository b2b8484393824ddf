"""Linkage, side by side: bidui, Splink and recordlinkage on the same records with known truth.

`python -m benchmarks.linkage` (or `python benchmarks/linkage.py`) runs every job with every tool,
each in a process of its own, and writes ``benchmarks/linkage.md``. Splink and recordlinkage live in
an environment of their own, made by ``make linkage-tools`` from ``requirements.lock``.

`people` and `febrl` make the records, `with_bidui`, `with_splink` and `with_recordlinkage` link
them, `departments` runs a demo county's lists, `score` judges pairs, `jobs` says what is run.
"""

import pipelines  # noqa: F401 - before polars is loaded, as in a round
