"""Defects 18 to 38: what befalls an ID number between the clerk and the file."""

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

from tests.judgement.county import COUNTY, People, Person, check_digit, id_number
from tests.judgement.layout import book, page
from tests.judgement.tables import Table, table
from tests.judgement.truth import Book, Cell, Want, doubted, either, flagged, refused, value

D = dt.date
Hurt = Callable[[random.Random, Person], tuple[Any, Want]]


def _swap_digit(number: str, at: int, rng: random.Random) -> str:
    """Another digit at a place of the order number, so that the date stays a date."""
    return number[:at] + rng.choice([c for c in "0123456789" if c != number[at]]) + number[at + 1 :]


def _with_end(rng: random.Random, p: Person, end: str) -> str:
    return id_number(rng, p.birth, p.sex, last=end)


def _with(rng: random.Random, p: Person, char: str) -> str:
    """A number of this person in which the digit stands beyond the region."""
    while True:
        n = id_number(rng, p.birth, p.sex)
        if char in n[14:17]:
            return n


def _old(p: Person) -> tuple[Any, Want]:
    """Fifteen digits, as issued until 1999."""
    body = p.number[:6] + p.number[8:17]
    return body, value(p.number, defect="21") if p.birth.year < 2000 else doubted(defect="21")


def _look_alike(rng: random.Random, p: Person, right: str, wrong: str) -> tuple[Any, Want]:
    n = _with(rng, p, right)
    at = n.index(right, 14)
    return n[:at] + wrong + n[at + 1 :], value(n, defect="24")


def _birth(rng: random.Random, p: Person, birth: str, region: str = COUNTY) -> str:
    body = f"{region}{birth}{rng.randrange(10, 500) * 2 + (p.sex == '男'):03d}"[:17]
    return body + check_digit(body)


def _spaced(n: str, gap: str) -> str:
    return n[:6] + gap + n[6:14] + gap + n[14:]


def _full(n: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) for c in n)


HURTS: dict[str, Hurt] = {
    # 19 sixteen digits and an exponent
    "sci": lambda r, p: (f"{float(p.number[:17] + '0'):.5E}", refused("19")),
    "sci-long": lambda r, p: (f"{p.number[0]}.{p.number[1:15]}E+17", refused("19")),
    # 20
    "dot-zero": lambda r, p: (_with_end(r, p, "7") + ".0", Want()),
    # 21
    "fifteen": lambda r, p: _old(p),
    # 22
    "lower-x": lambda r, p: ((n := _with_end(r, p, "X"))[:-1] + "x", value(n, defect="22")),
    "full-x": lambda r, p: ((n := _with_end(r, p, "X"))[:-1] + "Ｘ", value(n, defect="22")),
    "times": lambda r, p: ((n := _with_end(r, p, "X"))[:-1] + "×", value(n, defect="22")),
    "cyrillic": lambda r, p: ((n := _with_end(r, p, "X"))[:-1] + "Х", value(n, defect="22")),
    "greek": lambda r, p: ((n := _with_end(r, p, "X"))[:-1] + "Χ", value(n, defect="22")),
    "roman": lambda r, p: ((n := _with_end(r, p, "X"))[:-1] + "Ⅹ", value(n, defect="22")),
    "star-end": lambda r, p: (
        (n := _with_end(r, p, "X"))[:-1] + "*",
        doubted(n[:-1] + "*", n, defect="22"),
    ),
    # 23
    "full-width": lambda r, p: (_full(p.number), value(p.number, defect="23")),
    "spaces": lambda r, p: (_spaced(p.number, " "), value(p.number, defect="23")),
    "nbsp": lambda r, p: ("\u00a0" + p.number + "\u3000", value(p.number, defect="23")),
    "zero-width": lambda r, p: (
        _spaced(p.number, "\u200b") + "\u200d\ufeff",
        value(p.number, defect="23"),
    ),
    "break": lambda r, p: (p.number[:14] + "\n" + p.number[14:], value(p.number, defect="23")),
    "dashes": lambda r, p: (_spaced(p.number, "-"), either(p.number, defect="23")),
    # 24
    "O": lambda r, p: _look_alike(r, p, "0", "O"),
    "l": lambda r, p: _look_alike(r, p, "1", "l"),
    "I": lambda r, p: _look_alike(r, p, "1", "I"),
    "B": lambda r, p: _look_alike(r, p, "8", "B"),
    "O-wrong": lambda r, p: (
        (
            (n := _with(r, p, "0"))[: (at := n.index("0", 14))]
            + "O"
            + n[at + 1 : 17]
            + ("5" if n[17] != "5" else "6")
        ),
        refused("24"),
    ),
    # 25, 26
    "one-wrong": lambda r, p: (_swap_digit(p.number, 15, r), refused("25")),
    "end-wrong": lambda r, p: (
        p.number[:17] + ("4" if p.number[17] != "4" else "9"),
        refused("25"),
    ),
    "turned": lambda r, p: _turned(r, p),
    "seventeen": lambda r, p: (p.number[:15] + p.number[16:], refused("26")),
    "nineteen": lambda r, p: (p.number[:9] + p.number[8] + p.number[9:], refused("26")),
    # 27
    "region": lambda r, p: (
        n := id_number(r, p.birth, p.sex, region="997731"),
        value(n, defect="27"),
    ),
    # 28
    "month-13": lambda r, p: (_birth(r, p, "19791309"), doubted(defect="28")),
    "old-man": lambda r, p: (n := _birth(r, p, "18870309"), doubted(n, defect="28")),
    "1900": lambda r, p: (n := _birth(r, p, "19000101"), doubted(n, defect="28")),
    "unborn": lambda r, p: (n := _birth(r, p, "20310309"), doubted(n, defect="28")),
    # 30
    "nines": lambda r, p: ("999999" + p.number[6:14] + "0011", refused("30")),
    "all-nines": lambda r, p: ("9" * 18, refused("30")),
    "zeros": lambda r, p: ("000000", refused("30")),
    "none": lambda r, p: ("无", refused("30")),
    "pending": lambda r, p: ("待办", refused("30")),
    # 31, 32
    "certificate": lambda r, p: (p.number + "43", value(p.number, defect="31")),
    "certificate-again": lambda r, p: (p.number + "62B1", value(p.number, defect="31")),
    "G": lambda r, p: ("G" + p.number, value(p.number, defect="32")),
    "g": lambda r, p: ("g" + p.number, value(p.number, defect="32")),
    # 36
    "masked": lambda r, p: (
        p.number[:6] + "********" + p.number[14:],
        doubted(p.number[:6] + "********" + p.number[14:], defect="36"),
    ),
    "masked-short": lambda r, p: (
        p.number[:3] + "***********" + p.number[14:],
        doubted(p.number[:3] + "***********" + p.number[14:], defect="36"),
    ),
    "masked-x": lambda r, p: (
        p.number[:10] + "xxxx" + p.number[14:],
        doubted(
            p.number[:10] + "xxxx" + p.number[14:],
            p.number[:10] + "XXXX" + p.number[14:],
            p.number[:10] + "****" + p.number[14:],
            defect="36",
        ),
    ),
    # 37
    "blank": lambda r, p: (None, value(None, defect="37")),
    "space": lambda r, p: (" ", value(None, defect="37")),
    "dash": lambda r, p: ("—", either(None, defect="37")),
}


def _turned(rng: random.Random, p: Person) -> tuple[Any, Want]:
    """Two neighbours changed places."""
    while True:
        n = id_number(rng, p.birth, p.sex)
        if n[14] != n[15]:
            return n[:14] + n[15] + n[14] + n[16:], refused("25")


def _dot_zero(rng: random.Random, p: Person) -> tuple[Any, Want]:
    n = _with_end(rng, p, "7")
    return n + ".0", value(n, defect="20")


HURTS["dot-zero"] = _dot_zero

# dataset, column of the number, file, container, writer's options; each takes a share of HURTS
PLACES_FOR_NUMBERS = (
    ("civil_affairs.dibao", "id_number", "低保人员20210818.xlsx", "xlsx", {}),
    (
        "insurance.coverage",
        "id_number",
        "参保人员明细20210819.csv",
        "csv",
        {"encoding": "utf-8-sig"},
    ),
    ("education.enrolment", "id_number", "学生名单20210820.xls", "xls", {}),
    ("housing.appraisals", "head_id_number", "鉴定户20210821.xlsx", "xlsxwriter", {}),
    ("health.doctor_contracts", "id_number", "签约居民20210822.xlsx", "xlsx", {}),
    ("roster.monitored", "head_id_number", "监测户20210823.xlsx", "xlsx", {}),
    (
        "finance.card_payments",
        "id_number",
        "发放20210824.csv",
        "csv",
        {"encoding": "utf-16-le", "bom": b"\xff\xfe", "separator": "\t"},
    ),
)
PUPILS_CANNOT = {"fifteen"}


def files(rng: random.Random, people: People) -> list[Book]:
    """Every hurt in at least two lists of different departments."""
    out = []
    names = list(HURTS)
    for turn, (dataset, column, name, container, options) in enumerate(PLACES_FOR_NUMBERS):
        mine = [h for i, h in enumerate(names) if (i + turn) % 3 != 0 or rng.random() < 0.3]
        if dataset.startswith("education"):
            mine = [h for h in mine if h not in PUPILS_CANNOT]
        rng.shuffle(mine)
        x = table(dataset, rng, people, len(mine) + 25)
        for i, hurt in enumerate(mine):
            at = i + i * 25 // len(mine)
            raw, want = HURTS[hurt](rng, x.people[at])
            x.rows[at][column] = Cell(raw, want)
            if hurt in {"certificate", "certificate-again"} and dataset.startswith("education"):
                continue
        out.append(
            book(
                name,
                page(x),
                container,
                as_of=D(
                    2021, 8, int(name[-7:-5]) if container.startswith("xlsx") else int(name[-6:-4])
                ),
                options=dict(options),
            )
        )
    out += _as_numbers(rng, people)
    out += _disagreeing(rng, people)
    out += _foreign(rng, people)
    return out


def _as_numbers(rng: random.Random, people: People) -> list[Book]:
    """18: the whole column, or some cells of it, are numbers."""
    out = []
    for dataset, column, name, container, every in (
        ("civil_affairs.tekun", "id_number", "特困对象20210826.xlsx", "xlsx", 1),
        ("health.deaths", "id_number", "死亡20210827.xls", "xls", 2),
        ("housing.renovations", "head_id_number", "危改户20210828.xlsx", "xlsxwriter", 3),
        ("education.student_aid", "id_number", "资助学生20210829.xlsx", "lo-xlsx", 2),
    ):
        x = table(dataset, rng, people, 9)
        for i, row in enumerate(x.rows):
            if i % every == 0:
                n = row[column].raw
                exact = int(n[:17] + "0") if i % 2 else int(n[:15] + "000")
                row[column] = Cell(float(exact), refused("18"))
        day = D(2021, 8, int("".join(c for c in name if c.isdigit())[-2:]))
        out.append(book(name, page(x), container, as_of=day))
    return out


def _disagreeing(rng: random.Random, people: People) -> list[Book]:
    """29, 33, 34, 35: the number against the rest of the row and against other rows."""
    out = []
    for dataset, name, container in (
        ("roster.population", "人口20210820.xlsx", "xlsx"),
        ("education.enrolment", "在校学生20210821.xls", "xls"),
        ("health.illnesses", "慢病患者20210822.csv", "csv"),
    ):
        x = table(dataset, rng, people, 12)
        for at in (1, 5):
            p = x.people[at]
            other = "女" if p.sex == "男" else "男"
            x.put(at, "sex", other, flagged(other, defect="29"))
        for at in (3, 8):
            p = x.people[at]
            wrong = p.birth.replace(year=p.birth.year - 3, month=p.birth.month % 8 + 1)
            x.put(at, "birth_date", f"{wrong:%Y-%m-%d}", flagged(wrong, defect="29"))
        out.append(
            book(
                name,
                page(x),
                container,
                as_of=D(2021, 8, int("".join(c for c in name if c.isdigit())[-2:])),
            )
        )

    families = [people.family(size=3) for _ in range(4)]
    x = table("roster.population", rng, people, crowd=[p for f in families for p in f])
    _exchange(x, 0, 1)
    _exchange(x, 6, 7)
    child, parent = 5, 3
    x.put(
        child, "id_number", x.people[parent].number, doubted(x.people[parent].number, defect="33")
    )
    x.put(
        parent,
        "id_number",
        x.people[parent].number,
        Want((x.people[parent].number,), refused=True, flag="may", defect="33"),
    )
    out.append(book("名册串号20210823.xlsx", page(x), as_of=D(2021, 8, 23)))
    x = table("education.enrolment", rng, people, 9)
    for at in (2, 6):
        head = x.people[at].head
        assert head
        x.put(at, "id_number", head.number, doubted(head.number, defect="33"))
    out.append(book("学籍串号20210824.xls", page(x), "xls", as_of=D(2021, 8, 24)))

    for dataset, column, name, container in (
        ("civil_affairs.disability", "id_number", "残疾人重号20210825.xlsx", "xlsx"),
        ("insurance.coverage", "id_number", "参保重号20210826.csv", "csv"),
        ("health.doctor_contracts", "id_number", "签约重号20210827.xls", "xls"),
    ):
        x = table(dataset, rng, people, 10)
        for a, b in ((1, 6), (3, 8)):
            n = x.people[a].number
            for at in (a, b):
                x.put(at, column, n, doubted(n, defect="34"))
                if "certificate" in x.rows[at] and at == b:
                    cert = n + x.rows[at]["certificate"].raw[18:]
                    x.put(at, "certificate", cert, either(cert, defect="34"))
        out.append(
            book(
                name,
                page(x),
                container,
                as_of=D(2021, 8, int("".join(c for c in name if c.isdigit())[-2:])),
            )
        )

    for dataset, name in (
        ("roster.population", "一人双户20210828.xlsx"),
        ("civil_affairs.disability", "换号20210829.xlsx"),
    ):
        x = table(dataset, rng, people, 9)
        p = x.people[2]
        other = people.number(p.birth, p.sex)
        again = dict(x.rows[2])
        again["serial"] = Cell(99, value(99))
        again["id_number"] = Cell(other, flagged(other, defect="35"))
        if "certificate" in again:
            again["certificate"] = Cell(other + "41", either(other + "41", defect="35"))
            again["kind"], again["level"] = Cell("肢体", value("肢体")), Cell("一级", value("1"))
        x.rows.append(again)
        out.append(book(name, page(x), as_of=D(2021, 8, int(name[-7:-5]))))
    return out


def _exchange(x: Table, a: int, b: int) -> None:
    """The numbers of husband and wife changed places."""
    for at, other in ((a, b), (b, a)):
        n = x.people[other].number
        x.put(at, "id_number", n, doubted(n, defect="33"))


def _foreign(rng: random.Random, people: People) -> list[Book]:
    """38: other documents, with and without the column that says so."""
    papers = (
        ("护照", "E99123456"),
        ("港澳居民来往内地通行证", "H9912345602"),
        ("台湾居民来往大陆通行证", "99123456"),
        ("户口簿", "990347-00123-2"),
    )
    out = []
    for dataset, name, container, typed in (
        ("insurance.coverage", "外籍参保20210828.xlsx", "xlsx", True),
        ("education.enrolment", "学籍证件20210829.xls", "xls", True),
        ("roster.population", "无证人口20210830.csv", "csv", False),
    ):
        x = table(dataset, rng, people, 10)
        if typed:
            at = x.columns.index("id_number")
            x.columns.insert(at, "id_type")
            x.headers.insert(at, "证件类型")
            for row in x.rows:
                row["id_type"] = Cell("居民身份证", value("居民身份证"))
        for i, (kind, number) in enumerate(papers):
            if typed:
                x.put(i * 2 + 1, "id_type", kind, value(kind))
                x.put(i * 2 + 1, "id_number", number, either(number, defect="38"))
            else:
                x.put(i * 2 + 1, "id_number", number, either(number, defect="38"))
        out.append(
            book(
                name,
                page(x),
                container,
                as_of=D(2021, 8, int("".join(c for c in name if c.isdigit())[-2:])),
            )
        )
    return out
