"""A column that a sheet has not is no evidence about the people in it."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines import frames
from pipelines.compare.compare import Compared, compare
from pipelines.compare.rules import RuleError
from tests.compare import small

pytestmark = pytest.mark.unit

DIBAO = "civil_affairs.dibao"
SQL = """
SELECT d.link_person AS person_id, d.record_id AS left_record_id,
    CASE WHEN d.monthly_amount > 0 THEN 'agree' ELSE 'disagree' END AS state
FROM civil_affairs_dibao AS d
"""
FRONT = {
    "left": DIBAO,
    "right": "null",
    "needs": f"[{DIBAO}]",
    "gate": "[]",
    "flags": "[disagree]",
    "columns": f"{{{DIBAO}: [monthly_amount]}}",
}


def row(person: str, sheet: str, amount: float | None = None, **more: Any) -> dict[str, Any]:
    return {"link_person": person, "sheet": sheet, "monthly_amount": amount, **more}


def header(*sheets: tuple[str, list[str] | None], dataset: str = DIBAO) -> pl.DataFrame:
    rows = [
        {"dataset": dataset, "path": f"{dataset}.xlsx", "sheet": sheet, "header_columns": columns}
        for sheet, columns in sheets
    ]
    return frames.conform(
        pl.DataFrame(rows, schema_overrides={"header_columns": pl.List(pl.String)}), frames.SHEETS
    )


def states(compared: Compared) -> dict[str, tuple[str, str | None]]:
    return {p: (s, w) for p, s, w in compared.subjects.select("person_id", "state", "why").rows()}


def run(folder: Path, rows: list[dict[str, Any]], sheets: pl.DataFrame, **front: Any) -> Compared:
    rule = small.rules(folder, SQL, **{**FRONT, **front})
    linked = {DIBAO: small.linked(DIBAO, rows)}
    return compare(small.inputs(rule, linked=linked, sheets=sheets))


def test_each_sheet_speaks_for_its_own_people(tmp_path: Path) -> None:
    rows = [row("p1", "甲镇"), row("p2", "乙镇", 400.0), row("p3", "乙镇")]
    known = header(("甲镇", ["name"]), ("乙镇", ["name", "monthly_amount"]))
    compared = run(tmp_path, rows, known)
    why = "名单〈civil_affairs.dibao.xlsx〔甲镇〕〉没有“monthly_amount”列"
    assert states(compared) == {
        "p1": ("not_compared", why),
        "p2": ("agree", None),
        "p3": ("disagree", None),
    }
    assert compared.discrepancies["person_id"].to_list() == ["p3"]
    assert compared.comparisons["why_not_compared"].drop_nulls().to_list() == [f"{why}（1）"]


def test_a_column_that_is_there_and_empty_is_evidence(tmp_path: Path) -> None:
    """A township with one household and nothing written in its row is asked about it."""
    known = header(("甲镇", ["name", "monthly_amount"]))
    assert states(run(tmp_path, [row("p1", "甲镇")], known)) == {"p1": ("disagree", None)}


def test_a_value_that_was_derived_stands_for_the_column(tmp_path: Path) -> None:
    rows = [row("p1", "甲镇", 0.0), row("p2", "甲镇", 5.0)]
    compared = run(tmp_path, rows, header(("甲镇", ["name"])))
    assert states(compared) == {"p1": ("disagree", None), "p2": ("agree", None)}


def test_text_that_was_not_understood_shows_that_the_column_is_there(tmp_path: Path) -> None:
    rows = [row("p1", "甲镇", monthly_amount_text="待定")]
    compared = run(tmp_path, rows, header(("甲镇", None)))
    assert states(compared) == {"p1": ("disagree", None)}


@pytest.mark.parametrize("sheets", [header(("甲镇", None)), frames.empty(frames.SHEETS)])
def test_where_the_header_is_unknown_the_whole_delivery_must_be_empty(
    tmp_path: Path, sheets: pl.DataFrame
) -> None:
    empty = states(run(tmp_path / "a", [row("p1", "甲镇"), row("p2", "乙镇")], sheets))
    assert {state for state, _ in empty.values()} == {"not_compared"}
    assert (empty["p1"][1] or "").endswith("〔甲镇〕〉没有“monthly_amount”列，或整列为空")
    rows = [row("p1", "甲镇"), row("p2", "乙镇", 9.0)]
    assert states(run(tmp_path / "b", rows, sheets))["p1"] == ("disagree", None)


def test_of_several_columns_one_is_enough(tmp_path: Path) -> None:
    known = header(("甲镇", ["name"]), ("乙镇", ["id_number"]))
    either = f"{{{DIBAO}: [[monthly_amount, id_number]]}}"
    rows = [row("p1", "甲镇"), row("p2", "乙镇")]
    found = states(run(tmp_path, rows, known, columns=either))
    assert found["p2"] == ("disagree", None)
    assert (found["p1"][1] or "").endswith("没有“monthly_amount”或“id_number”列")


def test_agreement_rests_on_the_columns_where_the_rule_says_so(tmp_path: Path) -> None:
    known = header(("甲镇", ["name"]))
    says = {"columns": f"{{{DIBAO}: [id_number]}}"}
    rows = [row("p1", "甲镇", 9.0)]
    assert states(run(tmp_path / "a", rows, known, **says))["p1"] == ("agree", None)
    both = says | {"column_states": "[agree, disagree]"}
    assert states(run(tmp_path / "b", rows, known, **both))["p1"][0] == "not_compared"


PAID_SQL = """
SELECT p.person_id, p.record_id AS left_record_id,
    CASE WHEN d.record_id IS NULL THEN 'not_found' ELSE 'agree' END AS state,
    d.record_id AS right_record_id
FROM persons AS p
LEFT JOIN civil_affairs_dibao AS d ON d.link_person = p.person_id AND d.monthly_amount > 0
"""


def test_who_was_not_found_is_judged_by_rows_of_its_own(tmp_path: Path) -> None:
    """p2 is on the list, in a sheet that does not say how much; p3 is on no list at all."""
    front = {
        **FRONT,
        "left": "roster.population",
        "right": DIBAO,
        "needs": f"[roster.population, {DIBAO}]",
        "flags": "[not_found]",
    }
    rows = [row("p1", "乙镇", 9.0), row("p2", "甲镇"), row("p4", "乙镇")]
    known = header(("甲镇", ["name"]), ("乙镇", ["name", "monthly_amount"]))
    compared = compare(
        small.inputs(
            small.rules(tmp_path, PAID_SQL, **front),
            linked={DIBAO: small.linked(DIBAO, rows)},
            sheets=known,
        )
    )
    found = {person: state for person, (state, _) in states(compared).items()}
    assert found == {"p1": "agree", "p2": "not_compared", "p3": "not_found", "p4": "not_found"}


@pytest.mark.parametrize(("columns", "state"), [(["name"], "not_compared"), (None, "not_found")])
def test_a_village_is_judged_by_all_sheets(
    tmp_path: Path, columns: list[str] | None, state: str
) -> None:
    sql = "SELECT villages.village_code, 'not_found' AS state FROM villages, civil_affairs_dibao"
    front = {**FRONT, "level": "village", "flags": "[not_found]"}
    known = header(("甲镇", columns))
    rows = [row("p1", "甲镇", None if columns else 5.0)]
    rule = small.rules(tmp_path, sql, **front)
    done = compare(
        small.inputs(rule, linked={DIBAO: small.linked(DIBAO, rows)}, sheets=known)
    ).subjects
    assert done["state"].unique().to_list() == [state]


def test_the_reason_of_the_query_gives_way_to_the_missing_column(tmp_path: Path) -> None:
    sql = SQL.replace("FROM", ", '未填金额' AS why_not_compared FROM")
    rule = small.rules(tmp_path, sql, **FRONT)
    rows = [row("p1", "甲镇"), row("p2", "乙镇")]
    known = header(("甲镇", ["name"]), ("乙镇", ["name", "monthly_amount"]))
    found = states(
        compare(small.inputs(rule, linked={DIBAO: small.linked(DIBAO, rows)}, sheets=known))
    )
    assert "没有“monthly_amount”列" in (found["p1"][1] or "")
    assert found["p2"] == ("not_compared", "未填金额")


def test_a_column_that_no_contract_has_is_refused(tmp_path: Path) -> None:
    book = small.rules(tmp_path, SQL, **{**FRONT, "columns": f"{{{DIBAO}: [helper]}}"})
    with pytest.raises(RuleError, match=r"EDU-02\.sql：键 columns .*没有 helper；请检查拼写"):
        compare(small.inputs(book))


@pytest.mark.parametrize(
    ("columns", "says"),
    [("{education.enrolment: [school]}", "应同时列在键 needs 中"), ("[helper]", "键 columns")],
)
def test_columns_name_lists_that_the_rule_reads(tmp_path: Path, columns: str, says: str) -> None:
    with pytest.raises(RuleError, match=says):
        small.rules(tmp_path, SQL, **{**FRONT, "columns": columns})
