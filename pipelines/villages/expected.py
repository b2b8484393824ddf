"""How many monitored households a village would have if it were like the rest of the county.

Households are put into six groups by what is on record: 脱贫户 or not, and none, one, or more of
低保, 大病, 残疾证 in the household. A group's share of monitored households, in the county's other
villages, times the village's households of that group, is what one would expect. Small groups are
drawn towards the county's share. How likely none is follows from a negative binomial count whose
spread between villages is that seen in the county. No household gets a score.
"""

from collections.abc import Mapping

import polars as pl

SHRINK = 50.0
"""Households' worth of weight that the county's share has in a group's share."""

FACTS = {
    "civil_affairs.dibao": pl.lit(True),
    "civil_affairs.disability": pl.lit(True),
    "health.illnesses": pl.col("kind") == "大病",
}
"""Lists whose mention of a household's member is one fact of the household."""

_MOST_SPREAD = 4.0


def expected_monitored(
    status: pl.DataFrame,
    households: pl.DataFrame,
    monitored: pl.DataFrame,
    linked: Mapping[str, pl.DataFrame],
) -> pl.DataFrame:
    """Give `village_code`, `expected_monitored` (households ever monitored) and `surprise`.

    Args:
        status: `village_code`, `list_state` (is the village's monitored list usable),
            `monitored_ever`.
        households: `frames.HOUSEHOLDS`.
        monitored: `monitored_household`, one row or more for each.
        linked: Dataset to its linked frame; only confirmed links count as facts.

    Returns:
        One row a village; both null where no village of the county can be compared.
        `surprise` is the probability of no monitored household at all.
    """
    usable = status.filter(pl.col("list_state") == "ok").select("village_code")
    cells = _cells(_households(households, monitored, linked))
    known = cells.join(usable, on="village_code", how="semi")
    total = known.select(pl.sum("n"), pl.sum("m")).row(0)
    if not total[0]:
        return status.select(
            "village_code",
            expected_monitored=pl.lit(None, pl.Float64),
            surprise=pl.lit(None, pl.Float64),
        )
    county_share = total[1] / total[0]
    groups = known.group_by("group").agg(group_n=pl.sum("n"), group_m=pl.sum("m"))
    own = known.select("village_code", "group", own_n="n", own_m="m")
    expected = (
        cells.join(groups, on="group", how="left")
        .join(own, on=["village_code", "group"], how="left")
        .with_columns(pl.col("group_n", "group_m", "own_n", "own_m").fill_null(0))
        .with_columns(
            share=(pl.col("group_m") - pl.col("own_m") + SHRINK * county_share)
            / (pl.col("group_n") - pl.col("own_n") + SHRINK)
        )
        .group_by("village_code")
        .agg(expected_monitored=(pl.col("n") * pl.col("share")).sort().sum())
    )
    villages = status.select("village_code", "monitored_ever").join(
        expected, on="village_code", how="left"
    )
    villages = villages.with_columns(pl.col("expected_monitored").fill_null(0.0)).sort(
        "village_code"
    )
    spread = _spread(villages.join(usable, on="village_code", how="semi"))
    return villages.select(
        "village_code",
        pl.col("expected_monitored").round(6),
        surprise=_none_at_all(spread).round(6),
    )


def _households(
    households: pl.DataFrame, monitored: pl.DataFrame, linked: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Each household's village, group, and whether it is or was monitored."""
    facts = [pl.DataFrame(schema={"household_id": pl.String, "fact": pl.String})]
    for dataset, counts in FACTS.items():
        frame = linked.get(dataset)
        if frame is not None:
            confirmed = frame.filter(pl.col("link_status") == "confirmed", counts)
            facts.append(
                confirmed.select(household_id="link_household", fact=pl.lit(dataset)).unique()
            )
    number = pl.concat(facts).group_by("household_id").agg(facts=pl.len())
    is_monitored = monitored.select(household_id="monitored_household", m=pl.lit(1)).unique()
    return (
        households.join(number, on="household_id", how="left")
        .join(is_monitored, on="household_id", how="left")
        .select(
            "village_code",
            group=pl.when(pl.col("household_type").eq_missing("脱贫户")).then(10).otherwise(0)
            + pl.min_horizontal(pl.col("facts").fill_null(0).cast(pl.Int64), 2),
            m=pl.col("m").fill_null(0).cast(pl.Int64),
        )
    )


def _cells(households: pl.DataFrame) -> pl.DataFrame:
    return (
        households.filter(pl.col("village_code").is_not_null())
        .group_by("village_code", "group")
        .agg(n=pl.len().cast(pl.Int64), m=pl.sum("m"))
        .sort("village_code", "group")
    )


def _spread(villages: pl.DataFrame) -> float:
    """How much villages differ beyond chance: a in variance = mean + a * mean², by moments."""
    mean, seen = pl.col("expected_monitored"), pl.col("monitored_ever")
    beyond, scale = villages.select(
        ((seen - mean) ** 2 - mean).sum(), (mean**2).sum().alias("scale")
    ).row(0)
    return min(max(beyond / scale, 0.0), _MOST_SPREAD) if scale else 0.0


def _none_at_all(spread: float) -> pl.Expr:
    mean = pl.col("expected_monitored")
    if spread < 1e-9:
        return (-mean).exp()
    return (1 + spread * mean) ** (-1 / spread)
