"""Who lives in the county: villages, households, persons, and the names they bear.

Nothing here comes from the project's own generator: other names, other families, other places.
ID numbers begin with the unassigned province code 99.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文覃翟缪单仇"
)
COMPOUND = ("欧阳", "司马", "上官", "诸葛")
MALE = [
    "建国",
    "志强",
    "大勇",
    "永红",
    "明亮",
    "富贵",
    "德才",
    "长根",
    "世杰",
    "俊",
    "军",
    "伟",
    "涛",
    "鹏飞",
    "天佑",
    "子轩",
    "浩然",
    "文斌",
    "水生",
    "火旺",
    "土根",
    "有福",
    "来喜",
    "国庆",
    "卫东",
    "跃进",
    "建军",
    "海龙",
    "玉山",
    "兴旺",
    "家宝",
    "铁柱",
    "庆丰",
    "广财",
    "正义",
    "守成",
    "传志",
    "光辉",
    "小龙",
    "云飞",
    "佳乐",
    "梓豪",
    "一鸣",
    "宏图",
    "开明",
]
FEMALE = [
    "秀英",
    "桂兰",
    "玉芳",
    "小红",
    "翠花",
    "凤英",
    "素珍",
    "丽华",
    "艳",
    "燕",
    "芳",
    "美玲",
    "春梅",
    "冬梅",
    "腊梅",
    "金凤",
    "银花",
    "菊香",
    "雪莲",
    "雨欣",
    "梓涵",
    "思琪",
    "佳怡",
    "诗语",
    "晓云",
    "月娥",
    "彩霞",
    "淑贞",
    "爱华",
    "红英",
    "巧珍",
    "兰英",
    "海燕",
    "丽萍",
    "志英",
    "招娣",
    "来娣",
    "满秀",
    "桃花",
    "莲香",
    "欣妍",
    "可馨",
    "若曦",
    "静怡",
    "慧敏",
]
LETTERS = "子文一天家建玉海晓小春永志国明金荣华光德忠义成林生平安祥瑞嘉泽宇晨雅琳悦诺沐辰希航睿博"
RARE = ("䶮", "㛃", "𠅤", "堃", "犇", "喆", "玥", "燚", "淼", "甯")
MINORITY_GIVEN = (
    "买买提",
    "艾力",
    "古丽",
    "阿依",
    "吐尔逊",
    "帕提",
    "热依",
    "木合",
    "阿木",
    "吉克",
    "约布",
)
MINORITY_LAST = ("艾山", "吾守尔", "加帕尔", "伊布", "沙马", "拉且", "卡德尔", "尼牙孜", "热合曼")
TOWNS = ("石门镇", "青杠乡", "白鹤镇", "沙溪乡", "双桥镇", "落雁乡", "黄荆镇", "冷水乡")
PLACE_A = "上下东西南北大小新老高长双龙凤石金马牛桃柳松竹青黄"
PLACE_B = "河沟坪塘湾坝岭庙桥店寨坡田洼崖溪冲垭场井"


@dataclass(eq=False)
class Village:
    code: str
    name: str
    township: str
    former: str | None = None
    clan: str | None = None


@dataclass(eq=False)
class Person:
    key: str
    name: str
    sex: str
    birth: dt.date
    id_number: str
    household: Household
    relation: str
    ethnicity: str = "汉族"
    phone: str | None = None
    died: dt.date | None = None
    death_sure: bool = True
    in_roster: tuple[int, ...] = (0, 1)

    def alive(self, on: dt.date) -> bool:
        return self.died is None or self.died > on


@dataclass(eq=False)
class Household:
    key: str
    village: Village
    group: str
    kind: str
    members: list[Person] = field(default_factory=list)
    stale_head: str | None = None
    monitored: dict[str, object] | None = None

    @property
    def head(self) -> Person:
        return next((m for m in self.members if m.relation == "户主"), self.members[0])


def check_digit(body: str) -> str:
    """The 18th character of an ID number, from its first 17 (GB 11643)."""
    total = sum(
        int(c) * w
        for c, w in zip(body, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), strict=True)
    )
    return "10X98765432"[total % 11]


class Names:
    """Names with the county's own habits."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def surname(self, clan: str | None = None) -> str:
        if clan and self.rng.random() < 0.6:
            return clan
        if self.rng.random() < 0.01:
            return self.rng.choice(COMPOUND)
        return self.rng.choice(SURNAMES[: 20 if self.rng.random() < 0.5 else len(SURNAMES)])

    def given(self, sex: str, common: bool = False) -> str:
        draw = self.rng.random()
        if draw < 0.02:
            return self.rng.choice(LETTERS) + self.rng.choice(RARE)
        if common or draw < 0.35:
            return self.rng.choice(MALE if sex == "男" else FEMALE)
        if draw < 0.45:
            return self.rng.choice(LETTERS)
        return self.rng.choice(LETTERS) + self.rng.choice(LETTERS)

    def minority(self) -> str:
        return self.rng.choice(MINORITY_GIVEN) + "·" + self.rng.choice(MINORITY_LAST)


class Population:
    """The residents, made household by household until there are enough."""

    def __init__(self, county: str, persons: int, rng: random.Random, today: dt.date) -> None:
        self.county, self.rng, self.today = county, rng, today
        self.names = Names(rng)
        self.villages: list[Village] = []
        self.households: list[Household] = []
        self.persons: list[Person] = []
        self.used_ids: set[str] = set()
        self._places(persons)
        while len(self.persons) < persons:
            self._household()
        self._namesakes()

    def _places(self, persons: int) -> None:
        count = max(12, persons // 130)
        towns = TOWNS[: 4 if count < 40 else 8]
        seen: set[str] = set()
        for i in range(count):
            town = towns[i % len(towns)]
            name = ""
            while not name or name in seen:
                name = (
                    self.rng.choice(PLACE_A)
                    + self.rng.choice(PLACE_B)
                    + self.rng.choice(["", "", "口", "头"])
                    + "村"
                )
            seen.add(name)
            code = f"{self.county}{100 + towns.index(town):03d}{200 + i // len(towns):03d}"
            village = Village(code, name, town)
            if i % 6 == 3:
                village.clan = self.rng.choice(SURNAMES[:30])
            if i % 5 == 2:
                while not village.former or village.former in seen:
                    village.former = self.rng.choice(PLACE_A) + self.rng.choice(PLACE_B) + "村"
                seen.add(village.former)
            self.villages.append(village)
        self.villages[5].name = self.villages[4].name  # one short name in two townships
        self.towns = list(towns)

    def id_number(self, birth: dt.date, sex: str) -> str:
        while True:
            area = self.county if self.rng.random() < 0.9 else f"990{self.rng.randrange(100, 900)}"
            order = self.rng.randrange(1, 498) * 2 + (1 if sex == "男" else 0)
            body = f"{area}{birth:%Y%m%d}{order:03d}"
            number = body + check_digit(body)
            if number not in self.used_ids:
                self.used_ids.add(number)
                return number

    def born(self, low: float, high: float) -> dt.date:
        """A birth date of somebody whose age lies between the two, in years."""
        return self.today - dt.timedelta(
            days=self.rng.randint(int(low * 365.25), int(high * 365.25))
        )

    def add(
        self, home: Household, relation: str, sex: str, birth: dt.date, surname: str | None = None
    ) -> Person:
        minority = home.members[0].ethnicity != "汉族" if home.members else False
        name = (
            self.names.minority()
            if minority
            else (surname or self.names.surname(home.village.clan))
            + self.names.given(sex, bool(home.village.clan))
        )
        while any(m.name == name for m in home.members):
            name = (
                name[: 1 if "·" not in name else 3] + self.names.given(sex)
                if not minority
                else self.names.minority()
            )
        person = Person(
            f"{home.key}{len(home.members) + 1:02d}",
            name,
            sex,
            birth,
            self.id_number(birth, sex),
            home,
            relation,
            ethnicity="维吾尔族" if minority else "汉族",
            phone=f"1{self.rng.choice('3578')}{self.rng.randrange(10**9):09d}"
            if self.today.year - birth.year > 14
            else None,
        )
        home.members.append(person)
        self.persons.append(person)
        return person

    def _household(self) -> None:
        rng = self.rng
        village = rng.choice(self.villages)
        kind = rng.choices(["一般农户", "脱贫户", "监测对象"], [58, 33, 9])[0]
        home = Household(
            f"{self.county}{len(self.households) + 1:06d}",
            village,
            f"{rng.choice('一二三四五六七八')}组",
            kind,
        )
        self.households.append(home)
        shape = rng.choices(["elder", "couple", "family", "three", "left"], [9, 15, 42, 26, 8])[0]
        surname = self.names.surname(village.clan)
        if shape == "elder":
            self.add(home, "户主", rng.choice("男女"), self.born(62, 90), surname)
        elif shape == "couple":
            self.add(home, "户主", "男", self.born(35, 75), surname)
            self.add(home, "配偶", "女", self.born(33, 73))
        elif shape == "left":
            self.add(home, "户主", "男", self.born(55, 76), surname)
            self.add(home, "配偶", "女", self.born(54, 75))
            for _ in range(rng.choice([1, 1, 2])):
                sex = rng.choice("男女")
                self.add(
                    home, "之孙子" if sex == "男" else "之孙女", sex, self.born(3, 17), surname
                )
        else:
            self.add(home, "户主", "男", self.born(27, 50), surname)
            if rng.random() < 0.03:
                home.members[0].ethnicity, home.members[0].name = "维吾尔族", self.names.minority()
            self.add(home, "配偶", "女", self.born(25, 48))
            for _ in range(rng.choice([1, 1, 2, 2, 3])):
                sex = rng.choice("男女")
                young = rng.random() < 0.12
                birth = (
                    self.born(0.12, 0.95)
                    if young and not any((self.today - m.birth).days < 400 for m in home.members)
                    else self.born(1.6, 19)
                )
                self.add(home, "之子" if sex == "男" else "之女", sex, birth, surname)
            if shape == "three":
                self.add(home, "之父", "男", self.born(60, 84), surname)
                if rng.random() < 0.7:
                    self.add(home, "之母", "女", self.born(58, 82))

    def _namesakes(self) -> None:
        """In clan villages several bear one name; neighbours, not one person."""
        for village in self.villages:
            adults = [
                p
                for p in self.persons
                if p.household.village is village and "·" not in p.name and p.birth.year < 1995
            ]
            for _ in range(3 if village.clan else 1):
                if len(adults) > 8:
                    one, other = self.rng.sample(adults, 2)
                    if one.sex == other.sex and one.household is not other.household:
                        other.name = one.name
