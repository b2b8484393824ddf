"""Under which id each person of the roster is known, so that a case follows its person.

The county's register (`frames.IDENTITIES`) says how each person was written in the rounds before:
a line for every way of writing that was new. A row of the roster is a person of the register where
it says the same in one of `STEPS`, the surest step first; only else it is somebody new. So an ID
number filled in or put right, a corrected name, a completed birth date, a move to another household
or a year of absence leave the id as it is.

No two rows are one person. Where several rows and several lines say the same, the first row takes
the newest line, the second the next; rows are ordered by household, file and place in it.

When another valid ID number is a correction: household and name are still the same, and the birth
date too, or the name is borne by nobody else there and the birth dates, by the ID numbers where the
list has none, are less than `GENERATION` years apart. A grandson of his grandfather's name is thus
never taken for him. The same ID number alone, with another name, household and birth date, says
nothing: a clerk has copied it from the line above. Without a number, who moves is known by name and
birth date where nobody else has newly come or gone who bears both.
"""

from dataclasses import dataclass

import polars as pl

from pipelines import frames
from pipelines.hashing import joined, sha256
from pipelines.linkage import hints
from pipelines.standardise.names import parent_of

GENERATION = 12
"""Years within which namesakes of one household are not parent and child."""

MADE = "^P[0-9a-f]{16}(-[0-9]+)?$"
"""An id made here; a list's own number of this form is not believed to be its own."""

_STEM = 17
"""Characters of a made id before what tells the second person of equal facts from the first."""

_SLICE = 25_000
"""Rows whose ids are made at a time."""

FACTS = tuple(name for name in frames.IDENTITIES if name != "person_id")
"""What is known of a person: the columns of the register but the id."""


@dataclass(frozen=True)
class Step:
    """Facts that are enough to know a person by, where both sides have them all."""

    facts: tuple[str, ...]
    only: bool = False
    """Only where, of those left, one row and one person fit each other, and nothing speaks
    against it: another ID number, or where only the birth date differs, another generation."""
    nulls: bool = False
    """What neither side says counts as the same."""


STEPS = (
    Step(("listed_id", "id_number")),
    Step(("listed_id", "name_key")),
    Step(("listed_id", "birth_date")),
    Step(("id_number", "name_key", "household_id")),
    Step(("id_number", "name_key")),
    Step(("household_id", "name_key", "birth_date")),
    Step(FACTS, nulls=True),
    Step(("household_id", "name_key"), only=True),
    Step(("id_number", "birth_date")),
    Step(("id_number", "household_id")),
    Step(("household_id", "birth_date"), only=True),
    Step(("name_key", "birth_date"), only=True),
)
"""In this order, after the rows that say exactly what a line with an ID number says."""

_MOST = 20
"""A household with more unsettled namesakes, or people of one birth date, is no household."""


@dataclass(frozen=True)
class Identified:
    """Who the rows are."""

    person_ids: pl.Series
    """The id of each row, all different."""
    written: pl.DataFrame
    """`frames.IDENTITIES`: how each row's person is written, one row a row."""
    identities: pl.DataFrame
    """`frames.IDENTITIES`: what this round adds to the register."""


def identify(roster: pl.DataFrame, known: pl.DataFrame | None = None) -> Identified:
    """Give each row of the roster the id of its person.

    Args:
        roster: Frame with ``frames.clean_schema`` of ``roster.population``.
        known: The register of the rounds before, `frames.IDENTITIES`, newest round first, within a
            round in the order of the ids, shorter ones first.
    """
    register = frames.empty(frames.IDENTITIES) if known is None else known
    rows = _rows(roster)
    lines = register.with_row_index("line")
    found = [_unchanged(rows, lines)]
    rest, others = _left(rows, lines, found[0])
    for step in STEPS:
        if rest.is_empty() or others.is_empty():
            break
        pairs = _only(rest, others, step) if step.only else _in_turn(rest, others, step)
        found.append(pairs)
        rest, others = _left(rest, others, pairs)
    found.append(_new(rest, register["person_id"]))
    who = pl.concat(found).sort("row")
    written = rows.sort("row").select(who["person_id"], *FACTS)
    return Identified(who["person_id"], written, _added(written, register))


def _rows(roster: pl.DataFrame) -> pl.DataFrame:
    """The facts of each row, with ``row``, its position, and ``turn``, by which ties are settled.

    A number of the list that stands on several rows tells nobody apart and is left out, and so is
    the ID number of a newborn under a parent's name unless it is the child's by its birth date.
    """
    day = pl.col("birth_date_precision").fill_null("day") == "day"
    born = hints.birth("id_number")
    listed = pl.when(pl.col("birth_date").is_not_null() & day).then("birth_date")
    parents = parent_of("name_key").is_not_null() & born.ne_missing(listed)
    # Few texts many times: sorted as numbers in their order.
    few = {c: pl.Enum(roster[c].drop_nulls().unique().sort()) for c in ("path", "sheet")}
    order = ("household_id", "path", "sheet", "row_number", "record_id")
    said = ("person_id", "id_number", "name_key", "birth_date", "birth_date_precision")
    return (
        roster.select(*order, *said)
        .with_columns(pl.col(c).cast(texts) for c, texts in few.items())
        .with_row_index("row")
        .sort(order, nulls_last=True)
        .with_row_index("turn")
        .select(
            "row",
            "turn",
            pl.when(pl.col("person_id").is_unique()).then("person_id").alias("listed_id"),
            pl.when(~parents).then("id_number").alias("id_number"),
            "household_id",
            "name_key",
            pl.coalesce(listed, pl.when(~parents).then(born)).alias("birth_date"),
            pl.col("birth_date").alias("_birth"),
        )
    )


def _left(
    rows: pl.DataFrame, lines: pl.DataFrame, pairs: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows and the people of the register that are not yet paired."""
    return rows.join(pairs, on="row", how="anti"), lines.join(pairs, on="person_id", how="anti")


def _unchanged(rows: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Pair the rows that say all that a line with an ID number says: nearly every row.

    Hence by one number for all facts, and in turn only where several rows or lines say the same.
    """
    key = pl.struct(FACTS).hash()
    sure = pl.col("id_number").is_not_null()
    left = rows.filter(sure).select("row", "turn", key=key)
    right = lines.filter(sure).select("line", "person_id", key=key)
    alone = pl.col("key").is_unique()
    pairs = left.filter(alone).join(right.filter(alone), on="key")
    pairs = pairs.filter(pl.col("person_id").is_unique()).select("row", "person_id")
    return pl.concat([pairs, _paired(*_left(left, right, pairs), ["key"])])


def _in_turn(rows: pl.DataFrame, lines: pl.DataFrame, step: Step) -> pl.DataFrame:
    """Pair the rows that say the same as a line, the first row with the newest line."""
    facts = list(step.facts)
    if not step.nulls:
        rows, lines = rows.drop_nulls(facts), lines.drop_nulls(facts)
    return _paired(rows, lines, facts)


def _paired(rows: pl.DataFrame, lines: pl.DataFrame, facts: list[str]) -> pl.DataFrame:
    """``row``, ``person_id``: the first row of equal facts with the newest line, and so on."""
    rows = rows.join(lines, on=facts, how="semi", nulls_equal=True).sort("turn")
    lines = lines.join(rows, on=facts, how="semi", nulls_equal=True).sort("line")
    lines = lines.unique([*facts, "person_id"], keep="first", maintain_order=True)
    nth = pl.int_range(pl.len()).over(facts).alias("nth")
    pairs = rows.select("row", *facts, nth).join(
        lines.select("line", "person_id", *facts, nth), on=[*facts, "nth"], nulls_equal=True
    )
    # Two rows may say what two lines of one person say: the newer line counts.
    return (
        pairs.sort("line")
        .unique("person_id", keep="first", maintain_order=True)
        .select("row", "person_id")
    )


def _only(rows: pl.DataFrame, lines: pl.DataFrame, step: Step) -> pl.DataFrame:
    """Pair the rows and people who fit each other and nobody else of those left."""
    facts = list(step.facts)
    few = pl.len().over(facts) <= _MOST
    newest = [pl.col(c).drop_nulls().first().over("person_id") for c in ("id_number", "birth_date")]
    people = lines.sort("line").with_columns(
        *[e.name.prefix("their_") for e in newest], their_name=pl.col("name_key")
    )
    fits = _one_generation() if "birth_date" not in facts else ~_other_number()
    pairs = (
        rows.drop_nulls(facts)
        .filter(few)
        .join(people.drop_nulls(facts).filter(few), on=facts, suffix="_line")
        .filter(fits if "name_key" in facts else fits & _renamed())
        .unique(["row", "person_id"])
    )
    one = (pl.len().over("row") == 1) & (pl.len().over("person_id") == 1)
    return pairs.filter(one).select("row", "person_id")


def _one_generation() -> pl.Expr:
    """Whether a namesake of the household may be the same person, by the birth dates."""
    apart = (pl.col("birth_date") - pl.col("their_birth_date")).dt.total_days().abs()
    near = apart < GENERATION * 365.25
    return near.fill_null(~_other_number())


def _renamed() -> pl.Expr:
    """Whether somebody born on the same day in the household may be the same under another name.

    A newborn who has been named, or a name with its first or last character kept.
    """
    now, then = pl.col("name_key"), pl.col("their_name")
    alike = (now.str.head(1) == then.str.head(1)) | (now.str.tail(1) == then.str.tail(1))
    newborn = parent_of("their_name").is_not_null() | parent_of("name_key").is_not_null()
    return alike | newborn


def _other_number() -> pl.Expr:
    return (pl.col("id_number") != pl.col("their_id_number")).fill_null(value=False)


def _new(rows: pl.DataFrame, taken: pl.Series) -> pl.DataFrame:
    """Make the ids of people not known before: ``row``, ``person_id``.

    The list's own number, else one made of the valid ID number, else of household, name and birth
    date; so that the first round of a county gives the same ids whenever it is run.
    """
    if rows.is_empty():
        return pl.DataFrame(schema={"row": rows.schema["row"], "person_id": pl.String})
    known = taken.to_frame("own")
    listed = pl.col("listed_id")
    own = (
        rows.select("row", own=pl.when(~listed.str.contains(MADE)).then(listed))
        .drop_nulls()
        .join(known, on="own", how="anti")
    )
    # In slices: what is hashed, and the hash, are longer than what is kept of it.
    stems = pl.concat([_stems(part) for part in rows.iter_slices(_SLICE)])
    made = rows.select("row", "turn", stems)
    made = made.join(own, on="row", how="anti").sort("turn")
    used = (
        known.with_columns(stem=pl.col("own").str.head(_STEM))
        .join(made, on="stem", how="semi")
        .group_by("stem")
        .agg(
            used=pl.col("own").str.slice(_STEM + 1).cast(pl.Int64, strict=False).max().fill_null(1)
        )
    )
    nth = pl.col("used").fill_null(0) + pl.int_range(1, pl.len() + 1).over("stem")
    alone = made.join(used, on="stem", how="anti").filter(pl.col("stem").is_unique())
    several = made.join(alone, on="row", how="anti").join(
        used, on="stem", how="left", maintain_order="left"
    )
    numbered = several.select(
        "row",
        own=pl.when(nth == 1).then("stem").otherwise(pl.format("{}-{}", "stem", nth)),
    )
    alone = alone.select("row", own="stem")
    return pl.concat([own, alone, numbered]).rename({"own": "person_id"})


def _stems(rows: pl.DataFrame) -> pl.Series:
    """What the made id of each row begins with: a hash of who it says it is."""
    by_id = pl.lit("i") + joined("id_number")
    by_house = pl.lit("h") + joined("household_id", "name_key", "_birth")
    said = rows.select(pl.when(pl.col("id_number").is_null()).then(by_house).otherwise(by_id))
    return ("P" + sha256(said.to_series()).str.head(_STEM - 1)).alias("stem")


def _added(written: pl.DataFrame, register: pl.DataFrame) -> pl.DataFrame:
    """Give what is written of the people now and was never written of them before."""
    line = pl.struct(frames.IDENTITIES.keys()).hash()
    before = register.select(line=line)
    new = written.with_columns(line=line).join(before, on="line", how="anti")
    return frames.conform(new, frames.IDENTITIES).sort(
        pl.col("person_id").str.len_chars(), "person_id"
    )
