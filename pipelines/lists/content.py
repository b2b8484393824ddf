"""What one recipient's list says, as frames, before any workbook is laid out.

The content decides whether a list is new: its hash covers every frame here, and not the run.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.contracts import Contracts
from pipelines.intake.deliveries import STATES
from pipelines.lists import summary
from pipelines.lists.deadlines import Deadlines
from pipelines.lists.issued import Register, content_hash
from pipelines.lists.published import Published
from pipelines.lists.rows import UNPLACED, for_department, for_township
from pipelines.lists.visits import split_by_cap, with_visits
from pipelines.lists.wording import translated

SENT_BACK = "returned"
"""State of a case whose answer the county sent back (退回补核): it is asked again."""

TOWNSHIP, DEPARTMENT = "township", "department"


@dataclass(frozen=True)
class Recipient:
    """Who receives a list."""

    kind: str
    key: str
    """Township name or department id, as it stands in the rows."""
    title: str
    """Chinese title, also the name of the folder."""

    @property
    def register_key(self) -> str:
        """How the register of issued lists knows it."""
        return f"{self.title}/{self.kind}"


@dataclass(frozen=True)
class Content:
    """One recipient's list."""

    recipient: Recipient
    asked: pl.DataFrame
    """清单: new, reopened and sent-back rows, and open ones that were never asked for."""
    waiting: pl.DataFrame
    """What did not fit under a village's cap."""
    pending: pl.DataFrame
    """在办: asked for in an earlier round and not answered."""
    suspected: pl.DataFrame
    """待核身份: unsettled links, and discrepancies that rest on one."""
    not_compared: pl.DataFrame
    counts: pl.DataFrame
    """By rule and township, last round and this."""
    totals: pl.DataFrame
    """By direction."""
    rules: pl.DataFrame
    parameters: pl.DataFrame
    reported: pl.DataFrame
    """The recipient's own deliveries (departments)."""

    @property
    def hash(self) -> str:
        """SHA-256 of all that the list says."""
        return content_hash(
            self.asked.select(pl.exclude("left_closed", "right_closed")),
            self.waiting.select("case_id"),
            self.pending.select(pl.exclude("left_closed", "right_closed")),
            self.suspected,
            self.not_compared,
            self.counts,
            self.rules,
            self.parameters,
            self.reported,
        )

    @property
    def kept_hash(self) -> str:
        """SHA-256 of what the warehouse keeps of every round.

        A round that is no longer the latest is judged by this one, since people and links are
        published of the latest round only.
        """
        kept = ["case_id", "rule_id", "severity", "value_hash", "state"]
        return content_hash(
            self.asked.select(kept),
            self.pending.select(kept),
            self.not_compared.select("rule_id", "village_code", "not_compared"),
        )


@dataclass(frozen=True)
class Material:
    """What every recipient's content is cut from, made once a round."""

    published: Published
    county: str
    """How titles name the county: name and code, the code alone where no name is set."""
    contracts: Contracts
    rows: pl.DataFrame
    suspected: pl.DataFrame
    not_compared: pl.DataFrame
    closed: pl.DataFrame
    last_closed: pl.DataFrame
    deadlines: Deadlines
    cap: int | None


def recipients(material: Material) -> list[Recipient]:
    """Name everyone who gets a list: every township, and every department with a contract."""
    named = pl.concat(
        [
            material.published.villages["township"],
            material.rows["township"],
            material.suspected["township"],
        ]
    )
    townships = named.drop_nulls().unique().sort().to_list()
    departments = material.contracts.departments
    return [
        *(Recipient(TOWNSHIP, name, name) for name in townships),
        *(Recipient(DEPARTMENT, key, title) for key, title in departments.items()),
    ]


def content_for(recipient: Recipient, material: Material, register: Register) -> Content:
    """Cut one recipient's content from what was published."""
    published = material.published
    if recipient.kind == TOWNSHIP:
        rows = for_township(material.rows, recipient.key, published, material.contracts)
    else:
        rows = for_department(material.rows, recipient.key, published, material.contracts)
    unsettled = rows.filter(pl.col("link_status").eq_missing("suspected"))
    rows = summary.settled(rows)
    before = register.asked_before(recipient.register_key)
    rows = rows.join(before, on="case_id", how="left", maintain_order="left")
    ask = pl.col("issued_on").is_null() | pl.col("state").is_in(["reopened", SENT_BACK])
    red = pl.col("severity") == "red"
    due = pl.when(red).then(material.deadlines.red).otherwise(material.deadlines.feedback)
    # Visits of this round only: a household that was asked about before has had its visit.
    to_ask = with_visits(rows.filter(ask)).with_columns(
        issued_on=pl.lit(material.deadlines.issued), due_on=due.cast(pl.Date)
    )
    asked, waiting = split_by_cap(to_ask, material.cap if recipient.kind == TOWNSHIP else None)
    pending = with_visits(rows.filter(~ask)).with_columns(
        overdue=pl.when(pl.col("due_on") < published.round_)
        .then(pl.lit("逾期"))
        .otherwise(pl.lit("未到期"))
    )
    not_compared = _concerning(material.not_compared, recipient, published)
    rules = _rules(recipient, published, rows, not_compared)
    return Content(
        recipient=recipient,
        asked=asked,
        waiting=waiting,
        pending=pending,
        suspected=_suspected(material.suspected, unsettled, recipient),
        not_compared=not_compared,
        counts=_counts(recipient, material, rows, pending, register),
        totals=summary.by_direction(rows),
        rules=rules,
        parameters=_parameters(published, rules),
        reported=_reported(recipient, published, material.contracts),
    )


def _concerning(frame: pl.DataFrame, recipient: Recipient, published: Published) -> pl.DataFrame:
    """Keep what concerns a recipient: its township, or the rules its department has a side in."""
    if recipient.kind == TOWNSHIP:
        return frame.filter(pl.col("township") == recipient.key)
    return frame.join(_own_rules(recipient, published), on="rule_id", how="semi")


def _own_rules(recipient: Recipient, published: Published) -> pl.DataFrame:
    start = f"{recipient.key}."
    sides = ("left_side", "right_side", "gate")
    return published.rules.filter(
        pl.any_horizontal(
            pl.col(side).fill_null("").str.contains(start, literal=True) for side in sides
        )
    )


def _rules(
    recipient: Recipient, published: Published, rows: pl.DataFrame, not_compared: pl.DataFrame
) -> pl.DataFrame:
    """The rules on the list, then those that were not run although they concern the recipient."""
    mentioned = pl.concat([rows.select("rule_id"), not_compared.select("rule_id")]).unique()
    not_run = published.rules.filter(pl.col("ran").eq_missing(other=False))
    if recipient.kind == DEPARTMENT:
        not_run = not_run.join(_own_rules(recipient, published), on="rule_id", how="semi")
    chosen = pl.concat([mentioned, not_run.select("rule_id")]).unique()
    return published.rules.join(chosen, on="rule_id", how="semi").sort("rule_id")


def _parameters(published: Published, rules: pl.DataFrame) -> pl.DataFrame:
    keys = rules["parameter_keys"].drop_nulls().str.split("、").explode().str.strip_chars().unique()
    return published.parameters.filter(pl.col("key").is_in(keys.implode())).sort("key")


def _reported(recipient: Recipient, published: Published, contracts: Contracts) -> pl.DataFrame:
    """The recipient's deliveries, with the list's ``title`` and the state's ``word``."""
    if recipient.kind == TOWNSHIP:
        own = (pl.col("scope") == recipient.key).fill_null(value=False)
    else:
        own = pl.col("dataset").str.starts_with(f"{recipient.key}.")
    titles = {c.dataset: c.title for c in contracts.values()}
    words = published.deliveries.with_columns(
        title=translated("dataset", titles), word=translated("state", STATES)
    )
    return words.filter(own).sort("dataset", "scope")


def _counts(
    recipient: Recipient,
    material: Material,
    rows: pl.DataFrame,
    pending: pl.DataFrame,
    register: Register,
) -> pl.DataFrame:
    published = material.published
    last = summary.settled(published.of_round(published.discrepancies, back=1)).with_columns(
        pl.col("township").fill_null(UNPLACED)
    )
    if recipient.kind == TOWNSHIP:
        last = last.filter(pl.col("township") == recipient.key)
    else:
        sides = [pl.col(f"{side}_department") == recipient.key for side in ("left", "right")]
        last = last.filter(pl.any_horizontal(sides))
    last_overdue = last.clear()
    if len(published.rounds) > 1:
        last_round = published.rounds[1]
        asked = register.asked_before(recipient.register_key, before=last_round)
        late = asked.filter(pl.col("due_on") < last_round)
        last_overdue = last.join(late, on="case_id", how="semi")
    return summary.by_rule_and_township(
        published.rules,
        {
            "now": rows,
            "last": last,
            "overdue": pending.filter(pl.col("overdue") == "逾期"),
            "last_overdue": last_overdue,
            "closed": _concerning(material.closed, recipient, published),
            "last_closed": _concerning(material.last_closed, recipient, published),
        },
    )


def _suspected(links: pl.DataFrame, unsettled: pl.DataFrame, recipient: Recipient) -> pl.DataFrame:
    """Unsettled links and the discrepancies that rest on one, in the same columns."""
    township = recipient.kind == TOWNSHIP
    mine = pl.col("township" if township else "department") == recipient.key
    closed = pl.col("closed") if township else pl.lit(value=False)
    records = links.filter(mine).select(
        "record_id",
        matter=pl.lit("名单记录待认定"),
        department="department_title",
        record=pl.when(closed)
        .then(pl.lit("（由主管部门掌握）"))
        .otherwise(pl.col("dataset_title")),
        name="record_name",
        number="record_number",
        place="record_village",
        source="source",
        likely="person_name",
        likely_number="person_number",
        household="household_id",
        village="village",
        evidence=pl.when(closed)
        .then(pl.col("evidence_states"))
        .otherwise(pl.coalesce("evidence", "evidence_states")),
        certainty="certainty",
        own=pl.lit(None, pl.String) if township else pl.col("record_text"),
    )
    doubts = unsettled.select(
        record_id="case_id",
        matter="kind",
        department=pl.coalesce("right_title", "left_title"),
        record="explanation",
        name="name",
        number=pl.lit(None, pl.String),
        place="village",
        source=pl.coalesce("right_source", "left_source"),
        likely="name",
        likely_number="id_number",
        household="household_id",
        village="village",
        evidence="link_evidence",
        certainty=pl.lit("身份待核，暂不计入合计"),
        own="own_record",
    )
    return pl.concat([doubts, records]).sort("matter", "village", "record_id", nulls_last=True)
