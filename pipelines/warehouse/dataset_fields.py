"""What the columns of departments' own lists mean: from their contracts, and how values are made.

The columns that every such table has (lineage, links) are in `fields`.
"""

from pipelines.contracts import Column, ColumnType, Contract, Privacy
from pipelines.warehouse.fields import Field

_COMPANIONS: dict[str, tuple[str, str]] = {
    "_text": ("原文", "表格中原样的文字"),
    "_key": ("比对写法", "简体、异体字归一、去掉分隔符，仅供比对"),
    "_status": ("校验结果", "号码为什么可用或不可用，代码含义见 codes 表 code_of=id_number_status"),
    "_hint": ("可信部分", "号码不可用时仍可信的部分，? 是看不出的位，仅供关联"),
    "_precision": (
        "精度",
        "day 到日，month 只到月（值取该月 1 日），year 只到年（值取 1 月 1 日）",
    ),
}
"""Ending of a column beside a typed one to what it holds; `frames.clean_schema` makes them."""

_HOW: dict[ColumnType, str] = {
    ColumnType.TEXT: "表格中原样的文字，空表示没有填写",
    ColumnType.NAME: "去掉空格的姓名，原文见 _text 列",
    ColumnType.ID_NUMBER: "校验通过的 18 位号码，不可用时为空，原文见 _text 列",
    ColumnType.CERTIFICATE: "证号按文字保存，只去空格",
    ColumnType.ACCOUNT: "账号按文字保存，认不出时为空",
    ColumnType.PHONE: "电话按文字保存，认不出时为空",
    ColumnType.DATE: "认不出或不存在的日期为空，原文见 _text 列，精确到哪见 _precision 列",
    ColumnType.PERIOD: "写成 2021、2021-08 或 2021-Q3 的样子，原文见 _text 列",
    ColumnType.TERM: "写成 2021春季、2021秋季的样子，原文见 _text 列",
    ColumnType.YEAR: "四位年份，认不出时为空，原文见 _text 列",
    ColumnType.INTEGER: "整数，认不出时为空，原文见 _text 列",
    ColumnType.AMOUNT: "已按表头单位换算成元，认不出时为空，原文见 _text 列",
    ColumnType.NUMBER: "已按表头单位换算，认不出时为空，原文见 _text 列",
    ColumnType.YES_NO: "TRUE 是，FALSE 否，没填或看不出为空，原文见 _text 列",
    ColumnType.CODE: "不在字典里的写法为空，原文见 _text 列",
    ColumnType.CODES: "可有几项；不在字典里的写法略去，原文见 _text 列",
    ColumnType.TOWNSHIP: "乡镇规范名称，认不出时为空，原文见 _text 列",
    ColumnType.VILLAGE: "行政村规范名称，认不出时为空，原文见 _text 列",
    ColumnType.DIVISION_CODE: "行政区划代码，认不出时按名称补，原文见 _text 列",
}
"""How a column's text became its value, for readers of the database."""

_NOT_PERSONAL = {"_status", "_precision"}


def dataset_field(contract: Contract, name: str) -> Field | None:
    """Give the meaning of one column of a dataset's table; null where the contract has no say."""
    if name in contract.columns:
        return _contract_field(contract, contract.columns[name])
    for ending, (title, says) in _COMPANIONS.items():
        base = contract.columns.get(name.removesuffix(ending))
        if base is not None and name.endswith(ending):
            own = _contract_field(contract, base)
            privacy = Privacy.INTERNAL if ending in _NOT_PERSONAL else own.privacy
            return Field(f"{base.title}{title}", says, privacy, source=own.source)
    return None


def _contract_field(contract: Contract, column: Column) -> Field:
    says = [column.description.rstrip("。；")]
    if column.codes:
        says.append(f"取值 {'、'.join(column.codes)}")
    if column.derived:
        says.append(column.derived.rstrip("。；"))
    says.append(_HOW[column.type])
    unit = column.unit or ("元" if column.type is ColumnType.AMOUNT else None)
    source = f"来自 {contract.dataset}（{contract.department_title}）的列「{column.title}」"
    return Field(column.title, "；".join(s for s in says if s), column.privacy, unit, source)
