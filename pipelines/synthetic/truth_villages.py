"""The rules about villages over the true rows: rounded incomes, blank villages, no change."""

import polars as pl

from pipelines.synthetic.truth import Lists, verdict

DIVISOR, LEAST, SHARE = 100, 8, 0.6


def _late(lists: Lists) -> pl.Series:
    """Villages of the township whose monitored list has not come yet."""
    if lists.k == len(lists.world.rounds) - 1:
        return pl.Series("v", [], dtype=pl.Int64)
    silent = lists.world.silent_monitored_township
    return lists.world.places.filter(pl.col("township") == silent)["v"]


def rounded_villages(lists: Lists) -> pl.DataFrame:
    """DQ-01 数字取整: most monitored households of the village have an income in round hundreds."""

    def share(rows: pl.DataFrame) -> pl.DataFrame:
        whole = (pl.col("net_income_per_head") * 100).round(0).cast(pl.Int64) % (DIVISOR * 100) == 0
        return rows.group_by("v").agg(pl.len().alias("n"), whole.mean().alias("share"))

    active = share(lists.active)
    listed = share(lists.monitored).rename({"n": "n_all", "share": "share_all"})
    frame = active.join(listed, on="v", how="left", maintain_order="left").sort("v")
    now = (pl.col("n") >= LEAST) & (pl.col("share") >= SHARE)
    always = (pl.col("n_all") >= LEAST) & (pl.col("share_all") >= SHARE)
    label = (
        pl.when(now & always)
        .then(pl.lit("real"))
        .when(now | always)
        .then(pl.lit("ambiguous"))
        .when((pl.col("share") >= SHARE) & (pl.col("n") > 1))
        .then(pl.lit("innocent"))
        .when(pl.col("n") >= LEAST)
        .then(pl.lit("innocent"))
    )
    reason = (
        pl.when(pl.col("n") < LEAST).then(pl.lit("few_households")).otherwise(pl.lit("not_rounded"))
    )
    return verdict(frame, "DQ-01", "village", label, reason)


def _blank(lists: Lists) -> pl.DataFrame:
    residents = lists.alive.group_by("v").agg(pl.len().alias("residents"))
    listed = lists.monitored.select("v").unique().with_columns(pl.lit(value=True).alias("listed"))
    return (
        lists.world.places.select("v", "former_names")
        .join(residents, on="v", how="inner", maintain_order="left")
        .join(listed, on="v", how="left", maintain_order="left")
        .with_columns(
            pl.col("listed").fill_null(value=False),
            pl.col("v").is_in(_late(lists).implode()).alias("late"),
        )
    )


def blank_villages(lists: Lists) -> pl.DataFrame:
    """VIL-01 空白村: residents, and no household monitored now or ever."""
    frame = _blank(lists)
    label = (
        pl.when("late")
        .then(pl.lit("innocent"))
        .when(~pl.col("listed"))
        .then(pl.lit("real"))
        .when(pl.col("former_names").is_not_null())
        .then(pl.lit("innocent"))
    )
    reason = pl.when("late").then(pl.lit("file_not_delivered")).otherwise(pl.lit("former_name"))
    return verdict(frame, "VIL-01", "village", label, reason)


def _unchanged(lists: Lists) -> pl.DataFrame:
    """Villages with active monitored households whose list has not changed since the last delivery.

    Returns:
        v, changed, changes (households that changed), members (whether those of a household did).
    """
    sent = lists.deliveries["roster.monitored"]
    if lists.k not in sent or min(sent) >= lists.k:
        return pl.DataFrame(
            schema={
                "v": pl.Int64,
                "changed": pl.Boolean,
                "changes": pl.UInt32,
                "members": pl.Boolean,
            }
        )
    before_k = max(j for j in sent if j < lists.k)
    before, now = sent[before_k], sent[lists.k]
    values = ["risk_removed", "risks", "measures", "helper", "net_income_per_head", "wage_income"]
    both = before.select("h", "v", *values).join(
        now.select("h", "v", *values), on=["h", "v"], how="full", coalesce=True, suffix="_now"
    )
    same = pl.all_horizontal(pl.col(c).eq_missing(pl.col(f"{c}_now")) for c in values)
    rows = both.group_by("v").agg((~same).any().alias("changed"), (~same).sum().alias("changes"))
    known = before.select("v").unique()
    people = [
        lists.deliveries["roster.population"][j]
        .join(now.select("h"), on="h", how="semi")
        .select("v", "p")
        for j in (before_k, lists.k)
    ]
    moved = pl.concat(
        [
            people[0].join(people[1], on="p", how="anti"),
            people[1].join(people[0], on="p", how="anti"),
        ]
    )["v"].unique()
    return (
        rows.join(lists.active.select("v").unique(), on="v", how="semi")
        .join(known, on="v", how="semi")
        .with_columns(pl.col("v").is_in(moved.implode()).alias("members"))
        .sort("v")
    )


def zero_change(lists: Lists) -> pl.DataFrame:
    """VIL-04 零变化: nothing about the monitored households changed since the list before."""
    frame = _unchanged(lists)
    label = (
        pl.when(~pl.col("changed") & ~pl.col("members"))
        .then(pl.lit("real"))
        .when(~pl.col("changed") | (pl.col("changes") == 1))
        .then(pl.lit("innocent"))
    )
    reason = pl.when("changed").then(pl.lit("one_change")).otherwise(pl.lit("member_change"))
    return verdict(frame, "VIL-04", "village", label, reason)


def village_truth(lists: Lists) -> pl.DataFrame:
    """Give each village's blank and zero_change, and whether they can be told this round.

    Returns:
        village_code, residents, blank, zero_change (null where not judged), compared.
    """
    blank = _blank(lists)
    quiet = _unchanged(lists).select(
        "v", (~pl.col("changed") & ~pl.col("members")).alias("zero_change")
    )
    return (
        blank.join(quiet, on="v", how="left", maintain_order="left")
        .join(
            lists.world.places.select("v", "village_code"),
            on="v",
            how="left",
            maintain_order="left",
        )
        .select(
            "village_code",
            "residents",
            (~pl.col("listed") & ~pl.col("late")).alias("blank"),
            "zero_change",
            (~pl.col("late")).alias("compared"),
        )
    )
