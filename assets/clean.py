"""Standardise: each dataset's rows typed, and judged as a whole against its contract."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.describe import Frames, column_schema, dataset_out, table, worst_reasons
from assets.intake import INBOX, rows_key
from assets.partition import COUNTY_ROUND
from expectations.validation import judge
from pipelines import frames
from pipelines.contracts import Contract, Contracts
from pipelines.home import Home
from pipelines.standardise.divisions import build_divisions
from pipelines.standardise.standardise import standardise

VILLAGES = "roster.villages"
"""The dataset that every other one's villages are resolved against, so it comes first."""

JUDGEMENT = dg.AssetKey(["judgement"])
QUARANTINE = dg.AssetKey(["quarantine"])

_EVERY = {"week": "周", "month": "月", "quarter": "季度首月", "year": "年初月"}


def clean_key(contract: Contract) -> dg.AssetKey:
    """Give the key of a dataset's clean frame."""
    return dg.AssetKey(["clean", contract.department, contract.name])


def check_name(index: int, expect: str, column: str | None) -> str:
    """Give a check's name in Dagster, unique in its asset."""
    return "_".join(part for part in (f"e{index + 1:02}", expect, column) if part)


def clean_assets(contracts: Contracts) -> list[dg.AssetsDefinition]:
    """Build the step that gives every clean dataset, its checks, and all verdicts together."""
    outs = {contract.table: _out(contract) for contract in contracts.values()}
    outs["judgement"] = dg.AssetOut(
        key=JUDGEMENT,
        group_name="intake",
        kinds={"greatexpectations"},
        owners=["team:data-officers"],
        description="各名单整体检查的结论；关键检查不过的名单视同未收到。",
    )
    outs["quarantine"] = dg.AssetOut(
        key=QUARANTINE,
        group_name="intake",
        kinds={"polars"},
        owners=["team:data-officers"],
        description="搁置：不能使用的行和值，每条都写明原因和改法。",
        metadata={"dagster/column_schema": column_schema(frames.QUARANTINE)},
    )

    @dg.multi_asset(
        name="clean",
        ins={
            "inbox": dg.AssetIn(INBOX),
            **{c.table: dg.AssetIn(rows_key(c)) for c in contracts.values()},
        },
        outs=outs,
        internal_asset_deps=_deps(contracts),
        check_specs=[spec for contract in contracts.values() for spec in _specs(contract)],
        partitions_def=COUNTY_ROUND,
    )
    def clean(home: dg.ResourceParam[Home], inbox: Frames, **rows: Frames):
        aliases = home.declared.alias_files
        judged, aside = [], [inbox["quarantine"]]
        divisions = build_divisions(None, aliases)
        for contract in sorted(contracts.values(), key=lambda c: c.dataset != VILLAGES):
            read = rows[contract.table]
            units = dict(read["units"].iter_rows())
            done = standardise(read["records"], contract, divisions, units)
            if contract.dataset == VILLAGES:
                divisions = build_divisions(done.frame, aliases)
            judgement = judge(done.frame, contract, done.quarantine)
            judged.append(judgement)
            aside += [read["quarantine"], done.quarantine]
            yield _output(contract, done.frame, done.quarantine)
            yield _nothing_lost(contract, read["records"], done.frame, done.quarantine)
            yield _fresh(contract, inbox["deliveries"])
            yield from _verdicts(contract, judgement)
        yield dg.Output({"judgement": pl.concat(judged)}, output_name="judgement")
        yield dg.Output({"quarantine": pl.concat(aside)}, output_name="quarantine")

    return [clean]


def _deps(contracts: Contracts) -> dict[str, set[dg.AssetKey]]:
    """What each output really comes from: its own rows, the villages, the deliveries."""
    villages = rows_key(contracts[VILLAGES])
    deps = {c.table: {rows_key(c), villages, INBOX} for c in contracts.values()}
    everything = {INBOX, *(rows_key(c) for c in contracts.values())}
    return deps | {"judgement": everything, "quarantine": everything}


def _out(contract: Contract) -> dg.AssetOut:
    schema = frames.clean_schema(contract)
    says = f"规范后的值，原文在旁。{contract.description}"
    key = clean_key(contract)
    return dataset_out(contract, key, "standardise", "greatexpectations", schema, says)


def _specs(contract: Contract) -> list[dg.AssetCheckSpec]:
    key = clean_key(contract)
    due = f"每{_EVERY[contract.delivery.every]} {contract.delivery.due_day} 日前报送"
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
            "fresh", asset=key, description=f"{due}（按名单截止日期判断，不按重跑时间）"
        ),
        *expectations,
    ]


def _output(contract: Contract, frame: pl.DataFrame, quarantine: pl.DataFrame) -> dg.Output:
    return dg.Output(
        {"frame": frame},
        output_name=contract.table,
        metadata={
            "dagster/row_count": frame.height,
            "worst_reasons": table(
                worst_reasons(quarantine),
                ["scope", "column_name", "reason_code", "rows", "reason"],
            ),
        },
    )


def _nothing_lost(
    contract: Contract, records: pl.DataFrame, frame: pl.DataFrame, quarantine: pl.DataFrame
) -> dg.AssetCheckResult:
    aside = quarantine.filter(pl.col("scope") == "row")["record_id"].n_unique()
    return dg.AssetCheckResult(
        asset_key=clean_key(contract),
        check_name="nothing_lost",
        passed=records.height == frame.height + aside,
        metadata={"in": records.height, "accepted": frame.height, "aside": aside},
    )


def _fresh(contract: Contract, deliveries: pl.DataFrame) -> dg.AssetCheckResult:
    own = deliveries.filter(pl.col("dataset") == contract.dataset)
    late = own.filter(pl.col("state").is_in(["missing", "stale"]))
    return dg.AssetCheckResult(
        asset_key=clean_key(contract),
        check_name="fresh",
        passed=late.is_empty() and not own.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"deliveries": table(own, ["scope", "due", "arrived", "as_of", "state"])},
    )


def _verdicts(contract: Contract, judgement: pl.DataFrame) -> Iterator[dg.AssetCheckResult]:
    """One result an expectation; an empty list passes here, its absence is the gates' business."""
    rows = judgement.to_dicts() or [
        {"success": True, "observed": "{}", "says": "本期未收到此名单"}
        for _ in contract.expectations
    ]
    severities = {True: dg.AssetCheckSeverity.ERROR, False: dg.AssetCheckSeverity.WARN}
    for index, (declared, row) in enumerate(zip(contract.expectations, rows, strict=True)):
        yield dg.AssetCheckResult(
            asset_key=clean_key(contract),
            check_name=check_name(index, declared.expect, declared.column),
            passed=row["success"],
            severity=severities[declared.critical],
            description=row["says"],
            metadata={"observed": row["observed"]},
        )
