"""What the departments know: clean rows of every dataset, and the cases planted among them.

A row is a fact with the person or household it is about. `planted` breaks facts for each rule of the
first issue and makes each innocent look-alike; `facts_of` (in truth.py) then judges all of them.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.independent.people import Household, Person, Population, Village

ROUNDS = (dt.date(2021, 7, 26), dt.date(2021, 8, 30))
AS_OF = (dt.date(2021, 7, 20), dt.date(2021, 8, 24))
SERIOUS = ("尿毒症", "恶性肿瘤", "儿童白血病", "急性心肌梗死", "耐多药肺结核")
CHRONIC = ("高血压", "2型糖尿病", "慢阻肺", "类风湿性关节炎")
RISKS = {
    "因病": ("健康帮扶", "社会帮扶"),
    "因学": ("教育帮扶", "义务教育保障"),
    "因残": ("综合保障", "社会帮扶"),
    "因灾": ("生产生活条件改善", "综合保障"),
    "因住房出现安全问题": ("住房安全保障",),
    "因务工就业不稳": ("就业帮扶", "公益岗位帮扶"),
    "因产业项目失败": ("产业帮扶", "金融帮扶"),
    "缺劳动力": ("综合保障",),
}


@dataclass(eq=False)
class Row:
    """One fact on one list; `later` replaces values in the second delivery."""

    dataset: str
    values: dict[str, object]
    person: Person | None = None
    home: Household | None = None
    when: tuple[int, ...] = (0, 1)
    dirt: str | None = None
    later: dict[str, object] = field(default_factory=dict)
    written: dict[str, object] = field(default_factory=dict)
    damage: str = ""
    sure: bool = True
    key: int = 0

    def at(self, delivery: int) -> dict[str, object]:
        return self.values | self.later if delivery else self.values


class County:
    """The population and every department's rows."""

    def __init__(self, county: str, persons: int, seed: int) -> None:
        self.rng = random.Random(seed)
        self.code, self.seed = county, seed
        self.people = Population(county, persons, self.rng, dt.date(2021, 7, 20))
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.of: dict[tuple[str, int], list[Row]] = defaultdict(list)
        self.innocent: dict[str, list[tuple[str, object]]] = defaultdict(list)
        self.taken: set[int] = set()
        self.k = max(4, persons // 500)
        self.missing_school_town = self.people.towns[2]
        self.missing_first = self.people.towns[3]
        self.silent_second = self.people.towns[1]

    # -- small tools ---------------------------------------------------------------------------
    def put(self, dataset: str, who: Person | Household | None, **values: object) -> Row:
        row = Row(dataset, values)
        row.when = values.pop("when", (0, 1))  # type: ignore[assignment]
        row.dirt = values.pop("dirt", None)  # type: ignore[assignment]
        row.later = values.pop("later", {})  # type: ignore[assignment]
        if isinstance(who, Person):
            row.person, row.home = who, who.household
        elif who is not None:
            row.home = who
        row.key = sum(len(x) for x in self.rows.values())
        self.rows[dataset].append(row)
        if who is not None:
            self.of[dataset, id(who)].append(row)
        return row

    def has(self, dataset: str, who: Person | Household) -> list[Row]:
        return self.of[dataset, id(who)]

    def drop(self, dataset: str, who: Person | Household) -> None:
        gone = {id(r) for r in self.of.pop((dataset, id(who)), [])}
        self.rows[dataset] = [r for r in self.rows[dataset] if id(r) not in gone]

    def day(self, low: str, high: str) -> dt.date:
        a, b = dt.date.fromisoformat(low), dt.date.fromisoformat(high)
        return a + dt.timedelta(days=self.rng.randint(0, (b - a).days))

    def age(self, person: Person) -> int:
        on = dt.date(2021, 8, 31)
        return (
            on.year
            - person.birth.year
            - ((on.month, on.day) < (person.birth.month, person.birth.day))
        )

    def poor(self, home: Household) -> bool:
        return home.kind != "一般农户" or home.monitored is not None

    def take(self, fits: Callable[[Household], bool], count: int | None = None) -> list[Household]:
        """Households that fit and that no other planted case uses."""
        pool = [h for h in self.people.households if id(h) not in self.taken and fits(h)]
        self.rng.shuffle(pool)
        chosen = pool[: count or self.k]
        self.taken.update(id(h) for h in chosen)
        return chosen

    def safe(self, rule: str, who: Iterable[object]) -> None:
        for one in who:
            self.innocent[rule].append(("person" if isinstance(one, Person) else "household", one))

    def id_of(self, person: Person) -> str:
        return person.id_number

    def pupils(self, home: Household, low: int = 6, high: int = 15) -> list[Person]:
        return [m for m in home.members if low <= self.age(m) <= high]

    def outsider(self) -> Person:
        """Somebody who lives in the county town and is on no roster of rural residents."""
        ghost = Household("", self.rng.choice(self.people.villages), "", "一般农户")
        sex = self.rng.choice("男女")
        birth = self.people.born(7, 80)
        name = self.people.names.surname() + self.people.names.given(sex)
        ghost.village = Village("", "城关社区", self.people.towns[0])
        person = Person("", name, sex, birth, self.people.id_number(birth, sex), ghost, "户主")
        ghost.members.append(person)
        return person


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
