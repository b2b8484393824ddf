"""Hand pairs out for review: draw them, write the workbook, keep what was handed out.

What was handed out (``<home>/decisions/issued/<review>.csv``, one row a pair) is what answers are
checked against: its key, its content by hash, how it was drawn, what the model thought of it.
"""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.files import private_file, private_folder, write_atomically
from pipelines.frames import Schema, conform
from pipelines.hashing import text_sha256
from pipelines.home import Home
from pipelines.linkage.decisions import Decisions
from pipelines.review.declared import ReviewSettings, review_settings
from pipelines.review.pairs import pairs
from pipelines.review.published import PublishedLinks, published_links
from pipelines.review.sample import PRIORITY, sample
from pipelines.review.told import told
from pipelines.review.workbook import SHOWN, write_review

ISSUED: Schema = {
    "review": pl.String,
    "pair": pl.Int64,
    "key": pl.String,  # 核对号, what a returned row is known by
    "shown": pl.String,  # hash of what stood beside it
    "part": pl.String,
    "stratum": pl.String,
    "inclusion": pl.Float64,
    "left_in_stratum": pl.Int64,
    "dataset": pl.String,
    "says": pl.String,  # hash of what the rows say of their subject
    "records": pl.String,  # record ids, one a line
    "person_id": pl.String,
    "household_id": pl.String,
    "status": pl.String,
    "method": pl.String,
    "probability": pl.Float64,
    "level_pattern": pl.String,
}

RECIPIENT = "关联核对"


class NothingToReviewError(LookupError):
    """There is no pair that somebody should look at; the message says so (Chinese)."""


@dataclass(frozen=True)
class Issue:
    """A workbook that was handed out."""

    review: str
    path: Path
    pairs: int
    random: int
    rows: int
    """Rows of the lists that the pairs stand for."""


def issued_folder(home: Home) -> Path:
    """Give where it is kept what was handed out."""
    return home.path / "decisions" / "issued"


def read_issued(home: Home) -> pl.DataFrame:
    """Give everything that was handed out, `ISSUED`."""
    files = sorted(issued_folder(home).glob("*.csv"))
    read = [pl.read_csv(file, schema=dict(ISSUED), encoding="utf8") for file in files]
    return pl.concat([pl.DataFrame(schema=dict(ISSUED)), *read])


def unanswered(found: pl.DataFrame, decisions: Decisions) -> pl.DataFrame:
    """Give the pairs of which no row was decided with this person or household."""
    named = ("record_id", "person_id", "household_id")
    asked = decisions.select(named).unique()
    by_person = asked.drop_nulls("person_id").select("record_id", "person_id")
    by_household = asked.filter(pl.col("person_id").is_null()).select("record_id", "household_id")
    rows = found.select("record_id", "person_id", "household_id", row="records").explode("row")
    met = pl.concat(
        [
            rows.join(part, left_on=["row", on], right_on=["record_id", on], how="semi")
            for on, part in (("person_id", by_person), ("household_id", by_household))
        ]
    )
    return found.join(met, on="record_id", how="anti", maintain_order="left")


def export(home: Home, county: str, *, size: int | None = None, out: Path | None = None) -> Issue:
    """Write the doubtful band of a county's latest round as a workbook for people to decide.

    Args:
        home: Whose published file.
        county: Division code.
        size: Pairs, at most; the declared number where not given.
        out: The workbook; by default ``lists/<county>/<round>/关联核对/<review>.xlsx``.

    Raises:
        NotPublishedError: Nothing has been published under this home.
        NoSuchRoundError: Nothing of this county.
        NothingToReviewError: Everything is trusted or answered.
    """
    settings = review_settings()
    with published_links(home, county) as round_:
        chosen = _chosen(round_, home.declared.decisions, size or settings.pairs, settings)
        if chosen.is_empty():
            raise NothingToReviewError(f"{county} 的 {round_.round_} 期没有要人核对的关联")
        review = _free_name(home, county, round_.round_)
        shown = told(chosen, round_).with_columns(pair=pl.int_range(1, pl.len() + 1))
    keys = [_key(review, row) for row in shown.iter_rows(named=True)]
    shown = shown.with_columns(
        review=pl.lit(review), key=pl.Series(keys), shown=shown_hash(shown.select(SHOWN))
    )
    path = out or home.lists / county / str(round_.round_) / RECIPIENT / f"关联核对_{review}.xlsx"
    # What was handed out is on record before it leaves the house.
    note = conform(shown.with_columns(pl.col("records").list.join("\n")), ISSUED)
    write_atomically(issued_folder(home) / f"{review}.csv", note.write_csv)
    write_atomically(path, lambda aside: write_review(aside, shown, round_, home.settings))
    done = Issue(
        review,
        path,
        shown.height,
        shown.filter(pl.col("part") != PRIORITY).height,
        int(shown["rows"].sum()),
    )
    _log(home, county, round_, done)
    return done


def shown_hash(cells: pl.DataFrame) -> pl.Series:
    """Give a hash of each row's texts; spaces and line ends do not count."""
    texts = cells.select(
        pl.concat_str(pl.all().fill_null(""), separator="|").str.replace_all(r"\s", "")
    ).to_series()
    return pl.Series("shown", [text_sha256(text)[:16] for text in texts], dtype=pl.String)


def _chosen(
    round_: PublishedLinks, decisions: Decisions, size: int, settings: ReviewSettings
) -> pl.DataFrame:
    every = pairs(round_.links, round_.candidates, settings).collect()
    found = unanswered(every, decisions)
    rules = pl.col("dataset").replace_strict(round_.rules_reading, default=0, return_dtype=pl.Int64)
    seed = int(text_sha256(f"{round_.county} {round_.round_} {decisions.height}")[:8], 16)
    return sample(found.with_columns(rules=rules), size, settings, seed)


def _free_name(home: Home, county: str, round_: dt.date) -> str:
    taken = {path.stem for path in issued_folder(home).glob("*.csv")}
    number = 1
    while (name := f"{county}-{round_:%Y%m%d}-{number}") in taken:
        number += 1
    return name


def _key(review: str, row: dict[str, object]) -> str:
    """The number of a pair with four digits that belong to what it is about."""
    about = f"{review}|{row['pair']}|{row['record_id']}|{row['person_id']}|{row['household_id']}"
    return f"{review}-{row['pair']:03d}-{text_sha256(about)[:4]}"


def _log(home: Home, county: str, round_: PublishedLinks, done: Issue) -> None:
    """Append who was given what, as the lists do; nothing personal."""
    path = private_folder(home.logs) / "lists.jsonl"
    entry = {
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "county": county,
        "round": round_.round_.isoformat(),
        "run_id": round_.run_id,
        "recipient": RECIPIENT,
        "kind": "review",
        "file": done.path.name,
        "rows": done.pairs,
        "version": 1,
        "written": True,
    }
    with path.open("a", encoding="utf-8") as log:
        log.write(json.dumps(entry, ensure_ascii=False) + "\n")
    private_file(path)
