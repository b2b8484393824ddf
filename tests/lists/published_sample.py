"""A small published county for the lists: written by hand, so that every expectation is known.

Tables and columns are those that the warehouse publishes; what the lists do not read is left out.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines import frames
from pipelines.contracts import Contracts
from pipelines.frames import Schema, clean_schema
from pipelines.warehouse.tables import PARAMETERS, RULES, RUNS

COUNTY = "990112"
FIRST, SECOND, THIRD = dt.date(2021, 7, 26), dt.date(2021, 8, 30), dt.date(2021, 9, 6)
TOWNSHIPS = ("青石镇", "白水乡", "长岭镇", "云台乡", "石门镇", "河湾镇", "松林乡", "大坪镇",
             "双桥镇", "南坡乡", "东山镇", "西沟乡", "北原镇", "官渡镇")  # fmt: skip
SURNAMES = "王李张刘陈杨赵黄周吴"
GIVEN = ("秀英", "建国", "桂花", "小明", "永强", "丽娟", "德福", "春燕")


@dataclass(frozen=True)
class Planted:
    """One kind of discrepancy, in the words of its rule."""

    rule: str
    title: str
    direction: str
    severity: str
    left: str
    right: str | None
    state: str
    group: str
    question: str
    says: str
    innocent: str
    verify: str
    right_record: bool = False


KINDS = (
    Planted("EDU-02", "疑似失学辍学", "under_coverage", "red", "roster.population",
            "education.enrolment", "not_found", "education",
            "义务教育阶段适龄儿童是否有在读学籍？",
            "{name}（9 周岁）处于义务教育年龄，学籍名册、送教上门名册中都没有。",
            "送教上门、省外就读、学籍登记用了监护人证件或证件号有误、死亡或迁出",
            "教育局会同乡镇入户核实"),
    Planted("EDU-04", "学生资助应助未助", "under_coverage", "orange", "education.enrolment",
            "education.student_aid", "not_found", "education",
            "在读的脱贫户、监测户、低保户学生和持残疾证学生，本学期是否领到学生资助？",
            "{name}在晴川县第一小学就读，所在户是脱贫户，2021 年秋季学期没有资助发放记录。",
            "资助分次发放、资助名册中证件号有误、已由其他项目资助、本学期尚在发放",
            "教育局会同学校核对资助发放名册"),
    Planted("INS-01", "未参加基本医疗保险", "under_coverage", "orange", "roster.population",
            "insurance.coverage", "not_found", "insurance",
            "脱贫户和监测户的在世成员，本年度是否参保？",
            "{name}在脱贫户名册中，2021 年度参保名单中未见本人。",
            "异地参保、职工医保、参军、服刑、自愿不参保、参保名单中证件号有误",
            "医保局查询省内外参保信息，乡镇入户核实"),
    Planted("HEA-01", "家庭医生漏签", "under_coverage", "yellow", "roster.population",
            "health.doctor_contracts", "not_found", "health",
            "脱贫户和监测户的在世成员，本期是否有有效的家庭医生签约？",
            "{name}在脱贫户名册中，没有本期有效的家庭医生签约记录。",
            "长期外出并在外地签约、签约名册中证件号有误、新近续签尚未录入、本人不愿签约",
            "卫健局会同乡镇卫生院、家庭医生团队核实"),
    Planted("HOU-01", "重点对象住房未鉴定", "under_coverage", "yellow", "roster.population",
            "housing.appraisals", "not_found", "housing",
            "脱贫户、监测户和低保户的住房是否有鉴定记录？",
            "{name}所在户是脱贫户，住房鉴定名册中未见该户任何成员的住房。",
            "鉴定登记在配偶、其他成员或前户主名下、与子女或亲属同住、租住或住安置房",
            "住建局会同乡镇入户核实住房"),
    Planted("STD-01", "死亡后仍在享受名单", "over_coverage", "red", "civil_affairs.dibao",
            "health.deaths", "disagree", "standard",
            "死亡名单中的人，此后是否仍在低保、特困、补贴发放或参保名单中？",
            "{name}2021-03-05死亡，2021 年 8 月的低保名册中仍在享受。",
            "本人在世、死亡登记有误、同名不同人、死亡当月及宽限期内正常发放、发放后已退回",
            "乡镇入户核实本人是否在世，再由卫健局、公安和发放部门核对", right_record=True),
    Planted("MON-13", "监测户缺帮扶责任人", "process", "yellow", "roster.monitored", None,
            "disagree", "monitored",
            "每个在测监测户是否明确了帮扶责任人？",
            "{name}所在户在监测中，帮扶责任人一栏为空。",
            "刚识别尚在安排、帮扶责任人调整交接中、多行合并填写在另一行",
            "乡镇明确帮扶责任人并在系统中补录"),
)  # fmt: skip


PER_ROUND = {"runs", "discrepancies", "comparisons", "changes", "village_status", "deliveries",
             "coverage", "rules", "parameters"}  # fmt: skip
"""Tables of which every round is kept."""


def id_number(index: int) -> str:
    """An 18-character number of the unassigned province 99 with a right check digit."""
    body = f"990112{1950 + index % 60}{index % 12 + 1:02d}{index % 28 + 1:02d}{index % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(d) * w for d, w in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


def person_name(index: int) -> str:
    return SURNAMES[index % len(SURNAMES)] + GIVEN[(index // len(SURNAMES)) % len(GIVEN)]


class Sample:
    """The county's tables, ready to be published."""

    def __init__(self, contracts: Contracts, townships: int = 2, households: int = 24) -> None:
        self.contracts = contracts
        self.townships = TOWNSHIPS[:townships]
        self.households = households
        self.tables: dict[str, pl.DataFrame] = {}
        self._places()
        self._people()
        self._records()
        self._register()

    def _places(self) -> None:
        rows = [
            {
                "village_code": f"{COUNTY}{t:03d}{v:03d}",
                "village": f"{township[:2]}{name}村",
                "township": township,
                "township_code": f"{COUNTY}{t:03d}",
            }
            for t, township in enumerate(self.townships)
            for v, name in enumerate(("一", "二", "三"))
        ]
        self.villages = rows
        self._add("villages", rows, frames.VILLAGES)
        status = [
            {
                **row,
                "residents": 300 + 10 * n,
                "households": 90 + n,
                "monitored_active": 0 if n % 5 == 1 else 4,
                "monitored_ever": 0 if n % 5 == 1 else 6,
                "expected_monitored": 3.62,
                "surprise": 0.027,
                "blank": n % 5 == 1,
                "zero_change": n % 5 == 2,
                "deliveries_without_change": 2 if n % 5 == 2 else 0,
                "compared": True,
                "why": "名册齐全，未见监测对象" if n % 5 == 1 else "正常",
                "round": THIRD,
            }
            for n, row in enumerate(rows)
        ]
        self._add("village_status", status, frames.VILLAGE_STATUS)

    def _people(self) -> None:
        people, homes = [], []
        for h in range(self.households):
            place = self.villages[h % len(self.villages)]
            household = f"H{h:06d}"
            homes.append(
                {
                    **place,
                    "household_id": household,
                    "head_person_id": f"P{h:06d}-1",
                    "head_name": person_name(h),
                    "members": 2,
                    "household_type": "脱贫户",
                }
            )
            people += [
                {
                    **place,
                    "person_id": f"P{h:06d}-{m}",
                    "household_id": household,
                    "record_id": f"aa-0-{2 * h + m}",
                    "name": person_name(h + 7 * (m - 1)),
                    "id_number": id_number(2 * h + m),
                    "relation": "户主" if m == 1 else "之子",
                    "group_name": f"{h % 4 + 1}组",
                    "head_name": person_name(h),
                    "phone": f"138{h:08d}",
                }
                for m in (1, 2)
            ]
        self.people = people
        self._add("persons", people, frames.PERSONS)
        self._add("households", homes, frames.HOUSEHOLDS)

    def _records(self) -> None:
        """Departments' own rows: the ones that discrepancies and unsettled links point to."""
        pupils = [
            {
                "record_id": f"ed-0-{n + 2}",
                "path": f"{COUNTY}/education/学籍20210825.xlsx",
                "sheet": "在校生",
                "row_number": n + 2,
                "as_of": dt.date(2021, 8, 25),
                "name": p["name"],
                "id_number": p["id_number"],
                "id_number_text": p["id_number"],
                "school": "晴川县第一小学",
                "guardian_id_number": id_number(n + 500),
            }
            for n, p in enumerate(self.people)
        ]
        deaths = [
            {
                "record_id": f"de-0-{n + 2}",
                "path": f"{COUNTY}/health/死亡名单20210801.xlsx",
                "sheet": "死亡",
                "row_number": n + 2,
                "as_of": dt.date(2021, 8, 1),
                "name": p["name"],
                "id_number": p["id_number"],
                "died_on": dt.date(2021, 3, 5),
            }
            for n, p in enumerate(self.people)
        ]
        dibao = [
            {
                "record_id": f"db-0-{n + 2}",
                "path": f"{COUNTY}/civil_affairs/低保20210820.xlsx",
                "sheet": "低保",
                "row_number": n + 2,
                "as_of": dt.date(2021, 8, 20),
                "name": p["name"],
                "id_number": p["id_number"],
                "account": f"62284801{n:011d}",
                "certificate": f"DB{n:05d}",
            }
            for n, p in enumerate(self.people)
        ]
        for dataset, rows in {
            "education.enrolment": pupils,
            "health.deaths": deaths,
            "civil_affairs.dibao": dibao,
        }.items():
            contract = self.contracts[dataset]
            schema = {**clean_schema(contract), **frames.LINKED_EXTRA}
            self._add(contract.table, rows, schema, round_=THIRD)

    def _register(self) -> None:
        rules = [
            {
                "rule_id": k.rule,
                "title": k.title,
                "question": k.question,
                "source_text": "省级专项治理要求",
                "direction": k.direction,
                "severity": k.severity,
                "left_side": k.left,
                "right_side": k.right,
                "needs": k.left,
                "gate": k.right,
                "flags": k.state,
                "disagree_says": "死亡名单中有本人" if k.rule == "STD-01" else None,
                "rule_group": k.group,
                "parameter_keys": "newborn_days" if k.rule == "INS-01" else "",
                "likely_innocent_reasons": k.innocent,
                "verify_with": k.verify,
                "ran": True,
            }
            for k in KINDS
        ]
        rules.append({"rule_id": "INC-01", "title": "收入低于监测线", "direction": "under_coverage",
                      "severity": "red", "left_side": "roster.monitored", "rule_group": "income",
                      "ran": False, "question": "收入是否低于监测线？",
                      "why_not_run": "参数 monitoring_income_line 未设置"})  # fmt: skip
        every = (FIRST, SECOND, THIRD)
        rules = [{"round": r, **rule} for rule in rules for r in every]
        self._add("rules", rules, {**RULES, "round": pl.Date})
        self._add(
            "parameters",
            [
                {"key": "newborn_days", "value": "90", "unit": "天", "place": "99",
                 "source_text": "医保局文件", "valid_from": dt.date(2021, 1, 1),
                 "valid_to": dt.date(2021, 12, 31), "round": r} for r in every
            ],
            {**PARAMETERS, "round": pl.Date},
        )  # fmt: skip
        self._add(
            "runs",
            [{"run_id": f"run-{r}", "round": r, "version": "0.1.0"} for r in every],
            {**RUNS, "round": pl.Date},
        )
        self._add("changes", [], frames.CHANGES)
        deliveries = [
            {"dataset": "education.enrolment", "scope": "全县", "state": "on_time", "round": THIRD,
             "due": dt.date(2021, 9, 5), "arrived": dt.date(2021, 9, 3), "days_late": -2},
            {"dataset": "health.illnesses", "scope": "全县", "state": "missing", "round": THIRD,
             "due": dt.date(2021, 9, 5)},
            {"dataset": "insurance.coverage", "scope": "全县", "state": "late", "round": THIRD,
             "due": dt.date(2021, 9, 5), "arrived": dt.date(2021, 9, 6), "days_late": 1},
        ]  # fmt: skip
        self._add("deliveries", deliveries, frames.DELIVERIES)
        self.link([])

    def doubt(
        self, planted: Planted, person: int, round_: dt.date, **changed: Any
    ) -> dict[str, Any]:
        """One discrepancy about a person, with both sides as the engine would write them."""
        p = self.people[person]
        row: dict[str, Any] = {
            "round": round_,
            "case_id": f"{COUNTY}-{planted.rule}-{p['person_id']}",
            "rule_id": planted.rule,
            "kind": planted.title,
            "direction": planted.direction,
            "severity": planted.severity,
            "state_compared": planted.state,
            **{k: p[k] for k in ("household_id", "person_id", "village_code", "village",
                                 "township", "township_code")},
            "left_department": planted.left.split(".")[0],
            "left_dataset": planted.left,
            "left_value": f"{p['name']}在册",
            "left_as_of": dt.date(2021, 8, 20),
            **self._source("left", planted.left, person),
            "right_department": planted.right.split(".")[0] if planted.right else None,
            "right_dataset": planted.right,
            "explanation": planted.says.format(name=p["name"]),
            "likely_innocent_reasons": planted.innocent,
            "link_status": "confirmed",
            "link_evidence": f"身份证号 {p['id_number']} 与姓名一致",
            "verify_with": planted.verify,
            "value_hash": f"{planted.rule}{person}",
            "first_seen": round_,
            "rounds_seen": 1,
            "state": "new",
        }  # fmt: skip
        if planted.right_record and planted.right:
            row |= self._source("right", planted.right, person)
            row |= {"right_value": "死亡日期 2021-03-05", "right_as_of": dt.date(2021, 8, 1)}
        return row | changed

    def _source(self, side: str, dataset: str, person: int) -> dict[str, Any]:
        files = {
            "education.enrolment": (f"{COUNTY}/education/学籍20210825.xlsx", "在校生"),
            "health.deaths": (f"{COUNTY}/health/死亡名单20210801.xlsx", "死亡"),
            "civil_affairs.dibao": (f"{COUNTY}/civil_affairs/低保20210820.xlsx", "低保"),
        }
        path, sheet = files.get(dataset, (f"{COUNTY}/roster/名册20210820.xlsx", "名册"))
        return {f"{side}_path": path, f"{side}_sheet": sheet, f"{side}_row_number": person + 2}

    def discrepancies(self, rows: list[dict[str, Any]]) -> None:
        self._add("discrepancies", rows, frames.DISCREPANCIES)

    def comparisons(self, rows: list[dict[str, Any]]) -> None:
        self._add("comparisons", rows, frames.COMPARISONS)

    def link(self, rows: list[dict[str, Any]]) -> None:
        self._add("links", rows, frames.LINKS, round_=THIRD)
        self._add("link_candidates", [
            {"record_id": r["record_id"], "rank": n, "person_id": r["person_id"]}
            for r in rows for n in (1, 2)
        ], frames.CANDIDATES, round_=THIRD)  # fmt: skip

    def _add(
        self,
        name: str,
        rows: list[dict[str, Any]],
        schema: Schema,
        round_: dt.date | None = None,
    ) -> None:
        schema = {"county": pl.String, **schema}
        if round_:
            schema["round"] = pl.Date
        filled = [{"county": COUNTY, **({"round": round_} if round_ else {}), **r} for r in rows]
        data = [{c: r.get(c) for c in schema} for r in filled]
        self.tables[name] = pl.DataFrame(data, schema=dict(schema))

    def publish(self, database: Path, until: dt.date = THIRD) -> None:
        """Write the file as it was after the round `until`; the people are the same in all."""
        database.parent.mkdir(parents=True, exist_ok=True)
        database.unlink(missing_ok=True)
        with duckdb.connect(str(database)) as connection:
            for name, frame in self.tables.items():
                kept = pl.col("round") <= until if name in PER_ROUND else pl.lit(value=True)
                connection.register("frame", frame.filter(kept).to_arrow())
                connection.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")


def suspected_link(sample: Sample, person: int) -> dict[str, Any]:
    """A pupil's row that is probably, not certainly, `person`."""
    p = sample.people[person]
    evidence = (
        f'{{"name": {{"left": "{p["name"]}", "right": "{p["name"][:-1]}芳", "level": 2}}, '
        f'"id_number": {{"left": "{p["id_number"]}", "right": null, "level": 0}}, '
        '"sex": {"left": "女", "right": "女", "level": 3}}'
    )
    return {
        "record_id": f"ed-0-{person + 2}",
        "dataset": "education.enrolment",
        "path": f"{COUNTY}/education/学籍20210825.xlsx",
        "sheet": "在校生",
        "row_number": person + 2,
        "person_id": p["person_id"],
        "household_id": p["household_id"],
        "status": "suspected",
        "method": "P2",
        "probability": 0.873,
        "evidence": evidence,
    }


def planted_rows(sample: Sample, round_: dt.date, every: int = 3) -> list[dict[str, Any]]:
    """A county's worth of discrepancies: each kind over every third person, shifted."""
    return [
        sample.doubt(kind, person, round_)
        for shift, kind in enumerate(KINDS)
        for person in range(shift % every, len(sample.people), every)
    ]


def compared_rows(sample: Sample, round_: dt.date) -> list[dict[str, Any]]:
    """Every rule compared everywhere, but the illness list is missing in the first village."""
    return [
        {
            "round": round_,
            "rule_id": kind.rule,
            "township_code": v["township_code"],
            "village_code": v["village_code"],
            "subjects": 100,
            "agree": 90,
            "disagree": 5,
            "not_found": 0 if missing else 5,
            "not_compared": 5 if missing else 0,
            "why_not_compared": "卫健名单未覆盖该村" if missing else None,
        }
        for kind in KINDS
        for n, v in enumerate(sample.villages)
        for missing in [n == 0 and kind.rule == "HEA-01"]
    ]
