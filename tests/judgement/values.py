"""Defects 52 to 60: dates, amounts, yes and no, grades, words that drift."""

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any

from tests.judgement.county import People
from tests.judgement.layout import book, page
from tests.judgement.tables import Table, table
from tests.judgement.truth import (
    Book,
    Cell,
    Codes,
    Err,
    Formula,
    Month,
    Num,
    Want,
    doubted,
    either,
    flagged,
    refused,
    value,
)

D = dt.date
THE_DAY = D(2021, 5, 6)


def _on(name: str) -> dt.date:
    return D(2021, 8, int("".join(c for c in name.split("共", maxsplit=1)[0] if c.isdigit())[6:8]))


# -- 52 dates -------------------------------------------------------------------------------------

DATES: tuple[tuple[Any, Want], ...] = (
    ("2021.5.6", value(THE_DAY, defect="52")),
    ("20210506", value(THE_DAY, defect="52")),
    (20210506, value(THE_DAY, defect="52")),
    ("2021年5月", value(Month(2021, 5), defect="52")),
    ("2021年5月6日", value(THE_DAY, defect="52")),
    ("21/5/6", either(THE_DAY, defect="52")),
    ("21.5.6", either(THE_DAY, defect="52")),
    ("2021-5", value(Month(2021, 5), defect="52")),
    ("2021/05", value(Month(2021, 5), defect="52")),
    ("202105", value(Month(2021, 5), defect="52")),
    (202105, value(Month(2021, 5), defect="52")),
    ("二〇二一年五月六日", value(THE_DAY, defect="52")),
    ("二○二一年五月六日", value(THE_DAY, defect="52")),
    ("二零二一年五月", value(Month(2021, 5), defect="52")),
    ("二〇二〇年十一月二十三日", value(D(2020, 11, 23), defect="52")),
    ("二〇二〇年十二月三十日", value(D(2020, 12, 30), defect="52")),
    ("44322", value(THE_DAY, defect="52")),
    (44322, value(THE_DAY, defect="52")),
    ("May-21", either(Month(2021, 5), defect="52")),
    ("2021.5.0", value(Month(2021, 5), defect="52")),
    ("2021.05.06.", value(THE_DAY, defect="52")),
    ("２０２１．５．６", value(THE_DAY, defect="52")),
    ("2021。5。6", either(THE_DAY, defect="52")),
    ("2021、5、6", either(THE_DAY, defect="52")),
    ("2021 5 6", either(THE_DAY, defect="52")),
    ("2021-05-06 00:00:00", value(THE_DAY, defect="52")),
    ("2021/5/6 10:20", value(THE_DAY, defect="52")),
    ("2021-05-06T08:00:00", value(THE_DAY, defect="52")),
    ("2021年5月6号", value(THE_DAY, defect="52")),
    ("2021年05月06日上午", either(THE_DAY, defect="52")),
    (dt.datetime(2021, 5, 6, 14, 30), value(THE_DAY, defect="52")),
    (D(2021, 5, 6), value(THE_DAY, defect="52")),
    ("2021年", value(Month(2021), defect="52")),
    ("2021", value(Month(2021), defect="52")),
    ("2021.2.30", doubted(Month(2021, 2), defect="52")),
    ("2021.13.1", refused("52")),
    ("20210532", refused("52")),
    ("不详", either(None, defect="52")),
    ("见附件", refused("52")),
    ("1021-05-06", doubted(D(1021, 5, 6), defect="52")),
    ("2121-05-06", doubted(D(2121, 5, 6), defect="52")),
    ("5月6日", doubted(defect="52")),
    # 54 lunar: a candidate, never the plain date in silence
    ("农历八月廿九", refused("54")),
    ("2021年农历八月廿九", doubted(Month(2021), D(2021, 10, 5), defect="54")),
    ("农历2021.8.29", doubted(D(2021, 8, 29), Month(2021), defect="54")),
    ("2021年八月廿九", doubted(Month(2021), D(2021, 10, 5), defect="54")),
)


def _dates(rng: random.Random, people: People) -> list[Book]:
    out = []
    for turn, (dataset, column, name, container, options) in enumerate(
        (
            ("civil_affairs.disability", "issued_on", "残疾证日期20210816.xlsx", "xlsx", {}),
            (
                "housing.appraisals",
                "appraised_on",
                "鉴定日期20210817.csv",
                "csv",
                {"encoding": "gb18030"},
            ),
            ("finance.card_payments", "paid_on", "发放日期20210818.xls", "xls", {}),
            ("health.illnesses", "diagnosed_on", "确诊20210819.xlsx", "xlsxwriter", {}),
            ("insurance.coverage", "paid_on", "缴费日期20210820.csv", "csv", {}),
        )
    ):
        mine = [d for i, d in enumerate(DATES) if (i + turn) % 3 != 0 or rng.random() < 0.3]
        if container == "csv":  # text has no number cells
            mine = [d for d in mine if isinstance(d[0], str | int)]
        rng.shuffle(mine)
        x = table(dataset, rng, people, len(mine) + 30)
        for i, (raw, want) in enumerate(mine):
            x.put(i + i * 30 // len(mine), column, raw, want)
        out.append(book(name, page(x), container, as_of=_on(name), options=dict(options)))
    # the national export: YYYYMM in 识别监测时间, and serials beneath a plain number format
    x = table("roster.monitored", rng, people, 12)
    for i in range(0, 12, 2):
        m = Month(2020 + i % 2, i // 2 + 1)
        x.put(i, "identified_on", int(f"{m.year}{m.month:02d}"), value(m, defect="52"))
    out.append(book("识别时间20210821.xlsx", page(x), as_of=D(2021, 8, 21)))
    # dates counted from 1904, as Excel for the Mac kept them
    for dataset, column, name in (
        ("health.deaths", "died_on", "死亡苹果电脑20210822.xlsx"),
        ("housing.renovations", "finished_on", "竣工苹果电脑20210823.xlsx"),
    ):
        x = table(dataset, rng, people, 8, style="real")
        for row in x.rows:
            row[column] = Cell(
                row[column].raw, Want(row[column].want.values, flag="may", defect="52")
            )
        out.append(book(name, page(x), as_of=_on(name), options={"epoch1904": True}))
    # 53 an amount shown as a date, a date shown as a number
    for dataset, column, name, container in (
        ("housing.renovations", "subsidy", "补助显示成日期20210824.xlsx", "xlsx"),
        ("insurance.claims", "total", "费用显示成日期20210825.xls", "xls"),
        ("roster.monitored", "wage_income", "收入显示成日期20210826.xlsx", "xlsxwriter"),
    ):
        x = table(dataset, rng, people, 10)
        for at in (2, 5, 7):
            n = rng.randrange(9000, 45000)
            if dataset == "insurance.claims":
                x.put(at, "in_scope", round(n * 0.9), value(round(n * 0.9)))
                x.put(at, "basic_paid", round(n * 0.5), value(round(n * 0.5)))
                x.put(at, "own_paid", n - round(n * 0.5), value(n - round(n * 0.5)))
            x.put(at, column, Num(n, "yyyy-mm-dd"), either(n, defect="53"))
        out.append(book(name, page(x), container, as_of=_on(name)))
    for dataset, column, name, container in (
        ("health.doctor_contracts", "signed_on", "签约日期成数字20210827.xlsx", "xlsx"),
        ("housing.relocations", "moved_in_on", "入住日期成数字20210828.xls", "xls"),
    ):
        x = table(dataset, rng, people, 10)
        for at in range(10):
            d = x.rows[at][column].want.values[0]
            x.put(at, column, (d - D(1899, 12, 30)).days, value(d, defect="53"))
        out.append(book(name, page(x), container, as_of=_on(name)))
    return out


# -- 55 to 57 amounts -----------------------------------------------------------------------------

AMOUNTS: tuple[tuple[Any, Want], ...] = (
    ("1.2万元", value(12000, defect="55")),
    ("0.85万", value(8500, defect="55")),
    ("1,200", value(1200, defect="55")),
    ("12，500.50", value(12500.5, defect="55")),
    ("壹仟元", value(1000, defect="55")),
    ("壹万贰仟元整", value(12000, defect="55")),
    ("贰仟叁佰伍拾元", value(2350, defect="55")),
    ("一千五百", value(1500, defect="55")),
    ("￥1500", value(1500, defect="55")),
    ("¥2,600.00", value(2600, defect="55")),
    ("1500元", value(1500, defect="55")),
    ("1500.00 元", value(1500, defect="55")),
    ("约2000", value(2000, defect="55")),
    ("2000左右", value(2000, defect="55")),
    ("３５００", value(3500, defect="55")),
    ("3 500", either(3500, defect="55")),
    (" 1800 ", value(1800, defect="55")),
    ("'1900", value(1900, defect="also: apostrophe")),
    ("1000+500", doubted(1500, defect="55")),
    ("1000-1500", refused("55")),
    ("详见附件", refused("55")),
    ("未定", refused("55")),
    ("/", either(None, defect="55")),
    ("-", either(None, 0, defect="55")),
    ("1.2.3", refused("55")),
    ("1200元（含运费）", either(1200, defect="55")),
)
BROKEN: tuple[tuple[Any, Want], ...] = (
    (Err("#N/A"), refused("also: #N/A")),
    (Err("#REF!"), refused("also: #N/A")),
    (Formula("=SUM(1200,300)"), refused("also: formula")),
)


def _scatter(x: Table, column: str, shapes: Sequence[tuple[Any, Want]]) -> None:
    for i, (raw, want) in enumerate(shapes):
        x.put(i * 2 + 1, column, raw, want)


def _amounts(rng: random.Random, people: People) -> list[Book]:
    out = []
    for turn, (dataset, column, name, container) in enumerate(
        (
            ("housing.renovations", "subsidy", "危改补助20210816.xlsx", "xlsx"),
            ("insurance.claims", "own_paid", "自付20210817.csv", "csv"),
            ("finance.card_payments", "amount", "实发20210818.xls", "xls"),
            ("education.student_aid", "amount", "资助金额20210819.xlsx", "xlsx"),
        )
    ):
        shapes = [a for i, a in enumerate(AMOUNTS) if (i + turn) % 3 != 0 or rng.random() < 0.3]
        if container == "xlsx":
            shapes += BROKEN
        rng.shuffle(shapes)
        x = table(dataset, rng, people, len(shapes) * 2 + 8)
        _scatter(x, column, shapes)
        out.append(book(name, page(x), container, as_of=_on(name)))

    # 56 the unit: in the header, in the title, mixed, and nowhere
    for name, header, title, container in (
        ("衔接资金一20210901.xlsx", "（万元）", "衔接资金支出进度表", "xlsx"),
        ("衔接资金二20210902.xls", "", "衔接资金支出进度表（单位：万元）", "xls"),
    ):
        x = table("finance.fund_progress", rng, people)
        for row in x.rows:
            for c in ("allocated", "spent"):
                n = row[c].raw
                row[c] = Cell(round(n / 10000, 4), value(n, defect="56"))
        if header:
            x.headers = [
                h + header if c in {"allocated", "spent"} else h
                for c, h in zip(x.columns, x.headers, strict=True)
            ]
        out.append(
            book(
                name,
                page(x, title=(title,)),
                container,
                as_of=D(2021, 9, int(name[-6:-4] if container == "xls" else name[-7:-5])),
            )
        )
    for name, how in (
        ("危改资金甲20210903.xlsx", "subtitle"),
        ("危改资金乙20210904.csv", "header"),
    ):
        x = table("housing.renovations", rng, people, 9)
        for row in x.rows:
            n = row["subsidy"].raw
            row["subsidy"] = Cell(round(n / 10000, 2), value(n, defect="56"))
        at = x.columns.index("subsidy")
        x.headers[at] = "补助金额（万元）" if how == "header" else "补助金额"
        p = page(
            x,
            title=("危房改造补助台账",),
            subtitle={0: "填报单位：住建局", 4: "金额单位：万元"} if how == "subtitle" else None,
        )
        out.append(
            book(
                name,
                p,
                "csv" if name.endswith("csv") else "xlsx",
                as_of=D(2021, 9, 3 if how == "subtitle" else 4),
            )
        )
    for dataset, column, name, container in (
        ("housing.renovations", "subsidy", "补助混用20210905.xlsx", "xlsx"),
        ("insurance.claims", "total", "费用混用20210906.xls", "xls"),
    ):
        x = table(dataset, rng, people, 20)
        x.headers[x.columns.index(column)] = {"subsidy": "补助金额", "total": "总费用"}[column]
        for at in (4, 11, 16):
            n = x.rows[at][column].raw
            small = round(n / 10000, 4)
            x.put(at, column, small, doubted(small, n, defect="56"))
        out.append(
            book(name, page(x), container, as_of=D(2021, 9, 5 if container == "xlsx" else 6))
        )
    for dataset, column, name in (("housing.renovations", "subsidy", "补助偏小20210907.xlsx"),):
        x = table(dataset, rng, people, 12)
        x.headers[x.columns.index(column)] = "补助金额"
        for row in x.rows:
            n = row[column].raw
            row[column] = Cell(round(n / 10000, 2), doubted(round(n / 10000, 2), n, defect="56"))
        out.append(book(name, page(x), as_of=D(2021, 9, 7)))

    # 57 a year's amount in the month's column
    for dataset, name, container in (
        ("civil_affairs.dibao", "低保年金额20210908.xlsx", "xlsx"),
        ("civil_affairs.tekun", "特困年金额20210909.xls", "xls"),
    ):
        x = table(dataset, rng, people, 14)
        for at in (3, 9):
            n = x.rows[at]["monthly_amount"].raw * 12
            x.put(at, "monthly_amount", n, doubted(n, defect="57"))
        x.put(6, "monthly_amount", "4200元/年", either(350, defect="57"))
        x.put(11, "monthly_amount", "350元/月", value(350, defect="55"))
        out.append(
            book(name, page(x), container, as_of=D(2021, 9, 8 if container == "xlsx" else 9))
        )
    return out


# -- 58 to 60 codes -------------------------------------------------------------------------------

YES = ("是", "√", "✓", "1", 1, "Y", "y", "有", "已", "是的", "对", "☑")
NO = ("否", "×", "0", 0, "N", "无", "未", "不是", "没有", "✗")

GRADES = {
    "A": ("A", "Ａ", "A级", "一级", "1", "Ⅰ", "甲", "a", "A 级"),
    "B": ("Ｂ", "B级", "二级", 2, "Ⅱ", "乙", "b级"),
    "C": ("C级危房", "三级", "3", "Ⅲ", "丙", "c"),
    "D": ("Ｄ级", "四级", "4级", "Ⅳ", "丁", "D"),
}
LEVELS = {
    "1": ("一级", "1", "Ⅰ级", "壹级", "1级", "１"),
    "2": ("二级", 2, "Ⅱ", "贰级", "II级", "二"),
    "3": ("三级", "3", "Ⅲ", "叁级", "3级"),
    "4": ("四级", "4级", "Ⅳ级", "肆级", "４级"),
}


def _codes(rng: random.Random, people: People) -> list[Book]:
    out = []

    def fill(x: Table, column: str, shapes: list[tuple[Any, Want]]) -> None:
        rng.shuffle(shapes)
        for at, (raw, want) in enumerate(shapes):
            x.put(at, column, raw, want)

    yes_no = [(w, value(True, defect="58")) for w in YES] + [
        (w, value(False, defect="58")) for w in NO
    ]
    unknown = [("见说明", refused("58")), ("待核", refused("58"))]
    for dataset, column, name, container, more in (
        (
            "housing.relocations",
            "old_house_demolished",
            "拆旧20210816.xlsx",
            "xlsx",
            [("已拆除", value(True, defect="58")), ("未拆", value(False, defect="58"))],
        ),
        ("insurance.claims", "one_stop", "一站式20210817.xls", "xls", []),
        (
            "roster.monitored",
            "risk_removed",
            "风险消除20210818.csv",
            "csv",
            [("已消除", value(True, defect="58")), ("未消除", value(False, defect="58"))],
        ),
        (
            "housing.appraisals",
            "occupied",
            "居住20210819.xlsx",
            "xlsxwriter",
            [("有人居住", value(True, defect="58")), ("无人居住", value(False, defect="58"))],
        ),
    ):
        shapes = list(yes_no) + more + unknown
        x = table(dataset, rng, people, len(shapes) + 2)
        fill(x, column, shapes)
        if dataset == "roster.monitored":
            for row in x.rows:
                row["risk_removed_on"] = Cell(None, value(None))
        out.append(book(name, page(x), container, as_of=_on(name)))

    grades = [(w, value(g, defect="59")) for g, words in GRADES.items() for w in words]
    for name, container in (("房屋等级20210820.xlsx", "xlsx"), ("危险等级20210821.csv", "csv")):
        x = table("housing.appraisals", rng, people, len(grades) + 2)
        fill(x, "grade", list(grades))
        out.append(book(name, page(x), container, as_of=_on(name)))
    levels = [(w, value(g, defect="59")) for g, words in LEVELS.items() for w in words] + [
        ("五级", refused("59"))
    ]
    x = table("civil_affairs.disability", rng, people, len(levels) + 1)
    fill(x, "level", levels)
    for row in x.rows:  # the number must not contradict the level
        kind = row["kind"].raw
        wanted = row["level"].want.values
        digit = wanted[0] if wanted else "1"
        certificate = (
            row["id_number"].raw
            + str(("视力", "听力", "言语", "肢体", "智力", "精神", "多重").index(kind) + 1)
            + str(digit)
        )
        row["certificate"] = Cell(certificate, value(certificate))
    out.append(book("残疾等级20210822.xlsx", page(x), as_of=D(2021, 8, 22)))
    classes = [
        (w, value(g, defect="59"))
        for g, words in {
            "A类": ("一类", "A", "Ａ类", "1", "Ⅰ类"),
            "B类": ("二类", "B类", "b", "2"),
            "C类": ("三类", "C", "3", "丙类"),
        }.items()
        for w in words
    ]
    x = table("civil_affairs.dibao", rng, people, len(classes) + 1)
    fill(x, "dibao_class", classes)
    out.append(book("低保类别20210823.xls", page(x), "xls", as_of=D(2021, 8, 23)))

    drift: dict[tuple[str, str], tuple[tuple[Any, Any], ...]] = {
        ("roster.population", "household_type"): (
            ("建档立卡", "脱贫户"),
            ("建档立卡贫困户", "脱贫户"),
            ("检测对象", "监测对象"),
            ("边缘户", "监测对象"),
            ("边缘易致贫户", "监测对象"),
            ("脱贫不稳定户", "监测对象"),
            ("一般户", "一般农户"),
        ),
        ("roster.monitored", "category"): (
            ("边缘户", "边缘易致贫户"),
            ("脱贫监测户", "脱贫不稳定户"),
            ("突发困难户", "突发严重困难户"),
            ("边沿户", "边缘易致贫户"),
            ("脱贫不稳定", "脱贫不稳定户"),
        ),
        ("civil_affairs.tekun", "mode"): (
            ("集中供养五保", "集中供养"),
            ("分散供养五保", "分散供养"),
            ("集中", "集中供养"),
            ("敬老院供养", "集中供养"),
            ("居家分散供养", "分散供养"),
        ),
        ("insurance.coverage", "scheme"): (
            ("新农合", "城乡居民"),
            ("居民医保", "城乡居民"),
            ("城镇职工基本医疗保险", "职工"),
            ("城乡居民基本医疗保险", "城乡居民"),
            ("职工医保", "职工"),
        ),
        ("education.enrolment", "stage"): (
            ("幼儿园", "学前"),
            ("小学教育", "小学"),
            ("初级中学", "初中"),
            ("普高", "普通高中"),
            ("职高", "中职"),
        ),
        ("health.illnesses", "kind"): (
            ("重病", "大病"),
            ("慢性病", "慢病"),
            ("重大疾病", "大病"),
            ("门诊慢特病", "慢病"),
        ),
        ("finance.card_payments", "result"): (
            ("发放成功", "成功"),
            ("已到账", "成功"),
            ("发放失败", "失败"),
            ("退汇", "退票"),
            ("退回", "退票"),
        ),
    }
    for i, ((dataset, column), words) in enumerate(drift.items()):
        name, container = (
            f"口径{'甲乙丙丁戊己庚'[i]}20210824" + (".xlsx", ".xls", ".csv")[i % 3],
            ("xlsx", "xls", "csv")[i % 3],
        )
        x = table(dataset, rng, people, len(words) + 3)
        fill(
            x,
            column,
            [(w, value(v, defect="60")) for w, v in words] + [("说不清楚", refused("60"))],
        )
        out.append(book(name, page(x), container, as_of=D(2021, 8, 24)))
    x = table("roster.monitored", rng, people, 6)
    for at, (raw, codes) in enumerate(
        (
            ("因病、因残", {"因病", "因残"}),
            ("因学,缺劳动力", {"因学", "缺劳动力"}),
            ("因病；因灾", {"因病", "因灾"}),
            ("因病 因学", {"因病", "因学"}),
        )
    ):
        x.put(at, "risks", raw, value(Codes(frozenset(codes)), defect="60"))
    out.append(book("风险多选20210825.xlsx", page(x), as_of=D(2021, 8, 25)))
    return out


def files(rng: random.Random, people: People) -> list[Book]:
    """Values written in every way."""
    return _dates(rng, people) + _amounts(rng, people) + _codes(rng, people)


__all__ = ["files", "flagged"]
