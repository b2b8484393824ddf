"""Defects 39 to 51: names."""

import datetime as dt
import random
from typing import Any

from tests.judgement.county import People, Person
from tests.judgement.layout import SPLIT, book, page
from tests.judgement.tables import table
from tests.judgement.truth import EITHER, Book, Cell, Want, doubted, either, value

D = dt.date


def hurts(p: Person) -> dict[str, tuple[Any, Want]]:
    """What may stand in the name's cell of this person."""
    n = p.name
    first, rest = n[0], n[1:]
    return {
        # 39
        "wide-space": (f"{first}　{rest}", value(n, defect="39")),
        "space": (f" {first} {rest} ", value(n, defect="39")),
        "break": (f"{first}\n{rest}", value(n, defect="39")),
        "zero-width": (f"{first}\u200b{rest}\ufeff", value(n, defect="39")),
        # 40
        "dot": ("买买提·艾力" + rest, value("买买提·艾力" + rest, defect="40")),
        "bullet": ("买买提•艾力" + rest, value("买买提·艾力" + rest, defect="40")),
        "katakana": ("阿依古丽・吐尔逊" + rest, value("阿依古丽·吐尔逊" + rest, defect="40")),
        "full-stop": ("吾买尔．卡德尔" + rest, value("吾买尔·卡德尔" + rest, defect="40")),
        "point": ("吾买尔.卡德尔" + rest, value("吾买尔·卡德尔" + rest, defect="40")),
        "half-katakana": ("吉克･阿牛" + rest, value("吉克·阿牛" + rest, defect="40")),
        "nothing": ("买买提艾力" + rest, value("买买提艾力" + rest, defect="40")),
        # 41
        "question": (f"{first}?", doubted(f"{first}?", f"{first}？", defect="41")),
        "box": (f"{first}□{rest[-1]}", doubted(f"{first}□{rest[-1]}", defect="41")),
        "pinyin": (f"{first}yan", doubted(f"{first}yan", f"{first}YAN", defect="41")),
        "parts": (
            f"{first}（王申）",
            doubted(
                f"{first}（王申）", f"{first}(王申)", f"{first}王申", f"{first}珅", defect="41"
            ),
        ),
        "rare": (f"{first}䶮", value(f"{first}䶮", defect="41")),
        "rare-4byte": (f"{first}𠅤", value(f"{first}𠅤", defect="41")),
        # 42
        "pua-9fb4": (f"{first}\ue81e", value(f"{first}\u9fb4", defect="42")),
        "pua-20087": (f"{first}\ue816", value(f"{first}\U00020087", defect="42")),
        "pua-9fbb": (f"{first}\ue864", value(f"{first}\u9fbb", defect="42")),
        # 43: never overwritten
        "traditional": ("葉" + rest, value("葉" + rest, defect="43")),
        "variant": ("髙" + rest, value("髙" + rest, defect="43")),
        "ning": (first + "甯", value(first + "甯", defect="43")),
        # 44, 45, 46: as written
        "sound": (first + "俊", value(first + "俊", defect="44")),
        "shape": (first + "未", value(first + "未", defect="45")),
        "polyphone": ("单" + rest, value("单" + rest, defect="46")),
        "polyphone-2": ("覃" + rest, value("覃" + rest, defect="46")),
        # 47
        "late": (f"{n}(已故)", value(n, defect="47")),
        "late-wide": (f"{n}（已去世）", value(n, defect="47")),
        "head": (f"户主:{n}", value(n, defect="47")),
        "head-wide": (f"户主：{n}", value(n, defect="47")),
        "relation": (f"{n}（户主）", value(n, defect="47")),
        "nick": (f"{first}二娃", value(f"{first}二娃", defect="47")),
        "woman": (f"{first}氏", value(f"{first}氏", defect="47")),
        # names that programs take for nothing
        "NA": ("NA", either("NA", defect="also: Null")),
        "Null": ("Null", either("Null", "NULL", defect="also: Null")),
        "None": ("None", either("None", defect="also: Null")),
    }


LISTS = (
    ("civil_affairs.tekun", "name", "特困姓名20210816.xlsx", "xlsx", {}),
    ("health.illnesses", "name", "患者20210817.csv", "csv", {"encoding": "gb18030"}),
    ("housing.relocations", "head_name", "搬迁户主20210818.xls", "xls", {}),
    ("finance.card_payments", "name", "补贴对象20210819.xlsx", "xlsxwriter", {}),
    (
        "education.home_teaching",
        "name",
        "送教学生20210820.csv",
        "csv",
        {"encoding": "utf-16-le", "bom": b"\xff\xfe", "separator": "\t"},
    ),
    ("roster.population", "name", "人口姓名20210821.xlsx", "xlsx", {}),
)


def files(rng: random.Random, people: People) -> list[Book]:
    """Every shape in at least two lists of different departments."""
    out = []
    for turn, (dataset, column, name, container, options) in enumerate(LISTS):
        keys = [
            k
            for i, k in enumerate(hurts(people.adults(1)[0]))
            if (i + turn) % 3 != 0 or rng.random() < 0.3
        ]
        rng.shuffle(keys)
        x = table(dataset, rng, people, len(keys) + 25)
        for i, key in enumerate(keys):
            at = i + i * 25 // len(keys)
            raw, want = hurts(x.people[at])[key]
            x.rows[at][column] = Cell(raw, want)
        day = D(2021, 8, int("".join(c for c in name if c.isdigit())[-2:]))
        out.append(book(name, page(x), container, as_of=day, options=dict(options)))
    out += _several(rng, people)
    out += _by_bytes(rng, people)
    return out


def _several(rng: random.Random, people: People) -> list[Book]:
    """48: several persons in one cell, with as many numbers or with fewer; 49, 51 beside them."""
    out = []
    for dataset, name, container, mark in (
        ("civil_affairs.dibao", "低保户成员20210822.xlsx", "xlsx", "、"),
        ("insurance.coverage", "参保家庭20210823.xls", "xls", "，"),
        ("health.doctor_contracts", "签约家庭20210824.xlsx", "xlsxwriter", "\n"),
    ):
        x = table(dataset, rng, people, 10)
        for at, n in ((1, 2), (4, 3)):
            more = people.adults(n)
            row = x.rows[at]
            row["name"] = Cell(mark.join(p.name for p in more), value(defect="48"))
            row["id_number"] = Cell(mark.join(p.number for p in more), value(defect="48"))
            for c in ("sex", "birth_date", "age"):
                if c in row:
                    row[c] = Cell(None, value(None))
            rest = {c: cell.want for c, cell in row.items() if c not in {"name", "id_number"}}
            row[SPLIT] = [  # type: ignore[assignment]
                {
                    **{c: _of_one(want) if i else want for c, want in rest.items()},
                    "name": value(p.name, defect="48"),
                    "id_number": value(p.number, defect="48"),
                }
                for i, p in enumerate(more)
            ]
        for at in (7,):
            more = people.adults(3)
            row = x.rows[at]
            row["name"] = Cell(
                mark.join(p.name for p in more),
                doubted(mark.join(p.name for p in more), defect="48"),
            )
            row["id_number"] = Cell(more[0].number, doubted(more[0].number, defect="48"))
            row["_kind"] = EITHER + " or data"  # type: ignore[assignment]
        day = D(2021, 8, int("".join(c for c in name if c.isdigit())[-2:]))
        out.append(book(name, page(x), container, as_of=day))
    # 51: three of one name in a village, three persons; 49: the head is dead, the list says so
    x = table("civil_affairs.disability", rng, people, 8, where=("石桥镇", "古城村"))
    for at in (1, 3, 5):
        x.put(at, "name", "王秀英", value("王秀英", defect="51"))
    out.append(book("同名残疾人20210825.xlsx", page(x), as_of=D(2021, 8, 25)))
    x = table("housing.renovations", rng, people, 8)
    for at in (2, 6):
        x.put(
            at, "head_name", x.people[at].name + "（已故）", value(x.people[at].name, defect="49")
        )
    x.put(4, "head_id_number", None, value(None, defect="49"))
    out.append(book("电力危改户20210826.xls", page(x), "xls", as_of=D(2021, 8, 26)))
    # 50: the head of a household is another one than on the roster's line
    families = [people.family(size=3) for _ in range(3)]
    x = table("roster.population", rng, people, crowd=[p for f in families for p in f])
    x.put(3, "relation", "户主", value("户主", defect="50"))
    x.put(4, "relation", "之子", value("之子", defect="50"))
    out.append(book("分户名册20210827.xlsx", page(x), as_of=D(2021, 8, 27)))
    x = table("civil_affairs.dibao", rng, people, 6)
    for at in (1, 4):
        new = people.adults(1)[0].name
        x.put(at, "head_name", new, value(new, defect="50"))
    out.append(book("户主变更低保20210828.csv", page(x), "csv", as_of=D(2021, 8, 28)))
    return out


def _of_one(want: Want) -> Want:
    """A figure of a row of several persons may stay with the first of them: it counts once."""
    figure = any(isinstance(v, int | float) and not isinstance(v, bool) for v in want.values)
    return Want((*want.values, None), flag="may", defect="48") if figure else want


def _by_bytes(rng: random.Random, people: People) -> list[Book]:
    """42: the bytes of GB 18030-2000 that Python decodes to private use."""
    out = []
    for dataset, column, name in (
        ("insurance.coverage", "name", "参保生僻字20210827.csv"),
        ("health.deaths", "name", "死亡生僻字20210828.csv"),
    ):
        x = table(dataset, rng, people, 6)
        for at, (mark, code, char) in enumerate(
            (
                ("甲甲", b"\xfe\x59", "\u9fb4"),
                ("乙乙", b"\xfe\x61", "\u9fb5"),
                ("丁丁", b"\xfe\xa0", "\u9fbb"),
            )
        ):
            n = x.people[at].name[0]
            x.put(at, column, n + mark, value(n + char, defect="42"))
        swaps = (("甲甲", b"\xfe\x59"), ("乙乙", b"\xfe\x61"), ("丁丁", b"\xfe\xa0"))
        out.append(
            book(
                name,
                page(x),
                "csv",
                as_of=D(2021, 8, int(name[-6:-4])),
                options={"encoding": "gb18030", "bytes": swaps},
            )
        )
    return out
