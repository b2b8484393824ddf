"""What the education office pays to pupils of poor households, term by term."""

import datetime as dt
from functools import lru_cache

import polars as pl

from pipelines.synthetic.schooling import every_pupil
from pipelines.synthetic.welfare import dibao, disabled, ever_poor
from pipelines.synthetic.world import World

AID = {
    "学前教育": ("学前教育资助", 500.0),
    "小学": ("家庭经济困难学生生活补助", 500.0),
    "初中": ("家庭经济困难学生生活补助", 625.0),
    "高中": ("国家助学金", 1000.0),
}
AID_DAYS = 5
NEEDED = 0.03
"""Share of pupils entitled to aid who get none (EDU-04)."""


def _term(day: dt.date) -> tuple[int, str]:
    """The term judged on a day: spring from February to August, else the autumn before or now."""
    if 2 <= day.month <= 8:
        return day.year, "春季"
    return (day.year if day.month >= 9 else day.year - 1), "秋季"


def entitled(world: World, k: int) -> pl.DataFrame:
    """Pupils with a claim to aid: of poor or 低保 households, or disabled by certificate."""
    pupils = every_pupil(world, k).filter(pl.col("status") == "在读")
    homes = world.households.filter(ever_poor())["h"]
    allowance = dibao(world, k).filter(pl.col("status") == "在保")["h"].unique()
    holders = disabled(world)["p"]
    return pupils.filter(
        pl.col("h").is_in(homes.implode())
        | pl.col("h").is_in(allowance.implode())
        | pl.col("p").is_in(holders.implode())
    )


@lru_cache(maxsize=16)
def _aided(world: World, k: int) -> pl.DataFrame:
    """Who has been paid by the list of round `k`: p, term; grows from list to list."""
    year, season = _term(world.rounds[k])
    pupils = entitled(world, k)
    fate = world.draw("aid", pupils)
    stands = world.stands("aid", pupils, k)
    paid = pupils.filter(~((fate < NEEDED) & stands)).select(
        "p", pl.lit(f"{year}{season}").alias("term")
    )
    if k == 0:
        return paid
    before = _aided(world, k - 1)
    return pl.concat([before, paid.join(before, on=["p", "term"], how="anti")])


def student_aid(world: World, k: int) -> pl.DataFrame:
    """One row a payment since the list before; some in two parts, some of nothing."""
    year, season = _term(world.rounds[k])
    term = f"{year}{season}"
    now = _aided(world, k).filter(pl.col("term") == term)
    new = now if k == 0 else now.join(_aided(world, k - 1), on=["p", "term"], how="anti")
    first_of_term = k == 0 or _term(world.rounds[k - 1]) != (year, season)
    day = world.as_of(k, AID_DAYS)
    earliest = dt.date(year, 4, 10) if season == "春季" else dt.date(year, 9, 1)
    if not first_of_term:
        earliest = max(earliest, day - dt.timedelta(days=14))
    span = max((day - earliest).days, 0)
    pupils = every_pupil(world, k).select("p", "school", "stage")
    rows = (
        world.alive_or_dead.join(new, on="p", how="inner")
        .join(pupils, on="p", how="left")
        .sort("p")
    )
    spread, parts = world.draw("aid day", rows), world.draw("aid parts", rows)
    stage = pl.col("stage").fill_null("小学")
    rows = rows.with_columns(
        pl.when(season == "春季")
        .then(pl.lit(f"{year}年春季"))
        .otherwise(pl.lit(f"{year}年秋季学期"))
        .alias("term"),
        stage.replace_strict(
            {s: a[0] for s, a in AID.items()}, default="生活补助", return_dtype=pl.String
        ).alias("item"),
        stage.replace_strict(
            {s: a[1] for s, a in AID.items()}, default=500.0, return_dtype=pl.Float64
        ).alias("amount"),
        (pl.lit(earliest) + pl.duration(days=pl.lit((spread * span).floor().cast(pl.Int64)))).alias(
            "paid_on"
        ),
        (pl.lit("990") + pl.col("p").cast(pl.String).str.zfill(16)).alias("account"),
        pl.lit(value=False).alias("nothing"),
        pl.when(pl.lit(parts) < 0.12)
        .then(pl.lit("aid_in_parts"))
        .otherwise(pl.lit(""))
        .alias("tag"),
    )
    in_parts = pl.col("tag") == "aid_in_parts"
    half = rows.filter(in_parts).with_columns(
        (pl.col("amount") * 0.4).alias("amount"),
        (pl.col("paid_on") - pl.duration(days=0)).alias("paid_on"),
    )
    rest = rows.with_columns(
        pl.when(in_parts).then(pl.col("amount") * 0.6).otherwise("amount").alias("amount")
    )
    return pl.concat([rest, half, _nothing(world, k, rows)], how="diagonal_relaxed")


def _nothing(world: World, k: int, like: pl.DataFrame) -> pl.DataFrame:
    """Rows with the amount 0 for some of those who get no aid: not aid (EDU-04)."""
    unpaid = entitled(world, k).join(_aided(world, k), on="p", how="anti").select("p")
    zero = unpaid.filter(world.draw("aid of nothing", unpaid) < 0.3)
    rows = world.alive_or_dead.join(zero, on="p", how="inner").sort("p")
    return rows.with_columns(
        pl.lit(like["term"][0] if len(like) else "2021年春季").alias("term"),
        pl.lit("待审核").alias("item"),
        pl.lit(0.0).alias("amount"),
        pl.lit(world.as_of(k, AID_DAYS)).alias("paid_on"),
        pl.lit("").alias("tag"),
        pl.lit("县第一小学").alias("school"),
    )
