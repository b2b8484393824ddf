"""recordlinkage 0.16 as it comes; runs in ``.venv-linkage`` and imports nothing of bidui.

    .venv-linkage/bin/python -m benchmarks.linkage.with_recordlinkage FOLDER people|febrl

Its own block index, its own comparisons, its own ECM classifier on agreements (1 from 0.85 of
Jaro-Winkler on, else 0), as its documentation does it. A missing value is a disagreement to it, and
u is learnt from blocked pairs. Writes ``recordlinkage.parquet``: ``l``, ``r``, ``score``.
"""

import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import recordlinkage

LEAST = 0.01
ALIKE = 0.85

PEOPLE_RULES = (
    ("id_number",), ("name_key", "birth_date"), ("name_key", "village_code"),
    ("birth_date", "village_code"), ("birth_date", "surname"), ("id_tail8",),
    ("id_front14", "surname"), ("name_key", "birth_year"), ("name_key", "township_code"),
)  # fmt: skip
FEBRL_RULES = (
    ("given_name", "surname"), ("date_of_birth",), ("soc_sec_id",), ("state", "address_1"),
    ("street_number", "address_1"), ("postcode",),
)  # fmt: skip


def _read(folder: Path, side: str, records: str) -> pd.DataFrame:
    frame = pq.read_table(folder / f"{side}.parquet").to_pandas().set_index("record_id")
    if records == "febrl":
        return frame
    born = frame["birth_date"].astype("string")
    frame["birth_date"], frame["birth_year"] = born, born.str[:4]
    frame["surname"] = frame["name_key"].str[:1]
    number = frame["id_number"].fillna(frame["id_number_hint"]).astype("string")
    frame["id_any"] = number.astype(object).where(number.notna(), None)
    for column, part in (("id_tail8", number.str[-8:]), ("id_front14", number.str[:14])):
        unseen = part.str.contains("?", regex=False).fillna(value=True)
        frame[column] = part.astype(object).where(~unseen & number.notna(), None)
    return frame


def _index(rules: tuple[tuple[str, ...], ...]) -> recordlinkage.Index:
    index = recordlinkage.Index()
    for rule in rules:
        index.block(list(rule))
    return index


def _without_missing(
    rules: tuple[tuple[str, ...], ...], left: pd.DataFrame, right: pd.DataFrame
) -> pd.MultiIndex:
    """Candidate pairs; a rule sees only rows that have its values (missing ones would all meet)."""
    found = None
    for rule in rules:
        columns = list(rule)
        a, b = left.dropna(subset=columns), right.dropna(subset=columns)
        if a.empty or b.empty:
            continue
        pairs = _index((rule,)).index(a, b)
        found = pairs if found is None else found.union(pairs)
    if found is None:
        raise SystemExit("no rule has values on both sides")
    return found


def _compare(records: str, left: pd.DataFrame, right: pd.DataFrame) -> recordlinkage.Compare:
    compare = recordlinkage.Compare()
    if records == "febrl":
        for column in ("given_name", "surname", "address_1"):
            compare.string(column, column, method="jarowinkler", threshold=ALIKE, label=column)
        for column in ("date_of_birth", "soc_sec_id", "postcode"):
            compare.exact(column, column, label=column)
        return compare
    for column in ("name_key", "head_name_key"):
        compare.string(column, column, method="jarowinkler", threshold=ALIKE, label=column)
    exact = ["birth_date", "sex", "village_code", "township_code"]
    if left["id_any"].notna().any() and right["id_any"].notna().any():
        compare.string("id_any", "id_any", method="damerau_levenshtein", threshold=0.9, label="id")
        exact.append("phone")
    for column in exact:
        compare.exact(column, column, label=column)
    return compare


def main(folder: Path, records: str) -> None:
    """Index, compare, classify."""
    warnings.simplefilter("ignore")
    started = time.perf_counter()
    left, right = (_read(folder, side, records) for side in ("listed", "roster"))
    pairs = _without_missing(PEOPLE_RULES if records == "people" else FEBRL_RULES, left, right)
    indexed = time.perf_counter()
    features = _compare(records, left, right).compute(pairs, left, right).fillna(0).astype(int)
    compared = time.perf_counter()
    classifier = recordlinkage.ECMClassifier()
    classifier.fit(features)
    score = np.asarray(classifier.prob(features), dtype=float)
    kept = score >= LEAST
    pq.write_table(
        pa.table(
            {
                "l": pa.array(pairs.get_level_values(0)[kept].astype(str)),
                "r": pa.array(pairs.get_level_values(1)[kept].astype(str)),
                "score": pa.array(score[kept]),
            }
        ),
        folder / "recordlinkage.parquet",
    )
    done = time.perf_counter()
    print(
        f"{len(pairs):,} pairs {indexed - started:.1f} s, comparison {compared - indexed:.1f} s, "
        f"classification {done - compared:.1f} s"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
