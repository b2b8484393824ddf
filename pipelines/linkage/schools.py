"""The school as a field: what a list of pupils tells of persons, for the lists linked after it.

The roster does not say where a child goes to school. A list that does (`Linkage.tells`) is linked
first, and what its confirmed rows say becomes known of their persons. Schools of two lists are
compared as texts, each distinct pair once: written alike, or alike but for county, township and
abbreviation, where the list that told does not know both as schools of their own.
"""

import math
from functools import reduce

import polars as pl

from pipelines.contracts import Contract, Privacy
from pipelines.linkage.levels import Declared, declared
from pipelines.linkage.parts import MARK, hashed_part
from pipelines.standardise.place_names import spelt

SCHOOL = "school"
PART = MARK + SCHOOL

BETWEEN = "、"
"""Stands between the schools of a person of whom several are told; any of them may agree."""

_ABOVE = (
    r"^.{1,4}?省|^.{2,8}?自治区",
    r"^.{0,5}?市(?:.{2,4}?区)?",
    r"^.{0,6}?县|^.{2,6}?(?:自治州|旗)",
)
"""What may stand before a school's own name: province, city with district, city or county."""

_TOWNSHIP = r"^(.{1,6}?)(?:镇|民族乡|乡|街道办事处|街道|苏木)(.{2,})$"

_NUMERALS = dict(zip("123456789", "一二三四五六七八九", strict=True))

_NUMBERED = r"^([一二三四五六七八九十]{1,2})(中学|小学|幼儿园|(?:初|高|职业高)级中学)$"

_STAGES = {
    "幼儿园": 0, "小学": 1, "初级中学": 2, "中学": 2,
    "高级中学": 3, "职业高级中学": 3, "职业中学": 3,
}  # fmt: skip
"""How a school's name ends, in the order in which pupils pass through."""

_STAGE = (
    r"^(.*?)(?:中心|实验|第?[一二三四五六七八九十]{1,2})*"
    rf"({'|'.join(sorted(_STAGES, key=len, reverse=True))})$"
)
"""A short name as place and stage."""


def asks(contract: Contract) -> bool:
    """Whether the list names schools that may be held against what another list tells.

    Both stand in the evidence, so the list must be as confidential as what it is told (FAIRNESS 9).
    """
    column = contract.columns.get(SCHOOL)
    closed = column is not None and column.privacy is Privacy.SENSITIVE
    return closed and SCHOOL not in contract.linkage.tells


def told_by(clean: pl.LazyFrame, links: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Give what a list tells of the persons that its rows are confirmed to be.

    Args:
        clean: The list's clean frame.
        links: Its `frames.DECIDED_LINKS`.
        contract: Its contract.

    Returns:
        ``person_id``, ``school``; empty where the list does not tell it.
    """
    if SCHOOL not in contract.linkage.tells:
        return pl.DataFrame(schema={"person_id": pl.String, SCHOOL: pl.String})
    sure = links.filter(pl.col("status") == "confirmed").select("record_id", "person_id")
    return (
        clean.select("record_id", SCHOOL)
        .join(sure.drop_nulls("person_id").lazy(), on="record_id")
        .select("person_id", SCHOOL)
        .drop_nulls()
        .unique()
        .sort("person_id", SCHOOL)
        .collect()
    )


def beside(people: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Give people in comparable form with ``school`` and its part.

    Args:
        people: `sides.right`.
        told: ``person_id``, ``school``.
    """
    of_person = told.unique().group_by("person_id").agg(pl.col(SCHOOL).sort().str.join(BETWEEN))
    schools = people.select("person_id").join(
        of_person, on="person_id", how="left", maintain_order="left", validate="m:1"
    )
    return people.with_columns(with_part(schools).drop("person_id"))


def with_part(side: pl.DataFrame) -> pl.DataFrame:
    """Give a side its schools as categories, and the number of each one's short name, ``#school``.

    Where there are several the first one's.
    """
    texts = side.select(pl.col(SCHOOL).drop_nulls().unique().cast(pl.Categorical))
    side = side.with_columns(pl.col(SCHOOL).cast(pl.Categorical))
    if texts.is_empty():
        return side.with_columns(pl.lit(None, dtype=pl.UInt64).alias(PART))
    first = short(pl.col(SCHOOL).cast(pl.String).str.split(BETWEEN).list.first())
    numbers = texts.with_columns(hashed_part(first).alias(PART))
    return side.join(numbers, on=SCHOOL, how="left", maintain_order="left", validate="m:1")


def short(school: pl.Expr) -> pl.Expr:
    """Give a school's name without county and township's kind, its abbreviations written out."""
    bare = reduce(lambda text, above: text.str.replace(above, ""), _ABOVE, spelt(school))
    bare = pl.when(bare.str.len_chars() > 1).then(bare).otherwise(spelt(school))
    bare = bare.str.replace(_TOWNSHIP, "$1$2").str.strip_prefix("第")
    bare = bare.str.replace_many(_NUMERALS)
    words = declared().school_words
    whole = bare
    # Of the words that fit the longest counts, so it is asked last.
    for word in sorted(words, key=len):
        full = pl.concat_str(bare.str.strip_suffix(word), pl.lit(words[word]))
        whole = pl.when(bare.str.ends_with(word)).then(full).otherwise(whole)
    return whole.str.replace(_NUMBERED, "第$1$2")


def levels(pairs: pl.DataFrame, known: pl.Series) -> pl.DataFrame:
    """Give pairs of distinct texts their level in the field ``school``.

    Args:
        pairs: ``left``, what the list says; ``right``, what was told of the person.
        known: Everything that was told. A school of that name is that one, and no other that is
            called much the same.

    Returns:
        `pairs` with ``level``.
    """
    left, right = (pl.col(side).cast(pl.String) for side in ("left", "right"))
    own = known.cast(pl.String).drop_nulls().str.split(BETWEEN).explode()
    names = own.to_frame("text").select(spelt(pl.col("text"))).to_series().unique()
    each = pairs.with_columns(_of=right.str.split(BETWEEN)).explode("_of")
    alike = (short(left) == short(pl.col("_of"))) & ~spelt(left).is_in(names.implode())
    level = (
        pl.when(spelt(left) == spelt(pl.col("_of")))
        .then(4)
        .when(alike)
        .then(3)
        .when(_may_follow(short(left), short(pl.col("_of"))))
        .then(2)
        .otherwise(1)
    )
    return (
        each.with_columns(level=level.cast(pl.UInt8))
        .group_by("left", "right", maintain_order=True)
        .agg(pl.col("level").max())
    )


def _may_follow(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    """Whether a pupil may leave one school for the other: of the next stage, in one place.

    A school that is named after no place is the county's own, to which pupils of all places go.
    """
    stage = [
        name.str.extract(_STAGE, 2).replace_strict(_STAGES, return_dtype=pl.Int8)
        for name in (one, other)
    ]
    place = [name.str.extract(_STAGE, 1) for name in (one, other)]
    near = (place[0] == place[1]) | (place[0] == "") | (place[1] == "")
    return near & ((stage[0] - stage[1]).abs() == 1)


def shares(right: pl.DataFrame, declared: Declared) -> pl.DataFrame:
    """Give how many of the others go to each pupil's school: the more, the less it says.

    Children of one township and age mostly go to one school, so what is usual is counted among
    those who have in common with the pupil what else agrees.

    Args:
        right: `sides.right` with what was told (`beside`).
        declared: For how many of a wider share a narrower one is mixed with.

    Returns:
        ``r``, and the share in the ``county``, among those born in one ``year``, of one
        ``township``, and of ``both``.
    """
    pupils = right.filter(pl.col(SCHOOL).is_not_null()).select(
        "r", SCHOOL, "township", year="#birth_year"
    )
    prior = declared.settings.school_prior_pupils

    def among(wider: pl.Expr, *of: str) -> pl.Expr:
        same = pl.len().over(SCHOOL, *of) - 1
        everybody = pl.len().over(*of) - 1 if of else pl.len() - 1
        return (same + prior * wider) / (everybody + prior)

    county = pl.col("county")
    return (
        pupils.with_columns(county=among(1.0 / pl.col(SCHOOL).n_unique()))
        .with_columns(year=among(county, "year"), town=among(county, "township"), born="year")
        .with_columns(both=among(pl.max_horizontal("year", "town"), "born", "township"))
        .select("r", "county", "year", "both", township="town")
    )


def _among() -> pl.Expr:
    """Among whom a pair's equal school is to be seen: a column of `shares`."""
    age = pl.col("birth_date").is_between(2, 7) | pl.col("id_number").is_between(4, 8)
    near = pl.col("village").is_in([2, 3, 5, 6])
    return (
        pl.when(near & age)
        .then(pl.lit("both"))
        .when(near)
        .then(pl.lit("township"))
        .when(age)
        .then(pl.lit("year"))
        .otherwise(pl.lit("county"))
    )


def same_school() -> pl.Expr:
    """Whether the schools agree, however they are written."""
    return pl.col(SCHOOL).is_between(3, 4)


def bits(pairs: pl.DataFrame, right: pl.DataFrame, usual: float, declared: Declared) -> pl.Series:
    """Give by how many bits fewer others go to the school than the level says, for equal schools.

    Args:
        pairs: ``r`` and the level columns.
        right: `sides.right`.
        usual: The model's share of random pairs with equal schools.
        declared: For the settings.

    Returns:
        One value a pair; 0 where the schools are not equal.
    """
    none = pl.repeat(0.0, pairs.height, dtype=pl.Float64, eager=True)
    rows = pairs.select(same_school()).to_series().arg_true()
    if rows.is_empty():
        return none
    told = shares(right, declared)
    of = pairs.select("r", _among=_among())[rows].join(
        told, on="r", how="left", maintain_order="left"
    )
    share = pl.coalesce(pl.when(pl.col("_among") == c).then(c) for c in told.columns[1:])
    most = declared.settings.name_frequency_cap
    return none.scatter(rows, of.select((usual / share).log(2.0).clip(-most, most)).to_series())


def usual_bits(right: pl.DataFrame, declared: Declared) -> pl.Expr:
    """Give the bits by which random people who agree in age or township share a school more often.

    Args:
        right: `sides.right`.
        declared: For the settings.
    """
    told = shares(right, declared)
    if told.is_empty():
        return pl.lit(0.0)
    means = told.select(pl.exclude("r").mean()).row(0, named=True)
    more = {of: math.log2(share / means["county"]) for of, share in means.items()}
    return pl.when(same_school()).then(_among().replace_strict(more)).otherwise(0.0)
