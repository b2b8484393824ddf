"""For every rule: true cases, and each innocent look-alike that RULES-A spares.

A function breaks facts only; whether a subject is a true case is judged later, from the facts, by
`truth.cases`. A look-alike is noted by `County.safe`, so that the score can say when one is accused.
"""

from __future__ import annotations

import datetime as dt

from tests.independent import lists as f
from tests.independent.lists import County
from tests.independent.people import Household, Person

D = dt.date


def plant(c: County) -> None:
    """Break the county."""
    for step in (
        villages,
        watched,
        school,
        health,
        houses,
        allowance,
        deaths,
        insurance,
        payments,
        newcomers,
    ):
        step(c)


def _poor(c: County):
    return c.poor


def school(c: County) -> None:
    def child(h: Household, low: int = 7, high: int = 14) -> bool:
        return bool(c.pupils(h, low, high)) and h.village.township != c.missing_school_town

    def first(h: Household, low: int = 7, high: int = 14) -> Person:
        return c.pupils(h, low, high)[0]

    for h in c.take(child):
        p = first(h)
        c.drop("education.enrolment", p), c.drop("education.student_aid", p)
    for i, h in enumerate(c.take(child)):
        p = first(h)
        c.drop("education.student_aid", p)
        c.has("education.enrolment", p)[0].values["status"] = ("辍学", "休学", "退学", "失学")[
            i % 4
        ]
    for i, h in enumerate(c.take(child)):
        p = first(h)
        c.drop("education.enrolment", p), c.drop("education.student_aid", p)
        for m in (4, 5, 6):
            c.put(
                "education.home_teaching",
                p,
                **f.identity(p)
                | {
                    "school": f"{h.village.township[:2]}中心小学",
                    "visits": 2 + i % 3,
                    "month": f"2021年{m}月",
                },
                when=(0,),
            )
        c.safe("EDU-02", [p])
    for h in c.take(lambda h: child(h, 15, 15)):
        p = first(h, 15, 15)
        c.drop("education.student_aid", p)
        c.has("education.enrolment", p)[0].values |= {
            "status": "毕业",
            "stage": "初中",
            "grade": "九年级",
        }
        c.safe("EDU-02", [p])
    for dirt in ("guardian", "damaged"):
        for h in c.take(child):
            p = first(h)
            c.drop("education.student_aid", p)
            c.has("education.enrolment", p)[0].dirt = dirt
            if c.has("education.enrolment", p)[0].values["helped"]:
                f.aid(c, p)
            c.safe("EDU-02", [p])

    def aided(h: Household) -> bool:
        return c.poor(h) and child(h) and bool(c.has("education.student_aid", first(h)))

    for i, h in enumerate(c.take(aided, c.k * 2)):
        p = first(h)
        c.drop("education.student_aid", p)
        if i % 4 == 1:
            f.aid(c, p, 0.0)
        elif i % 4 == 2:
            f.aid(c, p, 500.0, "2020年秋季学期", D(2020, 11, 20))
    for h in c.take(aided):
        p = first(h)
        c.drop("education.student_aid", p)
        f.aid(c, p, 250.0, paid=D(2021, 4, 15)), f.aid(c, p, 250.0, paid=D(2021, 6, 15))
        c.safe("EDU-04", [p])
    for h in c.take(aided):
        c.has("education.student_aid", first(h))[0].dirt = "damaged"
        c.safe("EDU-04", [first(h)])


def health(c: County) -> None:
    def signed(h: Household) -> bool:
        return c.poor(h) and bool(c.has("health.doctor_contracts", h.members[-1]))

    for i, h in enumerate(c.take(signed, c.k * 2)):
        p = h.members[-1]
        if i % 2:
            c.drop("health.doctor_contracts", p)
        else:
            row = c.has("health.doctor_contracts", p)[0]
            row.values |= {
                "signed_on": D(2020, 3, 1),
                "valid_to": D(2021, 2, 28) if i % 4 else D(2021, 7, 31),
                "last_visit_on": D(2020, 12, 3),
            }
    for h in c.take(signed):
        c.has("health.doctor_contracts", h.members[-1])[0].dirt = "damaged"
        c.safe("HEA-01", [h.members[-1]])

    def sick(h: Household) -> bool:
        return (
            h.monitored is not None
            and "因病" in h.monitored["row"].values["risks"]
            and h.monitored["row"].values["risk_removed"] == "否"
        )

    for h in c.take(sick):
        for m in h.members:
            c.drop("health.illnesses", m)
    for h in c.take(sick, 3):
        for m in h.members:
            c.drop("health.illnesses", m)
        h.monitored["row"].values |= {"risk_removed": "是", "risk_removed_on": D(2021, 6, 20)}
        c.safe("HEA-06", [h])
    for h in c.take(sick, 3):
        for m in h.members:
            for row in c.has("health.illnesses", m):
                row.dirt = "damaged"
        c.safe("HEA-06", [h])
    for i, h in enumerate(c.take(lambda h: not c.poor(h), c.k * 2)):
        f.illness(c, h.members[0], serious=i % 2 == 0)
        if i % 2:
            c.safe("CIV-05", [h.members[0]])


def _die(
    c: County,
    p: Person,
    on: D,
    source: str = "公安注销",
    when: tuple[int, ...] = (0,),
    dirt: str = "clean",
) -> None:
    p.died = on
    c.put(
        "health.deaths",
        p,
        **f.identity(p) | {"died_on": on, "source": source},
        when=when,
        dirt=dirt,
    )
    for dataset in (
        "insurance.coverage",
        "health.doctor_contracts",
        "finance.card_payments",
        "insurance.claims",
        "education.enrolment",
        "education.student_aid",
    ):
        c.drop(dataset, p)


def _bury_head(c: County, h: Household, on: D) -> Person:
    """The head dies; the spouse becomes head of the household."""
    old = h.head
    _die(c, old, on)
    c.drop("civil_affairs.dibao", old), c.drop("civil_affairs.tekun", old)
    spouse = next(m for m in h.members if m.relation == "配偶")
    old.relation, spouse.relation = "配偶", "户主"
    if h.monitored:
        h.monitored["row"].values |= {"head_name": spouse.name, "head_id_number": spouse.id_number}
    return old


def houses(c: County) -> None:
    must = lambda h: (
        c.poor(h)
        and bool(c.has("housing.appraisals", h))
        and not c.has("housing.renovations", h)
        and not c.has("housing.relocations", h)
    )
    couple = lambda h: (
        must(h)
        and any(m.relation == "配偶" for m in h.members)
        and not any(c.has("civil_affairs.dibao", m) for m in h.members)
    )
    for h in c.take(must, c.k * 2):
        c.drop("housing.appraisals", h)
    for h in c.take(couple):
        c.drop("housing.appraisals", h)
        f.appraisal(c, h, who=next(m for m in h.members if m.relation == "配偶"), dirt="clean")
        c.safe("HOU-01", [h])
    for h in c.take(lambda h: must(h) and len(h.members) > 3 and c.age(h.members[-1]) > 30):
        c.drop("housing.appraisals", h)
        f.appraisal(c, h, who=h.members[-1], dirt="clean")
        c.safe("HOU-01", [h])
    for i, h in enumerate(c.take(couple)):
        c.drop("housing.appraisals", h)
        old = _bury_head(c, h, D(2021, 7, 2) if i % 2 else D(2019, 4, 3))
        f.appraisal(c, h, who=old, on=D(2019, 3, 8), dirt="clean")
        if i % 2:
            old.in_roster = (0,)
        c.safe("HOU-01", [h])
    for i, h in enumerate(c.take(must, c.k * 2)):
        c.drop("housing.appraisals", h)
        f.appraisal(c, h, "CD"[i % 2], on=D(2021, 3, 1 + i % 20))
        if i % 4 == 1:
            f.renovation(c, h, 2018)
    for i, h in enumerate(c.take(couple)):
        c.drop("housing.appraisals", h)
        f.appraisal(c, h, "C", on=D(2019, 4, 9))
        other = next(m for m in h.members if m.relation == "配偶")
        if i % 2:
            other = _bury_head(c, h, D(2021, 5, 6))
        f.renovation(c, h, 2020, who=other, dirt="clean")
        c.safe("HOU-02", [h])
    for h in c.take(must):
        c.drop("housing.appraisals", h)
        (
            f.appraisal(c, h, "D", on=D(2019, 4, 9)),
            f.appraisal(c, h, "A", on=D(2021, 4, 2), dirt="clean"),
        )
        c.safe("HOU-02", [h])
    for h in c.take(must):
        f.appraisal(c, h, "D", on=D(2021, 6, 6), occupied="否")
        c.has("housing.appraisals", h)[0].values["grade"] = "B"
        c.safe("HOU-02", [h])

    free = lambda h: not c.has("housing.renovations", h) and not c.has("housing.relocations", h)
    for i, h in enumerate(c.take(free, c.k * 2)):
        f.renovation(c, h, 2015)
        if i % 2:
            f.renovation(c, h, 2020, finished=D(2020, 11, 5))
        else:
            f.relocation(c, h, moved=D(2019, 5, 5))
    for h in c.take(free):
        row = f.renovation(c, h, 2019)
        again = c.put("housing.renovations", h, **dict(row.values))
        again.dirt = row.dirt = "clean"
        c.safe("HOU-09", [h])
    for h in c.take(lambda h: free(h) and len(h.members) > 4):
        f.renovation(c, h, 2003), f.renovation(c, h, 2018)
        c.safe("HOU-09", [h])
    pairs = [
        (a, b)
        for a in c.people.households
        for b in c.people.households
        if a is not b
        and a.village is b.village
        and a.head.name[0] == b.head.name[0]
        and free(a)
        and free(b)
    ][:400]
    c.rng.shuffle(pairs)
    for i, (a, b) in enumerate(pairs[: c.k * 2]):
        if id(a) in c.taken or id(b) in c.taken:
            continue
        c.taken |= {id(a), id(b)}
        if i % 2 and "·" not in a.head.name:  # two neighbours of one name
            b.head.name = a.head.name
            for dataset in list(c.rows):
                for row in c.has(dataset, b.head) + c.has(dataset, b):
                    row.values |= {
                        k: a.head.name
                        for k in ("name", "head_name")
                        if k in row.values
                        and row.values.get("id_number", row.values.get("head_id_number"))
                        == b.head.id_number
                    }
        (
            f.renovation(c, a, 2016, dirt="clean"),
            f.relocation(c, b, moved=D(2019, 3, 3), dirt="clean"),
        )
        c.safe("HOU-09", [a, b])
    for h in c.take(lambda h: free(h) and len(h.members) > 1):
        f.relocation(c, h, area=len(h.members) * 25.0 + c.rng.choice([5, 12, 30]))
    for h in c.take(lambda h: free(h) and len(h.members) > 1):
        f.relocation(c, h, area=len(h.members) * 25.0)
        c.safe("HOU-10", [h])
    for h in c.take(lambda h: free(h) and len(h.members) == 1, 4):
        f.relocation(c, h, area=40.0)
        c.safe("HOU-10", [h])
    for h in c.take(lambda h: free(h) and len(h.members) in {2, 3}):
        f.relocation(c, h, area=(len(h.members) + 2) * 25.0, members=len(h.members) + 2)
        c.safe("HOU-10", [h])
    for i, h in enumerate(c.take(free)):
        f.relocation(c, h, old=("否", "未拆除", "未拆", "×")[i % 4], moved=D(2019, 6, 6))
    for i, h in enumerate(c.take(free)):
        f.relocation(c, h, old=("已拆除", "√", "已拆", "是")[i % 4], moved=D(2019, 6, 6))
        c.safe("HOU-13", [h])
    for h in c.take(free, 4):
        f.relocation(c, h, old="否", moved=D(2020, 12, 6))
        c.safe("HOU-13", [h])


def allowance(c: County) -> None:
    bare = lambda h: (
        2 <= len(h.members) <= 5
        and not any(
            c.has("civil_affairs.dibao", m)
            or c.has("civil_affairs.tekun", m)
            or c.has("civil_affairs.disability", m)
            or c.has("health.illnesses", m)
            or m.died
            or (f.ROUNDS[0] - m.birth).days < 120
            for m in h.members
        )
        and bool(c.has("housing.appraisals", h))
        and not (not c.poor(h) and c.pupils(h, 6, 18))
    )
    for h in c.take(bare, c.k * 2):
        f.dibao(c, h, h.members[:-1] if len(h.members) > 2 else h.members[:1])
    for i, h in enumerate(c.take(bare, c.k)):
        p = h.members[0]
        f.disability(c, p, "二") if i % 2 or not c.poor(h) else f.illness(c, p, serious=True)
        f.dibao(c, h, [p], dirt="clean")
        c.safe("CIV-08", [h])
    for h in c.take(lambda h: bare(h) and any(m.relation == "之父" for m in h.members)):
        gone = next(m for m in h.members if m.relation == "之父")
        _die(c, gone, D(2020, 9, 9))
        f.dibao(c, h, [m for m in h.members if m is not gone])
        c.safe("CIV-08", [h])
    for h in c.take(bare):
        f.dibao(c, h, h.members)
        c.has("civil_affairs.dibao", h.members[-1])[0].dirt = "damaged"
        c.safe("CIV-08", [h])
    for h in c.take(bare):
        f.dibao(c, h, h.members)
        f.tekun(c, h.members[0])
    for h in c.take(bare):
        f.dibao(c, h, h.members, status="停保")
        f.tekun(c, h.members[0])
        c.safe("STD-05", [h.members[0]])


def deaths(c: County) -> None:
    plain = lambda h: (
        len(h.members) > 1
        and c.age(h.members[-1]) > 55
        and not any(
            c.has("civil_affairs.dibao", m) or c.has("civil_affairs.tekun", m) for m in h.members
        )
        and bool(c.has("housing.appraisals", h))
        and not (not c.poor(h) and c.pupils(h, 6, 18))
    )
    dates = (D(2021, 4, 2), D(2021, 7, 6), D(2020, 12, 29))
    for i, h in enumerate(c.take(plain)):
        p = h.members[-1]
        _die(c, p, dates[i % 3])
        f.dibao(c, h, h.members)
    for i, h in enumerate(c.take(plain)):
        p = h.members[-1]
        _die(c, p, dates[i % 3])
        f.tekun(c, p)
    for h in c.take(plain):
        p = h.members[-1]
        _die(c, p, D(2021, 2, 2))
        c.put(
            "finance.card_payments",
            p,
            **f.payment(c, p, "高龄津贴", "2021年5月", 80.0, paid_on=D(2021, 5, 25)),
            when=(0,),
        )
    for h in c.take(plain):
        p = h.members[-1]
        _die(c, p, D(2020, 11, 12))
        c.put("insurance.coverage", p, **f.coverage(c, p))
    for h in c.take(plain):
        p = h.members[-1]
        _die(c, p, D(2021, 3, 3))
        f.dibao(c, h, h.members[:-1])
        f.dibao(c, h, [p], status="停发")
        c.put("insurance.coverage", p, **f.coverage(c, p))  # paid for a year in which he lived
        c.put(
            "finance.card_payments",
            p,
            **f.payment(c, p, "高龄津贴", "2021年2月", 80.0, paid_on=D(2021, 2, 25)),
            when=(0,),
        )
        c.safe("STD-01", [p])
    for h in c.take(plain):
        p = h.members[-1]
        _die(c, p, D(2021, 8, 20), when=(1,))
        f.dibao(c, h, h.members)
        c.safe("STD-01", [p])
    for h in c.take(plain):  # somebody else of the same name died
        p = h.members[-1]
        f.dibao(c, h, h.members)
        ghost = c.outsider()
        ghost.name, ghost.household.village = p.name, c.rng.choice(c.people.villages)
        c.put(
            "health.deaths",
            None,
            **f.identity(ghost) | {"died_on": D(2020, 10, 1), "source": "殡葬"},
            when=(0,),
            dirt="clean",
        )
        c.safe("STD-01", [p])
    for h in c.take(plain):  # the death row itself is damaged: nobody may be called dead by it
        p = h.members[-1]
        _die(c, p, D(2021, 1, 5), dirt="damaged")
        p.death_sure = False
        f.dibao(c, h, h.members)


def insurance(c: County) -> None:
    covered = lambda h: (
        c.poor(h) and bool(c.has("insurance.coverage", h.members[0])) and not h.members[0].died
    )
    for h in c.take(covered, c.k * 2):
        c.drop("insurance.coverage", h.members[0])
    for i, h in enumerate(c.take(covered, c.k * 2)):
        row = c.has("insurance.coverage", h.members[0])[0]
        if i % 3 == 0:
            row.values |= {"place": "外省某市"}
        elif i % 3 == 1:
            row.values |= {"scheme": "城镇职工基本医疗保险"}
        else:
            row.dirt = "damaged"
        c.safe("INS-01", [h.members[0]])
    infants = [
        p
        for p in c.people.persons
        if 95 < (f.ROUNDS[0] - p.birth).days < 320 and not c.poor(p.household)
    ]
    for i, p in enumerate(infants[: c.k * 2]):
        c.drop("insurance.coverage", p)
        mother = next(
            (m for m in p.household.members if m.relation == "配偶" and m.sex == "女"), None
        )
        if i % 2 and mother:
            row = c.put(
                "insurance.coverage",
                p,
                **f.coverage(c, p)
                | {
                    "name": f"{mother.name}之{'子' if p.sex == '男' else '女'}",
                    "id_number": mother.id_number,
                },
                dirt="clean",
            )
            row.damage = "mother"
            c.safe("INS-02", [p])
    adult = lambda h: c.age(h.members[0]) > 25 and not h.members[0].died
    for i, h in enumerate(c.take(adult, c.k * 2)):
        out = D(2021, 5, 3 + i)
        f.claim(c, h.members[0], out, (None, D(2021, 7, 2), None, D(2021, 7, 15))[i % 4], "否")
    for i, h in enumerate(c.take(adult)):
        f.claim(c, h.members[0], D(2021, 5, 3 + i), D(2021, 6, 30), "否", dirt="clean")
        c.safe("INS-05", [h.members[0]])
    for i, h in enumerate(c.take(adult)):  # not yet due in July, overdue in August
        f.claim(c, h.members[0], D(2021, 6, 3 + i), None, "否")
    for i, h in enumerate(c.take(adult)):  # one stop, the hospital has not been paid
        f.claim(c, h.members[0], D(2021, 4, 3 + i), None, "是", dirt="clean")
        c.safe("INS-05", [h.members[0]])
    two = lambda h: adult(h) and bool(c.has("insurance.coverage", h.members[0]))
    for i, h in enumerate(c.take(two, c.k * 2)):
        p = h.members[0]
        first = c.has("insurance.coverage", p)[0].values
        other = (
            {
                "scheme": "城镇职工基本医疗保险"
                if "居民" in str(first["scheme"])
                else "城乡居民基本医疗保险"
            }
            if i % 2
            else {"place": "邻县"}
        )
        c.put(
            "insurance.coverage",
            p,
            **f.coverage(c, p) | other | ({} if i % 2 else {"scheme": first["scheme"]}),
        )
    for i, h in enumerate(c.take(two, c.k * 2)):
        p = h.members[0]
        first = c.has("insurance.coverage", p)[0]
        first.dirt = "clean"
        c.put(
            "insurance.coverage",
            p,
            **dict(first.values) | ({"year": 2020} | {"place": "邻县"} if i % 2 else {}),
            dirt="clean",
        )
        c.safe("INS-09", [p])


def watched(c: County) -> None:
    active = lambda h: h.monitored is not None and h.monitored["row"].values["risk_removed"] == "否"
    for i, h in enumerate(c.take(active)):
        h.monitored["row"].values["helper"] = (None, "无", "待定", "/")[i % 4]
    same = {}
    for h in c.take(active, c.k * 2):
        same.setdefault(h.village.code, c.people.names.surname() + "建民")
        h.monitored["row"].values["helper"] = same[h.village.code]
        c.safe("MON-13", [h])
    for i, h in enumerate(c.take(active)):
        h.monitored["row"].values |= {
            "risks": ["因残", "因学"][: 1 + i % 2],
            "measures": ("就业帮扶", "健康帮扶、综合保障")[i % 2],
        }
    for h in c.take(active):
        h.monitored["row"].values["net_income_per_head"] = float(c.rng.randrange(3200, 5990)) + 0.37
    for h in c.take(active, 3):
        h.monitored["row"].values["net_income_per_head"] = 6000.0
        c.safe("INC-01", [h])


def villages(c: County) -> None:
    """Blank villages, the look-alike under a former name, villages where nothing moves, rounding."""
    towns = c.people.towns
    in_town = {t: [v for v in c.people.villages if v.township == t] for t in towns}

    def empty(v) -> None:
        for h in c.people.households:
            if h.village is v:
                if h.kind == "监测对象":
                    h.kind = (
                        "一般农户"
                        if not any(
                            c.has(d, m)
                            for m in h.members
                            for d in ("education.student_aid", "health.doctor_contracts")
                        )
                        else "脱贫户"
                    )
                if h.monitored is not None:
                    c.drop("roster.monitored", h)
                    h.monitored = None
                    h.kind = "脱贫户"

    c.blank = [
        in_town[towns[0]][0],
        in_town[towns[2]][1],
        in_town[towns[3]][-1],
    ]  # the last of the missing township
    for v in c.blank:
        empty(v)
    c.former = [v for v in c.people.villages if v.former and v not in c.blank][:2]
    for v in c.former:
        c.innocent["VIL-01"].append(("village", v))
        for row in c.rows["roster.monitored"]:
            if row.home.village is v:
                row.values["village"] = v.former
                row.later["village"] = v.former
    busy = [v for v in c.people.villages if v not in c.blank and v.township in {towns[0], towns[2]}]
    c.still = busy[1:4:2]
    c.rounded = [
        v
        for v in c.people.villages
        if sum(r.home.village is v for r in c.rows["roster.monitored"]) >= 8 and v not in c.blank
    ]
    c.rng.shuffle(c.rounded)
    for i, v in enumerate(c.rounded[:4]):
        rows = [r for r in c.rows["roster.monitored"] if r.home.village is v]
        share = 0.85 if i % 2 == 0 else 0.4
        for j, row in enumerate(rows):
            if j < len(rows) * share:
                row.values["net_income_per_head"] = float(c.rng.randrange(61, 140) * 100)
        c.taken.update(id(r.home) for r in rows)
        if share == 0.4:
            c.innocent["DQ-01"].append(("village", v))
    for v in c.people.villages:
        if v in c.still or v.township == c.silent_second:
            continue
        rows = [r for r in c.rows["roster.monitored"] if r.home.village is v]
        for row in rows[:1]:
            row.later |= c.rng.choice(
                [
                    {"helper": c.people.names.surname() + "卫国"},
                    {"measures": str(row.values["measures"]) + "、基础设施建设"},
                ]
            )
        c.taken.update(id(r.home) for r in rows[:1])


def payments(c: County) -> None:
    adult = lambda h: c.age(h.head) > 22 and not h.head.died
    for i, h in enumerate(c.take(adult, c.k * 3)):
        over = (
            {"amount": 0.0, "result": "发放失败"},
            {"result": "退票"},
            {"amount": None, "result": "失败"},
            {"amount": 150.0},
            {"amount": 400.0},
        )[i % 5]
        c.put(
            "finance.card_payments",
            h.head,
            **f.payment(c, h.head, "生态护林员补助", "2021年第二季度", 300.0, **over),
            when=(0,),
        )
    for h in c.take(adult):
        first = {"amount": 0.0, "result": "发放失败", "paid_on": D(2021, 5, 20)}
        for over in (first, {"paid_on": D(2021, 6, 8)}):
            c.put(
                "finance.card_payments",
                h.head,
                **f.payment(c, h.head, "生态护林员补助", "2021年第二季度", 300.0, **over),
                when=(0,),
                dirt="clean",
            )
        c.safe("FUN-05", [h.head])
    for h in c.take(adult):
        row = c.put(
            "finance.card_payments",
            h.head,
            **f.payment(c, h.head, "种粮补贴", "2021年", 1260.0),
            when=(0,),
            dirt="clean",
        )
        row.values["text_amount"] = True
        c.safe("FUN-05", [h.head])


def newcomers(c: County) -> None:
    """Born between the two rounds: on the second roster only."""
    for h in c.take(
        lambda h: any(m.relation == "配偶" and 22 < c.age(m) < 40 for m in h.members), 4
    ):
        sex = c.rng.choice("男女")
        p = c.people.add(
            h,
            "之子" if sex == "男" else "之女",
            sex,
            c.day("2021-07-28", "2021-08-20"),
            h.head.name[0],
        )
        p.in_roster = (1,)
