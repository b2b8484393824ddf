"""The sample county after `bidui demo`: what was promised is there, and nobody else reads it."""

import re
import stat
from pathlib import Path

import duckdb
import pytest

from pipelines.home import Home
from tests.conftest import COUNTY, ROUNDS, Bidui, run_bidui

pytestmark = pytest.mark.integration


def test_the_demo_ends_by_saying_what_was_found_and_where_it_lies(sample: Home) -> None:
    said = (sample.path / "done").read_text(encoding="utf-8")
    for word in ("疑点", "应享未享", "空白村", "行数闭合", str(sample.database), "bidui ui"):
        assert word in said
    for round_ in ROUNDS:
        assert f"—— {round_} 期 ——" in said


def test_every_file_a_round_did_not_use_is_named_a_line_a_list(sample: Home) -> None:
    said = (sample.path / "done").read_text(encoding="utf-8").split("—— ")
    with duckdb.connect(str(sample.database), read_only=True) as db:
        unused = db.sql(
            "SELECT round, status, dataset, list(DISTINCT split_part(path, '/', -1))"
            " FROM source_files WHERE NOT used AND status NOT IN ('refused', 'unrecognised')"
            " GROUP BY ALL"
        ).fetchall()
    assert {status for _, status, *_ in unused} >= {"waiting", "superseded"}
    for round_, status, dataset, files in unused:
        (part,) = (part for part in said if part.startswith(str(round_)))
        lines = [x for x in part.splitlines() if all(file in x for file in files)]
        assert lines, (round_, status, dataset)
        spans = re.findall(r"（\d{4}-\d\d-\d\d (?:起|至 \d{4}-\d\d-\d\d)）", lines[0])
        assert spans or status not in {"waiting", "superseded"}


def test_the_scores_are_those_the_project_promises(sample: Home) -> None:
    truth = sample.path / "truth" / COUNTY
    scored = run_bidui("evaluate", "--truth", str(truth), home=sample.path)
    assert scored.returncode == 0, scored.stdout + scored.stderr
    assert "未通过" not in scored.stdout


def test_a_county_of_another_seed_with_more_errors_is_judged_alike(
    bidui: Bidui, tmp_path: Path
) -> None:
    """Nothing may rest on the sample's own names, villages and rates of error."""
    rates = ("--persons", "2000", "--seed", "22", "--errors", "1.5", "--rounds", ROUNDS[-1])
    for arguments in (
        ("generate", "--county", "990113", *rates),
        ("run", "--county", "990113", "--round", ROUNDS[-1]),
    ):
        done = bidui(*arguments)
        assert done.returncode in {0, 3}, done.stderr
    truth = str(tmp_path / "truth" / "990113")
    scored = bidui("evaluate", "--county", "990113", "--truth", truth)
    assert scored.returncode == 0, scored.stdout + scored.stderr


def test_every_row_set_aside_or_asked_about_can_be_read_as_it_stood(sample: Home) -> None:
    with duckdb.connect(str(sample.database), read_only=True) as db:
        stood = db.sql(
            "SELECT scope, count(raw_row) = count(*), bool_and(json_valid(raw_row))"
            " FROM quarantine GROUP BY scope ORDER BY scope"
        ).fetchall()
        without = db.sql("FROM links ANTI JOIN raw_rows USING (county, record_id)").fetchall()
    assert stood == [(scope, True, True) for scope in ("cell", "flag", "row")]
    assert not without


def test_owner_and_group_alone_may_read_what_is_written(sample: Home) -> None:
    made = ("archive", "store", "warehouse", "lists", "dagster", "logs", "inbox", "truth")
    open_to_all = [
        str(path.relative_to(sample.path))
        for folder in made
        for path in [sample.path / folder, *(sample.path / folder).rglob("*")]
        if not path.is_symlink() and path.stat().st_mode & (stat.S_IRWXO | stat.S_IWGRP)
    ]
    assert open_to_all == []


def test_no_log_and_no_file_name_bears_an_id_number(sample: Home) -> None:
    number = re.compile(r"99\d{15}[\dX]")
    named = [p for p in sample.path.rglob("*") if number.search(p.name)]
    logged = [
        path
        for path in (sample.path / "logs").rglob("*")
        if path.is_file() and number.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert named == []
    assert logged == []


def test_case_ids_are_stable_and_count_their_rounds(sample: Home) -> None:
    with duckdb.connect(str(sample.database), read_only=True) as db:
        wrong = db.sql(
            """SELECT case_id FROM (
                SELECT case_id, round, first_seen, rounds_seen, state,
                       min(round) OVER (PARTITION BY case_id) AS first,
                       row_number() OVER (PARTITION BY case_id ORDER BY round) AS nth
                FROM discrepancies)
            WHERE first_seen <> first OR (nth = 1 AND state <> 'new')
               OR (nth > 1 AND state NOT IN ('open', 'reopened'))"""
        ).fetchall()
        assert wrong == []
        states = dict(db.sql("SELECT state, count(*) FROM discrepancies GROUP BY state").fetchall())
        assert states["new"] > 0
        assert states["open"] > 0


def test_a_look_up_shows_the_household_masked_and_is_logged(sample: Home, tmp_path: Path) -> None:
    with duckdb.connect(str(sample.database), read_only=True) as db:
        row = db.sql(
            "SELECT p.id_number, d.household_id FROM discrepancies d JOIN persons p"
            " USING (household_id) WHERE p.id_number IS NOT NULL ORDER BY ALL LIMIT 1"
        ).fetchone()
    assert row is not None
    page = tmp_path / "page.html"
    shown = run_bidui("lookup", row[0], "--html", str(page), home=sample.path)
    assert shown.returncode == 0, shown.stderr
    assert row[1] in shown.stdout
    assert row[0] not in shown.stdout + page.read_text(encoding="utf-8")
    assert f"{row[0][:6]}********{row[0][-4:]}" in shown.stdout
    log = "".join(p.read_text(encoding="utf-8") for p in (sample.path / "logs").glob("*.jsonl"))
    assert row[0] not in log
    assert "lookup" in {p.stem.rstrip("s") for p in (sample.path / "logs").glob("*.jsonl")}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("run", "--county", "99"), 2, "六位数字"),
        (("run", "--county", "990111"), 2, "没有县"),
        (("run", "--county", COUNTY, "--round", "2021-13-40"), 2, "不是日期"),
        (("lookup", "990112190001010000"), 1, ""),
        (("sql", "DROP TABLE persons"), 1, ""),
        (("sql", "SELECT * FROM read_csv('/etc/passwd')"), 1, ""),
        (("sql", "SELECT 1", "--format", "xml"), 2, "table、csv 或 json"),
        (("generate", "--county", "110105"), 2, "99"),
        (("nonsense",), 2, ""),
    ],
)
def test_bad_usage_gets_a_sentence_and_its_exit_status(
    sample: Home, arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = run_bidui(*arguments, home=sample.path)
    assert done.returncode == code, done.stdout + done.stderr
    assert says in done.stderr
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_sql_answers_in_three_forms(sample: Home) -> None:
    query = "SELECT rule_id, count(*) AS n FROM discrepancies GROUP BY ALL ORDER BY ALL LIMIT 2"
    for form, sign in (("table", "rule_id"), ("csv", "rule_id,n"), ("json", '"rule_id"')):
        done = run_bidui("sql", query, "--format", form, home=sample.path)
        assert done.returncode == 0, done.stderr
        assert sign in done.stdout
    listing = run_bidui("sql", home=sample.path)
    assert "discrepancies" in listing.stdout


def test_writing_the_lists_again_changes_no_issued_list(sample: Home) -> None:
    folder = sample.lists / COUNTY / ROUNDS[-1]
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*.xlsx")}
    again = run_bidui("lists", "--county", COUNTY, "--round", ROUNDS[-1], home=sample.path)
    assert again.returncode == 0, again.stderr
    assert before
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*.xlsx")} == before


def test_a_folder_that_reads_as_a_pattern_is_refused_and_not_made(
    bidui: Bidui, tmp_path: Path
) -> None:
    home = tmp_path / "数据[2021]"
    ended = bidui("init", "--county", "990113", home=home)
    assert ended.returncode == 2
    assert "路径里不能有" in ended.stderr
    assert str(home) in ended.stderr
    assert not home.exists()
