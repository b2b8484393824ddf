"""Small planted counties: what a rule's fixture says, made into the tables that a round has.

``fixtures/<ID>.yaml`` holds people, lists and what the rule must say of each. Only what matters is
written: a person is ``p1: {name: 张三}``, a record of a list ``{link: p1, status: 在读}``. The rest
gets the same harmless values everywhere, so every case differs from its neighbours in one thing.

Keys of a fixture: ``round``, ``spares`` (the innocent reasons of RULES-A that must be planted),
``persons`` (by person id; ``household`` defaults to h1 for p1), ``households``, one key a dataset,
``former_persons`` (the same, of an earlier roster; linked to by ``link`` too), ``village_status``,
``parameters`` (values that differ), ``headers`` (dataset → sheet → columns that
the sheet lacks), and ``expect`` with ``flagged`` (subject → state), ``spared`` (subject → why),
``not_compared`` (subject → words of the reason), ``not_concerned`` (subject → why) and
``no_column`` (subject → what the query says; the engine does not compare it, its sheet having no
such column) and ``held`` (the same, for an unsettled record that might be the subject). A subject
is its id, or ``id/part``.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipelines import frames
from pipelines.compare.compare import CompareInputs
from pipelines.compare.gate import unsettled_candidates, unsettled_table
from pipelines.compare.rules import Rule, Rules
from pipelines.compare.session import Session, run_rule
from pipelines.contracts import ColumnType, Contract, Contracts
from pipelines.parameters import Parameter, Parameters

FIXTURES = Path(__file__).parent / "fixtures"
COUNTY_NAMES = ("晴川县",)
KEYS = {"person": "person_id", "household": "household_id", "village": "village_code"}
_SECTIONS = {"flagged", "spared", "not_compared", "not_concerned", "no_column", "held"}
_OWN = {
    "about",
    "round",
    "spares",
    "persons",
    "former_persons",
    "households",
    "village_status",
    "parameters",
    "headers",
    "expect",
}

Row = dict[str, Any]


@dataclass(frozen=True)
class Fixture:
    """One fixture as it lies, and the tables made from it."""

    rule_id: str
    round: dt.date
    content: Row
    persons: pl.DataFrame
    former_persons: pl.DataFrame
    households: pl.DataFrame
    village_status: pl.DataFrame
    linked: dict[str, pl.DataFrame]
    sheets: pl.DataFrame
    """SHEETS: by ``headers``, dataset → columns that its sheets lack; all others they have."""

    @property
    def expected(self) -> dict[str, dict[str, str]]:
        """What the rule must say, by section."""
        said = self.content["expect"]
        assert set(said) <= _SECTIONS, f"{self.rule_id}: {set(said) - _SECTIONS}"
        return {section: said.get(section) or {} for section in _SECTIONS}

    def run(self, rules: Rules, contracts: Contracts, parameters: Parameters) -> pl.DataFrame:
        """Run the rule on these tables; adds `subject` as the fixture writes it."""
        rule = rules[self.rule_id]
        bases = {
            "persons": self.persons,
            "former_persons": self.former_persons,
            "households": self.households,
            "villages": self._villages(),
            "village_status": self.village_status,
            "unsettled": unsettled_table(
                unsettled_candidates(
                    frames.empty(frames.CANDIDATES), self.linked, self.persons, contracts, 0.0
                )
            ),
        }
        changed = _changed(parameters, self.content.get("parameters") or {})
        with Session(
            self.round, contracts, self.linked, bases, changed, rules, COUNTY_NAMES
        ) as session:
            result = run_rule(session, rule)
        return result.with_columns(subject=_subject(rule))

    def inputs(
        self,
        county: str,
        rules: Rules,
        contracts: Contracts,
        parameters: Parameters,
        state: str = "ok",
    ) -> CompareInputs:
        """Give a round with this rule alone; `state` is the coverage of each list."""
        coverage = [
            {"county": county, "round": self.round, "dataset": dataset, "state": state, "rows": 1}
            | {"reason": None if state == "ok" else f"{dataset} 未报来"}
            for dataset in contracts
        ]
        return CompareInputs(
            county=county,
            round_=self.round,
            contracts=contracts,
            linked=self.linked,
            links=frames.empty(frames.LINKS),
            candidates=frames.empty(frames.CANDIDATES),
            persons=self.persons,
            former_persons=self.former_persons,
            households=self.households,
            villages=self._villages(),
            village_status=self.village_status,
            coverage=_frame(coverage, frames.COVERAGE),
            rules=Rules([rules[self.rule_id]], rules.concepts),
            parameters=_changed(parameters, self.content.get("parameters") or {}),
            sheets=self.sheets,
            county_names=COUNTY_NAMES,
        )

    def _villages(self) -> pl.DataFrame:
        codes = self.persons["village_code"].drop_nulls().unique().sort().to_list()
        rows = [{"village_code": c, "village": f"{c}村", "township": "清水镇"} for c in codes]
        return _frame(rows, frames.VILLAGES)


def _subject(rule: Rule) -> pl.Expr:
    identity = pl.coalesce(pl.col(KEYS[rule.level]), pl.col("left_record_id"))
    return pl.concat_str(identity, "part", separator="/", ignore_nulls=True)


def load(path: Path, contracts: Contracts) -> Fixture:
    """Read one fixture.

    Raises:
        KeyError: It names a dataset or a column that no contract has.
    """
    content: Row = yaml.safe_load(path.read_text(encoding="utf-8"))
    persons = [_person(pid, row or {}) for pid, row in (content.get("persons") or {}).items()]
    former = [
        {"person_id": pid, "name_key": f"某{pid}", **(row or {})}
        for pid, row in (content.get("former_persons") or {}).items()
    ]
    homes = {row["person_id"]: row for row in [*former, *persons]}
    linked = {
        dataset: _dataset(contracts[dataset], rows, homes)
        for dataset, rows in content.items()
        if dataset not in _OWN
    }
    population = contracts["roster.population"]
    linked["roster.population"] = _frame(
        [{**_companions(population, row), **_lineage("roster.population", row)} for row in persons],
        {**frames.clean_schema(population), **frames.LINKED_EXTRA},
    )
    return Fixture(
        rule_id=path.stem,
        round=content.get("round", dt.date(2021, 8, 30)),
        content=content,
        persons=_frame(persons, frames.PERSONS),
        former_persons=_frame(former, frames.FORMER_PERSONS),
        households=_households(persons, content.get("households") or {}),
        village_status=_frame(
            [
                {"village_code": code, "village": f"{code}村", "compared": True, **row}
                for code, row in (content.get("village_status") or {}).items()
            ],
            frames.VILLAGE_STATUS,
        ),
        linked=linked,
        sheets=_sheets(content.get("headers") or {}, linked, contracts),
    )


def _sheets(
    lacking: dict[str, dict[str, list[str]]], linked: dict[str, pl.DataFrame], contracts: Contracts
) -> pl.DataFrame:
    """Each sheet with all columns of its contract but those named in ``headers`` for it."""
    rows = []
    for dataset, frame in linked.items():
        for path, sheet in frame.select("path", "sheet").unique().sort("path", "sheet").rows():
            without = set(lacking.get(dataset, {}).get(sheet, []))
            assert without <= set(contracts[dataset].columns), (dataset, without)
            columns = [c for c in contracts[dataset].columns if c not in without]
            rows.append(
                {"dataset": dataset, "path": path, "sheet": sheet, "header_columns": columns}
            )
    return _frame(rows, frames.SHEETS)


def _person(person_id: str, row: Row) -> Row:
    number = person_id.removeprefix("p").rstrip("abcdefgh")
    household = row.get("household", f"h{number}")
    unknown = set(row) - set(frames.PERSONS) - {"household"}
    assert not unknown, f"{person_id}: {unknown}"
    person = {
        "person_id": person_id,
        "household_id": household,
        "record_id": f"roster.population-{person_id}",
        "name": f"某{person_id}",
        "birth_date": dt.date(1980, 5, 1),
        "sex": "男",
        "village_code": "v1",
        "village": "v1村",
        "township": "清水镇",
        "household_type": "一般农户",
        "status": "正常",
        "relation": "户主",
        **{k: v for k, v in row.items() if k != "household"},
    }
    person.setdefault("name_key", person["name"])
    person.setdefault("birth_date_precision", "day" if person["birth_date"] else None)
    return person


def _households(persons: list[Row], declared: dict[str, Row]) -> pl.DataFrame:
    rows: dict[str, Row] = {}
    for person in persons:
        row = rows.setdefault(
            person["household_id"],
            {
                "household_id": person["household_id"],
                "head_person_id": person["person_id"],
                "head_name": person["name"],
                "household_type": person["household_type"],
                "village_code": person["village_code"],
                "village": person["village"],
                "township": person["township"],
                "members": 0,
            },
        )
        row["members"] += 1
    for household_id, row in declared.items():
        rows.setdefault(household_id, {"household_id": household_id}).update(row or {})
    return _frame(list(rows.values()), frames.HOUSEHOLDS)


def _dataset(contract: Contract, rows: list[Row], persons: dict[str, Row]) -> pl.DataFrame:
    schema = {**frames.clean_schema(contract), **frames.LINKED_EXTRA}
    made = []
    for number, given in enumerate(rows, start=1):
        row = dict(given)
        row.setdefault("record_id", f"{contract.dataset}-{number}")
        row.setdefault("village_code", "v1")
        row = _with_link(row, contract, persons)
        row = {**_companions(contract, row), **_lineage(contract.dataset, row)}
        if unknown := set(row) - set(schema):
            raise KeyError(f"{contract.dataset}: {unknown}")
        made.append(row)
    return _frame(made, schema)


def _with_link(row: Row, contract: Contract, persons: dict[str, Row]) -> Row:
    """``link: p1`` for a list of people, ``link: h1`` for a list of households; none: unmatched."""
    to = row.pop("link", None)
    if to is None:
        return {"link_status": "unmatched", **row}
    if contract.grain == "household":
        own = {"link_household": to, "head_name": f"户主{to}", "household_id": to}
        own = {k: v for k, v in own.items() if k.startswith("link") or k in contract.columns}
    else:
        person = persons[to]
        if "name_key" in person and "name" not in person:  # of `former_persons`
            own = {"link_former": to, "name": person["name_key"]}
        else:
            own = {
                "link_person": to,
                "link_household": person["household_id"],
                "name": person["name"],
                "village_code": person["village_code"],
            }
    return {**own, "link_status": "confirmed", **row}


def _companions(contract: Contract, row: Row) -> Row:
    """What stands beside a typed value: its text, its key, its precision."""
    made = dict(row)
    for column in contract.columns.values():
        value = row.get(column.name)
        if value is None or column.type is ColumnType.TEXT:
            continue
        text = "、".join(value) if isinstance(value, list) else str(value)
        made.setdefault(f"{column.name}_text", text)
        if column.type is ColumnType.NAME:
            made.setdefault(f"{column.name}_key", value)
        if column.type is ColumnType.DATE:
            made.setdefault(f"{column.name}_precision", "day")
    return {k: v for k, v in made.items() if k != "household_type_text" or v}


def _lineage(dataset: str, row: Row) -> Row:
    return {
        "file_id": f"file-{dataset}",
        "path": f"990112/{dataset}.xlsx",
        "sheet": "Sheet1",
        "row_number": 4,
        "as_of": dt.date(2021, 8, 25),
        **{k: row[k] for k in ("file_id", "sheet", "as_of", "path") if k in row},
    }


def _frame(rows: list[Row], schema: frames.Schema) -> pl.DataFrame:
    """The rows with the columns of `schema`; what a row does not say is null."""
    columns = {
        name: pl.Series(name, [row.get(name) for row in rows], dtype=dtype)
        for name, dtype in schema.items()
    }
    return pl.DataFrame(columns)


def _changed(parameters: Parameters, values: Row) -> Parameters:
    kept = {p.key: p for p in parameters.all()}
    for key, value in values.items():
        kept[key] = Parameter.model_validate({**kept[key].model_dump(), "value": value})
    return Parameters(parameters.place, parameters.on, kept)
