"""When absence is no evidence: the reasons for `not_compared` that no rule has to think of.

Two of FAIRNESS guarantee 4: the other list is not there, not fresh or not complete for the
subject's village; or a plausible record in it has not been settled and might be the subject.
"""

from collections.abc import Mapping

import polars as pl

from pipelines import frames
from pipelines.compare.rules import Rule
from pipelines.contracts import Contract, Contracts
from pipelines.linkage.sides import subject_column

UNSETTLED = "待核身份"


def absence_reasons(
    result: pl.DataFrame,
    rule: Rule,
    coverage: pl.DataFrame,
    unsettled: Mapping[str, pl.DataFrame],
    contracts: Contracts,
) -> pl.DataFrame:
    """Add `why`: the reasons for which a subject's absence does not count; null where it does.

    Args:
        result: Subjects with `village_code`, `township_code`, `person_id`, `household_id`.
        rule: Its `gate` names the datasets whose absence must be possible to judge; in those and
            in its `spares` an unsettled record keeps the question open.
        coverage: `frames.COVERAGE` of the round.
        unsettled: From `unsettled_candidates`.
        contracts: For titles and grains.
    """
    reasons = []
    gated = result
    for position, dataset in enumerate(rule.gate):
        name = f"gate_{position}"
        gated = _with_coverage_reason(gated, coverage.filter(pl.col("dataset") == dataset), name)
        reasons.append(name)
    looked_in = dict.fromkeys([*rule.gate, *rule.spares]) if rule.level != "village" else {}
    for position, dataset in enumerate(looked_in):
        name = f"unsettled_{position}"
        gated = _with_unsettled_reason(
            gated, rule, unsettled.get(dataset), name, dataset, contracts
        )
        reasons.append(name)
    together = pl.concat_str(reasons, separator="；", ignore_nulls=True) if reasons else pl.lit("")
    return gated.with_columns(why=pl.when(together != "").then(together)).drop(reasons)


def _with_coverage_reason(
    subjects: pl.DataFrame, coverage: pl.DataFrame, name: str
) -> pl.DataFrame:
    """Why the list is no evidence at the subject's village, else township, else in the county."""
    village, township = pl.col("village_code"), pl.col("township_code")
    reason = (
        pl.when(pl.col("state") == "ok").then(pl.lit("")).otherwise(pl.coalesce("reason", "state"))
    )
    here = coverage.with_columns(reason=reason)
    villages = here.filter(village.is_not_null()).select("village_code", at_village="reason")
    townships = here.filter(village.is_null() & township.is_not_null()).select(
        "township_code", at_township="reason"
    )
    county = here.filter(village.is_null() & township.is_null())["reason"].to_list()
    unknown = county[0] if county else "没有这个名单的可比性判断"
    return (
        subjects.join(villages.unique("village_code"), on="village_code", how="left")
        .join(townships.unique("township_code"), on="township_code", how="left")
        .with_columns(pl.coalesce("at_village", "at_township", pl.lit(unknown)).alias(name))
        .with_columns(pl.when(pl.col(name) != "").then(name).alias(name))
        .drop("at_village", "at_township")
    )


def _with_unsettled_reason(
    subjects: pl.DataFrame,
    rule: Rule,
    candidates: pl.DataFrame | None,
    name: str,
    dataset: str,
    contracts: Contracts,
) -> pl.DataFrame:
    """Whether an unsettled record of the dataset might be the subject (or of its household)."""
    if candidates is None or candidates.is_empty():
        return subjects.with_columns(pl.lit(None, pl.String).alias(name))
    contract = contracts[dataset]
    by_household = rule.level == "household" or contract.grain == "household"
    key = "household_id" if by_household else "person_id"
    whom = "本户或本户的人" if by_household else "本人"
    title = f"{contract.department_title}《{contract.title}》"
    says = f"{UNSETTLED}：{title}中有记录可能是{whom}，尚未核定"
    maybe = candidates.select(key).drop_nulls().unique().with_columns(pl.lit(says).alias(name))
    return subjects.join(maybe, on=key, how="left")


def unsettled_candidates(
    candidates: pl.DataFrame,
    linked: Mapping[str, frames.Table],
    persons: pl.DataFrame,
    contracts: Contracts,
    least: float,
) -> dict[str, pl.DataFrame]:
    """Give for each dataset who might be behind its records that are confirmed to nobody.

    Linkage keeps a few candidates a record, none where many people bear the name. Whoever bears
    the name of an unmatched record in its village might be behind it nonetheless.

    Args:
        candidates: `frames.CANDIDATES`.
        linked: For the status that each record was given in the end.
        persons: `frames.PERSONS`: the household of a candidate person, and namesakes.
        contracts: For the column that names a record's subject.
        least: Least probability of a candidate that counts as plausible.

    Returns:
        Dataset → `record_id`, `person_id`, `household_id`, no row twice.
    """
    homes = persons.select("person_id", home="household_id").unique("person_id")
    plausible = (
        candidates.filter(pl.col("probability") >= least)
        .select("record_id", "dataset", "person_id", "household_id")
        .join(homes, on="person_id", how="left")
        .with_columns(pl.coalesce("household_id", "home"))
    )
    found = {}
    for dataset, table in linked.items():
        if dataset not in contracts or contracts[dataset].grain not in {"person", "household"}:
            continue
        frame = frames.columns_of(table, _of_subject(contracts[dataset]))
        settled = frame.filter(pl.col("link_status") == "confirmed").select("record_id")
        of_dataset = plausible.filter(pl.col("dataset") == dataset)
        scored = of_dataset.join(settled, on="record_id", how="anti")
        who = [scored, _namesakes(frame, contracts[dataset], persons)]
        maybe = pl.concat(
            [w.select("record_id", "person_id", "household_id") for w in who]
        ).unique()
        if not maybe.is_empty():
            found[dataset] = maybe.sort(pl.all(), nulls_last=True)
    return found


def unsettled_table(unsettled: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Give what `unsettled_candidates` found as `frames.UNSETTLED`: rules may read it."""
    tables = [
        frame.select(pl.lit(name).alias("dataset"), "record_id", "person_id", "household_id")
        for name, frame in unsettled.items()
    ]
    return pl.concat([frames.empty(frames.UNSETTLED), *tables])


def _of_subject(contract: Contract) -> tuple[str, ...]:
    """What is asked of a record about whom it may be."""
    name, number = subject_column(contract)
    told = ("sex", "birth_date", "village_code", "village")
    return ("record_id", "link_status", f"{name}_key", number, *told)


def _namesakes(frame: pl.DataFrame, contract: Contract, persons: pl.DataFrame) -> pl.DataFrame:
    """Who bears the name of an unmatched record without a usable number, in the record's village.

    Of a village known by name alone every village of that name counts. Where the record has none,
    only a name that one person of the county bears is one's.
    Another sex or year of birth on both sides is another person.
    """
    name, number = subject_column(contract)
    told_apart = [
        pl.col(c) if c in frame.columns else pl.lit(None, dtype).alias(c)
        for c, dtype in (("sex", pl.String), ("birth_date", pl.Date))
    ]
    key = f"{name}_key"
    if key not in frame.columns:
        return persons.clear().select("record_id", "person_id", "household_id")
    has_number = pl.col(number).is_not_null() if number in frame.columns else pl.lit(value=False)
    records = (
        frame.filter(pl.col("link_status") == "unmatched", ~has_number, pl.col(key) != "")
        .select("record_id", "village_code", "village", *told_apart, name_key=pl.col(key))
        .rename({"sex": "record_sex", "birth_date": "record_birth"})
        .unique()
    )
    everybody = persons.select(
        "person_id", "household_id", "name_key", "village_code", "village", "sex", "birth_date"
    )
    coded, named = pl.col("village_code").is_not_null(), pl.col("village").is_not_null()
    only_one = everybody.filter(pl.len().over("name_key") == 1)
    places = ("village_code", "village")
    met = pl.concat(
        each.drop(places, strict=False).drop("village_code_right", "village_right", strict=False)
        for each in (
            everybody.join(records.filter(coded), on=["name_key", "village_code"]),
            everybody.join(records.filter(~coded & named), on=["name_key", "village"]),
            only_one.join(records.filter(~coded & ~named), on="name_key"),
        )
    )
    years = pl.col("birth_date").dt.year() - pl.col("record_birth").dt.year()
    another = (pl.col("sex") != pl.col("record_sex")) | (years.abs() > 1)
    return met.filter(~another.fill_null(value=False)).select(
        "record_id", "person_id", "household_id"
    )
