"""What people are told about a cell or a row: what was seen, what to do.

Every reason is one sentence of the same build, `what[：detail]；what to do。[note]`, so that many
of one kind can be told together (`parts`): only the detail and the note differ from row to row.
"""

import polars as pl

from pipelines import frames
from pipelines.contracts import Column

REASONS = {
    # ID numbers
    "placeholder": "{title}填的是占位内容，不是真实号码；请填18位公民身份号码，确无号码的留空。",
    "scientific": "{title}被表格软件改成了科学计数，后面的数字已丢失；请设为文本后重新填写。",
    "precision_lost": "{title}存成了数字，第16位起已不是原来的数字；请设为文本后重新填写。",
    "masked": "{title}被星号遮盖，只能按可见部分作为待核线索；请提供完整号码。",
    "several": "{title}一格里有多个号码；请一人一行填写。",
    "birth_date": "{title}中的出生日期不存在；请对照户口簿核对第7至14位。",
    "checksum": "{title}的校验码不符，应有一位输错；请对照户口簿核对。",
    "length": "{title}的位数不对，应为18位；请对照户口簿核对。",
    "unreadable": "{title}不是能识别的号码；请核对后重新填写。",
    # names
    "several_persons": "{title}一格里有多个人；请一人一行填写，并各填证件号码。",
    "not_a_name": "{title}填的不是人名；请填真实姓名。",
    "name_like_nothing": "{title}写的像是“空值”，已按原文保留；确实没有姓名的请补填。",
    "name_with_remark": "{title}里除姓名外还写了别的，已按姓名读取；请只填姓名，其余写进备注。",
    # dates and periods
    "impossible_date": "{title}不是真实存在的日期；请核对年月日。",
    "lunar_date": "{title}是农历日期；请换算成公历填写。",
    "unreadable_date": "{title}不是能识别的日期；请按“2021-05-06”的样子填写。",
    "several_days": "{title}填的是一段时间，看不出要的是哪一天；请只填一个日期。",
    "month_or_serial": "{title}既像年月，又像表格软件的日期序号；请按“2021-05-06”的样子填写。",
    "month_or_day_first": "{title}看不出前面的数是月还是日；请按“2021-05-06”的样子填写。",
    "unknown_term": "{title}看不出是哪个学期；请按“2021春季”或“2020-2021学年第二学期”填写。",
    "unreadable_year": "{title}不是年份；请填四位年份。",
    # numbers
    "unreadable_amount": "{title}不是金额；请只填数字，单位写在表头。",
    "amount_maybe_negative": "{title}的数写在括号里或带△，看不出是不是负数；"
    "是负数的请写成“-500”，不是的请只填数字。",
    "number_as_date": "{title}的单元格被设成了日期格式，已按其中的数字读取；请核对后改回数值格式。",
    "unreadable_number": "{title}不是数字；请只填数字，单位写在表头。",
    "unreadable_account": "{title}不是完整的账号；请填全部数字，不要遮盖。",
    "unreadable_phone": "{title}不是电话号码；请填11位手机号或带区号的座机号。",
    "unreadable_division_code": "{title}不是行政区划代码；请填12位数字代码。",
    # dictionaries
    "unknown_code": "{title}的写法不在字典里；可用的写法：{codes}。",
    "unknown_yes_no": "{title}看不出是“是”还是“否”；请填是或否。",
    # places
    "unknown_village": "{title}不在行政村名册里；请核对村名，村名有变更的请在曾用名中登记。",
    "ambiguous_village": "{title}在县内不止一个村叫这个名；请加一列乡镇，"
    "全表只有一个乡镇的也可写在工作表名或文件名里。",
    "village_elsewhere": "{title}不属于同一行所填的乡镇；请核对乡镇和村名。",
    "unknown_township": "{title}不在行政村名册的乡镇里；请核对乡镇名称。",
    # any cell
    "formula_error": "{title}是公式错误（#N/A、#REF! 等），原来的值已丢失；"
    "请在原表改正公式后重新报送。",
    # rows
    "missing_required": "缺少{title}，这一行无法使用；请补填后重报。",
}
"""Reason code to sentence."""

_ASKED = dict.fromkeys(
    ("record_id", "column_name", "reason_code", "reason", "raw_value"), pl.String
)

VALUE_STANDS = frozenset({"number_as_date", "name_like_nothing", "name_with_remark"})
"""Codes of cells whose value is used all the same; people are only asked to look."""


def parts(reason: pl.Expr) -> dict[str, pl.Expr]:
    """Give what a reason is made of: ``what``, ``detail``, ``advice`` and ``note``, or null."""
    whole = reason.str.splitn("。", 2).struct
    told = whole.field("field_0").str.splitn("；", 2).struct
    what = told.field("field_0").str.splitn("：", 2).struct
    note = whole.field("field_1").str.strip_chars("。")
    return {
        "what": what.field("field_0"),
        "detail": what.field("field_1"),
        "advice": told.field("field_1"),
        "note": pl.when(note != "").then(note),
    }


def asked(
    rows: pl.DataFrame, column: str | None, code: str, reason: pl.Expr | str, raw: str | None = None
) -> pl.DataFrame:
    """Give what people are asked about `rows`, to become entries of the quarantine.

    Args:
        rows: Of the clean frame.
        column: The one that is asked about; None: the row.
        code: The kind of doubt.
        reason: The sentence for each row.
        raw: The column with the cell's text; not said: ``<column>_text``.
    """
    if rows.is_empty():
        return frames.empty(_ASKED)
    text = raw or f"{column}_text"
    return rows.select(
        "record_id",
        column_name=pl.lit(column, dtype=pl.String),
        reason_code=pl.lit(code),
        reason=pl.lit(reason) if isinstance(reason, str) else reason,
        raw_value=pl.col(text) if text in rows.columns else pl.lit(None, dtype=pl.String),
    )


def sentence(code: pl.Expr, column: Column) -> pl.Expr:
    """Give the sentence for each reason code, speaking of `column`."""
    known = "、".join(column.codes or ())
    table = {c: text.format(title=f"“{column.title}”", codes=known) for c, text in REASONS.items()}
    return code.replace_strict(table, return_dtype=pl.String)
