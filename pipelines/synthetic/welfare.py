"""What the civil affairs office lists: subsistence allowance, destitute support, disability."""

import datetime as dt
from functools import lru_cache

import polars as pl

from pipelines.synthetic.roster import listed_persons
from pipelines.synthetic.schooling import disabled_at_home
from pipelines.synthetic.world import World

DIBAO_DAYS, TEKUN_DAYS, DISABILITY_DAYS = 5, 5, 9
GRACE_DAYS = 31
KINDS = ("视力", "听力", "言语", "肢体", "智力", "精神", "多重")
LEVELS = ("一级", "二级", "三级", "四级")


def ever_poor() -> pl.Expr:
    """脱贫户, or monitored in any round (on a frame with the households' columns)."""
    return (pl.col("type") == "脱贫户") | pl.col("monitored")


@lru_cache(maxsize=4)
def disabled(world: World) -> pl.DataFrame:
    """Persons with a certificate: p, level (1 to 4), kind."""
    people = world.persons.filter(pl.col("died_on").is_null()).select("p", "birth")
    at_home = people["p"].is_in(disabled_at_home(world).implode())
    u = world.draw("disabled", people)
    level = world.draw("disability level", people)
    kind = world.draw("disability kind", people)
    return people.with_columns(
        pl.when(at_home)
        .then((level * 2).floor() + 1)
        .otherwise((level * 4).floor() + 1)
        .cast(pl.Int64)
        .alias("level_no"),
        (kind * len(KINDS)).floor().cast(pl.Int64).alias("kind_no"),
    ).filter(at_home | (u < 0.035))


def disability(world: World, k: int) -> pl.DataFrame:
    """One row a certificate."""
    day = world.as_of(k, DISABILITY_DAYS)
    rows = world.alive_or_dead.join(disabled(world).drop("birth"), on="p", how="inner").sort("p")
    issued = (world.draw("certificate issued", rows) * 2500).floor().cast(pl.Int64)
    return rows.with_columns(issued.alias("issued_days")).with_columns(
        (
            pl.col("true_id")
            + (pl.col("kind_no") + 1).cast(pl.String)
            + pl.col("level_no").cast(pl.String)
        ).alias("certificate"),
        pl.col("kind_no")
        .replace_strict(dict(enumerate(KINDS)), return_dtype=pl.String)
        .alias("kind"),
        (pl.col("level_no") - 1)
        .replace_strict(dict(enumerate(LEVELS)), return_dtype=pl.String)
        .alias("level"),
        pl.max_horizontal(
            pl.lit(day) - pl.duration(days=60 + pl.col("issued_days")),
            pl.col("birth") + pl.duration(days=60),
        )
        .cast(pl.Date)
        .alias("issued_on"),
    )


@lru_cache(maxsize=4)
def seriously_ill(world: World) -> pl.DataFrame:
    """Persons with an illness on the health office's list, whatever the monitored list says.

    Returns:
        p, h, kind (大病 or 慢病).
    """
    people = world.persons.filter(pl.col("died_on").is_null()).select("p", "h", "birth")
    age = world.rounds[-1].year - people["birth"].dt.year()
    u = world.draw("illness", people)
    serious = u < (0.002 + 0.011 * (age > 40))
    chronic = (u < (0.01 + 0.11 * (age > 50))) & ~serious
    return (
        people.with_columns(
            pl.when(serious).then(pl.lit("大病")).when(chronic).then(pl.lit("慢病")).alias("kind")
        )
        .filter(pl.col("kind").is_not_null())
        .drop("birth")
    )


@lru_cache(maxsize=4)
def tekun_persons(world: World) -> pl.DataFrame:
    """Destitute old people living alone: p, h, and whether 低保 lists them too (fate)."""
    alone = world.households.filter(pl.col("kind") == "single_old").select("h")
    people = world.persons.join(alone, on="h", how="semi").filter(pl.col("slot") == 0)
    u, fate = world.draw("tekun", people), world.draw("tekun fate", people)
    chosen = (u < 0.3) & ~people["p"].is_in(seriously_ill(world)["p"].implode())
    return (
        people.select("p", "h", "died_on")
        .with_columns(
            pl.when(fate < 0.13)
            .then(pl.lit("real_both"))
            .when(fate < 0.24)
            .then(pl.lit("dibao_stopped"))
            .when(fate < 0.40)
            .then(pl.lit("dead_still"))
            .otherwise(pl.lit(""))
            .alias("fate")
        )
        .filter(chosen)
    )


def tekun(world: World, k: int) -> pl.DataFrame:
    """One row a person; the dead come off the list, but for some (STD-01)."""
    day = world.as_of(k, TEKUN_DAYS)
    rows = world.alive_or_dead.join(
        tekun_persons(world).select("p", "fate"), on="p", how="inner"
    ).sort("p")
    dead = (pl.col("died_on") <= day).fill_null(value=False)
    late = (pl.col("died_on") <= day - dt.timedelta(days=GRACE_DAYS)).fill_null(value=False)
    rows = rows.with_columns((world.draw("tekun away", rows) < 0.1).alias("away"))
    return rows.filter(~late | (pl.col("fate") == "dead_still")).with_columns(
        pl.when("away").then(pl.lit("集中供养")).otherwise(pl.lit("分散供养")).alias("mode"),
        pl.lit("全自理").alias("care_level"),
        pl.lit(715.0).alias("monthly_amount"),
        pl.when(dead & ~late).then(pl.lit("died_in_grace")).otherwise(pl.lit("")).alias("tag"),
    )


@lru_cache(maxsize=4)
def dibao_households(world: World) -> pl.DataFrame:
    """Households with 低保 and what is out of the ordinary there.

    Returns:
        h, fate: real_split (CIV-08), single_person (permitted), stopped, dead_still, dead_stopped
        (STD-01 and its look-alike), or empty.
    """
    dead = world.persons.filter(
        pl.col("died_on").is_not_null() & (pl.col("died_on").dt.year() == world.rounds[-1].year)
    )["h"].unique()
    homes = world.households.join(tekun_persons(world), on="h", how="anti")
    size = world.persons.filter(pl.col("died_on").is_null()).group_by("h").len("size")
    homes = homes.join(size, on="h", how="left", maintain_order="left").with_columns(
        pl.col("size").fill_null(0)
    )
    u, fate = world.draw_households("dibao", homes), world.draw_households("dibao fate", homes)
    with_dead = homes["h"].is_in(dead.implode()) & (homes["size"] > 0)
    rate = (
        pl.when(with_dead)
        .then(0.4)
        .when("monitored")
        .then(0.22)
        .when(pl.col("type") == "脱贫户")
        .then(0.13)
        .otherwise(0.03)
    )
    people = _single_candidates(world)
    single = homes["h"].is_in(people["h"].implode()) & (homes["size"] > 1)
    return (
        homes.with_columns(
            pl.when(with_dead)
            .then(
                pl.when(fate < 0.45)
                .then(pl.lit("dead_still"))
                .when(fate < 0.75)
                .then(pl.lit("dead_stopped"))
                .otherwise(pl.lit(""))
            )
            .when(single & (fate < 0.35))
            .then(pl.lit("single_person"))
            .when((pl.col("size") > 1) & (fate > 0.91))
            .then(pl.lit("real_split"))
            .when(fate > 0.87)
            .then(pl.lit("stopped"))
            .otherwise(pl.lit(""))
            .alias("fate")
        )
        .filter((u < rate) | (single & (u < 0.16)))
        .select("h", "size", "fate")
    )


@lru_cache(maxsize=4)
def _single_candidates(world: World) -> pl.DataFrame:
    """The persons for whom 单人保 is permitted: severely disabled or seriously ill (p, h)."""
    severe = disabled(world).filter(pl.col("level_no") <= 2)["p"]
    ill = seriously_ill(world).filter(pl.col("kind") == "大病")["p"]
    return world.persons.filter(
        pl.col("p").is_in(severe.implode()) | pl.col("p").is_in(ill.implode())
    ).select("p", "h")


def dibao(world: World, k: int) -> pl.DataFrame:
    """One row a person covered, or covered until recently."""
    day = world.as_of(k, DIBAO_DAYS)
    rows = listed_persons(world, k).filter(pl.col("birth") <= day - dt.timedelta(days=10))
    rows = rows.join(dibao_households(world), on="h", how="inner").sort("h", "slot")
    entitled = rows["p"].is_in(_single_candidates(world)["p"].implode())
    dead = (pl.col("died_on") <= day).fill_null(value=False)
    rows = rows.with_columns(
        entitled.alias("entitled"),
        dead.alias("dead"),
        world.stands("dibao", rows, k, "h").alias("on"),
    ).with_columns(
        # Of a household covered in part: the first member who is alive and not entitled alone.
        (~pl.col("entitled") & ~pl.col("dead")).cast(pl.Int64).cum_sum().over("h").alias("order"),
        pl.col("entitled").cast(pl.Int64).cum_sum().over("h").alias("entitled_order"),
    )
    split = (pl.col("fate") == "real_split") & pl.col("on")
    covered = (
        pl.when(pl.col("dead"))
        .then(
            pl.col("fate").is_in(["dead_stopped"])
            | ((pl.col("fate") == "dead_still") & pl.col("on"))
            | (pl.col("died_on") > day - dt.timedelta(days=GRACE_DAYS - 3))
        )
        .when(split)
        .then(~pl.col("entitled") & (pl.col("order") == 1))
        .when(pl.col("fate") == "single_person")
        .then(pl.col("entitled") & (pl.col("entitled_order") == 1))
        .otherwise(pl.lit(value=True))
    )
    stopped = (pl.col("fate") == "stopped") | (pl.col("dead") & (pl.col("fate") == "dead_stopped"))
    rows = rows.filter(covered).with_columns(
        pl.when(stopped).then(pl.lit("停保")).otherwise(pl.lit("在保")).alias("status"),
        pl.when(pl.col("fate") == "single_person")
        .then(pl.lit("single_person"))
        .when(stopped & pl.col("dead"))
        .then(pl.lit("dead_stopped"))
        .otherwise(pl.lit(""))
        .alias("tag"),
    )
    both = _tekun_on_dibao(world, k)
    return _dibao_columns(world, pl.concat([rows, both], how="diagonal_relaxed"))


def _tekun_on_dibao(world: World, k: int) -> pl.DataFrame:
    """Destitute persons whom 低保 lists too: STD-05, or stopped before."""
    fates = tekun_persons(world).filter(pl.col("fate").is_in(["real_both", "dibao_stopped"]))
    rows = listed_persons(world, k).join(fates.select("p", "fate"), on="p", how="inner").sort("p")
    rows = rows.filter(pl.col("died_on").is_null())
    stands = world.stands("dibao and tekun", rows, k)
    active = (pl.col("fate") == "real_both") & stands
    return rows.with_columns(
        pl.when(active).then(pl.lit("在保")).otherwise(pl.lit("停保")).alias("status"),
        pl.when(pl.col("fate") == "dibao_stopped")
        .then(pl.lit("dibao_stopped_before"))
        .otherwise(pl.lit(""))
        .alias("tag"),
    )


def _dibao_columns(world: World, rows: pl.DataFrame) -> pl.DataFrame:
    rows = rows.sort("v", "h", "slot")
    u = world.draw_households("dibao class", rows)
    number = pl.lit("99D") + pl.col("h").cast(pl.String).str.zfill(8)
    start = (world.draw_households("dibao since", rows) * 2000).floor().cast(pl.Int64)
    first = world.rounds[0] - dt.timedelta(days=200)
    amount = pl.when(u < 0.2).then(360.0).when(u < 0.6).then(268.0).otherwise(215.0)
    return (
        rows.with_columns(
            number.alias("certificate"),
            (pl.col("status") == "在保").sum().over("h").cast(pl.Int64).alias("members_covered"),
        )
        .with_columns(pl.Series("u", u), pl.Series("start", start))
        .with_columns(
            pl.when(u < 0.2)
            .then(pl.lit("A类"))
            .when(u < 0.6)
            .then(pl.lit("B类"))
            .otherwise(pl.lit("C类"))
            .alias("dibao_class"),
            amount.alias("monthly_amount"),
            (pl.lit(first) - pl.duration(days="start")).alias("from_date"),
            (pl.lit("990") + pl.col("h").cast(pl.String).str.zfill(16)).alias("account"),
        )
        .drop("u", "start")
    )
