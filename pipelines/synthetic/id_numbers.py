"""Citizen identity numbers (GB 11643): region, birth date, sequence by sex, check character."""

import numpy as np
import polars as pl

from pipelines.synthetic.names import Bools, Ints

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = "10X98765432"


def id_numbers(rng: np.random.Generator, region: Ints, birth: pl.Series, male: Bools) -> pl.Series:
    """Give one valid, distinct number a person.

    Args:
        rng: Source of chance.
        region: Six-digit division code where the number was issued.
        birth: Dates of birth.
        male: Sex; the sequence number is odd for men.

    Returns:
        Text of 18 characters, no number twice. Of more than 500 persons of one region, day and sex
        the later ones are issued by the next region.
    """
    day = birth.dt.strftime("%Y%m%d").cast(pl.Int64).to_numpy()
    order = pl.DataFrame(
        {"region": region, "day": day, "male": male, "mix": rng.random(len(day))}
    ).select(
        (pl.col("mix").rank("ordinal").over("region", "day", "male") - 1).cast(pl.Int64),
        # One start for each day, so that the numbers do not all begin with 001.
        ((pl.col("day") * 7919) % 400).alias("start"),
    )
    rank = order["mix"].to_numpy()
    sequence = (rank % 500 + order["start"].to_numpy()) % 500 * 2 + male.astype(np.int64)
    body = ((region + rank // 500) * 10**8 + day) * 1000 + sequence
    total = np.zeros(len(body), dtype=np.int64)
    rest = body.copy()
    for weight in reversed(WEIGHTS):
        total += rest % 10 * weight
        rest //= 10
    check = np.array(list(CHECK), dtype=object)[total % 11]
    return pl.DataFrame({"body": body, "check": check.tolist()}).select(
        (pl.col("body").cast(pl.String) + pl.col("check")).alias("id_number")
    )["id_number"]


def check_character(body: pl.Expr) -> pl.Expr:
    """Give the check character for 17 digits of text."""
    total = sum(
        (body.str.slice(i, 1).cast(pl.Int64, strict=False) * w for i, w in enumerate(WEIGHTS)),
        start=pl.lit(0),
    )
    return (total % 11).replace_strict(dict(enumerate(CHECK)), default=None, return_dtype=pl.String)
