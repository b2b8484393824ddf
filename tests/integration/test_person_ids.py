"""Three rounds in which the roster is put right: a person's case goes on under its id."""

from datetime import date

import duckdb
import pytest

from dagster_project.run import run_round
from pipelines.home import Home
from tests.integration.conftest import (
    POPULATION_HEADER,
    TINY,
    WriteSheet,
    population_rows,
)

pytestmark = pytest.mark.integration

ROUNDS = (date(2021, 8, 30), date(2021, 9, 6), date(2021, 9, 13))
HOUSEHOLD, NAME, NUMBER, BORN = 0, 1, 2, 4

RULE = """\
/*---
id: TST-02
title: 配偶待核
question: 配偶是否已核实？
source: {seed: "001", quote: 农户}
level: person
direction: process
severity: yellow
left: roster.population
right: null
needs: [roster.population]
gate: []
parameters: []
flags: [disagree]
group: test
verify_with: 村委会
innocent: [外出务工]
---*/
SELECT person_id, 'disagree' AS state, record_id AS left_record_id, '待核' AS explanation
FROM persons WHERE relation = '配偶'
"""


def rosters() -> list[list[list[str]]]:
    """The wives' rows change: a number comes, a name and a number are put right, one moves."""
    first, second, third = ([list(row) for row in population_rows()] for _ in ROUNDS)
    filled, named, numbered, moving, undated = (3 * n + 1 for n in range(5))
    first[filled][NUMBER] = ""
    first[numbered][NUMBER], first[undated][NUMBER], first[undated][BORN] = (
        population_rows()[-2][NUMBER],
        "",
        "",
    )
    for later in (second, third):
        later[named][NAME] = "李秀瑛"
    third[moving][HOUSEHOLD] = first[0][HOUSEHOLD]
    return [first, second, third]


def published(home: Home, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.database), read_only=True) as db:
        return db.sql(query).fetchall()


def test_a_case_goes_on_when_the_roster_is_put_right(tiny: Home, write_sheet: WriteSheet) -> None:
    inbox = tiny.path / "inbox" / f"{TINY}小县" / "名册"
    for day, rows in zip(("20210825", "20210901", "20210908"), rosters(), strict=True):
        write_sheet(inbox / f"农村人口名册{day}.xlsx", POPULATION_HEADER, rows)
    folder = tiny.path / "rules" / "test"
    folder.mkdir(parents=True)
    (folder / "TST-02.sql").write_text(RULE, encoding="utf-8")
    for round_ in ROUNDS:
        assert run_round(tiny, TINY, round_).failure is None

    cases = published(
        tiny, "SELECT state, rounds_seen, count(*) FROM cases WHERE rule_id = 'TST-02' GROUP BY ALL"
    )
    assert cases == [("open", 3, 10)]
    # What changed is in the roster of the last round, under the ids of the first.
    changed = published(
        tiny,
        "SELECT p.name, p.person_id = r.person_id, p.household_id, r.person_id_text"
        " FROM persons p JOIN roster_population r USING (county, record_id)"
        " WHERE p.name IN ('李秀瑛', '刘秀英') ORDER BY 1",
    )
    assert changed == [
        ("刘秀英", True, "990199000000", None),
        ("李秀瑛", True, "990199000001", None),
    ]
    register = published(tiny, "SELECT round, count(*) FROM identities GROUP BY 1 ORDER BY 1")
    assert register == list(zip(ROUNDS, (30, 4, 1), strict=True))

    content = (
        "SELECT * FROM identities ORDER BY ALL",
        "SELECT * FROM discrepancies ORDER BY ALL",
        "SELECT * FROM cases ORDER BY ALL",
    )
    before = [published(tiny, query) for query in content]
    assert run_round(tiny, TINY, ROUNDS[1]).failure is None
    assert [published(tiny, query) for query in content] == before
