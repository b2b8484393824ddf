"""Cases planted on pupils, patients, the insured and the paid."""

from __future__ import annotations

import datetime as dt

from tests.independent import entries as f
from tests.independent.facts import ROUNDS, County
from tests.independent.people import Household, Person

D = dt.date


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
        if 95 < (ROUNDS[0] - p.birth).days < 320 and not c.poor(p.household)
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
