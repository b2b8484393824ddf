"""Intake: the county's inbox, and each dataset's rows as text."""

import datetime as dt

import dagster as dg
import polars as pl

from assets.describe import OFFICERS, Frames, column_schema, dataset_out, table, worst_reasons
from assets.partition import COUNTY_ROUND, slice_of
from assets.retries import retried_on_io
from pipelines import frames
from pipelines.contracts import Contract, Contracts
from pipelines.home import Home
from pipelines.intake.deliveries import STATES

INBOX = dg.AssetKey(["inbox"])


def rows_key(contract: Contract) -> dg.AssetKey:
    """Give the key of a dataset's rows as text."""
    return dg.AssetKey(["rows", contract.department, contract.name])


def intake_assets(contracts: Contracts) -> list[dg.AssetsDefinition]:
    """Build the inbox asset and the step that gives every dataset's rows."""
    return [_inbox(contracts), _rows(contracts)]


def _inbox(contracts: Contracts) -> dg.AssetsDefinition:
    @dg.asset(
        key=INBOX,
        partitions_def=COUNTY_ROUND,
        group_name="intake",
        kinds={"folder", "polars"},
        owners=OFFICERS,
        description="收件：县里收到的每个文件、每张表：认出了什么、用于哪一期、为什么不用。",
        check_specs=[
            dg.AssetCheckSpec(
                "accounting_closes",
                asset=INBOX,
                blocking=True,
                description="每张表：读入行 = 接收 + 搁置 + 非数据行",
            ),
            dg.AssetCheckSpec(
                "every_file_read", asset=INBOX, description="没有打不开或认不出的文件"
            ),
        ],
        metadata={"dagster/column_schema": column_schema(frames.SHEETS, "source_files")},
    )
    def inbox(context: dg.AssetExecutionContext, home: dg.ResourceParam[Home]):
        from pipelines.intake.inbox import take_inbox

        county, round_ = slice_of(context)
        parameters = home.declared.parameters.lookup(county, round_)
        with retried_on_io():
            taken = take_inbox(home, county, round_, contracts, parameters)
        sheets = taken.sheets
        trouble = sheets.filter(pl.col("status").is_in(["refused", "unrecognised"]))
        parts = pl.col("rows_accepted") + pl.col("rows_set_aside") + pl.col("rows_not_data")
        open_ = sheets.filter(pl.col("rows_read") != parts)
        yield dg.Output(
            {"sheets": sheets, "deliveries": taken.deliveries, "quarantine": taken.quarantine},
            metadata={
                "dagster/row_count": sheets.height,
                "采用": table(
                    sheets.filter("used"), ["dataset", "path", "sheet", "as_of", "rows_accepted"]
                ),
                "未用": table(sheets.filter(~pl.col("used")), ["path", "sheet", "message"]),
                "报送情况": table(
                    taken.deliveries.with_columns(pl.col("state").replace(STATES)),
                    ["dataset", "scope", "due", "as_of", "days_late", "state"],
                    of="deliveries",
                    rows=100,
                ),
            },
        )
        yield dg.AssetCheckResult(
            check_name="accounting_closes",
            passed=open_.is_empty(),
            description="每张表行数闭合" if open_.is_empty() else "有表的行数对不上，见列表",
            metadata={"对不上": table(open_, ["path", "sheet", "rows_read"])},
        )
        yield dg.AssetCheckResult(
            check_name="every_file_read",
            passed=trouble.is_empty(),
            severity=dg.AssetCheckSeverity.WARN,
            description="文件都读了" if trouble.is_empty() else f"{trouble.height} 张表没有读成",
            metadata={"文件": table(trouble, ["path", "sheet", "message"])},
        )

    return inbox


def _rows(contracts: Contracts) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name="rows",
        ins={"inbox": dg.AssetIn(INBOX)},
        outs={contract.table: _rows_out(contract) for contract in contracts.values()},
        partitions_def=COUNTY_ROUND,
    )
    def rows(inbox: Frames, home: dg.ResourceParam[Home]):
        from pipelines.intake.rows import dataset_rows, raw_rows

        for contract in contracts.values():
            with retried_on_io():
                read = dataset_rows(home, inbox["sheets"], contract, contracts)
                as_they_stood = raw_rows(home, inbox["sheets"], contract, contracts)
            as_of = read.records["as_of"].max()
            units = pl.DataFrame(
                list(read.units.items()),
                schema={"column": pl.String, "unit": pl.String},
                orient="row",
            )
            yield dg.Output(
                {
                    "records": read.records,
                    "quarantine": read.quarantine,
                    "units": units,
                    "stated": read.stated,
                    "replaced": read.replaced,
                    "raw_rows": as_they_stood,
                },
                output_name=contract.table,
                metadata={
                    "dagster/row_count": read.records.height,
                    "截至日": as_of.isoformat() if isinstance(as_of, dt.date) else "未收到",
                    "搁置原因": worst_reasons(read.quarantine),
                },
            )

    return rows


def _rows_out(contract: Contract) -> dg.AssetOut:
    schema = frames.intake_schema(contract)
    says = "本期所用各文件的行，原文，带文件、工作表、行号。"
    return dataset_out(contract, rows_key(contract), "intake", "excel", schema, says)
