"""The line under the catalogue: size, formulas, looks, comments; and headers nobody declared."""

import datetime as dt
import random
from dataclasses import replace

from tests.judgement.county import People
from tests.judgement.layout import DOUBT, LOOK, book, page
from tests.judgement.tables import Table, table
from tests.judgement.truth import (
    EITHER,
    Book,
    Cell,
    Err,
    Formula,
    Look,
    Want,
    doubted,
    either,
    refused,
    value,
)

D = dt.date


def files(rng: random.Random, people: People, volume: bool = False) -> list[Book]:
    """Books of the line "also test"."""
    out = []

    # formulas: nothing kept beside them (openpyxl computes nothing), or kept
    x = table("finance.card_payments", rng, people, 9)
    for at in (1, 4):
        x.put(at, "amount", Formula(f"=J{at + 2}*1"), refused("also: formula"))
    out.append(book("公式未计算20210910.xlsx", page(x), as_of=D(2021, 9, 10)))
    x = table("housing.renovations", rng, people, 9)
    for row in x.rows:
        n = row["subsidy"].raw
        row["subsidy"] = Cell(Formula(f"={n}*1", n), value(n, defect="also: formula"))
        name = row["head_name"].raw
        row["head_name"] = Cell(Formula(f'="{name}"', name), value(name, defect="also: formula"))
    out.append(book("公式已计算20210911.xlsx", page(x), "xlsxwriter", as_of=D(2021, 9, 11)))

    # struck through or red: deleted, in the eyes of who did it
    for dataset, name, colour in (
        ("civil_affairs.dibao", "划掉的低保20210912.xlsx", ""),
        ("education.enrolment", "划掉的学生20210913.xlsx", "FFFF0000"),
    ):
        x = table(dataset, rng, people, 8)
        for at in (2, 6):
            x.rows[at][LOOK] = lambda raw, c=colour: Look(raw, strike=True, colour=c)  # type: ignore[assignment]
            x.rows[at][DOUBT] = "also: strike"  # type: ignore[assignment]
            x.rows[at]["_kind"] = EITHER + " or data"  # type: ignore[assignment]
        out.append(book(name, page(x), as_of=D(2021, 9, int(name[-7:-5]))))

    # comments
    for dataset, name, container in (
        ("housing.appraisals", "有批注的鉴定20210910.xlsx", "xlsx"),
        ("insurance.coverage", "有批注的参保20210911.xlsx", "xlsxwriter"),
    ):
        x = table(dataset, rng, people, 7)
        for at, column in ((1, x.columns[3]), (4, x.columns[4])):
            cell = x.rows[at][column]
            x.put(
                at,
                column,
                Look(cell.raw, comment="已核实，以此为准"),
                replace(cell.want, defect="also: comment", flag="may"),
            )
        out.append(book(name, page(x), container, as_of=D(2021, 9, int(name[-7:-5]))))

    # errors of the spreadsheet in names, numbers, codes
    for dataset, name, container in (
        ("civil_affairs.disability", "错误值残疾20210912.xlsx", "xlsx"),
        ("health.doctor_contracts", "错误值签约20210913.xlsx", "xlsxwriter"),
        ("insurance.coverage", "错误值参保20210914.csv", "csv"),
    ):
        x = table(dataset, rng, people, 8)
        x.put(1, "id_number", Err("#N/A"), refused("also: #N/A"))
        x.put(3, "village", Err("#REF!"), refused("also: #N/A"))
        x.put(5, "name", Err("#N/A"), refused("also: #N/A"))
        x.rows[5]["_kind"] = EITHER + " or data"  # type: ignore[assignment]
        out.append(
            book(
                name,
                page(x),
                container,
                as_of=D(2021, 9, int("".join(c for c in name if c.isdigit())[-2:])),
            )
        )

    # apostrophes and zero-width joiners
    x = table("finance.card_payments", rng, people, 8)
    for at in (1, 3):
        n, a = x.rows[at]["id_number"].raw, x.rows[at]["account"].raw
        x.put(at, "id_number", "'" + n, value(n, defect="also: apostrophe"))
        x.put(at, "account", "‘" + a, either(a, defect="also: apostrophe"))
    for at in (5, 6):
        n = x.rows[at]["name"].raw
        x.put(at, "name", n[0] + "\u200d" + n[1:], value(n, defect="also: joiner"))
    out.append(book("撇号20210909.xls", page(x), "xls", as_of=D(2021, 9, 9)))

    # 300 columns
    x = table("roster.population", rng, people, 10)
    p = page(x, title=("全省统一采集表",))
    width = len(x.columns)
    for k, one in enumerate(p.lines):
        one.cells += [None] * (width - len(one.cells))
        one.cells += [
            (f"采集项{j}" if k == 1 else f"值{j}") if k else None for j in range(width, 300)
        ]
    p.merges = []
    for one in p.lines:  # 5 % of its headers are known: to ask is right
        one.kind = EITHER + " or data" if one.wants else EITHER
        one.wants = {c: replace(w, asked=True, flag="may") for c, w in one.wants.items()}
    out.append(
        book(
            "宽表20210908.xlsx",
            p,
            "xlsxwriter",
            as_of=D(2021, 9, 8),
            defects=("also: size",),
            options={"ask": True},
        )
    )
    if volume:
        x = _long(rng, people)
        out.append(
            book(
                "全县参保全量20210830.csv",
                page(x),
                "csv",
                as_of=D(2021, 8, 30),
                defects=("also: size",),
                options={"encoding": "gb18030", "sample": 500},
            )
        )

    out += _new_headers(rng, people)
    return out


def _long(rng: random.Random, people: People) -> Table:
    """120,000 rows, each person new."""
    x = table("insurance.coverage", rng, people, 200)
    base, rows = x.rows, []
    for k in range(600):
        for row in base:
            rows.append({**row, "serial": Cell(len(rows) + 1, value(len(rows) + 1))})
        base = (
            [
                {**row, "id_number": Cell(n := people.number(p.birth, p.sex), value(n))}
                for row, p in zip(base, x.people, strict=True)
            ]
            if k % 60 == 0
            else base
        )
    x.rows = rows
    return x


NEW_HEADERS: tuple[tuple[str, dict[str, str], str, str], ...] = (
    (
        "education.enrolment",
        {"name": "孩子叫什么", "school": "在哪所学校念书", "id_number": "孩子身份证"},
        "学生摸底表20210907.xlsx",
        "xlsx",
    ),
    ("health.deaths", {"died_on": "过世日子", "name": "过世人"}, "村医上报20210906.xls", "xls"),
    (
        "civil_affairs.dibao",
        {"monthly_amount": "每人每月领多少", "members_covered": "家里几人吃低保"},
        "低保摸底20210905.xlsx",
        "xlsx",
    ),
    (
        "housing.relocations",
        {
            "old_house_demolished": "老屋拆没拆",
            "land_restored": "老宅基地复没复耕",
            "moved_in_on": "哪天搬进新房",
        },
        "搬迁摸底20210904.csv",
        "csv",
    ),
    (
        "insurance.claims",
        {"total": "花了多少医药费", "own_paid": "自己掏了多少"},
        "医药费20210903.xlsx",
        "xlsx",
    ),
    (
        "finance.card_payments",
        {"amount": "到手金额", "item": "发的哪项钱"},
        "一卡通摸底20210902.xlsx",
        "xlsx",
    ),
)


def _new_headers(rng: random.Random, people: People) -> list[Book]:
    """Headers that no contract declares: read right, or asked about; never read wrong in silence."""
    out = []
    for dataset, new, name, container in NEW_HEADERS:
        x = table(dataset, rng, people, 10)
        x.headers = [new.get(c, h) for c, h in zip(x.columns, x.headers, strict=True)]
        for row in x.rows:
            for c, cell in list(row.items()):
                mark = "new header" if c in new else ""
                row[c] = Cell(
                    cell.raw,
                    Want(cell.want.values, cell.want.refused, "may", asked=True, defect=mark),
                )
        p = page(x)
        for one in p.lines:
            if one.wants:
                one.kind = EITHER + " or data"
        day = D(2021, 9, int("".join(c for c in name if c.isdigit())[-2:]))
        out.append(
            book(name, p, container, as_of=day, options={"new": {h: c for c, h in new.items()}})
        )
    return out


__all__ = ["doubted", "files"]
