"""Cases planted on houses, on allowances and by deaths."""

from __future__ import annotations

import datetime as dt

from tests.independent import entries as f
from tests.independent.facts import ROUNDS, County
from tests.independent.people import Household, Person

D = dt.date
BENEFITS = (
    "civil_affairs.dibao",
    "civil_affairs.tekun",
    "finance.card_payments",
    "insurance.coverage",
)


def die(
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


def strike_off(c: County, p: Person) -> None:
    """The next roster has the dead no more; whole number and name alone tell who is on a list."""
    p.in_roster = (0,)
    for dataset in BENEFITS:
        for row in c.has(dataset, p):
            row.dirt = "clean"


def bury_head(c: County, h: Household, on: D) -> Person:
    """The head dies; the spouse becomes head of the household."""
    old = h.head
    die(c, old, on)
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
        old = bury_head(c, h, D(2021, 7, 2) if i % 2 else D(2019, 4, 3))
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
            other = bury_head(c, h, D(2021, 5, 6))
            other.in_roster = (0,) if i % 4 == 1 else (0, 1)
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
            or (ROUNDS[0] - m.birth).days < 120
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
        die(c, gone, D(2020, 9, 9))
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
        die(c, p, dates[i % 3])
        f.dibao(c, h, h.members)
        if i % 2:
            strike_off(c, p)
    for i, h in enumerate(c.take(plain)):
        p = h.members[-1]
        die(c, p, dates[i % 3])
        f.tekun(c, p)
        if i % 2:
            strike_off(c, p)
    for i, h in enumerate(c.take(plain)):
        p = h.members[-1]
        die(c, p, D(2021, 2, 2))
        c.put(
            "finance.card_payments",
            p,
            **f.payment(c, p, "高龄津贴", "2021年5月", 80.0, paid_on=D(2021, 5, 25)),
            when=(0,),
        )
        if i % 2:
            strike_off(c, p)
    for i, h in enumerate(c.take(plain)):
        p = h.members[-1]
        die(c, p, D(2020, 11, 12))
        c.put("insurance.coverage", p, **f.coverage(c, p))
        if i % 2:
            strike_off(c, p)
    for i, h in enumerate(c.take(plain)):
        p = h.members[-1]
        die(c, p, D(2021, 3, 3))
        f.dibao(c, h, h.members[:-1])
        f.dibao(c, h, [p], status="停发")
        c.put("insurance.coverage", p, **f.coverage(c, p))  # paid for a year in which he lived
        c.put(
            "finance.card_payments",
            p,
            **f.payment(c, p, "高龄津贴", "2021年2月", 80.0, paid_on=D(2021, 2, 25)),
            when=(0,),
        )
        if i % 2:
            strike_off(c, p)
        c.safe("STD-01", [p])
    for h in c.take(plain):
        p = h.members[-1]
        die(c, p, D(2021, 8, 20), when=(1,))
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
        die(c, p, D(2021, 1, 5), dirt="damaged")
        p.death_sure = False
        f.dibao(c, h, h.members)
