"""Audit the finished file before anyone can see it: it must not contradict itself.

Each check is a query that finds what should not be; one row found and nothing is published. The
checks are about the software's own work (rows lost, links to nobody, counts that do not add up),
never about how good a department's list is: that is what quarantine and expectations are for.
"""

# Every name put into SQL here is one of the declared tables and columns, checked to be plain.
# ruff: noqa: S608

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import duckdb
import polars as pl

from pipelines.warehouse.tables import Rounds, Table

SHOWN = 3
"""Examples named for each failed check."""


class AuditError(RuntimeError):
    """The file made contradicts itself and was not published; the message lists how (Chinese)."""

    def __init__(self, failures: list[str]) -> None:
        """Keep the failures, one Chinese sentence each."""
        self.failures = failures
        super().__init__("发布前核对未通过，已发布的数据保持不变：" + "；".join(failures))


@dataclass(frozen=True)
class Check:
    """One query for what should not be."""

    says: str
    """What is wrong where it finds something."""
    finds: str
    """SQL giving one text column: what was found, as a person would name it."""


@dataclass(frozen=True)
class Audited:
    """What is audited: a finished database that nobody can see yet, and what it should hold."""

    connection: duckdb.DuckDBPyConnection
    declared: Mapping[str, Table]
    county: str
    round_: dt.date
    frames: Mapping[str, pl.DataFrame]
    """Record-level tables that were not written, since the county has a later round: their checks
    read these."""
    rows: Mapping[str, int]
    """Rows that were handed over to be written, by table."""
    is_latest: bool
    """Whether record-level tables were written."""


def audit(what: Audited) -> None:
    """Run every check on the county's round.

    Raises:
        AuditError: A check found something.
    """
    failures = [*_rows_missing(what)]
    _make_views(what)
    for check in _every_check(what.declared):
        found, examples = what.connection.execute(
            f"SELECT count(*), list(found ORDER BY found)[:{SHOWN}]"
            f" FROM ({check.finds}) AS t(found)"
        ).fetchone() or (0, [])
        if found:
            named = "、".join(str(example) for example in examples)
            failures.append(f"{check.says}（{found} 处，如 {named}）")
    if failures:
        raise AuditError(failures)


_RECORD = (
    "record_id, file_id, path, sheet, row_number,"
    " link_person, link_household, link_former, link_status"
)


def _rows_missing(what: Audited) -> Iterator[str]:
    """Compare the rows in the file with the rows handed over."""
    for name, handed in what.rows.items():
        (rows,) = what.connection.execute(
            f"SELECT count(*) FROM {name} WHERE county = ? AND round = ?",
            [what.county, what.round_],
        ).fetchone() or (0,)
        if rows != handed:
            yield f"表 {name} 应有 {handed} 行，写入 {rows} 行"


def _make_views(what: Audited) -> None:
    """Name what the checks read ``a_<table>``: the county's rows of this round.

    ``a_records`` are the rows of all datasets' tables together.
    """
    place = f"county = '{what.county}'"
    for name, table in what.declared.items():
        if table.rounds is Rounds.LATEST and not what.is_latest:
            what.connection.register(f"a_{name}", what.frames[name])
        elif table.rounds is Rounds.LEDGER:
            what.connection.execute(
                f"CREATE TEMP VIEW a_{name} AS SELECT * FROM {name} WHERE {place}"
            )
        elif table.rounds is not Rounds.NONE:
            what.connection.execute(
                f"CREATE TEMP VIEW a_{name} AS SELECT * FROM {name}"
                f" WHERE {place} AND round = DATE '{what.round_}'"
            )
    records = " UNION ALL ".join(
        f"SELECT '{table.dataset}' AS dataset, {_RECORD} FROM a_{name}"
        for name, table in what.declared.items()
        if table.dataset
    )
    what.connection.execute(f"CREATE TEMP VIEW a_records AS {records}")


def _every_check(declared: Mapping[str, Table]) -> Iterator[Check]:
    yield from _accounting()
    yield from _evidence()
    yield from _links()
    yield from _counts()
    yield from _explained()
    yield from _keys(declared.values())


_PLACE = "path || '〔' || coalesce(sheet, '') || '〕'"
_FILE = "f.path || '〔' || coalesce(f.sheet, '') || '〕'"


def _accounting() -> Iterator[Check]:
    """No row vanishes between the spreadsheet and the database."""
    yield Check(
        "来源文件的读到行数不等于采用、搁置、非数据之和",
        f"""SELECT {_PLACE} FROM a_source_files
        WHERE rows_read IS DISTINCT FROM rows_accepted + rows_set_aside + rows_not_data""",
    )
    yield Check(
        "未能打开的文件却有行数",
        f"SELECT {_PLACE} FROM a_source_files WHERE status = 'refused' AND rows_read IS NOT NULL",
    )
    yield Check(
        "采用行数与搁置表不符：rows_set_aside 应为 quarantine 中整行搁置的行数",
        f"""SELECT {_FILE} FROM a_source_files f
        LEFT JOIN (SELECT file_id, path, sheet, count(DISTINCT row_number) AS n
                   FROM a_quarantine q WHERE scope = 'row' AND NOT EXISTS (
                       SELECT 1 FROM a_records r WHERE r.file_id = q.file_id AND r.path = q.path
                       AND r.sheet IS NOT DISTINCT FROM q.sheet AND r.row_number = q.row_number)
                   GROUP BY ALL) q
        ON f.file_id = q.file_id AND f.path = q.path AND f.sheet IS NOT DISTINCT FROM q.sheet
        WHERE f.used AND f.rows_set_aside IS DISTINCT FROM coalesce(q.n, 0)""".replace(
            _PLACE, "f.path || '〔' || coalesce(f.sheet, '') || '〕'"
        ),
    )
    yield Check(
        "采用的行没有全部成为记录",
        f"""SELECT {_FILE} || '应有 ' || f.rows_accepted || ' 条，实有 ' || coalesce(r.n, 0)
        FROM a_source_files f
        LEFT JOIN (SELECT dataset, file_id, path, sheet, count(DISTINCT row_number) AS n
                   FROM a_records GROUP BY ALL) r
        ON f.dataset = r.dataset AND f.file_id = r.file_id AND f.path = r.path
        AND f.sheet IS NOT DISTINCT FROM r.sheet
        WHERE f.used AND f.rows_accepted IS DISTINCT FROM coalesce(r.n, 0)""",
    )
    yield Check(
        "记录不属于任何采用的文件",
        """SELECT r.dataset || ' ' || r.path
        FROM (SELECT DISTINCT dataset, file_id, path, sheet FROM a_records) r
        ANTI JOIN (SELECT * FROM a_source_files WHERE used) f
        ON f.dataset = r.dataset AND f.file_id = r.file_id AND f.path = r.path
        AND f.sheet IS NOT DISTINCT FROM r.sheet""",
    )
    yield Check(
        "记录没有原始行",
        "SELECT dataset || ' ' || record_id FROM a_records ANTI JOIN a_raw_rows USING (record_id)",
    )


def _evidence() -> Iterator[Check]:
    """Every row that a discrepancy points at is there (not found: it names only the list)."""
    for side in ("left", "right"):
        yield Check(
            "疑点所指的行不在该数据集的表中",
            f"""SELECT case_id || ' → ' || {side}_path || ' 第 ' || {side}_row_number || ' 行'
            FROM a_discrepancies d ANTI JOIN a_records r
            ON r.dataset = d.{side}_dataset AND r.path = d.{side}_path
            AND r.row_number = d.{side}_row_number
            AND r.sheet IS NOT DISTINCT FROM d.{side}_sheet
            WHERE d.{side}_row_number IS NOT NULL""",
        )


def _links() -> Iterator[Check]:
    """Every link is of a record and to somebody on the roster."""
    yield Check(
        "关联所指的记录不存在",
        "SELECT record_id FROM a_links ANTI JOIN a_records USING (record_id, dataset)",
    )
    yield Check(
        "数据集的表中的关联与 links 表不一致",
        """SELECT r.dataset || ' ' || record_id
        FROM a_records r LEFT JOIN a_links l USING (record_id)
        WHERE r.link_status IS DISTINCT FROM l.status
        OR r.link_person IS DISTINCT FROM l.person_id
        OR r.link_household IS DISTINCT FROM l.household_id
        OR r.link_former IS DISTINCT FROM l.former_person_id""",
    )
    yield Check(
        "关联所指的以前在册的人不在 former_persons 中",
        """SELECT record_id FROM a_links l ANTI JOIN a_former_persons f
        ON f.person_id = l.former_person_id WHERE l.former_person_id IS NOT NULL""",
    )
    yield Check(
        "以前在册的人仍在名册中，或其户不在户表中",
        """SELECT person_id FROM a_former_persons SEMI JOIN a_persons USING (person_id)
        UNION ALL SELECT person_id FROM a_former_persons ANTI JOIN a_households USING (household_id)
        WHERE household_id IS NOT NULL""",
    )
    for name, words in {"links": "关联", "link_candidates": "关联候选"}.items():
        for column, base in {"person_id": "persons", "household_id": "households"}.items():
            yield Check(
                f"{words}所指的{'人' if base == 'persons' else '户'}不在名册中",
                f"""SELECT record_id FROM a_{name} ANTI JOIN a_{base} USING ({column})
                WHERE {column} IS NOT NULL""",
            )
    yield Check(
        "关联候选所指的记录没有关联",
        "SELECT record_id FROM a_link_candidates ANTI JOIN a_links USING (record_id)",
    )
    yield Check(
        "人所在的户不在户表中",
        "SELECT person_id FROM a_persons ANTI JOIN a_households USING (household_id)",
    )


def _counts() -> Iterator[Check]:
    """The four states add up, and no rule found more than it compared."""
    yield Check(
        "比对结果的四种状态之和不等于涉及对象数",
        """SELECT rule_id || ' ' || coalesce(village_code, '') FROM a_comparisons
        WHERE subjects IS DISTINCT FROM agree + disagree + not_found + not_compared""",
    )
    yield Check(
        "疑点多于比对结果中的不一致和对方名单未见",
        """SELECT rule_id FROM (SELECT rule_id, count(*) AS n FROM a_discrepancies GROUP BY ALL)
        LEFT JOIN (SELECT rule_id, sum(disagree + not_found) AS m FROM a_comparisons GROUP BY ALL)
        USING (rule_id) WHERE n > coalesce(m, 0)""",
    )
    for name in ("comparisons", "discrepancies"):
        yield Check(
            f"{name} 中的规则不在规则表中",
            f"SELECT DISTINCT rule_id FROM a_{name} ANTI JOIN a_rules USING (rule_id)",
        )
    yield Check(
        "疑点没有进入台账",
        "SELECT case_id FROM a_discrepancies ANTI JOIN a_cases USING (case_id)",
    )
    yield Check(
        "增减说明不平：上期在办 + 新增 + 反弹 − 销号 + 转入 − 转出 应等于本期在办",
        """SELECT concat_ws(' ', rule_id, township, unit) FROM a_changes
        WHERE previous_open + new + reopened - closed + moved_in - moved_out
        IS DISTINCT FROM current_open""",
    )
    yield Check(
        "疑点没有台账状态",
        """SELECT case_id FROM a_discrepancies
        WHERE state IS NULL OR first_seen IS NULL OR rounds_seen IS NULL""",
    )


def _explained() -> Iterator[Check]:
    """Who has only the file can tell what every table and column means."""
    yield Check(
        "表没有中文说明",
        """SELECT table_name FROM duckdb_tables()
        WHERE NOT internal AND NOT temporary AND coalesce(comment, '') = ''""",
    )
    written = """duckdb_columns() c SEMI JOIN
        (SELECT table_oid FROM duckdb_tables() WHERE NOT internal AND NOT temporary)
        USING (table_oid)"""
    yield Check(
        "列没有中文说明",
        f"""SELECT table_name || '.' || column_name FROM {written}
        WHERE NOT c.internal AND coalesce(c.comment, '') = ''""",
    )
    yield Check(
        "列不在数据字典中",
        f"""SELECT c.table_name || '.' || c.column_name FROM {written}
        ANTI JOIN columns d ON d.table_name = c.table_name AND d.column_name = c.column_name
        WHERE NOT c.internal""",
    )


def _keys(tables: Iterable[Table]) -> Iterator[Check]:
    """Keys are unique; DuckDB's own constraint would keep an index in memory for every table."""
    for table in tables:
        if not table.key:
            continue
        source = table.name if table.rounds is Rounds.NONE else f"a_{table.name}"
        key = ", ".join(table.key)
        yield Check(
            f"表 {table.name} 的主键（{key}）重复",
            f"SELECT concat_ws(' ', {key}) FROM {source} GROUP BY {key} HAVING count(*) > 1",
        )
