"""What the health office lists: deaths, family doctors' contracts, illnesses."""

import datetime as dt

import polars as pl

from pipelines.synthetic.outsiders import outsiders
from pipelines.synthetic.world import World

DEATHS_DAYS = 3
SERIOUS = (
    "恶性肿瘤",
    "终末期肾病",
    "急性心肌梗塞",
    "脑中风后遗症",
    "先天性心脏病",
    "再生障碍性贫血",
    "白血病",
)
CHRONIC = ("高血压", "2型糖尿病", "冠心病", "慢性阻塞性肺病", "类风湿性关节炎", "严重精神障碍")


def deaths(world: World, k: int) -> pl.DataFrame:
    """One row a death up to the list's day; some of people who never were on the roster."""
    day = world.as_of(k, DEATHS_DAYS)
    own = (
        world.alive_or_dead.filter(pl.col("died_on") <= day)
        .with_columns(
            pl.when("male").then(pl.lit("男")).otherwise(pl.lit("女")).alias("sex"),
            (pl.col("township") + pl.col("village") + pl.col("group_name")).alias("address"),
            pl.lit("").alias("tag"),
        )
        .sort("died_on", "p")
    )
    rng = world.rng("death sources")
    sources = ["村医上报", "医院", "公安注销", "殡葬登记"]
    drawn = rng.integers(0, 4, len(world.persons))[own["p"].to_numpy()]
    own = own.with_columns(pl.Series("source", [sources[i] for i in drawn], dtype=pl.String))
    return pl.concat([own, _outsiders(world, day)], how="diagonal")


def _outsiders(world: World, day: dt.date) -> pl.DataFrame:
    """Deaths of townspeople who bear the name of a living resident: same name, another person."""
    n = max(4, len(world.persons) // 1500)
    people = outsiders(world, "deaths", n, (1930, 1965))
    rng = world.rng("outsiders' deaths")
    first = dt.date(world.rounds[0].year, 1, 8)
    died = [first + dt.timedelta(days=int(x)) for x in rng.integers(0, 150, len(people))]
    return people.with_columns(
        pl.Series("died_on", died, dtype=pl.Date),
        pl.when("male").then(pl.lit("男")).otherwise(pl.lit("女")).alias("sex"),
        pl.lit("县城关社区").alias("address"),
        pl.lit("公安注销").alias("source"),
    ).filter(pl.col("died_on") <= day)
