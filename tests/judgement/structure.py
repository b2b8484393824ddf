"""Defects 1 to 17 and 61, 62, 68, 69: how files and sheets are laid out, named and saved."""

import csv
import datetime as dt
import random
from dataclasses import replace

from tests.judgement.county import PLACES, People
from tests.judgement.layout import DOUBT, HIDDEN, KIND, book, line, page, total
from tests.judgement.tables import Table, place, table
from tests.judgement.truth import DATA, NOT_DATA, Book, Cell, Line, Page, value

D = dt.date


def in_township(
    township: str, rng: random.Random, people: People, dataset: str, n: int, **more: object
) -> Table:
    """A list of one township, its rows from several villages."""
    crowd = []
    names = list(PLACES[township][1])
    for _ in range(n):
        where = (township, rng.choice(names))
        if dataset.startswith("education"):
            crowd += people.pupils(1, place=where)
        else:
            crowd += people.adults(1, where)
    return table(dataset, rng, people, crowd=crowd, **more)  # type: ignore[arg-type]


def from_outside(t: Table, defect: str = "62") -> Table:
    """The township is not written in the list but must be known in every row."""
    i = t.columns.index("township")
    del t.columns[i], t.headers[i]
    for row in t.rows:
        township = row["township"].raw
        row["township"] = Cell(None, value(township, defect=defect))
    return t


def files(rng: random.Random, people: People) -> list[Book]:
    """Books whose cells are clean and whose layout is not."""
    out: list[Book] = []

    def t(dataset: str, n: int = 10, **more: object) -> Table:
        return table(dataset, rng, people, n, **more)  # type: ignore[arg-type]

    # 1 titles above the header
    x = t("civil_affairs.dibao")
    out.append(
        book(
            "农村低保对象花名册20210825.xlsx",
            page(x, "低保", title=("云谷县2021年农村最低生活保障对象姓名身份证号登记表",)),
            as_of=D(2021, 8, 25),
            defects=("1",),
        )
    )
    x = t("housing.appraisals")
    out.append(
        book(
            "房屋鉴定2021.8.23.xls",
            page(x, title=("附件2", "云谷县农村房屋安全鉴定结果一览表"), merge_title=False, gap=2),
            "xls",
            as_of=D(2021, 8, 23),
            defects=("1", "11"),
        )
    )
    x = t("insurance.coverage")
    out.append(
        book(
            "参保2021年8月24日.xlsx",
            page(
                x,
                title=(
                    "云谷县医疗保障局",
                    "城乡居民基本医疗保险参保人员明细",
                    "（内部资料 注意保密）",
                ),
            ),
            "xlsxwriter",
            as_of=D(2021, 8, 24),
            defects=("1",),
        )
    )

    # 2 sub-title with unit and date
    x = t("civil_affairs.tekun")
    out.append(
        book(
            "特困人员花名册.xlsx",
            page(
                x,
                title=("特困供养人员花名册",),
                subtitle={0: "填报单位：云谷县民政局    2021年8月"},
            ),
            as_of=D(2021, 8, 1),
            defects=("2",),
        )
    )
    x = t("health.illnesses")
    out.append(
        book(
            "大病慢病管理台账.xls",
            page(
                x,
                title=("大病慢病患者管理台账",),
                subtitle={0: "填报单位（盖章）：云谷县卫生健康局", -3: "填报日期：2021年8月27日"},
            ),
            "xls",
            as_of=D(2021, 8, 27),
            defects=("2", "11"),
        )
    )
    x = t("finance.card_payments")
    out.append(
        book(
            "一卡通发放明细.csv",
            page(
                x,
                title=("惠民惠农补贴一卡通发放明细表",),
                subtitle={0: "制表日期：2021-08-28", 3: "单位：元"},
            ),
            "csv",
            as_of=D(2021, 8, 28),
            defects=("2",),
            options={"encoding": "utf-8-sig"},
        )
    )

    # 3 two-line headers, merged or not
    money = dict.fromkeys(("wage_income", "transfer_income", "net_income_per_head"), "家庭收入")
    x = t("roster.monitored")
    out.append(
        book(
            "监测对象台账20210826.xlsx",
            page(x, "监测对象", title=("防止返贫监测对象台账",), groups=money),
            as_of=D(2021, 8, 26),
            defects=("1", "3"),
        )
    )
    guard = {
        "guardian_name": "监护人信息",
        "guardian_id_number": "监护人信息",
        "stage": "学籍信息",
        "grade": "学籍信息",
        "boarding": "学籍信息",
        "status": "学籍信息",
    }
    x = t("education.enrolment")
    x.headers = [
        "姓名" if c == "guardian_name" else "身份证号" if c == "guardian_id_number" else h
        for c, h in zip(x.columns, x.headers, strict=True)
    ]
    x.headers[x.columns.index("name")], x.headers[x.columns.index("id_number")] = (
        "学生姓名",
        "学生身份证号",
    )
    out.append(
        book(
            "学籍名册2021.8.20.xls",
            page(x, groups=guard),
            "xls",
            as_of=D(2021, 8, 20),
            defects=("3", "11"),
        )
    )
    fees = dict.fromkeys(("total", "in_scope"), "费用情况（元）") | dict.fromkeys(
        ("basic_paid", "serious_paid", "aid_paid", "own_paid"), "报销情况（元）"
    )
    x = t("insurance.claims")
    out.append(
        book(
            "住院结算明细2021年8月30日.csv",
            page(x, title=("住院费用结算明细",), groups=fees, merged=False),
            "csv",
            as_of=D(2021, 8, 30),
            defects=("3",),
            options={"encoding": "gb18030"},
        )
    )
    x = t("housing.relocations")
    home = {
        "old_house_demolished": "旧房处置",
        "land_restored": "旧房处置",
        "site": "安置情况",
        "mode": "安置情况",
        "area": "安置情况",
        "moved_in_on": "安置情况",
    }
    out.append(
        book(
            "易地搬迁台账20210822.xls",
            page(x, title=("易地扶贫搬迁户台账",), groups=home),
            "html",
            as_of=D(2021, 8, 22),
            defects=("3", "13"),
        )
    )

    # 4 header again on each printed page
    x = t("housing.renovations", 17)
    out.append(
        book(
            "危改台账20210823.xlsx",
            page(x, title=("农村危房改造台账",), repeat=5),
            as_of=D(2021, 8, 23),
            defects=("4",),
        )
    )
    x = t("health.doctor_contracts", 14)
    out.append(
        book(
            "家医签约名单2021.08.24.xls",
            page(x, title=("家庭医生签约名单",), repeat=6, repeat_title=True),
            "xls",
            as_of=D(2021, 8, 24),
            defects=("4", "11"),
        )
    )
    x = t("insurance.claims", 11)
    out.append(
        book(
            "结算明细分页20210831.xlsx",
            page(x, groups=fees, repeat=4, title=("结算明细",)),
            as_of=D(2021, 8, 31),
            defects=("3", "4"),
        )
    )

    # 5 notes at the bottom
    x = t("civil_affairs.disability")
    notes = (
        [None],
        ["备注：本表由县残联提供，数据截至2021年8月20日。"],
        ["填表人：", None, "审核人：", None, "联系电话：0999-1234567"],
        ["1. 残疾类别按残疾人证填写。"],
        ["2.残疾等级填一至四级。"],
    )
    out.append(
        book(
            "持证残疾人名单20210820.xlsx",
            page(x, after=notes),
            as_of=D(2021, 8, 20),
            defects=("5",),
        )
    )
    x = t("education.home_teaching")
    out.append(
        book(
            "送教上门2021.8.25.xlsx",
            page(
                x,
                title=("送教上门情况表",),
                after=(
                    ["注：送教次数按月统计；无送教的填0。"],
                    [None, None, "单位负责人（签字）：", None, "经办人：王老师"],
                    [None, None, None, "2021年8月25日"],
                ),
            ),
            "xlsxwriter",
            as_of=D(2021, 8, 25),
            defects=("5",),
        )
    )
    x = t("health.deaths")
    out.append(
        book(
            "死亡人员信息20210827.csv",
            page(
                x,
                after=(
                    ["说明", "以上为2021年1—8月死亡人员，来源于各乡镇卫生院上报。"],
                    ["制表：李某", "", "复核：张某"],
                ),
            ),
            "csv",
            as_of=D(2021, 8, 27),
            defects=("5",),
        )
    )

    # 6 sums
    x = t("finance.card_payments", 9)
    out.append(
        book(
            "补贴发放清册20210828.xlsx",
            page(x, title=("补贴发放清册",), after=(total(x, "合  计", "due", "amount"),)),
            as_of=D(2021, 8, 28),
            defects=("6",),
        )
    )
    x = t("civil_affairs.dibao", 12)
    sub = {
        3: line(
            x,
            village="小计",
            members_covered=sum(int(r["members_covered"].raw) for r in x.rows[:4]),
            monthly_amount=sum(r["monthly_amount"].raw for r in x.rows[:4]),
        ),
        7: line(
            x,
            village="小计",
            members_covered=sum(int(r["members_covered"].raw) for r in x.rows[4:8]),
            monthly_amount=sum(r["monthly_amount"].raw for r in x.rows[4:8]),
        ),
    }
    out.append(
        book(
            "低保备案表2021.8.26.xls",
            page(
                x,
                title=("农村低保备案表",),
                between=sub,
                after=(total(x, "总计", "members_covered", "monthly_amount"),),
            ),
            "xls",
            as_of=D(2021, 8, 26),
            defects=("6", "11"),
        )
    )
    x = t("finance.fund_progress")
    out.append(
        book(
            "衔接资金支出进度20210910.xlsx",
            page(
                x,
                title=("衔接资金支出进度表（单位：元）",),
                before=(
                    line(
                        x,
                        township="全县合计",
                        allocated=sum(r["allocated"].raw for r in x.rows),
                        spent=sum(r["spent"].raw for r in x.rows),
                    ),
                ),
            ),
            as_of=D(2021, 9, 10),
            defects=("6",),
        )
    )
    x = t("education.student_aid", 10)
    out.append(
        book(
            "资助发放表20210825.xlsx",
            page(
                x,
                repeat=5,
                between={
                    4: total(replace(x, rows=x.rows[:5]), "本页小计", "amount"),
                    9: total(replace(x, rows=x.rows[5:]), "本页小计", "amount"),
                },
                after=(total(x, "合计", "amount"), [f"合计（大写）：{len(x.rows)}人"]),
            ),
            as_of=D(2021, 8, 25),
            defects=("4", "6"),
        )
    )

    # 7 gaps
    x = t("health.illnesses")
    out.append(
        book(
            "慢病名单2021.8.21.xlsx",
            page(x, title=("慢病名单",), gap=1, blank_rows=(2, 3, 6), shift=1, blank_columns=(4,)),
            as_of=D(2021, 8, 21),
            defects=("7",),
        )
    )
    x = t("housing.appraisals").drop("serial")
    p = page(x, blank_rows=(4,), shift=2)
    p.lines[:0] = [Line([None]), Line([None]), Line([None])]
    out.append(book("鉴定结果20210824.xlsx", p, "xlsxwriter", as_of=D(2021, 8, 24), defects=("7",)))
    x = t("insurance.coverage")
    out.append(
        book(
            "参保名单20210823.csv",
            page(x, blank_rows=(0, 5), blank_columns=(3, 6)),
            "csv",
            as_of=D(2021, 8, 23),
            defects=("7",),
            options={"encoding": "gbk"},
        )
    )

    # 8 one sheet a township, columns in another order each
    pages = []
    for township in PLACES:
        x = from_outside(in_township(township, rng, people, "civil_affairs.dibao", 5), "8").shuffle(
            rng
        )
        pages.append(page(x, township, title=(f"{township}低保对象名单",)))
    out.append(
        book("各乡镇低保对象2021年8月20日.xlsx", pages, as_of=D(2021, 8, 20), defects=("8",))
    )
    pages = []
    for number, township in enumerate(PLACES, 1):
        x = from_outside(in_township(township, rng, people, "insurance.coverage", 4), "8").shuffle(
            rng
        )
        pages.append(page(x, f"{number}{township[:-1]}"))
    out.append(
        book(
            "参保人员（分乡镇）20210822.xls",
            pages,
            "xls",
            as_of=D(2021, 8, 22),
            defects=("8", "11"),
        )
    )
    pages = []
    for township in PLACES:
        x = in_township(township, rng, people, "education.enrolment", 4).shuffle(rng)
        pages.append(page(x, township + "中心学校", title=("学生花名册",)))
    out.append(
        book(
            "全县学生花名册20210818.xlsx", pages, "xlsxwriter", as_of=D(2021, 8, 18), defects=("8",)
        )
    )

    # 9 hidden sheets
    x, old = t("civil_affairs.tekun"), t("civil_affairs.tekun", 6)
    out.append(
        book(
            "特困名单20210819.xlsx",
            [page(x, "特困"), page(old, "旧数据", visible="hidden", skipped=True)],
            as_of=D(2021, 8, 19),
            defects=("9",),
            notice=("9",),
        )
    )
    x, old = t("health.doctor_contracts"), t("health.doctor_contracts", 5)
    out.append(
        book(
            "签约名单20210817.xlsx",
            [page(old, "2020年", visible="veryHidden", skipped=True), page(x, "2021年")],
            "xlsxwriter",
            as_of=D(2021, 8, 17),
            defects=("9",),
            notice=("9",),
        )
    )
    x, old = t("housing.renovations"), t("housing.renovations", 5)
    out.append(
        book(
            "危改20210816.xls",
            [page(x, "台账"), page(old, "底稿", visible="hidden", skipped=True)],
            "xls",
            as_of=D(2021, 8, 16),
            defects=("9", "11"),
            notice=("9",),
        )
    )

    # 10 hidden or filtered rows
    for dataset, name, container in (
        ("civil_affairs.disability", "残疾人名册20210815.xlsx", "xlsx"),
        ("finance.card_payments", "发放明细20210814.xlsx", "xlsxwriter"),
        ("education.enrolment", "学生名册20210813.xls", "xls"),
    ):
        x = t(dataset)
        for i in (2, 5, 6):
            x.rows[i][HIDDEN], x.rows[i][DOUBT] = True, "10"  # type: ignore[assignment]
        out.append(
            book(
                name,
                page(x),
                container,
                as_of=D(2021, 8, int(name[-7:-5]) if container != "xls" else 13),
                defects=("10",),
                options={"filter": container == "xlsx"},
            )
        )

    # 11 .xls and 12 .et; LibreOffice's own
    out.append(
        book(
            "常住人口名册20210829.xls",
            page(t("roster.population"), title=("农村常住人口名册",)),
            "lo-xls",
            as_of=D(2021, 8, 29),
            defects=("11",),
        )
    )
    out.append(
        book(
            "救助对象名单20210812.et",
            page(t("civil_affairs.dibao"), title=("救助对象名单",)),
            "xls",
            as_of=D(2021, 8, 12),
            defects=("12",),
        )
    )
    out.append(
        book(
            "鉴定台账20210811.et",
            page(t("housing.appraisals")),
            "lo-xls",
            as_of=D(2021, 8, 11),
            defects=("12",),
        )
    )
    out.append(
        book(
            "签约服务20210810.et",
            page(t("health.doctor_contracts")),
            "xlsx",
            as_of=D(2021, 8, 10),
            defects=("12",),
        )
    )

    # 13 web pages and XML saved as .xls
    out.append(
        book(
            "参保导出20210809.xls",
            page(t("insurance.coverage"), title=("参保人员查询结果",)),
            "html",
            as_of=D(2021, 8, 9),
            defects=("13",),
            options={"encoding": "gb2312"},
        )
    )
    out.append(
        book(
            "学籍导出20210808.xls",
            page(t("education.enrolment")),
            "xml",
            as_of=D(2021, 8, 8),
            defects=("13",),
        )
    )
    out.append(
        book(
            "补贴导出20210807.xls",
            page(t("finance.card_payments")),
            "lo-html",
            as_of=D(2021, 8, 7),
            defects=("13",),
        )
    )
    out.append(
        book(
            "残疾人导出20210806.xls",
            page(t("civil_affairs.disability")),
            "xml",
            as_of=D(2021, 8, 6),
            defects=("13",),
        )
    )

    # 14 encodings
    for (dataset, name), (encoding, bom, separator) in zip(
        (
            ("insurance.claims", "结算a20210805.csv"),
            ("roster.population", "人口b20210804.csv"),
            ("finance.card_payments", "发放c20210803.txt"),
            ("health.deaths", "死亡d20210802.csv"),
            ("education.student_aid", "资助e20210801.txt"),
        ),
        (
            ("gb18030", b"", ","),
            ("utf-8", b"\xef\xbb\xbf", ","),
            ("utf-16-le", b"\xff\xfe", "\t"),
            ("utf-16-be", b"\xfe\xff", ","),
            ("gbk", b"", "|"),
        ),
        strict=True,
    ):
        out.append(
            book(
                name,
                page(t(dataset)),
                "csv",
                as_of=D(2021, 8, int(name[-6:-4])),
                defects=("14",),
                options={"encoding": encoding, "bom": bom, "separator": separator},
            )
        )

    # 15 commas in addresses, tabs and quotes around numbers
    x = t("health.deaths")
    for row in x.rows:
        row["id_number"] = Cell(
            row["id_number"].raw + "\t", value(row["id_number"].raw, defect="15")
        )
        address = row["address"].raw.replace("组", "组,旧村部旁")
        row["address"] = Cell(address, value(address, defect="15"))
    out.append(
        book(
            "死亡登记20210815.csv",
            page(x),
            "csv",
            as_of=D(2021, 8, 15),
            defects=("15",),
            options={"encoding": "gb18030"},
        )
    )
    x = t("finance.card_payments")
    for i, row in enumerate(x.rows):
        n, a = row["id_number"].raw, row["account"].raw
        row["id_number"] = Cell(
            [f"'{n}", f'="{n}"', f"\t{n}", f" {n} "][i % 4], value(n, defect="15")
        )
        row["account"] = Cell(
            [f"'{a}", f'="{a}"', f"\t{a}", f"{a}\t"][i % 4], value(a, defect="15")
        )
    out.append(
        book(
            "打卡明细20210816.csv",
            page(x),
            "csv",
            as_of=D(2021, 8, 16),
            defects=("15",),
            options={"encoding": "utf-8", "quoting": csv.QUOTE_ALL, "newline": "\n"},
        )
    )
    x = t("education.enrolment")
    for row in x.rows:
        n = row["id_number"].raw
        row["id_number"] = Cell(f'="{n}"', value(n, defect="15"))
        row["student_number"] = Cell(f"\tG{n}", value(f"G{n}", defect="15"))
    out.append(
        book(
            "学生导出20210814.txt",
            page(x),
            "csv",
            as_of=D(2021, 8, 14),
            defects=("15",),
            options={"encoding": "utf-16-le", "bom": b"\xff\xfe", "separator": "\t"},
        )
    )

    # 16 locked; 17 cut short
    out.append(
        book(
            "低保加密20210823.xls",
            page(t("civil_affairs.dibao")),
            "locked-xls",
            refused="密码",
            defects=("16",),
        )
    )
    out.append(
        book(
            "参保加密20210823.xlsx",
            page(t("insurance.coverage")),
            "locked-xlsx",
            refused="密码",
            defects=("16",),
        )
    )
    out.append(
        book(
            "上传中断20210823.xlsx",
            page(t("housing.appraisals", 60)),
            "cut",
            refused="完整",
            defects=("17",),
        )
    )
    x = t("roster.monitored", 8)
    out.append(
        book(
            "监测对象信息_20210902-风险未消除13人.xlsx",
            page(x),
            as_of=D(2021, 9, 2),
            defects=("17",),
            notice=("17",),
        )
    )
    x = t("civil_affairs.tekun", 7)
    out.append(
        book(
            "特困供养20210903.xls",
            page(x, after=(total(x, "合计", "monthly_amount")[:-1] + [99999],)),
            "xls",
            as_of=D(2021, 9, 3),
            defects=("17",),
            notice=("17",),
        )
    )
    x = t("housing.relocations", 6)
    out.append(
        book(
            "搬迁户名单20210904共9户.xlsx",
            page(x),
            as_of=D(2021, 9, 4),
            defects=("17",),
            notice=("17",),
        )
    )

    out += _blank_means_above(rng, people)
    out += _outside(rng, people)
    out += _repeated(rng, people)
    return out


def _blank_means_above(rng: random.Random, people: People) -> list[Book]:
    """61: the household's number only on its first line."""
    out = []
    for name, container, merged in (
        ("家庭人口表20210827.xlsx", "xlsx", True),
        ("家庭人口台账20210828.xls", "xls", False),
    ):
        families = [people.family(size=s) for s in (3, 1, 4, 2)]
        x = table("roster.population", rng, people, crowd=[p for f in families for p in f])
        merges, at = [], 0
        columns = ("serial", "township", "village", "group_name", "household_id")
        for number, family in enumerate(families, 1):
            for j in range(len(family)):
                row = x.rows[at + j]
                row["serial"] = Cell(number if j == 0 else None, value(number, None, defect="61"))
                if j:
                    for c in columns[1:]:
                        row[c] = Cell(None, replace(row[c].want, defect="61", flag="may"))
            if merged and len(family) > 1:
                merges += [
                    (at, x.columns.index(c), at + len(family) - 1, x.columns.index(c))
                    for c in columns
                ]
            at += len(family)
        p = page(x, title=("家庭人口表",))
        p.merges += [(r1 + 2, c1, r2 + 2, c2) for r1, c1, r2, c2 in merges]
        out.append(
            book(
                name,
                p,
                container,
                as_of=D(2021, 8, int(name[-7:-5]) if container == "xlsx" else 28),
                defects=(),
            )
        )
    # one cover of several persons of a household in the allowance list, merged
    families = [people.family(size=s) for s in (2, 3, 1)]
    x = table("civil_affairs.dibao", rng, people, crowd=[p for f in families for p in f])
    at, merges = 0, []
    for family in families:
        head = family[0].name
        amount = x.rows[at]["certificate"].raw
        for j in range(len(family)):
            row = x.rows[at + j]
            row["head_name"] = Cell(head if j == 0 else None, value(head, defect="61" if j else ""))
            row["certificate"] = Cell(
                amount if j == 0 else None, value(amount, defect="61" if j else "")
            )
        if len(family) > 1:
            merges += [
                (at + 1, x.columns.index(c), at + len(family), x.columns.index(c))
                for c in ("head_name", "certificate")
            ]
        at += len(family)
    p = page(x)
    p.merges += merges
    out.append(book("低保家庭成员20210829.xlsx", p, as_of=D(2021, 8, 29)))
    return out


def _outside(rng: random.Random, people: People) -> list[Book]:
    """62: the township only in the file's name, the sheet's name, the title; 69 as-of dates."""
    out = []
    x = from_outside(in_township("河湾镇", rng, people, "housing.appraisals", 8))
    out.append(book("河湾镇房屋鉴定结果20210905.xlsx", page(x), as_of=D(2021, 9, 5)))
    x = from_outside(in_township("柳林乡", rng, people, "education.enrolment", 8))
    out.append(book("在籍学生（柳林乡）2021.9.1.xls", page(x), "xls", as_of=D(2021, 9, 1)))
    x = from_outside(in_township("马蹄寨乡", rng, people, "civil_affairs.disability", 7))
    out.append(book("残疾人20210906.xlsx", page(x, "马蹄寨乡"), as_of=D(2021, 9, 6)))
    x = from_outside(in_township("石桥镇", rng, people, "health.illnesses", 7))
    out.append(
        book(
            "大病患者名单2021年9月3日.xlsx",
            page(x, title=("石桥镇大病患者名单",)),
            as_of=D(2021, 9, 3),
        )
    )
    x = from_outside(in_township("河湾镇", rng, people, "insurance.coverage", 6))
    out.append(
        book(
            "参保人员20210907.csv",
            page(x, subtitle={0: "填报单位：河湾镇人民政府"}),
            "csv",
            as_of=D(2021, 9, 7),
            options={"encoding": "gb18030"},
        )
    )
    x = table("housing.renovations", rng, people, 6, where=("柳林乡", "上柳村"))
    for c in ("township", "village"):
        i = x.columns.index(c)
        del x.columns[i], x.headers[i]
    for row in x.rows:
        row.update(
            {
                c: Cell(None, replace(cell.want, defect="62", flag="may"))
                for c, cell in place(x.people[0]).items()
            }
        )
    out.append(book("柳林乡上柳村危房改造2021年9月8日.xlsx", page(x), as_of=D(2021, 9, 8)))

    # 69: days of the file by different words
    for dataset, name, title, day in (
        ("civil_affairs.dibao", "在保名单.xlsx", "截至2021年8月31日在保人员名单", D(2021, 8, 31)),
        ("roster.population", "户籍人口（2021年9月）.xlsx", "户籍人口", D(2021, 9, 1)),
        ("insurance.claims", "3-02021.9.1-2021年9月份住院结算.xls", "住院结算", D(2021, 9, 1)),
        ("health.deaths", "死亡名单 2021-09-02.xlsx", "死亡人员名单", D(2021, 9, 2)),
    ):
        x = table(dataset, rng, people, 6)
        out.append(
            book(
                name,
                page(x, title=(title,)),
                "xls" if name.endswith("xls") else "xlsx",
                as_of=day,
                defects=("69",),
            )
        )
    x = table("education.student_aid", rng, people, 6)
    out.append(book("2020-2021学年度学生资助.xlsx", page(x), as_of=None, defects=("69",)))
    x = table("civil_affairs.tekun", rng, people, 6)
    out.append(book("2021年特困人员.xls", page(x), "xls", as_of=None, defects=("69",)))
    return out


def _repeated(rng: random.Random, people: People) -> list[Book]:
    """68: the same person twice, or once active and once stopped."""
    out = []
    x = table("civil_affairs.dibao", rng, people, 8)
    again = dict(x.rows[2])
    again["serial"] = Cell(9, value(9))
    again["status"] = Cell("停保", value("停保"))
    again[DOUBT] = x.rows[2][DOUBT] = "68?"  # type: ignore[assignment]
    x.rows.append(again)
    out.append(book("低保在保停保20210911.xlsx", page(x), as_of=D(2021, 9, 11)))
    for dataset, name, container in (
        ("insurance.coverage", "参保重复20210912.xls", "xls"),
        ("civil_affairs.disability", "残疾人重复20210913.xlsx", "xlsx"),
        ("housing.relocations", "搬迁重复20210912.csv", "csv"),
    ):
        x = table(dataset, rng, people, 8)
        again = dict(x.rows[3])
        again["serial"] = Cell(9, value(9))
        again[DOUBT] = "68"  # type: ignore[assignment]
        again[KIND] = DATA  # type: ignore[assignment]
        x.rows.append(again)
        day = D(2021, 9, 13) if "13" in name else D(2021, 9, 12)
        out.append(book(name, page(x), container, as_of=day))
    return out


__all__ = ["NOT_DATA", "Page", "files"]
