"""A Chinese county that does not exist: its roster, and one department's list of the same people.

Made for measuring linkage only and independent of `pipelines.synthetic`: other names, other
households, other damage. Four fifths of the list stand in the roster. Households of several members
share village, head and phone; villages have clans, and some neighbours bear one name. Every damage
to a row of the list is named in ``defects``. All columns at once: a million rows take seconds.

    python -m benchmarks.linkage.people FOLDER SIZE SEED strong|weak [FACTOR [further]]
"""

import datetime as dt
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.linkage.damage import COUNTY, damaged, date_of, places
from pipelines.standardise.id_number import parse_id_numbers
from pipelines.standardise.names import parse_names

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

AS_OF = dt.date(2021, 8, 30)
LISTED = 0.8
"""Share of the roster that the list has, and of the list that the roster has."""

SAME_NAME_NEIGHBOURS = 0.015

_SURNAMES = list(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜"
    "戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_SHARED = (
    "国建秀英桂兰明华伟芳娜敏静丽强磊军洋勇艳杰娟涛超霞平刚玲梅红"
    "玉珍凤荣海波文斌辉鹏飞宇浩婷雪琳晓小春生"
)
_MALE = (
    "志永庆德福贵成林森元正义仁忠学东北云龙虎山江河石松柏根柱保全胜发富安邦宝才峰宁康健帆泽轩晨昊"
)
_FEMALE = "莲菊花香翠莉萍燕彩巧素琴淑惠慧洁颖莹佳怡欣梦瑶琪倩蓉芬芝银爱美月云妹改线条换弟蕊岚"
_POOL = list(dict.fromkeys(_SHARED + _MALE + _FEMALE))
_WHOLE_MALE = [
    "建国",
    "建军",
    "志强",
    "国强",
    "伟",
    "军",
    "勇",
    "强",
    "明",
    "涛",
    "建华",
    "海军",
    "永强",
    "小军",
    "文",
    "刚",
    "磊",
    "德福",
    "国庆",
    "杰",
    "玉山",
    "春生",
    "超",
    "波",
    "辉",
    "浩宇",
    "子轩",
    "保国",
]
_WHOLE_FEMALE = [
    "秀英",
    "秀兰",
    "桂英",
    "桂兰",
    "玉兰",
    "玉梅",
    "小红",
    "丽",
    "敏",
    "静",
    "艳",
    "芳",
    "玲",
    "燕",
    "霞",
    "娟",
    "红梅",
    "春梅",
    "秀梅",
    "淑珍",
    "凤英",
    "丽华",
    "婷婷",
    "雪梅",
    "海燕",
    "梓涵",
    "欣怡",
    "素珍",
]
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_DAY0 = dt.date(1970, 1, 1).toordinal()
_LAST = AS_OF.toordinal() - _DAY0


@dataclass(frozen=True)
class Lists:
    """Both sides, standardised, and who is who."""

    roster: pl.DataFrame
    """``record_id``, ``household_id``, ``name``, ``name_key``, ``id_number``, ``id_number_hint``,
    ``sex``, ``birth_date``, ``head_name``, ``head_name_key``, ``village_code``, ``township_code``,
    ``phone``."""
    listed: pl.DataFrame
    """The same without ``household_id``."""
    truth: pl.DataFrame
    """``record_id`` of the list, ``true`` (that of the roster, null where it has none),
    ``defects`` (list of text), ``n`` and ``hh`` (the person and the household)."""
    people: pl.DataFrame
    """``record_id`` of the roster, ``n``, ``hh``, ``name``, ``v`` (the village)."""

    def write(self, folder: Path) -> None:
        """Write each frame as ``<folder>/<name>.parquet``."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("roster", "listed", "truth", "people"):
            getattr(self, name).write_parquet(folder / f"{name}.parquet")


def make(
    size: int, seed: int, *, weak: bool = False, factor: float = 1.0, further: bool = False
) -> Lists:
    """Make a roster and a list of `size` people each.

    Args:
        size: Rows of either side.
        seed: Same seed, same lists.
        weak: Without ID numbers and phones on both sides.
        factor: On every rate of damage.
        further: With kinds of damage that the reported jobs do not have (`damage.FURTHER`).
    """
    rng = np.random.default_rng(seed)
    everybody = _everybody(size + round(size * (1 - LISTED)), rng)
    outside = _outside(everybody, size, rng)
    inside = everybody.filter(~outside)
    listed = pl.concat(
        [
            inside.filter(_chosen(inside.height, round(size * LISTED), rng)).with_columns(
                known=True
            ),
            everybody.filter(outside).with_columns(known=False),
        ]
    ).sample(fraction=1.0, shuffle=True, seed=seed)
    rows = damaged(listed, everybody, rng, factor, further=further)
    known_id = pl.Series(rng.random(inside.height) >= 0.01)
    known_phone = pl.Series(rng.random(inside.height) < 0.8)
    roster = inside.with_columns(
        record_id=pl.format("r{}", "n"),
        household_id=pl.format("H{}", "hh"),
        id_text=pl.when(known_id).then("id"),
        phone=pl.when(known_phone).then("phone"),
        birth_date=date_of("birth"),
    )
    people = roster.select("record_id", "n", "hh", "name", "v")
    # Without numbers and phones nothing can be wrong with them.
    gone = pl.element().str.contains("^(id|phone)_")
    defects = pl.col("defects").list.filter(~gone) if weak else pl.col("defects")
    known = pl.when("known").then(pl.format("r{}", "n"))
    truth = rows.select("record_id", known.alias("true"), defects, "n", "hh")
    return Lists(
        _standardised(roster.sample(fraction=1.0, shuffle=True, seed=seed), weak=weak),
        _standardised(rows, weak=weak).drop("household_id"),
        truth,
        people,
    )


def _standardised(rows: pl.DataFrame, *, weak: bool) -> pl.DataFrame:
    """Both sides as bidui's standardise reads them: the other tools get the same."""
    numbers = parse_id_numbers(rows.select(text="id_text"))
    names = pl.concat([rows["name"], rows["head_name"]]).drop_nulls().unique()
    parsed = parse_names(names, subject=True)
    frame = rows.with_columns(id_number=numbers["value"], id_number_hint=numbers["hint"])
    for column in ("name", "head_name"):
        own = parsed.select(pl.col("text").alias(column), "value", "key")
        frame = frame.join(own, on=column, how="left", maintain_order="left").with_columns(
            pl.col("value").alias(column), pl.col("key").alias(f"{column}_key")
        )
        frame = frame.drop("value", "key")
    none = pl.lit(None, dtype=pl.String)
    if weak:
        frame = frame.with_columns(id_number=none, id_number_hint=none, phone=none)
    if "household_id" not in frame.columns:
        frame = frame.with_columns(household_id=none)
    return frame.select(
        "record_id", "household_id", "name", "name_key", "id_number", "id_number_hint", "sex",
        "birth_date", "head_name", "head_name_key", "village_code", "township_code", "phone",
    )  # fmt: skip


def _chosen(size: int, many: int, rng: np.random.Generator) -> pl.Series:
    """A mask with `many` of `size` rows."""
    mask = np.zeros(size, dtype=bool)
    mask[rng.choice(size, many, replace=False)] = True
    return pl.Series(mask)


def _outside(everybody: pl.DataFrame, size: int, rng: np.random.Generator) -> pl.Series:
    """Who is not in the roster: whole households, and single members of others."""
    many = everybody.height - size
    homes = int(everybody["hh"].max()) + 1  # type: ignore[arg-type]
    order = rng.permutation(homes)
    away = np.isin(everybody["hh"].to_numpy(), order[: int(many * 0.7 / everybody.height * homes)])
    rest = np.flatnonzero(~away)
    away[rng.choice(rest, many - int(away.sum()), replace=False)] = True
    return pl.Series(away)


def _zipf(size: int, offset: float) -> npt.NDArray[np.float64]:
    weights = 1.0 / (np.arange(size) + offset)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _everybody(persons: int, rng: np.random.Generator) -> pl.DataFrame:
    """The people: ``n``, ``hh``, ``k`` (place in the household), ``v`` and all that is theirs."""
    sizes = rng.choice([1, 2, 3, 4, 5, 6], persons // 2, p=[0.15, 0.2, 0.25, 0.25, 0.1, 0.05])
    hh = np.repeat(np.arange(len(sizes)), sizes)[:persons]
    first = np.concatenate([[True], hh[1:] != hh[:-1]])
    start = np.flatnonzero(first)
    homes = len(start)
    k = np.arange(persons) - start[hh]
    villages = max(persons // 850, 8)
    v = rng.integers(0, villages, homes)[hh]
    male, birth = _ages(k, hh, start, rng)
    name = _names(k, hh, v, male, villages, rng)
    frame = pl.DataFrame({"n": np.arange(persons), "hh": hh, "k": k, "v": v, "name": name})
    frame = frame.with_columns(name=_with_neighbours(frame, rng))
    own = rng.random(persons) < np.where(k <= 1, 0.35, 0.05)
    of_home = rng.integers(0, 10**8, homes)[hh]
    phone = np.where(own, rng.integers(0, 10**8, persons), of_home)
    prefix = pl.Series(np.array(["135", "138", "139", "150", "187"])[phone % 5])
    return frame.with_columns(
        birth=pl.Series(birth),
        id=_numbers(birth, male, rng),
        sex=pl.Series(np.where(male, "男", "女")),
        phone=prefix + pl.Series(phone).cast(pl.String).str.zfill(8),
        head_name=pl.col("name").first().over("hh"),
        **places(pl.col("v")),
    )


def _ages(k: Ints, hh: Ints, start: Ints, rng: np.random.Generator) -> tuple[Bools, Ints]:
    """Sex and birth (days since 1970): head, spouse, two children, a parent, a third child."""
    size = len(k)
    year = 365.25
    head = (_LAST - rng.uniform(26, 78, size) * year).astype(np.int64)
    of_head = head[start][hh]
    younger = of_head + (rng.uniform(20, 34, size) * year).astype(np.int64)
    older = of_head - (rng.uniform(19, 33, size) * year).astype(np.int64)
    spouse = of_head + (rng.normal(1.0, 3.0, size) * year).astype(np.int64)
    birth = np.select([k == 0, k == 1, k == 4], [of_head, spouse, older], younger)
    late = birth > _LAST
    birth = np.where(late, _LAST - rng.integers(0, 2500, size), birth)
    birth = np.maximum(birth, _LAST - int(98 * year))
    twin = (k == 3) & (rng.random(size) < 0.01)
    birth[twin] = birth[np.flatnonzero(twin) - 1]
    head_male = (rng.random(size) < 0.8)[start][hh]
    male = np.select([k == 0, k == 1], [head_male, ~head_male], rng.random(size) < 0.52)
    return male.astype(bool), birth


def _names(
    k: Ints, hh: Ints, v: Ints, male: Bools, villages: int, rng: np.random.Generator
) -> pl.Series:
    """Names: the house's surname, often the village's clan; siblings often share a character."""
    size, homes = len(k), int(hh.max()) + 1
    weights = _zipf(len(_SURNAMES), 3.0)
    clan = rng.choice(len(_SURNAMES), villages, p=weights)
    house = rng.choice(len(_SURNAMES), homes, p=weights)[hh]
    of_clan = (rng.random(homes) < 0.35)[hh]
    house = np.where(of_clan, clan[v], house)
    own = rng.choice(len(_SURNAMES), size, p=weights)
    keeps = ~((k == 1) | ((k == 4) & ~male)) | (rng.random(size) < 0.03)
    surname = pl.Series(_SURNAMES).gather(np.where(keeps, house, own))
    first, second = _characters(male, rng), _characters(male, rng)
    shared = (rng.random(homes) < 0.4)[hh] & np.isin(k, [2, 3, 5])
    of_house = first[np.concatenate([[True], hh[1:] != hh[:-1]])][hh]
    first = np.where(shared, of_house, first)
    one = ~shared & (rng.random(size) < 0.15)
    characters = pl.Series([*_POOL, ""])
    given = characters.gather(first) + characters.gather(np.where(one, len(_POOL), second))
    men, women = len(_WHOLE_MALE), len(_WHOLE_FEMALE)
    popular = np.where(
        male,
        rng.choice(men, size, p=_zipf(men, 6.0)),
        men + rng.choice(women, size, p=_zipf(women, 6.0)),
    )
    whole = pl.Series(_WHOLE_MALE + _WHOLE_FEMALE).gather(popular)
    is_whole = pl.Series(rng.random(size) < np.where(shared, 0.0, 0.18))
    return surname + whole.zip_with(is_whole, given)


def _characters(male: Bools, rng: np.random.Generator) -> Ints:
    """A character a person, as its place in `_POOL`."""
    drawn = np.zeros(len(male), dtype=np.int64)
    for is_male, extra in ((True, _MALE), (False, _FEMALE)):
        pool = np.array([_POOL.index(c) for c in dict.fromkeys(_SHARED + extra)])
        here = male == is_male
        drawn[here] = rng.choice(pool, int(here.sum()), p=_zipf(len(pool), 12.0))
    return drawn


def _with_neighbours(frame: pl.DataFrame, rng: np.random.Generator) -> pl.Series:
    """Names, some grown-ups bearing that of another grown-up of their village."""
    order = frame.filter(pl.col("k") <= 1).sort("v", "n").select("n", "v", "hh", "name")
    step = int(rng.integers(5, 40))
    other = order.with_columns(
        there=pl.col("name").shift(step).over("v"), there_hh=pl.col("hh").shift(step).over("v")
    ).filter(pl.col("there").is_not_null() & (pl.col("there_hh") != pl.col("hh")))
    share = SAME_NAME_NEIGHBOURS * frame.height / max(other.height, 1)
    taken = other.filter(pl.Series(rng.random(other.height) < share)).select("n", "there")
    return frame.join(taken, on="n", how="left", maintain_order="left").select(
        pl.coalesce("there", "name").alias("name")
    )["name"]


def _numbers(birth: Ints, male: Bools, rng: np.random.Generator) -> pl.Series:
    """Valid ID numbers of the fictional county, each once."""
    frame = pl.DataFrame({"birth": birth, "male": male}).with_columns(
        turn=pl.int_range(pl.len()).over("birth", "male"),
        day=date_of("birth").dt.to_string("%Y%m%d"),
    )
    shift = rng.integers(0, 500, 60_000)[frame["birth"].to_numpy() % 60_000]
    order = (frame["turn"].to_numpy() * 7 + shift) % 500 * 2 + male
    body = frame.select(
        pl.concat_str(pl.lit(COUNTY), "day", pl.Series(order).cast(pl.String).str.zfill(3)).alias(
            "body"
        )
    )["body"]
    digits = np.array(body.to_list(), dtype="S17").view(np.uint8).reshape(-1, 17) - ord("0")
    check = np.array(list("10X98765432"))[(digits @ _WEIGHTS) % 11]
    return body + pl.Series(check)


if __name__ == "__main__":
    make(
        int(sys.argv[2]),
        int(sys.argv[3]),
        weak=sys.argv[4] == "weak",
        factor=float(sys.argv[5]) if len(sys.argv) > 5 else 1.0,
        further="further" in sys.argv,
    ).write(Path(sys.argv[1]))
