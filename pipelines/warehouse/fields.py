"""What the published columns mean, said once: Chinese title, explanation, unit, privacy, origin.

A column name means one thing everywhere. Where a table means something narrower, `fields_by_table`
says so for that table alone; `dataset_fields` speaks of the departments' own columns, `codes` of
the codes inside them. Nothing may be published that none of these explains.
"""

from dataclasses import dataclass

from pipelines.contracts import Privacy


@dataclass(frozen=True)
class Field:
    """The meaning of one column, for people who have only the database."""

    title: str
    says: str
    """A sentence, or the values that may stand here; empty where the title says it all."""
    privacy: Privacy = Privacy.INTERNAL
    unit: str | None = None
    source: str = "由系统计算"


FROM_FILE = "来自部门报送的文件"
FROM_ROSTER = "来自 roster.population 基础名册"
FROM_VILLAGES = "来自 roster.villages 行政村名册"
FROM_MODEL = "由关联环节计算"
FROM_RULE = "来自规则文件 expectations/rules"
FROM_PEOPLE = "来自反馈清单"
FROM_CORRECTION = "来自更正文件 corrections"
FROM_PARAMETER = "来自参数文件 data/parameters"

_PUBLIC = Privacy.PUBLIC
_PERSONAL = Privacy.PERSONAL
_IDENTIFIER = Privacy.IDENTIFIER
_SENSITIVE = Privacy.SENSITIVE

FIELDS: dict[str, Field] = {
    # Where and when
    "county": Field("县代码", "六位行政区划代码；每个县各自比对，互不影响", _PUBLIC),
    "round": Field("期", "一次比对叫一期，以比对日期为名；规则、年龄、期限都按这一天算", _PUBLIC),
    "village_code": Field(
        "行政村代码",
        "空表示所在村不明，或名单只写村名而县内几个村同名",
        _PUBLIC,
        source=FROM_VILLAGES,
    ),
    "village": Field(
        "行政村",
        "行政村规范名称，以行政村名册为准；空表示所在村不明",
        _PUBLIC,
        source=FROM_VILLAGES,
    ),
    "township": Field(
        "乡镇", "乡镇规范名称，以行政村名册为准；空表示所在乡镇不明", _PUBLIC, source=FROM_VILLAGES
    ),
    "township_code": Field("乡镇代码", "空表示所在乡镇不明", _PUBLIC, source=FROM_VILLAGES),
    "former_names": Field(
        "曾用名", "合并、更名前的村名，多个以、分开", _PUBLIC, source=FROM_VILLAGES
    ),
    "village_type": Field("村类型", "名册所填的村类型", _PUBLIC, source=FROM_VILLAGES),
    "group_name": Field(
        "村民小组", "村民小组，名册所填的文字", Privacy.INTERNAL, source=FROM_ROSTER
    ),
    # Lineage
    "record_id": Field(
        "记录编号",
        "文件指纹前 16 位-表序号-行号，县内唯一；同一行在各表中编号相同",
        source=FROM_FILE,
    ),
    "file_id": Field(
        "文件指纹", "原始文件内容的 SHA-256，可在 archive 中找到原件", source=FROM_FILE
    ),
    "path": Field("文件", "相对于收件箱的路径；压缩包内的文件写在 !/ 之后", source=FROM_FILE),
    "sheet": Field("工作表", "工作表名称；空表示文件未能打开", source=FROM_FILE),
    "sheet_no": Field(
        "工作表序号", "从 0 起；压缩包内各文件连续编号，并排的名单各算一张", source=FROM_FILE
    ),
    "row_number": Field("行号", "打开表格时看到的行号，从 1 起", source=FROM_FILE),
    "as_of": Field(
        "截至日",
        "名单所说明的日期（不是到达日），依据见 source_files.as_of_source",
        source=FROM_FILE,
    ),
    "raw_row": Field("原始行", "JSON：表头原文 → 单元格原文", _SENSITIVE, source=FROM_FILE),
    "dataset": Field(
        "数据集",
        "部门.名单，中文名见 codes 表 code_of=dataset；它的记录在点换成下划线的同名表中；"
        "空表示未能识别",
        _PUBLIC,
        source="来自数据约定 contracts",
    ),
    "department": Field(
        "部门",
        "报送部门代号，中文名见 codes 表 code_of=department",
        _PUBLIC,
        source="来自收件箱文件夹",
    ),
    # Files and deliveries
    "as_of_source": Field(
        "截至日依据", "name 文件名或工作表名，title 标题行，arrival 到达日", source=FROM_FILE
    ),
    "age_days": Field("数据天数", "期的日期减截至日", unit="天"),
    "scope": Field("范围", "名单覆盖的范围：全县，或乡镇名称"),
    "used": Field("是否采用", "本期是否使用这张表"),
    "rows_read": Field(
        "读到行数",
        "等于 rows_accepted + rows_set_aside + rows_not_data；空表示文件未能打开",
        unit="行",
    ),
    "rows_accepted": Field("采用行数", "成为记录的行", unit="行"),
    "rows_set_aside": Field(
        "搁置行数",
        "因故不能使用、列入 quarantine（scope=row）的行；同一行有几处问题只算一行",
        unit="行",
    ),
    "rows_not_data": Field("非数据行数", "标题、重复表头、合计、说明和空行", unit="行"),
    "arrived_at": Field("到达时间", "文件到达收件箱的时间", source=FROM_FILE),
    "message": Field("说明", "看到了什么、应当是什么、怎么办"),
    "due": Field(
        "应到日",
        "本期之前（含当日）最近一次应报送的日期，按数据约定的报送周期推算",
        source="来自数据约定 contracts",
    ),
    "arrived": Field(
        "到达日", "文件到达收件箱的日期；空表示尚未收到，或收到时已晚于本期", source=FROM_FILE
    ),
    "days_late": Field(
        "迟到天数", "按时为 0；迟到为到达日减应到日；未到或过旧为期减应到日", unit="天"
    ),
    # Quarantine
    "column_name": Field("列名", "规范列名；空表示针对整行"),
    "reason_code": Field("原因代码", "搁置原因代码，含义见 codes 表 code_of=reason_code"),
    "reason": Field("原因", "哪里不对、应当怎样、怎么办"),
    "raw_value": Field(
        "原值", "单元格原文，未作改动；空表示整行搁置", _SENSITIVE, source=FROM_FILE
    ),
    # Corrections and slips
    "correction_id": Field(
        "更正编号", "更正文件中写的编号，没有写的由内容生成；空表示没有更正", source=FROM_CORRECTION
    ),
    "action": Field("更正方式", "怎样更正", source=FROM_CORRECTION),
    "before": Field("原文", "部门名单上的文字；空表示原来没有填", _SENSITIVE, source=FROM_FILE),
    "after": Field("改为", "实际使用的文字；空表示改为不填", _SENSITIVE, source=FROM_CORRECTION),
    "reported_on": Field("报告日期", "告知来源部门的日期", source=FROM_CORRECTION),
    "reported_to": Field("报告给", "告知了谁；空表示没有写", source=FROM_CORRECTION),
    "reported_by": Field("报告人", "谁告知的；空表示没有写", source=FROM_CORRECTION),
    "expected": Field(
        "应有行数", "应当匹配的行数；空表示至少一行", unit="行", source=FROM_CORRECTION
    ),
    "matched": Field("匹配行数", "名单上实际匹配的行数", unit="行"),
    "slip_id": Field("纠错编号", "由名单、对象和列组成，改正之前各期不变，不随行号变"),
    "record_name": Field("对象", "这一行写的是谁，名单上的文字", _PERSONAL, source=FROM_FILE),
    "closed_by": Field(
        "改正方式",
        "new_file 新名单已改正，read_otherwise 名单未换、按新的对照表已能读懂；空表示尚未改正",
    ),
    # People and households
    "person_id": Field(
        "人编号", "名册中的人；空表示未定到人", Privacy.INTERNAL, source=FROM_ROSTER
    ),
    "listed_id": Field(
        "名册所列人编号",
        "名册人编号一列的号码；没有、或几行同号时为空",
        Privacy.INTERNAL,
        source=FROM_ROSTER,
    ),
    "household_id": Field(
        "户编号", "名册中的户；空表示未定到户", Privacy.INTERNAL, source=FROM_ROSTER
    ),
    "head_person_id": Field(
        "户主人编号",
        "户主在 persons 表中的 person_id；空表示名册未写明户主",
        Privacy.INTERNAL,
        source=FROM_ROSTER,
    ),
    "head_name": Field("户主姓名", "户主姓名，按名册", _PERSONAL, source=FROM_ROSTER),
    "name": Field("姓名", "姓名，按名册，只去空格", _PERSONAL, source=FROM_ROSTER),
    "name_key": Field(
        "姓名比对写法", "简体、异体字归一、去掉分隔符，仅供比对", _PERSONAL, source=FROM_ROSTER
    ),
    "id_number": Field(
        "公民身份号码", "校验通过的 18 位；不可用时为空", _IDENTIFIER, source=FROM_ROSTER
    ),
    "id_number_status": Field(
        "身份号码校验结果", "代码，含义见 codes 表 code_of=id_number_status", source=FROM_ROSTER
    ),
    "id_number_hint": Field(
        "身份号码可信部分", "号码不可用时仍可信的部分，仅供关联", _IDENTIFIER, source=FROM_ROSTER
    ),
    "sex": Field("性别", "男、女；空表示没有写明", _PERSONAL, source=FROM_ROSTER),
    "birth_date": Field(
        "出生日期", "出生日期；名册没写的从有效身份证号得出", _PERSONAL, source=FROM_ROSTER
    ),
    "birth_date_precision": Field(
        "出生日期精度", "day 到日，month 到月，year 到年", source=FROM_ROSTER
    ),
    "ethnicity": Field("民族", "只作登记，任何规则不得使用", _SENSITIVE, source=FROM_ROSTER),
    "relation": Field("与户主关系", "与户主关系，名册所填的文字", _PERSONAL, source=FROM_ROSTER),
    "phone": Field("联系电话", "联系电话，名册所填", _PERSONAL, source=FROM_ROSTER),
    "household_type": Field("户类型", "一般农户、脱贫户、监测对象", _PERSONAL, source=FROM_ROSTER),
    "residence": Field("常住地", "常住地，名册所填", _PERSONAL, source=FROM_ROSTER),
    "registered_on": Field("登记日期", "登记日期，名册所填", _PERSONAL, source=FROM_ROSTER),
    "members": Field("户内人数", "名册中该户的人数", unit="人", source=FROM_ROSTER),
    "households": Field(
        "户数", "行政村名册所填户数，只作参考，比对用基础名册的户", _PUBLIC, "户", FROM_VILLAGES
    ),
    "persons": Field(
        "人口数", "行政村名册所填人口数，只作参考，比对用基础名册的人", _PUBLIC, "人", FROM_VILLAGES
    ),
    "residents": Field(
        "在册人数", "基础名册中该村的人数，不含死亡、迁出、注销", _PUBLIC, "人", FROM_ROSTER
    ),
    # Links
    "link_person": Field(
        "关联到的人", "名册中的人编号；空表示未定到人", Privacy.INTERNAL, source=FROM_MODEL
    ),
    "link_household": Field(
        "关联到的户", "名册中的户编号；空表示未定到户", Privacy.INTERNAL, source=FROM_MODEL
    ),
    "link_former": Field(
        "以前在册的人",
        "所写的人已不在本期名册中时，其在 former_persons 中的人编号，此时 link_person 为空；"
        "仅凭有效证件号和姓名认定",
        Privacy.INTERNAL,
        source=FROM_MODEL,
    ),
    "former_person_id": Field(
        "以前在册的人编号",
        "所写的人已不在本期名册中时，其在 former_persons 中的人编号，此时 person_id 为空",
        Privacy.INTERNAL,
        source=FROM_MODEL,
    ),
    "link_status": Field(
        "关联状态",
        "confirmed 身份已确认，suspected 待核身份，unmatched 未关联；空表示这类名单不关联到人或户",
        source=FROM_MODEL,
    ),
    "method": Field(
        "关联方法",
        "作出关联的方法代号，含义见 codes 表 code_of=method；空表示没有关联",
        source=FROM_MODEL,
    ),
    "probability": Field(
        "关联概率",
        "是这个人（这一户）的概率，0 到 1，已计入其他可能的人；按字段比较级别的权重算出，"
        "人工核对后的校准值见 calibrated 列；不低于 0.99 且满足确认条件才算 confirmed",
        source=FROM_MODEL,
    ),
    "calibrated": Field(
        "校准后的概率",
        "人工核对过的对数达到规定数目后，把关联概率按核对结果校准的值；空表示核对还不够，或不必校准",
        source=FROM_MODEL,
    ),
    "level_pattern": Field(
        "比较级别串",
        "从左到右依次为姓名、证件号码、出生日期、性别、村、户主或监护人、电话、户编号、"
        "同户其他人的比较级别，一位一个十六进制数字，0 表示一方没有填写；"
        "含义见 codes 表 code_of=level_pattern（位:级别）",
        source=FROM_MODEL,
    ),
    "evidence": Field(
        "关联依据",
        "JSON：字段 → left 名单的值、right 名册的值、level 级别、"
        "weight 权重（以 2 为底的似然比，正数支持是同一人）",
        _SENSITIVE,
        source=FROM_MODEL,
    ),
    "conflict": Field(
        "关联冲突",
        "与同一名单其他行的冲突，含义见 codes 表 code_of=conflict；空表示没有",
        source=FROM_MODEL,
    ),
    "model_hash": Field("模型指纹", "关联模型参数的 SHA-256", source=FROM_MODEL),
    "reviewed_by": Field("复核人", "人工复核过的关联由谁决定；空表示未复核", source=FROM_PEOPLE),
    "rank": Field("候选名次", "从 1 起，1 为最可能", source=FROM_MODEL),
    # Comparisons and discrepancies
    "rule_id": Field("规则编号", "规则见 rules 表", _PUBLIC, source=FROM_RULE),
    "subjects": Field(
        "涉及对象数",
        "这条规则在这里涉及的对象数（人、户或村，见 rules.level；"
        "按项按期的规则一人可有几个）；等于 agree + disagree + not_found + not_compared",
        unit="个",
    ),
    "agree": Field("一致", "一致的对象数：符合规则要求，不列为疑点", unit="个"),
    "disagree": Field(
        "不一致",
        "不一致的对象数；含义见 rules.disagree_says；含待核身份的，它们不进合计",
        unit="个",
    ),
    "not_found": Field(
        "对方名单未见",
        "对方名单未见的对象数；对方名单在这里齐全、够新才作数；含义见 rules.not_found_says",
        unit="个",
    ),
    "not_compared": Field(
        "未比对",
        "未比对的对象数：对方名单缺失、过旧、不全，或可能的记录身份待核；"
        "既不算一致也不算疑点，原因见 why_not_compared",
        unit="个",
    ),
    "why_not_compared": Field("未比对原因", "为什么没有比对；几种原因都写出"),
    "case_id": Field(
        "疑点编号",
        "由县代码、规则和对象（人、户、村；同一人有几项的再加项目）组成，各期不变；"
        "同一编号在各期就是同一个疑点，随户走不随村走",
    ),
    "kind": Field("疑点类型", "规则的名称，即 rules.title", _PUBLIC, source=FROM_RULE),
    "direction": Field(
        "方向",
        "under_coverage 应享未享，over_coverage 疑似重复或超范围享受，"
        "data_quality 数据质量，process 工作程序",
        _PUBLIC,
        source=FROM_RULE,
    ),
    "severity": Field("等级", "red 红，orange 橙，yellow 黄", _PUBLIC, source=FROM_RULE),
    "state_compared": Field("比对结果", "disagree 不一致，not_found 对方名单未见；含义见 rules 表"),
    "explanation": Field("疑点说明", "这个疑点说的是什么；疑点不等于问题", _SENSITIVE),
    "likely_innocent_reasons": Field("可能合理原因", "核实时先想到的合理情形", source=FROM_RULE),
    "link_evidence": Field("匹配依据", "怎样认定是这个人、这一户", _PERSONAL, source=FROM_MODEL),
    "verify_with": Field("建议核实单位与方法", "由谁核实，问什么，看什么证明", source=FROM_RULE),
    "value_hash": Field(
        "值的指纹", "两边的值的 SHA-256 前 16 位；值变了它才变，用来判断答复过的要不要再问"
    ),
    "first_seen": Field("首次发现", "第一次列为疑点的期；销号后反弹的从头算起见 cases"),
    "rounds_seen": Field(
        "出现期数", "自新出现（或销号后反弹）起，到本期为止列为疑点的期数", unit="期"
    ),
    "rounds_missed": Field("未再出现期数", "上次出现后比对过而未再出现的期数", unit="期"),
    "last_seen": Field("最近出现", "最近一次出现的期"),
    # Villages
    "monitored_active": Field(
        "在监测户数", "监测对象名册中风险尚未消除的户数，按户所在村", unit="户"
    ),
    "monitored_ever": Field("曾监测户数", "监测对象名册中的户数，包括风险已消除的", unit="户"),
    "expected_monitored": Field(
        "预计监测户数",
        "假如本村同全县其他村一样，会有多少户曾被监测：把户按是否脱贫户、"
        "低保大病残疾占几项分六组，各组在其他村的监测户比例乘以本村该组户数，再相加；"
        "与 monitored_ever 比，不是指标也不是任务",
        unit="户",
    ),
    "surprise": Field(
        "意外程度",
        "按 expected_monitored 推算，本村一户监测对象也没有的概率，0 到 1（负二项分布，"
        "离散程度取自全县各村）；越小越值得问一问，"
        "低于参数 village_surprise_below 的在报告中点名；不是违规概率",
    ),
    "blank": Field(
        "空白村",
        "TRUE 表示有居民而监测对象名册中一户也没有（含已消除的）；FALSE 有或无居民；"
        "空表示名单不齐不能判断；是一个疑问，不是结论",
    ),
    "zero_change": Field(
        "零变化村",
        "TRUE 表示新报送的监测名单与上次相比，户、成员、措施、帮扶责任人、"
        "收入都没有变化；空表示本期没有新名单可比，或两次都没有在监测户",
    ),
    "deliveries_without_change": Field(
        "连续未变化次数",
        "到本期为止连续多少次新报送没有变化；没有新报送的期沿用上次的数",
        unit="次",
    ),
    "signature": Field(
        "名单指纹", "该村监测名单各列内容的 SHA-256，列名=指纹，以分号隔开，用来看有无变化"
    ),
    "compared": Field(
        "是否比对", "TRUE 表示该村的监测名单齐全够新、没有身份未定的监测户，可以判断是否空白"
    ),
    "why": Field("说明", "为什么得出或没有得出判断"),
    # Coverage
    "rows": Field("本次行数", "本期采用的名单中该村的行数；空表示名单不分村", unit="行"),
    "rows_before": Field("上次行数", "上一次报送中该村的行数", unit="行"),
    "newly_delivered": Field("是否新报送", "本期采用的名单上一期未用过"),
    "delivery": Field("报送指纹", "所用各表内容的 SHA-256，变了就是新报送；空表示没有名单"),
    # The ledger
    "opened": Field("建账日", "第一次列为疑点的期"),
    "issued": Field("下发日", "疑点下发核实的日期；空表示尚未下发"),
    "answered": Field("反馈日", "收到核查结论的日期；空表示尚未反馈", source=FROM_PEOPLE),
    "verified": Field("复核日", "县级复核的日期；空表示尚未复核", source=FROM_PEOPLE),
    "closed": Field("销号日", "比对过而不再列为疑点的期；空表示尚未销号"),
    "reopened": Field("反弹日", "销号后再次出现的日期；空表示没有"),
    "happened_on": Field("发生日", "这件事发生的日期"),
    "happened_at": Field("发生时间", "这件事发生的时间"),
    "event": Field("事项", "台账上发生了什么"),
    "cause": Field("变动原因", "每一笔变动只有一个原因"),
    "previous_open": Field(
        "上期在办", "上一期结束时在办的；第一期为 0", unit="条、户或人，见 unit 列"
    ),
    "new": Field("新增", "本期第一次列为疑点的", unit="条、户或人，见 unit 列"),
    "moved_in": Field("转入", "户从别的乡镇迁来带来的", unit="条、户或人，见 unit 列"),
    "moved_out": Field("转出", "户迁往别的乡镇带走的", unit="条、户或人，见 unit 列"),
    "current_open": Field(
        "本期在办",
        "等于 previous_open + new + reopened − closed + moved_in − moved_out",
        unit="条、户或人，见 unit 列",
    ),
    # Runs, rules, parameters
    "run_id": Field("运行编号", "一次成功运行的编号，与日志中相同", _PUBLIC),
    "started_at": Field("开始时间", "运行开始的时间，机器所在时区", _PUBLIC),
    "finished_at": Field("完成时间", "发布完成的时间，机器所在时区", _PUBLIC),
    "version": Field("软件版本", "本期所用软件的版本号", _PUBLIC),
    "contracts_hash": Field("数据约定指纹", "全部数据约定内容的 SHA-256", _PUBLIC),
    "rules_hash": Field("规则指纹", "全部规则内容的 SHA-256", _PUBLIC),
    "parameters_hash": Field("参数指纹", "当期全部有效参数的 SHA-256", _PUBLIC),
    "inputs_hash": Field("输入指纹", "本期采用的全部文件的 SHA-256", _PUBLIC),
    "rule_hash": Field("规则指纹", "规则及其所用概念原文的 SHA-256", _PUBLIC),
    "software": Field("软件版本", "本期所用软件的版本号", _PUBLIC),
    "title": Field("名称", "名称", _PUBLIC),
    "question": Field("所问", "这条规则对每个对象问什么", _PUBLIC, source=FROM_RULE),
    "source_text": Field("依据", "出处和原文", _PUBLIC),
    "level": Field(
        "对象", "person 人，household 户，village 村，township 乡镇", _PUBLIC, source=FROM_RULE
    ),
    "left_side": Field(
        "名册方数据集", "名册方数据集，中文名见 codes 表 code_of=dataset", _PUBLIC, source=FROM_RULE
    ),
    "right_side": Field(
        "比对方数据集",
        "空表示与参数比较，中文名见 codes 表 code_of=dataset",
        _PUBLIC,
        source=FROM_RULE,
    ),
    "needs": Field(
        "所需数据集",
        "查询读取的数据集，多个以、分开，中文名见 codes 表 code_of=dataset",
        _PUBLIC,
        source=FROM_RULE,
    ),
    "gate": Field(
        "门槛数据集",
        "名单缺失、过旧、不全时不得以未见为据的数据集，中文名见 codes 表 code_of=dataset",
        _PUBLIC,
        source=FROM_RULE,
    ),
    "spares": Field(
        "排除名单",
        "见于这些名单的对象不列为疑点（例如死亡、送教上门）；其中有身份待核的记录时暂不比对；"
        "多个以、分开，空表示没有，中文名见 codes 表 code_of=dataset",
        _PUBLIC,
        source=FROM_RULE,
    ),
    "flags": Field(
        "列为疑点的结果",
        "哪些比对结果成为疑点：disagree 不一致，not_found 对方名单未见；多个以、分开",
        _PUBLIC,
        source=FROM_RULE,
    ),
    "disagree_says": Field(
        "不一致的含义",
        "这条规则的 disagree 说的是什么；空表示不列为疑点",
        _PUBLIC,
        source=FROM_RULE,
    ),
    "not_found_says": Field(
        "未见的含义", "这条规则的 not_found 说的是什么；空表示不列为疑点", _PUBLIC, source=FROM_RULE
    ),
    "rule_group": Field(
        "规则组",
        "规则组代号，决定清单上可选的原因代码；含义见 codes 表 code_of=rule_group",
        _PUBLIC,
        source=FROM_RULE,
    ),
    "parameter_keys": Field(
        "所用参数", "参数见 parameters 表，多个以、分开", _PUBLIC, source=FROM_RULE
    ),
    "ran": Field("是否运行", "TRUE 表示本期运行了这条规则", _PUBLIC),
    "why_not_run": Field("未运行原因", "空表示已运行", _PUBLIC),
    "query": Field("查询原文", "规则的 SQL 原文", _PUBLIC, source=FROM_RULE),
    "key": Field(
        "参数名", "参数名，与 rules.parameter_keys 中相同", _PUBLIC, source=FROM_PARAMETER
    ),
    "value": Field(
        "参数值", "参数的值，JSON 写法：数、文字、列表或对象", _PUBLIC, source=FROM_PARAMETER
    ),
    "unit": Field("单位", "空表示没有单位", _PUBLIC),
    "note": Field("备注", "参数管什么、怎么用", _PUBLIC),
    "place": Field(
        "适用地区", "行政区划代码或其开头；default 为各地通用", _PUBLIC, source=FROM_PARAMETER
    ),
    "valid_from": Field(
        "有效期起", "有效期的第一天；期在有效期内才用这个值", _PUBLIC, source=FROM_PARAMETER
    ),
    "valid_to": Field("有效期止", "有效期的最后一天（含）", _PUBLIC, source=FROM_PARAMETER),
    # The dictionary itself
    "table_name": Field("表名", "表在数据库中的名称", _PUBLIC),
    "table_title": Field("表的中文名", "表的中文名称", _PUBLIC),
    "position": Field("列序", "从 1 起", _PUBLIC),
    "code_of": Field("用在哪里", "用这组代码的列名，例如 method、reason_code", _PUBLIC),
    "code": Field("代码", "列里写的代码；level_pattern 的写成“第几位:级别”", _PUBLIC),
    "meaning": Field("含义", "代码的中文含义", _PUBLIC),
    "description": Field("含义", "与列注释相同", _PUBLIC),
    "data_type": Field("数据类型", "DuckDB 类型", _PUBLIC),
    "privacy": Field(
        "隐私级别",
        "public 公开，internal 内部，personal 个人信息，identifier 证件号码（展示前 6 后 4），"
        "account 账号（展示后 4），sensitive 敏感（学生、健康、残疾等）",
        _PUBLIC,
    ),
    "source": Field("来源", "值从哪里来：部门文件、名册、规则、参数，或由系统计算", _PUBLIC),
    "is_key": Field("是否主键", "主键各列合起来唯一", _PUBLIC),
    "status": Field("状态", "见同一行说明"),
    "state": Field("状态", "见同一行说明"),
}
"""Column name to its meaning in every table that `fields_by_table` does not mention."""

for _side, _word in {"left": "名册方", "right": "比对方"}.items():
    FIELDS |= {
        f"{_side}_department": Field(
            f"{_word}部门",
            "部门代号，中文名见 codes 表 code_of=department；“参数”表示与 parameters 中的标准比较",
            _PUBLIC,
            source=FROM_RULE,
        ),
        f"{_side}_dataset": Field(
            f"{_word}数据集",
            "中文名见 codes 表 code_of=dataset；空表示与参数比较",
            _PUBLIC,
            source=FROM_RULE,
        ),
        f"{_side}_value": Field(
            f"{_word}的值", "这一方名单（或参数）怎么说，由规则写出", _SENSITIVE, source=FROM_FILE
        ),
        f"{_side}_as_of": Field(
            f"{_word}截至日",
            "这一方名单的截至日；与参数比较时是参数有效期的第一天",
            source=FROM_FILE,
        ),
        f"{_side}_path": Field(
            f"{_word}文件", "相对于收件箱的路径；与参数比较时写参数名和出处", source=FROM_FILE
        ),
        f"{_side}_sheet": Field(
            f"{_word}工作表", "工作表名称；csv 文件没有工作表，为空", source=FROM_FILE
        ),
        f"{_side}_row_number": Field(f"{_word}行号", "打开表格时看到的行号", source=FROM_FILE),
    }
