"""Defects 63 to 67: villages by old names, with suffixes, respelt, in addresses."""

import datetime as dt
import random
from typing import Any

from tests.judgement.county import COUNTY_NAME, People, village_code
from tests.judgement.layout import book, page
from tests.judgement.tables import Table, table
from tests.judgement.truth import Book, Cell, Place, Want, doubted, value

D = dt.date


def _code(township: str, village: str) -> Place:
    return Place(village_code(township, village))


# township, village as it is, as it is written, number in C2, is it sure
WRITTEN: tuple[tuple[str, str, str, str, str], ...] = (
    ("石桥镇", "东湾村", "东湾", "63", "sure"),
    ("石桥镇", "东湾村", "东湾村委会", "63", "sure"),
    ("石桥镇", "古城村", "古城村民委员会", "63", "sure"),
    ("石桥镇", "古城村", "古城村村民委员会", "63", "sure"),
    ("石桥镇", "桥头社区", "桥头社区居委会", "63", "sure"),
    ("石桥镇", "桥头社区", "桥头社区居民委员会", "63", "sure"),
    ("石桥镇", "桥头社区", "桥头居委会", "63", "sure"),
    ("柳林乡", "上柳村", "上柳 村", "63", "sure"),
    ("马蹄寨乡", "松树坡村", "松树坡", "63", "sure"),
    ("马蹄寨乡", "白石崖村", "马蹄寨乡白石崖村", "63", "sure"),
    ("河湾镇", "南岭村", f"{COUNTY_NAME}河湾镇南岭村", "63", "sure"),
    ("石桥镇", "古城村", "老庙村", "64", "sure"),
    ("石桥镇", "古城村", "北沟", "64", "sure"),
    ("石桥镇", "桥头社区", "桥头村", "64", "sure"),
    ("柳林乡", "银杏坪村", "杏坪村", "64", "sure"),
    ("河湾镇", "清水沟村", "小沟村委会", "64", "sure"),
    ("河湾镇", "清水沟村", "清水村", "64", "sure"),
    ("石桥镇", "瓦窑村", "瓦夭村", "65", "ask"),
    ("石桥镇", "阎家庄村", "闫家庄村", "65", "ask"),
    ("柳林乡", "银杏坪村", "艮杏坪村", "65", "ask"),
    ("河湾镇", "南岭村", "南岺村", "65", "ask"),
    ("河湾镇", "大槽村", "大朝村", "65", "ask"),
    ("石桥镇", "", "望江村", "64", "unknown"),
    ("马蹄寨乡", "", "城关一村", "64", "unknown"),
    ("马蹄寨乡", "", "东湾村", "66", "unknown"),  # there are two, neither in this township
)


def _want(township: str, village: str, defect: str, sure: str) -> Want:
    if sure == "unknown":
        return doubted(Place(""), defect=defect)
    code = _code(township, village)
    if sure == "ask":  # by alias it is right; as a candidate it is a question
        return Want((code,), refused=True, flag="may", defect=defect)
    return value(code, defect=defect)


def files(rng: random.Random, people: People) -> list[Book]:
    """Villages as departments write them."""
    out = []
    for dataset, name, container in (
        ("civil_affairs.dibao", "低保村名20210816.xlsx", "xlsx"),
        ("health.doctor_contracts", "签约村名20210817.csv", "csv"),
        ("housing.appraisals", "鉴定村名20210818.xls", "xls"),
        ("insurance.coverage", "参保村名20210819.xlsx", "xlsxwriter"),
    ):
        shapes = list(WRITTEN)
        rng.shuffle(shapes)
        x = table(dataset, rng, people, len(shapes))
        for at, (township, village, written, defect, sure) in enumerate(shapes):
            x.put(at, "township", township, value(township))
            x.put(at, "village", written, _want(township, village, defect, sure))
        out.append(
            book(
                name,
                page(x),
                container,
                as_of=D(2021, 8, int("".join(c for c in name if c.isdigit())[-2:])),
            )
        )
    out += _no_township(rng, people)
    out += _codes(rng, people)
    return out


def _no_township(rng: random.Random, people: People) -> list[Book]:
    """66: two villages of one name, and no township anywhere."""
    out = []
    for dataset, name, container in (
        ("civil_affairs.tekun", "特困不分乡镇20210820.xlsx", "xlsx"),
        ("health.illnesses", "患者不分乡镇20210821.xls", "xls"),
    ):
        x = table(dataset, rng, people, 10)
        at = x.columns.index("township")
        del x.columns[at], x.headers[at]
        for row in x.rows:
            row.pop("township")
            village = row["village"].raw
            if village == "东湾村":
                row["village"] = Cell(village, doubted(Place(""), defect="66"))
            else:  # only one of this name in the county
                row["village"] = Cell(
                    village, Want(row["village"].want.values, flag="may", defect="66")
                )
        for i in (2, 5):
            x.put(i, "village", "东湾村", doubted(Place(""), defect="66"))
        out.append(
            book(
                name,
                page(x),
                container,
                as_of=D(2021, 8, int("".join(c for c in name if c.isdigit())[-2:])),
            )
        )
    # townships in other words, and a township of another county
    shapes: tuple[tuple[Any, Want], ...] = (
        ("石桥", value("石桥镇", defect="63")),
        ("柳林", value("柳林乡", defect="63")),
        (f"{COUNTY_NAME}河湾镇", value("河湾镇", defect="63")),
        ("马蹄寨乡人民政府", value("马蹄寨乡", defect="63")),
        ("石 桥 镇", value("石桥镇", defect="63")),
        ("望海镇", doubted("望海镇", defect="64")),
    )
    for dataset, name, container in (
        ("housing.renovations", "危改乡镇20210822.xlsx", "xlsx"),
        ("education.home_teaching", "送教乡镇20210823.csv", "csv"),
    ):
        x = table(dataset, rng, people, len(shapes))
        for at, (raw, want) in enumerate(shapes):
            township = want.values[0]
            x.put(at, "township", raw, want)
            if township != "望海镇":
                from tests.judgement.county import PLACES

                village = rng.choice(list(PLACES[township][1]))
                x.put(at, "village", village, value(_code(township, village), defect="63"))
            else:
                x.put(at, "village", "观海村", doubted(Place(""), defect="64"))
        out.append(
            book(
                name,
                page(x),
                container,
                as_of=D(2021, 8, int("".join(c for c in name if c.isdigit())[-2:])),
            )
        )
    return out


def _codes(rng: random.Random, people: People) -> list[Book]:
    """67: only an address; and only a code, as number or text."""
    out = []
    for dataset, name in (
        ("education.enrolment", "学生地址20210824.xlsx"),
        ("health.deaths", "死者地址20210825.csv"),
    ):
        x = table(dataset, rng, people, 8)
        x.drop("township", "village") if "township" in x.columns else None
        if "address" not in x.columns:
            x.columns.append("address")
            x.headers.append("家庭住址")
        for i, row in enumerate(x.rows):
            p = x.people[i]
            short = p.village.removesuffix("村")
            written = [
                f"{COUNTY_NAME}{p.township}{p.village}{p.group}组",
                f"{p.township}{short}三组12号",
                f"{p.township.removesuffix('镇').removesuffix('乡')}{p.village}",
                "县城幸福小区3栋201",
            ][i % 4]
            row["address"] = Cell(written, value(written, defect="67"))
        out.append(
            book(
                name,
                page(x),
                "csv" if name.endswith("csv") else "xlsx",
                as_of=D(2021, 8, int("".join(c for c in name if c.isdigit())[-2:])),
            )
        )
    for dataset, name, container, as_number in (
        ("insurance.coverage", "参保村码20210826.xlsx", "xlsx", True),
        ("housing.appraisals", "鉴定村码20210827.xls", "xls", False),
    ):
        x: Table = table(dataset, rng, people, 6)
        at = x.columns.index("village")
        x.columns.insert(at, "village_code")
        x.headers.insert(at, "行政村代码")
        for i, row in enumerate(x.rows):
            code = village_code(x.people[i].township, x.people[i].village)
            row["village_code"] = Cell(
                int(code) if as_number else code, value(code, defect="18" if as_number else "")
            )
        out.append(book(name, page(x), container, as_of=D(2021, 8, 26 if as_number else 27)))
    return out
