"""What the health office lists: deaths, family doctors' contracts, illnesses."""

import datetime as dt
from functools import lru_cache

import polars as pl

from pipelines.synthetic.outsiders import outsiders
from pipelines.synthetic.roster import listed_persons, monitored_ever
from pipelines.synthetic.welfare import seriously_ill
from pipelines.synthetic.world import World

DEATHS_DAYS, CONTRACT_DAYS = 3, 6
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


@lru_cache(maxsize=4)
def patients_of_monitored(world: World) -> pl.DataFrame:
    """Who is ill in the monitored households with the risk 因病.

    Returns:
        h, p (null where nobody is on the illness list by nature and one must be found), fate:
        real (HEA-06: nobody is listed) or empty.
    """
    homes = monitored_ever(world).filter(pl.col("risks").list.contains("因病")).select("h")
    u = world.draw_households("patient", homes)
    homes = homes.with_columns(
        pl.when(u < 0.12).then(pl.lit("real")).otherwise(pl.lit("")).alias("fate")
    )
    members = world.persons.filter(
        pl.col("died_on").is_null() & (pl.col("birth").dt.year() < world.rounds[0].year - 3)
    ).select("h", "p")
    member_draw = world.draw("patient member", members)
    one = (
        members.with_columns(member_draw.alias("u"))
        .sort("h", "u")
        .group_by("h", maintain_order=True)
        .first()
        .drop("u")
    )
    return homes.join(one, on="h", how="left", maintain_order="left")


def illnesses(world: World, k: int) -> pl.DataFrame:
    """One row a diagnosis: the seriously and the chronically ill, the living only."""
    homes = patients_of_monitored(world)
    stands = world.stands("patient", homes, k, "h")
    without = homes.filter((pl.col("fate") == "real") & stands)["h"]
    natural = seriously_ill(world)
    needed = homes.join(natural.select("h").unique(), on="h", how="anti").filter(
        pl.col("p").is_not_null()
    )
    u = world.draw("needed kind", needed)
    extra = needed.with_columns(
        pl.when(u < 0.4).then(pl.lit("大病")).otherwise(pl.lit("慢病")).alias("kind")
    ).select("p", "h", "kind")
    ill = pl.concat([natural, extra]).filter(~pl.col("h").is_in(without.implode()))
    rows = world.alive_or_dead.join(ill.select("p", pl.col("kind").alias("ill")), on="p").sort("p")
    which, since = world.draw("which illness", rows), world.draw("ill since", rows)
    first = world.rounds[0] - dt.timedelta(days=30)
    return rows.with_columns((since * 1500).floor().cast(pl.Int64).alias("days")).with_columns(
        pl.col("ill").alias("kind"),
        pl.when(pl.col("ill") == "大病")
        .then(_named(which, SERIOUS))
        .otherwise(_named(which, CHRONIC))
        .alias("illness"),
        pl.max_horizontal(pl.lit(first) - pl.duration(days="days"), pl.col("birth")).alias(
            "diagnosed_on"
        ),
        pl.when(pl.col("ill") == "慢病").then(pl.lit("chronic")).otherwise(pl.lit("")).alias("tag"),
    )


def _named(u: pl.Series, names: tuple[str, ...]) -> pl.Expr:
    index = pl.lit((u * len(names)).floor().cast(pl.Int64))
    return index.replace_strict(dict(enumerate(names)), return_dtype=pl.String)


def doctor_contracts(world: World, k: int) -> pl.DataFrame:
    """One row a contract; some of the poor have none, or one that has run out (HEA-01)."""
    day = world.as_of(k, CONTRACT_DAYS)
    rows = listed_persons(world, k).join(
        world.households.select("h", "monitored"), on="h", how="left", maintain_order="left"
    )
    poor = (pl.col("type") == "脱贫户") | pl.col("monitored")
    u, fate = world.draw("contract", rows), world.draw("contract fate", rows)
    stands = world.stands("contract", rows, k)
    rows = rows.with_columns(
        pl.when(stands & (fate < 0.012))
        .then(pl.lit("real_none"))
        .when(stands & (fate < 0.022))
        .then(pl.lit("real_expired"))
        .otherwise(pl.lit(""))
        .alias("fate"),
        pl.Series("wanted", u),
        world.draw("signed", rows).alias("signed"),
    ).filter(
        (poor | (pl.col("wanted") < 0.25)) & (pl.col("fate") != "real_none"),
        pl.col("died_on").is_null() | (pl.col("died_on") > day),
    )
    year = world.rounds[0].year
    begun = dt.date(year, 1, 5)
    expired = pl.col("fate") == "real_expired"
    signed = pl.lit(begun) + pl.duration(days=(pl.col("signed") * 60).floor().cast(pl.Int64))
    late = pl.max_horizontal(signed, pl.col("birth") + pl.duration(days=2))
    return rows.with_columns(
        pl.when(expired).then(late - pl.duration(days=366)).otherwise(late).alias("signed_on"),
        pl.when(expired)
        .then(pl.lit(dt.date(year - 1, 12, 31)))
        .otherwise(pl.lit(dt.date(year, 12, 31)))
        .alias("valid_to"),
        (
            pl.col("township").str.slice(0, 2)
            + pl.lit("卫生院家庭医生团队")
            + ((pl.col("signed") * 3).floor().cast(pl.Int64) + 1).cast(pl.String)
        ).alias("team"),
        (pl.lit(day) - pl.duration(days=(pl.col("signed") * 80).floor().cast(pl.Int64))).alias(
            "last_visit_on"
        ),
        pl.when(poor)
        .then(pl.lit("脱贫人口"))
        .otherwise(pl.lit("一般人口"))
        .alias("population_group"),
    )
