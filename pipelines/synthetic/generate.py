"""A synthetic county, written into a home's inbox with its truth beside.

``python -m pipelines.synthetic HOME [--county 990112] [--persons 20000] [--seed 1] [--errors 1.0]``
writes ``HOME/inbox/<county>/…`` and ``HOME/truth/<county>/*.parquet``.
"""

import datetime as dt
import time
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipelines.home import Home
from pipelines.synthetic.catalogue import DATASETS
from pipelines.synthetic.defects import ErrorRates, damage
from pipelines.synthetic.determinable import with_determinable
from pipelines.synthetic.files import Delivery, county_folder, county_name, write_delivery
from pipelines.synthetic.layouts import LAYOUTS, Layout
from pipelines.synthetic.truth import all_truth
from pipelines.synthetic.world import World, make_world

ROUNDS = (dt.date(2021, 7, 26), dt.date(2021, 8, 30), dt.date(2021, 9, 6))
"""The rounds of the sample county."""

CORRECTED = "civil_affairs.dibao"
"""In the second round this list is sent twice; the corrected one counts."""
_RECORD_COLUMNS = ("p", "h", "household_id", "defects", "intact", "determinable", "tag")


@dataclass(frozen=True)
class GeneratedCounty:
    """What was made."""

    county: str
    name: str
    rounds: tuple[dt.date, ...]
    inbox: Path
    truth: Path
    files: int
    rows: int
    persons: int
    households: int
    villages: int
    seconds: float
    counts: dict[str, int] = field(default_factory=dict)
    """Rows written, by dataset."""

    @property
    def summary(self) -> str:
        """One Chinese sentence for people."""
        return (
            f"{self.name}（{self.county}，虚构）：{self.villages} 个村、{self.households} 户、"
            f"{self.persons} 人；{len(self.rounds)} 期共 {self.files} 个文件、{self.rows} 行，"
            f"用时 {self.seconds:.1f} 秒"
        )


def generate(
    home: Home,
    county: str = "990112",
    persons: int = 20_000,
    seed: int = 1,
    rounds: tuple[dt.date, ...] = ROUNDS,
    errors: float = 1.0,
) -> GeneratedCounty:
    """Make a county that does not exist: its departments' files and the truth behind them.

    Args:
        home: Files go to ``<home>/inbox/<county>``, the truth to ``<home>/truth/<county>``.
        county: Six-digit code beginning with the unassigned province 99.
        persons: How many people.
        seed: Same seed, same county, to the byte.
        rounds: The rounds for which departments send lists, in order.
        errors: Factor on every declared error rate (`defects.ErrorRates`); 0 for clean lists.

    Raises:
        ValueError: The code is not of province 99, or there are too few people or no rounds.
    """
    if not (county.isdigit() and len(county) == 6 and county.startswith("99")):
        raise ValueError(f"县代码 {county} 不可用：虚构县须为 99 开头的六位数字")
    if persons < 500 or not rounds:
        raise ValueError("至少需要 500 人和一期")
    began = time.perf_counter()
    world = make_world(county, persons, seed, tuple(sorted(rounds)))
    truth = home.path / "truth" / county
    truth.mkdir(parents=True, exist_ok=True)
    rates = ErrorRates().scaled(errors)
    roster = roster_states(world, rates)
    deliveries: dict[str, dict[int, pl.DataFrame]] = {}
    records = []
    for dataset in DATASETS:
        deliveries[dataset] = {}
        for k in range(len(world.rounds)):
            if world.delivered(k, LAYOUTS[dataset].every):
                written, frame = _deliver(home, world, LAYOUTS[dataset], k, rates, roster)
                records += written
                deliveries[dataset][k] = frame
    all_records = pl.concat(records, how="diagonal")
    discrepancies, villages = all_truth(world, deliveries)
    persons_truth = world.alive_or_dead.join(roster, on="p", how="left", maintain_order="left")
    for name, table in (
        ("records", all_records),
        ("persons", persons_truth),
        ("discrepancies", discrepancies),
        ("villages", villages),
    ):
        table.write_parquet(truth / f"{name}.parquet")
    return GeneratedCounty(
        county=county,
        name=county_name(county),
        rounds=world.rounds,
        inbox=home.inbox / county_folder(county),
        truth=truth,
        files=all_records["path"].n_unique(),
        rows=len(all_records),
        persons=len(world.persons),
        households=len(world.households),
        villages=len(world.places),
        seconds=time.perf_counter() - began,
        counts=dict(all_records.group_by("dataset").len().sort("dataset").iter_rows()),
    )


def roster_states(world: World, rates: ErrorRates) -> pl.DataFrame:
    """What the roster has lost of each person's number and name (p, roster_id, roster_name)."""
    layout = LAYOUTS["roster.population"]
    lists = [
        damage(world, completed(world, DATASETS[layout.dataset](world, k)), layout, rates).select(
            "p", pl.col("id_state").alias("roster_id"), pl.col("name_state").alias("roster_name")
        )
        for k in range(len(world.rounds))
    ]
    return pl.concat(lists).unique("p", keep="first", maintain_order=True)


def _deliver(
    home: Home, world: World, layout: Layout, k: int, rates: ErrorRates, roster: pl.DataFrame
) -> tuple[list[pl.DataFrame], pl.DataFrame]:
    """Write one list of one round; give the truth of its rows, and the list that counts."""
    frame = completed(world, DATASETS[layout.dataset](world, k)).with_row_index("row")
    damaged = with_determinable(world, damage(world, frame, layout, rates), layout, roster)
    as_of = world.as_of(k, layout.days)
    sent = [Delivery(layout, k, as_of, damaged)]
    if layout.dataset == CORRECTED and k == 1:
        sent = [
            Delivery(layout, k, as_of - dt.timedelta(days=1), _with_mistakes(world, damaged)),
            Delivery(layout, k, as_of, damaged, "更正"),
        ]
    records = []
    for delivery in sent:
        written = write_delivery(home.inbox, world, delivery)
        kept = delivery.frame.select(
            "row", *(c for c in _RECORD_COLUMNS if c in delivery.frame.columns)
        )
        records.append(
            written.join(kept, on="row", how="left", maintain_order="left").with_columns(
                pl.lit(layout.dataset).alias("dataset"),
                pl.lit(k).alias("k"),
                pl.lit(world.rounds[k]).alias("round"),
                pl.lit(delivery.as_of).alias("as_of"),
                pl.lit(delivery is not sent[-1]).alias("superseded"),
            )
        )
    kept_columns = [c for c in damaged.columns if not c.startswith("w_")]
    return records, damaged.select(kept_columns)


def _with_mistakes(world: World, frame: pl.DataFrame) -> pl.DataFrame:
    """The list as first sent: some rows left out, some marked as stopped by mistake."""
    u = pl.Series("u", world.rng("mistakes").random(len(frame)))
    stopped = pl.when(u < 0.04).then(pl.lit("停保")).otherwise(pl.col("w_status"))
    return frame.with_columns(stopped.alias("w_status")).filter(u > 0.02)


def completed(world: World, frame: pl.DataFrame) -> pl.DataFrame:
    """Add what every list may show: place and household of the person, an empty tag."""
    if "tag" not in frame.columns:
        frame = frame.with_columns(pl.lit("").alias("tag"))
    if "former_names" not in frame.columns and "v" in frame.columns:
        frame = frame.join(
            world.places.select("v", "former_names"), on="v", how="left", maintain_order="left"
        )
    return frame.with_columns(pl.col("tag").fill_null(""))
