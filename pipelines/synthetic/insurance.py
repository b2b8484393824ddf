"""What the insurance office lists: who is covered, and what was settled."""

import datetime as dt
from functools import lru_cache

import polars as pl

from pipelines.synthetic.outsiders import outsiders
from pipelines.synthetic.world import World

COVERAGE_DAYS, CLAIMS_DAYS = 6, 6
HOSPITALS = ("县人民医院", "县中医院", "市第一人民医院", "省肿瘤医院", "市中心医院")
RESIDENT, EMPLOYEE = "城乡居民基本医疗保险", "城镇职工基本医疗保险"


def coverage(world: World, k: int) -> pl.DataFrame:
    """One row a person, year and scheme."""
    day = world.as_of(k, COVERAGE_DAYS)
    year = day.year
    rows = (
        world.alive_or_dead.join(
            world.households.select("h", "monitored"), on="h", how="left", maintain_order="left"
        )
        .filter(pl.col("birth") <= day - dt.timedelta(days=25))
        .sort("p")
    )
    u, fate = world.draw("insured", rows), world.draw("insured how", rows)
    stands = world.stands("insured", rows, k)
    poor = (pl.col("type") == "脱贫户") | pl.col("monitored")
    infant = (pl.lit(world.rounds[-1]) - pl.col("birth")).dt.total_days() <= 400
    before = pl.col("died_on").dt.year() < year
    rows = rows.with_columns(pl.Series("u", u), pl.Series("fate", fate), stands.alias("on"))
    rows = rows.with_columns(
        pl.when(before.fill_null(value=False))
        .then(
            pl.when((pl.col("u") < 0.35) & pl.col("on"))
            .then(pl.lit("dead_still"))
            .otherwise(pl.lit("dead"))
        )
        .when(infant)
        .then(
            pl.when((pl.col("u") < 0.2) & pl.col("on"))
            .then(pl.lit("none"))
            .when(pl.col("u") > 0.8)
            .then(pl.lit("mothers_name"))
            .otherwise(pl.lit(""))
        )
        .when((pl.col("u") < pl.when(poor).then(0.012).otherwise(0.035)) & pl.col("on"))
        .then(pl.lit("none"))
        .when(pl.col("fate") < 0.015)
        .then(pl.lit("elsewhere"))
        .when((pl.col("fate") < 0.05) & (pl.col("birth").dt.year() < year - 18))
        .then(pl.lit("employee"))
        .when((pl.col("fate") > 0.996) & pl.col("on"))
        .then(pl.lit("real_two_schemes"))
        .when((pl.col("fate") > 0.993) & pl.col("on"))
        .then(pl.lit("real_two_places"))
        .when(pl.col("fate") > 0.988)
        .then(pl.lit("row_twice"))
        .when(pl.col("fate") > 0.984)
        .then(pl.lit("other_year"))
        .otherwise(pl.lit(""))
        .alias("how"),
    )
    kept = _insured(world, rows.filter(~pl.col("how").is_in(["none", "dead"])), year, poor)
    extra = [
        kept.filter(pl.col("how") == "real_two_schemes").with_columns(
            pl.lit(EMPLOYEE).alias("scheme")
        ),
        kept.filter(pl.col("how") == "real_two_places").with_columns(pl.lit("邻县").alias("place")),
        kept.filter(pl.col("how") == "row_twice"),
        kept.filter(pl.col("how") == "other_year").with_columns(
            pl.lit(year - 1, pl.Int64).alias("year"),
            pl.lit("邻县").alias("place"),
            pl.lit(dt.date(year - 2, 11, 20)).alias("paid_on"),
        ),
        _namesakes(world, year),
    ]
    return pl.concat([kept, *extra], how="diagonal_relaxed").sort(
        "township", "v", "h", maintain_order=True, nulls_last=True
    )


def _insured(world: World, rows: pl.DataFrame, year: int, poor: pl.Expr) -> pl.DataFrame:
    mothers = (
        world.persons.filter(~pl.col("male") & (pl.col("birth").dt.year() < year - 17))
        .sort("h", "birth", descending=[False, True])
        .group_by("h", maintain_order=True)
        .first()
        .select("h", pl.col("name").alias("mother"), pl.col("id_number").alias("mother_id"))
    )
    child = pl.when("male").then(pl.lit("之子")).otherwise(pl.lit("之女"))
    rows = rows.join(mothers, on="h", how="left", maintain_order="left").with_columns(
        pl.when((pl.col("how") == "mothers_name") & pl.col("mother_id").is_null())
        .then(pl.lit(""))
        .otherwise("how")
        .alias("how")
    )
    by_mother = pl.col("how") == "mothers_name"
    paid = dt.date(year - 1, 10, 8)
    return rows.with_columns(
        pl.when(by_mother).then(pl.col("mother") + child).otherwise("name").alias("name"),
        pl.when(by_mother).then("mother_id").otherwise("id_number").alias("id_number"),
        pl.when(by_mother).then(pl.lit("mother")).otherwise(pl.lit("own")).alias("id_of"),
        pl.when(by_mother).then(pl.lit("mother")).otherwise(pl.lit("own")).alias("name_of"),
        by_mother.alias("plain"),
        pl.lit(year, pl.Int64).alias("year"),
        pl.when(pl.col("how") == "employee")
        .then(pl.lit(EMPLOYEE))
        .otherwise(pl.lit(RESIDENT))
        .alias("scheme"),
        pl.when(poor).then(pl.lit("脱贫人口")).otherwise(pl.lit("一般居民")).alias("identity"),
        pl.max_horizontal(
            pl.lit(paid) + pl.duration(days=(pl.col("u") * 100).floor().cast(pl.Int64)),
            pl.col("birth") + pl.duration(days=20),
        ).alias("paid_on"),
        pl.when(poor).then(50.0).otherwise(280.0).alias("own_payment"),
        pl.when(poor).then(230.0).otherwise(0.0).alias("subsidy"),
        pl.when(pl.col("how") == "elsewhere")
        .then(pl.lit("外省"))
        .otherwise(pl.lit("本县"))
        .alias("place"),
        pl.when(
            pl.col("how").is_in(
                ["elsewhere", "employee", "mothers_name", "row_twice", "other_year"]
            )
        )
        .then("how")
        .when(pl.col("died_on").is_not_null() & (pl.col("how") != "dead_still"))
        .then(pl.lit("died_in_year"))
        .otherwise(pl.lit(""))
        .alias("tag"),
    )


def _namesakes(world: World, year: int) -> pl.DataFrame:
    """People of other counties on the list, with a resident's name."""
    people = outsiders(world, "coverage", max(6, len(world.persons) // 1000), (1950, 2005))
    return people.with_columns(
        pl.lit("own").alias("id_of"),
        pl.lit("own").alias("name_of"),
        pl.lit(value=False).alias("plain"),
        pl.lit(year, pl.Int64).alias("year"),
        pl.lit(RESIDENT).alias("scheme"),
        pl.lit("一般居民").alias("identity"),
        pl.lit(dt.date(year - 1, 11, 3)).alias("paid_on"),
        pl.lit(280.0).alias("own_payment"),
        pl.lit(0.0).alias("subsidy"),
        pl.lit("邻县").alias("place"),
    )


@lru_cache(maxsize=4)
def all_claims(world: World) -> pl.DataFrame:
    """Every stay in hospital of the year, with the story of its reimbursement.

    Returns:
        p, discharged_on, one_stop, received_on, story (prompt, last_day, real_late, real_open,
        settled_late_in_list: first sent open, then sent again as received).
    """
    first, last = dt.date(world.rounds[0].year, 3, 1), world.rounds[-1]
    rows = world.persons.filter(pl.col("died_on").is_null()).select("p", "birth")
    u = world.draw("claim", rows)
    old = rows["birth"].dt.year() < 1965
    rows = rows.with_columns(pl.Series("u", u)).filter(u < (0.02 + 0.05 * old.cast(pl.Float64)))
    span = (last - first).days - 12
    days, story = world.draw("discharged", rows), world.draw("claim story", rows)
    rows = rows.with_columns(
        (pl.lit(first) + pl.duration(days=pl.lit((days * span).floor().cast(pl.Int64)))).alias(
            "discharged_on"
        ),
        pl.Series("s", story),
    ).with_columns(
        pl.col("discharged_on").dt.offset_by("1mo").dt.month_end().alias("due_on"),
        pl.when(pl.col("s") < 0.6)
        .then(pl.lit("one_stop"))
        .when(pl.col("s") < 0.82)
        .then(pl.lit("prompt"))
        .when(pl.col("s") < 0.88)
        .then(pl.lit("last_day"))
        .when(pl.col("s") < 0.94)
        .then(pl.lit("real_late"))
        .when(pl.col("s") < 0.98)
        .then(pl.lit("real_open"))
        .otherwise(pl.lit("sent_again"))
        .alias("story"),
    )
    story_is = pl.col("story")
    received = (
        pl.when(story_is == "one_stop")
        .then(pl.col("discharged_on"))
        .when(story_is == "prompt")
        .then(pl.col("discharged_on") + pl.duration(days=15))
        .when(story_is == "last_day")
        .then(pl.col("due_on"))
        .when(story_is == "real_late")
        .then(pl.col("due_on") + pl.duration(days=9))
        .when(story_is == "sent_again")
        .then(pl.col("due_on") - pl.duration(days=1))
    )
    return rows.with_columns(
        received.alias("received_on"),
        (pl.col("story") == "one_stop").alias("one_stop"),
        (pl.col("discharged_on") + pl.duration(days=3)).alias("settled_on"),
    )


def claims(world: World, k: int) -> pl.DataFrame:
    """Settlements since the list before, and those whose money has come since they were sent."""
    day = world.as_of(k, CLAIMS_DAYS)
    sent = [j for j in range(k) if world.delivered(j, "month")]
    before = world.as_of(sent[-1], CLAIMS_DAYS) if sent else dt.date(2000, 1, 1)
    known = all_claims(world)
    # What the list says of the money on its day.
    shown = pl.when(pl.col("received_on") <= day).then("received_on")
    new = known.filter((pl.col("settled_on") > before) & (pl.col("settled_on") <= day))
    again = known.filter(
        (pl.col("settled_on") <= before)
        & (pl.col("received_on") > before)
        & (pl.col("received_on") <= day)
        & (pl.col("story") != "one_stop")
    )
    rows = pl.concat([new, again]).with_columns(shown.alias("received_on"))
    rows = rows.select("p", "discharged_on", "settled_on", "received_on", "one_stop", "story", "u")
    rows = rows.join(world.alive_or_dead, on="p", how="inner").sort("settled_on", "p")
    total = (pl.col("u") * 10_000_000 % 38_000 + 1_900).round(2)
    which = (pl.col("u") * 100_000).floor().cast(pl.Int64) % len(HOSPITALS)
    stay = (pl.col("u") * 1_000_000).floor().cast(pl.Int64) % 14 + 2
    return rows.with_columns(
        total.alias("total"),
        (pl.col("discharged_on") - pl.duration(days=stay)).alias("admitted_on"),
        which.replace_strict(dict(enumerate(HOSPITALS)), return_dtype=pl.String).alias("hospital"),
    ).with_columns(
        (pl.col("total") * 0.9).round(2).alias("in_scope"),
        (pl.col("total") * 0.55).round(2).alias("basic_paid"),
        (pl.col("total") * 0.10).round(2).alias("serious_paid"),
        (pl.col("total") * 0.08).round(2).alias("aid_paid"),
        (pl.col("total") * 0.27).round(2).alias("own_paid"),
        pl.when(pl.col("story") == "last_day")
        .then(pl.lit("last_day"))
        .otherwise(pl.lit(""))
        .alias("tag"),
    )
