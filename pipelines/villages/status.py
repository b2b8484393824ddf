"""What the round says of each village: blank, unchanged, and how surprising that is.

A blank village (空白村) is a question, not an accusation: beside it stands how many monitored
households villages like it have, and how likely none would be (FAIRNESS guarantee 11). Nothing here
is said of a person or a household.
"""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from pipelines import frames
from pipelines.hashing import joined, sha256
from pipelines.parameters import Parameters
from pipelines.villages.expected import FACTS, expected_monitored

MONITORED = "roster.monitored"
OF_VILLAGES = (MONITORED, *FACTS)
"""Datasets that say something of a village."""

_GONE = ["死亡", "迁出", "注销"]
"""Statuses of the roster that make no resident; as the concept alive_persons has it."""

_CONTENT = [
    "monitored_household",
    "active",
    "members",
    "measures",
    "helper",
    "wage_income",
    "business_income",
    "property_income",
    "transfer_income",
    "business_cost",
    "net_income_per_head",
]
"""What of a monitored household counts as a change (RULES-A, VIL-04: addition, removal, member,
measure, helper or income); members by the roster. Each is signed by itself: a column that one of
two deliveries has not got is no change."""


_TEXTS = [column for column in _CONTENT if column != "active"]


def village_status(  # noqa: PLR0913 - keyword only, one argument a source
    *,
    county: str,
    round_: dt.date,
    persons: pl.DataFrame,
    households: pl.DataFrame,
    villages: pl.DataFrame,
    linked: Mapping[str, pl.DataFrame],
    coverage: pl.DataFrame,
    before: pl.DataFrame,
    candidates: pl.DataFrame | None = None,
    parameters: Parameters | None = None,
) -> pl.DataFrame:
    """Judge every village.

    Args:
        county: Division code.
        round_: Date of the round.
        persons: `frames.PERSONS`; residents are those not dead, moved away or deregistered.
        households: `frames.HOUSEHOLDS`.
        villages: `frames.VILLAGES`; former names are already resolved to codes.
        linked: Dataset to its linked frame, what there is of `OF_VILLAGES`.
        coverage: `frames.COVERAGE` of the round.
        before: `frames.VILLAGE_STATUS` of earlier rounds (later ones and this one are passed over).
        candidates: `frames.CANDIDATES`: a village that an unsettled monitored household may belong
            to is not called blank.
        parameters: For `gate_candidate_probability`.

    Returns:
        `frames.VILLAGE_STATUS`, sorted by township and village. `blank` is null where it cannot be
        said; `zero_change` is null in a round that brought no new list to compare with the last.
    """
    monitored = _monitored(linked.get(MONITORED), persons, households, round_)
    status = (
        villages.filter(pl.col("village_code").is_not_null())
        .unique("village_code", keep="first", maintain_order=True)
        .select("village_code", "village", "township", "township_code")
        .pipe(_with_people, persons, households)
        .pipe(_with_monitored, monitored)
        .pipe(_with_coverage, coverage)
        .pipe(_with_unsettled, households, linked.get(MONITORED), candidates, parameters)
        .pipe(_with_blank)
    )
    status = status.join(
        expected_monitored(status, households, monitored, linked), on="village_code", how="left"
    )
    status = _with_change(status, monitored, before.filter(pl.col("round") < round_))
    return frames.conform(
        status.with_columns(county=pl.lit(county), round=pl.lit(round_), why=_why()),
        frames.VILLAGE_STATUS,
    ).sort("township_code", "village_code", nulls_last=True)


def township_ratios(status: pl.DataFrame) -> pl.DataFrame:
    """Give the share of blank and of unchanged villages by township, with their denominators.

    Args:
        status: `frames.VILLAGE_STATUS` of one round.

    Returns:
        `township_code`, `township`, `villages` (with residents), `compared` (of them), `blank`,
        `blank_share` (of those compared; null where none was), `counted_change` (villages whose
        change could be judged), `zero_change`, `zero_change_share`, by township.
    """
    lived_in = status.filter(pl.col("residents") > 0)
    known = pl.col("blank").is_not_null()
    judged = pl.col("zero_change").is_not_null()
    counts = lived_in.group_by("township_code", "township").agg(
        villages=pl.len().cast(pl.Int64),
        compared=known.sum().cast(pl.Int64),
        blank=(pl.col("blank") & known).sum().cast(pl.Int64),
        counted_change=judged.sum().cast(pl.Int64),
        zero_change=(pl.col("zero_change") & judged).sum().cast(pl.Int64),
    )
    return counts.select(
        "township_code",
        "township",
        "villages",
        "compared",
        "blank",
        _share("blank", "compared").alias("blank_share"),
        "counted_change",
        "zero_change",
        _share("zero_change", "counted_change").alias("zero_change_share"),
    ).sort("township_code", "township", nulls_last=True)


def _share(part: str, whole: str) -> pl.Expr:
    return pl.when(pl.col(whole) > 0).then(pl.col(part) / pl.col(whole))


def _monitored(
    frame: pl.DataFrame | None,
    persons: pl.DataFrame,
    households: pl.DataFrame,
    round_: dt.date,
) -> pl.DataFrame:
    """The monitored list with, for each row, its household, both places and whether it is active.

    A household is the linked one, confirmed or suspected (presence spares), else the list's own.
    """
    columns = dict.fromkeys((*_TEXTS, "home", "own_village"), pl.String) | {"active": pl.Boolean}
    if frame is None:
        return pl.DataFrame(schema=columns)
    removed, removed_on = pl.col("risk_removed"), pl.col("risk_removed_on")
    over = removed_on <= round_
    homes = households.select("household_id", home="village_code").unique("household_id")
    gone = pl.coalesce(removed & over.fill_null(True), over, pl.lit(False))
    members = persons.group_by("household_id").agg(
        members=pl.col("person_id").sort().str.join("、")
    )
    made_here = {"monitored_household", "members"}
    none = pl.lit(None, pl.String)
    return (
        frame.with_columns(monitored_household=pl.coalesce("link_household", "household_id"))
        .with_columns(none.alias(c) for c in _TEXTS if c not in {*frame.columns, *made_here})
        .join(homes, left_on="monitored_household", right_on="household_id", how="left")
        .join(members, left_on="monitored_household", right_on="household_id", how="left")
        .with_columns(active=~gone, own_village=pl.col("village_code"))
        .select([_as_text(c, frame).alias(c) for c in _TEXTS] + ["home", "own_village", "active"])
    )


def _as_text(column: str, frame: pl.DataFrame) -> pl.Expr:
    if isinstance(frame.schema.get(column), pl.List):
        return pl.col(column).list.eval(pl.element().cast(pl.String)).list.sort().list.join("、")
    return pl.col(column).cast(pl.String)


def _with_people(
    status: pl.DataFrame, persons: pl.DataFrame, households: pl.DataFrame
) -> pl.DataFrame:
    here = pl.col("status").is_null() | ~pl.col("status").is_in(_GONE)
    lived_in = persons.filter(here).group_by("village_code")
    residents = lived_in.agg(residents=pl.len().cast(pl.Int64))
    homes = households.group_by("village_code").agg(households=pl.len().cast(pl.Int64))
    return (
        status.join(residents, on="village_code", how="left")
        .join(homes, on="village_code", how="left")
        .with_columns(pl.col("residents", "households").fill_null(0))
    )


def _with_monitored(status: pl.DataFrame, monitored: pl.DataFrame) -> pl.DataFrame:
    """Monitored households by village; `named`: the list itself names the village."""
    placed = monitored.with_columns(village_code=pl.coalesce("home", "own_village"))
    household = pl.col("monitored_household")
    counts = placed.group_by("village_code").agg(
        monitored_ever=household.n_unique().cast(pl.Int64),
        monitored_active=household.filter("active").n_unique().cast(pl.Int64),
    )
    named = monitored.select(village_code="own_village", named=pl.lit(True)).drop_nulls().unique()
    return (
        status.join(counts, on="village_code", how="left")
        .join(named, on="village_code", how="left")
        .with_columns(
            pl.col("monitored_ever", "monitored_active").fill_null(0),
            pl.col("named").fill_null(False),
        )
    )


def _with_coverage(status: pl.DataFrame, coverage: pl.DataFrame) -> pl.DataFrame:
    of_list = coverage.filter(
        pl.col("dataset") == MONITORED, pl.col("village_code").is_not_null()
    ).select("village_code", "newly_delivered", list_state="state", list_reason="reason")
    return status.join(of_list.unique("village_code"), on="village_code", how="left").with_columns(
        pl.col("list_state").fill_null("missing"),
        pl.col("newly_delivered").fill_null(False),
        list_reason=pl.when(pl.col("list_state").ne_missing("ok")).then(
            pl.coalesce("list_reason", pl.lit("本期没有收到本村的监测对象名单"))
        ),
    )


def _with_unsettled(
    status: pl.DataFrame,
    households: pl.DataFrame,
    frame: pl.DataFrame | None,
    candidates: pl.DataFrame | None,
    parameters: Parameters | None,
) -> pl.DataFrame:
    """Add `unsettled`: monitored records confirmed to nobody that may belong to the village."""
    none = pl.lit(0, pl.Int64).alias("unsettled")
    if frame is None or candidates is None:
        return status.with_columns(none)
    key = "gate_candidate_probability"
    least = float(parameters[key]) if parameters is not None and key in parameters else 0.0
    settled = frame.filter(pl.col("link_status") == "confirmed").select("record_id")
    homes = households.select("household_id", "village_code").unique("household_id")
    maybe = (
        candidates.filter(pl.col("dataset") == MONITORED, pl.col("probability") >= least)
        .join(settled, on="record_id", how="anti")
        .join(homes, on="household_id")
        .group_by("village_code")
        .agg(unsettled=pl.col("record_id").n_unique().cast(pl.Int64))
    )
    return status.join(maybe, on="village_code", how="left").with_columns(
        pl.col("unsettled").fill_null(0)
    )


def _with_blank(status: pl.DataFrame) -> pl.DataFrame:
    has_some = (pl.col("monitored_ever") > 0) | pl.col("named")
    covered = pl.col("list_state") == "ok"
    compared = covered & (has_some | (pl.col("unsettled") == 0))
    return status.with_columns(
        compared=compared,
        blank=pl.when(has_some | (pl.col("residents") == 0))
        .then(pl.lit(False))
        .when(compared)
        .then(pl.lit(True)),
    )


def _with_change(
    status: pl.DataFrame, monitored: pl.DataFrame, before: pl.DataFrame
) -> pl.DataFrame:
    """Add `signature`, `zero_change`, `deliveries_without_change`.

    Only a new list is compared, with the last one before it; in other rounds what was known is
    carried on, so that a weekly round on a monthly list counts nothing twice.
    """
    content = (
        monitored.with_columns(village_code=pl.coalesce("own_village", "home"))
        .group_by("village_code")
        .agg(joined("monitored_household", c).sort().str.join("\n").alias(c) for c in _CONTENT)
    )
    delivered = [c for c in _CONTENT if monitored[c].is_not_null().any() or c in _ALWAYS]
    last = (
        before.sort("round")
        .unique("village_code", keep="last", maintain_order=True)
        .select(
            "village_code",
            last_signature="signature",
            last_count="deliveries_without_change",
        )
    )
    joint = status.join(content, on="village_code", how="left").join(
        last, on="village_code", how="left"
    )
    joint = joint.with_columns(now=_signature(joint, delivered))
    counted = pl.col("newly_delivered") & (pl.col("list_state") == "ok")
    same = _alike("now", "last_signature")
    judged = counted & pl.col("last_signature").is_not_null()
    empty_still = same & (pl.col("monitored_active") == 0)
    return joint.with_columns(
        signature=pl.when(counted).then("now").otherwise("last_signature"),
        zero_change=pl.when(judged & ~empty_still).then(same),
        deliveries_without_change=pl.when(judged)
        .then(pl.when(same).then(pl.col("last_count").fill_null(0) + 1).otherwise(0))
        .otherwise(pl.col("last_count").fill_null(0)),
    )


def _why() -> pl.Expr:
    """One Chinese sentence: why a judgement was reached, or why not."""
    blank = pl.format(
        "有居民 {} 人、{} 户，监测对象名单中没有一户；按全县情况相近的户推算约应有 {} 户，"
        "一户没有的可能性约 {}%。可能确无风险户，也可能名单晚报或村名、代码有变，请核实",
        "residents",
        "households",
        pl.col("expected_monitored").round(1),
        (pl.col("surprise") * 100).round(1),
    )
    unsettled = pl.format(
        "待核身份：监测对象名单中有 {} 条尚未核定的记录可能属于本村，暂不判断是否空白", "unsettled"
    )
    unchanged = pl.format(
        "与上次报送的监测对象名单相比没有任何变化，已连续 {} 次", "deliveries_without_change"
    )
    return (
        pl.when(pl.col("list_reason").is_not_null())
        .then("list_reason")
        .when(~pl.col("compared"))
        .then(unsettled)
        .when("blank")
        .then(blank)
        .when("zero_change")
        .then(unchanged)
    )


_ALWAYS = ("monitored_household", "active", "members")


def _signature(content: pl.DataFrame, columns: list[str]) -> pl.Series:
    """Sign each column by itself: ``helper=1f0c…;measures=…``."""
    parts = [
        pl.lit(f"{column}=") + sha256(content[column].fill_null("")).str.slice(0, 16)
        for column in columns
    ]
    return content.select(signature=pl.concat_str(parts, separator=";"))["signature"]


def _alike(now: str, last: str) -> pl.Expr:
    """Whether every column that both signatures have is signed the same."""
    return pl.all_horizontal(
        (_part(now, column) == _part(last, column)).fill_null(True) for column in _CONTENT
    )


def _part(signature: str, column: str) -> pl.Expr:
    return pl.col(signature).str.extract(rf"(?:^|;){column}=([0-9a-f]+)")
