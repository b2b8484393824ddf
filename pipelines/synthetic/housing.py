"""What the housing office lists: appraisals, renovations, relocations."""

import datetime as dt
from functools import lru_cache

import polars as pl

from pipelines.synthetic.outsiders import outsiders
from pipelines.synthetic.welfare import dibao_households, ever_poor
from pipelines.synthetic.world import World

SITES = ("幸福家园安置区", "和谐新村安置点", "城关镇惠民小区")
DEMOLISHED = ("是", "已拆除", "√", "已拆")
STANDING = ("否", "未拆除", "未拆", "×")
AREA_PER_HEAD = 25
RECENT_DAYS = 300


@lru_cache(maxsize=4)
def fates(world: World) -> pl.DataFrame:
    """Say for each household what its houses' story is; one story a household.

    Returns:
        h, v, size (alive), appraised (whether the office ever looked), story:
        real_none (HOU-01), other_name, real_unsafe and real_unfinished (HOU-02), renovated,
        renovated_other, later_appraisal, unoccupied, relocated_unsafe; real_twice and
        real_both (HOU-09), same_project, split_household; relocated, real_area, shrank, one_person,
        exactly_25 (HOU-10), real_standing, recent (HOU-13); or safe.
    """
    size = world.persons.filter(pl.col("died_on").is_null()).group_by("h").len("size")
    homes = (
        world.households.join(size, on="h", how="left", maintain_order="left")
        .with_columns(pl.col("size").fill_null(0))
        .sort("h")
    )
    key = ever_poor() | pl.col("h").is_in(dibao_households(world)["h"].implode())
    u, story, wide = (
        world.draw_households(use, homes) for use in ("appraised", "house story", "house else")
    )
    many = pl.col("size") > 1
    moved = ever_poor() & (story < 0.16)
    share = story / 0.16
    built = (
        pl.when(~many)
        .then(pl.when(share < 0.3).then(pl.lit("one_person")).otherwise(pl.lit("relocated")))
        .when(share < 0.12)
        .then(pl.lit("real_area"))
        .when(share < 0.22)
        .then(pl.lit("shrank"))
        .when(share < 0.30)
        .then(pl.lit("exactly_25"))
        .when(share < 0.44)
        .then(pl.lit("real_standing"))
        .when(share < 0.54)
        .then(pl.lit("recent"))
        .when(share < 0.62)
        .then(pl.lit("relocated_unsafe"))
        .when(share < 0.70)
        .then(pl.lit("real_both"))
        .otherwise(pl.lit("relocated"))
    )
    stays = (
        pl.when(story < 0.19)
        .then(pl.lit("real_none"))
        .when((story < 0.25) & many)
        .then(pl.lit("other_name"))
        .when(story < 0.275)
        .then(pl.lit("real_unsafe"))
        .when(story < 0.29)
        .then(pl.lit("real_unfinished"))
        .when(story < 0.32)
        .then(pl.lit("renovated"))
        .when((story < 0.34) & many)
        .then(pl.lit("renovated_other"))
        .when(story < 0.355)
        .then(pl.lit("later_appraisal"))
        .when(story < 0.37)
        .then(pl.lit("unoccupied"))
        .when(story < 0.38)
        .then(pl.lit("real_twice"))
        .when(story < 0.39)
        .then(pl.lit("same_project"))
        .when((story < 0.40) & many)
        .then(pl.lit("split_household"))
        .otherwise(pl.lit("safe"))
    )
    return homes.with_columns(
        (key | (u < 0.18)).alias("appraised"),
        pl.when(moved)
        .then(built)
        .when(key | (u < 0.18))
        .then(stays)
        .otherwise(pl.lit("safe"))
        .alias("story"),
        key.alias("key"),
        pl.Series("u", u),
        pl.Series("wide", wide),
    )


@lru_cache(maxsize=4)
def _names(world: World) -> pl.DataFrame:
    """For each household whose name may stand on a housing list: its head, and another adult.

    Returns:
        h, p, slot, name, id_number and the place columns, one row a member who could be named.
    """
    return world.alive_or_dead.filter(
        (pl.col("slot") <= 6) & (pl.col("birth").dt.year() < world.rounds[0].year - 18)
    )


def _signed(world: World, rows: pl.DataFrame, other: pl.Expr) -> pl.DataFrame:
    """Put a person's name on each row: the head's, or another member's where `other` says so."""
    people = _names(world)
    columns = ["p", "name", "id_number", "township", "village", "former_head"]
    head = people.filter(pl.col("slot") == 0).with_columns(
        pl.col("died_on").is_not_null().alias("former_head")
    )
    second = (
        people.filter((pl.col("slot") > 0) & pl.col("died_on").is_null())
        .sort("h", "slot")
        .group_by("h", maintain_order=True)
        .first()
        .with_columns(pl.lit(value=False).alias("former_head"))
    )
    heads = rows.join(head.select("h", *columns), on="h", how="left", maintain_order="left")
    seconds = rows.join(second.select("h", *columns), on="h", how="left", maintain_order="left")
    use_other = pl.Series(rows.select(other.fill_null(value=False).alias("o"))["o"])
    take = use_other & seconds["p"].is_not_null()
    merged = heads.with_columns(
        pl.when(take).then(seconds[c]).otherwise(pl.col(c)).alias(c) for c in columns
    )
    return merged.with_columns(
        take.alias("other_member"),
        pl.col("name").alias("head_name"),
        pl.col("id_number").alias("head_id_number"),
    )


def _story(*names: str) -> pl.Expr:
    return pl.col("story").is_in(list(names))


def _day(year: int | pl.Expr, spread: pl.Expr) -> pl.Expr:
    first = pl.date(year, 2, 1)
    return first + pl.duration(days=(spread * 300).floor().cast(pl.Int64))


def appraisals(world: World, k: int) -> pl.DataFrame:
    """One row a house looked at."""
    homes = fates(world).drop("head_name", "township", "village")
    year = world.rounds[0].year
    stands = world.stands("house", homes, k, "h")
    hidden = _story("real_none") & stands
    unsafe = _story("real_unsafe", "real_unfinished") & stands
    first = (
        homes.with_columns(stands.alias("stands"))
        .filter(pl.col("appraised") & ~hidden)
        .with_columns(
            pl.when(
                (_story("real_unsafe", "real_unfinished"))
                | _story("renovated", "renovated_other", "later_appraisal", "relocated_unsafe")
            )
            .then(pl.when(pl.col("wide") < 0.5).then(pl.lit("C")).otherwise(pl.lit("D")))
            .when(pl.col("wide") < 0.6)
            .then(pl.lit("A"))
            .otherwise(pl.lit("B"))
            .alias("grade"),
            pl.when(_story("renovated", "renovated_other", "later_appraisal", "relocated_unsafe"))
            .then(_day(2018, pl.col("u")))
            .otherwise(_day(year - 1, pl.col("u")))
            .alias("appraised_on"),
            (pl.lit(60.0) + (pl.col("wide") * 90).round(0)).alias("area"),
            pl.lit(value=True).alias("lived_in"),
        )
    )
    again = first.filter(
        _story("later_appraisal") | (_story("real_unsafe", "real_unfinished") & ~pl.col("stands"))
    ).with_columns(pl.lit("B").alias("grade"), pl.lit(dt.date(year, 5, 20)).alias("appraised_on"))
    empty = first.filter(_story("unoccupied")).with_columns(
        pl.lit("D").alias("grade"),
        pl.lit(value=False).alias("lived_in"),
        pl.lit(dt.date(year, 4, 9)).alias("appraised_on"),
    )
    del unsafe
    rows = _signed(world, pl.concat([first, again, empty]), _story("other_name"))
    occupied = pl.when("lived_in").then(pl.lit("是")).otherwise(pl.lit("否"))
    return (
        rows.sort("v", "h", "appraised_on")
        .with_columns(
            (
                pl.col("grade")
                + pl.when(pl.col("wide") < 0.5).then(pl.lit("级")).otherwise(pl.lit(""))
            ).alias("grade_text"),
            pl.col("grade").alias("grade_true"),
            occupied.alias("occupied"),
            pl.when(pl.col("other_member"))
            .then(pl.lit("other_member"))
            .when("former_head")
            .then(pl.lit("former_head"))
            .when(_story("later_appraisal"))
            .then(pl.lit("later_appraisal"))
            .when(_story("unoccupied"))
            .then(pl.lit("unoccupied"))
            .otherwise(pl.lit(""))
            .alias("tag"),
        )
        .with_columns(pl.col("grade_text").alias("grade"))
    )


def renovations(world: World, k: int) -> pl.DataFrame:
    """One row a project; some twice, some of another person with a resident's name."""
    homes = fates(world).drop("head_name", "township", "village")
    year = world.rounds[0].year
    stands = world.stands("house", homes, k, "h")
    homes = homes.with_columns(stands.alias("stands"))
    single = homes.filter(
        _story(
            "renovated",
            "renovated_other",
            "real_both",
            "same_project",
            "split_household",
            "real_unfinished",
            "real_twice",
        )
        | (_story("safe") & (pl.col("wide") < 0.03))
    ).with_columns(
        pl.when(_story("renovated", "renovated_other"))
        .then(2019)
        .when(_story("real_unfinished"))
        .then(year)
        .when(_story("real_both"))
        .then(2017)
        .otherwise(2015 + (pl.col("wide") * 3).floor().cast(pl.Int64))
        .cast(pl.Int64)
        .alias("year"),
        (~_story("real_unfinished") | ~pl.col("stands")).alias("done"),
    )
    second = single.filter(_story("real_twice") & pl.col("stands")).with_columns(
        (pl.col("year") + 3).alias("year"), pl.lit(value=True).alias("again")
    )
    repeated = single.filter(_story("same_project"))
    rows = pl.concat([single, second, repeated], how="diagonal").with_columns(
        pl.col("again").fill_null(value=False)
    )
    # A household divided since: parents' project stood in the name of who now is another's member.
    rows = _signed(world, rows, _story("renovated_other"))
    spread = pl.col("u")
    rows = rows.with_columns(
        pl.when((pl.col("wide") * 10).floor() % 2 == 0)
        .then(pl.lit("拆除重建"))
        .otherwise(pl.lit("修缮加固"))
        .alias("method"),
        pl.when((pl.col("wide") * 10).floor() % 2 == 0)
        .then(21000.0)
        .otherwise(7500.0)
        .alias("subsidy"),
        _day(pl.col("year"), spread * 0.3).alias("started_on"),
        pl.when("done")
        .then(_day(pl.col("year"), spread * 0.3) + pl.duration(days=100))
        .alias("finished_on"),
        pl.when("done")
        .then(_day(pl.col("year"), spread * 0.3) + pl.duration(days=130))
        .alias("moved_in_on"),
        pl.when("other_member")
        .then(pl.lit("other_member"))
        .when("former_head")
        .then(pl.lit("former_head"))
        .when(_story("same_project"))
        .then(pl.lit("same_project"))
        .when(_story("split_household"))
        .then(pl.lit("split_household"))
        .otherwise(pl.lit(""))
        .alias("tag"),
    )
    return pl.concat([rows, _namesakes(world, rows)], how="diagonal_relaxed").sort(
        "year", "township", "h", maintain_order=True
    )


def _namesakes(world: World, rows: pl.DataFrame) -> pl.DataFrame:
    """Projects of people from other counties with a resident's name: same name, another person."""
    people = outsiders(world, "renovations", max(3, len(rows) // 60), (1945, 1975))
    places = world.places.filter(pl.col("weight") > 0)
    far = places.gather(world.rng("far villages").integers(0, len(places), len(people)))["village"]
    return people.with_columns(
        pl.col("name").alias("head_name"),
        pl.col("id_number").alias("head_id_number"),
        far.alias("village"),
        pl.lit(2018, pl.Int64).alias("year"),
        pl.lit("修缮加固").alias("method"),
        pl.lit(7500.0).alias("subsidy"),
        pl.lit(dt.date(2018, 4, 1)).alias("started_on"),
        pl.lit(dt.date(2018, 8, 1)).alias("finished_on"),
        pl.lit(dt.date(2018, 9, 1)).alias("moved_in_on"),
    )


def relocations(world: World, k: int) -> pl.DataFrame:
    """One row a household moved."""
    homes = (
        fates(world)
        .drop("head_name", "township", "village")
        .filter(
            _story(
                "relocated",
                "real_area",
                "shrank",
                "one_person",
                "exactly_25",
                "real_standing",
                "recent",
                "relocated_unsafe",
                "real_both",
            )
        )
    )
    stands = world.stands("house", homes, k, "h")
    rounds_first = world.rounds[0]
    members = (
        pl.when(_story("shrank"))
        .then(pl.col("size") + 2)
        .otherwise(pl.max_horizontal(pl.col("size"), pl.lit(1)))
    ).cast(pl.Int64)
    rows = homes.with_columns(members.alias("members"), stands.alias("stands")).with_columns(
        pl.when(_story("real_area") & pl.col("stands"))
        .then(pl.col("members") * 25 + 8)
        .when(_story("exactly_25", "shrank"))
        .then(pl.col("members") * 25)
        .when(_story("one_person"))
        .then(pl.lit(40))
        .otherwise(pl.col("members") * (18 + (pl.col("wide") * 6).floor().cast(pl.Int64)))
        .cast(pl.Float64)
        .alias("area"),
        pl.when(_story("recent"))
        .then(
            pl.lit(rounds_first)
            - pl.duration(days=(100 + pl.col("u") * 200).floor().cast(pl.Int64))
        )
        .otherwise(_day(2018, pl.col("u")))
        .alias("moved_in_on"),
        (~(_story("recent") | (_story("real_standing") & pl.col("stands")))).alias("gone"),
    )
    rows = _signed(world, rows, pl.lit(value=False))
    word = (pl.col("wide") * 4).floor().cast(pl.Int64)
    said = (
        pl.when("gone")
        .then(
            word.replace_strict(dict(enumerate(DEMOLISHED)), default="是", return_dtype=pl.String)
        )
        .otherwise(
            word.replace_strict(dict(enumerate(STANDING)), default="否", return_dtype=pl.String)
        )
    )
    site = (pl.col("u") * 3).floor().cast(pl.Int64)
    return rows.with_columns(
        said.alias("old_house_demolished"),
        pl.when("gone").then(pl.lit("是")).otherwise(pl.lit("否")).alias("land_restored"),
        site.replace_strict(dict(enumerate(SITES)), default=SITES[0], return_dtype=pl.String).alias(
            "site"
        ),
        pl.lit("集中安置").alias("mode"),
        pl.when(_story("shrank", "one_person", "exactly_25", "recent"))
        .then("story")
        .when("former_head")
        .then(pl.lit("former_head"))
        .otherwise(pl.lit(""))
        .alias("tag"),
    ).sort("v", "h")
