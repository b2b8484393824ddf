"""Findings on whole columns: missing, empty, in question, not known."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from pipelines.check.findings import DOUBTFUL, WRONG, found
from pipelines.check.reading import Reading, key_columns
from pipelines.compare.rules import Rule
from pipelines.contracts import ColumnType, Contract
from pipelines.intake.kept import ParsedSheet
from pipelines.intake.mappings import question_name


def header_findings(sheet: ParsedSheet, contract: Contract | None) -> pl.DataFrame:
    """Give the header cells that nobody can be sure of, and those that nothing is known of."""
    return found(*_header_cells(sheet, contract))


def _header_cells(sheet: ParsedSheet, contract: Contract | None) -> Iterator[dict[str, Any]]:
    row = sheet.header_rows[1] if sheet.header_rows else None
    named = contract and sheet.shape and question_name(contract, sheet.shape)
    where = f"在 mappings 文件夹的 {named} 中" if named else ""
    for position in sheet.unnamed:
        yield {
            "sheet_no": sheet.sheet_no,
            "row_number": row,
            "position": position,
            "title": "",
            "code": "column_unnamed",
            "severity": DOUBTFUL,
            "reason": "这一列有内容而没有列名，没有使用",
            "expected": "请补上列名",
        }
    for cell in sheet.header:
        at = {
            "sheet_no": sheet.sheet_no,
            "row_number": row,
            "position": cell["position"],
            "title": cell["text"],
            "text": cell["text"],
        }
        if guess := cell["guess"]:
            title = contract.columns[guess["column"]].title if contract else guess["column"]
            yield at | {
                "code": "column_in_question",
                "severity": DOUBTFUL,
                "reason": "这一列认不准，没有使用",
                "expected": f"请{where}确认一次，或把表头改成这个列名",
                "hint": f"可能是“{title}”（把握 {guess['certainty']:.0%}）",
            }
        elif not cell["column"] and not cell["repeats"] and not cell["ignored"]:
            yield at | {
                "code": "column_unknown",
                "severity": DOUBTFUL,
                "reason": "这一列未认出，不使用，原文保留",
                "expected": "如应使用，请把表头改成规范的列名",
            }


def column_findings(reading: Reading, rules: Iterable[Rule]) -> pl.DataFrame:
    """Give the columns that the list should have and has not, and those without a value.

    Args:
        reading: The sheet.
        rules: All rules: what an absent column keeps from being compared is told.
    """
    losses = _losses(reading, rules)
    return found(*_missing(reading), *_absent(reading, losses), *_empty(reading))


def _losses(reading: Reading, rules: Iterable[Rule]) -> dict[tuple[str, ...], list[str]]:
    """Give each absent column, with those that would do in its place, and what rests on it.

    As the engine judges (`pipelines.compare.columns`): of several columns that do, none is there.
    """
    losses: dict[tuple[str, ...], list[str]] = {}
    for rule in rules:
        for any_of in rule.columns.get(reading.contract.dataset, ()):
            if not any(_has(reading, name) for name in any_of):
                losses.setdefault(any_of, []).append(rule.title)
    return losses


def _has(reading: Reading, name: str) -> bool:
    said = name in reading.positions or name in reading.sheet.said
    return said or reading.contract.columns[name].derived is not None


def _missing(reading: Reading) -> Iterator[dict[str, Any]]:
    for column in reading.contract.columns.values():
        if column.required and not _has(reading, column.name):
            yield {
                "sheet_no": reading.sheet.sheet_no,
                "title": column.title,
                "code": "column_missing",
                "severity": WRONG,
                "blocks": True,
                "reason": "缺少必要的列，没有它每一行都无法使用",
                "expected": "请补上这一列",
            }


def _absent(
    reading: Reading, losses: Mapping[tuple[str, ...], Sequence[str]]
) -> Iterator[dict[str, Any]]:
    """Columns that tell rows apart, that identify, that a rule or an expectation speaks of."""
    contract = reading.contract
    wanted = {*contract.key, *key_columns(contract), *(any_of[0] for any_of in losses)}
    wanted |= {e.column for e in contract.expectations if e.column}
    wanted -= reading.known
    if "village_code" in reading.known:
        # What sheet, title, file or a heading says is as good as a column.
        wanted -= {c.name for c in contract.columns.values() if c.type is ColumnType.VILLAGE}
    elif not any(_has(reading, name) for name in _PLACES if name in contract.columns):
        wanted |= {c.name for c in contract.columns.values() if c.type is ColumnType.VILLAGE}
    for column in contract.columns.values():
        if column.name not in wanted or column.required or _has(reading, column.name):
            continue
        own = {any_of: rules for any_of, rules in losses.items() if any_of[0] == column.name}
        rules = list(dict.fromkeys(title for titles in own.values() for title in titles))
        lost = [_OF_TYPE[column.type]] if column.type in _OF_TYPE else []
        if rules:
            lost.append(f"这些比对做不了，会写“未比对”：{'、'.join(rules)}")
        others = [contract.columns[name].title for any_of in own for name in any_of[1:]]
        instead = "、".join(f"“{title}”" for title in dict.fromkeys(others))
        yield {
            "sheet_no": reading.sheet.sheet_no,
            "title": column.title,
            "code": "column_absent",
            "severity": DOUBTFUL,
            "reason": f"没有这一列，{'；'.join(lost or ['能核对的会少一些'])}",
            "expected": "有的话请补上" + (f"（补上{instead}也可以）" if instead else ""),
        }


_PLACES = ("village", "village_code", "address")
"""One of them is enough to know a row's village."""
_OF_TYPE = {
    ColumnType.ID_NUMBER: "只能凭姓名和村认人，多数人会列入“待核身份”",
    ColumnType.VILLAGE: "同名的人分不清，也不能按村比对",
}
"""What a list loses without a column of a type."""


def _empty(reading: Reading) -> Iterator[dict[str, Any]]:
    row = reading.sheet.header_rows[1] if reading.sheet.header_rows else None
    # 备注 is empty in most lists.
    expected = {cell["position"] for cell in reading.sheet.header if not cell["ignored"]}
    for name, position in reading.positions.items():
        if name in reading.empty and position in expected:
            yield {
                "sheet_no": reading.sheet.sheet_no,
                "row_number": row,
                "position": position,
                "title": reading.contract.columns[name].title,
                "code": "column_empty",
                "severity": DOUBTFUL,
                "reason": "整列都是空的",
                "expected": "请核对是否漏填、公式没有算出结果，或选错了列",
            }
