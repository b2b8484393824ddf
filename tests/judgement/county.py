"""A small county of the judge's own: townships, villages with their histories, families, numbers.

Every ID number begins with 99, which is no province. Names are put together from small lists.
"""

import datetime as dt
import random
from dataclasses import dataclass, field

COUNTY = "990347"
COUNTY_NAME = "云谷县"
ROUND = dt.date(2021, 9, 15)
D_ROSTER = dt.date(2021, 8, 1)

# township -> (code of three digits, {village: (code of three digits, former names)})
PLACES: dict[str, tuple[str, dict[str, tuple[str, tuple[str, ...]]]]] = {
    "石桥镇": (
        "101",
        {
            "东湾村": ("201", ()),
            "古城村": ("202", ("老庙村", "北沟村")),
            "瓦窑村": ("203", ()),
            "桥头社区": ("001", ("桥头村",)),
            "阎家庄村": ("204", ()),
        },
    ),
    "柳林乡": (
        "202",
        {
            "东湾村": ("201", ()),
            "上柳村": ("202", ()),
            "下柳村": ("203", ()),
            "银杏坪村": ("204", ("杏坪村",)),
        },
    ),
    "河湾镇": (
        "102",
        {
            "河湾村": ("200", ()),
            "清水沟村": ("201", ("清水村", "小沟村")),
            "大槽村": ("202", ()),
            "南岭村": ("203", ()),
        },
    ),
    "马蹄寨乡": (
        "203",
        {
            "马蹄寨村": ("200", ()),
            "白石崖村": ("201", ()),
            "松树坡村": ("202", ()),
        },
    ),
}

_SURNAMES = "周吴郑孙钱冯陈褚卫蒋沈韩杨朱秦许何吕施孔曹严华金魏陶姜戚谢邹柏窦章云苏潘葛范彭鲁韦"
_MALE = "国庆 志强 建军 永福 大明 海涛 文斌 德胜 学文 春生 立新 广林 宏伟 长贵 保成 金山 小龙 俊杰 子轩 浩然"
_FEMALE = "桂英 秀兰 玉珍 春梅 红霞 翠花 小燕 凤琴 淑芳 海燕 雪莲 美玲 冬梅 彩云 丽娟 爱华 子涵 欣怡 雨桐 梦瑶"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_digit(first17: str) -> str:
    """The eighteenth character by GB 11643."""
    total = sum(int(d) * w for d, w in zip(first17, _WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def id_number(
    rng: random.Random, birth: dt.date, sex: str, region: str = COUNTY, last: str = ""
) -> str:
    """A valid number; `last` asks for a certain check character."""
    while True:
        order = rng.randrange(1, 500) * 2 + (1 if sex == "男" else 0)
        body = f"{region}{birth:%Y%m%d}{order % 1000:03d}"
        if int(body[-1]) % 2 != (1 if sex == "男" else 0):
            continue
        end = check_digit(body)
        if not last or end == last:
            return body + end


@dataclass
class Person:
    """One resident."""

    name: str
    sex: str
    birth: dt.date
    number: str
    relation: str
    township: str
    village: str
    group: int
    phone: str
    household: str
    head: "Person | None" = field(default=None, repr=False)

    @property
    def village_code(self) -> str:
        return village_code(self.township, self.village)

    @property
    def age(self) -> int:
        return (
            ROUND.year
            - self.birth.year
            - ((ROUND.month, ROUND.day) < (self.birth.month, self.birth.day))
        )


def village_code(township: str, village: str) -> str:
    """Twelve digits of a village."""
    code, villages = PLACES[township]
    return f"{COUNTY}{code}{villages[village][0]}"


def villages() -> list[tuple[str, str]]:
    """Every (township, village)."""
    return [(t, v) for t, (_, vs) in PLACES.items() for v in vs]


class People:
    """Families made on demand; no name comes twice, so that names do not confuse what is judged."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.names: set[str] = set()
        self.numbers: set[str] = set()
        self.households = 0

    def name(self, sex: str, surname: str = "") -> str:
        while True:
            given = self.rng.choice((_MALE if sex == "男" else _FEMALE).split())
            if self.rng.random() < 0.35:
                given = self.rng.choice(given) + self.rng.choice("平华明林生芳云静宁")
            name = (surname or self.rng.choice(_SURNAMES)) + given
            if self.rng.random() < 0.15:
                name = name[:2]
            if name not in self.names:
                self.names.add(name)
                return name
            surname = "" if self.rng.random() < 0.2 else surname

    def number(self, birth: dt.date, sex: str) -> str:
        while (number := id_number(self.rng, birth, sex)) in self.numbers:
            pass
        self.numbers.add(number)
        return number

    def person(
        self,
        relation: str,
        sex: str,
        years: tuple[int, int],
        place: tuple[str, str],
        like: "Person | None" = None,
    ) -> Person:
        rng = self.rng
        birth = dt.date(ROUND.year - rng.randint(*years), rng.randint(1, 8), rng.randint(1, 28))
        surname = like.name[0] if like and relation in {"之子", "之女"} else ""
        return Person(
            name=self.name(sex, surname),
            sex=sex,
            birth=birth,
            number=self.number(birth, sex),
            relation=relation,
            township=place[0],
            village=place[1],
            group=like.group if like else rng.randint(1, 8),
            phone=f"1{rng.choice('3578')}9{rng.randint(0, 99999999):08d}",
            household=like.household if like else self._household(place),
            head=like,
        )

    def _household(self, place: tuple[str, str]) -> str:
        self.households += 1
        return f"{village_code(*place)}{self.households:05d}"

    def family(self, place: tuple[str, str] | None = None, size: int = 0) -> list[Person]:
        """A head, perhaps a spouse and children."""
        rng = self.rng
        place = place or rng.choice(villages())
        head = self.person("户主", rng.choice("男男男女"), (32, 58), place)
        out = [head]
        size = size or rng.randint(1, 4)
        if size > 1:
            out.append(
                self.person("配偶", "女" if head.sex == "男" else "男", (30, 56), place, head)
            )
        for _ in range(size - 2):
            sex = rng.choice("男女")
            out.append(self.person("之子" if sex == "男" else "之女", sex, (4, 20), place, head))
        for one in out:
            one.head = head
        return out

    def adults(self, n: int, place: tuple[str, str] | None = None) -> list[Person]:
        """Heads of n households."""
        return [self.family(place, 1)[0] for _ in range(n)]

    def pupils(
        self, n: int, years: tuple[int, int] = (7, 15), place: tuple[str, str] | None = None
    ) -> list[Person]:
        """Children with a guardian (`head`)."""
        out = []
        for _ in range(n):
            head = self.family(place, 1)[0]
            sex = self.rng.choice("男女")
            child = self.person(
                "之子" if sex == "男" else "之女", sex, years, (head.township, head.village), head
            )
            child.head = head
            out.append(child)
        return out
