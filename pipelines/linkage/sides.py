"""Both sides of a comparison in one form: what a record says of its subject, what the roster says.

The left side is a department's list, the right side the population. Rows are sorted by their id
before they get positions, so that no result depends on the order in which rows came.
"""

from collections.abc import Callable, Iterable

import polars as pl
import polars.selectors as cs

from pipelines import frames
from pipelines.contracts import Contract
from pipelines.linkage import hints, names, schools
from pipelines.linkage.parts import FEW, MARK, joined, with_parts
from pipelines.standardise.names import parent_of

PRECISION = pl.Enum(["year", "month", "day"])
"""How much of a birth date is known."""

ROWS = pl.UInt32
"""Type of positions: ``l`` on the left, ``r`` on the right, ``hh`` of households."""

WHOLE_ID = pl.when(pl.col("#id").is_not_null()).then("any_id").alias("id")
"""The valid number of either side; damaged ones stand in ``any_id`` too."""

LOOKED_AT = frozenset(
    {
        "record_id", "file_id", "path", "sheet", "row_number", "as_of",
        "village", "village_code", "township_code", "household_id", "certificate", "phone", "sex",
        "school",
        "birth_date", "birth_date_precision", "guardian_id_number",
        *(f"{who}name{of}" for who in ("", "head_", "guardian_") for of in ("", "_key")),
        *(f"{who}id_number{of}" for who in ("", "head_") for of in ("", "_hint")),
    }
)  # fmt: skip
"""All columns of a clean list that linking reads; the rest need not be in memory meanwhile."""


def subject_column(contract: Contract) -> tuple[str, str]:
    """Give the columns with the subject's name and ID number; a household list names its head."""
    if "name" in contract.columns and contract.grain == "person":
        return "name", "id_number"
    return "head_name", "head_id_number"


def left(clean: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Give a department's list in comparable form.

    Args:
        clean: Frame with ``frames.clean_schema(contract)``.
        contract: Its contract, of grain person or household.

    Returns:
        Per row ``l``, ``record_id``, ``name``, ``key``, ``any_id`` (the valid number, else what can
        be read of a damaged one), ``sex``, ``birth``, ``precision``, ``birth_from_id``,
        ``village`` (its code), ``village_name`` (where there is no code), ``township``,
        ``phone``, ``household``, ``school`` (where the list is compared by it), ``head_key``,
        ``guardian_key``, ``group`` (rows that the list itself puts into one household),
        ``child_of`` and ``child_sex`` for newborns under a parent's name, ``as_of``; and its parts
        (`parts.with_parts`, `schools.part`).
    """
    name, number = subject_column(contract)
    of_head = name == "head_name"
    text = _texts(clean)
    key = (
        names.readable(f"{name}_key")
        if f"{name}_key" in clean.columns
        else pl.coalesce(names.key_of(name))
    )
    head = [] if of_head else ["head_name"]
    frame = clean.select(
        "record_id",
        "as_of",
        pl.col(name).alias("name"),
        pl.when(key != "").then(key).alias("key"),
        *_number(clean, number, "id", "hint"),
        text("sex").alias("sex"),
        *_birth(clean),
        pl.col("village_code").alias("village"),
        # Only where it is all that is known: villages of one name in several townships.
        pl.when(pl.col("village_code").is_null()).then("village").alias("village_name"),
        pl.coalesce(pl.col("township_code"), pl.col("village_code").str.head(9)).alias("township"),
        text("phone").alias("phone"),
        text("household_id").alias("household"),
        (text("school") if schools.asks(contract) else pl.lit(None, pl.String)).alias("school"),
        _key(clean, head).alias("head_key"),
        _key(clean, ["guardian_name"]).alias("guardian_key"),
        (pl.lit(None, pl.String) if of_head else text("head_id_number")).alias("head_id"),
        text("guardian_id_number").alias("guardian_id"),
        text("certificate").alias("certificate"),
    ).sort("record_id")
    return (
        frame.pipe(_one_number_twice)
        .pipe(_finish)
        .pipe(_children)
        .pipe(_groups)
        .drop("hint", "certificate")
        .pipe(with_parts)
        .pipe(schools.with_part)
        .drop("id", "head_id", "guardian_id")
        .pipe(frames.light)
        .with_row_index("l")
    )


def right(persons: pl.DataFrame, former_names: pl.DataFrame | None = None) -> pl.DataFrame:
    """Give the population in comparable form.

    Args:
        persons: `frames.PERSONS`.
        former_names: ``person_id``, ``former_key``: who stood in an earlier roster by another name.

    Returns:
        Per person ``r``, ``person_id``, ``household`` (the household id), ``hh`` (its position),
        ``name``, ``key``, ``any_id``, ``sex``, ``birth``, ``precision``,
        ``birth_from_id``, ``village``, ``village_name``, ``township``, ``phone``, ``head_key``,
        ``school`` and its part, null until a list has told it (`schools.beside`), and how many
        people bear the name: ``namesakes`` in the county, ``village_namesakes``,
        ``village_size``; ``place_namesakes`` and ``place_size`` in all villages of that name; and
        the parts of blocking keys (`parts.with_parts`).
    """
    persons = persons.sort("person_id")
    frame = persons.select(
        "person_id",
        pl.col("household_id").alias("household"),
        "name",
        pl.coalesce(pl.col("name_key"), names.key_of("name")).alias("key"),
        *_number(persons, "id_number", "id", "hint"),
        "sex",
        *_birth(persons),
        pl.col("village_code").alias("village"),
        # Without a gazetteer a name may be written in many ways and is not compared.
        pl.when(pl.col("village_code").is_not_null()).then("village").alias("village_name"),
        pl.coalesce(pl.col("township_code"), pl.col("village_code").str.head(9)).alias("township"),
        "phone",
        school=pl.lit(None, pl.String),  # the roster does not say it (`schools.beside`)
        head_key=_head_key(persons),
    )
    if former_names is None:
        frame = frame.with_columns(former_key=pl.lit(None, pl.String))
    else:
        frame = frame.join(former_names, on="person_id", how="left", maintain_order="left")
    # A person without a household id stands alone; the dense rank gives households positions.
    alone = pl.coalesce("household", pl.format("/{}", "person_id"))
    # Not so on the left: a number in a list may be another person's.
    sex = pl.coalesce("sex", hints.sex("id"))
    return (
        frame.with_columns(sex=sex, hh=alone.rank("dense").cast(ROWS))
        .pipe(_finish)
        .drop("hint")
        .pipe(with_parts)
        .pipe(schools.with_part)
        .with_columns(
            namesakes=pl.len().over("#key"),
            village_namesakes=pl.len().over(joined(("key", "village"))),
            village_size=pl.len().over("#village"),
            place_namesakes=pl.len().over(joined(("key", "village_name"))),
            place_size=pl.len().over("#village_name"),
        )
        .drop("id", "former_key")
        .pipe(frames.light)
        .with_row_index("r")
    )


def beside(people: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Give further persons in the form of `right`, numbered on from it; they count nowhere in it.

    Args:
        people: `right` of the population.
        persons: `frames.PERSONS` of others; their households are the population's, or null.
    """
    homes = people.select("household", "hh").drop_nulls("household").unique("household")
    later = (pl.lit(people.height) + pl.int_range(pl.len())).cast(ROWS)
    further = (
        right(persons).drop("hh").join(homes, on="household", how="left", maintain_order="left")
    )
    # Who has no household there stands alone, behind all households: none has so high a number.
    return further.with_columns(r=later, hh=pl.coalesce("hh", later)).select(people.columns)


def as_list(people: pl.DataFrame) -> pl.DataFrame:
    """Give people of the population as a list would name them, who say nothing of relatives.

    Args:
        people: Rows of `right`.
    """
    own = people.select(~cs.starts_with(MARK), WHOLE_ID).rename({"r": "l"})
    unsaid = ("guardian_key", "head_id", "guardian_id", "group")
    listed = own.with_columns(
        pl.col(FEW).cast(pl.String), *(pl.lit(None, pl.String).alias(c) for c in unsaid)
    )
    return listed.pipe(with_parts).pipe(schools.with_part)


def _texts(clean: pl.DataFrame) -> Callable[[str], pl.Expr]:
    """Give a reader of columns that a list may not have."""

    def text(column: str) -> pl.Expr:
        return pl.col(column) if column in clean.columns else pl.lit(None, dtype=pl.String)

    return text


def _number(frame: pl.DataFrame, column: str, number: str, hint: str) -> list[pl.Expr]:
    if column not in frame.columns:
        return [pl.lit(None, dtype=pl.String).alias(c) for c in (number, hint)]
    seen = (
        hints.usable(f"{column}_hint")
        if f"{column}_hint" in frame.columns
        else pl.lit(None, dtype=pl.String)
    )
    return [
        pl.col(column).alias(number),
        pl.when(pl.col(column).is_null()).then(seen).alias(hint),
    ]


def _birth(frame: pl.DataFrame) -> list[pl.Expr]:
    if "birth_date" not in frame.columns:
        return [
            pl.lit(None, dtype=pl.Date).alias("birth"),
            pl.lit(None, dtype=PRECISION).alias("precision"),
        ]
    precision = (
        pl.col("birth_date_precision").fill_null("day")
        if "birth_date_precision" in frame.columns
        else pl.lit("day")
    )
    known = pl.col("birth_date").is_not_null()
    precision = pl.when(known).then(precision.cast(PRECISION))
    return [pl.col("birth_date").alias("birth"), precision.alias("precision")]


def _key(clean: pl.DataFrame, columns: Iterable[str]) -> pl.Expr:
    """The comparison key of the first of `columns` that the list has."""
    for column in columns:
        if f"{column}_key" in clean.columns:
            return names.readable(f"{column}_key")
        if column in clean.columns:
            return names.key_of(column)
    return pl.lit(None, dtype=pl.String)


def _head_key(persons: pl.DataFrame) -> pl.Series:
    """Keys of the heads' names, as standardise made them where the head is in the roster too."""
    known = persons.select(
        pl.col("name").alias("head_name"), pl.col("name_key").alias("head_key")
    ).unique("head_name", keep="any")
    heads = persons.select("head_name").join(
        known, on="head_name", how="left", maintain_order="left"
    )
    return heads.select(pl.coalesce("head_key", names.key_of("head_name"))).to_series()


def _one_number_twice(frame: pl.DataFrame) -> pl.DataFrame:
    """One number in both the pupil's and the guardian's column: whose it is, the birth date says.

    A son may bear his father's name, so name and number alone would find the father.
    """
    same = pl.col("id") == pl.col("guardian_id")
    if not frame.select(same.any()).item():
        return frame
    guardians = same & (hints.birth("id") != pl.col("birth"))
    return frame.with_columns(
        id=pl.when(~guardians.fill_null(value=False)).then("id"),
        guardian_id=pl.when(~(same & ~guardians).fill_null(value=False)).then("guardian_id"),
    )


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    """What follows from the ID number where the list does not say it."""
    any_id = pl.coalesce("id", "hint")
    from_id = hints.birth("any_id")
    return (
        frame.with_columns(any_id=any_id)
        .with_columns(birth_from_id=pl.col("birth").is_null() & from_id.is_not_null())
        .with_columns(
            birth=pl.coalesce("birth", from_id),
            precision=pl.coalesce(
                "precision", pl.when("birth_from_id").then(pl.lit("day", PRECISION))
            ),
        )
    )


def _children(frame: pl.DataFrame) -> pl.DataFrame:
    """Newborns under a parent's name: that is the parent's name, and mostly the parent's number."""
    child = pl.col("child_of").is_not_null()
    own = pl.col("birth_from_id") & (pl.col("birth") > pl.col("as_of").dt.offset_by("-3y"))
    parents_number = child & ~own.fill_null(value=False)
    frame = frame.with_columns(child_of=parent_of("key"), child_sex=names.child_sex("key"))
    if frame["child_of"].count() == 0:
        return frame
    return frame.with_columns(
        key=pl.when(~child).then("key"),
        guardian_key=pl.when(child).then("child_of").otherwise("guardian_key"),
        guardian_id=pl.when(parents_number)
        .then(pl.coalesce("id", "guardian_id"))
        .otherwise("guardian_id"),
        sex=pl.when(child).then(pl.coalesce("child_sex", "sex")).otherwise("sex"),
        birth=pl.when(~(parents_number & pl.col("birth_from_id"))).then("birth"),
        precision=pl.when(~(parents_number & pl.col("birth_from_id"))).then("precision"),
        **{c: pl.when(~parents_number).then(c) for c in ("id", "hint", "any_id")},
    )


def _groups(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows that the department itself keeps as one household.

    By its household number, the head's ID, a certificate shared with the same head, or head and
    village; a guardian makes siblings. The kind stands in front so that kinds never mix.
    """
    return frame.with_columns(
        group=pl.coalesce(
            pl.concat_str(pl.lit("h|"), "household"),
            pl.concat_str(pl.lit("i|"), "head_id"),
            pl.concat_str(pl.lit("c|"), "certificate", pl.lit("|"), "head_key"),
            pl.concat_str(pl.lit("v|"), "head_key", pl.lit("|"), "village"),
            pl.concat_str(pl.lit("n|"), "head_key", pl.lit("|"), "village_name"),
            pl.concat_str(pl.lit("g|"), "guardian_id"),
        )
    )
