"""Townships that a list of the whole county has nobody of.

A round takes a list that covers no single township for the whole county: what it does not have
there is then nobody, and what a township sent before is no longer used.
"""

from collections.abc import Iterable, Sequence

import polars as pl

from pipelines.check.findings import DOUBTFUL, found
from pipelines.check.reading import ReadList
from pipelines.intake.messages import quoted
from pipelines.standardise.divisions import Divisions


def missing_townships(
    list_: ReadList, scopes: Iterable[Sequence[str]], divisions: Divisions
) -> pl.DataFrame:
    """Give the townships without a row as one finding (FINDINGS).

    Args:
        list_: A dataset of the file.
        scopes: The townships that a round would take each of its sheets for.
        divisions: The county's places.
    """
    if list_.contract.nature != "snapshot" or any(scopes):
        return found()
    known = divisions.villages["township"].drop_nulls().unique(maintain_order=True)
    there = list_.frame["township"].drop_nulls().unique()
    missing = known.filter(~known.is_in(there.implode()))
    if missing.is_empty() or len(missing) == len(known):
        return found()
    only = list_.readings[0].sheet.sheet_no if len(list_.readings) == 1 else None
    used = "这份名单按全县的使用，没有行的乡镇就当作没有人，以前分报的也不再用"
    reason = f"没有这些乡镇的行：{quoted(missing)}；{used}"
    expected = (
        "漏了的请补上；只报其中几个乡镇的，请每个乡镇一份，在文件名中写明乡镇；确实没有人的不用改"
    )
    if len(missing) == len(known) - 1:
        own = known.filter(~known.is_in(missing.implode())).item()
        reason = f"只有“{own}”的行，文件名没有写明是哪个乡镇的；{used}"
        expected = f"是{own}一个乡镇的，请在文件名中写明“{own}”；是全县的，请补上其余乡镇"
    return found(
        {
            "sheet_no": only,
            "code": "townships_missing",
            "severity": DOUBTFUL,
            "reason": reason,
            "expected": expected,
        }
    )
