"""What a rule's SQL reads, found with DuckDB's own parser and not with regular expressions.

Nothing is bound or run here: a rule can be checked without any table being there.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import duckdb

PARAMETER_MACROS = {
    "param_number": "数字",
    "param_text": "文本",
    "param_list": "列表",
    "param_json": "键值结构",
}
"""Macros that give a parameter's value, with the Chinese name of the kind of value they give."""

_NOT_REPEATABLE = frozenset(
    [
        "now",
        "today",
        "current_date",
        "current_time",
        "current_timestamp",
        "current_localtime",
        "current_localtimestamp",
        "get_current_time",
        "get_current_timestamp",
        "transaction_timestamp",
        "random",
        "uuid",
        "gen_random_uuid",
        "uuidv4",
        "uuidv7",
        "nextval",
    ]
)
_COUNTS_BYTES = frozenset(
    [
        "levenshtein",
        "editdist3",
        "damerau_levenshtein",
        "hamming",
        "mismatches",
        "jaro_similarity",
        "jaro_winkler_similarity",
        "jaccard",
    ]
)


class SqlError(ValueError):
    """The text is not one SELECT that a rule may be; the message says what was expected."""


@dataclass(frozen=True)
class SqlFacts:
    """What one SELECT reads."""

    tables: frozenset[str]
    """Tables and views, without those that its own WITH clauses name."""
    parameters: dict[str, frozenset[str]] = field(default_factory=dict)
    """Parameter key to the macros that ask for it."""
    words: frozenset[str] = frozenset()
    """Every word in it, lower case: each column that it reads by name, and much besides."""
    reads_rows: bool = False
    """It depends on columns that it does not name: ``SELECT DISTINCT *``, a natural join."""


def sql_facts(sql: str) -> SqlFacts:
    """Say which tables and parameters `sql` reads.

    Raises:
        SqlError: It is not exactly one SELECT; a parameter's key is not written out; it calls a
            function whose value changes from run to run, or one that counts bytes, not characters.
    """
    # written out, not bound: binding a Python value makes DuckDB import pandas, half a second
    text = sql.replace("'", "''")
    [(serialised,)] = _parser().execute(f"SELECT json_serialize_sql('{text}')").fetchall()
    parsed = json.loads(serialised)
    if parsed["error"]:
        raise SqlError(f"应为一条 SELECT 语句；DuckDB：{parsed['error_message']}")
    if len(parsed["statements"]) != 1:
        raise SqlError(f"应只有一条 SELECT 语句，现有 {len(parsed['statements'])} 条")
    nodes = list(_nodes(parsed["statements"]))
    named_here = {
        entry["key"] for node in nodes for entry in (node.get("cte_map") or {}).get("map", ())
    }
    tables = {n["table_name"] for n in nodes if n.get("type") == "BASE_TABLE"}
    _refuse_functions({n["function_name"] for n in nodes if "function_name" in n}, nodes)
    return SqlFacts(
        tables=frozenset(tables - named_here),
        parameters=_parameters(nodes),
        words=frozenset(text.lower() for text in _texts(parsed["statements"])),
        reads_rows=_reads_rows(nodes),
    )


def _reads_rows(nodes: list[dict[str, Any]]) -> bool:
    """Whether it depends on columns that it does not name.

    A star that only hands columns on does not: who wants one names it. One that is counted, told
    apart or set beside another does, and so do natural joins and a row as one value.
    """
    selects = [node for node in nodes if node.get("type") == "SELECT_NODE"]
    handed_on = sum(
        item.get("type") == "STAR"
        for select in selects
        if not _tells_apart(select)
        for item in select["select_list"]
    )
    beside = sum(
        item.get("type") == "STAR"
        for node in nodes
        if node.get("type") == "SET_OPERATION_NODE"
        for side in (node.get("left"), node.get("right"), *node.get("children", ()))
        if side and side.get("type") == "SELECT_NODE"
        for item in side["select_list"]
    )
    stars = sum(node.get("type") == "STAR" for node in nodes)
    return (
        stars > handed_on - beside
        or any(node.get("ref_type") == "NATURAL" for node in nodes)
        or any(map(_takes_rows, selects))
    )


def _takes_rows(select: dict[str, Any]) -> bool:
    """Whether it names one of its tables where a value stands: the whole row is meant."""
    tables = [
        node
        for node in _nodes(select["from_table"])
        if node.get("type") in ("BASE_TABLE", "SUBQUERY") and "class" not in node
    ]
    called = {t.get(key, "").lower() for t in tables for key in ("table_name", "alias")}
    return any(name.lower() in called for name in _bare_names(_nodes(select)))


def _tells_apart(select: dict[str, Any]) -> bool:
    """Whether equal rows become one: DISTINCT, GROUP BY ALL."""
    modifiers = {modifier["type"] for modifier in select.get("modifiers", ())}
    return "DISTINCT_MODIFIER" in modifiers or select["aggregate_handling"] != "STANDARD_HANDLING"


def _bare_names(nodes: Iterable[dict[str, Any]]) -> Iterator[str]:
    """What is named without a table in front."""
    for node in nodes:
        if node.get("type") == "COLUMN_REF" and len(node["column_names"]) == 1:
            yield node["column_names"][0]


def _texts(tree: Any) -> Iterator[str]:
    """Every text in a serialised statement."""
    for node in _nodes(tree):
        for value in node.values():
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str):
                    yield text


def _parameters(nodes: list[dict[str, Any]]) -> dict[str, frozenset[str]]:
    asked: dict[str, set[str]] = {}
    for node in nodes:
        macro = node.get("function_name")
        if macro not in PARAMETER_MACROS:
            continue
        arguments = node["children"]
        key = arguments[0].get("value", {}).get("value") if len(arguments) == 1 else None
        if not isinstance(key, str):
            raise SqlError(f"{macro}(…) 的参数名应直接写成文字，例如 {macro}('edu_age_from')")
        asked.setdefault(key, set()).add(macro)
    return {key: frozenset(macros) for key, macros in sorted(asked.items())}


def _refuse_functions(called: set[str], nodes: list[dict[str, Any]]) -> None:
    bare = {name.lower() for name in _bare_names(nodes)}
    if found := sorted((called | bare) & _NOT_REPEATABLE):
        raise SqlError(
            f"不得使用 {'、'.join(found)}：同一期重跑结果会变；日期请用 round_date()，即本期日期"
        )
    if found := sorted(called & _COUNTS_BYTES):
        raise SqlError(
            f"不得使用 {'、'.join(found)}：DuckDB 按字节计算，汉字结果不对；姓名请用 name_key 比较"
        )


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of a serialised statement."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:", config={"enable_external_access": "false"})
