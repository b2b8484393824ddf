"""What the education office lists: pupils, aid paid, pupils taught at home."""

import datetime as dt
from functools import lru_cache

import polars as pl

from pipelines.synthetic.world import World

STAGES = (
    # stage, first grade's age on 31 August before the school year, grades
    ("学前教育", 3, ("小班", "中班", "大班")),
    ("小学", 6, ("一年级", "二年级", "三年级", "四年级", "五年级", "六年级")),
    ("初中", 12, ("七年级", "八年级", "九年级")),
    ("高中", 15, ("高一", "高二", "高三")),
)
INACTIVE = ("辍学", "退学", "休学", "失学")
AUTUMN_BEGINS = (9, 1)


def school_year(world: World, k: int) -> int:
    """The year in which the school year of round `k` began."""
    day = world.rounds[k]
    return day.year if (day.month, day.day) >= AUTUMN_BEGINS else day.year - 1


def _school_age(world: World, k: int) -> pl.Expr:
    """Full years on 31 August at the beginning of the school year."""
    day = dt.date(school_year(world, k), 8, 31)
    birthday_to_come = pl.col("birth").dt.month() > day.month
    return day.year - pl.col("birth").dt.year().cast(pl.Int64) - birthday_to_come.cast(pl.Int64)


def fates(world: World) -> pl.DataFrame:
    """Say for each child what is out of the ordinary, the same in all rounds.

    Returns:
        p, school_fate (real_none, real_inactive, home_teaching, guardian_id or null), unaided.
    """
    latest = world.rounds[-1].year
    children = world.persons.filter(
        pl.col("birth").dt.year().is_between(latest - 15, latest - 7) & pl.col("died_on").is_null()
    )
    taken = world.pick("school", children["p"], 0.055, 24)
    rng = world.rng("school fates")
    fate = rng.choice(
        ["real_none", "real_inactive", "home_teaching", "guardian_id"],
        len(taken),
        p=[0.28, 0.22, 0.2, 0.3],
    )
    return pl.DataFrame({"p": taken, "school_fate": fate.tolist()})


def disabled_at_home(world: World) -> pl.Series:
    """Children taught at home; they hold a certificate of a severe disability."""
    return fates(world).filter(pl.col("school_fate") == "home_teaching")["p"]


def enrolment(world: World, k: int) -> pl.DataFrame:
    """One row a pupil on the lists that came; one township's schools send theirs only at last."""
    pupils = every_pupil(world, k)
    if k == len(world.rounds) - 1:
        return pupils
    return pupils.filter(pl.col("township") != world.silent_school_township)


@lru_cache(maxsize=16)
def every_pupil(world: World, k: int) -> pl.DataFrame:
    """One row a pupil at the beginning of round `k`'s term, from kindergarten to senior high."""
    autumn = school_year(world, k) == world.rounds[k].year
    day = world.as_of(k, 4)
    pupils = (
        world.alive_or_dead.with_columns(_school_age(world, k).alias("school_age"))
        .filter(
            pl.col("school_age").is_between(3, 18),
            pl.col("died_on").is_null() | (pl.col("died_on") > day),
        )
        .join(fates(world), on="p", how="left")
        .sort("p")
    )
    pupils = _staged(pupils)
    rng = world.rng("school choices")
    chance = rng.random(len(world.persons))[pupils["p"].to_numpy()]
    stands = world.patterns("school", len(world.persons))[pupils["p"].to_numpy(), k]
    reals = pl.col("school_fate").is_in(["real_none", "real_inactive"])
    pupils = pupils.with_columns(
        pl.Series("chance", chance),
        pl.when(reals & ~pl.Series(stands))
        .then(None)
        .otherwise("school_fate")
        .alias("school_fate"),
    )
    small = (pl.col("stage") == "学前教育") & (pl.col("school_age") < 5) & (pl.col("chance") < 0.25)
    left = (pl.col("stage") == "高中") & (pl.col("chance") < 0.3)
    graduate = (pl.col("grade") == "九年级") & pl.lit(not autumn) & (pl.col("chance") < 0.9)
    gone = pl.col("school_fate").is_in(["real_none", "home_teaching"]).fill_null(value=False)
    pupils = pupils.filter(~small & ~gone).with_columns(
        pl.when(pl.col("school_fate") == "real_inactive")
        .then(
            (pl.col("chance") * 4)
            .floor()
            .cast(pl.Int64)
            .replace_strict(dict(enumerate(INACTIVE)), default="辍学", return_dtype=pl.String)
        )
        .when(graduate | left)
        .then(pl.lit("毕业"))
        .otherwise(pl.lit("在读"))
        .alias("status"),
        # Whoever left school after junior high is still on the list as a graduate of junior high.
        pl.when(left).then(pl.lit("初中")).otherwise("stage").alias("stage"),
        pl.when(left).then(pl.lit("九年级")).otherwise("grade").alias("grade"),
    )
    return _described(world, pupils)


def _staged(pupils: pl.DataFrame) -> pl.DataFrame:
    steps = [
        (first + i, stage, grade)
        for stage, first, grades in STAGES
        for i, grade in enumerate(grades)
    ]
    table = pl.DataFrame(steps, schema=["school_age", "stage", "grade"], orient="row")
    return pupils.join(
        table.with_columns(pl.col("school_age").cast(pl.Int64)),
        on="school_age",
        how="inner",
        maintain_order="left",
    )


def _described(world: World, pupils: pl.DataFrame) -> pl.DataFrame:
    guardian = (
        world.persons.filter(pl.col("slot") <= 1)
        .group_by("h", maintain_order=True)
        .agg(
            pl.col("name").first().alias("guardian_name"),
            pl.col("id_number").first().alias("guardian_id_number"),
        )
    )
    town = pl.col("township").str.slice(0, pl.col("township").str.len_chars() - 1)
    swapped = (pl.col("school_fate") == "guardian_id").fill_null(value=False)
    return (
        pupils.join(guardian, on="h", how="left", maintain_order="left")
        .with_columns(
            (pl.lit("G") + pl.col("true_id")).alias("student_number"),
            pl.when("male").then(pl.lit("男")).otherwise(pl.lit("女")).alias("sex"),
            pl.col("birth").alias("birth_date"),
            pl.when(pl.col("stage") == "学前教育")
            .then(town + "中心幼儿园")
            .when(pl.col("stage") == "小学")
            .then(town + "中心小学")
            .when(pl.col("stage") == "初中")
            .then(town + "初级中学")
            .otherwise(pl.lit("县第一高级中学"))
            .alias("school"),
            pl.when((pl.col("chance") > 0.7) & pl.col("stage").is_in(["初中", "高中"]))
            .then(pl.lit("寄宿"))
            .otherwise(pl.lit("走读"))
            .alias("boarding"),
            (pl.col("township") + pl.col("village") + pl.col("group_name")).alias("address"),
            pl.when(swapped & pl.col("guardian_id_number").is_not_null())
            .then("guardian_id_number")
            .otherwise("id_number")
            .alias("id_number"),
            pl.when(swapped).then(pl.lit("guardian")).otherwise(pl.lit("own")).alias("id_of"),
            swapped.alias("plain"),
            pl.when(swapped).then(pl.lit("guardian_id")).otherwise(pl.lit("")).alias("tag"),
            # A child without a number of its own has a provisional student number.
            pl.when(pl.col("id_number").is_null()).then(None).otherwise(pl.lit("")).alias("none"),
        )
        .drop("none")
    )


def home_teaching(world: World, k: int) -> pl.DataFrame:
    """One row a child and month taught at home."""
    day = world.rounds[k]
    month = dt.date(day.year, day.month, 1) - dt.timedelta(days=1)
    return (
        world.alive_or_dead.filter(pl.col("p").is_in(disabled_at_home(world).implode()))
        .with_columns(
            pl.lit(f"{month.year}-{month.month:02d}").alias("month"),
            pl.lit(4, pl.Int64).alias("visits"),
            (pl.col("township").str.slice(0, 2) + "中心小学").alias("school"),
            pl.lit("home_teaching").alias("tag"),
        )
        .sort("p")
    )
