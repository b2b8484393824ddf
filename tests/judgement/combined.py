"""Files as they come: several defects at once, in several sheets, by several hands."""

import datetime as dt
import random
from dataclasses import replace
from typing import Any

from tests.judgement import names, numbers, values
from tests.judgement.county import COUNTY_NAME, PLACES, People, village_code
from tests.judgement.layout import DOUBT, HIDDEN, book, line, page, total
from tests.judgement.structure import from_outside, in_township
from tests.judgement.tables import Table, table
from tests.judgement.truth import NOT_DATA, SET_ASIDE, Book, Cell, Line, Page, Place, value

D = dt.date

# hurts that may stand together with any others in one file
NUMBERS = (
    "lower-x",
    "times",
    "full-width",
    "spaces",
    "break",
    "O",
    "l",
    "one-wrong",
    "seventeen",
    "certificate",
    "G",
    "masked",
    "blank",
    "nines",
    "none",
    "region",
    "end-wrong",
    "cyrillic",
)
NAMES = (
    "wide-space",
    "space",
    "bullet",
    "point",
    "late",
    "head",
    "traditional",
    "rare",
    "question",
    "polyphone",
    "woman",
)


def hurt(
    x: Table,
    rng: random.Random,
    share: float,
    id_column: str = "id_number",
    name_column: str = "name",
) -> Table:
    """Numbers and names hurt at random."""
    for i, row in enumerate(x.rows):
        p = x.people[i]
        if id_column in row and rng.random() < share:
            keys = [k for k in NUMBERS if not (k.startswith("cert") and "certificate" in row)]
            raw, want = numbers.HURTS[rng.choice(keys)](rng, p)
            row[id_column] = Cell(raw, want)
        elif name_column in row and rng.random() < share:
            raw, want = names.hurts(p)[rng.choice(NAMES)]
            row[name_column] = Cell(raw, want)
    return x


def hurt_values(
    x: Table, column: str, shapes: tuple[Any, ...], rng: random.Random, n: int
) -> Table:
    """Some cells of a column written in other ways."""
    plain = [s for s in shapes if isinstance(s[0], str)]
    for at in rng.sample(range(len(x.rows)), n):
        raw, want = rng.choice(plain)
        x.put(at, column, raw, want)
    return x


def villages_in_words(x: Table, rng: random.Random) -> Table:
    """Villages with suffixes and without, old names among them."""
    for i, row in enumerate(x.rows):
        p = x.people[i]
        if "village" not in row or row["village"].raw is None or rng.random() < 0.4:
            continue
        old = PLACES[p.township][1][p.village][1]
        if p.village.endswith("村"):
            base = p.village.removesuffix("村")
            forms = [base, base + "村委会", base + "村民委员会"]
        else:
            forms = [p.village, p.village + "居委会"]
        written = rng.choice(forms + list(old))
        row["village"] = Cell(
            written,
            value(
                Place(village_code(p.township, p.village)), defect="64" if written in old else "63"
            ),
        )
    return x


def explanation() -> Page:
    """A sheet that explains how to fill in the others."""
    texts = [
        "填表说明",
        "一、本表由各乡镇填写。",
        "二、身份证号应为18位。",
        "三、日期按年月日填写。",
        "四、如有疑问请与县局联系。",
    ]
    return Page("填表说明", [Line([t], SET_ASIDE) for t in texts], "")


def files(rng: random.Random, people: People) -> list[Book]:
    """One book a department, each a mess of its own."""
    out = []

    # civil affairs: a sheet a township, titles, units, sums, notes, hidden old list, instructions
    pages = [explanation()]
    for township in list(PLACES)[:3]:
        x = from_outside(in_township(township, rng, people, "civil_affairs.dibao", 14), "62")
        x = villages_in_words(hurt(x, rng, 0.35), rng).shuffle(rng)
        if township == "柳林乡":
            x.drop("phone")
        pages.append(
            page(
                x,
                township,
                title=(f"{COUNTY_NAME}{township}农村低保对象花名册",),
                subtitle={0: f"填报单位：{township}民政所", 5: "单位：元"},
                repeat=7,
                repeat_title=True,
                after=(
                    total(x, "合计", "members_covered", "monthly_amount"),
                    ["备注：本表一式三份。"],
                    ["制表人：赵", None, "审核人：钱"],
                ),
            )
        )
    old = table("civil_affairs.dibao", rng, people, 5)
    pages.append(page(old, "2020年旧", visible="hidden", skipped=True))
    out.append(
        book(
            "1-农村低保对象（汇总）2021年9月5日.xlsx",
            pages,
            as_of=D(2021, 9, 5),
            defects=("1", "2", "4", "5", "6", "8", "9"),
            notice=("9",),
        )
    )

    # education: merged groups over two lines, empty first column, mended by hand
    guard = {"guardian_name": "监护人", "guardian_id_number": "监护人"}
    school = {
        "school": "就读情况",
        "stage": "就读情况",
        "grade": "就读情况",
        "boarding": "就读情况",
        "status": "就读情况",
    }
    x = hurt(table("education.enrolment", rng, people, 24), rng, 0.3)
    order = [
        "serial",
        "township",
        "village",
        "name",
        "id_number",
        "sex",
        "birth_date",
        "student_number",
        "school",
        "stage",
        "grade",
        "boarding",
        "status",
        "guardian_name",
        "guardian_id_number",
        "phone",
    ]
    keep = {c: h for c, h in zip(x.columns, x.headers, strict=True)}
    x.columns = [c for c in order if c in keep]
    x.headers = [keep[c] for c in x.columns]
    x.headers[x.columns.index("guardian_name")] = "姓名"
    x.headers[x.columns.index("guardian_id_number")] = "身份证号码"
    x.headers[x.columns.index("name")] = "学生姓名"
    x.headers[x.columns.index("id_number")] = "学生身份证件号码"
    x.headers[x.columns.index("boarding")] = "是否\n寄宿生"
    x.drop("age")
    villages_in_words(x, rng)
    out.append(
        book(
            "2-2021.9.1在籍学生.xls",
            page(
                x,
                "学生",
                title=("2021年秋季学期在籍学生花名册",),
                groups={**guard, **school},
                shift=1,
                blank_rows=(5, 11),
                after=(["说明：借读生不填。"],),
            ),
            "xls",
            as_of=D(2021, 9, 1),
            defects=("1", "3", "5", "7", "11"),
        )
    )

    # housing: units in the sub-title, sums at the top, dates by many hands
    x = hurt(
        table("housing.renovations", rng, people, 26), rng, 0.25, "head_id_number", "head_name"
    )
    hurt_values(x, "finished_on", values.DATES[:14] + values.DATES[17:20], rng, 9)
    villages_in_words(x, rng)
    for row in x.rows:
        n = row["subsidy"].raw
        row["subsidy"] = Cell(f"{n / 10000:g}", value(n, defect="56"))
    x.headers[x.columns.index("subsidy")] = "补助资金\n（万元）"
    top = line(x, township="合计", subsidy=round(sum(float(r["subsidy"].raw) for r in x.rows), 4))
    p = page(
        x,
        "危改",
        title=("附件3：", "2020年农村危房改造任务完成情况表"),
        subtitle={0: "填报单位（公章）：县住建局", 6: "填报时间：2021年9月2日"},
        before=(top,),
        repeat=10,
        after=([None] * 3, ["注：1.改造方式填修缮加固或重建；2.补助资金以拨付为准。"]),
    )
    out.append(
        book("3-危房改造情况表.xlsx", p, as_of=D(2021, 9, 2), defects=("1", "2", "4", "5", "6"))
    )

    # health: a web page with a merged header
    x = hurt(table("health.doctor_contracts", rng, people, 22), rng, 0.3)
    hurt_values(x, "last_visit_on", values.DATES[:9], rng, 6)
    groups = dict.fromkeys(("signed_on", "team", "valid_to", "last_visit_on"), "签约服务")
    out.append(
        book(
            "4-签约服务导出20210903.xls",
            page(
                villages_in_words(x, rng),
                title=("家庭医生签约服务查询结果",),
                groups=groups,
                after=(["共22条记录"],),
            ),
            "html",
            as_of=D(2021, 9, 3),
            defects=("1", "3", "5", "13"),
            options={"encoding": "gbk"},
        )
    )

    # insurance: csv of a system, numbers fenced, a line of words above
    x = hurt(table("insurance.coverage", rng, people, 30), rng, 0.3)
    for row in x.rows:
        if row["id_number"].want.defect == "" and isinstance(row["id_number"].raw, str):
            n = row["id_number"].raw
            row["id_number"] = Cell(f"\t{n}", value(n, defect="15"))
    out.append(
        book(
            "5-参保数据导出20210904.csv",
            page(
                villages_in_words(x, rng),
                title=("导出时间：2021-09-04 08:12:33",),
                merge_title=False,
                after=(["导出完毕，共30条"],),
            ),
            "csv",
            as_of=D(2021, 9, 4),
            defects=("1", "5", "14"),
            options={"encoding": "gb18030"},
        )
    )

    # finance: in a zip, sums by village, failed ones hidden by a filter
    x = hurt(table("finance.card_payments", rng, people, 20), rng, 0.25)
    for at in (3, 9, 10):
        x.rows[at][HIDDEN], x.rows[at][DOUBT] = True, "10"  # type: ignore[assignment]
    hurt_values(x, "amount", values.AMOUNTS[:12], rng, 6)
    between = {6: total(replace(x, rows=[]), "小计"), 13: total(replace(x, rows=[]), "小计")}
    out.append(
        book(
            "6-补贴发放（压缩）.zip",
            page(x, title=("一卡通发放清册",), between=between, repeat=8),
            as_of=D(2021, 9, 6),
            defects=("1", "4", "6"),
            options={"zip": "2021年9月6日发放清册.xlsx", "filter": True},
        )
    )

    # disability federation: two lists in one workbook, each with a header of its own
    x = hurt(table("civil_affairs.disability", rng, people, 16), rng, 0.25)
    y = hurt(table("civil_affairs.tekun", rng, people, 12), rng, 0.25)
    out.append(
        book(
            "7-残疾与特困2021年9月7日.xls",
            [
                page(
                    villages_in_words(x, rng), "残疾人", title=("持证残疾人",), after=(["填表："],)
                ),
                page(
                    villages_in_words(y, rng),
                    "特困人员",
                    title=("特困供养",),
                    after=(total(y, "合计", "monthly_amount"),),
                ),
            ],
            "xls",
            as_of=D(2021, 9, 7),
            defects=("1", "5", "6", "11"),
        )
    )

    # roster: household number only on the first line, merged, two header lines, many hands
    families = [people.family() for _ in range(9)]
    x = hurt(
        table("roster.population", rng, people, crowd=[p for f in families for p in f]), rng, 0.2
    )
    at, merges = 0, []
    for family in families:
        for j in range(1, len(family)):
            row = x.rows[at + j]
            for c in ("township", "village", "group_name", "household_id"):
                row[c] = Cell(None, replace(row[c].want, defect="61", flag="may"))
            row["serial"] = Cell(None, value(None, x.rows[at]["serial"].raw, defect="61"))
        if len(family) > 1:
            merges += [
                (at, x.columns.index(c), at + len(family) - 1, x.columns.index(c))
                for c in ("serial", "township", "village", "group_name", "household_id")
            ]
        at += len(family)
    p = page(x, "名册", title=("农村人口基础名册",), subtitle={0: "填报日期：2021.9.8"})
    p.merges += [(r1 + 3, c1, r2 + 3, c2) for r1, c1, r2, c2 in merges]
    out.append(book("8-基础名册.xlsx", p, as_of=D(2021, 9, 8), defects=("1", "2")))

    # monitored: the national export, risks in numbered columns, the second 风险是否已消除0
    x = hurt(table("roster.monitored", rng, people, 15), rng, 0.2, "head_id_number", "head_name")
    out.append(
        book(
            "6-防止返贫致贫监测对象信息_20210909-风险未消除15人.xlsx",
            page(x),
            "pandas",
            as_of=D(2021, 9, 9),
        )
    )

    # deaths: three header lines
    x = hurt(table("health.deaths", rng, people, 15), rng, 0.25)
    hurt_values(x, "died_on", values.DATES[:8], rng, 6)
    groups = dict.fromkeys(
        ("name", "id_number", "sex", "birth_date", "age"), "死者基本信息"
    ) | dict.fromkeys(("died_on", "cause", "address", "source"), "死亡信息")
    p = page(
        x,
        title=("死亡医学证明登记表",),
        groups=groups,
        gap=1,
        after=(["合计", f"{len(x.rows)}人"],),
    )
    out.append(
        book(
            "9-死亡登记2021年9月.xls",
            p,
            "lo-xls",
            as_of=D(2021, 9, 1),
            defects=("1", "3", "6", "11"),
        )
    )
    return out


__all__ = ["NOT_DATA", "files"]
