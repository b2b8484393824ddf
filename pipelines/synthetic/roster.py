"""What the roster's keepers list: villages, residents, monitored households."""

from functools import lru_cache

import numpy as np
import polars as pl

from pipelines.synthetic.world import World

POPULATION_DAYS, MONITORED_DAYS, VILLAGES_DAYS = 1, 2, 6

RISKS = (
    "因病",
    "因学",
    "因残",
    "因灾",
    "因住房出现安全问题",
    "因安全饮水有问题",
    "因务工就业不稳",
    "因产业项目失败",
    "缺劳动力",
)
RISK_SHARES = (0.34, 0.09, 0.16, 0.06, 0.05, 0.02, 0.14, 0.06, 0.08)
ALLOWED = {
    "因病": ("健康帮扶", "社会帮扶"),
    "因学": ("教育帮扶", "义务教育保障", "社会帮扶"),
    "因残": ("综合保障", "社会帮扶"),
    "因灾": ("生产生活条件改善", "住房安全保障", "社会帮扶", "综合保障"),
    "因住房出现安全问题": ("住房安全保障", "搬迁"),
    "因安全饮水有问题": ("饮水安全保障",),
    "因务工就业不稳": ("就业帮扶", "公益岗位帮扶"),
    "因产业项目失败": ("产业帮扶", "金融帮扶"),
    "缺劳动力": ("综合保障", "社会帮扶"),
}
"""Measures that answer a risk (`risk_measure_matrix` of the parameters for the place 99)."""
MEASURES = tuple(dict.fromkeys(m for allowed in ALLOWED.values() for m in allowed))
EMPTY_HELPERS = ("", "无", "待定", "/")
INCOME_LINE = 6000.0


def villages(world: World, k: int) -> pl.DataFrame:
    """One row a village on the division list."""
    listed = listed_persons(world, k)
    sizes = listed.group_by("v").agg(
        pl.len().alias("persons"), pl.col("h").n_unique().alias("households")
    )
    return (
        world.places.join(sizes, on="v", how="left", maintain_order="left")
        .with_columns(pl.col("persons", "households").fill_null(0))
        .with_columns(pl.lit(None, pl.Int64).alias("p"), pl.lit(None, pl.Int64).alias("h"))
    )


def listed_persons(world: World, k: int) -> pl.DataFrame:
    """Everybody on the population list of round `k`, the dead who are still listed among them."""
    day = world.as_of(k, POPULATION_DAYS)
    return world.alive_or_dead.filter(
        pl.col("birth") <= pl.lit(day) - pl.duration(days=4),
        pl.col("removed_on").is_null() | (pl.col("removed_on") > day),
    )


def population(world: World, k: int) -> pl.DataFrame:
    """One row a resident."""
    day = world.as_of(k, POPULATION_DAYS)
    dead_known = (
        pl.col("died_on").is_not_null() & (pl.col("died_on") <= day) & pl.col("death_noted")
    )
    on_list = monitored_ever(world).select("h", (pl.col("add_k") <= k).alias("on"))
    household_type = (
        pl.when(pl.col("on").fill_null(value=False))
        .then(pl.lit("监测对象"))
        .otherwise(pl.col("type"))
    )
    return (
        listed_persons(world, k)
        .join(on_list, on="h", how="left", maintain_order="left")
        .with_columns(
            household_type.alias("household_type"),
            pl.when(dead_known).then(pl.lit("死亡")).otherwise(pl.lit("正常")).alias("status"),
            pl.when("male").then(pl.lit("男")).otherwise(pl.lit("女")).alias("sex"),
            pl.col("birth").alias("birth_date"),
            (pl.lit(f"{world.county}01") + pl.col("p").cast(pl.String).str.zfill(10)).alias(
                "person_id"
            ),
        )
        .sort("h", "slot")
    )


def quiet_villages(world: World) -> "np.ndarray[tuple[int, int], np.dtype[np.bool_]]":
    """Villages (rows) whose monitored list does not change on the way to each round (columns)."""
    rng = world.rng("quiet villages")
    quiet = rng.random((len(world.places), len(world.rounds))) < 0.09
    quiet[:, 0] = False
    return quiet


def monitored(world: World, k: int) -> pl.DataFrame:
    """One row a monitored household, active or with its risk removed; one township's come late."""
    listed = monitored_all(world, k).filter(pl.col("add_k") <= k).sort("h")
    if k == len(world.rounds) - 1:
        return listed
    return listed.filter(pl.col("township") != world.silent_monitored_township)


def monitored_all(world: World, k: int) -> pl.DataFrame:
    """Every household that is ever monitored, as the list of round `k` would show it."""
    return _monitored_values(world, _monitored_base(world), k)


@lru_cache(maxsize=4)
def monitored_ever(world: World) -> pl.DataFrame:
    """Every household that is ever monitored, with its risks."""
    return monitored_all(world, len(world.rounds) - 1)


def _monitored_base(world: World) -> pl.DataFrame:
    """Monitored households; additions and removals do not fall on a quiet village's round."""
    quiet = quiet_villages(world)
    base = world.households.filter("monitored").sort("h")
    v = base["v"].to_numpy()
    add, remove = base["add_k"].to_numpy().copy(), base["remove_k"].to_numpy().copy()
    first_found = ~np.isin(v, v[add == 0])
    add = np.where(quiet[v, add] & ~first_found, 0, add)
    inside = remove < len(world.rounds)
    remove[inside] = np.where(quiet[v[inside], remove[inside]], 0, remove[inside])
    return base.with_columns(pl.Series("add_k", add), pl.Series("remove_k", remove))


def _monitored_values(world: World, base: pl.DataFrame, k: int) -> pl.DataFrame:
    n = len(base)
    rng = world.rng("monitored values")
    v = base["v"].to_numpy()
    quiet = quiet_villages(world)
    changes = (rng.random((n, len(world.rounds))) < 0.6) & ~quiet[v]
    changes[:, 0] = False
    revision = changes[:, : k + 1].sum(axis=1)
    planted = world.patterns("monitored", n)
    # A planted doubt must not come or go in a quiet village, so there it stands always.
    planted |= quiet[v].any(axis=1)[:, None]
    stands = planted[:, k]
    size = world.persons.group_by("h").len("size")
    size_of = base.join(size, on="h", how="left", maintain_order="left")["size"].to_numpy()
    risks, measures = _risks(rng, n, stands)
    income = _incomes(rng, base, revision, stands)
    wage = np.round(income * size_of * rng.uniform(0.4, 0.7, n), 2)
    helper, helper_tag = _helpers(world, base, revision, stands)
    rounded = base["rounded"].to_numpy()
    income_tag = np.where(rounded, "rounded", "")
    months = rng.integers(0, 26, n)
    identified = _identified_on(world, base, months)
    removed = pl.col("remove_k") <= k
    removal_day = pl.Series(
        [world.as_of(min(j, len(world.rounds) - 1), MONITORED_DAYS + 3) for j in base["remove_k"]]
    )
    people = world.persons.select(
        pl.col("p").alias("head"), pl.col("name").alias("true_head"), "id_number"
    )
    return (
        base.with_columns(
            pl.col("head").alias("p"),
            pl.Series(
                "category",
                rng.choice(
                    ["脱贫不稳定户", "边缘易致贫户", "突发严重困难户"], n, p=[0.4, 0.4, 0.2]
                ).tolist(),
            ),
            pl.Series(
                "channel",
                rng.choice(
                    ["农户自主申报", "干部走访排查", "部门筛查预警"], n, p=[0.3, 0.5, 0.2]
                ).tolist(),
            ),
            identified,
            pl.Series("risks", risks),
            pl.Series("measures", measures),
            pl.Series("helper", helper),
            pl.Series("helper_tag", helper_tag),
            removed.alias("risk_removed"),
            pl.when(removed).then(removal_day).alias("risk_removed_on"),
            pl.Series("wage_income", wage),
            pl.Series("business_income", np.round(income * size_of - wage, 2)),
            pl.Series("property_income", np.zeros(n)),
            pl.Series("transfer_income", np.round(rng.uniform(200, 4000, n), 2)),
            pl.Series("business_cost", np.round(rng.uniform(0, 1500, n), 2)),
            pl.Series("net_income_per_head", income),
            pl.Series("income_tag", income_tag.tolist()),
        )
        .with_columns(
            pl.col("risks").list.get(0).alias("risk1"),
            pl.col("risks").list.get(1, null_on_oob=True).alias("risk2"),
            (pl.col("identified_on") - pl.duration(days=5)).alias("authorised_on"),
            (pl.col("identified_on") + pl.duration(days=3)).alias("notice_from"),
            (pl.col("identified_on") + pl.duration(days=10)).alias("notice_to"),
        )
        .join(people, on="head", how="left", maintain_order="left")
        .rename({"id_number": "head_id_number"})
        .join(world.places.select("v", "former_names"), on="v", how="left", maintain_order="left")
    )


def _identified_on(world: World, base: pl.DataFrame, months: object) -> pl.Series:
    late = [world.as_of(j, MONITORED_DAYS + 12) for j in range(len(world.rounds))]
    first = world.as_of(0, MONITORED_DAYS + 40)
    frame = base.with_columns(pl.Series("months", np.asarray(months))).select(
        pl.when(pl.col("add_k") > 0)
        .then(pl.col("add_k").replace_strict(dict(enumerate(late)), return_dtype=pl.Date))
        .otherwise(pl.lit(first) - pl.duration(days=30 * pl.col("months")))
        .alias("identified_on")
    )
    return frame["identified_on"]


def _risks(
    rng: np.random.Generator, n: int, stands: object
) -> tuple[list[list[str]], list[list[str]]]:
    """One or two risks and measures for them; MON-14: measures that answer none of one risk."""
    first = rng.choice(len(RISKS), n, p=RISK_SHARES)
    second = rng.choice(len(RISKS), n, p=RISK_SHARES)
    two = (rng.random(n) < 0.25) & (second != first)
    choice = rng.random((n, 4))
    unanswered = (rng.random(n) < 0.06) & np.asarray(stands)
    risks, measures = [], []
    # Households monitored are some per cent of a county: a loop over them is bounded by design.
    for i in range(n):
        own = [RISKS[first[i]], *([RISKS[second[i]]] if two[i] else [])]
        given = [ALLOWED[r][int(choice[i, j] * len(ALLOWED[r]))] for j, r in enumerate(own)]
        if unanswered[i]:
            barred = ALLOWED[own[0]]
            free = [m for m in MEASURES if m not in barred]
            given = [free[int(choice[i, 2] * len(free))], *given[1:]]
            given = [m for m in given if m not in barred] or [free[0]]
        risks.append(own)
        measures.append(list(dict.fromkeys(given)))
    return risks, measures


def _incomes(
    rng: np.random.Generator, base: pl.DataFrame, revision: object, stands: object
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Per-head income; below the line only where planted; exactly on it for some; DQ-01 rounded."""
    n = len(base)
    income = np.round(rng.uniform(6050, 13000, n), 2)
    income += np.where(np.round(income * 100) % 10000 == 0, 37.61, 0)
    on_line = (rng.random(n) < 0.01) | (np.arange(n) % 25 == 7)
    income = np.round(income + np.asarray(revision) * 41.37, 2)
    income[on_line] = INCOME_LINE
    low = (rng.random(n) < 0.07) & np.asarray(stands)
    income = np.where(low, np.round(rng.uniform(2100, 5990, n), 2), income)
    rounded = base["rounded"].to_numpy() & (rng.random(n) < 0.9)
    whole = np.floor(income / 100) * 100 + np.where(income < INCOME_LINE, 0, 100)
    result = np.where(rounded, np.where(low, np.maximum(whole, 2000), whole), income)
    return np.asarray(np.round(result, 2), dtype=np.float64)


def _helpers(
    world: World, base: pl.DataFrame, revision: object, stands: object
) -> tuple[list[str], list[str]]:
    """A cadre for each household; MON-13: none, in several spellings; some share a merged cell."""
    rng = world.rng("helpers")
    n = len(base)
    pool = world.persons.filter(pl.col("birth").dt.year().is_between(1965, 1995))["name"]
    names = pool.gather(rng.integers(0, len(pool), n * 2)).to_list()
    none = (rng.random(n) < 0.06) & np.asarray(stands)
    blank = rng.integers(0, len(EMPTY_HELPERS), n)
    turned = (np.asarray(revision) > 1) & (rng.random(n) < 0.2)
    helper = [
        EMPTY_HELPERS[blank[i]] if none[i] else names[i + n * int(turned[i])] for i in range(n)
    ]
    # Neighbouring households of one village looked after by the same cadre: one merged cell.
    v, tag = base["v"].to_list(), [""] * n
    together = rng.random(n) < 0.22
    for i in range(1, n):
        if v[i] == v[i - 1] and together[i] and not none[i] and not none[i - 1]:
            helper[i], tag[i] = helper[i - 1], "merged_helper"
    return helper, tag
