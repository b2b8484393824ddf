"""What linking tells of a list: a link for each row, candidates of rows in doubt, conflicts.

Both sides, level and weight of every field are told as `evidence` has them.
"""

from dataclasses import dataclass

import polars as pl

from pipelines import frames
from pipelines.contracts import Contract
from pipelines.linkage import assign, households, weights
from pipelines.linkage.compare_pairs import at
from pipelines.linkage.evidence import Evidence, with_evidence
from pipelines.linkage.levels import FIELDS, pattern_text

SPLIT = "household_split"
"""The list's own household is pulled to several of the roster's."""

RIVAL = "rival"
"""In a list of one row a person, another row holds more surely whom this one claims."""


def lineage(clean: pl.DataFrame) -> pl.DataFrame:
    """Give where each row of `sides.left` stands: ``l``, ``record_id``, file, sheet and row."""
    places = clean.select("record_id", "path", "sheet", "row_number").sort("record_id")
    return places.with_row_index("l")


@dataclass(frozen=True)
class Results:
    """Both sides of one list, and what is told of their pairs."""

    contract: Contract
    left: pl.DataFrame
    """`sides.left`."""
    right: pl.DataFrame
    """`sides.right`."""
    everybody: pl.DataFrame
    """The same and, behind them, the former persons."""
    lineage: pl.DataFrame
    """`lineage` of the left side."""
    reviewed: pl.DataFrame
    """`decisions.for_dataset`."""

    def with_conflicts(self, decided: pl.DataFrame, rivals: pl.Series) -> pl.DataFrame:
        """Give decided rows with ``conflict``: how they are at odds with others of the list.

        Args:
            decided: ``l``, ``r``, ``status`` and any others.
            rivals: ``l`` of rows that lost somebody to another row (`assign.assign`).
        """
        linked = decided.filter(pl.col("status") != "unmatched")
        split = households.split_groups(linked, self.left, self.everybody)
        found = pl.concat(
            rows.unique().to_frame("l").with_columns(conflict=pl.lit(code))
            for rows, code in ((split, SPLIT), (rivals, RIVAL))
        ).unique("l", keep="first", maintain_order=True)
        return decided.join(found, on="l", how="left").sort("l")

    def links(self, decided: pl.DataFrame, model: weights.Model) -> pl.DataFrame:
        """Give `frames.DECIDED_LINKS`, one row a row of the list.

        Args:
            decided: A row for each row that a step decided: ``l``, ``r``, ``named``, the levels,
                ``method``, ``status``, ``probability``, ``conflict``.
            model: For its hash.
        """
        # `household` is a level here already.
        persons = at(self.everybody, decided["r"], ("person_id", "household")).select(
            "person_id", household_id="household"
        )
        linked, gone = pl.col("status") != "unmatched", pl.col("r") >= self.right.height
        of_household = self.contract.grain == "household"
        # A row of households is linked only where the household of who left is still there.
        homeless = gone & pl.col("household_id").is_null() & of_household
        found = pl.concat([decided, persons], how="horizontal").select(
            *("l", "method"),
            person_id=pl.when(linked, "named", ~gone).then("person_id"),
            former_person_id=pl.when(linked, "named", gone).then("person_id"),
            # Who left belongs to no household, but a house under his name is his family's.
            household_id=pl.when(linked, ~gone | of_household).then("household_id"),
            status=pl.when(homeless).then(pl.lit("unmatched")).otherwise("status"),
            probability=pl.when(linked, ~homeless).then("probability"),
            level_pattern=pl.when(linked).then(pattern_text()),
            conflict=pl.when(linked).then("conflict"),
        )
        # Where a row stands is the same of many rows, and not told of each of them here.
        rows = self.lineage.select("l").join(
            found, on="l", how="left", maintain_order="left", validate="1:1"
        )
        told = pl.concat([self.lineage, rows.drop("l")], how="horizontal").with_columns(
            self._reviewed_by(),
            dataset=pl.lit(self.contract.dataset),
            status=pl.col("status").fill_null("unmatched"),
            probability=pl.col("probability").fill_null(0.0).clip(0.0, 1.0),
            model_hash=pl.lit(model.hash),
        )
        return frames.conform(told, frames.DECIDED_LINKS)

    def _reviewed_by(self) -> pl.Series | pl.Expr:
        """Who decided that a row is somebody, null for rows that nobody decided."""
        who = self.reviewed.filter(pl.col("decision") == "same")
        if who.is_empty():
            return pl.lit(None, dtype=pl.String).alias("reviewed_by")
        who = who.select("record_id", reviewed_by="who").unique(
            "record_id", keep="first", maintain_order=True
        )
        rows = self.lineage.select("record_id")
        return rows.join(who, on="record_id", how="left", maintain_order="left")["reviewed_by"]

    def evidence(self, decided: pl.DataFrame, model: weights.Model) -> Evidence:
        """Give what can be told of the links.

        Args:
            decided: As for `links`.
            model: For the weights.
        """
        linked = decided.filter(pl.col("status") != "unmatched").select("l", "r", *FIELDS)
        return Evidence(linked, self.left, self.everybody, model)

    def candidates(
        self, order: pl.DataFrame, decided: pl.DataFrame, model: weights.Model
    ) -> pl.DataFrame:
        """Give `frames.CANDIDATES` of the rows that are not confirmed.

        Args:
            order: `assign.assign`, and further ranked pairs.
            decided: ``l`` and ``status`` of the rows that a step decided.
            model: For the weights.
        """
        settings = model.declared.settings
        confirmed = decided.filter(pl.col("status") == "confirmed")
        rows = (
            order.filter(
                (pl.col("rank") <= settings.candidates)
                & (
                    (pl.col("probability") >= settings.candidate_at)
                    | (assign.same_number() & (pl.col("name") > 0))
                )
            )
            .join(confirmed, on="l", how="anti")
            .join(self.left.select("l", "record_id"), on="l")
        )
        if rows.is_empty():
            return frames.empty(frames.CANDIDATES)
        method: pl.Expr = pl.lit(None, dtype=pl.String)
        for key in reversed(model.declared.keys):
            method = pl.when(key.holds()).then(pl.lit(key.id)).otherwise(method)
        told = rows.with_columns(method=method).pipe(with_evidence, self.left, self.right, model)
        persons = self.right.select("r", "person_id", household_id="household")
        named = told.join(persons, on="r")
        return frames.conform(
            named.with_columns(dataset=pl.lit(self.contract.dataset)).sort("record_id", "rank"),
            frames.CANDIDATES,
        )
