"""May absence from a list be counted here? One answer for each dataset and village, each round.

FAIRNESS guarantee 4: absence is evidence only where the other list is there, fresh and complete.
A list is judged where it was sent for: the whole county, or the townships its sheets name. Beside
the villages stand a row a township and one for the county: for subjects whose village is unknown.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from pipelines import frames
from pipelines.compare.sparse import Sparse
from pipelines.contracts import ColumnType, Contract, Contracts
from pipelines.hashing import joined, sha256
from pipelines.parameters import MissingParameterError, Parameters

_UNIT = ["township_code", "village_code"]
_NOT_EVENTS = {"birth_date", "valid_to", "notice_to"}
"""Date columns that do not say when the row's event happened."""


@dataclass(frozen=True)
class _Gates:
    """The thresholds; None where no value is set, which then counts against the list."""

    max_age_days: float | None
    min_share: float | None
    min_rows: float
    """Units with fewer rows before are too small to be judged by share."""
    why_unset: str
    sparse: Sparse
    """Finds townships that sent next to nothing for their people."""
    failed: str | None = None
    """Why the dataset counts as not delivered."""


def coverage(  # noqa: PLR0913, PLR0917 - one argument a source, as docs/stages.md declares
    contracts: Contracts,
    linked: Mapping[str, frames.Table],
    sheets: pl.DataFrame,
    villages: pl.DataFrame,
    before: pl.DataFrame,
    failed: Mapping[str, str],
    parameters: Parameters,
    county: str,
    round_: dt.date,
    households: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Judge every dataset for every village, township and the county.

    Args:
        contracts: All datasets.
        linked: Dataset to its clean frame with `frames.LINKED_EXTRA`; may lack datasets.
        sheets: `frames.SHEETS` of the round; those with `used` count.
        villages: `frames.VILLAGES`.
        before: `frames.COVERAGE` of earlier rounds (later ones and this one are passed over).
        failed: Dataset to the reason why a critical expectation failed.
        parameters: `gate_max_age_days`, `gate_min_share`; `gate_min_rows` and `gate_thin_share`
            where they are set.
        county: Division code.
        round_: Date of the round.
        households: `frames.HOUSEHOLDS`: places a row that has no village by its linked household;
            without it by the rows of `roster.population`.

    Returns:
        `frames.COVERAGE`, sorted by dataset, township and village.

    Raises:
        ParameterError: The value of `gate_thin_share` is not of the form it must have.
    """
    units = _units(villages)
    names = villages.select("township_code", "township").unique().drop_nulls()
    places = _Places.of(villages, linked, households)
    used = sheets.filter(pl.col("used"), pl.col("dataset").is_not_null())
    gates = _gates(parameters, Sparse.of(parameters, villages, households))
    earlier = before.filter(pl.col("round") < round_)
    judged = [
        _dataset(
            contract,
            _deliveries(used.filter(pl.col("dataset") == name), names, units),
            places.of_rows(linked.get(name), _events(contract)),
            units,
            earlier.filter(pl.col("dataset") == name),
            replace(gates, failed=failed.get(name)),
            round_,
        )
        for name, contract in contracts.items()
    ]
    whole = pl.concat(judged) if judged else frames.empty(frames.COVERAGE)
    return frames.conform(
        whole.with_columns(county=pl.lit(county), round=pl.lit(round_)), frames.COVERAGE
    ).sort("dataset", *_UNIT, nulls_last=True)


def _gates(parameters: Parameters, sparse: Sparse) -> _Gates:
    unset = [k for k in ("gate_max_age_days", "gate_min_share") if k not in parameters]
    try:
        smallest = float(parameters["gate_min_rows"])
    except MissingParameterError:
        smallest = 1
    return _Gates(
        max_age_days=_number(parameters, "gate_max_age_days"),
        min_share=_number(parameters, "gate_min_share"),
        min_rows=max(smallest, 1),
        why_unset=f"参数 {'、'.join(unset)} 未设置，无法判断名单是否可用",
        sparse=sparse,
    )


def _number(parameters: Parameters, key: str) -> float | None:
    return float(parameters[key]) if key in parameters else None


@dataclass(frozen=True)
class _Places:
    """Where households are, and which township a village belongs to."""

    homes: pl.DataFrame
    townships: pl.DataFrame

    @classmethod
    def of(
        cls,
        villages: pl.DataFrame,
        linked: Mapping[str, frames.Table],
        households: pl.DataFrame | None,
    ) -> "_Places":
        source = households
        if source is None:
            roster = linked.get("roster.population", frames.empty(frames.HOUSEHOLDS))
            source = frames.columns_of(roster, ("household_id", *_UNIT))
        homes = source.select(
            link_household="household_id", home_village="village_code", home_town="township_code"
        )
        townships = villages.select("village_code", town_of_village="township_code")
        return cls(_first_of(homes, "link_household"), _first_of(townships, "village_code"))

    def of_rows(self, table: frames.Table | None, more: Iterable[str] = ()) -> pl.DataFrame:
        """Village and township of the rows, their own or the linked household's, and `more`."""
        if table is None:
            return frames.empty(dict.fromkeys(_UNIT, pl.String))
        needed = ("link_household", *_UNIT)
        own = frames.columns_of(table, ("record_id", *needed, *more))
        none = pl.lit(None, pl.String)
        have = own.with_columns(none.alias(c) for c in needed if c not in own.columns)
        return (
            have.join(self.homes, on="link_household", how="left")
            .with_columns(
                pl.coalesce("village_code", "home_village"),
                pl.coalesce("township_code", "home_town"),
            )
            .join(self.townships, on="village_code", how="left")
            .with_columns(pl.coalesce("town_of_village", "township_code").alias("township_code"))
        )


def _first_of(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    return (
        frame.filter(pl.col(key).is_not_null())
        .sort(pl.all(), nulls_last=True)
        .unique(key, keep="first", maintain_order=True)
    )


def _units(villages: pl.DataFrame) -> pl.DataFrame:
    """Every village, every township (no village) and the county (neither)."""
    known = villages.select(_UNIT).filter(pl.col("village_code").is_not_null()).unique()
    townships = known.select("township_code").drop_nulls().unique()
    return pl.concat(
        [
            known,
            townships.with_columns(village_code=pl.lit(None, pl.String)),
            pl.DataFrame({c: [None] for c in _UNIT}, schema=dict.fromkeys(_UNIT, pl.String)),
        ]
    )


def _deliveries(used: pl.DataFrame, names: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """For each township (null: the county) what covers it: `as_of`, `delivery`; null where nothing.

    The county is covered where each of its townships is, and as old as the oldest of them.
    """
    townships = units.select("township_code").drop_nulls().unique()
    sheet = used.select("as_of", "scope", text=joined("file_id", "sheet", "as_of"))
    covers_all = pl.col("scope").list.len().fill_null(0) == 0
    whole = sheet.filter(covers_all).drop("scope")
    split = sheet.filter(~covers_all).explode("scope").pipe(_with_township, names)
    covering = pl.concat(
        [
            whole.join(townships, how="cross"),
            split.select("as_of", "text", "township_code"),
        ]
    )
    latest = [pl.max("as_of"), pl.col("text").unique().sort().str.join("\n")]
    by_township = townships.join(
        covering.group_by("township_code").agg(latest), on="township_code", how="left"
    )
    complete = not by_township.is_empty() and by_township["as_of"].null_count() == 0
    county_as_of = by_township["as_of"].min() if complete else whole["as_of"].max()
    county = sheet.select(
        township_code=pl.lit(None, pl.String),
        as_of=pl.lit(county_as_of, pl.Date),
        text=pl.col("text").unique().sort().str.join("\n"),
    ).head(1)
    found = pl.concat([by_township, county])
    return found.select(
        "township_code",
        "as_of",
        delivery=pl.when(pl.col("as_of").is_not_null()).then(sha256(found["text"])),
        split=pl.lit(not split.is_empty()),
    )


def _with_township(split: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """The township that a sheet names, with or without 镇, 乡, 街道 at its end."""
    bare = pl.col("name").str.replace("(镇|乡|街道|街道办事处|管理区)$", "")
    spelt = pl.concat(
        [
            names.select("township_code", name="township"),
            names.select("township_code", name="township").with_columns(bare),
        ]
    ).unique()
    sure = spelt.filter(pl.col("township_code").n_unique().over("name") == 1)
    exact = split.join(sure, left_on="scope", right_on="name", how="left")
    loose = (
        exact.filter(pl.col("township_code").is_null())
        .drop("township_code")
        .with_columns(name=pl.col("scope"))
        .with_columns(bare)
        .join(sure, on="name", how="inner")
        .drop("name")
    )
    return pl.concat([exact.filter(pl.col("township_code").is_not_null()), loose])


def _dataset(
    contract: Contract,
    deliveries: pl.DataFrame,
    frame: pl.DataFrame,
    units: pl.DataFrame,
    earlier: pl.DataFrame,
    gates: _Gates,
    round_: dt.date,
) -> pl.DataFrame:
    """One dataset's rows of COVERAGE, without county and round."""
    split = bool(deliveries["split"].any())
    reference = (
        _last_events(contract, frame, units, round_, split=split)
        if contract.nature == "events"
        else frames.empty({"township_code": pl.String, "last_event": pl.Date})
    )
    judged = (
        units.join(deliveries, on="township_code", how="left", nulls_equal=True)
        .join(_counts(frame, contract), on=_UNIT, how="left", nulls_equal=True)
        .join(reference, on="township_code", how="left", nulls_equal=True)
        .join(_before(earlier), on=_UNIT, how="left", nulls_equal=True)
    )
    delivered = pl.col("delivery").is_not_null()
    # of an empty delivery every unit has no row; of a list without places no unit can be counted
    has_villages = pl.lit(frame.is_empty() or frame["village_code"].null_count() < frame.height)
    has_townships = pl.lit(frame.is_empty() or frame["township_code"].null_count() < frame.height)
    countable = (
        pl.when(pl.col("village_code").is_not_null())
        .then(has_villages)
        .when(pl.col("township_code").is_not_null())
        .then(has_townships)
        .otherwise(True)
    )
    fresh = delivered & pl.col("delivery").ne_missing(pl.col("last_delivery"))
    judged = judged.with_columns(
        dataset=pl.lit(contract.dataset),
        rows=pl.when(delivered & countable).then(pl.col("rows").fill_null(0)),
        newly_delivered=fresh,
        rows_before=pl.when(fresh).then("last_rows").otherwise("last_rows_before"),
        day=pl.coalesce("last_event", "as_of"),
    )
    towns = judged.filter(pl.col("township_code").is_not_null(), pl.col("village_code").is_null())
    few = gates.sparse.of_dataset(contract.dataset, towns.select("township_code", "rows"))
    judged = judged.join(few, on="township_code", how="left")
    return judged.pipe(_states, contract, gates, round_)


def _states(
    judged: pl.DataFrame, contract: Contract, gates: _Gates, round_: dt.date
) -> pl.DataFrame:
    """Add `state` and `reason`; the gravest reason wins."""
    title = f"{contract.department_title}《{contract.title}》"
    age = (pl.lit(round_) - pl.col("day")).dt.total_days()
    too_old = pl.lit(True) if gates.max_age_days is None else age > gates.max_age_days
    share = gates.min_share
    big_enough = pl.col("rows_before") >= gates.min_rows
    too_few = big_enough & (
        pl.lit(True) if share is None else pl.col("rows") < share * pl.col("rows_before")
    )
    speaks_of = "最近一笔在" if contract.nature == "events" else "截至"
    stale = (
        pl.lit(gates.why_unset)
        if gates.max_age_days is None
        else pl.format(
            f"{title}{speaks_of} {{}}，距本期 {{}} 天，超过 {gates.max_age_days:g} 天", "day", age
        )
    )
    thin = (
        pl.lit(gates.why_unset)
        if share is None
        else pl.format(
            f"{title}本次 {{}} 行，不到上次 {{}} 行的 {share:.0%}，可能不全", "rows", "rows_before"
        )
    )
    missing = pl.lit(f"本期没有收到{title}")
    cases = [
        ("failed", pl.lit(gates.failed is not None), pl.lit(f"{title}未通过检查：{gates.failed}")),
        ("missing", pl.col("delivery").is_null(), missing),
        ("stale", too_old.fill_null(True), stale),
        ("thin", too_few.fill_null(False), thin),
        ("thin", pl.col("sparse_rows").is_not_null(), gates.sparse.words(title)),
    ]
    state, reason = pl.lit("ok"), pl.lit(None, pl.String)
    for name, applies, says in reversed(cases):
        state = pl.when(applies).then(pl.lit(name)).otherwise(state)
        reason = pl.when(applies).then(says).otherwise(reason)
    columns = [c for c in frames.COVERAGE if c not in {"county", "round", "state", "reason"}]
    return judged.select(*columns, state=state, reason=reason)


def _counts(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Rows by village, by township and of the county."""
    count = pl.len().cast(pl.Int64).alias("rows")
    none = pl.lit(None, pl.String)
    town = frame.filter(pl.col("township_code").is_not_null()).group_by("township_code").agg(count)
    parts = [
        town.with_columns(village_code=none),
        frame.select(township_code=none, village_code=none, rows=count),
    ]
    if contract.grain != "township":
        village = frame.filter(pl.col("village_code").is_not_null())
        parts.append(village.group_by(_UNIT).agg(count))
    return pl.concat([part.select(*_UNIT, "rows") for part in parts])


def _events(contract: Contract) -> dict[str, ColumnType]:
    """The columns of a list of events that say when each happened, with their types."""
    dated = {ColumnType.DATE, ColumnType.PERIOD} if contract.nature == "events" else set()
    columns = contract.columns.values()
    return {c.name: c.type for c in columns if c.type in dated and c.name not in _NOT_EVENTS}


def _last_events(
    contract: Contract, frame: pl.DataFrame, units: pl.DataFrame, round_: dt.date, *, split: bool
) -> pl.DataFrame:
    """The day of the last event not after the round, a township (null: the county).

    Where the list is not split all townships share one delivery, and so its last event.
    """
    columns = _events(contract)
    days = [_if_not_after(pl.col(c), round_) for c, t in columns.items() if t is ColumnType.DATE]
    months = [
        pl.col(c).str.to_date("%Y-%m", strict=False)
        for c, t in columns.items()
        if t is ColumnType.PERIOD and not days
    ]
    # of a month the last day is taken, or the round's where the month is not over
    days += [pl.min_horizontal(_if_not_after(m, round_).dt.month_end(), round_) for m in months]
    if not days or frame.is_empty():
        return frames.empty({"township_code": pl.String, "last_event": pl.Date})
    happened = frame.select("township_code", last_event=pl.max_horizontal(days))
    county = happened.select(township_code=pl.lit(None, pl.String), last_event=pl.max("last_event"))
    if not split:
        townships = units.select("township_code").drop_nulls().unique()
        return pl.concat([county, townships.join(county.drop("township_code"), how="cross")])
    by_township = happened.filter(pl.col("township_code").is_not_null()).group_by("township_code")
    return pl.concat([county, by_township.agg(pl.max("last_event"))])


def _if_not_after(day: pl.Expr, round_: dt.date) -> pl.Expr:
    return pl.when(day <= round_).then(day)


def _before(earlier: pl.DataFrame) -> pl.DataFrame:
    """What was last used of each unit; a failed delivery counts as none."""
    return (
        earlier.filter(pl.col("delivery").is_not_null(), pl.col("state") != "failed")
        .sort("round")
        .unique(_UNIT, keep="last", maintain_order=True)
        .select(*_UNIT, last_delivery="delivery", last_rows="rows", last_rows_before="rows_before")
    )
