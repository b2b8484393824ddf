"""Whether what survives in a row singles out one person: by information, not by any program.

A row is determinable where its surviving true fields (the whole number, a part of it, name, date of
birth, sex, village, township) are together those of exactly one person who ever lived there.
"""

import datetime as dt

import polars as pl

from pipelines.synthetic.defects import FULL
from pipelines.synthetic.layouts import Layout
from pipelines.synthetic.world import World

_NEAR = ("id_typo", "id_transposed")
NAME_LOST = ("name_homophone", "name_lost_character")
"""States of a name that cannot be explained without the number."""
_KEYS = {
    "name": ("name",),
    "birth": ("birth",),
    "sex": ("male",),
    "village": ("v",),
    "village_name": ("village",),
    "township": ("township",),
    "first15": ("first15",),
    "masked": ("first6", "last4"),
    "near": ("region_and_order",),
}
"""What each surviving field is in the population."""


def with_determinable(
    world: World, frame: pl.DataFrame, layout: Layout, roster: pl.DataFrame
) -> pl.DataFrame:
    """Add ``intact`` and ``determinable`` to the damaged rows of a list.

    Args:
        world: The population.
        frame: Rows with id_state and name_state.
        layout: The list's layout: which fields it has at all.
        roster: p, roster_id, roster_name: the same states of the person's row on the roster. What
            the roster itself has lost cannot be compared with.

    Returns:
        `frame` with ``intact`` (on both sides the number is whole and the name explainable) and
        ``determinable``.
    """
    if not layout.person[0]:
        return frame.with_columns(
            pl.lit(value=True).alias("intact"), pl.lit(value=True).alias("determinable")
        )
    frame = frame.join(roster, on="p", how="left", maintain_order="left").with_columns(
        pl.col("roster_id", "roster_name").fill_null("")
    )
    state, name, kept = pl.col("id_state"), pl.col("name_state"), pl.col("roster_id")
    own = pl.col("id_of") == "own" if "id_of" in frame.columns else pl.lit(value=True)
    whole = own & state.is_in(list(FULL))
    full = whole & kept.is_in(list(FULL))
    named = ~name.is_in(list(NAME_LOST)) & ~pl.col("roster_name").is_in(list(NAME_LOST))
    if "name_of" in frame.columns:
        named &= pl.col("name_of") == "own"
    inside = pl.col("p").is_not_null()
    by_household = "household_id" in layout.has
    # A guardian's number says which household; a mother's name, where she has one such child.
    only_child = _only_small_children(world)
    helped = (pl.col("tag") == "guardian_id") | (
        (pl.col("tag") == "mothers_name") & pl.col("p").is_in(only_child.implode())
    )
    workbook = not layout.kind.startswith("csv")
    place = bool({"village", "address"} & layout.has)
    # A village's name alone is that of every village so called; addresses begin with the township.
    township = bool({"township", "address"} & layout.has) or layout.split != "county"
    surviving = {
        "name": named,
        "birth": pl.lit("birth_date" in layout.has)
        | whole
        | (own & (state == "id_excel") & workbook),
        "sex": pl.lit("sex" in layout.has) | whole,
        "village": pl.lit(place and township),
        "village_name": pl.lit(place),
        "township": pl.lit("township" in layout.has) | pl.lit(layout.split != "county"),
        "first15": _both(own, "id_excel") & workbook,
        "masked": _both(own, "id_masked"),
        "near": own
        & (state.is_in(list(_NEAR)) | state.is_in(list(FULL)))
        & (kept.is_in(list(_NEAR)) | kept.is_in(list(FULL))),
    }
    frame = frame.with_columns(
        (full & named & inside).alias("intact"),
        ((full | helped | pl.lit(by_household)) & inside).alias("determinable"),
        *(mask.alias(f"s_{key}") for key, mask in surviving.items()),
    )
    return _single_out(world, frame).drop([f"s_{key}" for key in surviving])


def _only_small_children(world: World) -> pl.Series:
    """Children under two years who are the only one of their sex and age in the household."""
    youngest = world.rounds[-1] - dt.timedelta(days=730)
    small = world.persons.filter(pl.col("birth") > youngest)
    return small.filter(pl.len().over("h", "male") == 1)["p"]


def _both(own: pl.Expr, state: str) -> pl.Expr:
    """One side has only a part of the number, the other that part or all of it."""
    here, there = pl.col("id_state"), pl.col("roster_id")
    enough = [state, *FULL]
    return own & here.is_in(enough) & there.is_in(enough)


def _single_out(world: World, frame: pl.DataFrame) -> pl.DataFrame:
    """Settle the rows whose number is not whole, one combination of surviving fields at a time."""
    masks = [f"s_{key}" for key in _KEYS]
    people = world.alive_or_dead.select(
        "p",
        "name",
        "birth",
        "male",
        "v",
        "village",
        "township",
        pl.col("true_id").str.slice(0, 15).alias("first15"),
        pl.col("true_id").str.slice(0, 6).alias("first6"),
        pl.col("true_id").str.slice(14).alias("last4"),
        # One digit wrong leaves the rest: with a name it is as good as the whole number.
        pl.col("true_id").alias("region_and_order"),
    )
    open_rows = frame.filter(~pl.col("determinable") & pl.col("p").is_not_null())
    single: list[pl.DataFrame] = []
    for values, part in open_rows.partition_by(masks, as_dict=True).items():
        columns = [c for key, on in zip(_KEYS, values, strict=True) if on for c in _KEYS[key]]
        if not columns or (values[-1] and not values[0]):
            continue
        alone = people.filter(pl.len().over(columns) == 1).select("p")
        single.append(part.join(alone, on="p", how="semi").select("row"))
    if not single:
        return frame
    found = pl.concat(single).with_columns(pl.lit(value=True).alias("found"))
    return (
        frame.join(found, on="row", how="left", maintain_order="left")
        .with_columns(pl.col("determinable") | pl.col("found").fill_null(value=False))
        .drop("found")
    )
