"""The rows of the lists: one a discrepancy or unsettled link, with all that a list may say of it.

`list_rows` and `suspected_rows` know everything; `for_township` and `for_department` cut them down
to what that recipient may see (FAIRNESS 9). Nothing else hands rows to a workbook.
"""

import polars as pl

from pipelines.contracts import Contracts, Privacy
from pipelines.lists.published import Published
from pipelines.lists.wording import (
    DIRECTIONS,
    SEVERITIES,
    STATES,
    masked_id,
    masked_text,
    place_in_file,
    translated,
)

UNPLACED = "县本级"
"""Recipient of rows whose township is not known; they are counted at the county."""

_SEVERITY_RANK = {"red": 0, "orange": 1, "yellow": 2}


def list_rows(published: Published, contracts: Contracts) -> pl.DataFrame:
    """Give the round's discrepancies with names, places and both sides' own rows.

    ID numbers are masked in every column but `left_record` and `right_record`, the departments'
    own rows in full.
    """
    departments = contracts.departments
    persons = published.persons.select(
        "person_id", "name", "relation", "group_name", person_number="id_number"
    )
    # A household's group and head: the head's own row where there is one.
    households = (
        published.households.select("household_id", "head_person_id", "head_name")
        .join(
            persons.select("person_id", head_group="group_name", head_number="person_number"),
            left_on="head_person_id",
            right_on="person_id",
            how="left",
        )
        .drop("head_person_id")
    )
    rows = published.of_round(published.discrepancies).join(persons, on="person_id", how="left")
    rows = rows.join(households, on="household_id", how="left")
    for side in ("left", "right"):
        rows = _with_record(rows, published.records, side)
    rows = rows.with_columns(list_dates=_list_dates(contracts))
    is_village = pl.col("person_id").is_null() & pl.col("household_id").is_null()
    named = pl.coalesce("name", "left_record_name", "right_record_name", "head_name")
    number = pl.coalesce("person_number", "head_number", "left_record_number")
    return rows.with_columns(
        name=pl.when(is_village & named.is_null()).then(pl.lit("（全村）")).otherwise(named),
        id_number=masked_id(number),
        group_name=pl.coalesce("group_name", "head_group"),
        township=pl.col("township").fill_null(UNPLACED),
        level=translated("severity", SEVERITIES),
        direction_text=translated("direction", DIRECTIONS),
        rank=pl.col("severity").replace_strict(_SEVERITY_RANK, default=9, return_dtype=pl.Int64),
        left_title=translated("left_department", departments),
        right_title=translated("right_department", departments),
        left_source=place_in_file("left_"),
        right_source=place_in_file("right_"),
        subject_name=pl.when(is_village)
        .then("village")
        .when(pl.col("person_id").is_null())
        .then(pl.concat_str(named, pl.lit("户")))
        .otherwise(named)
        .fill_null("本条"),
        explanation=masked_text(_dated(pl.col("explanation"))),
        left_value=masked_text(pl.col("left_value")),
        right_value=masked_text(pl.col("right_value")),
        link_evidence=masked_text(pl.col("link_evidence")),
    ).sort("case_id")


def _list_dates(contracts: Contracts) -> pl.Expr:
    """Say which lists were compared and of which day: 〔基础名册截至2021-08-29；…〕."""
    titles = {c.dataset: c.title for c in contracts.values()}
    left, right = (
        pl.concat_str(
            translated(f"{side}_dataset", titles), pl.lit("截至"), pl.col(f"{side}_as_of")
        )
        for side in ("left", "right")
    )
    # One list against itself is named once.
    both = pl.concat_str(
        left, pl.when(right.ne_missing(left)).then(right), separator="；", ignore_nulls=True
    )
    return pl.when(both != "").then(pl.concat_str(pl.lit("〔"), both, pl.lit("〕"))).fill_null("")


def _dated(explanation: pl.Expr) -> pl.Expr:
    """Add the lists' days to an explanation that does not name them itself."""
    return (
        pl.when(explanation.str.contains("截至", literal=True))
        .then(explanation)
        .otherwise(pl.concat_str(explanation, "list_dates"))
    )


def _with_record(rows: pl.DataFrame, records: pl.DataFrame, side: str) -> pl.DataFrame:
    """Join the department's own row that a side points to."""
    place = {name: f"{side}_{name}" for name in ("path", "sheet", "row_number")}
    chosen = records.select(
        *(pl.col(name).alias(alias) for name, alias in place.items()),
        pl.col("record_name").alias(f"{side}_record_name"),
        pl.col("record_id_number").alias(f"{side}_record_number"),
        pl.col("record_text").alias(f"{side}_record"),
        pl.col("record_closed").alias(f"{side}_closed"),
    )
    return rows.join(chosen, on=list(place.values()), how="left", nulls_equal=True)


def closed_datasets(contracts: Contracts) -> list[str]:
    """Name the datasets that are about what only their own department may know.

    A dataset is one if a column it is recognised by is sensitive: the pupil and the school, the
    illness, the kind of disability (FAIRNESS 9: children, health, disability). The roster is what
    everybody compares with; of it only quoted sensitive values are closed.
    """
    return [
        contract.dataset
        for contract in contracts.values()
        if contract.department != "roster"
        and any(
            contract.columns[name].privacy is Privacy.SENSITIVE
            for name in (*contract.header.must_have, *contract.header.any_of)
        )
    ]


def _quotes_closed(rows: pl.DataFrame, text: str, side: str) -> pl.Series:
    """Say for each row whether `text` quotes a sensitive value of the side's own row."""
    quoted = (
        rows.select(text, value=f"{side}_closed")
        .with_row_index("row")
        .explode("value")
        .filter(pl.col("value").str.len_chars() > 1)
        .filter(pl.col(text).str.contains(pl.col("value"), literal=True))["row"]
        .unique()
    )
    return pl.Series(range(rows.height), dtype=pl.UInt32).is_in(quoted.implode())


def _least(
    rows: pl.DataFrame, others: dict[str, pl.Expr], published: Published, contracts: Contracts
) -> pl.DataFrame:
    """Cut each side down where it is another department's and its content is closed.

    Its value becomes 一致, 不一致 or 对方名单未见; an explanation that may quote it becomes the
    rule's words for that state.

    Args:
        rows: Of `list_rows`.
        others: Side to whether it belongs to somebody else than the recipient.
        published: For the rules' words.
        contracts: For privacy classes.
    """
    closed = closed_datasets(contracts)
    state = translated("state_compared", STATES)
    values, hidden = [], {}
    for side, other in others.items():
        about = pl.col(f"{side}_dataset").is_in(closed) & pl.col(f"{side}_path").is_not_null()
        value = f"{side}_value"
        hide = other & (about | pl.lit(_quotes_closed(rows, value, side)))
        # 对方名单未见 is said of the right side; the left one has the row that was compared.
        seen = state.replace({STATES["not_found"]: "有记录"}) if side == "left" else state
        values.append(pl.when(hide).then(seen).otherwise(pl.col(value)).alias(value))
        said = about | pl.lit(_quotes_closed(rows, "explanation", side))
        hidden[side] = (other & said).fill_null(value=False)
    told = _finding(published).join(
        rows.select("case_id", "rule_id", "state_compared"),
        on=["rule_id", "state_compared"],
        how="right",
        maintain_order="right",
    )["finding"]
    return (
        rows.with_columns(finding=told)
        .with_columns(
            explanation=pl.when(hidden["left"] | hidden["right"])
            .then(_without_values(state, hidden))
            .otherwise("explanation")
        )
        .with_columns(values)
        .drop(
            "finding",
            *(
                f"{side}_{name}"
                for side in others
                for name in ("record", "record_number", "closed")
            ),
        )
    )


def _finding(published: Published) -> pl.DataFrame:
    """Give what each rule found in each state, in the rule's words that give no values away."""
    asked = pl.concat_str(pl.lit("所问“"), "question", pl.lit("”的比对结果为"))
    return pl.concat(
        published.rules.select(
            "rule_id",
            state_compared=pl.lit(state),
            finding=pl.coalesce(f"{state}_says", pl.concat_str(asked, pl.lit(STATES[state]))),
        )
        for state in ("disagree", "not_found")
    )


def _without_values(state: pl.Expr, hidden: dict[str, pl.Expr]) -> pl.Expr:
    """Say of whom what was found, whose lists were compared, and who knows the content.

    The roster's own value (an age, a kind of household) stands with the name where it is not cut.
    """
    own = pl.when(~hidden["left"]).then(pl.concat_str(pl.lit("（"), "left_value", pl.lit("）")))
    keeper = pl.coalesce(
        pl.when(hidden["right"]).then("right_title"), pl.when(hidden["left"]).then("left_title")
    )
    return pl.concat_str(
        "subject_name",
        own.otherwise(None).fill_null(""),
        pl.lit("："),
        pl.coalesce("finding", state),
        pl.lit("。具体内容由"),
        keeper,
        pl.lit("部门掌握。"),
        "list_dates",
    )


def for_township(
    rows: pl.DataFrame, township: str, published: Published, contracts: Contracts
) -> pl.DataFrame:
    """Give what a township needs for its visits: its rows, nobody's own row in full."""
    own = rows.filter(pl.col("township") == township).with_columns(
        own_record=pl.lit(None, pl.String)
    )
    # The roster is the township's own work: nothing of it is closed to the township.
    foreign = {
        side: ~pl.col(f"{side}_dataset").str.starts_with("roster.") for side in ("left", "right")
    }
    return _least(own, foreign, published, contracts)


def for_department(
    rows: pl.DataFrame, department: str, published: Published, contracts: Contracts
) -> pl.DataFrame:
    """Give one department the pairs it has a side in: its own side in full, of the other the least.

    A department cannot look up a masked number, so `own_record` is its own row as it sent it.
    """
    owns = {
        side: (pl.col(f"{side}_department") == department).fill_null(value=False)
        for side in ("left", "right")
    }
    record = [pl.when(owned).then(pl.col(f"{side}_record")) for side, owned in owns.items()]
    own = rows.filter(owns["left"] | owns["right"]).with_columns(
        own_record=pl.concat_str(record, separator="\n", ignore_nulls=True).replace("", None)
    )
    return _least(own, {side: ~owned for side, owned in owns.items()}, published, contracts)


def suspected_rows(published: Published, contracts: Contracts) -> pl.DataFrame:
    """Give the records whose person is not certain, with the likely person and the evidence."""
    titles = {c.dataset: c.title for c in contracts.values()}
    closed = closed_datasets(contracts)
    persons = published.persons.select(
        "person_id", "township", "village", person_name="name", person_number="id_number"
    )
    households = published.households.select(
        "household_id",
        household_township="township",
        household_village="village",
        household_head="head_name",
    )
    rows = (
        published.suspected.join(
            published.records.drop("dataset", "record_id"),
            on=["path", "sheet", "row_number"],
            how="left",
            nulls_equal=True,
        )
        .join(persons, on="person_id", how="left")
        .join(households, on="household_id", how="left")
    )
    probability = (pl.col("probability") * 100).floor().cast(pl.Int64).cast(pl.String)
    return rows.select(
        "record_id",
        "household_id",
        "record_name",
        "record_village",
        "record_text",
        department=pl.col("dataset").str.split(".").list.first(),
        department_title=pl.col("dataset")
        .str.split(".")
        .list.first()
        .replace(contracts.departments),
        dataset_title=translated("dataset", titles),
        closed=pl.col("dataset").is_in(closed),
        record_number=masked_id(pl.col("record_id_number").str.strip_chars()),
        source=place_in_file(),
        person_name=pl.coalesce("person_name", "household_head"),
        person_number=masked_id(pl.col("person_number")),
        township=pl.coalesce("township", "household_township").fill_null(UNPLACED),
        village=pl.coalesce("village", "household_village"),
        evidence=masked_text(pl.col("evidence")),
        evidence_states=pl.col("evidence_states"),
        certainty=pl.when(pl.col("probability").is_not_null())
        .then(pl.concat_str(probability, pl.lit("%，共"), pl.col("candidates"), pl.lit("名候选")))
        .otherwise(pl.lit("未计算")),
    )
