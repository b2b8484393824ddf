"""Standardise: each dataset's rows typed, and judged as a whole against its contract."""

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import dagster as dg
import polars as pl

from assets.describe import (
    LAZY,
    OFFICERS,
    Frames,
    LazyFrames,
    column_schema,
    dataset_out,
    preview,
    table,
    worst_reasons,
)
from assets.intake import INBOX, rows_key
from assets.partition import COUNTY_ROUND, Slice, slice_of
from pipelines import frames
from pipelines.contracts import Contract, Contracts
from pipelines.corrections.apply import FAILED, apply_corrections
from pipelines.corrections.source_errors import source_errors
from pipelines.home import Home
from pipelines.intake.deliveries import STATES, next_due_day
from pipelines.standardise.datasets import VILLAGES, each_dataset
from pipelines.standardise.divisions import Divisions, build_divisions
from pipelines.standardise.standardise import Clean, standardise
from pipelines.standardise.totals import size_doubts

JUDGEMENT = dg.AssetKey(["judgement"])
QUARANTINE = dg.AssetKey(["quarantine"])
CORRECTIONS = dg.AssetKey(["corrections"])

_READ = ("records", "replaced", "units", "stated", "quarantine")
"""Of a dataset's rows, the frames that are read here: not how the rows stood."""
_FIGURES = {
    "element_count": "检查的行",
    "unexpected_count": "不合要求的行",
    "unexpected_percent": "不合要求占百分之",
    "observed_value": "实际",
}


class _Cleaned(NamedTuple):
    """One dataset's share of the step, without the rows that it was made from."""

    records: int
    """So many rows came."""
    done: Clean
    corrections: pl.DataFrame
    """CORRECTIONS."""
    quarantine: pl.DataFrame
    """QUARANTINE of intake and standardising, with what the list says of its own size and its rows
    do not bear out."""
    wrong: pl.DataFrame
    """SOURCE_ERRORS."""


def clean_key(contract: Contract) -> dg.AssetKey:
    """Give the key of a dataset's clean frame."""
    return dg.AssetKey(["clean", contract.department, contract.name])


def check_name(index: int, expect: str, column: str | None) -> str:
    """Give a check's name in Dagster, unique in its asset."""
    what = expect.removeprefix("column_").removeprefix("values_").removeprefix("to_")
    return "_".join(part for part in (f"e{index + 1:02}", column, what) if part)


def clean_assets(contracts: Contracts) -> list[dg.AssetsDefinition]:
    """Build the step that gives every clean dataset, its checks, and all verdicts together."""
    outs = {contract.table: _out(contract) for contract in contracts.values()}
    outs["judgement"] = dg.AssetOut(
        key=JUDGEMENT,
        group_name="intake",
        kinds={"greatexpectations"},
        owners=OFFICERS,
        description="各名单整体检查的结论；关键检查不过的名单视同未收到。",
    )
    outs["quarantine"] = dg.AssetOut(
        key=QUARANTINE,
        group_name="intake",
        kinds={"polars"},
        owners=OFFICERS,
        description="搁置：不能使用的行和值，每条都写明原因和改法。",
        metadata={"dagster/column_schema": column_schema(frames.QUARANTINE, "quarantine")},
    )
    outs["corrections"] = dg.AssetOut(
        key=CORRECTIONS,
        group_name="intake",
        kinds={"polars"},
        owners=OFFICERS,
        description="更正和来源差错：按县里的更正改了什么，各部门的名单有哪些地方要改。",
        metadata={"dagster/column_schema": column_schema(frames.CORRECTIONS, "corrections")},
    )

    @dg.multi_asset(
        name="clean",
        ins={
            "inbox": dg.AssetIn(INBOX),
            **{c.table: dg.AssetIn(rows_key(c), metadata=LAZY) for c in contracts.values()},
        },
        outs=outs,
        internal_asset_deps=_deps(contracts),
        check_specs=[spec for contract in contracts.values() for spec in _specs(contract)],
        partitions_def=COUNTY_ROUND,
    )
    def clean(
        context: dg.AssetExecutionContext,
        home: dg.ResourceParam[Home],
        inbox: Frames,
        **rows: LazyFrames,
    ):
        from expectations.validation import judge  # brings Great Expectations: seconds to import

        at = slice_of(context)
        aliases, known_errors = home.declared.alias_files, home.declared.corrections
        judged, aside, mended, wrong = {}, {}, {}, {}

        def cleaned(contract: Contract, divisions: Divisions | None) -> _Cleaned:
            read = {name: rows[contract.table][name].collect() for name in _READ}
            records, units = read["records"], dict(read["units"].iter_rows())
            corrected = apply_corrections(records, contract, known_errors, at.county, at.round_)
            done = corrected.around(
                standardise(corrected.records, contract, divisions, units, at.round_)
            )
            corrected = corrected.judged(done)
            written = pl.concat([records, read["replaced"]])
            sizes = size_doubts(written, read["stated"], contract, units)
            found = pl.concat([read["quarantine"], done.quarantine, sizes])
            return _Cleaned(
                records=records.height,
                done=done,
                corrections=corrected.corrections,
                quarantine=found,
                wrong=source_errors(contract, records, found, corrected),
            )

        def gazetteer(villages: _Cleaned) -> Divisions:
            return build_divisions(villages.done.frame, aliases, at.round_)

        used = inbox["sheets"].filter("used").group_by("dataset").agg(pl.sum("rows_accepted"))
        for contract, one in each_dataset(contracts, cleaned, gazetteer, dict(used.iter_rows())):
            judgement = judge(one.done.frame, contract, one.done.quarantine)
            judged[contract.dataset] = judgement
            mended[contract.dataset] = one.corrections
            aside[contract.dataset] = one.quarantine
            wrong[contract.dataset] = one.wrong
            yield _output(contract, one.done.frame, one.quarantine)
            yield _nothing_lost(contract, one)
            yield _fresh(contract, inbox["deliveries"], at)
            yield _corrections_apply(contract, one.corrections, at)
            yield from verdicts(contract, judgement)
        # In the contracts' order, however large each list was.
        judgement, found, corrections, errors = (
            pl.concat(of[name] for name in contracts) for of in (judged, aside, mended, wrong)
        )
        quarantine = pl.concat([inbox["quarantine"], found])
        yield dg.Output({"judgement": judgement}, output_name="judgement")
        yield dg.Output({"quarantine": quarantine}, output_name="quarantine")
        yield dg.Output(
            {"corrections": corrections, "source_errors": errors}, output_name="corrections"
        )

    return [clean]


def _deps(contracts: Contracts) -> dict[str, set[dg.AssetKey]]:
    """What each output really comes from: its own rows, the villages, the deliveries."""
    villages = rows_key(contracts[VILLAGES])
    deps = {c.table: {rows_key(c), villages, INBOX} for c in contracts.values()}
    everything = {INBOX, *(rows_key(c) for c in contracts.values())}
    return deps | dict.fromkeys(("judgement", "quarantine", "corrections"), everything)


def _out(contract: Contract) -> dg.AssetOut:
    schema = frames.clean_schema(contract)
    says = f"规范后的值，原文在旁。{contract.description}"
    key = clean_key(contract)
    return dataset_out(contract, key, "standardise", "greatexpectations", schema, says)


def _specs(contract: Contract) -> list[dg.AssetCheckSpec]:
    key = clean_key(contract)
    expectations = [
        dg.AssetCheckSpec(
            check_name(index, declared.expect, declared.column),
            asset=key,
            description=f"不通过即：{declared.says}",
            metadata={
                "不通过时": "本期视同未收到此名单；只差一行的只作提醒"
                if declared.critical
                else "只作提醒"
            },
        )
        for index, declared in enumerate(contract.expectations)
    ]
    return [
        dg.AssetCheckSpec("nothing_lost", asset=key, blocking=True, description="行数闭合"),
        dg.AssetCheckSpec(
            "fresh",
            asset=key,
            description=f"{contract.delivery.says}；按名单的截止日期判断，重跑旧名单不算新。",
        ),
        dg.AssetCheckSpec(
            "corrections_apply",
            asset=key,
            description="县里的更正都用得上；用不上的不改任何值，名单照原文使用。",
        ),
        *expectations,
    ]


def _output(contract: Contract, frame: pl.DataFrame, quarantine: pl.DataFrame) -> dg.Output:
    return dg.Output(
        {"frame": frame},
        output_name=contract.table,
        metadata={
            "dagster/row_count": frame.height,
            "预览": preview(frame, contract),
            "搁置原因": worst_reasons(quarantine),
        },
    )


def _nothing_lost(contract: Contract, one: _Cleaned) -> dg.AssetCheckResult:
    aside = one.done.quarantine.filter(pl.col("scope") == "row")["record_id"].n_unique()
    kept = one.done.frame.height
    return dg.AssetCheckResult(
        asset_key=clean_key(contract),
        check_name="nothing_lost",
        passed=one.records == kept + aside,
        metadata={"读入": one.records, "采用": kept, "搁置": aside},
    )


def _fresh(contract: Contract, deliveries: pl.DataFrame, at: Slice) -> dg.AssetCheckResult:
    """Judge by the as-of date of what came, against the last due day before the round."""
    own = deliveries.filter(pl.col("dataset") == contract.dataset)
    late = own.filter(pl.col("state").is_in(["missing", "stale"]))
    owing = late.select("scope", "state").head(10).iter_rows()
    return dg.AssetCheckResult(
        asset_key=clean_key(contract),
        check_name="fresh",
        passed=late.is_empty() and not own.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{at.county}，{at.round_} 期："
        + ("已按期" if late.is_empty() else "、".join(f"{s}{STATES[w]}" for s, w in owing)),
        metadata={
            "报送": contract.delivery.says,
            "下次应到": next_due_day(contract.delivery, at.round_).isoformat(),
            "报送情况": table(
                own.with_columns(pl.col("state").replace(STATES)),
                ["scope", "due", "arrived", "as_of", "days_late", "state"],
                of="deliveries",
            ),
        },
    )


def _corrections_apply(
    contract: Contract, corrections: pl.DataFrame, at: Slice
) -> dg.AssetCheckResult:
    failed = corrections.filter(pl.col("state").is_in(list(FAILED)))
    used = corrections.filter(pl.col("state") == "applied")
    return dg.AssetCheckResult(
        asset_key=clean_key(contract),
        check_name="corrections_apply",
        passed=failed.is_empty(),
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{at.county}，{at.round_} 期："
        + ("；".join(failed["message"]) or "没有用不上的更正"),
        metadata={
            "用上的更正": used["correction_id"].n_unique(),
            "改动的行": used["record_id"].n_unique(),
            "用不上的更正": failed.height,
        },
    )


def verdicts(contract: Contract, judgement: pl.DataFrame) -> Iterator[dg.AssetCheckResult]:
    """One result an expectation; an empty list passes here, its absence is the gates' business."""
    rows = judgement.to_dicts() or [
        {"success": True, "critical": False, "observed": "{}", "says": None}
        for _ in contract.expectations
    ]
    severities = {True: dg.AssetCheckSeverity.ERROR, False: dg.AssetCheckSeverity.WARN}
    for index, (declared, row) in enumerate(zip(contract.expectations, rows, strict=True)):
        yield dg.AssetCheckResult(
            asset_key=clean_key(contract),
            check_name=check_name(index, declared.expect, declared.column),
            passed=row["success"],
            severity=severities[row["critical"]],
            description=_outcome(row),
            metadata={_FIGURES[k]: v for k, v in json.loads(row["observed"]).items()},
        )


def _outcome(row: Mapping[str, object]) -> str:
    if row["says"] is None:
        return "本期未收到此名单，不作判断"
    return "通过" if row["success"] else str(row["says"])
