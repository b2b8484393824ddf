"""Publish: the county's part of the warehouse, then the lists that people receive."""

import datetime as dt
import hashlib
from importlib.metadata import version

import dagster as dg
import polars as pl

from assets.clean import CORRECTIONS, QUARANTINE
from assets.compare import (
    COMPARISON,
    COVERAGE,
    VILLAGE_STATUS,
    linked_frames,
    linked_inputs,
    of_all_lists,
)
from assets.describe import LAZY, OFFICERS, Frames, LazyFrames, column_schema, table
from assets.intake import INBOX, rows_key
from assets.links import LINK_ESTIMATES, POPULATION
from assets.partition import COUNTY_ROUND, slice_of
from assets.retries import retried_on_io
from pipelines import frames
from pipelines.contracts import Contracts
from pipelines.home import Home

WAREHOUSE = dg.AssetKey(["warehouse"])
CASES = dg.AssetKey(["cases"])
LISTS = dg.AssetKey(["lists"])


def publish_assets(contracts: Contracts) -> list[dg.AssetsDefinition]:
    """Build the warehouse with the ledger, and the lists."""
    return [_warehouse(contracts), _lists()]


def _warehouse(contracts: Contracts) -> dg.AssetsDefinition:
    upstream = {
        "inbox": INBOX,
        "quarantine": QUARANTINE,
        "corrections": CORRECTIONS,
        "population": POPULATION,
        "link_estimates": LINK_ESTIMATES,
        "coverage": COVERAGE,
        "village_status": VILLAGE_STATUS,
        "comparison": COMPARISON,
        **{f"rows_{contract.table}": rows_key(contract) for contract in contracts.values()},
    }
    ins = {name: dg.AssetIn(key, metadata=LAZY) for name, key in upstream.items()}
    ins |= linked_inputs(contracts)

    @dg.multi_asset(
        name="warehouse",
        ins=ins,
        outs={
            "warehouse": dg.AssetOut(
                key=WAREHOUSE,
                group_name="publish",
                kinds={"duckdb"},
                owners=OFFICERS,
                description="入库：在旁边写好、核对无误后一次换入 bidui.duckdb。",
            ),
            "cases": dg.AssetOut(
                key=CASES,
                group_name="publish",
                kinds={"polars"},
                owners=OFFICERS,
                description="台账：每个疑点从出现到销号、反弹；与入库同一步，在同一把锁下。",
                metadata={"dagster/column_schema": column_schema(frames.CASES, "cases")},
            ),
        },
        internal_asset_deps={
            "warehouse": {asset.key for asset in ins.values()},
            "cases": {COMPARISON, COVERAGE, INBOX},
        },
        check_specs=[
            dg.AssetCheckSpec(
                "audit",
                asset=WAREHOUSE,
                blocking=True,
                description="发布前核对：库里的数彼此对得上；不通过就不发布，已发布的不动。",
            )
        ],
        partitions_def=COUNTY_ROUND,
        pool="warehouse",
    )
    def warehouse(
        context: dg.AssetExecutionContext,
        home: dg.ResourceParam[Home],
        **upstream: LazyFrames,
    ):
        from pipelines.casework.ledger import fold
        from pipelines.warehouse.audit import AuditError
        from pipelines.warehouse.history import read_ledger
        from pipelines.warehouse.publish import Run, publish

        county, round_ = slice_of(context)
        declared = home.declared
        run = Run(
            run_id=context.run.run_id,
            started_at=dt.datetime.fromtimestamp(
                context.instance.get_run_stats(context.run.run_id).start_time or 0, tz=dt.UTC
            ),
            version=version("bidui"),
            contracts_hash=contracts.hash,
            rules_hash=declared.rules.hash,
            parameters_hash=declared.parameters.lookup(county, round_).hash,
            inputs_hash=_inputs_hash(upstream["inbox"]["sheets"].collect()),
        )
        tables = _tables(contracts, upstream, home, county, round_)
        try:
            with retried_on_io():
                published = publish(home, county, round_, tables, contracts, fold, run)
        except AuditError as error:
            yield _audited(error.failures)
            raise
        counts = pl.DataFrame(
            list(published.rows.items()),
            schema={"表": pl.String, "行数": pl.Int64},
            orient="row",
        )
        yield dg.Output(
            {"published": counts},
            output_name="warehouse",
            metadata={
                "数据库": dg.MetadataValue.path(str(published.path)),
                "dagster/row_count": published.rows.get("discrepancies", 0),
                "各表行数": table(counts, ["表", "行数"], rows=100),
                "说明": "；".join(published.notes) or "无",
            },
        )
        yield _audited([])
        yield _ledger(read_ledger(home, county, round_))

    return warehouse


def _audited(failures: list[str]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=WAREHOUSE,
        check_name="audit",
        passed=not failures,
        description="；".join(failures) or "彼此对得上",
    )


def _ledger(ledger: Frames) -> dg.Output:
    cases, changes = ledger["cases"], ledger["changes"].filter(pl.col("unit") == "条")
    moves = {"new": "新增", "reopened": "反弹", "closed": "销号", "current_open": "在办"}
    by_rule = changes.group_by("rule_id").agg(pl.sum(*moves)).sort("rule_id").rename(moves)
    return dg.Output(
        ledger,
        output_name="cases",
        metadata={
            "dagster/row_count": cases.height,
            **{title: changes[name].sum() for name, title in moves.items()},
            "各规则": table(by_rule, by_rule.columns, rows=100),
        },
    )


def _tables(
    contracts: Contracts, upstream: dict[str, LazyFrames], home: Home, county: str, round_: dt.date
) -> LazyFrames:
    from pipelines.accounting import settle, with_raw_rows
    from pipelines.warehouse.registers import parameters_frame, rules_frame

    declared = home.declared
    comparison = dict(upstream["comparison"])
    not_run = comparison.pop("rules_not_run").select("rule_id", "reason").collect()
    quarantine = upstream["quarantine"]["quarantine"]
    linked = linked_frames(contracts, upstream)
    accepted = pl.concat([frame.select("record_id", "file_id") for frame in linked.values()])
    raw_rows = pl.concat([upstream[f"rows_{c.table}"]["raw_rows"] for c in contracts.values()])
    sheets = settle(upstream["inbox"]["sheets"].collect(), quarantine.collect(), accepted.collect())
    parameters = parameters_frame(declared.parameters.lookup(county, round_))
    return {
        "source_files": sheets.lazy(),
        "deliveries": upstream["inbox"]["deliveries"],
        "quarantine": with_raw_rows(quarantine, raw_rows),
        **upstream["corrections"],
        "raw_rows": raw_rows.join(accepted, on="record_id", how="semi", maintain_order="left"),
        "coverage": upstream["coverage"]["coverage"],
        **upstream["population"],
        "links": of_all_lists(contracts, upstream, "links"),
        "link_candidates": of_all_lists(contracts, upstream, "candidates"),
        "link_estimates": upstream["link_estimates"]["estimates"],
        **comparison,
        "village_status": upstream["village_status"]["village_status"],
        "rules": rules_frame(declared.rules, dict(not_run.iter_rows()), declared.texts).lazy(),
        "parameters": parameters.lazy(),
        **{contracts[name].table: frame for name, frame in linked.items()},
    }


def _inputs_hash(sheets: pl.DataFrame) -> str:
    """SHA-256 over the files that the round used."""
    used = sorted(set(sheets.filter("used")["file_id"].to_list()))
    return hashlib.sha256("\n".join(used).encode()).hexdigest()


def _lists() -> dg.AssetsDefinition:
    @dg.asset(
        key=LISTS,
        deps=[WAREHOUSE],
        partitions_def=COUNTY_ROUND,
        group_name="publish",
        kinds={"excel"},
        owners=OFFICERS,
        description="清单：发给各乡镇、各部门的疑点清单，全县汇总和通报。",
    )
    def lists(context: dg.AssetExecutionContext, home: dg.ResourceParam[Home]):
        from pipelines.lists.write import write_lists

        county, round_ = slice_of(context)
        with retried_on_io():
            written = write_lists(home, county, round_)
        files = pl.DataFrame(
            [(str(file.path.relative_to(home.lists)), file.recipient) for file in written],
            schema={"文件": pl.String, "发给": pl.String},
            orient="row",
        )
        yield dg.Output(
            {"files": files},
            metadata={
                "dagster/row_count": files.height,
                "清单": table(files, ["文件", "发给"], rows=100),
            },
        )

    return lists
