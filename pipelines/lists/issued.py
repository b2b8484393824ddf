"""What was sent to whom, when: the register that keeps issued lists frozen.

One Parquet file a round, ``<home>/lists/<county>/<round>/下发登记.parquet``. A list is written
once. Written again with the same content it stays as it is; with other content it becomes a further
version beside the first. The register also says which rows were asked for in earlier rounds, so
that a row is asked once and stands on 在办 until it is answered.
"""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.files import write_atomically
from pipelines.frames import Schema, conform, empty

REGISTER: Schema = {
    "county": pl.String,
    "round": pl.Date,
    "recipient": pl.String,
    "version": pl.Int64,
    "file": pl.String,  # name within the recipient's folder
    "run_id": pl.String,
    "content_hash": pl.String,  # of all that the list says
    "kept_hash": pl.String,  # of what the warehouse keeps for every round
    "case_id": pl.String,  # null: the list holds no rows
    "issued_on": pl.Date,
    "due_on": pl.Date,
    "waits": pl.Boolean,  # did not fit under the village's cap
}
"""One row a list and case that was on its 清单 or waits."""

FILE = "下发登记.parquet"


@dataclass(frozen=True)
class Issue:
    """One version of one recipient's list."""

    recipient: str
    version: int
    file: str
    content_hash: str
    kept_hash: str


class Register:
    """The register of one county's lists up to one round."""

    def __init__(self, folder: Path, county: str, round_: dt.date) -> None:
        """Read the register files under `folder` (``<home>/lists/<county>``) up to `round_`."""
        self.county = county
        self.round_ = round_
        self.path = folder / round_.isoformat() / FILE
        earlier = [
            pl.read_parquet(path)
            for path in sorted(folder.glob(f"*/{FILE}"))
            if path.parent.name < round_.isoformat()
        ]
        self._earlier = pl.concat([empty(REGISTER), *(conform(f, REGISTER) for f in earlier)])
        self._own = (
            conform(pl.read_parquet(self.path), REGISTER) if self.path.exists() else empty(REGISTER)
        )

    def asked_before(self, recipient: str, before: dt.date | None = None) -> pl.DataFrame:
        """Give the rows the recipient was asked for in earlier rounds: case_id, issued_on, due_on.

        A case asked for more than once counts from its last issue.
        """
        asked = self._earlier.filter(
            (pl.col("recipient") == recipient) & ~pl.col("waits") & pl.col("case_id").is_not_null()
        )
        if before is not None:
            asked = asked.filter(pl.col("round") < before)
        return (
            asked.sort("round", "version")
            .unique("case_id", keep="last", maintain_order=True)
            .select("case_id", "issued_on", "due_on")
        )

    def last(self, recipient: str) -> Issue | None:
        """Give the newest version of this round's list of `recipient`."""
        rows = self._own.filter(pl.col("recipient") == recipient).sort("version")
        if rows.is_empty():
            return None
        row = rows.row(-1, named=True)
        return Issue(recipient, row["version"], row["file"], row["content_hash"], row["kept_hash"])

    def add(self, issue: Issue, run_id: str, cases: pl.DataFrame) -> None:
        """Note a version: `cases` has case_id, issued_on, due_on, waits; may be empty."""
        head = pl.DataFrame(
            {
                "county": self.county,
                "round": self.round_,
                "recipient": issue.recipient,
                "version": issue.version,
                "file": issue.file,
                "run_id": run_id,
                "content_hash": issue.content_hash,
                "kept_hash": issue.kept_hash,
            }
        )
        rows = head.join(cases, how="cross") if cases.height else head.with_columns(waits=False)
        self._own = pl.concat([self._own, conform(rows, REGISTER)])

    def save(self) -> None:
        """Write this round's register, whole or not at all."""
        write_atomically(self.path, self._own.write_parquet)


def content_hash(*frames: pl.DataFrame) -> str:
    """Give a SHA-256 over columns and rows, the same in every process and on every machine."""
    digest = hashlib.sha256()
    for frame in frames:
        digest.update(json.dumps(frame.columns, ensure_ascii=False).encode())
        digest.update(frame.write_csv(include_header=False).encode())
        digest.update(b"\x00")
    return digest.hexdigest()
