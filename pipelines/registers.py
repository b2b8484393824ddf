"""What was in force in a run, as frames: rule register, parameters with their sources."""

import json
from typing import Any

import polars as pl

from pipelines.compare.rules import Rules, Source
from pipelines.parameters import Parameters

RULES_REGISTER: dict[str, Any] = {
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
    "flags": pl.String,
    "rule_group": pl.String,
    "parameter_keys": pl.String,
    "likely_innocent_reasons": pl.String,
    "verify_with": pl.String,
    "ran": pl.Boolean,
    "why_not_run": pl.String,
    "query": pl.String,
}
PARAMETERS_REGISTER: dict[str, Any] = {
    "key": pl.String,
    "value": pl.String,
    "unit": pl.String,
    "source_text": pl.String,
    "note": pl.String,
    "place": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
}


def rules_register(rules: Rules, not_run: dict[str, str]) -> pl.DataFrame:
    """Give one row a rule: what it asks, where it comes from, whether it ran, its whole query.

    Args:
        rules: All rules of the run.
        not_run: Rule id to the Chinese reason why it did not run.
    """
    rows = [
        {
            "rule_id": rule.id,
            "title": rule.title,
            "question": rule.question,
            "source_text": _source(rule.source),
            "level": rule.level,
            "direction": rule.direction,
            "severity": rule.severity,
            "left_side": rule.left,
            "right_side": rule.right,
            "needs": "、".join(rule.needs),
            "gate": "、".join(rule.gate),
            "flags": "、".join(rule.flags),
            "rule_group": rule.group,
            "parameter_keys": "、".join(rule.parameters),
            "likely_innocent_reasons": "、".join(rule.innocent),
            "verify_with": rule.verify_with,
            "ran": rule.id not in not_run,
            "why_not_run": not_run.get(rule.id),
            "query": rule.sql,
        }
        for rule in rules.values()
    ]
    return pl.DataFrame(rows, schema=RULES_REGISTER)


def _source(source: Source) -> str:
    origin = source.document or (f"种子文本 {source.seed}" if source.seed else "")
    parts = (origin, f"“{source.quote}”", source.url, source.note)
    return " ".join(part for part in parts if part)


def parameters_register(parameters: Parameters) -> pl.DataFrame:
    """Give one row a parameter in force; values that are not plain text or numbers are JSON."""
    rows = [
        {
            "key": parameter.key,
            "value": parameter.value
            if isinstance(parameter.value, str)
            else json.dumps(parameter.value, ensure_ascii=False, default=str),
            "unit": parameter.unit,
            "source_text": parameter.source,
            "note": parameter.note,
            "place": parameter.place,
            "valid_from": parameter.valid_from,
            "valid_to": parameter.valid_to,
        }
        for parameter in parameters.all()
    ]
    return pl.DataFrame(rows, schema=PARAMETERS_REGISTER)
