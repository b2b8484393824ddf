"""The truth, judged from the facts by the sentences of RULES-A and nothing else."""

from __future__ import annotations

import calendar
import datetime as dt
import itertools
from collections import defaultdict
from typing import Any

from tests.independent.facts import AS_OF, RISKS, ROUNDS, County, Row
from tests.independent.people import Household, Person

INACTIVE = {"退学", "辍学", "失学", "休学"}
ALLOWED = RISKS | {
    "因学": ("教育帮扶", "义务教育保障", "社会帮扶"),
    "因灾": ("生产生活条件改善", "住房安全保障", "社会帮扶", "综合保障"),
    "因住房出现安全问题": ("住房安全保障", "搬迁"),
    "缺劳动力": ("综合保障", "社会帮扶"),
}
EVENTS = {
    "education.student_aid",
    "education.home_teaching",
    "health.deaths",
    "insurance.claims",
    "finance.card_payments",
}
RULES = [
    "EDU-02",
    "EDU-04",
    "HEA-01",
    "HEA-06",
    "HOU-01",
    "HOU-02",
    "HOU-09",
    "HOU-10",
    "HOU-13",
    "CIV-05",
    "CIV-08",
    "STD-01",
    "STD-05",
    "INS-01",
    "INS-02",
    "INS-05",
    "INS-09",
    "MON-13",
    "MON-14",
    "INC-01",
    "DQ-01",
    "VIL-01",
    "VIL-04",
    "FUN-05",
]
Case = tuple[object, list[Row]]


def delivered(c: County, dataset: str, round_: int) -> list[Row]:
    """The rows of a dataset that the county has handed in by a round."""
    rows = []
    for row in c.rows[dataset]:
        town = row.home.village.township if row.home else None
        if (
            dataset == "education.enrolment"
            and row.values.get("school_town") == c.missing_school_town
        ):
            continue
        if dataset == "roster.monitored":
            first = town != c.missing_first and 0 in row.when
            second = town != c.silent_second and 1 in row.when
            if town == c.silent_second or round_ == 0:
                if first:
                    rows.append(row)
            elif second:
                rows.append(row)
            continue
        if dataset in EVENTS:
            if any(w <= round_ for w in row.when):
                rows.append(row)
        elif dataset.startswith("housing.") or dataset == "civil_affairs.disability":
            if 0 in row.when:
                rows.append(row)
        elif round_ in row.when:
            rows.append(row)
    return rows


def month_end(day: dt.date, months: int) -> dt.date:
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def plus_months(day: dt.date, months: int) -> dt.date:
    end = month_end(day, months)
    return end.replace(day=min(day.day, end.day))


def cases(c: County, round_: int) -> dict[str, list[Case]]:
    """For each rule the true subjects of a round and the rows that speak of them."""
    on = ROUNDS[round_]
    lists: dict[str, dict[int, list[Row]]] = {}
    for dataset in c.rows:
        lists[dataset] = defaultdict(list)
        for row in delivered(c, dataset, round_):
            who = row.person or row.home
            if who is not None:
                lists[dataset][id(who)].append(row)

    def rows(dataset: str, who: Person | Household) -> list[Row]:
        return lists.get(dataset, {}).get(id(who), [])

    def value(row: Row, name: str) -> Any:
        return row.at(
            round_
            if not (
                row.home
                and row.home.village.township == c.silent_second
                and row.dataset == "roster.monitored"
            )
            else 0
        )[name]

    def dead(p: Person) -> bool:
        return bool(rows("health.deaths", p)) and p.died is not None and p.died <= on

    found: dict[str, list[Case]] = {r: [] for r in RULES}
    here = [p for p in c.people.persons if round_ in p.in_roster]
    alive = [p for p in here if not dead(p)]
    homes = [(h, [p for p in h.members if round_ in p.in_roster]) for h in c.people.households]
    watch = {id(h): rows("roster.monitored", h)[0] for h, _ in homes if rows("roster.monitored", h)}
    poor = {id(h) for h, _ in homes if h.kind != "一般农户" or id(h) in watch}

    def on_dibao(p: Person) -> list[Row]:
        return [r for r in rows("civil_affairs.dibao", p) if r.values["status"] == "正常"]

    for p in alive:
        days, h = (on - p.birth).days, p.household
        school = [r for r in rows("education.enrolment", p) if r.values["status"] not in INACTIVE]
        if (
            6 <= c.age(p) <= 15
            and not school
            and not rows("education.home_teaching", p)
            and h.village.township != c.missing_school_town
        ):
            found["EDU-02"].append((p, rows("education.enrolment", p)))
        studying = [r for r in school if r.values["status"] != "毕业"]
        entitled = (
            id(h) in poor
            or any(on_dibao(m) for m in h.members)
            or rows("civil_affairs.disability", p)
        )
        given = [
            r
            for r in rows("education.student_aid", p)
            if r.values["amount"] > 0 and "2021年春" in r.values["term"]
        ]
        if studying and entitled and not given:
            found["EDU-04"].append((p, studying))
        if id(h) in poor and days > 90:
            if not any(
                r.values["signed_on"] <= on <= r.values["valid_to"]
                for r in rows("health.doctor_contracts", p)
            ):
                found["HEA-01"].append((p, []))
            if not [r for r in rows("insurance.coverage", p) if r.values["year"] == 2021]:
                found["INS-01"].append((p, []))
        if 90 < days <= 365 and not rows("insurance.coverage", p):
            found["INS-02"].append((p, []))
    for p in here:
        if id(p.household) not in poor:
            ill = [r for r in rows("health.illnesses", p) if r.values["kind"] == "大病"]
            if ill:
                found["CIV-05"].append((p, ill))
        both = on_dibao(p) and rows("civil_affairs.tekun", p)
        if both:
            found["STD-05"].append((p, on_dibao(p)[:1] + rows("civil_affairs.tekun", p)[:1]))
        late = []
        for r in rows("insurance.claims", p):
            due = month_end(r.values["discharged_on"], 1)
            got = r.values["received_on"]
            if r.values["one_stop"] == "否" and (
                (got is None and due < on) or (got is not None and got > due)
            ):
                late.append(r)
        if late:
            found["INS-05"].append((p, late))
        now = [r for r in rows("insurance.coverage", p) if r.values["year"] == 2021]
        if (
            len({(r.values["scheme"]) for r in now}) > 1
            or len({r.values["place"] for r in now}) > 1
        ):
            found["INS-09"].append((p, now))
        sums: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for r in rows("finance.card_payments", p):
            sums[r.values["item"], r.values["period"]].append(r)
        for group in sums.values():
            paid = sum(r.values["amount"] or 0 for r in group if r.values["result"] == "成功")
            if abs(paid - group[0].values["due"]) > 0.001:
                found["FUN-05"].append((p, group))
                break
    for p in (p for p in c.people.persons if min(p.in_roster) <= round_):
        if dead(p) and p.died:  # he need not be on the roster any more
            limit = plus_months(p.died, 1)
            bad = [r for r in on_dibao(p) + rows("civil_affairs.tekun", p) if AS_OF[round_] > limit]
            bad += [r for r in rows("finance.card_payments", p) if r.values["paid_on"] > limit]
            bad += [r for r in rows("insurance.coverage", p) if p.died.year < r.values["year"]]
            if bad:
                found["STD-01"].append((p, bad + rows("health.deaths", p)))
    for h, members in homes:
        living = [m for m in members if not dead(m)]
        covered = [m for m in living if on_dibao(m)]
        seen = rows("housing.appraisals", h)
        if members and (id(h) in poor or any(on_dibao(m) for m in members)) and not seen:
            found["HOU-01"].append((h, []))
        lived = sorted(
            (r for r in seen if r.values["occupied"] == "是"),
            key=lambda r: r.values["appraised_on"],
        )
        made, moved = rows("housing.renovations", h), rows("housing.relocations", h)
        unsafe = bool(lived) and lived[-1].values["grade"] in {"C", "D"} and not moved
        if unsafe and not any(
            r.values["finished_on"] > lived[-1].values["appraised_on"] for r in made
        ):
            found["HOU-02"].append((h, lived))
        years = sorted({r.values["finished_on"] for r in made})
        close = any((b - a).days < 3652 for a, b in itertools.pairwise(years))
        if close or (made and moved):
            found["HOU-09"].append((h, made + moved))
        for r in moved:
            if r.values["members"] > 1 and r.values["area"] / r.values["members"] > 25:
                found["HOU-10"].append((h, [r]))
            if plus_months(r.values["moved_in_on"], 12) < on and r.values[
                "old_house_demolished"
            ] in {"否", "未拆除", "未拆", "×"}:
                found["HOU-13"].append((h, [r]))
        if 0 < len(covered) < len(living):
            lone = len(covered) == 1 and (
                any(
                    r.values["level"] in {"一级", "二级"}
                    for r in rows("civil_affairs.disability", covered[0])
                )
                or any(r.values["kind"] == "大病" for r in rows("health.illnesses", covered[0]))
            )
            if not lone:
                found["CIV-08"].append((h, [r for m in covered for r in on_dibao(m)]))
        row = watch.get(id(h))
        if row and value(row, "risk_removed") == "否":
            risks, measures = value(row, "risks"), str(value(row, "measures")).split("、")
            if "因病" in risks and not any(rows("health.illnesses", m) for m in members):
                found["HEA-06"].append((h, [row]))
            if value(row, "helper") in {None, "无", "待定", "/"}:
                found["MON-13"].append((h, [row]))
            if any(not set(ALLOWED[k]) & set(measures) for k in risks):
                found["MON-14"].append((h, [row]))
            if value(row, "net_income_per_head") < 6000:
                found["INC-01"].append((h, [row]))
    for v in c.people.villages:
        mine = [
            r for r in delivered(c, "roster.monitored", round_) if r.home and r.home.village is v
        ]
        heads = [value(r, "net_income_per_head") for r in mine]
        if len(heads) >= 8 and sum(x % 100 == 0 for x in heads) / len(heads) >= 0.6:
            found["DQ-01"].append((v, []))
        if not mine and not (round_ == 0 and v.township == c.missing_first):
            found["VIL-01"].append((v, []))
        active = [r for r in mine if value(r, "risk_removed") == "否"]
        if (
            round_ == 1
            and active
            and v.township not in {c.silent_second, c.missing_first}
            and not any(
                r.later.keys() - {"village"}
                or r.when != (0, 1)
                or (r.home and any(m.in_roster != (0, 1) for m in r.home.members))
                for r in c.rows["roster.monitored"]
                if r.home and r.home.village is v
            )
        ):
            found["VIL-04"].append((v, []))
    return found


def doubtful(c: County) -> set[int]:
    """Persons and households whose truth hangs on a death that only a damaged row tells."""
    unsure = [p for p in c.people.persons if not p.death_sure]
    return {id(p) for p in unsure} | {id(p.household) for p in unsure}
