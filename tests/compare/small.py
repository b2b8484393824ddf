"""A county of three villages in two townships, small enough to see every row."""

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl

from pipelines import frames
from pipelines.compare.compare import CompareInputs
from pipelines.compare.rules import Rules, load_rules
from pipelines.compare.session import empty_table
from pipelines.contracts import Contract, Contracts
from pipelines.parameters import Parameter, Parameters

COUNTY = "990112"
ROUND = dt.date(2021, 8, 30)
AS_OF = dt.date(2021, 8, 15)

VILLAGES = frames.conform(
    pl.DataFrame(
        {
            "village_code": ["V1", "V2", "V3"],
            "village": ["东山村", "西河村", "南坪村"],
            "township_code": ["T1", "T1", "T2"],
            "township": ["青石镇", "青石镇", "白水乡"],
        }
    ),
    frames.VILLAGES,
)

PERSONS = frames.conform(
    pl.DataFrame(
        {
            "person_id": ["p1", "p2", "p3", "p4"],
            "household_id": ["h1", "h1", "h2", "h3"],
            "record_id": ["r1", "r2", "r3", "r4"],
            "name": ["甲一", "甲二", "乙一", "丙一"],
            "village_code": ["V1", "V1", "V2", "V3"],
            "township_code": ["T1", "T1", "T1", "T2"],
            "birth_date": [dt.date(2010, 1, 1)] * 4,
        }
    ),
    frames.PERSONS,
)

HOUSEHOLDS = frames.conform(
    pl.DataFrame(
        {
            "household_id": ["h1", "h2", "h3"],
            "head_name": ["甲一", "乙一", "丙一"],
            "household_type": ["脱贫户", "一般农户", "一般农户"],
            "village_code": ["V1", "V2", "V3"],
            "township_code": ["T1", "T1", "T2"],
            "members": [2, 1, 1],
        }
    ),
    frames.HOUSEHOLDS,
)


def contract(dataset: str, grain: str = "person", nature: str = "snapshot", **columns: str) -> Any:
    """A contract with the columns given as name=type, besides name and id_number, its key."""
    own = {"name": "name", "id_number": "id_number", **columns}
    return Contract.model_validate(
        {
            "dataset": dataset,
            "title": f"{dataset.split('.')[1]}名单",
            "department_title": {"education": "教育", "roster": "名册"}.get(
                dataset.split(".", maxsplit=1)[0], "民政"
            ),
            "description": "测试",
            "grain": grain,
            "nature": nature,
            "header": {"must_have": ["name"]},
            "key": ["name", "id_number"],
            "columns": {c: {"name": c, "title": c, "type": t} for c, t in own.items()},
        }
    )


CONTRACTS = Contracts(
    [
        contract("roster.population"),
        contract("roster.villages", grain="village"),
        contract("roster.monitored", grain="household"),
        contract("education.enrolment", school="text"),
        contract("civil_affairs.dibao", monthly_amount="amount"),
        contract("education.student_aid", nature="events", paid_on="date"),
        contract("housing.appraisals", grain="household"),
    ]
)


def linked(dataset: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """A linked frame of `dataset` with these rows; lineage is filled in where it is not given."""
    like = empty_table(CONTRACTS[dataset])
    filled = [
        {
            "record_id": f"{dataset}-{i}",
            "path": f"{dataset}.xlsx",
            "sheet": "Sheet1",
            "row_number": i + 3,
            "as_of": AS_OF,
            "link_status": "confirmed",
            **row,
        }
        for i, row in enumerate(rows)
    ]
    given = pl.DataFrame(filled, schema_overrides={"paid_on": pl.Date}, infer_schema_length=None)
    return frames.conform(given, like.schema) if rows else like


def coverage(**states: str | dict[str, str]) -> pl.DataFrame:
    """COVERAGE where every list is ok, but for ``education__enrolment={"V1": "missing"}``."""
    units = [("T1", "V1"), ("T1", "V2"), ("T2", "V3"), ("T1", None), ("T2", None), (None, None)]
    rows = []
    for dataset in CONTRACTS:
        given = states.get(dataset.replace(".", "__"), "ok")
        for township, village in units:
            state = given if isinstance(given, str) else given.get(village or township or "", "ok")
            rows.append(
                {
                    "county": COUNTY,
                    "round": ROUND,
                    "dataset": dataset,
                    "village_code": village,
                    "township_code": township,
                    "as_of": AS_OF,
                    "delivery": None if state == "missing" else "d1",
                    "newly_delivered": True,
                    "state": state,
                    "reason": None if state == "ok" else f"{dataset} {state}",
                }
            )
    return frames.conform(pl.DataFrame(rows, infer_schema_length=None), frames.COVERAGE)


def parameters(**values: Any) -> Parameters:
    given = {
        key: Parameter(
            key=key,
            value=value,
            unit="岁",
            source="某文件",
            note=None,
            place="99",
            valid_from=dt.date(2021, 1, 1),
            valid_to=dt.date(2021, 12, 31),
        )
        for key, value in values.items()
    }
    return Parameters(COUNTY, ROUND, given)


SCHOOL = """
SELECT p.person_id, p.household_id, p.village_code,
    CASE WHEN e.record_id IS NULL THEN 'not_found' ELSE 'agree' END AS state,
    p.record_id AS left_record_id, e.record_id AS right_record_id, p.name AS left_value
FROM persons AS p
LEFT JOIN education_enrolment AS e ON e.link_person = p.person_id
"""

FRONT: dict[str, Any] = {
    "id": "EDU-02",
    "title": "疑似失学辍学",
    "question": "是否在学籍名册中？",
    "source": '{seed: "001", quote: 失学停学学生情况}',
    "level": "person",
    "direction": "under_coverage",
    "severity": "red",
    "left": "roster.population",
    "right": "education.enrolment",
    "needs": "[roster.population, education.enrolment]",
    "gate": "[education.enrolment]",
    "parameters": "[]",
    "flags": "[not_found]",
    "group": "education",
    "verify_with": "教育局核实",
    "innocent": "[送教上门, 外省就读]",
}


def write_rule(folder: Path, sql: str = SCHOOL, **front: Any) -> Path:
    """Write a rule file; ``key=None`` leaves a key out."""
    keys = {**FRONT, **front}
    text = "\n".join(f"{key}: {value}" for key, value in keys.items() if value is not None)
    path = folder / "some_group" / f"{keys['id'] or 'X'}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"/*---\n{text}\n---*/\n{sql}", encoding="utf-8")
    return path


def rules(folder: Path, sql: str = SCHOOL, **front: Any) -> Rules:
    write_rule(folder, sql, **front)
    return load_rules([folder])


def inputs(rule_book: Rules, **changed: Any) -> CompareInputs:
    """A round in which p1 and p4 are enrolled."""
    enrolled = [{"link_person": p, "link_household": h} for p, h in [("p1", "h1"), ("p4", "h3")]]
    population = linked(
        "roster.population",
        [
            {"record_id": f"r{i}", "name": n, "path": "名册.xlsx", "link_status": None}
            for i, n in enumerate(["甲一", "甲二", "乙一", "丙一"], start=1)
        ],
    )
    given: dict[str, Any] = {
        "county": COUNTY,
        "round_": ROUND,
        "contracts": CONTRACTS,
        "linked": {
            "roster.population": population,
            "education.enrolment": linked("education.enrolment", enrolled),
        },
        "links": frames.empty(frames.LINKS),
        "candidates": frames.empty(frames.CANDIDATES),
        "persons": PERSONS,
        "households": HOUSEHOLDS,
        "villages": VILLAGES,
        "village_status": frames.empty(frames.VILLAGE_STATUS),
        "coverage": coverage(),
        "rules": rule_book,
        "parameters": parameters(),
    }
    given["linked"] |= changed.pop("linked", {})
    return CompareInputs(**{**given, **changed})


def candidate(record: str, dataset: str, probability: float, **who: str) -> pl.DataFrame:
    row = {"record_id": record, "dataset": dataset, "rank": 1, "probability": probability, **who}
    return frames.conform(pl.DataFrame([row]), frames.CANDIDATES)
