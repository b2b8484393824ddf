"""Compare: coverage, village status, and the rules set against every list of the county."""

from importlib.metadata import version

import dagster as dg
import polars as pl

from assets.clean import clean_key
from assets.describe import Frames, column_schema, table
from assets.intake import INBOX
from assets.links import POPULATION, linked_key
from assets.partition import COUNTY_ROUND, slice_of
from expectations.validation import failure
from pipelines import frames
from pipelines.contracts import Contracts
from pipelines.home import Home

COVERAGE = dg.AssetKey(["coverage"])
VILLAGE_STATUS = dg.AssetKey(["village_status"])
COMPARISON = dg.AssetKey(["comparison"])

_OFFICERS = ["team:data-officers"]


def compare_assets(contracts: Contracts) -> list[dg.AssetsDefinition]:
    """Build the assets that look at all lists at once."""
    return [_coverage(contracts), _village_status(contracts), _comparison(contracts)]


def linked_inputs(contracts: Contracts) -> dict[str, dg.AssetIn]:
    """Give one input a dataset, named by its table, for its linked frames."""
    return {c.table: dg.AssetIn(linked_key(c)) for c in contracts.values()}


def linked_frames(contracts: Contracts, upstream: dict[str, Frames]) -> dict[str, pl.DataFrame]:
    """Give dataset → linked frame from the inputs of `linked_inputs`."""
    return {name: upstream[c.table]["frame"] for name, c in contracts.items()}


def candidates(contracts: Contracts, upstream: dict[str, Frames]) -> pl.DataFrame:
    """Give the unsettled records' candidates of all datasets."""
    return pl.concat([upstream[c.table]["candidates"] for c in contracts.values()])


def _coverage(contracts: Contracts) -> dg.AssetsDefinition:
    judged = {f"clean_{c.table}": dg.AssetIn(clean_key(c)) for c in contracts.values()}

    @dg.asset(
        key=COVERAGE,
        ins={
            "inbox": dg.AssetIn(INBOX),
            "population": dg.AssetIn(POPULATION),
            **linked_inputs(contracts),
            **judged,
        },
        partitions_def=COUNTY_ROUND,
        group_name="compare",
        kinds={"polars"},
        owners=_OFFICERS,
        description="覆盖：每个名单对每个村本期能不能作为“对方名单未见”的依据。",
        metadata={"dagster/column_schema": column_schema(frames.COVERAGE)},
    )
    def coverage(
        context: dg.AssetExecutionContext, home: dg.ResourceParam[Home], **upstream: Frames
    ):
        from pipelines.compare.coverage import coverage
        from pipelines.warehouse.history import read_history

        county, round_ = slice_of(context)
        reasons = {
            name: failure(upstream[f"clean_{c.table}"]["judgement"])
            for name, c in contracts.items()
        }
        covered = coverage(
            contracts,
            linked_frames(contracts, upstream),
            upstream["inbox"]["sheets"],
            upstream["population"]["villages"],
            read_history(home, county, round_).coverage,
            {name: reason for name, reason in reasons.items() if reason},
            home.declared.parameters.lookup(county, round_),
            county,
            round_,
            upstream["population"]["households"],
        )
        states = covered.group_by("dataset", "state").len("villages").sort("dataset", "state")
        yield dg.Output(
            {"coverage": covered},
            metadata={
                "dagster/row_count": covered.height,
                "states": table(states, ["dataset", "state", "villages"], rows=100),
            },
        )

    return coverage


def _village_status(contracts: Contracts) -> dg.AssetsDefinition:
    @dg.asset(
        key=VILLAGE_STATUS,
        ins={
            "population": dg.AssetIn(POPULATION),
            "coverage": dg.AssetIn(COVERAGE),
            **linked_inputs(contracts),
        },
        partitions_def=COUNTY_ROUND,
        group_name="villages",
        kinds={"polars"},
        owners=_OFFICERS,
        description="村：空白村、零变化村，按已知情况应有多少监测户，没有是否意外。",
        metadata={"dagster/column_schema": column_schema(frames.VILLAGE_STATUS)},
    )
    def village_status_asset(
        context: dg.AssetExecutionContext, home: dg.ResourceParam[Home], **upstream: Frames
    ):
        from pipelines.villages.status import village_status
        from pipelines.warehouse.history import read_history

        county, round_ = slice_of(context)
        population = upstream["population"]
        status = village_status(
            county=county,
            round_=round_,
            persons=population["persons"],
            households=population["households"],
            villages=population["villages"],
            linked=linked_frames(contracts, upstream),
            coverage=upstream["coverage"]["coverage"],
            before=read_history(home, county, round_).village_status,
            candidates=candidates(contracts, upstream),
            parameters=home.declared.parameters.lookup(county, round_),
        )
        yield dg.Output(
            {"village_status": status},
            metadata={
                "dagster/row_count": status.height,
                "blank": status.filter("blank").height,
                "zero_change": status.filter("zero_change").height,
                "not_compared": status.filter(~pl.col("compared")).height,
            },
        )

    return village_status_asset


def _comparison(contracts: Contracts) -> dg.AssetsDefinition:
    @dg.asset(
        key=COMPARISON,
        ins={
            "inbox": dg.AssetIn(INBOX),
            "population": dg.AssetIn(POPULATION),
            "coverage": dg.AssetIn(COVERAGE),
            "village_status": dg.AssetIn(VILLAGE_STATUS),
            **linked_inputs(contracts),
        },
        partitions_def=COUNTY_ROUND,
        group_name="compare",
        kinds={"duckdb", "sql"},
        owners=_OFFICERS,
        description="比对：每条规则问它所涉及的每个对象：一致、不一致、对方名单未见、未比对。",
        check_specs=[
            dg.AssetCheckSpec(
                "every_rule_ran", asset=COMPARISON, description="没有因参数未设置而未运行的规则"
            )
        ],
        metadata={"dagster/column_schema": column_schema(frames.DISCREPANCIES)},
    )
    def comparison(
        context: dg.AssetExecutionContext, home: dg.ResourceParam[Home], **upstream: Frames
    ):
        from pipelines.compare.compare import CompareInputs, compare
        from pipelines.warehouse.history import read_history

        county, round_ = slice_of(context)
        population = upstream["population"]
        compared = compare(
            CompareInputs(
                county=county,
                round_=round_,
                contracts=contracts,
                linked=linked_frames(contracts, upstream),
                links=pl.concat([upstream[c.table]["links"] for c in contracts.values()]),
                candidates=candidates(contracts, upstream),
                persons=population["persons"],
                households=population["households"],
                villages=population["villages"],
                village_status=upstream["village_status"]["village_status"],
                coverage=upstream["coverage"]["coverage"],
                rules=home.declared.rules,
                parameters=home.declared.parameters.lookup(county, round_),
                followed=read_history(home, county).discrepancies["case_id"],
                software=version("bidui"),
            )
        )
        by_rule = compared.comparisons.group_by("rule_id").agg(
            pl.sum("subjects", "agree", "disagree", "not_found", "not_compared")
        )
        yield dg.Output(
            {
                "comparisons": compared.comparisons,
                "discrepancies": compared.discrepancies,
                "subjects": compared.subjects,
                "rules_not_run": compared.rules_not_run,
                "rule_runs": compared.rule_runs,
            },
            metadata={
                "dagster/row_count": compared.discrepancies.height,
                "by_rule": table(by_rule.sort("rule_id"), by_rule.columns, rows=100),
            },
        )
        yield dg.AssetCheckResult(
            check_name="every_rule_ran",
            passed=compared.rules_not_run.is_empty(),
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"not_run": table(compared.rules_not_run, compared.rules_not_run.columns)},
        )

    return comparison
