"""The files open with other readers than ours, and hold the rows at the numbers the truth says."""

import csv
import hashlib
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import xlrd
from python_calamine import CalamineWorkbook

from pipelines.home import Home
from pipelines.synthetic.generate import GeneratedCounty, generate

pytestmark = pytest.mark.integration

NAMES = {
    "roster.monitored": "head",
    "housing.appraisals": "head",
    "housing.renovations": "head",
    "housing.relocations": "head",
}


def cells(path: Path, sheet: str | None) -> list[list[object]]:
    """The rows of a sheet as they stand, by a reader chosen for the kind of file."""
    if path.suffix == ".csv":
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "gbk")
        return list(csv.reader(text.splitlines()))
    if path.suffix == ".xls":
        page = xlrd.open_workbook(str(path)).sheet_by_name(sheet)
        return [page.row_values(i) for i in range(page.nrows)]
    book = CalamineWorkbook.from_path(str(path))
    return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def test_every_dataset_sends_files_of_every_kind(
    county: GeneratedCounty, records: pl.DataFrame
) -> None:
    assert records["dataset"].n_unique() == 19
    kinds = {Path(p).suffix for p in records["path"].unique()}
    assert kinds == {".xlsx", ".xls", ".csv"}
    on_disk = {p.relative_to(county.inbox.parent).as_posix() for p in county.inbox.rglob("*.*")}
    assert on_disk == set(records["path"])


def test_rows_stand_where_the_truth_says(inbox: Path, records: pl.DataFrame) -> None:
    persons = pl.read_parquet(inbox.parent / "truth" / "990112" / "persons.parquet")
    named = records.join(persons.select("p", "name"), on="p", how="left")
    checked = 0
    for (path, sheet), rows in named.partition_by("path", "sheet", as_dict=True).items():
        grid = cells(inbox / str(path), sheet)
        assert rows["row_number"].n_unique() == len(rows)
        assert rows["row_number"].max() <= len(grid)
        plain = rows.filter(pl.col("defects").fill_null("") == "").drop_nulls("name")
        for number, name in plain.select("row_number", "name").head(40).iter_rows():
            assert name in [str(c) for c in grid[number - 1]], (path, sheet, number)
            checked += 1
    assert checked > 1_000


def test_openpyxl_reads_what_we_write(inbox: Path, records: pl.DataFrame) -> None:
    path = records.filter(pl.col("dataset") == "roster.monitored")["path"][0]
    book = openpyxl.load_workbook(inbox / path)
    first = book.worksheets[0]
    assert "防止返贫监测对象台账" in str(first["A1"].value)
    assert any(str(r).startswith("A1:") for r in first.merged_cells.ranges)


def test_ids_that_excel_spoilt_are_numbers_in_the_workbook(
    inbox: Path, records: pl.DataFrame
) -> None:
    spoilt = records.filter(
        pl.col("defects").str.contains("id_excel") & pl.col("path").str.ends_with(".xlsx")
    )
    assert len(spoilt) > 5
    for path, sheet, number in spoilt.select("path", "sheet", "row_number").head(8).iter_rows():
        row = cells(inbox / path, sheet)[number - 1]
        assert any(isinstance(c, float) and c > 9.9e17 for c in row)


def test_what_is_said_to_be_missing_or_mistyped_is_so_in_the_file(
    inbox: Path, records: pl.DataFrame
) -> None:
    """In every list with ID numbers, those that name a head only among them."""
    persons = pl.read_parquet(inbox.parent / "truth" / "990112" / "persons.parquet")
    kinds = ["id_missing", "id_typo", "id_transposed", "id_masked"]
    spoilt = (
        records.filter(
            pl.col("tag").fill_null("") == "",
            pl.col("defects").str.split("|").list.eval(pl.element().is_in(kinds)).list.any(),
        )
        .join(persons.select("p", "true_id"), on="p")
        .sort("dataset", "path", "sheet", "row_number")
        .group_by("dataset", maintain_order=True)
        .head(10)
    )
    heads_only = {dataset for dataset in NAMES if dataset.startswith("housing.")}
    assert heads_only <= set(spoilt["dataset"])
    place = ("path", "sheet", "row_number", "true_id")
    for path, sheet, number, true_id in spoilt.select(place).iter_rows():
        row = [str(cell) for cell in cells(inbox / path, sheet)[number - 1]]
        assert true_id not in row, (path, sheet, number)


def test_a_list_corrected_later_lies_beside_the_first(records: pl.DataFrame) -> None:
    corrected = records.filter(pl.col("path").str.contains("更正"))
    assert corrected["dataset"].unique().to_list() == ["civil_affairs.dibao"]
    assert records.filter("superseded")["as_of"].max() < corrected["as_of"].min()


def test_one_township_sends_no_school_file_before_the_last_round(records: pl.DataFrame) -> None:
    school = records.filter(pl.col("dataset") == "education.enrolment")
    files = school.group_by("k").agg(pl.col("path").n_unique()).sort("k")["path"].to_list()
    assert files[0] == files[1] == files[2] - 1


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    def digests(folder: str) -> dict[str, str]:
        made = generate(Home(tmp_path / folder), persons=600, seed=9)
        return {
            p.relative_to(tmp_path / folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted((tmp_path / folder).rglob("*.*"))
            if p.is_file()
        } | {"rows": str(made.rows)}

    assert digests("a") == digests("b")


def test_without_errors_every_row_is_intact_but_for_those_without_number(tmp_path: Path) -> None:
    made = generate(Home(tmp_path), persons=600, seed=4, errors=0)
    rows = pl.read_parquet(made.truth / "records.parquet").drop_nulls("p")
    states = rows["defects"].str.split("|").explode().unique().to_list()
    assert not [s for s in states if s and s.startswith("id_") and s != "id_absent"]
    more = generate(Home(tmp_path / "more"), persons=600, seed=4, errors=3)
    damaged = pl.read_parquet(more.truth / "records.parquet")
    assert damaged["intact"].mean() < 0.9 < rows["intact"].mean()


@pytest.mark.parametrize(
    ("county", "persons"), [("410112", 1_000), ("99011", 1_000), ("990112", 10)]
)
def test_wrong_wishes_are_refused(tmp_path: Path, county: str, persons: int) -> None:
    with pytest.raises(ValueError, match=r"99|500"):
        generate(Home(tmp_path), county=county, persons=persons)
