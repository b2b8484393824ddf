"""The registers that explain a round's findings: which rules there were, which parameters held."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from pipelines.parameters import Parameters
from pipelines.sources import Texts, source_text
from pipelines.warehouse.tables import PARAMETERS, RULES

if TYPE_CHECKING:
    from pipelines.compare.rules import Rule


def rules_frame(
    rules: "Mapping[str, Rule]", not_run: Mapping[str, str], texts: Texts
) -> pl.DataFrame:
    """Give the rule register of a round, one row a rule, with the columns of `tables.RULES`.

    Args:
        rules: All rules by id.
        not_run: Id of each rule that did not run → why (Chinese).
        texts: The declared texts that the rules cite.
    """
    rows = [
        {
            "rule_id": rule.id,
            "title": rule.title,
            "question": rule.question,
            "source_text": source_text(rule.source, texts),
            "level": rule.level,
            "direction": rule.direction,
            "severity": rule.severity,
            "left_side": rule.left,
            "right_side": rule.right,
            "needs": "、".join(rule.needs),
            "gate": "、".join(rule.gate),
            "spares": "、".join(rule.spares),
            "flags": "、".join(rule.flags),
            "disagree_says": rule.findings.get("disagree"),
            "not_found_says": rule.findings.get("not_found"),
            "rule_group": rule.group,
            "parameter_keys": "、".join(sorted(rule.asks)),
            "likely_innocent_reasons": "、".join(rule.innocent),
            "verify_with": rule.verify_with,
            "ran": rule.id not in not_run,
            "why_not_run": not_run.get(rule.id),
            "query": rule.sql.strip(),
        }
        for rule in rules.values()
    ]
    return pl.DataFrame(rows, schema=dict(RULES))


def parameters_frame(parameters: Parameters) -> pl.DataFrame:
    """Give the parameters in force, one row a key, with the columns of `tables.PARAMETERS`."""
    rows = [
        {
            "key": parameter.key,
            "value": json.dumps(parameter.value, ensure_ascii=False, default=str),
            "unit": parameter.unit,
            "source_text": parameter.source,
            "note": parameter.note,
            "place": parameter.place,
            "valid_from": parameter.valid_from,
            "valid_to": parameter.valid_to,
        }
        for parameter in parameters.all()
    ]
    return pl.DataFrame(rows, schema=dict(PARAMETERS))
