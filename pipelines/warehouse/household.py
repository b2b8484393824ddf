"""What is known of one household, as the sections of its page (FUN-06, FUN-07).

One ID number shows everything: 什么时候给的、给了多少、还差多少 (seed 000). All is read from
the published file; what the departments' columns are called comes from its data dictionary.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import duckdb

from pipelines.contracts import Privacy
from pipelines.warehouse.masking import mask, mask_id, mask_text
from pipelines.warehouse.page import Section

# Names put into SQL are tables and columns of the published file's own dictionary.
# ruff: noqa: S608

_SYSTEM_COLUMNS = {
    "county", "round", "record_id", "file_id", "path", "sheet", "row_number", "as_of",
    "link_person", "link_household", "link_status", "township_code", "village_code", "serial",
}  # fmt: skip
_COMPANIONS = ("_text", "_key", "_status", "_hint", "_precision")

LINK_WORDS = {"confirmed": "身份已确认", "suspected": "待核身份", "unmatched": "未关联"}
SEVERITY_WORDS = {"red": "红", "orange": "橙", "yellow": "黄"}
DIRECTION_WORDS = {
    "under_coverage": "应享未享",
    "over_coverage": "疑似重复或超范围享受",
    "data_quality": "数据质量",
    "process": "工作程序",
}


@dataclass(frozen=True)
class HouseholdKey:
    """One household of one county."""

    county: str
    household_id: str


@dataclass(frozen=True)
class DatasetTable:
    """One dataset's table, as the data dictionary describes it."""

    name: str
    title: str
    columns: dict[str, tuple[str, Privacy]]
    """Own columns, without companions: name → title and privacy class."""
    has_text: frozenset[str]
    """Own columns beside which the original text stands."""


def dataset_tables(connection: duckdb.DuckDBPyConnection) -> list[DatasetTable]:
    """Give every dataset's table from the data dictionary: those whose rows are linked."""
    rows = connection.execute(
        "SELECT table_name, table_title, column_name, title, privacy FROM columns"
        " WHERE table_name IN (SELECT table_name FROM columns WHERE column_name = 'link_status'"
        " INTERSECT SELECT table_name FROM columns WHERE column_name = 'link_household')"
        " ORDER BY table_name, position"
    ).fetchall()
    grouped: dict[tuple[str, str], dict[str, tuple[str, Privacy]]] = {}
    for table, table_title, column, title, privacy in rows:
        grouped.setdefault((table, table_title), {})[column] = (title, Privacy(privacy))
    return [
        DatasetTable(
            name,
            title,
            {c: said for c, said in columns.items() if _is_own(c, columns)},
            frozenset(c for c in columns if f"{c}_text" in columns),
        )
        for (name, title), columns in grouped.items()
    ]


def _is_own(column: str, columns: dict[str, tuple[str, Privacy]]) -> bool:
    if column in _SYSTEM_COLUMNS:
        return False
    bases = (column.removesuffix(ending) for ending in _COMPANIONS if column.endswith(ending))
    return not any(base in columns for base in bases)


def household_sections(connection: duckdb.DuckDBPyConnection, key: HouseholdKey) -> list[Section]:
    """Give the sections of one household's page."""
    tables = dataset_tables(connection)
    present = {table.name for table in tables}
    where = [key.county, key.household_id]
    money = [section(connection, where) for name, section in _MONEY.items() if name in present]
    records = [_records(connection, table, where) for table in tables]
    return [
        _members(connection, where),
        *money,
        _cases(connection, where),
        *(section for section in records if section.rows),
    ]


def household_title(connection: duckdb.DuckDBPyConnection, key: HouseholdKey) -> str:
    """Give the line that names the household."""
    row = connection.execute(
        "SELECT township, village, head_name, household_type, members, round FROM households"
        " WHERE county = ? AND household_id = ?",
        [key.county, key.household_id],
    ).fetchone()
    if row is None:  # only where a household's own row is missing from the roster
        return f"户 {key.household_id}（{key.county}）"
    township, village, head, kind, members, round_ = row
    place = f"{township or ''}{village or ''}"
    return (
        f"{place} {head or ''}户（户编号 {key.household_id}，{kind or '户类型不明'}，"
        f"{members} 人）{round_} 期"
    )


def records_of_id(connection: duckdb.DuckDBPyConnection, number: str) -> list[Section]:
    """Give departments' records that bear an ID number, for one that is not on the roster."""
    found = []
    for table in dataset_tables(connection):
        numbers = [
            column
            for column, (_, privacy) in table.columns.items()
            if privacy is Privacy.IDENTIFIER and "id_number" in column
        ]
        if numbers:
            condition = " OR ".join(f"{column} = $number" for column in numbers)
            found.append(_section(connection, table, condition, {"number": number}))
    return [section for section in found if section.rows]


def _members(connection: duckdb.DuckDBPyConnection, where: list[str]) -> Section:
    rows = connection.execute(
        """SELECT name, relation, sex, birth_date, id_number, id_number_status, household_type,
                  status, residence
        FROM persons WHERE county = ? AND household_id = ?
        ORDER BY relation IS DISTINCT FROM '户主', birth_date, person_id""",
        where,
    ).fetchall()
    return Section(
        "家庭成员",
        ("姓名", "与户主关系", "性别", "出生日期", "身份证号", "户类型", "人员状态", "常住地"),
        [
            [
                _said(name), _said(relation), _said(sex), _said(birth),
                mask_id(number) if number else _no_number(status),
                _said(kind), _said(state), mask_text(_said(residence)),
            ]
            for name, relation, sex, birth, number, status, kind, state, residence in rows
        ],
    )  # fmt: skip


def _card_payments(connection: duckdb.DuckDBPyConnection, where: list[str]) -> Section:
    """Due and paid by person, item and period, as rule FUN-05 counts.

    A failed payment and its repetition name the same amount due, so the largest counts, not the
    sum; only what succeeded counts as paid.
    """
    rows = connection.execute(
        """SELECT p.name, item, period, max(due) AS due,
                  coalesce(sum(amount) FILTER (coalesce(result, '成功') = '成功'), 0) AS paid,
                  string_agg(DISTINCT CAST(paid_on AS VARCHAR), '、'
                             ORDER BY CAST(paid_on AS VARCHAR))
                      FILTER (coalesce(result, '成功') = '成功') AS paid_on,
                  string_agg(DISTINCT result, '、' ORDER BY result)
                      FILTER (result <> '成功') AS other
        FROM finance_card_payments c
        JOIN persons p ON p.county = c.county AND p.person_id = c.link_person
        WHERE c.county = ? AND p.household_id = ? AND c.link_status = 'confirmed'
        GROUP BY p.person_id, p.name, item, period ORDER BY p.name, item, period""",
        where,
    ).fetchall()
    return Section(
        "一卡通发放：何时给、给了多少、还差多少",
        ("姓名", "补贴项目", "所属期", "应发", "实发", "发放日期", "还差", "其他发放结果"),
        [
            [
                _said(name), _said(item), _said(period), _money(due), _money(paid), _said(paid_on),
                "应发未填" if due is None else _money(max(due - paid, 0)), _said(other),
            ]
            for name, item, period, due, paid, paid_on, other in rows
        ],
        note="同一人、同一项目、同一所属期合计；只计发放成功和身份已确认的记录",
    )  # fmt: skip


def _student_aid(connection: duckdb.DuckDBPyConnection, where: list[str]) -> Section:
    rows = connection.execute(
        """SELECT p.name, term, item, sum(amount), string_agg(DISTINCT CAST(paid_on AS VARCHAR),
                  '、' ORDER BY CAST(paid_on AS VARCHAR))
        FROM education_student_aid c
        JOIN persons p ON p.county = c.county AND p.person_id = c.link_person
        WHERE c.county = ? AND p.household_id = ? AND c.link_status = 'confirmed'
        GROUP BY p.person_id, p.name, term, item ORDER BY p.name, term, item""",
        where,
    ).fetchall()
    return Section(
        "学生资助",
        ("姓名", "学期", "资助项目", "已发", "发放日期"),
        [[_said(a), _said(b), _said(c), _money(d), _said(e)] for a, b, c, d, e in rows],
        note="名单没有应发数，不计还差多少；只计身份已确认的记录",
    )


def _dibao(connection: duckdb.DuckDBPyConnection, where: list[str]) -> Section:
    rows = connection.execute(
        """SELECT p.name, dibao_class, monthly_amount, from_date, c.status, c.as_of
        FROM civil_affairs_dibao c
        JOIN persons p ON p.county = c.county AND p.person_id = c.link_person
        WHERE c.county = ? AND p.household_id = ? AND c.link_status = 'confirmed'
        ORDER BY p.name, from_date""",
        where,
    ).fetchall()
    return Section(
        "低保",
        ("姓名", "类别", "月保障金", "享受起始", "状态", "截至日"),
        [
            [_said(a), _said(b), _money(c), _said(d), _said(e), _said(f)]
            for a, b, c, d, e, f in rows
        ],
        note="月保障金按名单所填；名单未说明是本人还是全户的金额时不能相加",
    )


def _claims(connection: duckdb.DuckDBPyConnection, where: list[str]) -> Section:
    rows = connection.execute(
        """SELECT p.name, hospital, discharged_on, total,
                  coalesce(basic_paid, 0) + coalesce(serious_paid, 0) + coalesce(aid_paid, 0),
                  own_paid,
                  CASE WHEN received_on IS NOT NULL THEN CAST(received_on AS VARCHAR)
                       WHEN one_stop THEN '一站式结算' ELSE '尚未到账' END
        FROM insurance_claims c
        JOIN persons p ON p.county = c.county AND p.person_id = c.link_person
        WHERE c.county = ? AND p.household_id = ? AND c.link_status = 'confirmed'
        ORDER BY p.name, discharged_on""",
        where,
    ).fetchall()
    return Section(
        "医疗费用结算",
        ("姓名", "医院", "出院日期", "总费用", "已报销", "个人自付", "到账"),
        [
            [_said(a), _said(b), _said(c), _money(d), _money(e), _money(f), _said(g)]
            for a, b, c, d, e, f, g in rows
        ],
        note="已报销 = 基本医保 + 大病保险 + 医疗救助；只计身份已确认的记录",
    )


_MONEY = {
    "finance_card_payments": _card_payments,
    "education_student_aid": _student_aid,
    "civil_affairs_dibao": _dibao,
    "insurance_claims": _claims,
}


def _cases(connection: duckdb.DuckDBPyConnection, where: list[str]) -> Section:
    rows = connection.execute(
        """SELECT d.case_id, d.kind, d.direction, d.severity, d.explanation, d.link_status,
                  d.left_value, d.left_path, d.left_sheet, d.left_row_number,
                  d.right_value, d.right_path, d.right_sheet, d.right_row_number,
                  d.likely_innocent_reasons, d.verify_with, c.first_seen, c.rounds_seen
        FROM cases c JOIN discrepancies d USING (county, case_id)
        WHERE c.county = ? AND c.household_id = ? AND c.state = 'open'
        QUALIFY row_number() OVER (PARTITION BY case_id ORDER BY d.round DESC) = 1
        ORDER BY d.severity = 'red' DESC, d.severity = 'orange' DESC, case_id""",
        where,
    ).fetchall()
    return Section(
        "在办疑点",
        (
            "疑点编号", "疑点类型", "方向", "等级", "说明", "身份", "名册方", "比对方",
            "可能合理原因", "建议核实单位与方法", "首次发现", "连续期数",
        ),
        [
            [
                case_id, _said(kind), DIRECTION_WORDS.get(direction, _said(direction)),
                SEVERITY_WORDS.get(severity, _said(severity)), mask_text(_said(explanation)),
                LINK_WORDS.get(link, _said(link)), _side(*left), _side(*right), _said(reasons),
                _said(verify), _said(first_seen), _said(rounds_seen),
            ]
            for case_id, kind, direction, severity, explanation, link, *rest in rows
            for left, right, (reasons, verify, first_seen, rounds_seen) in [
                (rest[0:4], rest[4:8], rest[8:12])
            ]
        ],
        note="疑点不等于问题，未经核实不得停发、扣减或公开",
    )  # fmt: skip


def _side(value: Any, path: Any, sheet: Any, row: Any) -> str:
    """What one side's list says, and where."""
    return mask_text(_said(value)) + (f"（{_place(path, sheet, row)}）" if path else "")


def _records(
    connection: duckdb.DuckDBPyConnection, table: DatasetTable, where: list[str]
) -> Section:
    condition = """county = $county AND (link_household = $household OR link_person IN
        (SELECT person_id FROM persons WHERE county = $county AND household_id = $household))"""
    county, household = where
    return _section(connection, table, condition, {"county": county, "household": household})


def _section(
    connection: duckdb.DuckDBPyConnection,
    table: DatasetTable,
    condition: str,
    values: dict[str, str],
) -> Section:
    shown = [_shown(table, column) for column in table.columns]
    rows = connection.execute(
        f"""SELECT link_status, path, sheet, row_number, as_of, {", ".join(shown)}
        FROM {table.name} WHERE {condition} ORDER BY as_of, path, sheet, row_number""",
        values,
    ).fetchall()
    return Section(
        f"{table.title}（{table.name}）",
        ("内容", "身份", "来源", "截至日"),
        [
            [
                _content(table, cells),
                LINK_WORDS.get(status, ""),
                _place(path, sheet, row),
                _said(as_of),
            ]
            for status, path, sheet, row, as_of, *cells in rows
        ],
    )


def _shown(table: DatasetTable, column: str) -> str:
    """The value, or where it could not be made out, the text as it stood."""
    value = f"CAST({column} AS VARCHAR)"
    return f"coalesce({value}, {column}_text)" if column in table.has_text else value


def _content(table: DatasetTable, cells: list[str | None]) -> str:
    return "，".join(
        f"{title} {mask(text, privacy)}"
        for (title, privacy), text in zip(table.columns.values(), cells, strict=True)
        if text
    )


def _place(path: Any, sheet: Any, row: Any) -> str:
    """Say file, sheet and row; a csv file has no sheet, an absent record no row."""
    sheet_said = f" 〔{_said(sheet)}〕" if sheet else ""
    row_said = f"第 {row} 行" if row is not None else ""
    return mask_text(_said(path)) + (sheet_said or (" " if row_said else "")) + row_said


def _no_number(status: str | None) -> str:
    return "名册未填号码" if status in {None, "missing"} else "名册所填号码有误"


def _said(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)


def _money(value: float | None) -> str:
    return "" if value is None else f"{value:.2f} 元"
