"""The partitions of every asset: one county in one round, both added as they come."""

import datetime as dt
from typing import NamedTuple

import dagster as dg

COUNTIES = dg.DynamicPartitionsDefinition(name="county")
ROUNDS = dg.DynamicPartitionsDefinition(name="round")
COUNTY_ROUND = dg.MultiPartitionsDefinition({"county": COUNTIES, "round": ROUNDS})
"""A round's key is its date: a time window would run Monday's files under last Monday's key."""


class Slice(NamedTuple):
    """The county and the round that a step works on."""

    county: str
    round_: dt.date


def slice_of(context: dg.AssetExecutionContext) -> Slice:
    """Give the county and round of the step's partition key."""
    key = context.partition_key
    if not isinstance(key, dg.MultiPartitionKey):
        raise TypeError(f"partition key {key!r} has not the dimensions county and round")
    dimensions = key.keys_by_dimension
    return Slice(dimensions["county"], dt.date.fromisoformat(dimensions["round"]))


def partition_key(county: str, round_: dt.date) -> dg.MultiPartitionKey:
    """Give the key of one county in one round."""
    return dg.MultiPartitionKey({"county": county, "round": round_.isoformat()})
