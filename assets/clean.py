"""Standardise: each dataset's rows typed, and judged as a whole against its contract."""

import dagster as dg
import polars as pl

from assets.describe import Frames, column_schema, contract_titles, table, worst_reasons
from assets.intake import INBOX, rows_key
from assets.partition import COUNTY_ROUND
from expectations.validation import judge
from pipelines import frames
from pipelines.contracts import Contract, Contracts
from pipelines.home import Home

VILLAGES = "roster.villages"
"""The dataset that every other one's villages are resolved against."""


def clean_key(contract: Contract) -> dg.AssetKey:
    """Give the key of a dataset's clean frame."""
    return dg.AssetKey(["clean", contract.department, contract.dataset.split(".")[1]])


def clean_assets(contracts: Contracts) -> list[dg.AssetsDefinition]:
    """Build one clean asset a dataset, with its contract's expectations as asset checks."""
    return [_clean(contract, contracts[VILLAGES]) for contract in contracts.values()]


def check_name(index: int, expect: str, column: str | None) -> str:
    """Give a check's name in Dagster, unique in its asset."""
    return "_".join(part for part in (f"e{index + 1:02}", expect, column) if part)


def _specs(contract: Contract) -> list[dg.AssetCheckSpec]:
    key = clean_key(contract)
    expectations = [
        dg.AssetCheckSpec(
            check_name(index, declared.expect, declared.column),
            asset=key,
            description=declared.says,
            metadata={"critical": declared.critical},
        )
        for index, declared in enumerate(contract.expectations)
    ]
    return [
        dg.AssetCheckSpec("nothing_lost", asset=key, blocking=True, description="行数闭合"),
        dg.AssetCheckSpec(
            "fresh",
            asset=key,
            description=f"每{_EVERY[contract.delivery.every]} {contract.delivery.due_day} 日前报送"
            "（按名单截止日期判断，不按重跑时间）",
        ),
        *expectations,
    ]


_EVERY = {"week": "周", "month": "月", "quarter": "季度首月", "year": "年初月"}


def _clean(contract: Contract, villages: Contract) -> dg.AssetsDefinition:
    key = clean_key(contract)
    ins = {"rows": dg.AssetIn(rows_key(contract)), "inbox": dg.AssetIn(INBOX)}
    if contract.dataset != VILLAGES:
        ins["villages"] = dg.AssetIn(clean_key(villages))

    @dg.asset(
        key=key,
        ins=ins,
        partitions_def=COUNTY_ROUND,
        group_name=contract.department,
        kinds={"polars", "greatexpectations"},
        owners=[f"team:{contract.department.replace('_', '-')}"],
        tags={"stage": "standardise", "grain": contract.grain, "nature": contract.nature},
        description=f"{contract.title}：规范后的值，原文在旁。{contract.description}",
        check_specs=_specs(contract),
        metadata={
            "dagster/column_schema": column_schema(
                frames.clean_schema(contract), contract_titles(contract)
            )
        },
    )
    def clean(home: dg.ResourceParam[Home], **upstream: Frames):
        from pipelines.standardise.divisions import build_divisions
        from pipelines.standardise.standardise import standardise

        rows = upstream["rows"]
        known = upstream["villages"]["frame"] if "villages" in upstream else None
        divisions = build_divisions(known, home.declared.alias_files)
        units = dict(rows["units"].iter_rows())
        done = standardise(rows["records"], contract, divisions, units)
        judgement = judge(done.frame, contract)
        aside = done.quarantine.filter(pl.col("scope") == "row")["record_id"].n_unique()
        yield dg.Output(
            {"frame": done.frame, "quarantine": done.quarantine, "judgement": judgement},
            metadata={
                "dagster/row_count": done.frame.height,
                "worst_reasons": table(
                    worst_reasons(done.quarantine),
                    ["scope", "column_name", "reason_code", "rows", "reason"],
                ),
            },
        )
        yield dg.AssetCheckResult(
            check_name="nothing_lost",
            passed=rows["records"].height == done.frame.height + aside,
            metadata={"in": rows["records"].height, "accepted": done.frame.height, "aside": aside},
        )
        yield _fresh(upstream["inbox"]["deliveries"], contract)
        yield from _verdicts(judgement, contract)

    return clean


def _fresh(deliveries: pl.DataFrame, contract: Contract) -> dg.AssetCheckResult:
    own = deliveries.filter(pl.col("dataset") == contract.dataset)
    late = own.filter(pl.col("state").is_in(["missing", "stale"]))
    return dg.AssetCheckResult(
        check_name="fresh",
        passed=late.is_empty() and not own.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"deliveries": table(own, ["scope", "due", "arrived", "as_of", "state"])},
    )


def _verdicts(judgement: pl.DataFrame, contract: Contract) -> list[dg.AssetCheckResult]:
    """One result an expectation; an empty list passes here, its absence is the gates' business."""
    rows = judgement.to_dicts() or [
        {"success": True, "observed": "{}", "says": "本期未收到此名单"}
        for _ in contract.expectations
    ]
    return [
        dg.AssetCheckResult(
            check_name=check_name(index, declared.expect, declared.column),
            passed=row["success"],
            severity=dg.AssetCheckSeverity.ERROR
            if declared.critical
            else dg.AssetCheckSeverity.WARN,
            description=row["says"],
            metadata={"observed": row["observed"]},
        )
        for index, (declared, row) in enumerate(zip(contract.expectations, rows, strict=True))
    ]
