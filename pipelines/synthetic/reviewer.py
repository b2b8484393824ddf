"""A reviewer who knows the truth of a synthetic county, for tests and benchmarks of review."""

from pathlib import Path

import duckdb
import polars as pl
from openpyxl import load_workbook

from pipelines.home import Home
from pipelines.review.issue import read_issued
from pipelines.review.workbook import KEY, VERDICT, VERDICTS, WHEN, WHO
from pipelines.synthetic.evaluate import (
    HOUSEHOLD_DATASETS,
    known_persons,
    read_truth,
    same_sheet,
)


def true_subjects(home: Home, county: str) -> pl.DataFrame:
    """Give who each row of the published lists really is.

    Returns:
        ``record_id``, ``true_person`` and ``true_household`` as the published round knows them; the
        person is null where the roster does not have him.
    """
    truth = read_truth(home.path / "truth", county)
    with duckdb.connect(str(home.database), read_only=True) as db:
        known = known_persons(db, county, truth)
        rows = db.execute(
            "SELECT record_id, dataset, path, coalesce(sheet, '') AS sheet, row_number"
            " FROM links WHERE county = ?",
            [county],
        ).pl()
    people = known.filter("on_roster").select("p", true_person="person_id").unique("p")
    place = ["dataset", "path", "sheet", "row_number"]
    return (
        same_sheet(rows)
        .join(truth.records.select(*place, "p", "household_id"), on=place, how="left")
        .join(people, on="p", how="left")
        .select("record_id", "true_person", true_household="household_id")
    )


def right(pairs: pl.DataFrame, subjects: pl.DataFrame) -> pl.Series:
    """Say of pairs (`pairs.PAIRS` or `issue.ISSUED` with ``record_id``) whether they are true."""
    joined = pairs.join(subjects, on="record_id", how="left", maintain_order="left")
    household = pl.col("dataset").is_in(list(HOUSEHOLD_DATASETS))
    return joined.select(
        pl.when(household)
        .then(pl.col("household_id") == pl.col("true_household"))
        .otherwise(pl.col("person_id") == pl.col("true_person"))
        .fill_null(value=False)
        .alias("right")
    ).to_series()


def fill_in(home: Home, county: str, workbook: Path, who: str, day: str) -> None:
    """Answer every row of a review workbook by the truth, and save it in its place."""
    issued = read_issued(home).with_columns(
        record_id=pl.col("records").str.split("\n").list.first()
    )
    answers = dict(zip(issued["key"], right(issued, true_subjects(home, county)), strict=True))
    book = load_workbook(workbook)
    sheet = book["核对"]
    header = [cell.value for cell in sheet[1]]
    at = {name: header.index(name) for name in (KEY, VERDICT, WHO, WHEN)}
    for row in sheet.iter_rows(min_row=2):
        same = answers[str(row[at[KEY]].value)]
        for name, said in ((VERDICT, VERDICTS[0 if same else 1]), (WHO, who), (WHEN, day)):
            row[at[name]].value = said
    book.save(workbook)
