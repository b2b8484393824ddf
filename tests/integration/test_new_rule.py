"""A new rule is one SQL file in the home: its discrepancies and its register entry appear."""

import duckdb
import pytest

from pipelines.home import Home
from tests.conftest import run_bidui
from tests.integration.conftest import ROUND, TINY

pytestmark = pytest.mark.integration

RULE = """\
/*---
id: TST-01
title: 户内无成年男性
question: 这一户是否有成年男性？
source: {seed: "001", quote: 农户}
level: household
direction: process
severity: yellow
left: roster.population
right: null
needs: [roster.population]
gate: []
parameters: [edu_age_to]
flags: [disagree]
group: test
verify_with: 村委会
innocent: [外出务工]
---*/
SELECT household_id,
       any_value(village_code) AS village_code,
       CASE WHEN bool_or(sex = '男' AND name <> '王建国'
                         AND age_on(birth_date, round_date()) > param_number('edu_age_to'))
            THEN 'agree' ELSE 'disagree' END AS state,
       min(record_id) AS left_record_id,
       NULL AS right_record_id,
       count(*)::VARCHAR || ' 人' AS left_value,
       NULL AS right_value,
       '户内没有成年男性' AS explanation
FROM persons
GROUP BY household_id
"""


def test_a_rule_dropped_into_the_home_is_run_and_published(tiny: Home) -> None:
    folder = tiny.path / "rules" / "test"
    folder.mkdir(parents=True)
    (folder / "TST-01.sql").write_text(RULE, encoding="utf-8")
    done = run_bidui("run", "--county", TINY, "--round", ROUND, home=tiny.path)
    assert done.returncode == 0, done.stderr
    with duckdb.connect(str(tiny.database), read_only=True) as db:
        found = db.sql(
            "SELECT case_id, household_id, village_code, explanation, first_seen::VARCHAR, state"
            " FROM discrepancies WHERE rule_id = 'TST-01'"
        ).fetchall()
        assert found == [
            (
                f"{TINY}-TST-01-990199000000",
                "990199000000",
                "990199101001",
                "户内没有成年男性",
                ROUND,
                "new",
            )
        ]
        counts = db.sql(
            "SELECT sum(subjects), sum(agree), sum(disagree) FROM comparisons"
            " WHERE rule_id = 'TST-01'"
        ).fetchone()
        assert counts == (10, 9, 1)
        assert db.sql("SELECT title FROM rules WHERE rule_id = 'TST-01'").fetchall() == [
            ("户内无成年男性",)
        ]
