"""Linkage: the county's population, and for each dataset which person and household a row is."""

import dagster as dg
import polars as pl

from assets.clean import VILLAGES, clean_key
from assets.describe import Frames, column_schema, contract_titles
from assets.partition import COUNTY_ROUND
from pipelines import frames
from pipelines.contracts import Contract, Contracts
from pipelines.home import Home

POPULATION = dg.AssetKey(["population"])
_ROSTER = "roster.population"


def linked_key(contract: Contract) -> dg.AssetKey:
    """Give the key of a dataset's linked frame."""
    return dg.AssetKey(["linked", contract.department, contract.dataset.split(".")[1]])


def link_assets(contracts: Contracts) -> list[dg.AssetsDefinition]:
    """Build the population asset and one linked asset a dataset."""
    return [_population(contracts), *(_linked(contract) for contract in contracts.values())]


def _population(contracts: Contracts) -> dg.AssetsDefinition:
    @dg.asset(
        key=POPULATION,
        ins={
            "roster": dg.AssetIn(clean_key(contracts[_ROSTER])),
            "villages": dg.AssetIn(clean_key(contracts[VILLAGES])),
        },
        partitions_def=COUNTY_ROUND,
        group_name="linkage",
        kinds={"polars"},
        owners=["team:data-officers"],
        description="基础名册：全部农村人口和户，一切比对的底。",
        metadata={"dagster/column_schema": column_schema(frames.PERSONS)},
    )
    def population(roster: Frames, villages: Frames, home: dg.ResourceParam[Home]):
        from pipelines.linkage.population import build_population
        from pipelines.standardise.divisions import build_divisions

        divisions = build_divisions(villages["frame"], home.declared.alias_files)
        built = build_population(roster["frame"], divisions)
        yield dg.Output(
            {
                "persons": built.persons,
                "households": built.households,
                "villages": frames.conform(villages["frame"], frames.VILLAGES),
            },
            metadata={
                "dagster/row_count": built.persons.height,
                "households": built.households.height,
                "without_valid_id": built.persons["id_number"].null_count(),
            },
        )

    return population


def _linked(contract: Contract) -> dg.AssetsDefinition:
    @dg.asset(
        key=linked_key(contract),
        ins={
            "clean": dg.AssetIn(clean_key(contract)),
            "population": dg.AssetIn(POPULATION),
        },
        partitions_def=COUNTY_ROUND,
        group_name=contract.department,
        kinds={"polars", "recordlinkage"},
        owners=[f"team:{contract.department.replace('_', '-')}"],
        tags={"stage": "linkage", "grain": contract.grain, "nature": contract.nature},
        description=f"{contract.title}：每行是哪个人、哪一户，把握多大，凭什么。",
        metadata={
            "dagster/column_schema": column_schema(
                {**frames.clean_schema(contract), **frames.LINKED_EXTRA}, contract_titles(contract)
            )
        },
    )
    def linked(clean: Frames, population: Frames, home: dg.ResourceParam[Home]):
        from pipelines.linkage.link import link_dataset, with_links
        from pipelines.linkage.population import Population

        base = Population(population["persons"], population["households"])
        made = link_dataset(clean["frame"], contract, base, home.declared.decisions)
        counts = dict(made.links["status"].value_counts().iter_rows())
        total = max(made.links.height, 1)
        methods = made.links.group_by("method").len().sort("len", descending=True)
        yield dg.Output(
            {
                "frame": with_links(clean["frame"], made.links),
                "links": made.links,
                "candidates": made.candidates,
            },
            metadata={
                "dagster/row_count": clean["frame"].height,
                **{status: counts.get(status, 0) for status in _STATUSES},
                "confirmed_share": round(counts.get("confirmed", 0) / total, 4),
                "methods": dg.MetadataValue.json(
                    dict(methods.with_columns(pl.col("method").fill_null("-")).iter_rows())
                ),
            },
        )

    return linked


_STATUSES = ("confirmed", "suspected", "unmatched")
