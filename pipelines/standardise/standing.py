"""The list of villages as it stands on a round's day: mergers and new names since it was made.

A list of villages speaks of its own day. A change that officers recorded with a later day, up to
the round, is done on top of it; a list made after the change already knows better. One old and one
new village must be meant; else nothing is done and the names keep what the list says.
"""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from pipelines.standardise.place_names import short_name, short_township, spelt


def as_it_stands(
    listed: pl.DataFrame, alias_files: Iterable[Path], round_: dt.date
) -> tuple[pl.DataFrame, dict[str, str]]:
    """Give the list of villages with the changes up to `round_`, and who succeeds whom.

    Args:
        listed: The clean ``roster.villages``.
        alias_files: Tables with ``old``, ``new``, ``township``, ``valid_from`` (YYYY-MM-DD).
        round_: The round.

    Returns:
        The list without villages that were merged away and with new names; and the code of each
        village merged away to the code of the village that it belongs to on that day.

    Raises:
        ValueError: A ``valid_from`` is no day; the message is for people.
    """
    successors: dict[str, str] = {}
    for day, old, new, township in _changes(alias_files, round_):
        one = _named(listed, old, township).filter(pl.col("as_of") < day)
        other = _named(listed, new, township)
        if one.height != 1 or other.height > 1:
            continue
        code = one["village_code"][0]
        if other.is_empty():
            this, name = pl.col("village_code") == code, new
        elif other["village_code"][0] != code:
            successors[code] = other["village_code"][0]
            this, name = pl.col("village_code") == successors[code], other["village"][0]
            listed = listed.filter(pl.col("village_code").ne_missing(code))
        else:
            continue
        gone = pl.lit(one["village"][0])
        former = pl.concat_str("former_names", gone, separator="、", ignore_nulls=True)
        listed = listed.with_columns(
            village=pl.when(this).then(pl.lit(name)).otherwise("village"),
            former_names=pl.when(this).then(former).otherwise("former_names"),
        )
    return listed, {code: _last(code, successors) for code in successors}


def _last(code: str, successors: dict[str, str]) -> str:
    while code in successors:
        code = successors[code]
    return code


def _changes(files: Iterable[Path], round_: dt.date) -> list[tuple[dt.date, str, str, str | None]]:
    """The changes that have a day up to the round, in the order of their days."""
    found = []
    for path in files:
        table = pl.read_csv(path, infer_schema=False)
        if not {"old", "new", "valid_from"} <= set(table.columns):
            continue
        for number, row in enumerate(table.iter_rows(named=True), start=2):
            said = (row["valid_from"] or "").strip()
            if not said or not row["old"] or not row["new"]:
                continue
            try:
                day = dt.date.fromisoformat(said)
            except ValueError as error:
                raise ValueError(
                    f"村名对照表 {path.name} 第 {number} 行：生效日期 {said} "
                    "应写成 2021-08-30 的样子"
                ) from error
            if day <= round_:
                found.append((day, row["old"].strip(), row["new"].strip(), row.get("township")))
    return sorted(found, key=lambda change: change[0])


def _named(listed: pl.DataFrame, name: str, township: str | None) -> pl.DataFrame:
    """The villages of that name; where several are, those of the township."""
    bare = short_name(spelt(pl.col("village")))
    found = listed.filter(bare == short_name(spelt(pl.lit(name))))
    if township and found.height > 1:
        own = short_township(spelt(pl.col("township")))
        found = found.filter(own == short_township(spelt(pl.lit(township))))
    return found
