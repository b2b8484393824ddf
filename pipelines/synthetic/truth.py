"""Which doubts are real, which only look so, told from the true world by the text of the rules.

Nothing here knows the pipeline. Each rule is RULES-A.md said again over the rows as they truly are
(`Lists`): who is concerned, who is flagged, who is spared. A subject is

- ``real``: the lists of the round contradict each other as the rule says;
- ``innocent``: it looks so, and the rule's text spares it; ``reason`` says why;
- ``ambiguous``: what survives in the files does not decide it, so it counts neither way.

``detectable`` is false for a real doubt that the surviving fields cannot show.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from pipelines.synthetic.world import World

COLUMNS = {
    "rule_id": pl.String,
    "subject": pl.String,  # person, household, village
    "p": pl.Int64,
    "h": pl.Int64,
    "v": pl.Int64,
    "label": pl.String,  # real, innocent, ambiguous
    "reason": pl.String,
    "detectable": pl.Boolean,
}
"""Columns of what a rule's truth gives; ids are added by `all_truth`."""

EVENTS = frozenset(
    {
        "education.student_aid",
        "education.home_teaching",
        "health.deaths",
        "insurance.claims",
        "finance.card_payments",
    }
)


@dataclass(frozen=True, eq=False)
class Lists:
    """The true rows that a round goes by."""

    world: World
    k: int
    deliveries: Mapping[str, Mapping[int, pl.DataFrame]]

    @property
    def day(self) -> dt.date:
        """The round's date."""
        return self.world.rounds[self.k]

    def of(self, dataset: str) -> pl.DataFrame:
        """The newest list not after the round; of events every list up to the round."""
        sent = self.deliveries[dataset]
        until = [j for j in sorted(sent) if j <= self.k]
        if dataset in EVENTS:
            return pl.concat([sent[j] for j in until], how="diagonal_relaxed")
        return sent[until[-1]]

    def as_of(self, dataset: str) -> dt.date:
        """The day the newest list speaks of."""
        from pipelines.synthetic.layouts import LAYOUTS

        until = max(j for j in self.deliveries[dataset] if j <= self.k)
        return self.world.as_of(until, LAYOUTS[dataset].days)

    @cached_property
    def persons(self) -> pl.DataFrame:
        """Everybody on the round's population list."""
        return self.of("roster.population")

    @cached_property
    def ever_listed(self) -> pl.DataFrame:
        """Everybody on a population list up to the round: p, h, v, and ``known`` by a row of it.

        Who has left the list is known where a row once gave name and number whole.
        """
        sent = self.deliveries["roster.population"]
        rosters = [sent[j] for j in sorted(sent) if j <= self.k]
        rows = pl.concat([r.select("p", "h", "v", "intact") for r in rosters])
        there = pl.col("p").is_in(self.persons["p"].implode())
        return (
            rows.group_by("p", maintain_order=True)
            .agg(pl.last("h"), pl.last("v"), known=pl.col("intact").any())
            .with_columns(known=pl.col("known") | there)
        )

    @cached_property
    def dead(self) -> pl.DataFrame:
        """Persons on the roster whom the list of deaths names: p, died, sure (a confirmed link)."""
        rows = self.of("health.deaths").filter(
            pl.col("p").is_not_null() & (pl.col("died_on") <= self.day)
        )
        return rows.group_by("p").agg(
            pl.col("died_on").min().alias("died"), pl.col("intact").any().alias("sure")
        )

    @cached_property
    def alive(self) -> pl.DataFrame:
        """Residents alive as the lists tell it; ``unsettled`` where the death may not be seen."""
        rows = self.persons.filter(pl.col("status") != "死亡")
        rows = rows.join(self.dead, on="p", how="left", maintain_order="left")
        sure = pl.col("sure").fill_null(value=False)
        return rows.filter(~sure).with_columns(pl.col("sure").is_not_null().alias("unsettled"))

    @cached_property
    def poor(self) -> pl.Series:
        """Households that are 脱贫户 or on the monitored list (``h``)."""
        return self.persons.filter(pl.col("household_type").is_in(["脱贫户", "监测对象"]))[
            "h"
        ].unique()

    @cached_property
    def monitored(self) -> pl.DataFrame:
        """Monitored households whose list came."""
        return self.of("roster.monitored")

    @cached_property
    def active(self) -> pl.DataFrame:
        """Monitored households with the risk not removed."""
        return self.monitored.filter(~pl.col("risk_removed"))

    @cached_property
    def allowance(self) -> pl.DataFrame:
        """Rows of persons on active 低保."""
        return self.of("civil_affairs.dibao").filter(pl.col("status") == "在保")

    @cached_property
    def allowance_homes(self) -> pl.DataFrame:
        """Households with active 低保: h, seen (by a row whose identity is whole)."""
        return self.allowance.group_by("h").agg(pl.col("intact").any().alias("seen"))

    def ages(self) -> pl.Expr:
        """Days of life on the round."""
        return (pl.lit(self.day) - pl.col("birth")).dt.total_days()


def verdict(
    frame: pl.DataFrame,
    rule: str,
    subject: str,
    label: pl.Expr | str,
    reason: pl.Expr | str = "",
    detectable: pl.Expr | bool = True,
) -> pl.DataFrame:
    """Give rows of `COLUMNS` for the subjects in `frame`; rows whose label is null are dropped."""
    key = {"person": ["p", "h", "v"], "household": ["h", "v"], "village": ["v"]}[subject]

    def said(value: pl.Expr | str) -> pl.Expr:
        return pl.lit(value) if isinstance(value, str) else value

    shown = detectable if isinstance(detectable, pl.Expr) else pl.lit(detectable)
    return (
        frame.select(
            pl.lit(rule).alias("rule_id"),
            pl.lit(subject).alias("subject"),
            *(
                (pl.col(c) if c in key else pl.lit(None)).cast(pl.Int64).alias(c)
                for c in ("p", "h", "v")
            ),
            said(label).alias("label"),
            said(reason).alias("reason"),
            shown.fill_null(value=False).alias("detectable"),
        )
        .filter(pl.col("label").is_not_null())
        .cast(COLUMNS)  # type: ignore[arg-type]
    )


def present(rows: pl.DataFrame, key: str = "p") -> pl.DataFrame:
    """What speaks for a subject's presence on a list.

    Returns:
        `key`; plain (a row whose identity is whole and which has nothing out of the ordinary);
        settled (a row that can be recognised); why (the look-alike's tag, or damaged_id).
    """
    tag = (
        pl.when(pl.col("tag") != "").then("tag").when(~pl.col("intact")).then(pl.lit("damaged_id"))
    )
    return (
        rows.filter(pl.col(key).is_not_null())
        .with_columns(tag.fill_null("").alias("why"))
        .group_by(key)
        .agg(
            ((pl.col("why") == "") & pl.col("intact")).any().alias("plain"),
            pl.col("determinable").any().alias("settled"),
            pl.col("why").filter(pl.col("why") != "").min().fill_null("").alias("why"),
        )
    )


def haunted(rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Names of rows that are not settled: whoever bears such a name may be the one meant."""
    loose = rows.filter(~pl.col("intact"))
    return loose.select(keys).unique().with_columns(pl.lit(value=True).alias("haunted"))


def absent(
    subjects: pl.DataFrame,
    rows: pl.DataFrame,
    rule: str,
    whole: pl.DataFrame,
    within: str | None,
) -> pl.DataFrame:
    """Give the verdict where absence of a person from a list is the doubt.

    Args:
        subjects: Persons whom the rule concerns.
        rows: Rows that speak for a person's presence.
        rule: The rule's id.
        whole: All rows of the list: one that is not settled may be the person's.
        within: What the list says of the place: ``v``; ``village``, its name without the township,
            which several villages may bear; None: nothing.
    """
    keys = ["name"] if within is None else ["name", within]
    unsettled = "unsettled" if "unsettled" in subjects.columns else None
    frame = (
        subjects.join(present(rows), on="p", how="left", maintain_order="left")
        .join(haunted(whole, keys), on=keys, how="left", maintain_order="left")
        .with_columns(
            pl.col(unsettled).alias("open") if unsettled else pl.lit(value=False).alias("open")
        )
    )
    label = (
        pl.when("open")
        .then(pl.lit("ambiguous"))
        .when(pl.col("plain").is_null())
        .then(pl.lit("real"))
        .when(pl.col("plain"))
        .then(None)
        .when(pl.col("settled"))
        .then(pl.lit("innocent"))
        .otherwise(pl.lit("ambiguous"))
    )
    seen = pl.col("haunted").is_null()
    return verdict(frame, rule, "person", label, pl.col("why").fill_null(""), seen)


def all_truth(
    world: World, deliveries: Mapping[str, Mapping[int, pl.DataFrame]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the truth of every rule and village in every round.

    Returns:
        Discrepancies (round, rule_id, subject, p, household_id, village_code, label, reason,
        detectable) and villages (round, village_code, blank, zero_change, compared).
    """
    from pipelines.synthetic.truth_rules import RULES
    from pipelines.synthetic.truth_villages import village_truth

    found, villages = [], []
    for k, day in enumerate(world.rounds):
        lists = Lists(world, k, deliveries)
        verdicts = pl.concat([rule(lists) for rule in RULES])
        found.append(verdicts.with_columns(pl.lit(day).alias("round"), pl.lit(k).alias("k")))
        villages.append(village_truth(lists).with_columns(pl.lit(day).alias("round")))
    homes = world.households.select("h", "household_id", pl.col("v").alias("home_v"))
    codes = world.places.select("v", "village_code")
    table = (
        pl.concat(found)
        .join(homes, on="h", how="left", maintain_order="left")
        .with_columns(pl.coalesce("v", "home_v").alias("v"))
        .join(codes, on="v", how="left", maintain_order="left")
        .drop("home_v")
        .sort("k", "rule_id", "v", "h", "p", "label", "reason")
    )
    return table, pl.concat(villages).sort("round", "village_code")


Rule = Callable[[Lists], pl.DataFrame]
"""Gives the verdicts of one rule on one round."""
