"""Findings on whole columns: missing, empty, in question, not known."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from pipelines.check.findings import DOUBTFUL, WRONG, found
from pipelines.check.reading import Reading
from pipelines.contracts import Contract
from pipelines.intake.recognition import ParsedSheet


def header_findings(sheet: ParsedSheet, contract: Contract | None) -> pl.DataFrame:
    """Give the header cells that nobody can be sure of, and those that nothing is known of."""
    return found(*_header_cells(sheet, contract))


def _header_cells(sheet: ParsedSheet, contract: Contract | None) -> Iterator[dict[str, Any]]:
    row = sheet.header_rows[1] if sheet.header_rows else None
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
                "expected": "请按下面“要确认的表头”确认一次，或把表头改成这个列名",
                "hint": f"可能是“{title}”（把握 {guess['certainty']:.0%}）",
            }
        elif not cell["column"] and not cell["repeats"] and not cell["ignored"]:
            yield at | {
                "code": "column_unknown",
                "severity": DOUBTFUL,
                "reason": "这一列未认出，不使用，原文保留",
                "expected": "如应使用，请把表头改成规范的列名",
            }


def column_findings(reading: Reading) -> pl.DataFrame:
    """Give the columns that the list should have and has not, and those without a value."""
    return found(*_missing(reading), *_empty(reading))


def _missing(reading: Reading) -> Iterator[dict[str, Any]]:
    contract = reading.contract
    for column in absent_columns(reading, required=True):
        yield {
            "sheet_no": reading.sheet.sheet_no,
            "title": contract.columns[column].title,
            "code": "column_missing",
            "severity": WRONG,
            "blocks": True,
            "reason": "缺少必要的列，没有它每一行都无法使用",
            "expected": "请补上这一列",
        }
    for column in absent_columns(reading, required=False):
        yield {
            "sheet_no": reading.sheet.sheet_no,
            "title": contract.columns[column].title,
            "code": "column_absent",
            "severity": DOUBTFUL,
            "reason": "没有这一列，能比对的会少一些",
            "expected": "有的话请补上",
        }


def absent_columns(reading: Reading, *, required: bool) -> list[str]:
    """Give the columns that the sheet lacks: those it must have, or those that are looked for.

    Looked for are the columns that tell rows apart, that identify, and that the contract's
    expectations speak of.
    """
    contract = reading.contract
    must = {c.name for c in contract.columns.values() if c.required}
    wanted = [*contract.key, *reading.key_columns, *[e.column for e in contract.expectations]]
    if required:
        wanted = list(must)
    return [
        name
        for name in contract.columns
        if name in wanted
        and (name in must) == required
        and name not in reading.positions
        and contract.columns[name].derived is None
    ]


def _empty(reading: Reading) -> Iterator[dict[str, Any]]:
    if reading.records.is_empty():
        return
    row = reading.sheet.header_rows[1] if reading.sheet.header_rows else None
    for name, position in reading.positions.items():
        if reading.records[name].null_count() == reading.records.height:
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
