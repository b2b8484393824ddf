"""Link one list to the population: exact keys, candidates, weights, assignment, decisions.

The five steps of the design in their order; each step works only on what the one before left open.
Reviewed decisions come first in effect: a row that people decided is not asked again.
"""

from dataclasses import dataclass

import polars as pl
import polars.selectors as cs

from pipelines import frames
from pipelines.contracts import Contract
from pipelines.linkage import (
    assign,
    decisions,
    former,
    households,
    keys,
    learning,
    neighbours,
    sides,
    weights,
)
from pipelines.linkage.candidates import distinct
from pipelines.linkage.compare_pairs import at, some_at_a_time, with_levels
from pipelines.linkage.evidence import UNTOLD, Evidence
from pipelines.linkage.levels import FIELDS, Declared, declared
from pipelines.linkage.models import Trained
from pipelines.linkage.parts import MARK
from pipelines.linkage.pieces import Pieces
from pipelines.linkage.population import Population
from pipelines.linkage.results import Results, lineage

ROSTER = "roster.population"
OWN = "roster"
"""The method of the roster's own rows: they are their persons."""

_OPEN = (
    "l", "#id", "#key", "#guardian_id", "key", "birth", "sex", "village", "village_name",
    "household", "renumbered", "divided", "group", "child_of", "as_of",
)  # fmt: skip

_DECIDED = ("l", "r", "named", *FIELDS, "method", "status", "probability")
"""What each step gives of a row it decided; ``named``: the person too, not only the household."""


@dataclass(frozen=True)
class Linked:
    """What linking one list gives."""

    links: pl.DataFrame
    """`frames.DECIDED_LINKS`, one row a row of the list; empty for lists of villages and townships.
    """
    candidates: pl.DataFrame
    """`frames.CANDIDATES`: the best candidates of suspected and unmatched rows."""
    trained: Trained | None = None
    """The model: the one given, or one that was learnt; null where nothing was compared."""
    evidence: Evidence | None = None
    """What can be told of the links; null where nothing was compared."""

    def told(self, links: pl.DataFrame | None = None) -> pl.LazyFrame:
        """Give `frames.LINKS`, to be read: `links`, or the same rows further told of."""
        links = self.links if links is None else links
        if self.evidence is None:
            untold = links.with_columns(evidence=pl.lit(UNTOLD))
            return frames.conform(untold, frames.LINKS).lazy()
        return self.evidence.beside(links)


def link_dataset(
    clean: pl.DataFrame | pl.LazyFrame,
    contract: Contract,
    population: Population,
    decisions: pl.DataFrame | None = None,
    seed: int = 0,
    toolkit: Pieces | None = None,
    trained: Trained | None = None,
) -> Linked:
    """Decide for each row of a list which person and household it belongs to.

    Args:
        clean: Frame with ``frames.clean_schema(contract)``, at hand or to be read; only the columns
            `sides.LOOKED_AT` are.
        contract: The list's contract; grain person or household, else nothing is linked.
        population: The base population.
        decisions: What `decisions.load_decisions` gives.
        seed: Of the random pairs that u is counted on; the result is the same for the same seed,
            whatever the order of rows.
        toolkit: Pieces of step 3 to use in place of ours (`recordlinkage_bridge.Toolkit`).
        trained: The model in force (`models.Shelf`). Without one, or where it rests on too few
            pairs and the list now has more, one is learnt.

    Raises:
        DecisionError: Reviewed decisions contradict each other.
    """
    none = Linked(frames.empty(frames.DECIDED_LINKS), frames.empty(frames.CANDIDATES))
    if contract.grain not in {"person", "household"}:
        return none
    rows = clean.lazy().select(cs.by_name(*sides.LOOKED_AT, require_all=False)).collect()
    rows = frames.light(rows)
    if rows.is_empty():
        return none
    if contract.dataset == ROSTER:
        return Linked(_roster(rows, population), none.candidates)
    # In the order of both sides, so that they share what they have of it.
    rows = rows.sort("record_id")
    job = _Job(rows, contract, population, decisions, seed, toolkit, trained)
    del rows  # the job has what it needs of them
    return job.run()


def with_links(clean: pl.LazyFrame, links: pl.DataFrame) -> pl.LazyFrame:
    """Give the clean frame with `frames.LINKED_EXTRA`: what rules and analysts query.

    ``link_person`` and ``link_household`` are null for unmatched rows; all three are null where the
    list has no links (villages, townships). The roster's own ``person_id`` becomes its person's;
    what the list has as its number stays in ``person_id_text``.
    """
    extra = links.lazy().select(
        "record_id",
        pl.col("person_id").alias("link_person"),
        pl.col("household_id").alias("link_household"),
        pl.col("former_person_id").alias("link_former"),
        pl.col("status").alias("link_status"),
        pl.when(pl.col("method") == OWN).then("person_id").alias("_own"),
    )
    kept = [c for c in clean.collect_schema().names() if c not in frames.LINKED_EXTRA]
    linked = clean.select(kept).join(
        extra, on="record_id", how="left", maintain_order="left", validate="m:1"
    )
    if "person_id" in kept:
        linked = linked.with_columns(pl.coalesce("_own", "person_id").alias("person_id"))
    return linked.drop("_own")


def _roster(clean: pl.DataFrame, population: Population) -> pl.DataFrame:
    """The roster's own rows are their persons."""
    links = clean.select("record_id", "path", "sheet", "row_number").join(
        population.persons.select("record_id", "person_id", "household_id"),
        on="record_id",
        how="left",
        maintain_order="left",
        validate="1:1",
    )
    return frames.conform(
        links.with_columns(
            dataset=pl.lit(ROSTER),
            status=pl.lit("confirmed"),
            method=pl.lit(OWN),
            probability=pl.lit(1.0),
        ),
        frames.DECIDED_LINKS,
    )


class _Job:
    """One list on its way through the steps; it holds both sides for all of them."""

    def __init__(
        self,
        clean: pl.DataFrame,
        contract: Contract,
        population: Population,
        reviewed: pl.DataFrame | None,
        seed: int,
        toolkit: Pieces | None,
        trained: Trained | None,
    ) -> None:
        self.contract, self.seed = contract, seed
        self.pieces = toolkit or Pieces()
        self.trained = trained
        self.declared: Declared = declared()
        self.right, self.mates = population.people, population.mates
        self.bordering = population.bordering
        self.former, self.everybody = population.former_people, population.everybody
        self.left = households.own_numbers(
            sides.left(clean, contract), self.right, population.earlier
        )
        self.of_household = contract.grain == "household"
        self.reviewed = decisions.for_dataset(reviewed, clean, contract)
        self.lineage = lineage(clean)

    def run(self) -> Linked:
        decided, listed, model = self._decided()
        # What only comparing needed is let go.
        self.left = self.left.select(~cs.starts_with(MARK))
        results = Results(
            self.contract, self.left, self.right, self.everybody, self.lineage, self.reviewed
        )
        decided = results.with_conflicts(decided, listed.filter("rival")["l"])
        candidates = results.candidates(listed, decided, model)
        links, evidence = results.links(decided, model), results.evidence(decided, model)
        return Linked(links, candidates, self.trained, evidence)

    def _decided(self) -> tuple[pl.DataFrame, pl.DataFrame, weights.Model]:
        """What each row is decided to be, all candidates in rank order, and the model."""
        same, different = decisions.pairs(self.reviewed, self.left, self.right, self.everybody)
        # What the steps look at of open rows; the rest of the list is there once, for all.
        open_rows = _without(self.left.select(_OPEN), same)
        exact = self._exact(open_rows, different)
        number_and_name = exact.filter(pl.col("method") == keys.EXACT)
        self.left = neighbours.with_near(
            self.left, self.right, number_and_name, self.bordering, self.declared
        )
        open_rows = _without(open_rows, exact)
        gone = former.by_number(open_rows, self.left, self.former, self.declared).join(
            different, on=["l", "r"], how="anti"
        )
        open_rows = _without(open_rows, gone)
        young = keys.newborns(open_rows, self.right, exact["r"]).join(
            different, on=["l", "r"], how="anti"
        )
        open_rows = _without(open_rows, young).select("l", "group")
        known = with_levels(exact, self.left, self.right, self.declared)
        reviewed = self._with_levels(same)
        certain = pl.concat([known, reviewed], how="diagonal_relaxed")
        model, order, chosen = self._probable(open_rows, exact, certain, different)
        parts = [
            known,
            self._with_levels(_best_newborn(young)),
            chosen,
            reviewed,
            self._with_levels(gone),
        ]
        decided = pl.concat([p.select(_DECIDED) for p in parts], how="vertical_relaxed").sort("l")
        listed = pl.concat([order, self._with_levels(_ranked_newborns(young))], how="diagonal")
        return decided, listed, model

    def _with_levels(self, pairs: pl.DataFrame) -> pl.DataFrame:
        return with_levels(pairs, self.left, self.everybody, self.declared)

    def _exact(self, rows: pl.DataFrame, different: pl.DataFrame) -> pl.DataFrame:
        """Rows that an exact key settles; ``named``: the person too, not only the household."""
        found = keys.exact(rows, self.right, self.declared).with_columns(
            named=pl.lit(value=True),
            method=pl.lit(keys.EXACT),
            status=pl.lit("confirmed"),
            probability=pl.lit(households.NUMBER_PROBABILITY),
        )
        if self.of_household:
            by_number = households.by_number(rows, self.right)
            # The household's number is the stronger key of a household list.
            found = pl.concat(
                [by_number, found.join(by_number, on="l", how="anti")], how="vertical_relaxed"
            )
        return found.join(different, on=["l", "r"], how="anti")

    def _probable(
        self,
        rest: pl.DataFrame,
        exact: pl.DataFrame,
        known: pl.DataFrame,
        different: pl.DataFrame,
    ) -> tuple[weights.Model, pl.DataFrame, pl.DataFrame]:
        """Steps 2 to 4 for the rows that are left: model, ranked candidates, decisions."""
        more = {"unit": sides.ROWS(), "rank": pl.Int64(), "rival": pl.Boolean()}
        schema = {**dict(known.schema), **more}
        none = pl.DataFrame(schema=schema)
        nothing = self._with_levels(none.select("l", "r"))
        if rest.is_empty():
            return self._train(nothing, known), none, none
        groups = households.settled_groups(exact, self.left, self.right)
        levels = self._compared(rest, groups, different)
        model = self._train(levels, known)
        weighed = self._weighed(levels, model)
        compared = levels.columns
        del levels  # most of the pairs contend for nothing
        order = self._ranked(weighed, exact)
        # The second pass: rows still in doubt of whose households the first one settled more.
        sure = assign.decided(order, self.declared).filter(pl.col("status") == "confirmed")
        now = households.settled_groups(
            pl.concat([exact.select("l", "r"), sure.select("l", "r")]), self.left, self.right
        )
        new = now.join(groups, on=["group", "hh"], how="anti")
        doubted = rest.join(sure, on="l", how="anti").join(new, on="group", how="semi")
        if not doubted.is_empty():
            again = weighed.join(doubted, on="l", how="semi").select(compared)
            members = households.group_members(doubted, new, self.right)
            further = members.join(again, on=["l", "r"], how="anti")
            again = pl.concat([again, self._levels_of(further, now, different)])
            again = self.pieces.mates(again, self.left, self.right, now).sort("l")
            del order  # in its place comes another
            weighed = weighed.join(doubted, on="l", how="anti")
            weighed = weighed.merge_sorted(self._weighed(again, model), "l")
            order = self._ranked(weighed, exact)
        chosen = assign.decided(order, self.declared).with_columns(
            # A household may be right without its head being known.
            named=(pl.col("name") >= 4) | (pl.col("id_number") == 7)
        )
        if not self.of_household:
            chosen = chosen.with_columns(named=pl.lit(value=True))
            return model, order, chosen
        return model, order, self._by_head_name(rest, chosen, different)

    def _compared(
        self, rows: pl.DataFrame, groups: pl.DataFrame, different: pl.DataFrame
    ) -> pl.DataFrame:
        """The candidates of rows with their levels; ``mates`` by the groups already settled."""
        pairs = self.pieces.pairs(rows, self.left, self.right, self.declared)
        members = households.group_members(rows, groups, self.right)
        return self._levels_of(distinct([pairs, members]), groups, different)

    def _levels_of(
        self, pairs: pl.DataFrame, groups: pl.DataFrame, different: pl.DataFrame
    ) -> pl.DataFrame:
        if not different.is_empty():
            pairs = pairs.join(different, on=["l", "r"], how="anti").sort("l", "r")
        told = (pl.col("name") != 1) | (pl.col("id_number") >= 5)
        # In slices: some pairs leave at once.
        parts = (
            self.pieces.levels(part, self.left, self.right, self.declared, groups).filter(told)
            for part in some_at_a_time(pairs, self.right)
        )
        return pl.concat(parts)

    def _weighed(self, levels: pl.DataFrame, model: weights.Model) -> pl.DataFrame:
        """The candidates that may be the row's person, with their weight and household."""
        contenders = self.pieces.contenders(levels, model, self.right)
        return contenders.with_columns(at(self.right, contenders["r"], ["hh"]))

    def _ranked(self, weighed: pl.DataFrame, exact: pl.DataFrame) -> pl.DataFrame:
        """The candidates set against each other."""
        unit = pl.col("hh" if self.of_household else "r").alias("unit")
        taken = exact.join(self.right.select("r", "hh"), on="r").select(unit).to_series()
        return assign.assign(
            weighed.with_columns(unit),
            self.left,
            taken,
            self.declared,
            one_row=self.contract.linkage.one_row_a_subject,
            always=assign.same_number(),
        )

    def _by_head_name(
        self, rest: pl.DataFrame, chosen: pl.DataFrame, different: pl.DataFrame
    ) -> pl.DataFrame:
        """Household rows still unmatched, under a head whom only the roster's head column names.

        Or an earlier roster.
        """
        settled = chosen.filter(pl.col("status") != "unmatched")
        unmatched = rest.join(settled, on="l", how="anti")
        unmatched = self.left.select(_OPEN).join(unmatched, on="l", how="semi")
        by_head = households.by_head_name(unmatched, self.right).with_columns(
            method=pl.lit(households.BY_HEAD_NAME)
        )
        by_former = (
            former.by_name(unmatched.join(by_head, on="l", how="anti"), self.former, self.right)
            .join(different, on=["l", "r"], how="anti")
            .with_columns(method=pl.lit(former.BY_NAME))
        )
        found = pl.concat([by_head, by_former])
        late = self._with_levels(found).with_columns(
            named=pl.lit(value=False),
            status=pl.lit("suspected"),
            probability=pl.lit(households.HEAD_NAME_PROBABILITY),
        )
        return pl.concat(
            [chosen.join(found, on="l", how="anti").drop("unit"), late], how="diagonal_relaxed"
        )

    def _train(self, levels: pl.DataFrame, known: pl.DataFrame) -> weights.Model:
        """Give the model in force, or learn one; how common matches are is this list's own."""
        # What people found to be one person teaches m as an exact key does.
        certain = known.filter(
            pl.col("named") & pl.col("method").is_in([keys.EXACT, decisions.REVIEWED])
        )
        rests_on = self.trained.settled_pairs if self.trained else 0
        few = rests_on < min(certain.height, self.declared.settings.retrain_below)
        if self.trained is None or few:
            settled = certain.select(FIELDS)
            sides_ = (self.left, self.right)
            learnt = learning.train(*sides_, levels, settled, self.mates, self.declared, self.seed)
            self.trained = Trained(learnt, certain.height)
        rows = max(self.left.height - known.height, 1)
        product = float(rows) * max(self.right.height, 1)
        common = weights.usual_bits(self.right, self.declared)
        return learning.fitted(self.trained.model, levels, product, rows, common)


def _without(rows: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """The rows that a step did not decide; all of them, not copied, where it decided none."""
    return rows if decided.is_empty() else rows.join(decided, on="l", how="anti")


def _ranked_newborns(young: pl.DataFrame) -> pl.DataFrame:
    return young.sort("l", "probability", "r", descending=[False, True, False]).select(
        "l", "r", "probability", rank=pl.int_range(1, pl.len() + 1).over("l").cast(pl.Int64)
    )


def _best_newborn(young: pl.DataFrame) -> pl.DataFrame:
    """The infant of each row where only one fits; more than one stay candidates."""
    only = young.filter(pl.len().over("l") == 1)
    return only.select(
        "l", "r", "method", "probability", named=pl.lit(value=True), status=pl.lit("suspected")
    )
