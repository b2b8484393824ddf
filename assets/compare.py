"""Compare: coverage, village status, and the rules set against every list of the county."""

import datetime as dt
from importlib.metadata import version

import dagster as dg
import polars as pl

from assets.clean import JUDGEMENT
from assets.describe import LAZY, OFFICERS, Frames, LazyFrames, column_schema, table
from assets.intake import INBOX
from assets.links import POPULATION, linked_key
from assets.partition import COUNTY_ROUND, slice_of
from pipelines import frames
from pipelines.compare.compare import Compared, CompareInputs, compare
from pipelines.compare.coverage import coverage
from pipelines.compare.evidence import OF_LINKS
from pipelines.contracts import Contracts
from pipelines.home import Home
from pipelines.intake.inbox import inbox_counties
from pipelines.villages.status import OF_VILLAGES, village_status
from pipelines.warehouse.history import read_history

COVERAGE = dg.AssetKey(["coverage"])
VILLAGE_STATUS = dg.AssetKey(["village_status"])
COMPARISON = dg.AssetKey(["comparison"])


def compare_assets(contracts: Contracts) -> list[dg.AssetsDefinition]:
    """Build the step that looks at all lists at once."""
    everything = {INBOX, POPULATION, *(linked_key(c) for c in contracts.values())}

    @dg.multi_asset(
        name="compare",
        ins={
            "inbox": dg.AssetIn(INBOX),
            "judgement": dg.AssetIn(JUDGEMENT),
            "population": dg.AssetIn(POPULATION),
            **linked_inputs(contracts),
        },
        outs={
            "coverage": dg.AssetOut(
                key=COVERAGE,
                group_name="compare",
                kinds={"polars"},
                owners=OFFICERS,
                description="覆盖：每个名单对每个村本期能不能作为“对方名单未见”的依据。",
                metadata={"dagster/column_schema": column_schema(frames.COVERAGE, "coverage")},
            ),
            "village_status": dg.AssetOut(
                key=VILLAGE_STATUS,
                group_name="villages",
                kinds={"polars"},
                owners=OFFICERS,
                description="村：空白村、零变化村，按已知情况应有多少监测户，没有是否意外。",
                metadata={
                    "dagster/column_schema": column_schema(frames.VILLAGE_STATUS, "village_status")
                },
            ),
            "comparison": dg.AssetOut(
                key=COMPARISON,
                group_name="compare",
                kinds={"duckdb", "sql"},
                owners=OFFICERS,
                description="比对：每条规则问它所涉及的每个对象：一致、不一致、未见、未比对。",
                metadata={
                    "dagster/column_schema": column_schema(frames.DISCREPANCIES, "discrepancies")
                },
            ),
        },
        internal_asset_deps={
            "coverage": everything | {JUDGEMENT},
            "village_status": everything | {COVERAGE},
            "comparison": everything | {COVERAGE, VILLAGE_STATUS},
        },
        check_specs=[
            dg.AssetCheckSpec(
                "every_rule_ran", asset=COMPARISON, description="没有因参数未设置而未运行的规则"
            )
        ],
        partitions_def=COUNTY_ROUND,
    )
    def compared(
        context: dg.AssetExecutionContext,
        home: dg.ResourceParam[Home],
        inbox: Frames,
        judgement: Frames,
        population: Frames,
        **lists: LazyFrames,
    ):
        county, round_ = slice_of(context)
        declared = home.declared
        parameters = declared.parameters.lookup(county, round_)
        before = read_history(home, county, round_)
        linked = linked_frames(contracts, lists)
        candidates = of_all_lists(contracts, lists, "candidates").collect()
        covered = coverage(
            contracts,
            linked,
            inbox["sheets"],
            population["villages"],
            before.coverage,
            _failures(judgement["judgement"]),
            parameters,
            county,
            round_,
            population["households"],
        )
        states = covered.group_by("dataset", "state").len("村").sort("dataset", "state")
        yield dg.Output(
            {"coverage": covered},
            output_name="coverage",
            metadata={
                "dagster/row_count": covered.height,
                "各名单能否为凭": table(states, ["dataset", "state", "村"], "coverage", 100),
            },
        )
        status = village_status(
            county=county,
            round_=round_,
            persons=population["persons"],
            households=population["households"],
            villages=population["villages"],
            linked={name: linked[name].collect() for name in OF_VILLAGES if name in linked},
            coverage=covered,
            before=before.village_status,
            candidates=candidates,
            parameters=parameters,
        )
        yield dg.Output(
            {"village_status": status},
            output_name="village_status",
            metadata={
                "dagster/row_count": status.height,
                "空白村": status.filter("blank").height,
                "零变化村": status.filter("zero_change").height,
                "未比对的村": status.filter(~pl.col("compared")).height,
            },
        )
        found = compare(
            CompareInputs(
                county=county,
                round_=round_,
                contracts=contracts,
                linked=linked,
                links=of_all_lists(contracts, lists, "links").select(OF_LINKS),
                candidates=candidates,
                persons=population["persons"],
                households=population["households"],
                villages=population["villages"],
                former_persons=population["former_persons"],
                village_status=status,
                coverage=covered,
                sheets=inbox["sheets"],
                county_names=_names(home, county),
                rules=declared.rules,
                parameters=parameters,
                followed=read_history(home, county, dt.date.max).discrepancies["case_id"],
                software=version("bidui"),
            )
        )
        yield from _found(found)

    return [compared]


def linked_inputs(contracts: Contracts) -> dict[str, dg.AssetIn]:
    """Give one input a dataset, named by its table, for its linked frames, to be read."""
    return {c.table: dg.AssetIn(linked_key(c), metadata=LAZY) for c in contracts.values()}


def linked_frames(contracts: Contracts, lists: dict[str, LazyFrames]) -> dict[str, pl.LazyFrame]:
    """Give dataset → linked frame from the inputs of `linked_inputs`."""
    return {name: lists[c.table]["frame"] for name, c in contracts.items()}


def of_all_lists(contracts: Contracts, lists: dict[str, LazyFrames], name: str) -> pl.LazyFrame:
    """Give one frame of all datasets together: ``links``, ``candidates``."""
    return pl.concat([lists[c.table][name] for c in contracts.values()])


def _names(home: Home, county: str) -> tuple[str, ...]:
    """How the county is called: in the settings, and by its inbox folder."""
    said = (home.settings.county_names.get(county), inbox_counties(home).get(county))
    return tuple(name for name in said if name)


def _failures(judgement: pl.DataFrame) -> dict[str, str]:
    """Dataset to the reason why it counts as not delivered."""
    from expectations.validation import failure  # brings Great Expectations: seconds to import

    by_dataset = judgement.partition_by("dataset", as_dict=True)
    reasons = {str(dataset): failure(own) for (dataset,), own in by_dataset.items()}
    return {dataset: reason for dataset, reason in reasons.items() if reason}


def _found(found: Compared):
    by_rule = found.comparisons.group_by("rule_id").agg(
        pl.sum("subjects", "agree", "disagree", "not_found", "not_compared")
    )
    yield dg.Output(
        {
            "comparisons": found.comparisons,
            "discrepancies": found.discrepancies,
            "subjects": found.subjects,
            "rules_not_run": found.rules_not_run,
            "rule_runs": found.rule_runs,
        },
        output_name="comparison",
        metadata={
            "dagster/row_count": found.discrepancies.height,
            "各规则": table(by_rule.sort("rule_id"), by_rule.columns, "comparisons", 100),
        },
    )
    yield dg.AssetCheckResult(
        asset_key=COMPARISON,
        check_name="every_rule_ran",
        passed=found.rules_not_run.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        description="规则都运行了"
        if found.rules_not_run.is_empty()
        else f"{found.rules_not_run.height} 条规则因参数未设置而未运行",
        metadata={"未运行": table(found.rules_not_run, found.rules_not_run.columns, "rules")},
    )
