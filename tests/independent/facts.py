"""The county's facts: rows of the departments' lists, and who they are about."""

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
