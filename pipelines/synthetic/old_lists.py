"""Lists of an old year: the villages, the roster, and a register that names heads of that year.

``truth/<county>/old_year.parquet`` says of every row of the register which household the house is
of today: of those who stayed in it, or took in all who lived there; else of most of them.
"""

import dataclasses
import datetime as dt

import polars as pl

from pipelines.home import Home
from pipelines.synthetic import roster
from pipelines.synthetic.defects import FULL, ErrorRates, damage
from pipelines.synthetic.determinable import NAME_LOST
from pipelines.synthetic.files import Delivery, write_delivery
from pipelines.synthetic.generate import completed, roster_states
from pipelines.synthetic.layouts import LAYOUTS, Field, Layout
from pipelines.synthetic.old_year import Changes, world_then
from pipelines.synthetic.world import World

REGISTER = "housing.renovations"


def register_layout() -> Layout:
    """Give the layout of the register: that of today, with household numbers."""
    today = LAYOUTS[REGISTER]
    return dataclasses.replace(
        today, fields=(Field("household_id", ("户编号", "户号")), *today.fields)
    )


def write_old_year(
    home: Home,
    world: World,
    day: dt.date,
    rates: ErrorRates,
    changes: Changes | None = None,
) -> pl.DataFrame:
    """Write the three lists of the old year into the county's inbox.

    Args:
        home: Files go to ``<home>/inbox/<county>``, the truth to ``<home>/truth/<county>``.
        world: The county of today (`world.make_world`), whose lists `generate` writes.
        day: The old year's round.
        rates: Typing errors.
        changes: What has happened since.

    Returns:
        One row a row of the register: path, sheet, row_number, p (who is named), household_id
        (of today, null where nobody is left), story, defects, determinable.
    """
    changes = changes or Changes()
    then = world_then(world, day, changes)
    note = f"{day.year}年度"
    there = _listed(then, day)
    lists = {}
    for layout, frame, own in (
        (LAYOUTS["roster.villages"], roster.villages(then, 0), rates),
        (LAYOUTS["roster.population"], there, rates),
        (register_layout(), _register(then, changes), dataclasses.replace(
            rates, id_missing=changes.id_missing if rates.id_missing else 0.0)),
    ):  # fmt: skip
        rows = damage(then, completed(then, frame).with_row_index("row"), layout, own)
        delivery = Delivery(layout, 0, then.as_of(0, layout.days), rows, note)
        lists[layout.dataset] = rows.join(write_delivery(home.inbox, then, delivery), on="row")
    now = roster_states(world, rates).join(
        roster.listed_persons(world, 0).select("p", "name", "v"), on="p"
    )
    truth = _truth(world, then, lists[REGISTER], lists["roster.population"], now)
    folder = home.path / "truth" / world.county
    folder.mkdir(parents=True, exist_ok=True)
    truth.write_parquet(folder / "old_year.parquet")
    return truth


def _listed(then: World, day: dt.date) -> pl.DataFrame:
    """The old roster: everybody born by then, each household with its head first."""
    return (
        then.alive_or_dead.filter(pl.col("birth") <= pl.lit(day) - pl.duration(days=4))
        .with_columns(
            household_type=pl.col("type"),
            status=pl.lit("正常"),
            sex=pl.when("male").then(pl.lit("男")).otherwise(pl.lit("女")),
            birth_date=pl.col("birth"),
            person_id=pl.lit(f"{then.county}01") + pl.col("p").cast(pl.String).str.zfill(10),
        )
        .sort("h", pl.col("p") != pl.col("head"), "slot", "p")
    )


def _register(then: World, changes: Changes) -> pl.DataFrame:
    """The register of houses renovated by the old year: a row a household, by its head."""
    rng = then.rng("old year register")
    homes = then.households.join(
        then.places.select("v", "village", "village_code", "township"),
        on="v",
        maintain_order="left",
    )
    homes = homes.filter(pl.Series(rng.random(homes.height) < changes.registered))
    heads = then.persons.select(head="p", id_number="id_number", name="name")
    day = then.rounds[0]
    rows = homes.join(heads, on="head", how="left", maintain_order="left")
    blank = pl.Series(rng.random(rows.height) < changes.number_missing)
    back = pl.Series(rng.integers(0, 3, rows.height))
    started = pl.date(pl.lit(day.year - back), 3, 1) + pl.duration(
        days=pl.lit(pl.Series(rng.integers(0, 120, rows.height)))
    )
    return rows.with_columns(
        household_id=pl.when(~blank).then("household_id"),
        p=pl.col("head"),
        head_id_number=pl.col("id_number"),
        year=(day.year - back).cast(pl.Int64),
        method=pl.lit("修缮加固"),
        subsidy=pl.lit(7500.0),
        started_on=started,
        finished_on=started + pl.duration(days=60),
        moved_in_on=started + pl.duration(days=75),
    ).sort("year", "township", "h")


def _truth(
    world: World,
    then: World,
    rows: pl.DataFrame,
    listed: pl.DataFrame,
    now: pl.DataFrame,
) -> pl.DataFrame:
    """Which household each row is of, and whether what survives in it can say so.

    It can where a number or a head leads to one household: by the household's number, by the head's
    whole ID number, or by a head's name that nobody else has borne in the village; and where the
    head is gone or the number is another now, most of those who lived there are together still.
    """
    numbers = world.households.select(home="h", number_now="household_id")
    lived = (
        listed.select("p", "h")
        .join(now.select("p"), on="p")
        .join(world.persons.select("p", home="h"), on="p")
        .join(then.households.select("h", "today"), on="h")
    )
    # Who stayed keeps the house; where nobody of those is left, it is of most of the others.
    heirs = (
        lived.group_by("h", "home")
        .agg(members=pl.len(), stayed=(pl.col("home") == pl.col("today")).any())
        .with_columns(share=pl.col("members") / pl.col("members").sum().over("h"))
        .sort("h", "stayed", "members", "home", descending=[False, True, True, False])
        .unique("h", keep="first", maintain_order=True)
        .select("h", "home", together=pl.col("share") > 0.5)
    )
    written = [
        _written(listed, "id_state", "name_state"),
        _written(now, "roster_id", "roster_name"),
    ]
    known = [
        side.select(pl.col("p"), (pl.col("whole") & pl.col("named")).alias(name))
        for side, name in zip(written, ("known_then", "known_now"), strict=True)
    ]
    borne = pl.concat([side.select("p", "name", "v") for side in written]).unique("p")
    alone = borne.filter(pl.len().over("name", "v") == 1).select("p", alone=True)
    frame = (
        rows.join(then.households.select("h", "story", "number"), on="h", how="left")
        .join(heirs, on="h", how="left")
        .join(numbers, on="home", how="left")
        .join(known[0], on="p", how="left")
        .join(known[1], on="p", how="left")
        .join(alone, on="p", how="left")
        .with_columns(pl.col("together", "known_then", "alone").fill_null(value=False))
    )
    here = pl.col("known_now").is_not_null()
    leads = pl.col("together") | (pl.col("number") == pl.col("number_now"))
    whole = pl.col("id_state").is_in(list(FULL))
    named = ~pl.col("name_state").is_in(list(NAME_LOST))
    says = (
        (pl.col("household_id").is_not_null() & leads)
        | (whole & pl.when(here).then("known_now").otherwise(pl.col("known_then") & leads))
        | (named & pl.col("alone") & (here | leads))
    )
    return frame.sort("row").select(
        pl.lit(REGISTER).alias("dataset"),
        "path",
        "sheet",
        "row_number",
        "p",
        pl.col("number_now").alias("household_id"),
        "story",
        "defects",
        (says & pl.col("home").is_not_null()).fill_null(value=False).alias("determinable"),
    )


def _written(rows: pl.DataFrame, number: str, name: str) -> pl.DataFrame:
    """Whether a roster wrote each person's number and name so that they can be known by them."""
    return rows.select(
        "p",
        "name",
        "v",
        whole=pl.col(number).is_in(list(FULL)),
        named=~pl.col(name).is_in(list(NAME_LOST)),
    )
