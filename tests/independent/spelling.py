"""How clerks spell headers and damage cells: the county's handwriting.

Each header list begins with spellings of DOMAIN C1 and ends with natural variations that are not in
it; the file chooses one of each.
"""

from __future__ import annotations

import datetime as dt
import random

from tests.independent.facts import County, Row

NAME = ["姓名", "人员姓名", "姓 名", "姓名（必填）", "*姓名", "居民姓名"]
ID = [
    "证件号码",
    "身份证号",
    "身份证号码",
    "公民身份号码",
    "身份证",
    "居民身份证号码",
    "身份证号(必填)",
    "身份证\n号码",
    "公民身份证号",
]
HEAD = ["户主姓名", "户主", "户主 姓名", "*户主姓名"]
HEAD_ID = ["户主身份证号", "户主证件号码", "户主身份证号码", "户主身份证\n号码"]
VILLAGE = ["行政村", "村", "村名", "村(社区)", "所在村", "所属村"]
TOWN = ["乡镇", "乡(镇)", "乡镇(街道)", "乡镇名称"]
SEX, BIRTH, PHONE = ["性别"], ["出生日期", "出生年月日", "出生年月"], ["联系电话", "手机号", "电话"]
PERSON = {
    "name": NAME,
    "id_number": ID,
    "sex": SEX,
    "birth_date": BIRTH,
    "township": TOWN,
    "village": VILLAGE,
    "phone": PHONE,
}
HOUSE = {
    "head_name": HEAD,
    "head_id_number": HEAD_ID,
    "township": TOWN,
    "village": VILLAGE,
    "phone": ["户主电话", "联系电话"],
}


def _person(*but: str, **more: list[str]) -> dict[str, list[str]]:
    return {k: v for k, v in PERSON.items() if k not in but} | more


COLUMNS: dict[str, dict[str, list[str]]] = {
    "roster.villages": {
        "village_code": ["行政村代码", "村代码"], "village": ["行政村", "行政村名称"], "township": TOWN, "township_code": ["乡镇代码"],
        "former_names": ["曾用名", "曾用名称"], "village_type": ["村类型"], "households": ["户数", "总户数"], "persons": ["人口数", "总人口数"],
    },
    "roster.population": {
        "household_id": ["户编号", "户号", "家庭编号"], "person_id": ["人编号", "人口编号"], "name": NAME[:4], "id_number": ID, "sex": SEX, "birth_date": BIRTH,
        "ethnicity": ["民族"], "relation": ["与户主关系", "家庭关系", "与户主 关系"], "head_name": HEAD, "township": TOWN, "village": VILLAGE[:2], "village_code": ["行政村代码", "村代码"],
        "group_name": ["村民小组", "组", "组别"], "phone": ["联系电话", "人联系电话"], "household_type": ["户类型", "农户类型"], "status": ["人员状态"],
        "residence": ["常住地"], "registered_on": ["登记日期"],
    },
    "roster.monitored": {
        "household_id": ["户编号", "家庭编号", "户号"], "head_name": HEAD, "head_id_number": HEAD_ID, "township": TOWN, "village": VILLAGE[:2],
        "category": ["监测对象类别", "检测对象类别", "易返贫致贫户（监测对象）类型"], "channel": ["发现渠道"], "identified_on": ["识别监测时间", "风险识别时间"],
        "risk1": ["致贫返贫风险1", "致贫/返贫风险1"], "risk2": ["致贫返贫风险2", "致贫/返贫风险2"], "measures": ["帮扶措施"], "helper": ["帮扶责任人", "帮扶责任人姓名"],
        "authorised_on": ["承诺授权日期"], "notice_from": ["公示开始"], "notice_to": ["公示结束"], "risk_removed": ["风险是否已消除", "风险是否消除"],
        "risk_removed_on": ["风险消除时间", "消除监测时间"], "wage_income": ["工资性收入", "工资性收入（元）"], "transfer_income": ["转移性收入", "转移性收入(元)"],
        "net_income_per_head": ["人均纯收入（元）", "人均纯收入"],
    },
    "education.enrolment": _person("village", "phone", "name", student_number=["学籍号", "全国学籍号"], name=["学生姓名", "姓名", "学生\n姓名"], school=["学校名称", "学校全称"], stage=["学段"],
        grade=["年级", "年级名称"], boarding=["就读方式"], status=["学籍状态"], guardian_name=["监护人姓名"], guardian_id_number=["监护人身份证号"], address=["家庭住址", "家庭地址"]),
    "education.student_aid": _person("village", "phone", "birth_date", "township", "name", name=["学生姓名", "姓名", "受助学生姓名"], school=["学校名称", "就读学校"], term=["学期", "资助学期"], item=["资助项目"],
        amount=["资助金额", "发放金额", "资助金额（元）"], paid_on=["发放日期", "发放时间"], account=["银行卡号", "银行账号"]),
    "education.home_teaching": _person("phone", "birth_date", "township", "village", "name", name=["学生姓名", "姓名"], school=["学校名称"], visits=["送教次数", "送教次数（次）"], month=["月份"]),
    "health.deaths": _person("village", "township", "phone", died_on=["死亡日期", "死亡时间"], address=["户籍地址"], source=["来源", "信息来源"]),
    "health.doctor_contracts": _person(signed_on=["签约日期", "签约时间"], team=["签约团队", "签约医生团队"], valid_to=["有效期至", "协议有效期至"], last_visit_on=["最近随访日期"], population_group=["人群分类"]),
    "health.illnesses": _person(illness=["病种", "病种名称", "疾病名称"], kind=["大病/慢病", "大病慢病"], diagnosed_on=["确诊日期", "确诊时间"]),
    "housing.appraisals": HOUSE | {"grade": ["鉴定等级", "房屋等级", "危险等级"], "appraised_on": ["鉴定日期", "鉴定时间"], "area": ["建筑面积", "建筑面积（㎡）"], "occupied": ["是否居住"]},
    "housing.renovations": HOUSE | {"year": ["改造年度"], "method": ["改造方式"], "subsidy": ["补助金额", "补助金额（元）"], "started_on": ["开工日期", "开工时间"], "finished_on": ["竣工日期", "竣工时间"], "moved_in_on": ["入住日期", "入住时间"]},
    "housing.relocations": HOUSE | {"village": ["原行政村", "原所在行政村"], "members": ["搬迁人口", "搬迁人口（人）"], "site": ["安置点", "安置点名称"], "mode": ["安置方式"], "area": ["安置面积", "安置面积（平方米）"],
        "moved_in_on": ["入住日期", "入住时间"], "old_house_demolished": ["旧房是否拆除"], "land_restored": ["是否复垦"]},
    "civil_affairs.dibao": _person("birth_date", head_name=["户主姓名"], certificate=["低保证号", "低保证编号"], members_covered=["保障人数", "享受人数"], dibao_class=["低保类别", "施保类别"],
        monthly_amount=["月保障金", "月保障金（元）", "月保障金额"], from_date=["享受起始时间", "起始享受时间"], status=["状态", "保障状态"], account=["银行账号", "银行账户"]),
    "civil_affairs.tekun": _person("phone", mode=["供养方式"], care_level=["护理等级"], monthly_amount=["月供养金", "月供养金（元）"]),
    "civil_affairs.disability": _person("phone", certificate=["残疾证号", "残疾人证号"], kind=["残疾类别"], level=["残疾等级"], issued_on=["发证日期", "发证时间"]),
    "insurance.coverage": _person(year=["参保年度", "年度"], scheme=["险种", "参保险种", "险种类型"], identity=["参保身份", "参保人员身份"], paid_on=["缴费日期", "缴费时间"], own_payment=["个人缴费", "个人缴费（元）"], subsidy=["资助金额", "财政资助金额"], place=["参保地"]),
    "insurance.claims": _person("village", "township", "phone", "birth_date", admitted_on=["入院日期", "入院时间"], discharged_on=["出院日期", "出院时间"], settled_on=["结算日期", "结算时间"], hospital=["医院名称", "就诊医院"],
        total=["医疗总费用", "总费用"], in_scope=["目录内费用"], basic_paid=["基本医保支付", "基本医疗统筹支付"], serious_paid=["大病保险支付"], aid_paid=["医疗救助支付"], own_paid=["个人自付"], one_stop=["一站式结算", "是否一站式结算"], received_on=["到账日期", "报销到账日期"]),
    "finance.card_payments": _person("sex", "birth_date", item=["补贴项目", "补贴项目名称"], period=["所属期", "发放所属期"], due=["应发金额", "应发金额（元）"], amount=["实发金额", "实发金额（元）"], paid_on=["发放日期", "发放时间"], account=["银行账号", "银行卡号"], result=["发放结果", "发放状态"]),
    "finance.fund_progress": {"township": TOWN, "document": ["资金文号"], "allocated_on": ["下达日期"], "allocated": ["下达金额（万元）", "下达金额"], "spent": ["支出金额（万元）", "支出金额"], "as_of": ["截至日期", "截止日期"]},
}  # fmt: skip
#: columns that a file may leave out
SPARE = {
    "sex",
    "birth_date",
    "phone",
    "township",
    "ethnicity",
    "residence",
    "registered_on",
    "guardian_name",
    "boarding",
    "last_visit_on",
    "land_restored",
    "authorised_on",
}
GROUPS = {"wage_income": "家庭收入", "transfer_income": "家庭收入", "net_income_per_head": "家庭收入", "basic_paid": "报销情况", "serious_paid": "报销情况", "aid_paid": "报销情况",
          "started_on": "工程进度", "finished_on": "工程进度", "moved_in_on": "工程进度", "signed_on": "签约情况", "valid_to": "签约情况"}  # fmt: skip
TITLES = {
    "roster.villages": "行政村基本情况表", "roster.population": "农村人口基础名册", "roster.monitored": "防返贫监测对象台账", "education.enrolment": "在校生学籍名册", "education.student_aid": "学生资助发放表",
    "education.home_teaching": "送教上门登记", "health.deaths": "死亡人员名单", "health.doctor_contracts": "家庭医生签约花名册", "health.illnesses": "大病慢病患者名单", "housing.appraisals": "农房安全鉴定台账",
    "housing.renovations": "农村危房改造台账", "housing.relocations": "易地搬迁户台账", "civil_affairs.dibao": "农村低保对象花名册", "civil_affairs.tekun": "特困供养人员花名册", "civil_affairs.disability": "持证残疾人名单",
    "insurance.coverage": "基本医保参保名单", "insurance.claims": "住院报销结算明细", "finance.card_payments": "惠民惠农一卡通发放明细", "finance.fund_progress": "衔接资金支出进度表",
}  # fmt: skip
FOLDERS = {
    "roster": "名册",
    "education": "教育",
    "health": "卫健",
    "housing": "住建",
    "civil_affairs": "民政",
    "insurance": "医保",
    "finance": "财政",
}

TRADITIONAL = dict(
    zip(
        "国华军丽红兰云龙凤陈张刘赵杨吴孙马罗郑谢邓许冯叶卢钟兴庆东义传",
        "國華軍麗紅蘭雲龍鳳陳張劉趙楊吳孫馬羅鄭謝鄧許馮葉盧鐘興慶東義傳",
        strict=True,
    )
)
SOUND = dict(
    zip(
        "俊军艳燕芳华明伟丽萍红英建玉志国海文春梅秀香",
        "军俊燕艳方花铭卫莉平洪瑛健育治帼亥闻椿媒绣湘",
        strict=True,
    )
)
ONE_STOP, NUMERALS = ("是", "否"), "〇一二三四五六七八九"
GENTLE = ("wide", "quote", "tab", "space", "lower", "sign")
HARSH = ("missing", "digit", "swap", "precision", "masked", "old")


def damage_id(number: str, how: str, rng: random.Random) -> object:
    """One ID number as a clerk or a spreadsheet spoilt it; the same person is meant."""
    if how == "missing":
        return None
    if how == "digit":
        at = rng.randrange(6, 17)
        return number[:at] + str((int(number[at]) + rng.randint(1, 8)) % 10) + number[at + 1 :]
    if how == "swap":
        at = next(
            (i for i in range(14, 6, -1) if number[i] != number[i + 1] and number[i + 1] != "X"), 8
        )
        return number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    if how == "precision":
        return float(number[:15] + "000")
    if how == "masked":
        return number[:6] + "********" + number[14:]
    if how == "old":
        return number[:6] + number[8:17]
    if how == "wide":
        return number.translate(str.maketrans("0123456789X", "０１２３４５６７８９Ｘ"))
    if how == "quote":
        return "'" + number
    if how == "tab":
        return number + "\t"
    if how == "space":
        return number[:6] + " " + number[6:14] + " " + number[14:]
    if how == "lower":
        return number.replace("X", "x")
    return number.replace("X", rng.choice("×ХΧ"))


def spoil(c: County, row: Row) -> None:
    """Write the identity of one row the way its clerk did, once; `row.damage` says how."""
    rng, v = c.rng, dict(row.values)
    keys = (
        ("head_name", "head_id_number")
        if row.person is None and "head_name" in v
        else ("name", "id_number")
    )
    who = row.person
    number = str(v.get(keys[1]) or "")
    name = str(v[keys[0]])
    how = ""
    if row.damage == "mother":
        row.written = {}
        return
    if row.dirt == "guardian" and who:
        v[keys[1]] = v["guardian_id_number"]
        how = "guardian"
    elif row.dirt == "damaged":
        how = rng.choice(["digit", "swap", "masked", "digit"])
    elif row.dirt != "clean":
        draw = rng.random()
        how = (
            rng.choices(HARSH, [3, 2, 2, 1.4, 1.6, 1])[0]
            if draw < 0.06
            else rng.choice(GENTLE)
            if draw < 0.11
            else ""
        )
    if how == "old" and not (number[6:8] == "19" and rng.random() < 2):
        how = "digit"
    if how and how != "guardian" and number:
        v[keys[1]] = damage_id(number, how, rng)
    row.damage = how if how in HARSH or how == "guardian" else ""
    draw = rng.random() if row.dirt != "clean" else 1.0
    if draw < 0.008 and "·" not in name:
        name = name[0] + "　" + name[1:]
    elif draw < 0.016:
        name = "".join(TRADITIONAL.get(x, x) for x in name)
    elif draw < 0.024 and row.dirt != "damaged":
        last = SOUND.get(name[-1])
        if last:
            name, row.damage = name[:-1] + last, row.damage + "+sound"
    elif draw < 0.026 and keys[0] == "name":
        name += "（已核）"
    if "·" in name and rng.random() < 0.5:
        name = name.replace("·", rng.choice(["•", ".", "・", "．", ""]))
    v[keys[0]] = name
    if "village" in v and rng.random() < 0.25:
        v["village"] = rng.choice(
            [
                str(v["village"]).removesuffix("村"),
                str(v["village"]) + "委会",
                str(v["village"]).removesuffix("村") + "村民委员会",
            ]
        )
    row.written = {k: v[k] for k in (*keys, "village") if k in v}


def date_text(day: dt.date, style: int) -> object:
    """One of the ways a date is written."""
    if style == 0:
        return day.isoformat()
    if style == 1:
        return f"{day.year}/{day.month}/{day.day}"
    if style == 2:
        return f"{day.year}.{day.month}.{day.day}"
    if style == 3:
        return f"{day.year}年{day.month}月{day.day}日"
    if style == 4:
        return f"{day:%Y%m%d}"
    if style == 5:
        return (day - dt.date(1899, 12, 30)).days
    if style == 6:
        return f"{day:%Y-%m-%d} 00:00:00"
    if style == 7:
        return day

    def tens(n: int) -> str:
        return (
            NUMERALS[n]
            if n < 10
            else ("" if n < 20 else NUMERALS[n // 10]) + "十" + (NUMERALS[n % 10] if n % 10 else "")
        )

    return (
        "".join(NUMERALS[int(x)] for x in str(day.year)) + f"年{tens(day.month)}月{tens(day.day)}日"
    )


def amount_text(value: float, style: int) -> object:
    """One of the ways an amount is written."""
    return (value, f"{value:,.2f}", f"{value:.2f}元", f"{value / 10000:.6f}万元", f"¥{value:.2f}")[
        style
    ]
