"""Where one table's column means something narrower than its name does elsewhere (`fields`)."""

from pipelines.contracts import Privacy
from pipelines.warehouse.fields import (
    FROM_CORRECTION,
    FROM_FILE,
    FROM_MODEL,
    FROM_PARAMETER,
    FROM_PEOPLE,
    FROM_ROSTER,
    FROM_RULE,
    Field,
)

_PUBLIC = Privacy.PUBLIC
_PERSONAL = Privacy.PERSONAL

OVERRIDES: dict[tuple[str, str], Field] = {
    ("identities", "birth_date"): Field(
        "出生日期", "到日的出生日期；名册没有的取自证件号码", _PERSONAL, source=FROM_ROSTER
    ),
    ("former_persons", "birth_date"): Field(
        "出生日期", "到日的出生日期；名册没有的取自证件号码", _PERSONAL, source=FROM_ROSTER
    ),
    ("former_persons", "household_id"): Field(
        "原户编号",
        "最后一次在册时的户；空表示这一户在本期名册中已没有",
        Privacy.INTERNAL,
        source=FROM_ROSTER,
    ),
    ("link_estimates", "figure"): Field(
        "指标",
        "confirmed_precision 已确认的关联中正确的占比，confirmed_recall 应当找到的对中已确认的"
        "占比，suspected_precision 待核身份的关联中正确的占比，linked_recall 应当找到的对中已确认或"
        "待核身份的占比；同一名单中写法、关联都相同的行算一对，没有候选人的行不在内",
        _PUBLIC,
        source=FROM_MODEL,
    ),
    ("link_estimates", "basis"): Field(
        "依据",
        "model 按模型自己的概率相加；review 按人工核对的分层随机样本推算，"
        "凭证件号和姓名、户编号直接确认的视为正确",
        _PUBLIC,
    ),
    ("link_estimates", "value"): Field("估计值", "0 到 1", _PUBLIC, source=FROM_MODEL),
    ("link_estimates", "low"): Field(
        "区间下限", "95% 置信区间；没有人核对过的层按最坏的情形算；空表示模型不给区间", _PUBLIC
    ),
    ("link_estimates", "high"): Field(
        "区间上限", "95% 置信区间；没有人核对过的层按最好的情形算；空表示模型不给区间", _PUBLIC
    ),
    ("link_estimates", "pairs"): Field("对数", "指标所指的对数", _PUBLIC, "对"),
    ("link_estimates", "reviewed"): Field(
        "已核对", "人工核对并有结论的对数", _PUBLIC, "对", FROM_PEOPLE
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
    ("deliveries", "state"): Field(
        "报送情况",
        "on_time 按时，late 迟到，missing 未到，stale 过旧（最近一份在上一个应到日之前）",
    ),
    ("deliveries", "as_of"): Field("截至日", "收到的名单的截至日；空表示未收到", source=FROM_FILE),
    ("quarantine", "scope"): Field(
        "范围", "row 整行搁置；cell 只是这个值不用，行仍采用；flag 值和行都采用，请核对"
    ),
    ("quarantine", "record_id"): Field(
        "记录编号", "与采用的记录同样编号；整行搁置的不在数据集表中", source=FROM_FILE
    ),
    ("corrections", "state"): Field(
        "更正情况",
        "applied 已采用，no_longer_needed 来源已改对、请删除，not_found 名单上没有这样的行，"
        "unexpected 行数与应有的不符，conflict 与另一条更正矛盾，"
        "unreadable 改成的文字也不能使用，not_delivered 本期没有收到名单",
    ),
    ("corrections", "action"): Field("更正方式", "set 改一个值，drop 整行剔除"),
    ("corrections", "record_id"): Field(
        "记录编号", "改动或剔除的是哪一行；空表示没有改动任何行", source=FROM_FILE
    ),
    ("corrections", "column_name"): Field("列名", "改动的列；空表示整行剔除或没有改动"),
    ("corrections", "reason"): Field("更正原因", "为什么知道原文不对", source=FROM_CORRECTION),
    ("corrections", "message"): Field("说明", "是哪一条更正、用上没有、要做什么"),
    ("source_errors", "record_id"): Field(
        "记录编号", "差错所在的行；整行搁置的不在数据集表中", source=FROM_FILE
    ),
    ("source_errors", "reason_code"): Field(
        "差错代码", "差错的种类，含义见 codes 表 code_of=reason_code"
    ),
    ("source_errors", "reason"): Field("差错", "哪里不对、应当怎样、怎么改"),
    ("source_errors", "scope"): Field("范围", "单独报送这份名单的乡镇；空表示全县的名单"),
    ("slips", "state"): Field(
        "状态",
        "new 本期新发现，open 以前就有、仍未改正，reopened 改正后又出现，"
        "waiting 没有收到新名单、无从判断，closed 在这一期改正",
    ),
    ("slips", "rounds_seen"): Field("出现期数", "最近一次发现以来名单上仍然不对的期数", unit="期"),
    ("slips", "last_seen"): Field("最近出现", "最近一次见到这个差错的期；内容见 source_errors"),
    ("persons", "status"): Field(
        "人员状态",
        "名册所填的状态：正常、死亡、迁出、注销等；空表示没有写明。"
        "从名册中除去的人不在本表，在 former_persons",
        _PERSONAL,
        source=FROM_ROSTER,
    ),
    ("links", "status"): Field(
        "关联状态",
        "按名单粒度：confirmed 身份已确认，suspected 待核身份，unmatched 未关联",
        source=FROM_MODEL,
    ),
    ("coverage", "state"): Field(
        "名单是否可用",
        "ok 可用，missing 未到，stale 过旧，thin 行数偏少，failed 未通过检查；"
        "只有 ok 时「对方名单未见」才作数",
    ),
    ("coverage", "reason"): Field("原因", "为什么不可用；空表示可用"),
    ("discrepancies", "state"): Field(
        "状态", "new 本期新出现，open 以前就有、仍未解决，reopened 销号后又出现（反弹）"
    ),
    ("discrepancies", "household_id"): Field(
        "户编号", "空表示未定到户", Privacy.INTERNAL, source=FROM_ROSTER
    ),
    ("discrepancies", "link_status"): Field(
        "关联状态",
        "confirmed 身份已确认；suspected 待核身份，不进金额、合计和排名",
        source=FROM_MODEL,
    ),
    ("village_status", "households"): Field(
        "在册户数", "基础名册中该村的户数", _PUBLIC, "户", FROM_ROSTER
    ),
    ("households", "household_type"): Field(
        "户类型", "一般农户、脱贫户、监测对象", _PERSONAL, source=FROM_ROSTER
    ),
    ("rules", "title"): Field("规则名称", "规则的名称，也是疑点类型", _PUBLIC, source=FROM_RULE),
    ("rules", "source_text"): Field(
        "依据", "规则依据的文件或讲话：题名、谁、何时，「」内是原话", _PUBLIC, source=FROM_RULE
    ),
    ("parameters", "source_text"): Field(
        "依据", "数值的出处：文件或讲话的题名和原话，或写明是设定值", _PUBLIC, source=FROM_PARAMETER
    ),
    ("parameters", "unit"): Field(
        "单位", "参数值的单位；空表示没有单位", _PUBLIC, source=FROM_PARAMETER
    ),
    ("subjects", "state"): Field(
        "比对结果", "agree 一致，disagree 不一致，not_found 对方名单未见，not_compared 未比对"
    ),
    ("subjects", "why"): Field("未比对原因", "只在未比对时有"),
    ("rule_runs", "title"): Field(
        "规则名称", "规则的名称，也是疑点类型", _PUBLIC, source=FROM_RULE
    ),
    ("rule_runs", "parameters_hash"): Field("参数指纹", "这条规则所用参数的 SHA-256", _PUBLIC),
    ("cases", "round"): Field("期", "该县已发布的最近一期", _PUBLIC),
    ("cases", "state"): Field("状态", "open 在办，closed 已销号"),
    ("cases", "compared"): Field(
        "最近一期比对结果",
        "agree 一致，disagree 不一致，not_found 对方名单未见，not_compared 未比对；"
        "空表示规则未涉及这个对象",
    ),
    ("cases", "rounds_seen"): Field(
        "出现期数", "自新出现（或最近一次反弹）起，列为疑点的期数", unit="期"
    ),
    ("case_events", "event"): Field(
        "事项", "opened 建账，reopened 反弹，closed 销号，moved 转移，changed 值变化"
    ),
    ("case_events", "cause"): Field(
        "原因",
        "first 首期比对，data 名单内容变化，file 名单到了可以比对了，link 身份已核定，"
        "rule 规则变化，parameter 参数变化，software 软件变化，move 户所在乡镇变化；"
        "一笔变动只有一个原因，按规则、参数、身份、文件、软件、数据的顺序取第一个成立的",
    ),
    ("changes", "cause"): Field(
        "主要原因",
        "这一行大多数变动的原因，取值同 case_events.cause：first 首期，data 数据，"
        "file 文件，link 身份，rule 规则，parameter 参数，software 软件，move 转移；"
        "空表示没有变动",
    ),
    ("changes", "closed"): Field(
        "销号", "本期比对过而不再列为疑点的；未比对的不算销号", unit="见 unit 列"
    ),
    ("changes", "reopened"): Field("反弹", "以前销号、本期又出现的", unit="见 unit 列"),
    ("changes", "unit"): Field(
        "计数单位", "条 疑点数，户 去重的户数，人 去重的人数；同一规则和乡镇下三行分别闭合"
    ),
    ("changes", "explanation"): Field("说明", "可以直接念的一句话，数字与本行相同", _PUBLIC),
    ("case_events", "explanation"): Field("说明", "这件事的一句话说明"),
    ("case_events", "path"): Field("依据文件", "空表示由比对产生", source=FROM_PEOPLE),
    ("codes", "county"): Field("县代码", "恒为 all：代码对各县相同", _PUBLIC),
    ("columns", "county"): Field("县代码", "恒为 all：数据字典对各县相同", _PUBLIC),
    ("columns", "title"): Field("列的中文名", "列的中文名称", _PUBLIC),
    ("columns", "unit"): Field("单位", "空表示没有单位", _PUBLIC),
}
"""(table, column) to its meaning where it differs from the usual one."""
