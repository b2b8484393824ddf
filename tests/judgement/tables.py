"""One clean list of each kind, as the departments fill it in: rows, headers, and what is wanted."""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.judgement.county import COUNTY_NAME, PLACES, People, Person, village_code, villages
from tests.judgement.truth import Cell, Codes, Month, Place, Term, Want, value

DEPARTMENT = {
    "roster": "名册",
    "education": "教育",
    "health": "卫健",
    "housing": "住建",
    "civil_affairs": "民政",
    "insurance": "医保",
    "finance": "财政",
}

Row = dict[str, Cell]

# Spellings of a header. DOMAIN C1 and the declared contracts name them all.
HEADERS: dict[str, tuple[str, ...]] = {
    "serial": ("序号", "编号", "序号"),
    "county_name": ("县(市、区)", "县"),
    "township": ("乡(镇)", "乡镇", "乡镇(街道)", "所属乡镇", "镇"),
    "village": ("行政村", "村(社区)", "所在村", "村"),
    "village_code": ("行政村代码", "村编码"),
    "group_name": ("村民小组", "组", "自然村"),
    "household_id": ("户编号", "家庭编号", "户号"),
    "person_id": ("人编号", "人口编号"),
    "name": ("姓名", "姓  名"),
    "id_number": ("身份证号", "身份证号码", "公民身份号码", "证件号码*"),
    "sex": ("性别",),
    "birth_date": ("出生日期", "出生年月"),
    "age": ("年龄",),
    "ethnicity": ("民族",),
    "relation": ("与户主关系", "家庭关系"),
    "head_name": ("户主姓名", "户主"),
    "head_id_number": ("户主身份证号", "户主身份证号码", "户主证件号码"),
    "household_size": ("家庭人口数", "人数"),
    "phone": ("联系电话", "手机号", "电话"),
    "address": ("家庭住址", "详细地址"),
    "household_type": ("户类型", "农户类型"),
    "account": ("银行账号", "银行卡号", "一卡通账号"),
    "remark": ("备注",),
    "id_type": ("证件类型",),
}

OWN_HEADERS: dict[str, dict[str, tuple[str, ...]]] = {
    "roster.villages": {
        "village_code": ("行政村代码", "区划代码"),
        "former_names": ("曾用名", "原村名"),
        "village_type": ("村类型",),
        "households": ("户数", "总户数"),
        "persons": ("人口数", "总人口"),
    },
    "roster.population": {
        "status": ("人员状态", "状态"),
        "residence": ("常住地", "实际居住地"),
        "registered_on": ("登记日期", "登记时间"),
    },
    "roster.monitored": {
        "head_id_number": ("户主证件号码", "身份证号"),
        "category": ("监测对象类别", "检测对象类别", "易返贫致贫户(监测对象)类型"),
        "channel": ("发现渠道", "识别渠道"),
        "identified_on": ("识别监测时间", "风险识别时间"),
        "risks": ("致贫/返贫风险", "主要致贫返贫风险"),
        "measures": ("帮扶措施",),
        "helper": ("帮扶责任人", "帮扶人"),
        "risk_removed": ("风险是否已消除", "风险是否消除"),
        "risk_removed_on": ("风险消除时间",),
        "wage_income": ("工资性收入",),
        "transfer_income": ("转移性收入",),
        "net_income_per_head": ("人均纯收入（元）", "人均纯收入"),
    },
    "education.enrolment": {
        "name": ("学生姓名", "姓名"),
        "student_number": ("学籍号", "全国学籍号"),
        "school": ("学校名称", "学校全称"),
        "stage": ("学段",),
        "grade": ("年级", "年级名称"),
        "boarding": ("就读方式", "是否寄宿生"),
        "status": ("学籍状态", "就读状态"),
        "guardian_name": ("监护人姓名", "家长姓名"),
        "guardian_id_number": ("监护人身份证号", "家长身份证号"),
    },
    "education.student_aid": {
        "name": ("学生姓名", "受助学生姓名"),
        "school": ("学校", "就读学校"),
        "term": ("学期", "资助学期"),
        "item": ("资助项目", "补助项目"),
        "amount": ("资助金额(元)", "发放金额"),
        "paid_on": ("发放日期", "发放时间"),
    },
    "education.home_teaching": {
        "name": ("学生姓名", "送教对象"),
        "school": ("学校名称", "送教学校"),
        "visits": ("送教次数", "本月送教次数"),
        "month": ("月份", "送教月份"),
    },
    "health.deaths": {
        "name": ("死者姓名", "姓名"),
        "died_on": ("死亡日期", "死亡时间"),
        "address": ("户籍地址", "户籍地详细地址"),
        "source": ("来源", "数据来源"),
        "cause": ("死亡原因",),
    },
    "health.doctor_contracts": {
        "name": ("居民姓名", "签约居民姓名", "签约对象"),
        "signed_on": ("签约日期", "签约时间"),
        "team": ("签约团队", "签约医生"),
        "valid_to": ("有效期至", "有效期"),
        "last_visit_on": ("最近随访日期", "末次随访时间"),
        "population_group": ("人群分类",),
    },
    "health.illnesses": {
        "name": ("患者姓名", "姓名"),
        "illness": ("病种名称", "诊断名称"),
        "kind": ("大病/慢病", "病种类别"),
        "diagnosed_on": ("确诊日期", "确诊时间"),
    },
    "housing.appraisals": {
        "grade": ("鉴定等级", "房屋等级", "危险等级"),
        "appraised_on": ("鉴定日期", "鉴定时间"),
        "area": ("建筑面积(平方米)", "建筑面积"),
        "occupied": ("是否居住", "有无人居住"),
    },
    "housing.renovations": {
        "year": ("改造年度", "年度"),
        "method": ("改造方式",),
        "subsidy": ("补助金额(元)", "补助金额"),
        "started_on": ("开工日期", "开工时间"),
        "finished_on": ("竣工日期", "竣工时间"),
        "moved_in_on": ("入住日期", "入住时间"),
    },
    "housing.relocations": {
        "village": ("原行政村", "迁出村"),
        "members": ("搬迁人口", "搬迁人数"),
        "site": ("安置点", "安置点名称"),
        "mode": ("安置方式",),
        "area": ("安置面积", "住房面积(平方米)"),
        "moved_in_on": ("入住日期", "入住时间"),
        "old_house_demolished": ("旧房是否拆除", "是否拆除旧房"),
        "land_restored": ("是否复垦", "宅基地是否复垦"),
    },
    "civil_affairs.dibao": {
        "name": ("保障对象", "保障对象姓名", "姓名"),
        "certificate": ("低保证号", "救助证编号"),
        "members_covered": ("保障人数", "享受人数"),
        "dibao_class": ("低保类别", "施保类别"),
        "monthly_amount": ("月保障金", "月保障金额(元)", "月补助金额"),
        "from_date": ("享受起始时间", "享受时间"),
        "status": ("状态", "保障状态"),
    },
    "civil_affairs.tekun": {
        "name": ("特困人员姓名", "姓名"),
        "mode": ("供养方式", "供养类型"),
        "care_level": ("护理等级", "自理能力"),
        "monthly_amount": ("月供养金", "月供养金额(元)"),
    },
    "civil_affairs.disability": {
        "name": ("残疾人姓名", "姓名"),
        "certificate": ("残疾证号", "残疾人证号"),
        "kind": ("残疾类别", "残疾类型"),
        "level": ("残疾等级", "残疾级别"),
        "issued_on": ("发证日期", "发证时间"),
    },
    "insurance.coverage": {
        "name": ("参保人姓名", "姓名(必填)"),
        "id_number": ("身份证号(必填)", "参保人身份证号", "证件号码"),
        "year": ("参保年度", "年度"),
        "scheme": ("险种", "险种类型"),
        "identity": ("参保身份", "人员类别"),
        "paid_on": ("缴费日期", "缴费时间"),
        "own_payment": ("个人缴费", "个人缴费金额"),
        "subsidy": ("资助金额", "资助参保金额"),
        "place": ("参保地", "统筹区"),
    },
    "insurance.claims": {
        "name": ("患者姓名", "参保人姓名"),
        "admitted_on": ("入院日期", "入院时间"),
        "discharged_on": ("出院日期", "出院时间"),
        "settled_on": ("结算日期", "结算时间"),
        "hospital": ("医院名称", "就诊医院"),
        "total": ("医疗总费用", "总费用"),
        "in_scope": ("目录内费用", "政策范围内费用"),
        "basic_paid": ("基本医保支付", "统筹支付"),
        "serious_paid": ("大病保险支付", "大病保险"),
        "aid_paid": ("医疗救助支付", "医疗救助"),
        "own_paid": ("个人自付", "个人自付费用"),
        "one_stop": ("一站式结算", "一站式标识"),
        "received_on": ("到账日期", "到账时间"),
    },
    "finance.card_payments": {
        "name": ("姓名", "补贴对象"),
        "item": ("补贴项目", "补贴项目名称"),
        "period": ("所属期", "补贴月份"),
        "due": ("应发金额", "应发金额(元)"),
        "amount": ("实发金额", "实发金额(元)"),
        "paid_on": ("发放日期", "打卡日期"),
        "result": ("发放结果", "发放状态"),
    },
    "finance.fund_progress": {
        "township": ("乡镇", "实施单位", "项目实施乡镇"),
        "document": ("资金文号", "文号"),
        "allocated_on": ("下达日期", "下达时间"),
        "allocated": ("下达金额", "下达资金"),
        "spent": ("支出金额", "累计支出"),
        "as_of_date": ("截至日期",),
    },
}

STATIC = {"serial", "county_name", "sex", "ethnicity", "group_name", "remark", "age"}


@dataclass
class Table:
    """Columns, their headers, and rows of cells with what is wanted of each."""

    dataset: str
    columns: list[str]
    headers: list[str]
    rows: list[Row]
    people: list[Person] = field(default_factory=list)

    @property
    def department(self) -> str:
        return DEPARTMENT[self.dataset.split(".")[0]]

    def drop(self, *columns: str) -> "Table":
        """Without these columns."""
        keep = [i for i, c in enumerate(self.columns) if c not in columns]
        self.columns, self.headers = (
            [self.columns[i] for i in keep],
            [self.headers[i] for i in keep],
        )
        for row in self.rows:
            for column in columns:
                row.pop(column, None)
        return self

    def put(self, at: int, column: str, raw: object, want: Want) -> "Table":
        """Writes one cell."""
        self.rows[at % len(self.rows)][column] = Cell(raw, want)
        return self

    def shuffle(self, rng: random.Random) -> "Table":
        """The columns in another order, the serial first."""
        order = [i for i, c in enumerate(self.columns) if c != "serial"]
        rng.shuffle(order)
        if "serial" in self.columns:
            order.insert(0, self.columns.index("serial"))
        self.columns, self.headers = (
            [self.columns[i] for i in order],
            [self.headers[i] for i in order],
        )
        return self


# -- making cells ---------------------------------------------------------------------------------


def text(s: str) -> Cell:
    return Cell(s, value(s))


def number(n: float) -> Cell:
    return Cell(n, value(n))


def day(rng: random.Random, first: dt.date, last: dt.date, style: str = "real") -> Cell:
    """A date in the style of the file."""
    d = first + dt.timedelta(days=rng.randrange((last - first).days + 1))
    raw = {
        "real": d,
        "dash": f"{d:%Y-%m-%d}",
        "slash": f"{d.year}/{d.month}/{d.day}",
        "dot": f"{d.year}.{d.month}.{d.day}",
        "eight": f"{d:%Y%m%d}",
        "han": f"{d.year}年{d.month}月{d.day}日",
    }[style]
    return Cell(raw, value(d))


def month(rng: random.Random, years: tuple[int, int], style: str = "six") -> Cell:
    y, m = rng.randint(*years), rng.randint(1, 8)
    raw = {
        "six": f"{y}{m:02d}",
        "han": f"{y}年{m}月",
        "dash": f"{y}-{m:02d}",
        "dot": f"{y}.{m:02d}",
    }[style]
    return Cell(raw, value(Month(y, m)))


def place(person: Person) -> dict[str, Cell]:
    return {
        "township": text(person.township),
        "village": Cell(person.village, value(Place(person.village_code))),
    }


def who(person: Person, style: str) -> dict[str, Cell]:
    return {
        "name": text(person.name),
        "id_number": text(person.number),
        "sex": text(person.sex),
        "birth_date": _date(person.birth, style),
        "age": number(person.age),
    }


def _date(d: dt.date, style: str) -> Cell:
    return day(random.Random(0), d, d, style)


def account(rng: random.Random) -> Cell:
    return text("62" + "".join(rng.choice("0123456789") for _ in range(17)))


def _year(rng: random.Random) -> tuple[dt.date, dt.date]:
    return dt.date(2021, 1, 4), dt.date(2021, 7, 30)


# -- one row of each list -------------------------------------------------------------------------

Maker = Callable[[random.Random, Person, str], Row]


def _population(rng: random.Random, p: Person, style: str) -> Row:
    return {
        **place(p),
        "group_name": text(f"{p.group}组"),
        "household_id": text(p.household),
        **who(p, style),
        "relation": text(p.relation),
        "household_type": text(rng.choice(["一般农户", "脱贫户", "监测对象"])),
        "phone": text(p.phone),
        "status": text("正常"),
    }


def _monitored(rng: random.Random, p: Person, style: str) -> Row:
    risk, measure = rng.choice(
        [("因病", "健康帮扶"), ("因残", "综合保障"), ("因学", "教育帮扶"), ("因灾", "社会帮扶")]
    )
    removed = rng.random() < 0.4
    return {
        **place(p),
        "household_id": text(p.household),
        "head_name": text(p.name),
        "head_id_number": text(p.number),
        "household_size": number(rng.randint(1, 6)),
        "category": text(rng.choice(["脱贫不稳定户", "边缘易致贫户", "突发严重困难户"])),
        "identified_on": month(rng, (2020, 2021)),
        "risks": Cell(risk, value(Codes(frozenset({risk})))),
        "measures": Cell(measure, value(Codes(frozenset({measure})))),
        "risk_removed": Cell("是" if removed else "否", value(removed)),
        "risk_removed_on": _date(dt.date(2021, 8, rng.randint(1, 9)), style)
        if removed
        else Cell(None, value(None)),
        "wage_income": number(rng.randrange(3000, 30000, 50)),
        "transfer_income": number(rng.randrange(500, 9000, 10)),
        "net_income_per_head": number(rng.randrange(3500, 9000)),
    }


_STAGES = [
    ("学前", (3, 5), "大班"),
    ("小学", (7, 11), "三年级"),
    ("初中", (12, 14), "八年级"),
    ("普通高中", (15, 17), "高二"),
]


def _school(p: Person, stage: str) -> str:
    return f"{p.township[:2]}{'中心小学' if stage == '小学' else '中心幼儿园' if stage == '学前' else '初级中学' if stage == '初中' else '第一高级中学'}"


def _stage(p: Person) -> tuple[str, str]:
    for stage, (low, high), grade in _STAGES:
        if low <= p.age <= high + 1:
            return stage, grade
    return "小学", "三年级"


def _enrolment(rng: random.Random, p: Person, style: str) -> Row:
    stage, grade = _stage(p)
    assert p.head
    return {
        **place(p),
        "school": text(_school(p, stage)),
        "student_number": text("G" + p.number),
        **who(p, style),
        "stage": text(stage),
        "grade": text(grade),
        "boarding": text(rng.choice(["寄宿", "走读"])),
        "status": text("在读"),
        "guardian_name": text(p.head.name),
        "guardian_id_number": text(p.head.number),
        "phone": text(p.phone),
    }


def _student_aid(rng: random.Random, p: Person, style: str) -> Row:
    stage, _ = _stage(p)
    half = rng.choice([1, 2])
    raw = "2020年秋季学期" if half == 1 else "2021年春季学期"
    return {
        **place(p),
        "school": text(_school(p, stage)),
        "name": text(p.name),
        "id_number": text(p.number),
        "term": Cell(raw, value(Term(2020, half))),
        "item": text(
            rng.choice(["义务教育家庭经济困难学生生活补助", "国家助学金", "学前教育资助"])
        ),
        "amount": number(rng.choice([250, 312.5, 500, 625, 1000, 1250])),
        "paid_on": day(rng, *_year(rng), style),
        "account": account(rng),
    }


def _home_teaching(rng: random.Random, p: Person, style: str) -> Row:
    m = rng.randint(3, 6)
    return {
        **place(p),
        "name": text(p.name),
        "id_number": text(p.number),
        "school": text(_school(p, "小学")),
        "visits": number(rng.randint(2, 8)),
        "month": Cell(f"2021年{m}月", value(Month(2021, m))),
    }


def _deaths(rng: random.Random, p: Person, style: str) -> Row:
    return {
        **who(p, style),
        "died_on": day(rng, *_year(rng), style),
        "cause": text(rng.choice(["脑梗死", "心肌梗死", "肺部感染"])),
        "address": text(f"{COUNTY_NAME}{p.township}{p.village}{p.group}组"),
        "source": text(rng.choice(["殡仪馆", "村卫生室", "派出所"])),
    }


def _contracts(rng: random.Random, p: Person, style: str) -> Row:
    return {
        **place(p),
        **who(p, style),
        "signed_on": day(rng, dt.date(2021, 1, 4), dt.date(2021, 3, 30), style),
        "team": text(f"{p.township[:2]}家庭医生团队{rng.randint(1, 4)}"),
        "valid_to": _date(dt.date(2021, 12, 31), style),
        "last_visit_on": day(rng, dt.date(2021, 5, 1), dt.date(2021, 7, 30), style),
        "population_group": text(rng.choice(["一般人口", "老年人", "高血压患者"])),
        "phone": text(p.phone),
    }


def _illnesses(rng: random.Random, p: Person, style: str) -> Row:
    illness, kind = rng.choice(
        [("高血压", "慢病"), ("2型糖尿病", "慢病"), ("肺癌", "大病"), ("终末期肾病", "大病")]
    )
    return {
        **place(p),
        **who(p, style),
        "illness": text(illness),
        "kind": text(kind),
        "diagnosed_on": day(rng, dt.date(2018, 1, 1), dt.date(2021, 6, 30), style),
    }


def _appraisals(rng: random.Random, p: Person, style: str) -> Row:
    lived = rng.random() < 0.8
    return {
        **place(p),
        "group_name": text(f"{p.group}组"),
        "head_name": text(p.name),
        "head_id_number": text(p.number),
        "grade": text(rng.choice("ABCD")),
        "appraised_on": day(rng, dt.date(2020, 3, 1), dt.date(2021, 7, 30), style),
        "area": number(rng.randint(40, 160)),
        "occupied": Cell("是" if lived else "否", value(lived)),
    }


def _renovations(rng: random.Random, p: Person, style: str) -> Row:
    return {
        **place(p),
        "head_name": text(p.name),
        "head_id_number": text(p.number),
        "year": number(rng.choice([2019, 2020])),
        "method": text(rng.choice(["修缮加固", "重建"])),
        "subsidy": number(rng.choice([8000, 12000, 20000, 26000])),
        "started_on": day(rng, dt.date(2020, 3, 1), dt.date(2020, 5, 30), style),
        "finished_on": day(rng, dt.date(2020, 8, 1), dt.date(2020, 10, 30), style),
        "moved_in_on": day(rng, dt.date(2020, 11, 1), dt.date(2020, 12, 30), style),
    }


def _relocations(rng: random.Random, p: Person, style: str) -> Row:
    gone = rng.random() < 0.5
    n = rng.randint(1, 6)
    return {
        **place(p),
        "head_name": text(p.name),
        "head_id_number": text(p.number),
        "members": number(n),
        "site": text(rng.choice(["幸福新村安置点", "河湾集中安置区"])),
        "mode": text(rng.choice(["集中安置", "分散安置"])),
        "area": number(n * 25),
        "moved_in_on": day(rng, dt.date(2018, 1, 1), dt.date(2019, 12, 30), style),
        "old_house_demolished": Cell("是" if gone else "否", value(gone)),
        "land_restored": Cell("是" if gone else "否", value(gone)),
    }


def _dibao(rng: random.Random, p: Person, style: str) -> Row:
    return {
        **place(p),
        "head_name": text(p.name),
        "name": text(p.name),
        "id_number": text(p.number),
        "certificate": text(f"DB{p.household[6:]}"),
        "members_covered": number(rng.randint(1, 3)),
        "dibao_class": text(rng.choice(["A类", "B类", "C类"])),
        "monthly_amount": number(rng.choice([230, 310, 356, 420])),
        "from_date": month(rng, (2018, 2020), "dash"),
        "status": text("享受"),
        "account": account(rng),
    }


def _tekun(rng: random.Random, p: Person, style: str) -> Row:
    return {
        **place(p),
        "name": text(p.name),
        "id_number": text(p.number),
        "sex": text(p.sex),
        "mode": text(rng.choice(["集中供养", "分散供养"])),
        "care_level": text(rng.choice(["全自理", "半护理", "全护理"])),
        "monthly_amount": number(rng.choice([480, 560, 705])),
    }


KINDS = ("视力", "听力", "言语", "肢体", "智力", "精神", "多重")


def _disability(rng: random.Random, p: Person, style: str) -> Row:
    kind, level = rng.randint(1, 7), rng.randint(1, 4)
    return {
        **place(p),
        "name": text(p.name),
        "sex": text(p.sex),
        "id_number": text(p.number),
        "certificate": text(f"{p.number}{kind}{level}"),
        "kind": text(KINDS[kind - 1]),
        "level": Cell("一二三四"[level - 1] + "级", value(str(level))),
        "issued_on": day(rng, dt.date(2014, 1, 1), dt.date(2020, 12, 30), style),
    }


def _coverage(rng: random.Random, p: Person, style: str) -> Row:
    helped = rng.random() < 0.3
    return {
        **place(p),
        "name": text(p.name),
        "id_number": text(p.number),
        "year": number(2021),
        "scheme": text(rng.choice(["城乡居民", "职工"])),
        "identity": text("脱贫人口" if helped else "一般居民"),
        "paid_on": day(rng, dt.date(2020, 10, 1), dt.date(2021, 1, 30), style),
        "own_payment": number(140 if helped else 280),
        "subsidy": number(140 if helped else 0),
        "place": text(COUNTY_NAME),
    }


def _claims(rng: random.Random, p: Person, style: str) -> Row:
    start = dt.date(2021, 1, 4) + dt.timedelta(days=rng.randrange(150))
    end = start + dt.timedelta(days=rng.randint(3, 20))
    total = rng.randrange(200000, 3000000) / 100
    scope = round(total * 0.88, 2)
    basic = round(scope * 0.6, 2)
    stop = rng.random() < 0.8
    return {
        "name": text(p.name),
        "id_number": text(p.number),
        "admitted_on": _date(start, style),
        "discharged_on": _date(end, style),
        "settled_on": _date(end + dt.timedelta(days=1), style),
        "hospital": text(rng.choice(["云谷县人民医院", "石桥镇卫生院", "云谷县中医院"])),
        "total": number(total),
        "in_scope": number(scope),
        "basic_paid": number(basic),
        "serious_paid": number(0),
        "aid_paid": number(0),
        "own_paid": number(round(total - basic, 2)),
        "one_stop": Cell("是" if stop else "否", value(stop)),
        "received_on": _date(end + dt.timedelta(days=9), style),
    }


def _payments(rng: random.Random, p: Person, style: str) -> Row:
    m, n = rng.randint(3, 6), rng.choice([95, 110, 180, 356, 460.5])
    paid = _date(dt.date(2021, m + 1, rng.randint(3, 25)), style)
    return {
        **place(p),
        "name": text(p.name),
        "id_number": text(p.number),
        "item": text(rng.choice(["耕地地力保护补贴", "农村低保金", "残疾人两项补贴"])),
        "period": Cell(f"2021年{m}月", value(Month(2021, m))),
        "due": number(n),
        "amount": number(n),
        "paid_on": paid,
        "account": account(rng),
        "result": text("成功"),
    }


MAKERS: dict[str, Maker] = {
    "roster.population": _population,
    "roster.monitored": _monitored,
    "education.enrolment": _enrolment,
    "education.student_aid": _student_aid,
    "education.home_teaching": _home_teaching,
    "health.deaths": _deaths,
    "health.doctor_contracts": _contracts,
    "health.illnesses": _illnesses,
    "housing.appraisals": _appraisals,
    "housing.renovations": _renovations,
    "housing.relocations": _relocations,
    "civil_affairs.dibao": _dibao,
    "civil_affairs.tekun": _tekun,
    "civil_affairs.disability": _disability,
    "insurance.coverage": _coverage,
    "insurance.claims": _claims,
    "finance.card_payments": _payments,
}


def _people(dataset: str, people: People, n: int, where: tuple[str, str] | None) -> list[Person]:
    if dataset.startswith("education"):
        return people.pupils(n, place=where)
    if dataset == "roster.population":
        out: list[Person] = []
        while len(out) < n:
            out += people.family(where)
        return out
    return people.adults(n, where)


def headers(dataset: str, columns: list[str], rng: random.Random) -> list[str]:
    """A header for each column, none twice."""
    own = OWN_HEADERS.get(dataset, {})
    return [rng.choice(own.get(c) or HEADERS[c]) for c in columns]


def table(
    dataset: str,
    rng: random.Random,
    people: People,
    n: int = 10,
    where: tuple[str, str] | None = None,
    style: str = "dash",
    crowd: list[Person] | None = None,
) -> Table:
    """A list of n rows; `where` for one village, `crowd` for given people."""
    if dataset == "roster.villages":
        return village_table(rng)
    if dataset == "finance.fund_progress":
        return fund_table(rng, style)
    crowd = crowd or _people(dataset, people, n, where)
    rows = [{"serial": number(i), **MAKERS[dataset](rng, p, style)} for i, p in enumerate(crowd, 1)]
    columns = list(rows[0])
    return Table(dataset, columns, headers(dataset, columns, rng), rows, crowd)


def village_table(rng: random.Random) -> Table:
    """The list of villages of the county."""
    rows = []
    for i, (t, v) in enumerate(villages(), 1):
        homes = rng.randint(150, 500)
        former = "、".join(PLACES[t][1][v][1])
        rows.append(
            {
                "serial": number(i),
                "township": text(t),
                "village": Cell(v, value(Place(village_code(t, v)))),
                "village_code": text(village_code(t, v)),
                "former_names": Cell(former or None, value(former or None)),
                "households": number(homes),
                "persons": number(homes * 3 + 11),
            }
        )
    columns = list(rows[0])
    return Table("roster.villages", columns, headers("roster.villages", columns, rng), rows)


def fund_table(rng: random.Random, style: str = "dash") -> Table:
    """Funds by township, in 元."""
    rows = []
    for i, t in enumerate(PLACES, 1):
        allocated = rng.randrange(1200000, 9000000, 1000)
        rows.append(
            {
                "serial": number(i),
                "township": text(t),
                "document": text(f"云财农〔2021〕{rng.randint(3, 60)}号"),
                "allocated_on": _date(dt.date(2021, rng.randint(1, 4), rng.randint(2, 27)), style),
                "allocated": number(allocated),
                "spent": number(allocated * rng.randint(3, 9) // 10),
            }
        )
    columns = list(rows[0])
    return Table(
        "finance.fund_progress", columns, headers("finance.fund_progress", columns, rng), rows
    )
