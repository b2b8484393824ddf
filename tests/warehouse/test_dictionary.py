"""Whoever has only the .duckdb file can tell what everything in it means.

Opened with nothing but duckdb: every column is commented and in the dictionary, and every code that
stands in a row is explained in its column's comment or in the table `codes` that the comment names.
"""

import re
from collections.abc import Iterator

import duckdb
import pytest

from pipelines.home import Home
from pipelines.warehouse.database import current_database

pytestmark = pytest.mark.integration

CODE = re.compile(r"[a-z][a-z_]+(15)?(\.[a-z_]+)?|[A-Z]\d")
NAMED_ELSEWHERE = {
    "table_name",
    "column_name",
    "code",
    "code_of",
    "key",
    "description",
    "parameter_keys",
}
"""Columns that name columns, codes and parameters; the row itself says what they are."""
LEAST = 8
"""Characters of the shortest comment that says something."""


@pytest.fixture(scope="module")
def file(sample: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(current_database(sample)), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def comments(file: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    rows = file.execute(
        "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
    ).fetchall()
    return {(table, column): comment or "" for table, column, comment in rows}


def test_every_column_has_a_comment_that_says_something(
    comments: dict[tuple[str, str], str],
) -> None:
    assert len(comments) > 1000
    thin = {
        place: comment
        for place, comment in comments.items()
        if len(comment) < LEAST
        or "：" not in comment
        or re.search(r"TODO|待补|同上|None", comment)
        or len(set(re.split(r"[：；，]", comment))) < 2  # the title said over again
    }
    assert thin == {}


def test_every_column_is_in_the_dictionary_with_unit_and_origin(
    file: duckdb.DuckDBPyConnection, comments: dict[tuple[str, str], str]
) -> None:
    rows = file.execute(
        "SELECT table_name, column_name, description, unit, source, data_type FROM columns"
    ).fetchall()
    assert {(table, column) for table, column, *_ in rows} == set(comments)
    assert all(comments[row[0], row[1]] == row[2] and row[4] for row in rows)
    counts = {"subjects", "agree", "disagree", "not_found", "not_compared", "rounds_seen",
              "days_late", "age_days", "residents", "expected_monitored", "rows_read", "new",
              "previous_open", "current_open", "monitored_active"}  # fmt: skip
    assert [row[:2] for row in rows if row[1] in counts and not row[3]] == []


def test_every_code_is_explained(
    file: duckdb.DuckDBPyConnection, comments: dict[tuple[str, str], str]
) -> None:
    codes: dict[str, set[str]] = {}
    for code_of, code in file.execute("SELECT code_of, code FROM codes").fetchall():
        codes.setdefault(code_of, set()).add(code)
    texts = file.execute(
        "SELECT table_name, column_name FROM duckdb_columns()"
        " WHERE NOT internal AND data_type = 'VARCHAR' AND NOT ends_with(column_name, '_text')"
    ).fetchall()
    unexplained, met = {}, 0
    for table, column in texts:
        if column in NAMED_ELSEWHERE:
            continue
        comment = comments[table, column]
        known = set().union(*(codes[c] for c in re.findall(r"code_of=(\w+)", comment)))
        found = file.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL")
        values = {v for (text,) in found.fetchall() for v in text.split("、")}
        coded = {value for value in values if CODE.fullmatch(value)}
        met += len(coded)
        left = {v for v in coded - known if not re.search(rf"\b{v}\b", comment)}
        if left:
            unexplained[table, column] = left
    assert met > 150
    assert unexplained == {}


def test_level_patterns_are_explained_place_by_place(file: duckdb.DuckDBPyConnection) -> None:
    (unknown,) = file.execute(
        "SELECT count(*) FROM (SELECT DISTINCT level_pattern AS p FROM links) AS l,"
        " range(1, 10) AS r(i)"
        " WHERE p IS NOT NULL AND i || ':' || p[i] NOT IN"
        " (SELECT code FROM codes WHERE code_of = 'level_pattern')"
    ).fetchone() or (None,)
    assert unknown == 0


def test_every_parameter_a_rule_names_is_explained(file: duckdb.DuckDBPyConnection) -> None:
    unexplained = file.execute(
        "SELECT r.rule_id, k FROM (SELECT *, unnest(string_split(parameter_keys, '、')) AS k"
        " FROM rules WHERE ran AND parameter_keys <> '') AS r LEFT JOIN parameters AS p"
        " ON p.county = r.county AND p.round = r.round AND p.key = r.k"
        " WHERE p.note IS NULL OR p.source_text IS NULL"
    ).fetchall()
    assert unexplained == []


def test_numbers_are_what_their_comments_say(file: duckdb.DuckDBPyConnection) -> None:
    """The sums and differences that comments promise, asked of the file itself."""
    wrong = {
        "comparisons": "subjects <> agree + disagree + not_found + not_compared",
        "source_files": "rows_read <> rows_accepted + rows_set_aside + rows_not_data"
        " OR age_days <> date_diff('day', as_of, round)",
        "changes": "current_open <> previous_open + new + reopened - closed + moved_in - moved_out",
        "deliveries": "days_late <> CASE state WHEN 'on_time' THEN 0"
        " WHEN 'late' THEN date_diff('day', due, arrived) ELSE date_diff('day', due, round) END",
        "village_status": "surprise NOT BETWEEN 0 AND 1 OR monitored_active > monitored_ever"
        " OR (blank AND (monitored_ever > 0 OR residents = 0 OR NOT compared))",
        "links": "probability NOT BETWEEN 0 AND 1",
    }
    for table, condition in wrong.items():
        (count,) = file.execute(f"SELECT count(*) FROM {table} WHERE {condition}").fetchone() or (
            0,
        )
        assert count == 0, table
