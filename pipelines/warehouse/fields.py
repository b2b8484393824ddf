"""What the published columns mean, said once: Chinese title, explanation, unit, privacy, origin.

A column name means one thing everywhere. Where a table means something narrower, `OVERRIDES` says
so for that table alone. Columns of the departments' own lists are not here: their contracts say
what they mean. Nothing may be published that neither this page nor a contract explains.
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


_FILE = "来自部门报送的文件"
_ROSTER = "来自 roster.population 基础名册"
_VILLAGES = "来自 roster.villages 行政村名册"
_MODEL = "由关联环节计算"
_RULE = "来自规则文件 expectations/rules"
_PEOPLE = "来自反馈清单"
_PARAMETER = "来自参数文件 data/parameters"

_PUBLIC = Privacy.PUBLIC
_PERSONAL = Privacy.PERSONAL
_IDENTIFIER = Privacy.IDENTIFIER
_SENSITIVE = Privacy.SENSITIVE

FIELDS: dict[str, Field] = {
    # Where and when
    "county": Field("县代码", "六位行政区划代码，一个县一次比对单独成批", _PUBLIC),
    "round": Field("期", "比对日期；一个日期就是一期", _PUBLIC),
    "village_code": Field("行政村代码", "空表示所在村不明", _PUBLIC, source=_VILLAGES),
    "village": Field("行政村", "行政村规范名称", _PUBLIC, source=_VILLAGES),
    "township": Field("乡镇", "乡镇规范名称", _PUBLIC, source=_VILLAGES),
    "township_code": Field("乡镇代码", "空表示所在乡镇不明", _PUBLIC, source=_VILLAGES),
    "former_names": Field("曾用名", "合并、更名前的村名，多个以、分开", _PUBLIC, source=_VILLAGES),
    "village_type": Field("村类型", "名册所填的村类型", _PUBLIC, source=_VILLAGES),
    "group_name": Field("村民小组", "", Privacy.INTERNAL, source=_ROSTER),
    # Lineage
    "record_id": Field(
        "记录编号", "文件指纹前 16 位-表序号-行号，县内唯一；同一行在各表中编号相同", source=_FILE
    ),
    "file_id": Field("文件指纹", "原始文件内容的 SHA-256，可在 archive 中找到原件", source=_FILE),
    "path": Field("文件", "相对于收件箱的路径；压缩包内的文件写在 !/ 之后", source=_FILE),
    "sheet": Field("工作表", "工作表名称；空表示文件未能打开", source=_FILE),
    "sheet_no": Field("工作表序号", "从 0 起；压缩包内各文件连续编号", source=_FILE),
    "row_number": Field("行号", "打开表格时看到的行号，从 1 起", source=_FILE),
    "as_of": Field("截至日", "名单所说明的日期", source=_FILE),
    "raw_row": Field("原始行", "JSON：表头原文 → 单元格原文", _SENSITIVE, source=_FILE),
    "dataset": Field(
        "数据集", "部门.名单；空表示未能识别", _PUBLIC, source="来自数据约定 contracts"
    ),
    "department": Field("部门", "报送部门代号", _PUBLIC, source="来自收件箱文件夹"),
    # Files and deliveries
    "as_of_source": Field("截至日依据", "name 文件名，title 标题行，arrival 到达日", source=_FILE),
    "age_days": Field("数据天数", "期与截至日相差的天数", unit="天"),
    "scope": Field("范围", "名单覆盖的范围：全县，或乡镇名称"),
    "used": Field("是否采用", "本期是否使用这张表"),
    "rows_read": Field("读到行数", "等于采用、搁置、非数据三项之和；空表示未能打开", unit="行"),
    "rows_accepted": Field("采用行数", "成为记录的行", unit="行"),
    "rows_set_aside": Field("搁置行数", "因故不能使用、列入 quarantine 的行", unit="行"),
    "rows_not_data": Field("非数据行数", "标题、重复表头、合计、说明和空行", unit="行"),
    "arrived_at": Field("到达时间", "文件到达收件箱的时间", source=_FILE),
    "message": Field("说明", "看到了什么、应当是什么、怎么办"),
    "due": Field("应到日", "按报送日历应当报送的日期", source="来自数据约定 contracts"),
    "arrived": Field("到达日", "空表示尚未收到", source=_FILE),
    "days_late": Field("迟到天数", "到达日减应到日；早到为负数", unit="天"),
    # Quarantine
    "column_name": Field("列名", "规范列名；空表示针对整行"),
    "reason_code": Field("原因代码", "搁置原因的固定代码"),
    "reason": Field("原因", "哪里不对、应当怎样、怎么办"),
    "raw_value": Field("原值", "单元格原文", _SENSITIVE, source=_FILE),
    # People and households
    "person_id": Field("人编号", "名册中的人；空表示未定到人", Privacy.INTERNAL, source=_ROSTER),
    "listed_id": Field(
        "名册所列人编号",
        "名册人编号一列的号码；没有、或几行同号时为空",
        Privacy.INTERNAL,
        source=_ROSTER,
    ),
    "household_id": Field("户编号", "名册中的户；空表示未定到户", Privacy.INTERNAL, source=_ROSTER),
    "head_person_id": Field("户主人编号", "", Privacy.INTERNAL, source=_ROSTER),
    "head_name": Field("户主姓名", "", _PERSONAL, source=_ROSTER),
    "name": Field("姓名", "", _PERSONAL, source=_ROSTER),
    "name_key": Field(
        "姓名比对写法", "简体、异体字归一、去掉分隔符，仅供比对", _PERSONAL, source=_ROSTER
    ),
    "id_number": Field(
        "公民身份号码", "校验通过的 18 位；不可用时为空", _IDENTIFIER, source=_ROSTER
    ),
    "id_number_status": Field("身份号码校验结果", "身份号码为什么可用或不可用", source=_ROSTER),
    "id_number_hint": Field(
        "身份号码可信部分", "号码不可用时仍可信的部分，仅供关联", _IDENTIFIER, source=_ROSTER
    ),
    "sex": Field("性别", "男、女", _PERSONAL, source=_ROSTER),
    "birth_date": Field("出生日期", "", _PERSONAL, source=_ROSTER),
    "birth_date_precision": Field(
        "出生日期精度", "day 到日，month 到月，year 到年", source=_ROSTER
    ),
    "ethnicity": Field("民族", "只作登记，任何规则不得使用", _SENSITIVE, source=_ROSTER),
    "relation": Field("与户主关系", "", _PERSONAL, source=_ROSTER),
    "phone": Field("联系电话", "", _PERSONAL, source=_ROSTER),
    "household_type": Field("户类型", "一般农户、脱贫户、监测对象", _PERSONAL, source=_ROSTER),
    "residence": Field("常住地", "", _PERSONAL, source=_ROSTER),
    "registered_on": Field("登记日期", "", _PERSONAL, source=_ROSTER),
    "members": Field("户内人数", "名册中该户的人数", unit="人", source=_ROSTER),
    "households": Field("户数", "", _PUBLIC, "户", _VILLAGES),
    "persons": Field("人口数", "", _PUBLIC, "人", _VILLAGES),
    "residents": Field("在册人数", "名册中该村的人数", _PUBLIC, "人", _ROSTER),
    # Links
    "link_person": Field(
        "关联到的人", "名册中的人编号；空表示未定到人", Privacy.INTERNAL, source=_MODEL
    ),
    "link_household": Field(
        "关联到的户", "名册中的户编号；空表示未定到户", Privacy.INTERNAL, source=_MODEL
    ),
    "link_status": Field(
        "关联状态",
        "confirmed 身份已确认，suspected 待核身份，unmatched 未关联；空表示这类名单不关联到人或户",
        source=_MODEL,
    ),
    "method": Field("关联方法", "作出关联的键或步骤的代号", source=_MODEL),
    "probability": Field("关联概率", "0 到 1；确定性的键为 1 或空", source=_MODEL),
    "level_pattern": Field("比较级别串", "每个字段一个字符，与依据中的级别对应", source=_MODEL),
    "evidence": Field("关联依据", "JSON：字段 → 两边的值、级别、权重", _SENSITIVE, source=_MODEL),
    "model_hash": Field("模型指纹", "关联模型参数的 SHA-256", source=_MODEL),
    "reviewed_by": Field("复核人", "人工复核过的关联由谁决定；空表示未复核", source=_PEOPLE),
    "rank": Field("候选名次", "从 1 起，1 为最可能", source=_MODEL),
    # Comparisons and discrepancies
    "rule_id": Field("规则编号", "规则见 rules 表", _PUBLIC, source=_RULE),
    "subjects": Field("涉及对象数", "等于一致、不一致、对方名单未见、未比对四项之和"),
    "agree": Field("一致", "两边名单一致的对象数"),
    "disagree": Field("不一致", "两边名单不一致的对象数"),
    "not_found": Field("对方名单未见", "对方名单中没有的对象数"),
    "not_compared": Field("未比对", "因对方名单缺失、过旧、不全或身份待核而未比对的对象数"),
    "why_not_compared": Field("未比对原因", "为什么没有比对"),
    "case_id": Field("疑点编号", "由县、规则和对象组成，各期不变，随户走不随村走"),
    "kind": Field("疑点类型", "规则的名称", _PUBLIC, source=_RULE),
    "direction": Field(
        "方向",
        "under_coverage 应享未享，over_coverage 疑似重复或超范围享受，"
        "data_quality 数据质量，process 工作程序",
        _PUBLIC,
        source=_RULE,
    ),
    "severity": Field("等级", "red 红，orange 橙，yellow 黄", _PUBLIC, source=_RULE),
    "state_compared": Field("比对结果", "disagree 不一致，not_found 对方名单未见"),
    "explanation": Field("疑点说明", "这个疑点说的是什么；疑点不等于问题", _SENSITIVE),
    "likely_innocent_reasons": Field("可能合理原因", "核实时先想到的合理情形", source=_RULE),
    "link_evidence": Field("匹配依据", "怎样认定是这个人、这一户", _PERSONAL, source=_MODEL),
    "verify_with": Field("建议核实单位与方法", "", source=_RULE),
    "value_hash": Field("值的指纹", "疑点背后的值变了才会变，用来判断是否需要再问"),
    "first_seen": Field("首次发现", "第一次出现的期"),
    "rounds_seen": Field("出现期数", "到本期为止出现过的期数", unit="期"),
    "rounds_missed": Field("未再出现期数", "上次出现后比对过而未再出现的期数", unit="期"),
    "last_seen": Field("最近出现", "最近一次出现的期"),
    # Villages
    "monitored_active": Field("在监测户数", "风险尚未消除的监测对象户数", unit="户"),
    "monitored_ever": Field("曾监测户数", "包括风险已消除的监测对象户数", unit="户"),
    "expected_monitored": Field("预计监测户数", "按已知村情推算，不是指标", unit="户"),
    "surprise": Field("意外程度", "按已知村情一户也没有的概率，越小越值得问一问；不是违规概率"),
    "blank": Field("空白村", "有居民而没有任何监测对象；是一个疑问，不是结论"),
    "zero_change": Field("零变化村", "监测名单新报送后与上次相比没有任何变化"),
    "deliveries_without_change": Field("连续未变化次数", "连续多少次新报送没有变化", unit="次"),
    "signature": Field("名单指纹", "该村监测名单内容的 SHA-256，用来看有无变化"),
    "compared": Field("是否比对", "该村所需名单是否齐全、够新，可以下判断"),
    "why": Field("说明", "为什么得出或没有得出判断"),
    # Coverage
    "rows": Field("本次行数", "本期采用的名单中该村的行数；空表示名单不分村", unit="行"),
    "rows_before": Field("上次行数", "上一次报送中该村的行数", unit="行"),
    "newly_delivered": Field("是否新报送", "本期采用的名单上一期未用过"),
    "delivery": Field("报送指纹", "所用各表内容的指纹，变了就是新报送；空表示没有"),
    # The ledger
    "opened": Field("建账日", "疑点进入台账的日期"),
    "issued": Field("下发日", "疑点下发核实的日期；空表示尚未下发"),
    "answered": Field("反馈日", "收到核查结论的日期；空表示尚未反馈", source=_PEOPLE),
    "verified": Field("复核日", "县级复核的日期；空表示尚未复核", source=_PEOPLE),
    "closed": Field("销号日", "空表示尚未销号"),
    "reopened": Field("反弹日", "销号后再次出现的日期；空表示没有"),
    "happened_on": Field("发生日", "这件事发生的日期"),
    "happened_at": Field("发生时间", "这件事发生的时间"),
    "event": Field("事项", "台账上发生了什么"),
    "cause": Field("变动原因", "每一笔变动只有一个原因"),
    "previous_open": Field("上期在办", "", unit="见 unit 列"),
    "new": Field("新增", "", unit="见 unit 列"),
    "moved_in": Field("转入", "", unit="见 unit 列"),
    "moved_out": Field("转出", "", unit="见 unit 列"),
    "current_open": Field("本期在办", "", unit="见 unit 列"),
    # Runs, rules, parameters
    "run_id": Field("运行编号", "一次成功运行的编号", _PUBLIC),
    "started_at": Field("开始时间", "", _PUBLIC),
    "finished_at": Field("完成时间", "", _PUBLIC),
    "version": Field("软件版本", "", _PUBLIC),
    "contracts_hash": Field("数据约定指纹", "全部数据约定内容的 SHA-256", _PUBLIC),
    "rules_hash": Field("规则指纹", "全部规则内容的 SHA-256", _PUBLIC),
    "parameters_hash": Field("参数指纹", "当期全部有效参数的 SHA-256", _PUBLIC),
    "inputs_hash": Field("输入指纹", "本期采用的全部文件的 SHA-256", _PUBLIC),
    "rule_hash": Field("规则指纹", "规则及其所用概念原文的 SHA-256", _PUBLIC),
    "software": Field("软件版本", "", _PUBLIC),
    "title": Field("名称", "", _PUBLIC),
    "question": Field("所问", "这条规则对每个对象问什么", _PUBLIC, source=_RULE),
    "source_text": Field("依据", "出处和原文", _PUBLIC),
    "level": Field(
        "对象", "person 人，household 户，village 村，township 乡镇", _PUBLIC, source=_RULE
    ),
    "left_side": Field("名册方数据集", "", _PUBLIC, source=_RULE),
    "right_side": Field("比对方数据集", "空表示与参数比较", _PUBLIC, source=_RULE),
    "needs": Field("所需数据集", "查询读取的数据集，多个以、分开", _PUBLIC, source=_RULE),
    "gate": Field(
        "门槛数据集", "名单缺失、过旧、不全时不得以未见为据的数据集", _PUBLIC, source=_RULE
    ),
    "flags": Field("列为疑点的结果", "哪些比对结果成为疑点", _PUBLIC, source=_RULE),
    "rule_group": Field("规则组", "", _PUBLIC, source=_RULE),
    "parameter_keys": Field(
        "所用参数", "参数见 parameters 表，多个以、分开", _PUBLIC, source=_RULE
    ),
    "ran": Field("是否运行", "本期是否运行", _PUBLIC),
    "why_not_run": Field("未运行原因", "空表示已运行", _PUBLIC),
    "query": Field("查询原文", "规则的 SQL 原文", _PUBLIC, source=_RULE),
    "key": Field("参数名", "", _PUBLIC, source=_PARAMETER),
    "value": Field("参数值", "JSON", _PUBLIC, source=_PARAMETER),
    "unit": Field("单位", "", _PUBLIC),
    "note": Field("备注", "", _PUBLIC),
    "place": Field(
        "适用地区", "行政区划代码或其开头；default 为各地通用", _PUBLIC, source=_PARAMETER
    ),
    "valid_from": Field("有效期起", "", _PUBLIC, source=_PARAMETER),
    "valid_to": Field("有效期止", "", _PUBLIC, source=_PARAMETER),
    # The dictionary itself
    "table_name": Field("表名", "", _PUBLIC),
    "table_title": Field("表的中文名", "", _PUBLIC),
    "position": Field("列序", "从 1 起", _PUBLIC),
    "description": Field("含义", "与列注释相同", _PUBLIC),
    "data_type": Field("数据类型", "DuckDB 类型", _PUBLIC),
    "privacy": Field(
        "隐私级别",
        "public 公开，internal 内部，personal 个人信息，identifier 证件号码（展示前 6 后 4），"
        "account 账号（展示后 4），sensitive 敏感（学生、健康、残疾等）",
        _PUBLIC,
    ),
    "source": Field("来源", "", _PUBLIC),
    "is_key": Field("是否主键", "主键各列合起来唯一", _PUBLIC),
    "status": Field("状态", ""),
    "state": Field("状态", ""),
}
"""Column name to its meaning in every table that `OVERRIDES` does not mention."""

for _side, _word in {"left": "名册方", "right": "比对方"}.items():
    FIELDS |= {
        f"{_side}_department": Field(f"{_word}部门", "", _PUBLIC, source=_RULE),
        f"{_side}_dataset": Field(f"{_word}数据集", "", _PUBLIC, source=_RULE),
        f"{_side}_value": Field(f"{_word}的值", "名单上怎么写的", _SENSITIVE, source=_FILE),
        f"{_side}_as_of": Field(f"{_word}截至日", "", source=_FILE),
        f"{_side}_path": Field(f"{_word}文件", "相对于收件箱的路径", source=_FILE),
        f"{_side}_sheet": Field(f"{_word}工作表", "", source=_FILE),
        f"{_side}_row_number": Field(f"{_word}行号", "打开表格时看到的行号", source=_FILE),
    }

OVERRIDES: dict[tuple[str, str], Field] = {
    ("identities", "birth_date"): Field(
        "出生日期", "到日的出生日期；名册没有的取自证件号码", _PERSONAL, source=_ROSTER
    ),
    ("source_files", "status"): Field(
        "状态",
        "used 采用，waiting 等后续期使用，superseded 已有更新名单，duplicate 重复文件，"
        "refused 未能打开，unrecognised 表头未识别，hidden 隐藏表，empty 空表",
    ),
    ("source_files", "scope"): Field("范围", "名单覆盖的乡镇；空列表表示全县"),
    ("source_files", "header_columns"): Field(
        "已识别的列", "表头中有的列（数据约定中的列名）；空表示表头未识别"
    ),
    ("deliveries", "state"): Field("报送情况", "on_time 按时，late 迟到，missing 未到，stale 过旧"),
    ("deliveries", "as_of"): Field("截至日", "收到的名单的截至日；空表示未收到", source=_FILE),
    ("quarantine", "scope"): Field("范围", "row 整行搁置；cell 只是这个值不用，行仍采用"),
    ("quarantine", "record_id"): Field(
        "记录编号", "与采用的记录同样编号；整行搁置的不在数据集表中", source=_FILE
    ),
    ("persons", "status"): Field("人员状态", "正常、死亡、迁出等", _PERSONAL, source=_ROSTER),
    ("links", "status"): Field(
        "关联状态",
        "按名单粒度：confirmed 身份已确认，suspected 待核身份，unmatched 未关联",
        source=_MODEL,
    ),
    ("coverage", "state"): Field(
        "名单是否可用",
        "ok 可用，missing 未到，stale 过旧，thin 行数偏少，failed 未通过检查；"
        "只有 ok 时「对方名单未见」才作数",
    ),
    ("coverage", "reason"): Field("原因", "为什么不可用"),
    ("discrepancies", "state"): Field("状态", "new 新出现，open 仍未解决，reopened 销号后反弹"),
    ("discrepancies", "household_id"): Field(
        "户编号", "空表示未定到户", Privacy.INTERNAL, source=_ROSTER
    ),
    ("discrepancies", "link_status"): Field(
        "关联状态", "confirmed 身份已确认；suspected 待核身份，不进金额、合计和排名", source=_MODEL
    ),
    ("village_status", "households"): Field("在册户数", "名册中该村的户数", _PUBLIC, "户", _ROSTER),
    ("households", "household_type"): Field(
        "户类型", "一般农户、脱贫户、监测对象", _PERSONAL, source=_ROSTER
    ),
    ("rules", "title"): Field("规则名称", "也是疑点类型", _PUBLIC, source=_RULE),
    ("rules", "source_text"): Field("依据", "规则的出处和原文", _PUBLIC, source=_RULE),
    ("parameters", "source_text"): Field("依据", "数值的出处", _PUBLIC, source=_PARAMETER),
    ("parameters", "unit"): Field("单位", "参数值的单位", _PUBLIC, source=_PARAMETER),
    ("subjects", "state"): Field(
        "比对结果", "agree 一致，disagree 不一致，not_found 对方名单未见，not_compared 未比对"
    ),
    ("subjects", "why"): Field("未比对原因", "只在未比对时有"),
    ("rule_runs", "title"): Field("规则名称", "也是疑点类型", _PUBLIC, source=_RULE),
    ("rule_runs", "parameters_hash"): Field("参数指纹", "这条规则所用参数的 SHA-256", _PUBLIC),
    ("cases", "round"): Field("期", "该县已发布的最近一期", _PUBLIC),
    ("cases", "state"): Field("状态", "open 在办，closed 已销号"),
    ("cases", "compared"): Field(
        "最近一期比对结果",
        "agree 一致，disagree 不一致，not_found 对方名单未见，not_compared 未比对；"
        "空表示规则未涉及这个对象",
    ),
    ("cases", "rounds_seen"): Field("出现期数", "最近一次建账以来列为疑点的期数", unit="期"),
    ("case_events", "event"): Field(
        "事项", "opened 建账，reopened 反弹，closed 销号，moved 转移，changed 值变化"
    ),
    ("case_events", "cause"): Field(
        "原因",
        "data 数据变化，file 文件到达或缺失，link 关联变化，rule 规则变化，"
        "parameter 参数变化，software 软件变化，move 转移",
    ),
    ("changes", "cause"): Field("主要原因", "这一行大多数变动的原因，取值同 case_events.cause"),
    ("changes", "closed"): Field("销号", "", unit="见 unit 列"),
    ("changes", "reopened"): Field("反弹", "", unit="见 unit 列"),
    ("changes", "unit"): Field("计数单位", "条、户、人"),
    ("changes", "explanation"): Field("说明", "可以直接念的一句话", _PUBLIC),
    ("case_events", "explanation"): Field("说明", "这件事的一句话说明"),
    ("case_events", "path"): Field("依据文件", "空表示由比对产生", source=_PEOPLE),
    ("columns", "county"): Field("县代码", "恒为 all：数据字典对各县相同", _PUBLIC),
    ("columns", "title"): Field("列的中文名", "", _PUBLIC),
    ("columns", "unit"): Field("单位", "空表示没有单位", _PUBLIC),
}
"""(table, column) to its meaning where it differs from the usual one."""
