"""Every department's lists of a county where nobody is missing and nothing is wrong."""

from __future__ import annotations

import datetime as dt

from tests.independent.entries import (
    aid,
    appraisal,
    claim,
    coverage,
    dibao,
    disability,
    identity,
    illness,
    payment,
    pupil,
    relocation,
    renovation,
    tekun,
)
from tests.independent.facts import RISKS, ROUNDS, County
from tests.independent.people import Household, Person


def base(c: County) -> None:
    """Lists on which nobody is missing and nothing is wrong."""
    rng = c.rng
    for home in c.people.households:
        if home.kind == "监测对象" or (home.kind == "脱贫户" and rng.random() < 0.1):
            home.monitored = {}
    for home in c.people.households:
        share = 0.12 if c.poor(home) else 0.03
        if len(home.members) == 1 and c.poor(home) and rng.random() < 0.4:
            tekun(c, home.members[0])
        elif rng.random() < share:
            dibao(c, home, home.members)
        for p in home.members:
            if rng.random() < 0.02:
                disability(c, p, rng.choice("一二三四"))
    for home in c.people.households:
        if home.monitored is not None:
            monitored(c, home)
        if c.poor(home) or c.has("civil_affairs.dibao", home.head) or rng.random() < 0.3:
            appraisal(c, home)
        if rng.random() < 0.09 and c.poor(home):
            renovation(c, home, rng.randint(2014, 2020))
        elif rng.random() < 0.1 and c.poor(home):
            relocation(c, home)
        for p in home.members:
            resident(c, p)
    for _ in range(len(c.people.persons) // 40):
        ghost = c.outsider()
        school = f"{c.people.towns[0][:2]}中心小学"
        row = rng.choice(
            ["insurance.coverage", "health.deaths", "education.enrolment", "finance.card_payments"]
        )
        if row == "insurance.coverage":
            c.put(row, None, **coverage(c, ghost))
        elif row == "health.deaths":
            c.put(
                row,
                None,
                **identity(ghost),
                died_on=c.day("2020-06-01", "2021-07-10"),
                source="殡葬",
                when=(0,),
            )
        elif row == "education.enrolment" and 7 <= c.age(ghost) <= 15:
            c.put(row, None, **pupil(c, ghost) | {"school": school}, dirt="clean")
        elif row == "finance.card_payments":
            c.put(row, None, **payment(c, ghost, "耕地地力保护补贴", "2021年", 210.5))
    for town in c.people.towns:
        allocated = round(rng.uniform(80, 900), 2) * 10000
        c.put(
            "finance.fund_progress",
            None,
            township=town,
            document=f"云财农〔2021〕{rng.randint(3, 60)}号",
            allocated_on=dt.date(2021, 3, 12),
            allocated=allocated,
            spent=round(allocated * rng.uniform(0.2, 0.9), 2),
        )
    for v in c.people.villages:
        homes = [h for h in c.people.households if h.village is v]
        c.put(
            "roster.villages",
            None,
            village_code=v.code,
            village=v.name,
            township=v.township,
            township_code=v.code[:9],
            former_names=v.former,
            village_type=rng.choice(["脱贫村", "非贫困村"]),
            households=len(homes),
            persons=sum(len(h.members) for h in homes),
        )


def monitored(c: County, h: Household) -> None:
    rng = c.rng
    risks = rng.sample(list(RISKS), rng.choice([1, 1, 2]))
    if "因病" in risks:
        illness(c, rng.choice(h.members), rng.random() < 0.4)
    done = rng.random() < 0.15
    since = c.day("2020-05-01", "2021-05-30")
    income = float(rng.randrange(6100, 14800)) + rng.choice([0.13, 0.57, 0.31])
    helper = c.people.names.surname() + c.people.names.given("男")
    row = c.put(
        "roster.monitored",
        h,
        household_id=h.key,
        head_name=h.head.name,
        head_id_number=h.head.id_number,
        village=h.village.name,
        township=h.village.township,
        category=rng.choice(
            ["脱贫不稳定户"] if h.kind == "脱贫户" else ["边缘易致贫户", "突发严重困难户"]
        ),
        channel=rng.choice(["农户自主申报", "基层干部排查", "部门筛查预警"]),
        identified_on=since,
        risks=risks,
        measures="、".join(dict.fromkeys(rng.choice(RISKS[r]) for r in risks)),
        helper=helper,
        authorised_on=since - dt.timedelta(days=9),
        notice_from=since + dt.timedelta(days=2),
        notice_to=since + dt.timedelta(days=8),
        risk_removed="是" if done else "否",
        risk_removed_on=c.day("2021-06-10", "2021-07-10") if done else None,
        wage_income=round(income * len(h.members) * 0.7, 2),
        transfer_income=round(income * len(h.members) * 0.3, 2),
        net_income_per_head=income,
    )
    h.monitored = {"row": row}


def resident(c: County, p: Person) -> None:
    """What every resident has: insurance, school, a doctor, payments."""
    rng = c.rng
    days = (ROUNDS[0] - p.birth).days
    if days > 90 or rng.random() < 0.5:
        c.put(
            "insurance.coverage",
            p,
            **coverage(
                c,
                p,
                "城镇职工基本医疗保险"
                if 25 < c.age(p) < 58 and rng.random() < 0.04
                else "城乡居民基本医疗保险",
            ),
        )
    if (c.poor(p.household) and (days > 50 or rng.random() < 0.3)) or rng.random() < 0.15:
        signed = (
            c.day("2020-09-01", "2021-06-30") if days > 330 else c.day("2021-07-01", "2021-07-15")
        )
        c.put(
            "health.doctor_contracts",
            p,
            **identity(p)
            | {
                "signed_on": signed,
                "team": f"{p.household.village.township[:2]}第{rng.choice('一二三')}团队",
                "valid_to": signed + dt.timedelta(days=365),
                "last_visit_on": max(signed, c.day("2021-05-01", "2021-07-15")),
                "population_group": rng.choice(["一般人群", "脱贫人口", "老年人"]),
            },
        )
    if 6 <= c.age(p) <= 17:
        row = c.put("education.enrolment", p, **pupil(c, p))
        helped = (
            c.poor(p.household)
            or c.has("civil_affairs.disability", p)
            or any(c.has("civil_affairs.dibao", m) for m in p.household.members)
        )
        if helped:
            aid(c, p)
        row.values["helped"] = helped
    if c.age(p) > 20 and rng.random() < 0.08:
        claim(c, p)
    if p is p.household.head and rng.random() < 0.7:
        c.put(
            "finance.card_payments",
            p,
            **payment(c, p, "耕地地力保护补贴", "2021年", round(rng.uniform(60, 900), 2)),
            when=(0,),
        )
    if c.has("civil_affairs.dibao", p) and rng.random() < 0.6:
        for m in (5, 6):
            c.put(
                "finance.card_payments",
                p,
                **payment(
                    c,
                    p,
                    "农村低保金",
                    f"2021年{m}月",
                    c.has("civil_affairs.dibao", p)[0].values["monthly_amount"],
                    paid_on=dt.date(2021, m, 18),
                ),
                when=(0,),
            )  # type: ignore[arg-type]
        if rng.random() < 0.7:
            c.put(
                "finance.card_payments",
                p,
                **payment(
                    c,
                    p,
                    "农村低保金",
                    "2021年7月",
                    c.has("civil_affairs.dibao", p)[0].values["monthly_amount"],
                    paid_on=dt.date(2021, 7, 28),
                ),
                when=(1,),
            )  # type: ignore[arg-type]
