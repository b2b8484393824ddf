"""A slip closes only by a list that could show it closed; else it waits; it may come back."""

import datetime as dt

import polars as pl

from pipelines import frames
from pipelines.casework.slips import fold_slips

COUNTY = "990112"
DAYS = [dt.date(2021, 8, day) for day in (2, 9, 16, 23)]
DIBAO = "civil_affairs.dibao"


def states(
    found: dict[int, str | None], used: dict[int, list[tuple[str, list[str]]]], scope: str | None
) -> list[str]:
    """State by round of one slip: `found`, round to file; `used`, round to files and townships."""
    errors = pl.DataFrame(
        [
            {"round": DAYS[n], "slip_id": "s", "dataset": DIBAO, "file_id": f, "scope": scope}
            for n, f in found.items()
        ]
    ).pipe(frames.conform, {"round": pl.Date, **frames.SOURCE_ERRORS})
    sheets = frames.conform(
        pl.DataFrame(
            [
                {"round": DAYS[n], "file_id": f, "scope": s, "dataset": DIBAO, "used": True}
                for n, files in used.items()
                for f, s in files
            ]
            + [{"round": day, "file_id": "x", "dataset": "y.z", "used": True} for day in DAYS]
        ),
        frames.SHEETS,
    ).with_columns(county=pl.lit(COUNTY))
    errors = errors.with_columns(county=pl.lit(COUNTY))
    slips = fold_slips(COUNTY, {"source_errors": errors, "source_files": sheets})
    said = pl.format("{}{}", "state", pl.concat_str(pl.lit(":"), "closed_by").fill_null(""))
    return slips.sort("round").select(said).to_series().to_list()


def test_it_closes_by_the_next_file_and_is_told_once() -> None:
    used = {n: [("a" if n < 2 else "b", [])] for n in range(4)}
    assert states({0: "a", 1: "a"}, used, None) == ["new", "open", "closed:new_file"]


def test_a_list_that_did_not_come_closes_nothing() -> None:
    assert states({0: "a"}, {0: [("a", [])], 3: [("b", [])]}, None) == [
        *("new", "waiting", "waiting", "closed:new_file"),
    ]


def test_another_townships_file_closes_nothing() -> None:
    used = {0: [("a", ["东河镇"])], 1: [("b", ["西河镇"])], 2: [("c", ["东河"])]}
    assert states({0: "a"}, used, "东河镇") == ["new", "waiting", "closed:new_file"]


def test_it_comes_back_under_its_own_number() -> None:
    used = {n: [("abca"[n], [])] for n in range(4)}
    assert states({0: "a", 2: "c", 3: "a"}, used, None) == [
        *("new", "closed:new_file", "reopened", "open"),
    ]


def test_the_same_file_read_with_other_references() -> None:
    used = {n: [("a", [])] for n in range(4)}
    assert states({0: "a"}, used, None) == ["new", "closed:read_otherwise"]
