"""The published tables, declared: columns, types, Chinese words, keys, and which rounds they keep.

`published_tables(contracts)` is the whole published schema. The DDL, the comments, the `columns`
table (data dictionary), the audit's key checks and the county page are all derived from it. The
tables named here are those of the outward contract; one more for every dataset comes from its
contract, so a new dataset needs nothing here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from pipelines import frames
from pipelines.contracts import Contract, Contracts
from pipelines.frames import Schema
from pipelines.warehouse.codes import CODES
from pipelines.warehouse.dataset_fields import dataset_field
from pipelines.warehouse.fields import FIELDS, Field
from pipelines.warehouse.fields_by_table import OVERRIDES

type_ = pl.DataType | type[pl.DataType]


class DictionaryError(ValueError):
    """A table or column cannot be explained in Chinese, or its name cannot stand in plain SQL."""


class Rounds(StrEnum):
    """Which rounds of a county a table keeps."""

    ALL = "all"
    """Every round; publishing a round again replaces that round."""
    LATEST = "latest"
    """The county's latest round; publishing an older one changes nothing."""
    LEDGER = "ledger"
    """Made anew for the whole county by the fold over all its rounds."""
    NONE = "none"
    """Belongs to no round and no county: the dictionary."""


@dataclass(frozen=True)
class PublishedColumn:
    """One column as readers see it."""

    name: str
    dtype: type_
    field: Field

    @property
    def sql_type(self) -> str:
        """Its DuckDB type."""
        return sql_type(self.dtype)

    @property
    def comment(self) -> str:
        """What the column says, in one Chinese sentence: title, meaning, unit."""
        unit = f"（单位：{self.field.unit}）" if self.field.unit else ""
        return f"{self.field.title}{unit}" + (f"：{self.field.says}" if self.field.says else "")


@dataclass(frozen=True)
class Table:
    """One published table."""

    name: str
    title: str
    says: str
    rounds: Rounds
    key: tuple[str, ...]
    """Columns that together are unique."""
    columns: tuple[PublishedColumn, ...]
    dataset: str | None = None
    """The dataset whose records it holds."""

    @property
    def comment(self) -> str:
        """What one row is and which rounds are kept."""
        kept = {
            Rounds.ALL: "各期都保留",
            Rounds.LATEST: "每县只保留最近一期",
            Rounds.LEDGER: "跨期台账，每次发布按全部各期重新归集",
            Rounds.NONE: "各县各期通用",
        }[self.rounds]
        return f"{self.title}：{self.says}；{kept}"

    @property
    def schema(self) -> dict[str, type_]:
        """Column name to polars type."""
        return {column.name: column.dtype for column in self.columns}


_SQL_TYPES: dict[type_, str] = {
    pl.String: "VARCHAR",
    pl.Boolean: "BOOLEAN",
    pl.Int32: "INTEGER",
    pl.Int64: "BIGINT",
    pl.Float64: "DOUBLE",
    pl.Date: "DATE",
    pl.Datetime("us"): "TIMESTAMP",
    pl.List(pl.String): "VARCHAR[]",
}


def sql_type(dtype: type_) -> str:
    """Give DuckDB's name of a polars type.

    Raises:
        DictionaryError: No published column may have this type.
    """
    for known, name in _SQL_TYPES.items():
        if dtype == known:
            return name
    raise DictionaryError(f"类型 {dtype} 不能发布：可用的有 {'、'.join(_SQL_TYPES.values())}")


COUNTY_ROUND: Schema = {"county": pl.String, "round": pl.Date}
"""What every table of a county begins with."""

RUNS: Schema = {
    "run_id": pl.String,
    "started_at": pl.Datetime("us"),
    "finished_at": pl.Datetime("us"),
    "version": pl.String,
    "contracts_hash": pl.String,
    "rules_hash": pl.String,
    "parameters_hash": pl.String,
    "inputs_hash": pl.String,
}
RULES: Schema = {
    "rule_id": pl.String,
    "title": pl.String,
    "question": pl.String,
    "source_text": pl.String,
    "level": pl.String,
    "direction": pl.String,
    "severity": pl.String,
    "left_side": pl.String,
    "right_side": pl.String,
    "needs": pl.String,
    "gate": pl.String,
    "spares": pl.String,
    "flags": pl.String,
    "disagree_says": pl.String,
    "not_found_says": pl.String,
    "rule_group": pl.String,
    "parameter_keys": pl.String,
    "likely_innocent_reasons": pl.String,
    "verify_with": pl.String,
    "ran": pl.Boolean,
    "why_not_run": pl.String,
    "query": pl.String,
}
PARAMETERS: Schema = {
    "key": pl.String,
    "value": pl.String,
    "unit": pl.String,
    "source_text": pl.String,
    "note": pl.String,
    "place": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
}
COLUMNS: Schema = {
    "county": pl.String,
    "table_name": pl.String,
    "table_title": pl.String,
    "column_name": pl.String,
    "position": pl.Int64,
    "title": pl.String,
    "description": pl.String,
    "data_type": pl.String,
    "unit": pl.String,
    "privacy": pl.String,
    "source": pl.String,
    "is_key": pl.Boolean,
}


@dataclass(frozen=True)
class _Declared:
    title: str
    says: str
    rounds: Rounds
    key: tuple[str, ...]
    schema: Schema


_ALL, _LATEST, _LEDGER = Rounds.ALL, Rounds.LATEST, Rounds.LEDGER

_TABLES: dict[str, _Declared] = {
    "runs": _Declared("运行", "一行是一期最近一次成功的运行，以及它所用的各项指纹", _ALL, (), RUNS),
    "source_files": _Declared(
        "来源文件",
        "一行是一期里一个文件的一张工作表；读到行数 = 采用 + 搁置 + 非数据",
        _ALL,
        ("path", "file_id", "sheet_no"),
        frames.SHEETS,
    ),
    "deliveries": _Declared(
        "报送情况",
        "一行是一期里一个应报送的名单及其范围",
        _ALL,
        ("dataset", "scope", "as_of"),
        frames.DELIVERIES,
    ),
    "quarantine": _Declared(
        "搁置", "一行是一个不能使用的行或值，以及原因和改法", _LATEST, (), frames.QUARANTINE
    ),
    "corrections": _Declared(
        "更正",
        "一行是一期里按县里的更正改动的一个值或剔除的一行；没有用上的更正也有一行，写明为什么",
        _ALL,
        ("correction_id", "record_id", "column_name"),
        frames.CORRECTIONS,
    ),
    "source_errors": _Declared(
        "来源差错",
        "一行是一期所用的部门名单里一个须由该部门改正的地方",
        _ALL,
        ("slip_id", "reason_code", "record_id"),
        frames.SOURCE_ERRORS,
    ),
    "slips": _Declared(
        "校核纠错单",
        "一行是一期里一个尚未改正或在这一期改正的来源差错；同一差错各期编号相同",
        _LEDGER,
        ("round", "slip_id"),
        frames.SLIPS,
    ),
    "coverage": _Declared(
        "可比性",
        "一行是一期里一个数据集在一个村：「对方名单未见」在这里是否作数",
        _ALL,
        ("dataset", "village_code", "township_code"),
        frames.COVERAGE,
    ),
    "households": _Declared(
        "户", "一行是基础名册中的一户", _LATEST, ("household_id",), frames.HOUSEHOLDS
    ),
    "persons": _Declared("人", "一行是基础名册中的一个人", _LATEST, ("person_id",), frames.PERSONS),
    "former_persons": _Declared(
        "以前在册的人",
        "一行是一个以前各期在基础名册中、本期名册中已没有的人（去世除名、迁出等），写法按最后一次登记；"
        "不计入人数、户数，只用来认出名单中的行写的是谁",
        _LATEST,
        ("person_id",),
        frames.FORMER_PERSONS,
    ),
    "identities": _Declared(
        "人员登记",
        "一行是一个人在名册中的一种写法，记在首次这样写的一期；"
        "证件号码、姓名、出生日期更正或补齐、换户之后凭此仍用原来的人编号",
        _ALL,
        ("person_id", "listed_id", "id_number", "household_id", "name_key", "birth_date"),
        frames.IDENTITIES,
    ),
    "villages": _Declared(
        "行政村", "一行是一个行政村", _LATEST, ("village_code",), frames.VILLAGES
    ),
    "raw_rows": _Declared(
        "原始行", "一行是一条采用的记录在原表中的文字", _LATEST, ("record_id",), frames.RAW_ROWS
    ),
    "links": _Declared(
        "关联", "一行是一条记录属于哪个人、哪一户的判断", _LATEST, ("record_id",), frames.LINKS
    ),
    "link_candidates": _Declared(
        "关联候选",
        "一行是待核身份或未关联的记录的一个可能对象",
        _LATEST,
        ("record_id", "rank"),
        frames.CANDIDATES,
    ),
    "link_estimates": _Declared(
        "关联质量估计",
        "一行是一期里关联的一个质量指标，按模型自己的概率，或按人工核对的样本估计",
        _ALL,
        ("figure", "basis"),
        frames.LINK_ESTIMATES,
    ),
    "comparisons": _Declared(
        "比对结果",
        "一行是一期里一条规则在一个村的四种结果计数；村代码空的属于乡镇或全县",
        _ALL,
        ("rule_id", "township_code", "village_code"),
        frames.COMPARISONS,
    ),
    "discrepancies": _Declared(
        "疑点",
        "一行是一期里一个需要核实的比对结果；疑点不等于问题，未经核实不得停发、扣减或公开",
        _ALL,
        ("case_id",),
        frames.DISCREPANCIES,
    ),
    "subjects": _Declared(
        "疑点对象各期结果",
        "一行是一期里一个曾被列为疑点的对象的比对结果，用来区分已消除和未比对",
        _ALL,
        ("case_id",),
        frames.SUBJECTS,
    ),
    "rule_runs": _Declared(
        "规则运行",
        "一行是一期里一条规则有没有运行、用的是哪一版规则和参数",
        _ALL,
        ("rule_id",),
        frames.RULE_RUNS,
    ),
    "village_status": _Declared(
        "村情", "一行是一期里一个村的监测情况", _ALL, ("village_code",), frames.VILLAGE_STATUS
    ),
    "cases": _Declared(
        "台账", "一行是一个疑点从出现到销号的经过", _LEDGER, ("case_id",), frames.CASES
    ),
    "case_events": _Declared(
        "台账事项",
        "一行是一个疑点上发生的一件事，以及依据的文件和行",
        _LEDGER,
        (),
        frames.CASE_EVENTS,
    ),
    "changes": _Declared(
        "增减说明",
        "上期在办 + 新增 + 反弹 − 销号 + 转入 − 转出 = 本期在办，每笔变动一个原因",
        _LEDGER,
        (),
        frames.CHANGES,
    ),
    "rules": _Declared(
        "规则", "一行是一期里一条规则，以及依据和查询原文", _ALL, ("rule_id",), RULES
    ),
    "parameters": _Declared(
        "参数", "一行是一期里一个有效的参数，以及出处和有效期", _ALL, ("key",), PARAMETERS
    ),
}

_DICTIONARY: dict[str, _Declared] = {
    "columns": _Declared(
        "数据字典",
        "一行是一张表的一列：中文名、含义、类型、单位、隐私级别、来源",
        Rounds.NONE,
        ("table_name", "column_name"),
        COLUMNS,
    ),
    "codes": _Declared(
        "代码表",
        "一行是一个代码的含义；哪些列用哪一组代码，列的注释里写着 code_of=…",
        Rounds.NONE,
        ("code_of", "code"),
        CODES,
    ),
}


def published_tables(contracts: Contracts) -> dict[str, Table]:
    """Give every published table by name: those of the outward contract, then one a dataset.

    Raises:
        DictionaryError: A column has no Chinese explanation, or a dataset takes a table's name.
    """
    tables = {name: _table(name, declared) for name, declared in _TABLES.items()}
    tables |= {name: _table(name, declared) for name, declared in _DICTIONARY.items()}
    for contract in contracts.values():
        if contract.table in tables:
            raise DictionaryError(f"数据集 {contract.dataset} 的表名 {contract.table} 已被占用")
        tables[contract.table] = _dataset_table(contract)
    for table in tables.values():
        _require_chinese(table)
    return tables


def _table(name: str, declared: _Declared) -> Table:
    own = dict(declared.schema)
    schema = own if declared.rounds is Rounds.NONE else {**COUNTY_ROUND, **own}
    columns = tuple(
        PublishedColumn(column, dtype, meaning(name, column)) for column, dtype in schema.items()
    )
    return Table(name, declared.title, declared.says, declared.rounds, _key(declared), columns)


def _key(declared: _Declared) -> tuple[str, ...]:
    """The key within the file: the key within a county (and round) and what tells those apart."""
    if declared.rounds is Rounds.NONE:
        return declared.key
    if declared.rounds is Rounds.ALL:
        return ("county", "round", *declared.key)
    return ("county", *declared.key) if declared.key else ()


def meaning(table: str, column: str) -> Field:
    """Give what a column of a published table means.

    Raises:
        DictionaryError: Nobody has said it yet.
    """
    field = OVERRIDES.get((table, column)) or FIELDS.get(column)
    if field is None:
        raise DictionaryError(
            f"表 {table} 的列 {column} 没有中文说明：请在 pipelines/warehouse/fields.py 中补充"
        )
    return field


def _dataset_table(contract: Contract) -> Table:
    if clash := sorted(set(COUNTY_ROUND) & set(contract.columns)):
        raise DictionaryError(
            f"数据集 {contract.dataset} 的列 {'、'.join(clash)} 与系统列同名，请换一个列名"
        )
    schema = {**COUNTY_ROUND, **frames.clean_schema(contract), **frames.LINKED_EXTRA}
    columns = tuple(
        PublishedColumn(name, dtype, dataset_meaning(contract, name))
        for name, dtype in schema.items()
    )
    return Table(
        name=contract.table,
        title=contract.title,
        says=f"{contract.department_title}报送，{contract.description.rstrip('。；')}",
        rounds=Rounds.LATEST,
        key=("county", "record_id"),
        columns=columns,
        dataset=contract.dataset,
    )


def dataset_meaning(contract: Contract, name: str) -> Field:
    """Give what a column of a dataset's table means: the contract's word comes first."""
    return dataset_field(contract, name) or meaning(contract.table, name)


def _require_chinese(table: Table) -> None:
    titles = [(table.name, table.title)]
    titles += [(f"{table.name}.{c.name}", c.field.title) for c in table.columns]
    for what, title in titles:
        if not any("一" <= character <= "鿿" for character in title):
            raise DictionaryError(f"{what} 没有中文名称，不能发布：现有名称是「{title}」")


def dictionary_frame(tables: Iterable[Table]) -> pl.DataFrame:
    """Give the data dictionary, one row a column, with the schema of `COLUMNS`."""
    rows = [
        {
            "county": "all",
            "table_name": table.name,
            "table_title": table.title,
            "column_name": column.name,
            "position": position,
            "title": column.field.title,
            "description": column.comment,
            "data_type": column.sql_type,
            "unit": column.field.unit,
            "privacy": column.field.privacy.value,
            "source": column.field.source,
            "is_key": column.name in table.key,
        }
        for table in tables
        for position, column in enumerate(table.columns, start=1)
    ]
    return pl.DataFrame(rows, schema=dict(COLUMNS))


def empty_frames(contracts: Contracts) -> dict[str, pl.DataFrame]:
    """Give an empty frame for every table that `publish` must be handed, by table name."""
    return {
        table.name: frames.empty(table.schema)
        for table in published_tables(contracts).values()
        if table.rounds in {Rounds.ALL, Rounds.LATEST} and table.name != "runs"
    }


def given_by_stages(tables: Mapping[str, Table]) -> dict[str, Table]:
    """Give the tables whose rows the stages of a round make: not `runs`, ledger, dictionary."""
    return {
        name: table
        for name, table in tables.items()
        if table.rounds in {Rounds.ALL, Rounds.LATEST} and name != "runs"
    }
