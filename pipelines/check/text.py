"""The report on the terminal: what was recognised, what counts, what to change, may it be sent."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from pipelines.check.checked import Checked, CheckedSheet
from pipelines.check.findings import DOUBTFUL, WRONG
from pipelines.check.reading import Reading
from pipelines.contracts import Contract
from pipelines.intake.cells import column_letters
from pipelines.intake.kept import ParsedSheet
from pipelines.intake.masking import masked_numbers
from pipelines.intake.messages import quoted

_EXAMPLES = 3
_LONGEST = 60
_MOST_UNKNOWN = 20
"""More columns that nobody knows are told in one line."""
_UNKNOWN = "未认出，不使用，原文保留"
STATUS = {
    "read": "可以读取",
    "unrecognised": "未识别",
    "hidden": "隐藏，不读取",
    "superseded": "不用",
    "empty": "空表",
    "refused": "无法打开",
    "not_a_list": "不是名单",
}
"""What became of a sheet, for people."""

_ID_STATUS = {
    "checksum": "校验码不符",
    "birth_date": "出生日期不存在",
    "length": "位数不对",
    "precision_lost": "存成了数字",
    "scientific": "成了科学计数",
    "masked": "被遮盖",
    "placeholder": "占位内容",
    "several": "一格多个号码",
    "unreadable": "不是号码",
    "other_document": "其他证件",
    "missing": "空白",
}
"""Statuses of numbers that are not 18 sound characters; the others are sound or restored."""


def report(checked: Checked) -> str:
    """Give the report on one file, in Chinese; long numbers are masked."""
    return "\n".join(_lines(checked))


def verdict(checked: Checked) -> str:
    """Say whether the file may be sent."""
    wrong, doubtful = checked.count(WRONG), checked.count(DOUBTFUL)
    if not checked.may_be_sent:
        return "先不要报送：请按上面标“必须改”的提示修改后再报送。"
    if wrong or doubtful:
        return f"可以报送；有错误 {wrong} 处、提醒 {doubtful} 处，能改的改好再报更好。"
    return "可以报送。"


def score_line(checked: Checked) -> str:
    """Say the score and how it comes about."""
    many, usable = checked.key_cells
    return (
        f"得分 {checked.score}（满分 100）＝ 接收的行 {checked.accepted}/{checked.rows}"
        f" × 关键格可用 {usable}/{many}（关键列：{'、'.join(checked.key_titles) or '无'}）"
    )


def _lines(checked: Checked) -> Iterator[str]:
    yield f"文件 {checked.path.name}（部门：{checked.department_title}）"
    yield f"截至日期：{checked.as_of}"
    yield score_line(checked)
    yield checked.places + "。"
    whole = checked.findings.filter(pl.col("sheet_no").is_null())
    yield from _finding_lines(whole)
    for sheet in checked.sheets:
        yield ""
        yield from _sheet_lines(sheet, checked)
    yield from _question_lines(checked)
    yield ""
    yield verdict(checked)


def place_of(sheet: ParsedSheet) -> str:
    """Name a sheet as people find it."""
    parts = (
        f"压缩包内“{sheet.member}”" if sheet.member else "",
        f"工作表“{sheet.sheet}”" if sheet.sheet else "",
    )
    return "、".join(part for part in parts if part) or "内容"


def _sheet_lines(sheet: CheckedSheet, checked: Checked) -> Iterator[str]:
    parsed = sheet.parsed
    blocks = "（必须改）" if parsed.status in {"refused", "unrecognised"} else ""
    yield f"【{place_of(parsed)}】{STATUS[parsed.status]}{blocks}：{parsed.message}"
    yield from _header_lines(parsed, sheet.contract)
    if sheet.reading:
        yield f"  范围：{sheet.scope}"
        yield f"  行：接收 {sheet.reading.accepted}，搁置 {sheet.reading.set_aside}"
        yield from _id_lines(sheet.reading)
    of_it = checked.findings.filter(
        (pl.col("sheet_no") == parsed.sheet_no)
        # The status line above and the header lines have said these.
        & ~pl.col("code").is_in(["refused", "unrecognised", "hidden", "column_unknown"])
    )
    yield from _finding_lines(of_it)


def _header_lines(sheet: ParsedSheet, contract: Contract | None) -> Iterator[str]:
    """Say for each header cell what it was taken for."""
    if not sheet.header:
        return
    yield "  表头："
    unknown = [cell for cell in sheet.header if _is_unknown(cell)]
    together = unknown if len(unknown) > _MOST_UNKNOWN else []
    for cell in sheet.header:
        if cell not in together:
            letters, meaning = (
                column_letters(cell["position"]),
                header_meaning(cell, sheet, contract),
            )
            yield f"    {letters} 列“{masked_numbers(cell['text'])}” → {meaning}"
    if together:
        yield f"    {quoted(cell['text'] for cell in together)} → {_UNKNOWN}"


def _is_unknown(cell: dict[str, Any]) -> bool:
    return not any(cell[how] for how in ("column", "guess", "repeats", "ignored"))


def header_meaning(cell: dict[str, Any], sheet: ParsedSheet, contract: Contract | None) -> str:
    """Say what one header cell was taken for."""

    def title(name: str) -> str:
        return contract.columns[name].title if contract else name

    if cell["column"]:
        unit = sheet.units.get(cell["column"])
        sure = f"（按字面和内容认作，把握 {cell['certainty']:.0%}）" if cell["certainty"] else ""
        return title(cell["column"]) + sure + (f"（单位：{unit}）" if unit else "")
    if guess := cell["guess"]:
        samples = f"；样例：{'、'.join(guess['samples'])}" if guess["samples"] else ""
        return f"可能是 {title(guess['column'])}（把握 {guess['certainty']:.0%}），待确认{samples}"
    if cell["joined"]:
        return f"{title(cell['repeats'])}的一部分，与前面的年份合起来读取"
    if cell["repeats"]:
        return f"与另一列重复（{title(cell['repeats'])}），不使用，原文保留"
    return "不使用（序号、备注类）" if cell["ignored"] else _UNKNOWN


def _id_lines(reading: Reading) -> Iterator[str]:
    for name, statuses in reading.id_statuses.items():
        odd = "，".join(
            f"{words} {statuses[status]}"
            for status, words in _ID_STATUS.items()
            if status in statuses
        )
        sound = sum(n for status, n in statuses.items() if status not in _ID_STATUS)
        title = reading.contract.columns[name].title
        yield f"  {title}：有效 {sound}" + (f"，{odd}" if odd else "")


def grouped(findings: pl.DataFrame) -> pl.DataFrame:
    """Give findings of one kind and column together, what blocks and what is wrong first."""
    return (
        findings.group_by("sheet_no", "severity", "code", "title", "reason", maintain_order=True)
        .agg(
            pl.len().alias("count"),
            pl.col("blocks").any(),
            pl.col("expected").first(),
            pl.col("row_number", "position", "text", "hint").head(_EXAMPLES),
        )
        .sort("blocks", pl.col("severity") == WRONG, "count", descending=True, maintain_order=True)
    )


def shown(text: str | None) -> str:
    """Quote a cell's text, numbers masked, not too long."""
    if text is None:
        return "空白"
    plain = masked_numbers(" ".join(text.split()))
    return f"“{plain[:_LONGEST]}{'…' if len(plain) > _LONGEST else ''}”"


def what_of(group: Mapping[str, Any]) -> str:
    """Say what is wrong in a group of findings; what has no place has its detail here."""
    placed, hint = group["row_number"][0] is not None, group["hint"][0]
    return str(group["reason"]) + ("" if placed or not hint else f"：{masked_numbers(hint)}")


def _finding_lines(findings: pl.DataFrame) -> Iterator[str]:
    for group in grouped(findings).iter_rows(named=True):
        mark = "必须改" if group["blocks"] else group["severity"]
        named = group["title"] and f"“{group['title']}”" not in group["reason"]
        column = f"“{group['title']}”：" if named else ""
        advice = f"；{group['expected']}" if group["expected"] else ""
        several = f"{group['count']} 处，" if group["row_number"][0] is not None else ""
        said = f"{several}{column}{what_of(group)}{advice}。"
        yield f"  [{mark}] {said}".replace("。。", "。")
        examples = zip(
            group["row_number"], group["position"], group["text"], group["hint"], strict=True
        )
        for row, position, text, hint in examples:
            if row is not None:
                at = f"第 {row} 行" + (
                    f" {column_letters(position)} 列" if position is not None else ""
                )
                more = f"，{masked_numbers(hint)}" if hint else ""
                cell = "" if position is None else f"，{shown(text)}"
                yield f"    例：{at}{cell}{more}"


def _question_lines(checked: Checked) -> Iterator[str]:
    """Say how to settle open headers, with the file that does it."""
    for name, text in checked.questions():
        yield ""
        yield (
            f"【要确认的表头】运行 bidui run 时会写下 mappings 文件夹中的 {name}。"
            "把“列”改对，“确认”改为 是，以后同样表头的文件就照此读取；"
            "也可以现在就按下面的内容建这个文件："
        )
        yield from (f"  {line}" for line in text.rstrip().splitlines())
