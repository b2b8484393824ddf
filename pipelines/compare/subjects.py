"""Who each row of a rule's result is about: place, and an identity that lasts across rounds.

A case id is made of county, rule and subject, never of a place or a row number, so that a case
follows its household when it moves and its list when it is sorted (CONTRACT.md section 4).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from pipelines import frames
from pipelines.compare.rules import Rule
from pipelines.compare.session import RuleFailedError
from pipelines.contracts import Contracts
from pipelines.hashing import joined, sha256

_LEVEL_KEY = {"person": "person_id", "household": "household_id", "village": "village_code"}
_PLACE = ["village_code", "township_code"]
_GRAVEST_FIRST = ["disagree", "not_found", "agree"]


@dataclass(frozen=True)
class Places:
    """Where persons, households and villages are, one row each."""

    persons: pl.DataFrame
    households: pl.DataFrame
    villages: pl.DataFrame

    @classmethod
    def of(
        cls, persons: pl.DataFrame, households: pl.DataFrame, villages: pl.DataFrame
    ) -> "Places":
        """Keep what is needed of the base frames."""
        return cls(
            persons.select(
                "person_id",
                home="household_id",
                person_village="village_code",
                person_township="township_code",
            ).pipe(_one_each, "person_id"),
            households.select(
                "household_id",
                household_village="village_code",
                household_township="township_code",
            ).pipe(_one_each, "household_id"),
            villages.select(
                "village_code", "village", "township", village_township="township_code"
            ).pipe(_one_each, "village_code"),
        )

    def place(self, result: pl.DataFrame) -> pl.DataFrame:
        """Fill household, village and township of each subject from what is known of it."""
        placed = result.join(self.persons, on="person_id", how="left")
        placed = placed.with_columns(pl.coalesce("household_id", "home"))
        placed = placed.join(self.households, on="household_id", how="left")
        placed = placed.with_columns(
            pl.coalesce("village_code", "person_village", "household_village")
        )
        return (
            placed.join(
                self.villages.select("village_code", "village_township"),
                on="village_code",
                how="left",
            )
            .with_columns(
                township_code=pl.coalesce(
                    "village_township", "person_township", "household_township"
                )
            )
            .select(*result.columns, "township_code")
        )

    def names(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Give village code → village, and township code → township."""
        townships = self.villages.select("township", township_code="village_township")
        return self.villages.select("village_code", "village"), _one_each(
            townships, "township_code"
        )


def _one_each(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    return (
        frame.filter(pl.col(key).is_not_null())
        .sort(pl.all(), nulls_last=True)
        .unique(key, keep="first", maintain_order=True)
    )


def with_case_ids(
    result: pl.DataFrame,
    rule: Rule,
    county: str,
    linked: Mapping[str, frames.Table],
    contracts: Contracts,
) -> pl.DataFrame:
    """Add `case_id`: county, rule, subject, and a hash of the part where there is one.

    A subject that is nobody in the roster is known by `part`, else by the key columns of its left
    record: ``S`` and twelve hexadecimal digits. Two such rows with equal keys are one subject; the
    graver state is kept.

    Raises:
        RuleFailedError: Two rows are of one subject, or a row says in no way whom it is about.
    """
    key = pl.col(_LEVEL_KEY[rule.level])
    part = sha256(result["part"]).str.slice(0, 8)
    ids = result.with_columns(
        subject=pl.concat_str(key, part.alias("part_hash"), separator="-", ignore_nulls=True)
    )
    known = ids.filter(key.is_not_null())
    if known.height < ids.height:
        unlinked = _by_source(ids.filter(key.is_null()), rule, linked, contracts)
        ids = pl.concat([known, unlinked])
    ids = ids.with_columns(case_id=pl.format(f"{county}-{rule.id}-{{}}", "subject"))
    if (twice := ids["case_id"].is_duplicated()).any():
        example = ids.filter(twice)["case_id"].sort()[0]
        raise RuleFailedError(
            f"规则文件 {rule.path}：{int(twice.sum())} 行的对象重复，例如 {example}；"
            "每个对象只应有一行，同一人（户、村）有几件事的请用 part 列区分"
        )
    return ids.drop("subject")


def _by_source(
    unlinked: pl.DataFrame, rule: Rule, linked: Mapping[str, frames.Table], contracts: Contracts
) -> pl.DataFrame:
    """Subjects known by their source alone."""
    record = pl.coalesce("left_record_id", "right_record_id")
    identities = _record_identities(
        unlinked.select(record_id=record)["record_id"], rule, linked, contracts
    )
    with_identity = unlinked.with_columns(record_id=record).join(
        identities, on="record_id", how="left"
    )
    nameless = with_identity.filter(pl.col("part").is_null() & pl.col("identity").is_null())
    if not nameless.is_empty():
        raise RuleFailedError(
            f"规则文件 {rule.path}：{nameless.height} 行没有{_LEVEL_KEY[rule.level]}，"
            "也没有 part 或可查的 left_record_id，无法说明是谁"
        )
    source = sha256(with_identity.select(t=pl.coalesce("part", "identity"))["t"])
    state = pl.col("state").cast(pl.Enum(_GRAVEST_FIRST), strict=False)
    return (
        with_identity.with_columns(subject="S" + source.str.slice(0, 12), gravity=state)
        .sort("subject", "gravity", "record_id", nulls_last=True)
        .unique("subject", keep="first", maintain_order=True)
        .select(unlinked.columns)
    )


def _record_identities(
    record_ids: pl.Series, rule: Rule, linked: Mapping[str, frames.Table], contracts: Contracts
) -> pl.DataFrame:
    """Record id → a text that is the same for the same entry of a list in every delivery."""
    wanted = record_ids.drop_nulls().unique()
    found = [pl.DataFrame(schema={"record_id": pl.String, "identity": pl.String})]
    for dataset in dict.fromkeys([rule.left, *rule.needs]):
        table = linked.get(dataset)
        if table is None:
            continue
        contract, schema = contracts[dataset], table.collect_schema()
        columns = [c for c in contract.key or contract.columns if c in schema]
        rows = table.lazy().filter(pl.col("record_id").is_in(wanted.implode()))
        texts = [f"{c}_text" if schema[c].is_nested() else c for c in columns]
        identity = pl.concat_str(pl.lit(dataset), joined(*texts), separator=" ")
        found.append(rows.select("record_id", identity=identity).collect())
    return pl.concat(found).unique("record_id", keep="first", maintain_order=True)
