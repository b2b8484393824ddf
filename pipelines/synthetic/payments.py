"""What the finance office lists: subsidies paid by card, and funds spent by township."""

import datetime as dt
from functools import lru_cache

import polars as pl

from pipelines.synthetic.roster import listed_persons
from pipelines.synthetic.welfare import dibao, disabled
from pipelines.synthetic.world import World

CARD_DAYS, FUND_DAYS = 2, 4
LAND, ALLOWANCE, CARE, AGED = "耕地地力保护补贴", "农村低保金", "重度残疾人护理补贴", "高龄津贴"
DUE = {LAND: 312.5, ALLOWANCE: 268.0, CARE: 60.0, AGED: 50.0}
GRACE_DAYS = 31


def _months(world: World, k: int) -> list[tuple[int, int]]:
    """Months whose payments are new in the list of round `k`: up to the month before it."""
    day = world.rounds[k]
    last = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
    if k == 0:
        before = (last[0], last[1] - 1) if last[1] > 1 else (last[0] - 1, 12)
        return [before, last]
    earlier = world.rounds[k - 1]
    done = (earlier.year, earlier.month - 1) if earlier.month > 1 else (earlier.year - 1, 12)
    months = []
    year, month = done
    while (year, month) < last:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        months.append((year, month))
    return months


@lru_cache(maxsize=16)
def _due(world: World, k: int) -> pl.DataFrame:
    """Who is due what in the periods that round `k` brings: p, item, period, due, paid_on."""
    people = listed_persons(world, k)
    lists = []
    if k == 0:
        heads = people.filter((pl.col("slot") == 0) & pl.col("died_on").is_null())
        year = str(world.rounds[0].year)
        paid = dt.date(world.rounds[0].year, 6, 18)
        lists.append(_items(heads, LAND, year, paid))
    allowance = (
        dibao(world, k)
        .filter((pl.col("status") == "在保") & pl.col("died_on").is_null())
        .unique("p", keep="first", maintain_order=True)
    )
    severe = people.join(
        disabled(world).filter(pl.col("level_no") <= 2).select("p"), on="p", how="semi"
    )
    aged = people.filter(pl.col("birth").dt.year() <= world.rounds[0].year - 80)
    lingering = world.draw("aged still paid", aged) < 0.45
    for year_no, month in _months(world, k):
        period = f"{year_no}-{month:02d}"
        paid = min(dt.date(year_no, month, 26), world.as_of(k, CARD_DAYS))
        lists.append(_items(allowance, ALLOWANCE, period, paid))
        lists.append(_items(severe, CARE, period, paid))
        # Old people who died: payment stops after the month of grace, but for some it goes on.
        over = pl.col("died_on") <= paid - dt.timedelta(days=GRACE_DAYS - 2)
        alive = aged.filter(~over.fill_null(value=False) | lingering)
        lists.append(_items(alive, AGED, period, paid))
    return pl.concat(lists)


def _items(people: pl.DataFrame, item: str, period: str, paid: dt.date) -> pl.DataFrame:
    return people.select(
        "p",
        pl.lit(item).alias("item"),
        pl.lit(period).alias("period"),
        pl.lit(DUE[item]).alias("due"),
        pl.lit(paid).alias("paid_on"),
    )


@lru_cache(maxsize=16)
def _storied(world: World, k: int) -> pl.DataFrame:
    """Say how each payment went: done, failed, failed_paid, failed_later, short, over, nothing."""
    due = _due(world, k)
    u = pl.Series("u", world.rng(f"payments {k}").random(len(due)))
    return due.with_columns(
        pl.when(u < 0.004)
        .then(pl.lit("failed"))
        .when(u < 0.008)
        .then(pl.lit("failed_paid"))
        .when(u < 0.012)
        .then(pl.lit("failed_later"))
        .when(u < 0.014)
        .then(pl.lit("short"))
        .when(u < 0.016)
        .then(pl.lit("over"))
        .when(u < 0.017)
        .then(pl.lit("nothing"))
        .otherwise(pl.lit("done"))
        .alias("story"),
        u,
    )


def card_payments(world: World, k: int) -> pl.DataFrame:
    """One row a payment or attempt of the periods since the list before, and payments made good."""
    rows = _storied(world, k)
    story = pl.col("story")
    failed = story.is_in(["failed", "failed_paid", "failed_later"])
    first = rows.with_columns(
        pl.when(failed | (story == "nothing"))
        .then(0.0)
        .when(story == "short")
        .then(pl.col("due") * 0.5)
        .when(story == "over")
        .then(pl.col("due") * 1.5)
        .otherwise("due")
        .alias("amount"),
        pl.when(failed & (pl.col("u") * 10_000 % 2 < 1))
        .then(pl.lit("退票"))
        .when(failed)
        .then(pl.lit("发放失败"))
        .otherwise(pl.lit("发放成功"))
        .alias("result"),
    )
    paid_again = rows.filter(story == "failed_paid").with_columns(
        pl.col("due").alias("amount"),
        pl.lit("发放成功").alias("result"),
        (pl.col("paid_on") + pl.duration(days=0)).alias("paid_on"),
    )
    made_good = [
        _storied(world, j)
        .filter(pl.col("story") == "failed_later")
        .with_columns(
            pl.col("due").alias("amount"),
            pl.lit("发放成功").alias("result"),
            pl.lit(world.as_of(k, CARD_DAYS + 1)).alias("paid_on"),
        )
        for j in range(max(0, k - 1), k)
    ]
    payments = pl.concat([first, paid_again, *made_good]).join(
        world.alive_or_dead, on="p", how="inner", maintain_order="left"
    )
    tag = pl.when(story == "failed_paid").then(pl.lit("failed_then_paid")).otherwise(pl.lit(""))
    return payments.with_columns(
        (pl.lit("990") + pl.col("p").cast(pl.String).str.zfill(16)).alias("account"),
        pl.lit(k).alias("brought"),
        tag.alias("tag"),
    ).sort("item", "period", "v", "h", "p", maintain_order=True)


def fund_progress(world: World, k: int) -> pl.DataFrame:
    """One row a township and fund."""
    towns = world.places.select("township", "township_code").unique(maintain_order=True)
    rng = world.rng("funds")
    allocated = (rng.uniform(40, 900, len(towns)) * 10_000).round(0)
    spent = allocated * (0.4 + 0.15 * (k + 1)) * rng.uniform(0.7, 1.0, len(towns))
    return towns.with_columns(
        pl.lit(None, pl.Int64).alias("p"),
        pl.lit(None, pl.Int64).alias("h"),
        pl.lit(f"晴财农〔{world.rounds[0].year}〕18号").alias("document"),
        pl.lit(dt.date(world.rounds[0].year, 4, 12)).alias("allocated_on"),
        pl.Series("allocated", allocated),
        pl.Series("spent", spent.clip(0, allocated).round(2)),
        pl.lit(world.as_of(k, FUND_DAYS)).alias("as_of"),
    )
