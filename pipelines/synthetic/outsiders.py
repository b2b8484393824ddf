"""People on departments' lists who never were on the roster, some with a resident's very name."""

import datetime as dt

import numpy as np
import polars as pl

from pipelines.synthetic.id_numbers import id_numbers
from pipelines.synthetic.world import World

REGION = 990301
"""A town elsewhere in the province; no resident's number begins with it."""


def outsiders(world: World, use: str, n: int, born: tuple[int, int]) -> pl.DataFrame:
    """Give `n` people with the names of residents who are alive, and numbers of their own.

    Returns:
        name, id_number, male, birth, township (of the namesake, for split lists), namesake (p).
    """
    rng = world.rng("outsiders " + use)
    pool = world.alive_or_dead.filter(
        pl.col("died_on").is_null()
        & pl.col("birth").dt.year().is_between(*born)
        & (pl.col("ethnicity") == "汉族")
    )
    who = pool.gather(rng.permutation(len(pool))[:n])
    # Clearly another age than the namesake: the same name is all they have in common.
    shift = rng.integers(7, 15, len(who)) * np.where(rng.random(len(who)) < 0.5, 1, -1)
    days = who["birth"].cast(pl.Int32).to_numpy() - shift * 365 + 37
    latest = (world.rounds[0] - dt.date(1970, 1, 1)).days - 400
    birth = pl.Series("birth", np.minimum(days, latest).astype(np.int32)).cast(pl.Date)
    male = who["male"].to_numpy()
    number = id_numbers(rng, np.full(len(who), REGION), birth, male)
    return who.select("name", "male", "township", pl.col("p").alias("namesake")).with_columns(
        birth, number, pl.lit("outsider").alias("tag")
    )
