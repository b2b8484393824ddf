"""One entry of each list, as its department would make it where all is in order."""

from __future__ import annotations

import datetime as dt

from tests.independent.facts import CHRONIC, SERIOUS, County, Row
from tests.independent.people import Household, Person


def identity(p: Person) -> dict[str, object]:
    v = p.household.village
    return {
        "name": p.name,
        "id_number": p.id_number,
        "sex": p.sex,
        "birth_date": p.birth,
        "village": v.name,
        "township": v.township,
        "phone": p.phone,
        "address": f"{v.township}{v.name}{p.household.group}",
        "head_name": p.household.head.name,
    }


def house(h: Household, who: Person | None = None) -> dict[str, object]:
    who = who or h.head
    return {
        "head_name": who.name,
        "head_id_number": who.id_number,
        "village": h.village.name,
        "township": h.village.township,
        "phone": who.phone,
    }


def coverage(
    c: County, p: Person, scheme: str = "城乡居民基本医疗保险", place: str | None = None
) -> dict[str, object]:
    poor = c.poor(p.household)
    return identity(p) | {
        "year": 2021,
        "scheme": scheme,
        "identity": "脱贫人口" if poor else "普通居民",
        "paid_on": c.day("2020-10-08", "2020-12-28"),
        "own_payment": 140.0 if poor else 280.0,
        "subsidy": 140.0 if poor else 0.0,
        "place": place or "云岭县",
    }


def pupil(c: County, p: Person, status: str = "在读") -> dict[str, object]:
    age = c.age(p)
    stage, first = (
        ("小学", 6)
        if age < 12
        else ("初中", 12)
        if age < 15 or (age == 15 and status == "毕业")
        else ("高中", 15)
    )
    if age == 15 and status == "在读":
        stage, first = "初中", 13
    town = p.household.village.township[:2]
    adult = next((m for m in p.household.members if c.age(m) > 22), p.household.head)
    return identity(p) | {
        "student_number": "G" + p.id_number,
        "school": town + {"小学": "中心小学", "初中": "初级中学", "高中": "高级中学"}[stage],
        "stage": stage,
        "grade": "一二三四五六"[max(0, min(5, age - first))] + "年级",
        "boarding": c.rng.choice(["走读", "寄宿"]),
        "status": status,
        "guardian_name": adult.name,
        "guardian_id_number": adult.id_number,
        "school_town": p.household.village.township,
    }


def aid(
    c: County,
    p: Person,
    amount: float = 500.0,
    term: str = "2021年春季学期",
    paid: dt.date | None = None,
    **more: object,
) -> Row:
    school = (
        c.has("education.enrolment", p)[0].values["school"]
        if c.has("education.enrolment", p)
        else "石门中心小学"
    )
    return c.put(
        "education.student_aid",
        p,
        **identity(p)
        | {
            "school": school,
            "term": term,
            "item": "家庭经济困难学生生活补助",
            "amount": amount,
            "paid_on": paid or c.day("2021-04-10", "2021-07-15"),
            "account": account(c),
        },
        **more,
    )


def account(c: County) -> str:
    return f"6217{c.rng.randrange(10**15):015d}"


def payment(
    c: County, p: Person, item: str, period: str, due: float, **over: object
) -> dict[str, object]:
    paid = over.pop("paid_on", None) or c.day("2021-03-05", "2021-06-20")
    return (
        identity(p)
        | {
            "item": item,
            "period": period,
            "due": due,
            "amount": due,
            "paid_on": paid,
            "account": account(c),
            "result": "成功",
        }
        | over
    )


def dibao(
    c: County, home: Household, who: list[Person], status: str = "正常", **more: object
) -> None:
    for p in who:
        c.put(
            "civil_affairs.dibao",
            p,
            **identity(p)
            | {
                "certificate": f"D{home.key}",
                "members_covered": len(who),
                "dibao_class": c.rng.choice("ABC") + "类",
                "monthly_amount": float(c.rng.randrange(230, 460)),
                "from_date": c.day("2017-01-01", "2020-12-01"),
                "status": status,
                "account": account(c),
            },
            **more,
        )


def tekun(c: County, p: Person, **more: object) -> Row:
    return c.put(
        "civil_affairs.tekun",
        p,
        **identity(p)
        | {
            "mode": "分散供养",
            "care_level": c.rng.choice(["全自理", "半护理", "全护理"]),
            "monthly_amount": 780.0,
        },
        **more,
    )


def disability(c: County, p: Person, level: str) -> None:
    c.put(
        "civil_affairs.disability",
        p,
        **identity(p)
        | {
            "certificate": f"{p.id_number}4{'一二三四'.index(level) + 1}",
            "kind": c.rng.choice(["肢体", "视力", "精神"]),
            "level": level + "级",
            "issued_on": c.day("2012-01-01", "2020-10-01"),
        },
    )


def illness(c: County, p: Person, serious: bool, **more: object) -> Row:
    return c.put(
        "health.illnesses",
        p,
        **identity(p)
        | {
            "illness": c.rng.choice(SERIOUS if serious else CHRONIC),
            "kind": "大病" if serious else "慢病",
            "diagnosed_on": c.day("2018-01-01", "2021-06-30"),
        },
        **more,
    )


def appraisal(
    c: County,
    h: Household,
    grade: str = "",
    who: Person | None = None,
    on: dt.date | None = None,
    occupied: str = "是",
    **more: object,
) -> Row:
    return c.put(
        "housing.appraisals",
        h,
        **house(h, who)
        | {
            "grade": grade or c.rng.choice("AB"),
            "appraised_on": on or c.day("2019-03-01", "2021-05-30"),
            "area": float(c.rng.randrange(60, 160)),
            "occupied": occupied,
        },
        **more,
    )


def renovation(
    c: County,
    h: Household,
    year: int,
    who: Person | None = None,
    finished: dt.date | None = None,
    **more: object,
) -> Row:
    end = finished or dt.date(year, 10, c.rng.randint(1, 28))
    return c.put(
        "housing.renovations",
        h,
        **house(h, who)
        | {
            "year": year,
            "method": c.rng.choice(["修缮加固", "拆除重建"]),
            "subsidy": float(c.rng.choice([8500, 15000, 21000])),
            "started_on": end - dt.timedelta(days=120),
            "finished_on": end,
            "moved_in_on": end + dt.timedelta(days=20),
        },
        **more,
    )


def relocation(
    c: County,
    h: Household,
    area: float | None = None,
    members: int | None = None,
    old: str = "是",
    moved: dt.date | None = None,
    who: Person | None = None,
    **more: object,
) -> Row:
    n = members or len(h.members)
    return c.put(
        "housing.relocations",
        h,
        **house(h, who)
        | {
            "members": n,
            "site": c.rng.choice(["幸福家园", "新城小区", "石门安置点"]),
            "mode": c.rng.choice(["集中安置", "分散安置"]),
            "area": area if area is not None else float(c.rng.choice([20, 24, 25]) * n),
            "moved_in_on": moved or c.day("2017-05-01", "2020-06-01"),
            "old_house_demolished": old,
            "land_restored": "是" if old == "是" else "否",
        },
        **more,
    )


def claim(
    c: County,
    p: Person,
    out: dt.date | None = None,
    got: dt.date | str | None = "ok",
    one_stop: str = "是",
    **more: object,
) -> Row:
    out = out or c.day("2021-01-10", "2021-05-28")
    total = round(c.rng.uniform(1200, 26000), 2)
    scope = round(total * 0.88, 2)
    parts = [round(scope * s, 2) for s in (0.6, 0.1, 0.08)]
    received = out if got == "ok" else got
    return c.put(
        "insurance.claims",
        p,
        **identity(p)
        | {
            "admitted_on": out - dt.timedelta(days=c.rng.randint(2, 15)),
            "discharged_on": out,
            "settled_on": out,
            "hospital": c.rng.choice(["云岭县人民医院", "省第二人民医院"]),
            "total": total,
            "in_scope": scope,
            "basic_paid": parts[0],
            "serious_paid": parts[1],
            "aid_paid": parts[2],
            "own_paid": round(total - sum(parts), 2),
            "one_stop": one_stop,
            "received_on": received,
        },
        when=more.pop("when", (0,)),
        **more,
    )
