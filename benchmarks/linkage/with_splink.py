"""Splink 5 on the same lists; runs in ``.venv-linkage`` and imports nothing of bidui.

    with_splink FOLDER people|febrl bytes|characters PAIRS     (python -m benchmarks.linkage.…)

The way its documentation goes: the prior from deterministic rules, u by random sampling, m by
expectation maximisation under two blocking rules, comparisons of its library, term frequencies on
names. ``febrl`` is the detailed model of its own FEBRL4 example. ``bytes`` compares Chinese names
with the library's NameComparison, whose Jaro-Winkler counts bytes in DuckDB; ``characters`` with
SQL written by hand that counts characters. PAIRS is the sample for u: 1e6 is the default, of which
Splink warns that it may be too small; 1e8 is the smaller of the two that the warning recommends.
Writes ``splink-<names>-<PAIRS>.parquet``: ``l``, ``r``, ``score``.
"""

import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

TURNED = "l.given_name = r.surname and l.surname = r.given_name"
LEAST = 0.01
"""Pairs below this probability are not written."""
TRAINED_ON = 1e6
"""Most blocked pairs that m is learnt on, under each rule: Splink has no limit of its own, and the
limit saves it time."""

_MASKED = """
    l.id_any LIKE replace(r.id_any, '?', '_') OR r.id_any LIKE replace(l.id_any, '?', '_')
"""
_ONE_CHARACTER = """
    length(name_key_l) = length(name_key_r) AND length(name_key_l) >= 3
    AND (substr(name_key_l, 1, 1) <> substr(name_key_r, 1, 1))::int
      + (substr(name_key_l, 2, 1) <> substr(name_key_r, 2, 1))::int
      + (substr(name_key_l, 3, 1) <> substr(name_key_r, 3, 1))::int
      + (substr(name_key_l, 4) <> substr(name_key_r, 4))::int = 1
"""
_SHORTER = """
    (length(name_key_l) = 3 AND length(name_key_r) = 2
     AND name_key_r IN (substr(name_key_l, 1, 2),
                        substr(name_key_l, 1, 1) || substr(name_key_l, 3, 1)))
    OR (length(name_key_r) = 3 AND length(name_key_l) = 2
     AND name_key_l IN (substr(name_key_r, 1, 2),
                        substr(name_key_r, 1, 1) || substr(name_key_r, 3, 1)))
    OR list_sort(string_split(name_key_l, '')) = list_sort(string_split(name_key_r, ''))
"""


def _name(names: str, column: str) -> Any:
    if names == "bytes":
        return cl.NameComparison(column)
    levels = (
        cll.CustomLevel(_ONE_CHARACTER.replace("name_key", column), "one character differs"),
        cll.CustomLevel(_SHORTER.replace("name_key", column), "one less, or turned round"),
        cll.CustomLevel(f"substr({column}_l, 1, 1) = substr({column}_r, 1, 1)", "the same surname"),
    )
    return cl.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            cll.NullLevel(column), cll.ExactMatchLevel(column), *levels, cll.ElseLevel(),
        ],
    )  # fmt: skip


def _people(names: str, *, weak: bool) -> tuple[SettingsCreator, list[Any], float, list[Any]]:
    """Settings, deterministic rules, their guessed recall, and the rules to train under."""
    name = _name(names, "name_key").configure(term_frequency_adjustments=True)
    number = cl.CustomComparison(
        output_column_name="id_any",
        comparison_levels=[
            cll.NullLevel("id_any"),
            cll.ExactMatchLevel("id_any"),
            cll.CustomLevel(_MASKED.replace("l.id_any", "id_any_l").replace("r.id_any", "id_any_r"),
                            "what is visible agrees"),
            cll.LevenshteinLevel("id_any", 1),
            cll.LevenshteinLevel("id_any", 2),
            cll.ElseLevel(),
        ],
    )  # fmt: skip
    place = cl.CustomComparison(
        output_column_name="village_code",
        comparison_levels=[
            cll.NullLevel("township_code"),
            cll.ExactMatchLevel("village_code"),
            cll.ExactMatchLevel("township_code"),
            cll.ElseLevel(),
        ],
    )
    comparisons = [
        name,
        cl.DateOfBirthComparison("birth_date", input_is_string=False),
        cl.ExactMatch("sex"),
        place,
        _name(names, "head_name_key"),
    ]
    rules = [
        block_on("name_key", "birth_date"),
        block_on("name_key", "village_code"),
        block_on("name_key", "township_code"),
        block_on("name_key", "year(birth_date)"),
        block_on("birth_date", "village_code"),
        block_on("birth_date", "substr(name_key, 1, 1)"),
    ]
    if not weak:
        comparisons += [number, cl.ExactMatch("phone")]
        rules = [
            block_on("id_number"),
            block_on("id_tail8"),
            block_on("id_front14", "substr(name_key, 1, 1)"),
            block_on("id_tail4", "substr(name_key, 1, 1)"),
            *rules,
        ]
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="record_id",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=rules,
        retain_matching_columns=False,
    )
    certain = [block_on("name_key", "birth_date"), *([] if weak else [block_on("id_number")])]
    return settings, certain, 0.9, [block_on("name_key", "village_code"), block_on("birth_date")]


def _febrl() -> tuple[SettingsCreator, list[Any], float, list[Any]]:
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="record_id",
        comparisons=[
            cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("surname").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison(
                "date_of_birth", input_is_string=True, datetime_format="%Y%m%d"
            ),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(
                term_frequency_adjustments=True
            ),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"),
            TURNED,
            block_on("date_of_birth"),
            block_on("soc_sec_id"),
            block_on("state", "address_1"),
            block_on("street_number", "address_1"),
            block_on("postcode"),
        ],
        retain_matching_columns=False,
    )
    certain = [
        block_on("soc_sec_id"),
        block_on("given_name", "surname", "date_of_birth"),
        f"{TURNED} and l.date_of_birth = r.date_of_birth",
    ]
    return settings, certain, 0.8, [block_on("date_of_birth"), block_on("postcode")]


_READ = """
SELECT *, coalesce(id_number, id_number_hint) AS id_any,
    CASE WHEN right(id_any, 8) NOT LIKE '%?%' THEN right(id_any, 8) END AS id_tail8,
    CASE WHEN right(id_any, 4) NOT LIKE '%?%' THEN right(id_any, 4) END AS id_tail4,
    CASE WHEN left(id_any, 14) NOT LIKE '%?%' THEN left(id_any, 14) END AS id_front14
FROM read_parquet('{path}')
"""


_WRITE = """
COPY (
    SELECT if(source_dataset_l = 'listed', record_id_l, record_id_r) AS l,
        if(source_dataset_l = 'listed', record_id_r, record_id_l) AS r,
        match_probability AS score
    FROM {pairs}
) TO '{path}' (FORMAT parquet)
"""


def main(folder: Path, records: str, names: str, pairs: str) -> None:
    """Train and predict as the documentation says; u on so many random pairs."""
    started = time.perf_counter()
    connection = duckdb.connect()
    api = DuckDBAPI(connection)
    sides = ("listed", "roster")
    read = _READ if records == "people" else "SELECT * FROM read_parquet('{path}')"
    tables = []
    for side in sides:
        connection.execute(
            f"CREATE TABLE {side}_input AS {read.format(path=folder / f'{side}.parquet')}"
        )
        tables.append(api.register(f"{side}_input", dataset_display_name=side))
    if records == "people":
        # DuckDB 2 wants a result read to its end before it is asked anew.
        ((numbers,),) = connection.execute("SELECT count(id_any) FROM listed_input").fetchall()
        settings, certain, recall, under = _people(names, weak=not numbers)
    else:
        settings, certain, recall, under = _febrl()
    linker = Linker(tables, settings, log_level="WARNING")
    training = linker.training
    training.estimate_probability_two_random_records_match(certain, recall=recall)
    training.estimate_u_using_random_sampling(max_pairs=float(pairs), seed=1)
    for rule in under:
        training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=TRAINED_ON)
    trained = time.perf_counter()
    predicted = linker.inference.predict(threshold_match_probability=LEAST).physical_name
    output = folder / f"splink-{names}-{pairs}.parquet"
    connection.execute(_WRITE.format(pairs=predicted, path=output))
    done = time.perf_counter()
    print(f"training {trained - started:.1f} s, prediction {done - trained:.1f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4])
