"""The DuckDB connection that a round's rules run in.

In memory, without access to files or networks. Its tables have only the columns that some rule or
concept may read, and are loaded one by one. What a rule may see is said in docs/stages.md, "What a
rule sees", and built here.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import polars as pl

from pipelines import frames
from pipelines.compare.rules import Rule, RuleError, Rules, table_name
from pipelines.compare.sql import PARAMETER_MACROS
from pipelines.contracts import Contract, Contracts
from pipelines.parameters import MissingParameterError, Parameters

_STATES = ("agree", "disagree", "not_found")

_MACROS = """
CREATE MACRO round_date() AS getvariable('round_date');
CREATE MACRO param_number(key) AS getvariable('number:' || key);
CREATE MACRO param_text(key) AS getvariable('text:' || key);
CREATE MACRO param_list(key) AS getvariable('list:' || key);
CREATE MACRO param_json(key) AS CAST(getvariable('json:' || key) AS JSON);
CREATE MACRO this_county() AS getvariable('this_county');
CREATE MACRO age_on(birth_date, on_day) AS date_sub('year', birth_date, on_day);
CREATE MACRO latest_day(day, day_precision) AS CASE day_precision
    WHEN 'year' THEN make_date(year(day), 12, 31) WHEN 'month' THEN last_day(day) ELSE day END;
CREATE MACRO day_text(day, day_precision) AS CASE day_precision
    WHEN 'year' THEN strftime(day, '%Y年') WHEN 'month' THEN strftime(day, '%Y年%m月')
    ELSE strftime(day, '%Y-%m-%d') END;
CREATE MACRO number_text(number) AS
    regexp_replace(printf('%.2f', CAST(number AS DOUBLE)), '[.]?0+$', '');
"""


class RuleFailedError(RuntimeError):
    """A rule's query does not run or does not give what it must; names the file and the reason."""


class Session:
    """One round's tables, macros and concepts, ready for rules."""

    def __init__(
        self,
        round_: dt.date,
        contracts: Contracts,
        linked: Mapping[str, frames.Table],
        bases: Mapping[str, pl.DataFrame],
        parameters: Parameters,
        rules: Rules,
        county_names: Iterable[str] = (),
    ) -> None:
        """Open the connection.

        Args:
            round_: Date of the round.
            contracts: Every dataset gets a table, an empty one where nothing was delivered.
            linked: Dataset to its clean frame with `frames.LINKED_EXTRA`.
            bases: ``persons``, ``former_persons``, ``households``, ``villages``, ``village_status``
                and ``unsettled``.
            parameters: What is in force for the county on the round's date.
            rules: Their concepts can be read; each is built when a rule first needs it.
            county_names: How the county is called; its code is known from `parameters`.
        """
        self.connection = duckdb.connect(":memory:", config={"enable_external_access": "false"})
        self._contracts = contracts
        self._parameters = parameters
        self._rules = rules
        self._built: set[str] = set()
        for name, schema in {
            "persons": frames.PERSONS,
            "former_persons": frames.FORMER_PERSONS,
            "households": frames.HOUSEHOLDS,
            "villages": frames.VILLAGES,
            "village_status": frames.VILLAGE_STATUS,
            "unsettled": frames.UNSETTLED,
        }.items():
            self._load(name, bases.get(name, frames.empty(schema)))
        for dataset, contract in contracts.items():
            self._load(contract.table, linked.get(dataset, empty_table(contract)))
        self.connection.execute(_MACROS)
        self._set("round_date", round_)
        self._set("this_county", _called(parameters.place, county_names, linked))
        for parameter in parameters.all():
            for kind, value in _forms(parameter.value).items():
                self._set(f"{kind}:{parameter.key}", value)

    def close(self) -> None:
        """Let go of the tables."""
        self.connection.close()

    def __enter__(self) -> "Session":
        """Give the session itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def why_not(self, rule: Rule) -> str | None:
        """Say in Chinese why `rule` cannot be run this round, or give None.

        Raises:
            RuleError: It names a dataset or a column that no contract declares.
        """
        if unknown := sorted({*rule.needs, rule.left} - set(self._contracts)):
            raise RuleError(
                f"规则文件 {rule.path}：键 needs 或 left 中的 {'、'.join(unknown)} 没有数据约定；"
                "请检查拼写，或在 contracts/ 中补充"
            )
        for dataset, groups in rule.columns.items():
            named = {name for group in groups for name in group}
            if strange := sorted(named - set(self._contracts[dataset].columns)):
                raise RuleError(
                    f"规则文件 {rule.path}：键 columns 中 {dataset} 的数据约定没有 "
                    f"{'、'.join(strange)}；请检查拼写"
                )
        for key, macros in rule.asks.items():
            try:
                forms = _forms(self._parameters[key])
            except MissingParameterError as missing:
                return f"规则 {rule.id} 本期未运行：{missing}"
            for macro in sorted(macros):
                if macro.removeprefix("param_") not in forms:
                    return (
                        f"规则 {rule.id} 本期未运行：参数 {key} 应为{PARAMETER_MACROS[macro]}，"
                        f"现为 {self._parameters[key]!r}；请在 parameters/ 中更正"
                    )
        return None

    def run(self, rule: Rule) -> pl.DataFrame:
        """Run one rule and give its subjects with the columns of `frames.RULE_RESULT`.

        Rows come in no particular order.

        Raises:
            RuleFailedError: DuckDB refuses the query, or a state is not one of the three.
        """
        for view in rule.concepts:
            self._build(view)
        result = self._query(rule.sql, f"规则文件 {rule.path}")
        if "state" not in result.columns:
            raise RuleFailedError(
                f"规则文件 {rule.path}：查询结果没有 state 列，应为 agree、disagree 或 not_found"
            )
        if extra := sorted(set(result.columns) - set(frames.RULE_RESULT)):
            raise RuleFailedError(
                f"规则文件 {rule.path}：查询结果多出列 {'、'.join(extra)}；"
                f"可以有的列：{'、'.join(frames.RULE_RESULT)}"
            )
        result = frames.conform(result, frames.RULE_RESULT)
        judged = result.filter(pl.col("why_not_compared").is_null())
        states = judged["state"].unique().to_list()
        if wrong := sorted(str(s) for s in states if s not in _STATES):
            raise RuleFailedError(
                f"规则文件 {rule.path}：state 应为 agree、disagree 或 not_found，"
                f"出现了 {'、'.join(wrong)}"
            )
        return result

    def _build(self, view: str) -> None:
        """Make a concept a table: many rules read it, and its inputs do not change in a round."""
        if view in self._built:
            return
        concept = self._rules.concepts[view]
        where = f"概念文件 {concept.path}"
        self._query(f'CREATE TEMP TABLE "{view}" AS {concept.sql}', where)
        self._built.add(view)

    def _query(self, sql: str, where: str) -> pl.DataFrame:
        try:
            return self.connection.execute(sql).pl()
        except duckdb.Error as error:
            raise RuleFailedError(f"{where}：DuckDB 无法执行：{error}") from error

    def _load(self, name: str, table: frames.Table) -> None:
        columns = table.collect_schema().names()
        frame = frames.columns_of(table, self._rules.read_of(name, columns) or columns[:1])
        self.connection.register("_loaded", frame.to_arrow())
        self.connection.execute(f'CREATE TABLE "{name}" AS FROM _loaded')
        self.connection.unregister("_loaded")

    def _set(self, variable: str, value: Any) -> None:
        self.connection.execute(f'SET VARIABLE "{variable}" = ?', [value])


def run_rule(session: Session, rule: Rule) -> pl.DataFrame:
    """Run one rule as it lies, before any gate: for tests of rules and for trying one out.

    Raises:
        RuleFailedError: It cannot be run, or a parameter it needs is not set.
    """
    if why := session.why_not(rule):
        raise RuleFailedError(why)
    return session.run(rule)


def empty_table(contract: Contract) -> pl.DataFrame:
    """Give the linked frame of a dataset that nobody delivered."""
    return frames.empty({**frames.clean_schema(contract), **frames.LINKED_EXTRA})


def _called(code: str, names: Iterable[str], linked: Mapping[str, frames.Table]) -> list[str]:
    """The county's code and every name it goes by: as the office says and as its rosters say."""
    rosters = [linked[d] for d in ("roster.villages", "roster.population") if d in linked]
    written = {
        name
        for table in rosters
        for column in frames.columns_of(table, ["county_name"])
        for name in column.drop_nulls().unique()
    }
    bare = {"".join(name.split()) for name in {*names, *written}}
    return [code, *sorted(bare - {"", code})]


def _forms(value: Any) -> dict[str, Any]:
    """The forms in which SQL may ask for a parameter's value, by kind."""
    forms: dict[str, Any] = {"json": json.dumps(value, ensure_ascii=False, sort_keys=True)}
    if isinstance(value, bool):
        forms["text"] = "true" if value else "false"
    elif isinstance(value, int | float):
        forms["number"] = float(value)
        forms["text"] = str(value)
    elif isinstance(value, str):
        forms["text"] = value
    elif isinstance(value, list):
        forms["list"] = [str(item) for item in value]
    return forms


__all__ = ["RuleFailedError", "Session", "empty_table", "run_rule", "table_name"]
