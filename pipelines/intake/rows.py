"""The rows of one dataset at one round, from all the sheets the round uses.

What only several sheets together can show: a township's own list replaces its rows in the county's
list. They are set aside with a reason, so that every row of every file is still accounted for.
(An event that two files state is told by its typed values: `pipelines.standardise.repeated`.)
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from pipelines.contracts import Contract, Contracts
from pipelines.frames import QUARANTINE, RAW_ROWS, STATED, conform, empty, intake_schema
from pipelines.home import Home
from pipelines.intake.archive import archived_path
from pipelines.intake.choice import BESIDE_TOWNSHIPS
from pipelines.intake.kept import ParsedFile, kept_file, parsed_key
from pipelines.intake.marks import mark_flags
from pipelines.intake.places import township_key, villages_named
from pipelines.intake.protected import Readers
from pipelines.intake.said import said_in_name
from pipelines.intake.stated import stated_in_name, stated_in_sheet


@dataclass(frozen=True)
class Rows:
    """The rows of one dataset."""

    records: pl.DataFrame
    """`frames.intake_schema` of the contract."""
    quarantine: pl.DataFrame
    """Rows set aside by intake in the sheets used, and what it asks about (QUARANTINE)."""
    units: dict[str, str]
    """Contract column to the unit its header names (``万元``), where all sheets agree."""
    stated: pl.DataFrame
    """What the sheets used say of their own size (STATED)."""
    replaced: pl.DataFrame
    """The rows set aside, like `records`: a list's own sums cover them too."""


def dataset_rows(
    home: Home, sheets: pl.DataFrame, contract: Contract, contracts: Contracts
) -> Rows:
    """Give the rows of `contract`'s dataset from the used sheets of `sheets` (SHEETS)."""
    rows = rows_of(sheets, lambda sheet: _kept(home, sheet, contracts), contract)
    if contract.nature == "events":
        return rows
    aside = _replaced_by_townships(home, rows.records, sheets, contract, contracts)
    if aside.is_empty():
        return rows
    out = aside.select("record_id")
    return replace(
        rows,
        records=rows.records.join(out, on="record_id", how="anti"),
        replaced=rows.records.join(out, on="record_id", how="semi"),
        quarantine=pl.concat([aside, rows.quarantine.join(out, on="record_id", how="anti")]),
    )


def rows_of(
    sheets: pl.DataFrame, kept: Callable[[Mapping[str, Any]], ParsedFile], contract: Contract
) -> Rows:
    """Give the rows of a dataset from the used sheets, none of them set aside yet.

    Where sheets name different units for a column, the unit is written behind each number of it
    and `units` leaves the column out: the text alone then says what is meant.

    Args:
        sheets: Of SHEETS at least ``path``, ``file_id``, ``department``, ``sheet``, ``sheet_no``,
            ``dataset``, ``as_of``, ``scope`` and ``used``.
        kept: Gives the file of a row of `sheets` as it was read.
        contract: The dataset.
    """
    used = _used(sheets, contract)
    if not used:
        none = empty(intake_schema(contract))
        return Rows(none, empty(QUARANTINE), {}, empty(STATED), none)
    files: dict[tuple[str, str], ParsedFile] = {}
    records, flags, stated, units = [], [], [], []
    for sheet in used:
        of, number = (sheet["file_id"], sheet["department"]), sheet["sheet_no"]
        file = files[of] = files.get(of) or kept(sheet)
        parsed = file.sheets[number]
        rows = file.rows(number)
        named = said_in_name(contract, sheet["path"], rows.columns)
        rows = rows.with_columns(pl.lit(text).alias(name) for name, text in named.items())
        records.append(_with_lineage(rows, sheet, parsed.titles))
        flags.append(mark_flags(parsed.marks, records[-1], contract))
        stated.append(stated_in_sheet(parsed, sheet))
        units.append(parsed.units)
    agreed = {
        name: unit
        for name, unit in units[0].items()
        if all(other.get(name) == unit for other in units)
    }
    frames = [_units_written(r, u, agreed) for r, u in zip(records, units, strict=True)]
    number_flags = [f"{c.name}__number" for c in contract.columns.values() if c.type.digits_matter]
    written = (
        pl.concat(frames, how="diagonal")
        .pipe(conform, intake_schema(contract))
        .with_columns(pl.col(number_flags).fill_null(value=False))
    )
    said = [_units_stated(s, u, agreed) for s, u in zip(stated, units, strict=True)]
    return Rows(
        written,
        pl.concat(flags),
        agreed,
        pl.concat([*said, _stated_in_names(sheets, contract)]),
        written.clear(),
    )


def raw_rows(
    home: Home, sheets: pl.DataFrame, contract: Contract, contracts: Contracts
) -> pl.DataFrame:
    """Give the rows of `contract`'s dataset as they stood (RAW_ROWS), of those set aside too."""
    found = [empty(RAW_ROWS)]
    for sheet in _used(sheets, contract):
        file, number = _kept(home, sheet, contracts), sheet["sheet_no"]
        record_id, *_ = _lineage(rows := file.rows(number), sheet)
        found.append(rows.select(record_id, file.raw_rows(number)))
    return pl.concat(found)


def _used(sheets: pl.DataFrame, contract: Contract) -> list[dict[str, Any]]:
    used = sheets.filter(pl.col("used") & (pl.col("dataset") == contract.dataset))
    return used.sort("path", "sheet_no").rows(named=True)


def _stated_in_names(sheets: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Give the numbers in the names of files all of whose used sheets are `contract`'s (STATED)."""
    whose = (
        sheets.filter("used")
        .group_by("path", maintain_order=True)
        .agg(pl.first("file_id"), datasets=pl.col("dataset").unique())
        .filter(pl.col("datasets").list.len() == 1, pl.col("datasets").list[0] == contract.dataset)
    )
    named = [stated_in_name(p, f) for p, f in whose.select("path", "file_id").iter_rows()]
    return pl.concat([empty(STATED), *named])


def rows_set_aside(home: Home, sheets: pl.DataFrame, contracts: Contracts) -> pl.DataFrame:
    """Count the rows that `dataset_rows` will set aside, by sheet: path, sheet_no, more."""
    counts = []
    used = sheets.filter(pl.col("used"))
    for dataset in used["dataset"].drop_nulls().unique().sort():
        contract = contracts[dataset]
        scopes = used.filter(pl.col("dataset") == dataset)["scope"].list.len()
        if contract.nature == "snapshot" and (scopes > 0).any() and (scopes == 0).any():
            aside = dataset_rows(home, sheets, contract, contracts).replaced
            number = pl.col("record_id").str.split("-").list.get(1).cast(pl.Int64)
            counts.append(
                aside.group_by("path", number.alias("sheet_no")).agg(
                    more=pl.col("record_id").n_unique().cast(pl.Int64)
                )
            )
    schema = {"path": pl.String, "sheet_no": pl.Int64, "more": pl.Int64}
    return pl.concat(counts) if counts else pl.DataFrame(schema=schema)


def unused_quarantine(home: Home, sheets: pl.DataFrame, contracts: Contracts) -> pl.DataFrame:
    """Give the rows set aside in sheets that were not recognised, one of scope row each."""
    frames = []
    for sheet in sheets.filter(pl.col("status") == "unrecognised").iter_rows(named=True):
        file = _kept(home, sheet, contracts)
        rows = file.rows(sheet["sheet_no"])
        frames.append(
            rows.select(
                *_lineage(rows, sheet),
                "row_number",
                pl.lit("row").alias("scope"),
                pl.lit("sheet_unrecognised").alias("reason_code"),
                pl.lit(f"工作表未识别：{sheet['message']}").alias("reason"),
                file.raw_rows(sheet["sheet_no"]),
            ).pipe(conform, QUARANTINE)
        )
    return pl.concat(frames) if frames else empty(QUARANTINE)


def _kept(home: Home, sheet: Mapping[str, Any], contracts: Contracts) -> ParsedFile:
    """Give the file of a sheet as it was kept; read from the archive again where that is gone."""
    store = home.store / "files"
    mappings = home.declared.mappings
    folder = store / parsed_key(sheet["file_id"], sheet["department"], contracts, mappings)
    if (folder / "sheets.json").exists():
        return kept_file(folder, sheet["file_id"])
    source = archived_path(home, sheet["file_id"]) or home.inbox / sheet["path"].split("!/")[0]
    with Readers(contracts, store, mappings) as readers:
        return readers.read(source, sheet["file_id"], sheet["department"])


def _lineage(rows: pl.DataFrame, sheet: Mapping[str, Any]) -> list[pl.Expr]:
    number = pl.col("row_number")
    parts = [pl.lit(f"{sheet['file_id'][:16]}-{sheet['sheet_no']}-"), number.cast(pl.String)]
    if rows["row_number"].n_unique() < rows.height:
        # A row of several persons is as many records, the first under the row's own id.
        nth = pl.int_range(pl.len()).over("row_number")
        parts.append(pl.when(nth > 0).then(pl.format("-{}", nth + 1)).otherwise(pl.lit("")))
    return [
        pl.concat_str(parts).alias("record_id"),
        *(
            pl.lit(sheet[name], dtype=pl.String).alias(name)
            for name in ("file_id", "path", "sheet")
        ),
    ]


def _with_lineage(
    rows: pl.DataFrame, sheet: Mapping[str, Any], titles: Sequence[str]
) -> pl.DataFrame:
    scope = [name for name in sheet["scope"] if name != BESIDE_TOWNSHIPS]
    return rows.with_columns(
        *_lineage(rows, sheet),
        pl.lit(sheet["as_of"], dtype=pl.Date).alias("as_of"),
        pl.lit(scope[0] if scope else None, dtype=pl.String).alias("township_hint"),
        _village_hint(rows, sheet, titles).alias("village_hint"),
    )


def _village_hint(rows: pl.DataFrame, sheet: Mapping[str, Any], titles: Sequence[str]) -> pl.Expr:
    """Give what a row's heading, the sheet, title rows, file and folders name like a village.

    A line each, the nearest first; where a column says it, the heading for its blank cells alone.
    """
    told = [name for name in ("village", "village_code") if name in rows.columns]
    if any(rows[name].null_count() < rows.height for name in told):
        section = "section" if "section" in rows.columns else pl.lit(None, dtype=pl.String)
        return pl.when(pl.all_horizontal(pl.col(told).is_null())).then(section)
    parts = sheet["path"].replace("!/", "/").split("/")[2:]  # without county and department
    named = villages_named([sheet["sheet"] or "", *titles[:5], *reversed(parts)])
    # A sheet may be called 王堂 and nothing else.
    lines = "\n".join([*named, *([sheet["sheet"]] if sheet["sheet"] else [])]) or None
    whole = pl.lit(lines, dtype=pl.String)
    if "section" not in rows.columns:
        return whole
    return pl.concat_str("section", whole, separator="\n", ignore_nulls=True)


def _units_written(
    frame: pl.DataFrame, units: dict[str, str], agreed: dict[str, str]
) -> pl.DataFrame:
    """Write a sheet's own unit behind the plain numbers of a column whose sheets do not agree."""
    return frame.with_columns(
        _with_unit(pl.col(name), unit).alias(name)
        for name, unit in units.items()
        if name not in agreed
    )


def _units_stated(
    stated: pl.DataFrame, units: dict[str, str], agreed: dict[str, str]
) -> pl.DataFrame:
    """Write the same behind the sheet's sums."""
    text = pl.col("text")
    for name, unit in units.items():
        if name not in agreed:
            text = (
                pl.when(pl.col("column_name") == name).then(_with_unit(text, unit)).otherwise(text)
            )
    return stated.with_columns(text.alias("text"))


def _with_unit(text: pl.Expr, unit: str) -> pl.Expr:
    plain = text.str.contains(r"^[-\d.,\s]+$")
    return pl.when(plain).then(pl.concat_str(text, pl.lit(unit))).otherwise(text)


def _replaced_by_townships(
    home: Home,
    records: pl.DataFrame,
    sheets: pl.DataFrame,
    contract: Contract,
    contracts: Contracts,
) -> pl.DataFrame:
    """Set aside rows of the county's list for townships that sent their own."""
    used = sheets.filter(pl.col("used") & (pl.col("dataset") == contract.dataset))
    split = used.filter(pl.col("scope").list.len() > 0)
    whole = used.filter(pl.col("scope").list.len() == 0)
    if split.is_empty() or whole.is_empty():
        return empty(QUARANTINE)
    sent = {
        township_key(township): path
        for path, scope in split.select("path", "scope").iter_rows()
        for township in scope
    }
    township = _township_of_rows(home, records, sheets, contract, contracts)
    if township is None:
        return empty(QUARANTINE)
    keys = {value: township_key(value) for value in township.drop_nulls().unique()}
    by = {value: sent[key] for value, key in keys.items() if key in sent}
    return (
        records.with_columns(
            by_path=township.replace_strict(by, default=None, return_dtype=pl.String)
        )
        .filter(pl.col("township_hint").is_null() & pl.col("by_path").is_not_null())
        .with_columns(
            dataset=pl.lit(contract.dataset),
            scope=pl.lit("row"),
            reason_code=pl.lit("replaced_by_township"),
            reason=pl.format("该乡镇已单独报送“{}”，以其为准；不需要处理。", "by_path"),
        )
        .pipe(conform, QUARANTINE)
    )


def _township_of_rows(
    home: Home,
    records: pl.DataFrame,
    sheets: pl.DataFrame,
    contract: Contract,
    contracts: Contracts,
) -> pl.Series | None:
    """Give each row's township: its own column, else that of its village in roster.villages."""
    columns = contract.columns
    if "township" in columns and records["township"].is_not_null().any():
        return records["township"]
    if "roster.villages" not in contracts or contract.dataset == "roster.villages":
        return None
    villages = dataset_rows(home, sheets, contracts["roster.villages"], contracts).records
    for name in ("village_code", "village"):
        if name in columns and records[name].is_not_null().any() and villages.height:
            known = villages.select(name, "township").drop_nulls().unique()
            known = known.filter(
                pl.len().over(name) == 1
            )  # a name two townships share says nothing
            by_village = dict(known.iter_rows())
            return records[name].replace_strict(by_village, default=None, return_dtype=pl.String)
    return None
