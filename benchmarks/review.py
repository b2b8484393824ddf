"""What reviewing 200 pairs tells of a round's links: estimates before and after, beside the truth.

    python benchmarks/review.py [--persons 20000] [--draws 200]

Two synthetic counties, with three times the usual errors: one as it is, one whose roster lost a
tenth of its people, so that lists name people who are nobody and namesakes are proposed for them.
Each is run, its review exported, answered by the truth through the workbook, imported and run
again. Then the sample is drawn anew many times, to see how often the intervals hold the truth.
Writes ``benchmarks/review.md``.
"""

import argparse
import datetime as dt
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from openpyxl import load_workbook
from openpyxl.cell import Cell

from pipelines.home import Home
from pipelines.linkage.calibration import calibration
from pipelines.linkage.decisions import SCHEMA, Decisions, load_decisions
from pipelines.review.answers import take_answers
from pipelines.review.declared import review_settings
from pipelines.review.estimate import FIGURES, MODEL, REVIEW, estimates
from pipelines.review.issue import ISSUED, export, read_issued
from pipelines.review.pairs import CONFIRMED, NOBODY, TRUSTED, pairs
from pipelines.review.published import published_links
from pipelines.review.reliability import reliability
from pipelines.review.sample import PRIORITY, RANDOM, sample
from pipelines.synthetic.evaluate import read_truth
from pipelines.synthetic.reviewer import fill_in, right, true_subjects

COUNTY, ROUND, SEED, ERRORS = "990112", "2021-07-26", 5, 3
LOST_SHARE = 0.1
RESULTS = Path(__file__).with_suffix(".md")
NAMES = {
    "confirmed_precision": "confirmed links that are right",
    "confirmed_recall": "true pairs that are confirmed",
    "suspected_precision": "suspected links that are right",
    "linked_recall": "true pairs that are confirmed or suspected",
}


def bidui(home: Home, *arguments: str) -> None:
    """Run the command on `home`; ends the benchmark where it fails."""
    command = [sys.executable, "-m", "dagster_project.cli", *arguments, "--home", str(home.path)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode not in {0, 3}:
        raise SystemExit(f"bidui {' '.join(arguments)}: {done.returncode}\n{done.stderr}")


def lose_people(home: Home, share: float) -> None:
    """Blank a share of the roster's rows; the rows below keep their numbers."""
    records = read_truth(home.path / "truth", COUNTY).records
    roster = records.filter(pl.col("dataset") == "roster.population")
    rng = np.random.default_rng(SEED)
    for (path,), rows in roster.partition_by("path", as_dict=True).items():
        file = home.inbox / str(path)
        book = load_workbook(file)
        gone = rows.filter(pl.Series(rng.random(rows.height) < share))
        for sheet, number in gone.select("sheet", "row_number").iter_rows():
            for cell in book[sheet or book.sheetnames[0]][number]:
                if isinstance(cell, Cell):  # not the hidden part of a merged one
                    cell.value = None
        book.save(file)


def county_pairs(home: Home) -> pl.DataFrame:
    """Give the round's pairs with ``right``, ``there`` (the true one is in the roster), rules."""
    with published_links(home, COUNTY) as round_:
        found = pairs(round_.links, round_.candidates, review_settings())
        rules = round_.rules_reading
        homes = round_.persons["household_id"].drop_nulls().unique()
    subjects = true_subjects(home, COUNTY)
    grain = {c.dataset: c.grain for c in home.declared.contracts.values()}
    return (
        found.with_columns(
            right=right(found, subjects),
            rules=pl.col("dataset").replace_strict(rules, default=0, return_dtype=pl.Int64),
            grain=pl.col("dataset").replace_strict(grain),
        )
        .join(subjects, on="record_id", how="left", maintain_order="left")
        .with_columns(
            there=pl.when(pl.col("grain") == "household")
            .then(pl.col("true_household").is_in(homes.implode()))
            .otherwise(pl.col("true_person").is_not_null())
            .fill_null(value=False)
        )
    )


def truth_of(known: pl.DataFrame) -> dict[str, float]:
    """Give the true figures of pairs."""
    confirmed = known.filter(pl.col("status") == "confirmed")
    suspected = known.filter(pl.col("status") == "suspected")
    due = known.filter("there").height
    found = confirmed["right"].sum(), suspected["right"].sum()
    return {
        "confirmed_precision": found[0] / confirmed.height,
        "confirmed_recall": found[0] / due,
        "suspected_precision": found[1] / suspected.height,
        "linked_recall": sum(found) / due,
    }


def answered(known: pl.DataFrame, seed: int) -> tuple[pl.DataFrame, Decisions]:
    """Draw 200 pairs and answer them by the truth, without the workbook."""
    settings = review_settings()
    drawn = sample(known, settings.pairs, settings, seed).with_columns(
        review=pl.lit(f"{COUNTY}-draw"), pair=pl.int_range(1, pl.len() + 1)
    )
    decision = pl.when("right").then(pl.lit("same")).otherwise(pl.lit("different"))
    said = drawn.with_columns(decision=decision, who=pl.lit("truth"), when=pl.lit("2021-09-08"))
    missing = [pl.lit(None, t).alias(c) for c, t in SCHEMA.items() if c not in said.columns]
    return drawn, said.with_columns(missing).select(SCHEMA.keys())


def figures(table: pl.DataFrame, basis: str) -> dict[str, dict[str, float]]:
    """Give a table of estimates by figure."""
    return {r["figure"]: r for r in table.filter(pl.col("basis") == basis).to_dicts()}


def calibrated_error(known: pl.DataFrame, decisions: Decisions, drawn: pl.DataFrame) -> str:
    """Brier scores of the pairs that nobody was asked about: the model's and the calibrated."""
    open_pairs = known.filter(~pl.col("stratum").is_in([TRUSTED, NOBODY, CONFIRMED])).join(
        drawn, on="record_id", how="anti"
    )
    learnt = calibration(decisions, review_settings().calibrate_from)
    yes = open_pairs["right"].cast(pl.Float64)
    model = float(((open_pairs["probability"] - yes) ** 2).mean())
    if learnt is None:
        return f"{model:.5f} (not calibrated: too few pairs)"
    after = float(((learnt.apply(open_pairs["probability"]) - yes) ** 2).mean())
    return f"{model:.5f} by the model, {after:.5f} calibrated"


def coverage(known: pl.DataFrame, truth: dict[str, float], draws: int) -> list[str]:
    """How often the intervals of many samples hold the truth, and how far the estimates are."""
    settings, none = review_settings(), pl.DataFrame(schema=dict(ISSUED))
    seen: dict[str, list[tuple[float, float, float]]] = {name: [] for name in FIGURES}
    caught = {PRIORITY: [], RANDOM: []}
    for seed in range(draws):
        drawn, said = answered(known, seed)
        table, _ = estimates(known, said, none, settings)
        for name, row in figures(table, REVIEW).items():
            seen[name].append((row["value"], row["low"], row["high"]))
        for part, counts in caught.items():
            counts.append(drawn.filter(pl.col("part") == part, ~pl.col("right")).height)
    lines = [
        f"{draws} samples of {settings.pairs} pairs drawn anew:",
        "",
        "| figure | truth | mean estimate | mean width | intervals that hold the truth |",
        "|---|---|---|---|---|",
    ]
    for name, rows in seen.items():
        value, low, high = (np.array(column) for column in zip(*rows, strict=True))
        held = np.mean((low - 1e-9 <= truth[name]) & (truth[name] <= high + 1e-9))
        lines.append(
            f"| {NAMES[name]} | {truth[name]:.4f} | {value.mean():.4f} | {(high - low).mean():.4f} "
            f"| {held:.1%} |"
        )
    wrong = {part: np.mean(counts) for part, counts in caught.items()}
    lines += [
        "",
        (
            f"Wrong proposals met among 100 pairs: {wrong[PRIORITY]:.1f} by usefulness, "
            f"{wrong[RANDOM]:.1f} at random."
        ),
    ]
    return lines


def reliable(known: pl.DataFrame) -> list[str]:
    """How often the model's proposals are right, by the probability that it gave them."""
    judged = known.filter(~pl.col("stratum").is_in([TRUSTED, NOBODY]))
    table = reliability(judged["probability"], judged["right"])
    rows = [
        f"| {row['from']:g} to {row['to']:g} | {row['pairs']:,} | {row['told']:.4f} "
        f"| {row['right']:.4f} | {row['low']:.4f} to {row['high']:.4f} |"
        for row in table.iter_rows(named=True)
    ]
    head = "| the model says | pairs | on average | right | interval |"
    return [
        "By the truth of all pairs that are not taken as right:",
        "",
        head,
        "|---" * 5 + "|",
        *rows,
    ]


def county(persons: int, draws: int, lost: float) -> list[str]:
    """Measure one county."""
    settings = review_settings()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        size = ("--persons", str(persons), "--seed", str(SEED), "--errors", f"{ERRORS:g}")
        bidui(home, "generate", "--county", COUNTY, *size)
        if lost:
            lose_people(home, lost)
        bidui(home, "run", "--county", COUNTY, "--round", ROUND)
        known = county_pairs(home)
        truth = truth_of(known)
        none = load_decisions((home.path,))
        before, _ = estimates(known, none, read_issued(home), settings)
        done = export(home, COUNTY)
        fill_in(home, COUNTY, done.path, "周敏", "2021-09-08")
        take_answers(home, done.path, dt.date(2021, 9, 30))
        said = load_decisions((home.path,))
        after, _ = estimates(known, said, read_issued(home), settings)
        bidui(home, "run", "--county", COUNTY, "--round", ROUND)
        again = county_pairs(home)
        later = truth_of(again)
        rows = known.group_by("status").agg(pl.sum("rows"))
        drawn = known.filter(pl.col("record_id").is_in(said["record_id"].implode()))
        error = calibrated_error(known, said, drawn)
        nobody = known.filter(pl.col("stratum") == NOBODY).height
    confirmed = {
        when: int(frame.filter(pl.col("status") == "confirmed")["rows"].sum())
        for when, frame in (("before", known), ("after", again))
    }
    model, old, new = figures(after, MODEL), figures(before, REVIEW), figures(after, REVIEW)
    title = "as it is" if not lost else f"with {lost:.0%} of its people missing from the roster"
    lines = [
        f"## A county of {persons:,} residents {title}",
        "",
        (
            f"{known.height:,} pairs of {rows['rows'].sum():,} rows; asked: {done.pairs} pairs "
            f"({done.random} at random), which stand for {done.rows} rows. {nobody:,} rows have no "
            "candidate: nobody can be shown for them, so recall stays open by as much."
        ),
        "",
        (
            "| figure | truth | model alone | before review | after 200 pairs | interval "
            "| width before | width after |"
        ),
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, value in truth.items():
        a, b = old[name], new[name]
        lines.append(
            f"| {NAMES[name]} | {value:.4f} | {model[name]['value']:.4f} "
            f"| {a['low']:.4f} to {a['high']:.4f} | {b['value']:.4f} "
            f"| {b['low']:.4f} to {b['high']:.4f} | {a['high'] - a['low']:.4f} "
            f"| {b['high'] - b['low']:.4f} |"
        )
    lines += [
        "",
        (
            f"Run again with the decisions: confirmed rows {confirmed['before']:,} → "
            f"{confirmed['after']:,}, right {truth['confirmed_precision']:.5f} → "
            f"{later['confirmed_precision']:.5f}; true pairs confirmed "
            f"{truth['confirmed_recall']:.4f} → {later['confirmed_recall']:.4f}."
        ),
        f"Brier score of the doubtful pairs that nobody was asked about: {error}.",
        "",
        *coverage(known, truth, draws),
        "",
        *reliable(known),
        "",
    ]
    return lines


def main() -> None:
    """Measure and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--draws", type=int, default=200)
    asked = parser.parse_args()
    lines = [
        "# What reviewing 200 pairs tells of a round's links",
        "",
        (
            f"`python benchmarks/review.py --persons {asked.persons} --draws {asked.draws}` · seed "
            f"{SEED}, {ERRORS} times the usual errors · the truth answers, through the workbook"
        ),
        "",
        (
            "A pair: rows of one list that write somebody alike, and whom linkage proposes. Before "
            "anybody was asked the interval covers all that could be; only links by equal number "
            "and name, or by the roster's household number, are taken as right."
        ),
        "",
    ]
    for lost in (0.0, LOST_SHARE):
        lines += county(asked.persons, asked.draws, lost)
        print("\n".join(lines), flush=True)
    RESULTS.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
