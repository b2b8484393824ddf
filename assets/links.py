"""Linkage: the county's population, and for each dataset which person and household a row is."""

import datetime as dt

import dagster as dg
import polars as pl

from assets.clean import clean_key
from assets.describe import LAZY, OFFICERS, LazyFrames, column_schema, dataset_out, table
from assets.partition import COUNTY_ROUND, slice_of
from pipelines import frames
from pipelines.contracts import Contract, Contracts
from pipelines.home import Home
from pipelines.linkage.calibration import Calibration, calibration, with_calibrated
from pipelines.linkage.decisions import of_county
from pipelines.linkage.levels import declared
from pipelines.linkage.link import Linked, link_dataset, with_links
from pipelines.linkage.models import Shelf, Trained
from pipelines.linkage.neighbours import read_neighbours
from pipelines.linkage.population import build_population
from pipelines.linkage.schools import asks, told_by
from pipelines.review import estimate
from pipelines.review.declared import review_settings
from pipelines.review.issue import read_issued
from pipelines.review.pairs import pairs
from pipelines.standardise.datasets import VILLAGES
from pipelines.standardise.divisions import build_divisions
from pipelines.warehouse.history import read_identities

POPULATION = dg.AssetKey(["population"])
LINK_ESTIMATES = dg.AssetKey(["link_estimates"])
RETRAIN = "bidui/retrain"
"""Run tag; ``true`` has every list's model learnt anew in this round."""
_ROSTER = "roster.population"
_TOLD_ONCE = 50_000
"""Rows up to which a list's links are told once, for the estimate and for the store; what is told
of more is long, and is told to each."""
_STATUSES = {"confirmed": "身份已确认", "suspected": "待核身份", "unmatched": "未匹配"}


def linked_key(contract: Contract) -> dg.AssetKey:
    """Give the key of a dataset's linked frame."""
    return dg.AssetKey(["linked", contract.department, contract.name])


def link_assets(contracts: Contracts) -> list[dg.AssetsDefinition]:
    """Build the step that gives the population and every dataset's links."""
    base = {clean_key(contracts[_ROSTER]), clean_key(contracts[VILLAGES])}
    outs = {"population": _population_out(), "link_estimates": _estimates_out()}
    outs |= {contract.table: _out(contract) for contract in contracts.values()}
    telling = {linked_key(c) for c in contracts.values() if c.linkage.tells}
    deps = {
        c.table: {clean_key(c), POPULATION} | (telling if asks(c) else set())
        for c in contracts.values()
    }
    deps["link_estimates"] = {linked_key(c) for c in contracts.values()}

    @dg.multi_asset(
        name="linked",
        ins={c.table: dg.AssetIn(clean_key(c), metadata=LAZY) for c in contracts.values()},
        outs=outs,
        internal_asset_deps={"population": base, **deps},
        partitions_def=COUNTY_ROUND,
    )
    def linked(
        context: dg.AssetExecutionContext, home: dg.ResourceParam[Home], **clean: LazyFrames
    ):
        at = slice_of(context)
        roster = clean[contracts[_ROSTER].table]["frame"]
        population = build_population(roster, read_identities(home, *at))
        if population.persons.is_empty():
            raise dg.Failure(
                "没有基础名册：请把农村人口名册（户编号、姓名、公民身份号码、乡镇、行政村）"
                "放进收件箱的名册文件夹后再运行",
                allow_retries=False,
            )
        listed = clean[contracts[VILLAGES].table]["frame"].collect()
        divisions = build_divisions(listed, home.declared.alias_files, at.round_)
        yield dg.Output(
            {
                "persons": population.persons,
                "households": population.households,
                "villages": divisions.villages,
                "identities": population.identities,
                "former_persons": population.former,
            },
            output_name="population",
            metadata={
                "dagster/row_count": population.persons.height,
                "户": population.households.height,
                "没有可用身份证号的人": population.persons["id_number"].null_count(),
                "名册中新的写法": population.identities.height,
                "以前在册、本期不在的人": population.former.height,
            },
        )
        bordering = read_neighbours(home.declared.neighbour_files, divisions)
        population = population.for_linking(bordering)
        retrain = context.run.tags.get(RETRAIN) == "true"
        reviewed = of_county(home.declared.decisions, at.county)
        learnt = calibration(reviewed, review_settings().calibrate_from)
        asked = []
        for contract in contracts.in_linking_order:
            frame = clean[contract.table]["frame"]
            shelf = Shelf(home.models / at.county / contract.dataset, at.round_, retrain)
            kept = shelf.newest(declared())
            made = link_dataset(frame, contract, population, home.declared.decisions, trained=kept)
            if made.trained and made.trained is not kept:
                shelf.keep(made.trained)
            population = population.told(told_by(frame, made.links, contract))
            links = with_calibrated(made.links, learnt)
            candidates = with_calibrated(made.candidates, learnt)
            told = made.told(links)
            if links.height <= _TOLD_ONCE:
                told = told.collect().lazy()
            needed = pairs(told, candidates, review_settings()).select(estimate.NEEDED)
            asked.append(needed.collect(engine="streaming"))
            yield dg.Output(
                {
                    "frame": with_links(frame, links),
                    "links": told,
                    "candidates": candidates,
                },
                output_name=contract.table,
                metadata=_metadata(frame, made, at.round_),
            )
            del made, links, candidates, told  # the next list needs the room
        handed_out = read_issued(home).filter(pl.col("review").str.starts_with(f"{at.county}-"))
        yield _estimated(
            *estimate.estimates(pl.concat(asked), reviewed, handed_out, review_settings()), learnt
        )

    return [linked]


def _population_out() -> dg.AssetOut:
    return dg.AssetOut(
        key=POPULATION,
        group_name="linkage",
        kinds={"polars"},
        owners=OFFICERS,
        description="基础名册：全部农村人口和户，一切比对的底。",
        metadata={"dagster/column_schema": column_schema(frames.PERSONS, "persons")},
    )


def _out(contract: Contract) -> dg.AssetOut:
    schema = {**frames.clean_schema(contract), **frames.LINKED_EXTRA}
    says = "每行是哪个人、哪一户，把握多大，凭什么。"
    return dataset_out(contract, linked_key(contract), "linkage", "polars", schema, says)


def _estimates_out() -> dg.AssetOut:
    return dg.AssetOut(
        key=LINK_ESTIMATES,
        group_name="linkage",
        kinds={"polars"},
        owners=OFFICERS,
        description="关联质量估计：没有标准答案时，关联有多准、找回多少；按模型，也按人工核对的样本。",
        metadata={"dagster/column_schema": column_schema(frames.LINK_ESTIMATES, "link_estimates")},
    )


def _estimated(
    estimates: pl.DataFrame, strata: list[estimate.Stratum], learnt: Calibration | None
) -> dg.Output:
    counted = estimate.strata_table(strata)
    figures = dict(zip(estimate.FIGURES.values(), estimate.in_words(estimates), strict=True))
    needed = review_settings().calibrate_from
    return dg.Output(
        {"estimates": estimates},
        output_name="link_estimates",
        metadata={
            "dagster/row_count": estimates.height,
            **figures,
            "各层": table(counted, counted.columns),
            "校准": f"按 {learnt.pairs} 对核对结果" if learnt else f"核对满 {needed} 对后进行",
        },
    )


def _metadata(frame: pl.LazyFrame, made: Linked, round_: dt.date) -> dict[str, object]:
    counts = dict(made.links["status"].value_counts().iter_rows())
    methods = made.links.group_by(pl.col("method").fill_null("-")).len().sort("method")
    return {
        "dagster/row_count": frame.select(pl.len()).collect().item(),
        **{title: counts.get(status, 0) for status, title in _STATUSES.items()},
        "与名单内其他行冲突": made.links["conflict"].count(),
        "已确认占比": round(counts.get("confirmed", 0) / max(made.links.height, 1), 4),
        **_of_model(made.trained, round_),
        "关联方法": dg.MetadataValue.json(dict(methods.iter_rows())),
    }


def _of_model(trained: Trained | None, round_: dt.date) -> dict[str, object]:
    if trained is None:
        return {}
    return {
        "模型指纹": trained.model.hash,
        "模型学习于": (trained.learnt_in or round_).isoformat(),
        "学习所凭的已定对数": trained.settled_pairs,
    }
