"""How departments lay out their lists: headers in their own words, sheets, titles, file kinds.

A header is drawn among the synonyms of DOMAIN C1 for each file, so that two townships seldom write
the same. Columns with a group stand under a two-row header.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Field:
    """One column of a list: canonical name, the headers it may have, the group above it."""

    name: str
    headers: tuple[str, ...]
    group: str = ""


@dataclass(frozen=True)
class Layout:
    """One department's list."""

    dataset: str
    folder: tuple[str, ...]
    title: str
    kind: Literal["xlsx", "xls", "csv-gbk", "csv-utf8"]
    split: Literal["county", "sheet", "file"]
    every: Literal["week", "month", "once"]
    days: int
    """The list speaks of so many days before the round."""
    fields: tuple[Field, ...]
    unit: str = ""
    total: str = ""
    """Column that a 合计 row adds up; empty for none."""
    person: tuple[str, str] = ("name", "id_number")
    """The columns that say who a row is."""

    @property
    def has(self) -> frozenset[str]:
        """Canonical columns of the list."""
        return frozenset(f.name for f in self.fields)


def _fields(*items: str) -> tuple[Field, ...]:
    """``canonical=header|header`` or ``canonical=group>header|header`` to fields."""
    fields = []
    for item in items:
        name, headers = item.split("=")
        group, _, rest = headers.rpartition(">")
        fields.append(Field(name, tuple(rest.split("|")), group))
    return tuple(fields)


_NAME = "name=姓名|人员姓名"
_ID = "id_number=身份证号|身份证号码|公民身份号码|证件号码|身份证"
_HEAD = "head_name=户主姓名|户主"
_HEAD_ID = "head_id_number=户主身份证号|户主证件号码|户主身份证号码"
_TOWN = "township=乡镇|乡(镇)|所属乡镇"
_VILLAGE = "village=行政村|村|村(社区)|所在村"
_SEX = "sex=性别"

LAYOUTS: dict[str, Layout] = {
    layout.dataset: layout
    for layout in (
        Layout(
            "roster.villages",
            ("名册", "roster"),
            "行政区划名录",
            "xlsx",
            "county",
            "month",
            6,
            _fields(
                "village_code=行政村代码|村代码",
                "village=行政村|行政村名称",
                "township=乡镇|乡镇名称",
                "township_code=乡镇代码",
                "former_names=曾用名",
                "village_type=村类型|村类别",
                "households=户数|总户数",
                "persons=人口数|总人口",
            ),
            total="persons",
            person=("", ""),
        ),
        Layout(
            "roster.population",
            ("名册", "roster"),
            "农村常住人口基础名册",
            "xlsx",
            "sheet",
            "week",
            1,
            _fields(
                _TOWN,
                _VILLAGE,
                "group_name=村民小组|组|自然村",
                "household_id=户编号|户号|家庭编号",
                "person_id=人编号|人口编号",
                "head_name=户主姓名",
                _NAME,
                "id_number=公民身份号码|证件号码|身份证号码",
                _SEX,
                "birth_date=出生日期|出生年月日",
                "ethnicity=民族",
                "relation=与户主关系|家庭关系",
                "phone=联系电话|人联系电话",
                "household_type=户类型|农户类型",
                "status=人员状态",
                "residence=常住地|居住地",
                "registered_on=登记日期",
            ),
        ),
        Layout(
            "roster.monitored",
            ("名册", "roster"),
            "防止返贫监测对象台账",
            "xlsx",
            "sheet",
            "week",
            2,
            _fields(
                _TOWN,
                _VILLAGE,
                "household_id=户编号|户号",
                "head_name=户主姓名|户主",
                "head_id_number=户主证件号码|户主身份证号",
                "category=监测对象类别",
                "channel=发现渠道|监测渠道",
                "identified_on=识别监测时间|识别时间",
                "risk1=致贫返贫风险1",
                "risk2=致贫返贫风险2",
                "measures=帮扶措施",
                "helper=帮扶责任人|帮扶人|结对帮扶干部",
                "authorised_on=承诺授权日期",
                "notice_from=公示开始",
                "notice_to=公示结束",
                "risk_removed=风险是否已消除|风险是否消除",
                "risk_removed_on=风险消除时间|消除监测时间",
                "wage_income=家庭收入>工资性收入",
                "business_income=家庭收入>生产经营性收入",
                "property_income=家庭收入>财产性收入",
                "transfer_income=家庭收入>转移性收入",
                "business_cost=家庭收入>生产经营性支出",
                "net_income_per_head=家庭收入>人均纯收入|人均纯收入(元)",
            ),
            unit="元",
            person=("head_name", "head_id_number"),
        ),
        Layout(
            "education.enrolment",
            ("教育", "education"),
            "在籍学生花名册",
            "xlsx",
            "file",
            "week",
            4,
            _fields(
                "student_number=学籍号|全国学籍号",
                "name=学生姓名|姓名",
                "id_number=身份证件号|证件号码|身份证号",
                _SEX,
                "birth_date=出生日期|出生年月",
                "school=学校名称|学校全称|就读学校",
                "stage=学段",
                "grade=年级|年级名称",
                "boarding=就读方式|是否寄宿",
                "status=学籍状态",
                "guardian_name=监护人姓名|家长姓名",
                "guardian_id_number=监护人身份证号|监护人证件号码",
                "address=家庭住址|现住址",
            ),
        ),
        Layout(
            "education.student_aid",
            ("教育", "education"),
            "家庭经济困难学生资助发放明细",
            "csv-gbk",
            "county",
            "week",
            5,
            _fields(
                "name=学生姓名|姓名",
                _ID,
                "school=学校名称|学校",
                "term=学期|资助学期",
                "item=资助项目|项目名称",
                "amount=资助金额|发放金额",
                "paid_on=发放日期|发放时间",
                "account=银行卡号|银行账号",
            ),
        ),
        Layout(
            "education.home_teaching",
            ("教育", "education"),
            "送教上门情况统计表",
            "xlsx",
            "county",
            "month",
            5,
            _fields(
                "name=学生姓名|姓名",
                _ID,
                "school=送教学校|学校名称",
                "visits=送教次数",
                "month=月份|送教月份",
            ),
        ),
        Layout(
            "health.deaths",
            ("卫健", "health"),
            "死亡人员信息表",
            "xls",
            "county",
            "week",
            3,
            _fields(
                _NAME,
                _ID,
                _SEX,
                "died_on=死亡日期|死亡时间",
                "address=户籍地址|户籍所在地",
                "source=来源|填报单位",
            ),
        ),
        Layout(
            "health.doctor_contracts",
            ("卫健", "health"),
            "家庭医生签约服务名单",
            "xlsx",
            "county",
            "month",
            6,
            _fields(
                "name=姓名|居民姓名",
                _ID,
                "signed_on=签约日期|签约时间",
                "team=签约团队|签约医生团队",
                "valid_to=有效期至|协议到期日",
                "last_visit_on=最近随访日期|最近随访",
                "population_group=人群分类|人群类别",
                _TOWN,
                _VILLAGE,
            ),
        ),
        Layout(
            "health.illnesses",
            ("卫健", "health"),
            "大病慢病救治管理台账",
            "xlsx",
            "county",
            "month",
            6,
            _fields(
                "name=姓名|患者姓名",
                _ID,
                "illness=病种|病种名称|诊断名称",
                "kind=大病/慢病|病种类别",
                "diagnosed_on=确诊日期|确诊时间",
                _TOWN,
                _VILLAGE,
            ),
        ),
        Layout(
            "housing.appraisals",
            ("住建", "housing"),
            "农村住房安全鉴定结果表",
            "xlsx",
            "sheet",
            "month",
            7,
            _fields(
                _HEAD,
                _HEAD_ID,
                _VILLAGE,
                "grade=鉴定等级|房屋等级|危险等级",
                "appraised_on=鉴定日期|鉴定时间",
                "area=建筑面积",
                "occupied=是否居住|有无人居住",
            ),
            unit="平方米",
            person=("head_name", "head_id_number"),
        ),
        Layout(
            "housing.renovations",
            ("住建", "housing"),
            "农村危房改造项目台账",
            "xls",
            "county",
            "month",
            7,
            _fields(
                _HEAD,
                _HEAD_ID,
                _TOWN,
                _VILLAGE,
                "year=改造年度|年度",
                "method=改造方式",
                "subsidy=补助金额|补助资金(元)",
                "started_on=开工日期|开工时间",
                "finished_on=竣工日期|竣工时间",
                "moved_in_on=入住日期|入住时间",
            ),
            unit="元",
            total="subsidy",
            person=("head_name", "head_id_number"),
        ),
        Layout(
            "housing.relocations",
            ("住建", "housing"),
            "易地扶贫搬迁户台账",
            "xlsx",
            "county",
            "month",
            8,
            _fields(
                _HEAD,
                _HEAD_ID,
                "members=搬迁人口|搬迁人数",
                "site=安置情况>安置点",
                "mode=安置情况>安置方式",
                "area=安置情况>安置面积",
                "moved_in_on=安置情况>入住日期|入住时间",
                "old_house_demolished=旧房情况>旧房是否拆除",
                "land_restored=旧房情况>是否复垦",
                _TOWN,
                "village=原行政村",
            ),
            person=("head_name", "head_id_number"),
        ),
        Layout(
            "civil_affairs.dibao",
            ("民政", "civil_affairs"),
            "农村居民最低生活保障备案表",
            "xls",
            "sheet",
            "week",
            5,
            _fields(
                _NAME,
                _ID,
                "head_name=户主姓名|申请人姓名",
                "certificate=低保证号|救助证编号",
                "members_covered=保障人数|享受人数",
                "dibao_class=低保类别",
                "monthly_amount=月保障金|月保障金额",
                "from_date=享受起始时间|起始享受时间",
                "status=状态|保障状态",
                "account=银行账号|银行账户",
                _VILLAGE,
            ),
            unit="元",
            total="monthly_amount",
        ),
        Layout(
            "civil_affairs.tekun",
            ("民政", "civil_affairs"),
            "特困供养人员名单",
            "xls",
            "county",
            "month",
            5,
            _fields(
                _NAME,
                _ID,
                "mode=供养方式",
                "care_level=护理等级",
                "monthly_amount=月供养金|供养金标准",
                _TOWN,
                _VILLAGE,
            ),
            unit="元/月",
            total="monthly_amount",
        ),
        Layout(
            "civil_affairs.disability",
            ("民政", "civil_affairs"),
            "持证残疾人名单",
            "xlsx",
            "county",
            "month",
            9,
            _fields(
                _NAME,
                _ID,
                "certificate=残疾证号|残疾人证号",
                "kind=残疾类别",
                "level=残疾等级",
                "issued_on=发证日期",
                _TOWN,
                _VILLAGE,
            ),
        ),
        Layout(
            "insurance.coverage",
            ("医保", "insurance"),
            "城乡居民医保参保人员明细",
            "csv-gbk",
            "county",
            "month",
            6,
            _fields(
                _NAME,
                _ID,
                "year=参保年度|年度",
                "scheme=险种|险种类型",
                "identity=参保身份|人员类别",
                "paid_on=缴费日期|缴费时间",
                "own_payment=个人缴费|个人缴费金额",
                "subsidy=资助金额|财政资助金额",
                "place=参保地",
                "village=村|村(社区)|行政村",
            ),
        ),
        Layout(
            "insurance.claims",
            ("医保", "insurance"),
            "住院费用结算明细",
            "csv-utf8",
            "county",
            "month",
            6,
            _fields(
                _NAME,
                _ID,
                "admitted_on=入院日期",
                "discharged_on=出院日期",
                "settled_on=结算日期|结算时间",
                "hospital=医院名称|就诊医院",
                "total=医疗总费用|总费用",
                "in_scope=目录内费用",
                "basic_paid=基本医保支付|统筹报销费用",
                "serious_paid=大病保险支付",
                "aid_paid=医疗救助支付",
                "own_paid=个人自付|个人自付费用",
                "one_stop=一站式结算|是否一站式结算",
                "received_on=到账日期|报销到账日期",
            ),
        ),
        Layout(
            "finance.card_payments",
            ("财政", "finance"),
            "惠农补贴一卡通发放明细",
            "xlsx",
            "county",
            "week",
            2,
            _fields(
                "name=姓名|户名|持卡人",
                _ID,
                "item=补贴项目|项目名称",
                "period=所属期|发放所属期",
                "due=应发金额|应发",
                "amount=实发金额|实发",
                "paid_on=发放日期|发放时间",
                "account=银行账号|卡号",
                "result=发放结果|发放状态",
                "township=乡镇",
            ),
            unit="元",
        ),
        Layout(
            "finance.fund_progress",
            ("财政", "finance"),
            "衔接推进乡村振兴补助资金支出进度表",
            "xlsx",
            "county",
            "month",
            4,
            _fields(
                "township=乡镇|项目乡镇",
                "document=资金文号|文号",
                "allocated_on=下达日期",
                "allocated=下达金额|下达资金",
                "spent=支出金额|已支出",
                "as_of=截至日期",
            ),
            unit="元",
            total="allocated",
            person=("", ""),
        ),
    )
}
