"""The frames that one stage hands to the next: their columns, once, for everybody.

A stage may rely on every column named here being present with this type, and on nothing else.
Columns of a dataset itself come from its contract; `clean_schema` derives them. An empty list is
an empty frame with the same columns, never `None`: a department that sent nothing has a table.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

import polars as pl

from pipelines.contracts import ColumnType, Contract

Schema = Mapping[str, pl.DataType | type[pl.DataType]]

LINEAGE: Schema = {
    "record_id": pl.String,  # "<first 16 of file_id>-<sheet_no>-<row_number>", unique in a county
    "file_id": pl.String,  # SHA-256 of the file as it lay in the inbox
    "path": pl.String,  # relative to <home>/inbox; an archive's member after "!/"
    "sheet": pl.String,
    "row_number": pl.Int64,  # as a person sees it in the spreadsheet, from 1
    "as_of": pl.Date,  # the day the list speaks of
}
"""Where a row came from. Every records and every clean frame begins with these."""

INTAKE_EXTRA: Schema = {
    "township_hint": pl.String,  # township named by sheet, title or file, not by a column
    "village_hint": pl.String,  # what these name like a village, a line each, where no column does
}
"""Besides lineage and one String column per contract column, what intake knows about a row."""

RAW_ROWS: Schema = {
    "record_id": pl.String,
    "raw_row": pl.String,  # JSON object: header as it stood -> text as it stood
}
"""The rows of a dataset as they stood."""

SHEETS: Schema = {
    "county": pl.String,
    "round": pl.Date,
    "file_id": pl.String,
    "path": pl.String,
    "sheet": pl.String,  # null for a file that could not be opened
    "sheet_no": pl.Int64,  # over all members of an archive, from 0; lists side by side are several
    "department": pl.String,
    "dataset": pl.String,  # null where the header was not recognised
    "as_of": pl.Date,
    "as_of_source": pl.String,  # name, title, arrival
    "age_days": pl.Int64,  # round - as_of
    "scope": pl.List(pl.String),  # township names the sheet covers; empty: the whole county
    "header_columns": pl.List(pl.String),  # of the contract; null: header not recognised
    "used": pl.Boolean,
    "rows_read": pl.Int64,  # null where the file could not be opened
    "rows_not_data": pl.Int64,
    "rows_set_aside": pl.Int64,  # by intake; standardise adds its own before publishing
    "rows_accepted": pl.Int64,
    "arrived_at": pl.Datetime("us"),
    # used, waiting, superseded, duplicate, refused, unrecognised, hidden, empty
    "status": pl.String,
    "message": pl.String,  # Chinese: what was seen, what was expected, what to do
}
"""One row a sheet of every file in the county's inbox; becomes `source_files`."""

DELIVERIES: Schema = {
    "county": pl.String,
    "round": pl.Date,
    "dataset": pl.String,
    "scope": pl.String,  # 全县 or a township
    "due": pl.Date,
    "arrived": pl.Date,
    "as_of": pl.Date,
    "days_late": pl.Int64,
    "state": pl.String,  # on_time, late, missing, stale
}

QUARANTINE: Schema = {
    "record_id": pl.String,
    "file_id": pl.String,
    "path": pl.String,
    "sheet": pl.String,
    "row_number": pl.Int64,
    "dataset": pl.String,
    "column_name": pl.String,  # null where the whole row is meant
    # row: set aside; cell: the value is not used, the row stays; flag: both stay, a question
    "scope": pl.String,
    "reason_code": pl.String,
    "reason": pl.String,  # Chinese: what was expected and what to do
    "raw_value": pl.String,
    "raw_row": pl.String,  # null, until published, where it is a record's: RAW_ROWS has it
}

STATED: Schema = {
    "record_id": pl.String,  # as a record of that row would bear; null for a file's name
    "file_id": pl.String,
    "path": pl.String,
    "sheet": pl.String,
    "row_number": pl.Int64,  # of the row of sums; null: it stands in the file's name
    "first_row": pl.Int64,  # the sheet's rows below its header
    "last_row": pl.Int64,
    "label": pl.String,  # the row's first text: 合计, 王堂村小计
    "column_name": pl.String,  # null where the column is none of the contract's
    "text": pl.String,
    "raw_row": pl.String,
}
"""What a list says of its own size: one row a cell of its rows of sums, one a number in a name."""

CORRECTIONS: Schema = {
    "correction_id": pl.String,
    "dataset": pl.String,
    # applied, unreadable, no_longer_needed, not_found, unexpected, conflict, not_delivered
    "state": pl.String,
    "action": pl.String,  # set, drop
    "record_id": pl.String,  # null where nothing was changed
    "file_id": pl.String,
    "path": pl.String,
    "sheet": pl.String,
    "row_number": pl.Int64,
    "column_name": pl.String,  # null where the row is dropped or nothing was changed
    "before": pl.String,  # as the department wrote it
    "after": pl.String,
    "reason": pl.String,  # why it is known to be wrong
    "reported_on": pl.Date,
    "reported_to": pl.String,
    "reported_by": pl.String,
    "expected": pl.Int64,  # rows; null: at least one
    "matched": pl.Int64,  # rows
    "message": pl.String,  # Chinese: which correction, what became of it, what to do
}
"""One row a cell that a declared correction changed or a row it dropped; one a correction without
any."""

SOURCE_ERRORS: Schema = {
    "slip_id": pl.String,  # of list, subject and column: the same until the source is right
    "dataset": pl.String,
    "column_name": pl.String,  # null where the whole row is meant
    "reason_code": pl.String,
    "record_id": pl.String,
    "file_id": pl.String,
    "path": pl.String,
    "sheet": pl.String,
    "row_number": pl.Int64,
    "scope": pl.String,  # township whose own file it is; null: a list of the whole county
    "record_name": pl.String,  # whose row it is, as written
    "raw_value": pl.String,  # what stands there
    "reason": pl.String,  # Chinese: what is wrong, what is expected, how to mend it
    "correction_id": pl.String,  # where the county goes on with a correction meanwhile
}
"""What a department must mend in its own list, one row an error found in a round."""

SLIPS: Schema = {
    "county": pl.String,
    "round": pl.Date,
    "slip_id": pl.String,
    "dataset": pl.String,
    # new, open, reopened, waiting (no list to judge by), closed (in this round)
    "state": pl.String,
    "first_seen": pl.Date,
    "last_seen": pl.Date,
    "rounds_seen": pl.Int64,
    "closed_by": pl.String,  # new_file; read_otherwise: the same file, read with other references
}
"""Each error of a source over the rounds: one row a round from the first until it is closed."""

PERSONS: Schema = {
    "person_id": pl.String,
    "household_id": pl.String,
    "record_id": pl.String,  # the row of roster.population
    "name": pl.String,
    "name_key": pl.String,  # for comparison: simplified, variants folded, no separators
    "id_number": pl.String,  # 18 valid characters or null
    "id_number_status": pl.String,
    "id_number_hint": pl.String,
    "sex": pl.String,  # 男, 女
    "birth_date": pl.Date,
    "birth_date_precision": pl.String,
    "ethnicity": pl.String,
    "relation": pl.String,
    "head_name": pl.String,
    "township": pl.String,
    "township_code": pl.String,
    "village": pl.String,
    "village_code": pl.String,
    "group_name": pl.String,
    "phone": pl.String,
    "household_type": pl.String,  # 一般农户, 脱贫户, 监测对象
    "status": pl.String,  # 正常, 死亡, 迁出 ...
    "residence": pl.String,
    "registered_on": pl.Date,
}

IDENTITIES: Schema = {
    "person_id": pl.String,
    "listed_id": pl.String,  # the list's own number of the person; null where it is not unique
    "id_number": pl.String,
    "household_id": pl.String,
    "name_key": pl.String,
    "birth_date": pl.Date,  # to the day; by the ID number where the list has none
}
"""How a person was written in the roster, a row for every way that was new in its round.

Kept for all rounds: by it a row of a later roster gets the id its person has always had.
"""

FORMER_PERSONS: Schema = {
    "person_id": pl.String,
    "household_id": pl.String,  # the last one; null where the roster no longer has it
    "name_key": pl.String,
    "id_number": pl.String,
    "birth_date": pl.Date,
    "township": pl.String,
    "township_code": pl.String,
    "village": pl.String,
    "village_code": pl.String,
}
"""Who stood in the roster of an earlier round and stands in this one's no more.

As the register of persons last knew them; the place is their household's. They are no residents:
they are in no count, and no list is searched for them; they only tell whom a row is about.
"""

HOUSEHOLDS: Schema = {
    "household_id": pl.String,
    "head_person_id": pl.String,
    "head_name": pl.String,
    "household_type": pl.String,
    "township": pl.String,
    "township_code": pl.String,
    "village": pl.String,
    "village_code": pl.String,
    "members": pl.Int64,
}

VILLAGES: Schema = {
    "village_code": pl.String,
    "village": pl.String,
    "township": pl.String,
    "township_code": pl.String,
    "former_names": pl.String,
    "village_type": pl.String,
    "households": pl.Int64,
    "persons": pl.Int64,
}

LINKS: Schema = {
    "record_id": pl.String,
    "dataset": pl.String,
    "path": pl.String,
    "sheet": pl.String,
    "row_number": pl.Int64,
    "person_id": pl.String,
    "household_id": pl.String,  # null for a former person's own row: who left has no household
    "former_person_id": pl.String,  # whom it names who is in the roster no more; person_id is null
    "status": pl.String,  # confirmed, suspected, unmatched
    "method": pl.String,  # id of the key or of the pass that made it
    "probability": pl.Float64,
    "calibrated": pl.Float64,  # of a suspected link, by reviewed pairs; null: too few of them
    "level_pattern": pl.String,  # one character a field, as in the evidence
    "evidence": pl.String,  # JSON: field -> {"left", "right", "level", "weight"}
    "conflict": pl.String,  # household_split, rival; null: at odds with no other row of the list
    "model_hash": pl.String,
    "reviewed_by": pl.String,
}

DECIDED_LINKS: Schema = {name: dtype for name, dtype in LINKS.items() if name != "evidence"}
"""The same without what is told of them, which is longer than all else (`evidence.Evidence`)."""

CANDIDATES: Schema = {
    "record_id": pl.String,
    "dataset": pl.String,
    "rank": pl.Int64,
    "person_id": pl.String,
    "household_id": pl.String,
    "probability": pl.Float64,
    "calibrated": pl.Float64,
    "method": pl.String,
    "evidence": pl.String,
}
"""For suspected and unmatched records, the best candidates."""

LINK_ESTIMATES: Schema = {
    "figure": pl.String,  # precision or recall of confirmed, suspected or all links
    "basis": pl.String,  # model: sum of its probabilities; review: what people found in samples
    "value": pl.Float64,
    "low": pl.Float64,  # of the interval; null for the model's own
    "high": pl.Float64,
    "pairs": pl.Int64,  # that the figure is about
    "reviewed": pl.Int64,  # pairs that people decided
}
"""How many of a round's links are right and how many are found, estimated without a truth."""

UNSETTLED: Schema = {
    "dataset": pl.String,
    "record_id": pl.String,
    "person_id": pl.String,
    "household_id": pl.String,
}
"""Records confirmed to nobody, and who might be behind each: a row a record and candidate."""

COVERAGE: Schema = {
    "county": pl.String,
    "round": pl.Date,
    "dataset": pl.String,
    "village_code": pl.String,  # null: the township as a whole; both null: the county
    "township_code": pl.String,
    "rows": pl.Int64,  # rows of the unit in the delivery used; null where a row has no village
    "rows_before": pl.Int64,  # the same in the department's last delivery before it
    "as_of": pl.Date,
    "delivery": pl.String,  # hash of the sheets used for the unit; null where there is none
    "newly_delivered": pl.Boolean,  # the delivery used was not used by the round before
    "state": pl.String,  # ok, missing, stale, thin, failed
    "reason": pl.String,  # Chinese
}
"""For each dataset and village: may absence from it be counted this round?"""

RULE_RESULT: Schema = {
    "person_id": pl.String,
    "household_id": pl.String,
    "village_code": pl.String,
    "part": pl.String,  # tells subjects of one person (household, village) apart; else null
    "state": pl.String,  # agree, disagree, not_found; the engine alone writes not_compared
    "left_record_id": pl.String,
    "right_record_id": pl.String,
    "left_value": pl.String,
    "right_value": pl.String,
    "explanation": pl.String,
    "why_not_compared": pl.String,  # the query's own reason (Chinese): written as not_compared
}
"""What a rule's query returns, one row a subject it concerns. Missing columns count as null."""

COMPARISONS: Schema = {
    "county": pl.String,
    "round": pl.Date,
    "rule_id": pl.String,
    "township_code": pl.String,
    "village_code": pl.String,
    "subjects": pl.Int64,
    "agree": pl.Int64,
    "disagree": pl.Int64,
    "not_found": pl.Int64,
    "not_compared": pl.Int64,
    "why_not_compared": pl.String,
}

DISCREPANCIES: Schema = {
    "county": pl.String,
    "round": pl.Date,
    "case_id": pl.String,
    "rule_id": pl.String,
    "kind": pl.String,  # the rule's title
    "direction": pl.String,  # under_coverage, over_coverage, data_quality, process
    "severity": pl.String,  # red, orange, yellow
    "state_compared": pl.String,  # disagree, not_found
    "household_id": pl.String,
    "person_id": pl.String,
    "village_code": pl.String,
    "village": pl.String,
    "township": pl.String,
    "township_code": pl.String,
    "left_department": pl.String,
    "left_dataset": pl.String,
    "left_value": pl.String,
    "left_as_of": pl.Date,
    "left_path": pl.String,
    "left_sheet": pl.String,
    "left_row_number": pl.Int64,
    "right_department": pl.String,
    "right_dataset": pl.String,
    "right_value": pl.String,
    "right_as_of": pl.Date,
    "right_path": pl.String,
    "right_sheet": pl.String,
    "right_row_number": pl.Int64,
    "explanation": pl.String,
    "likely_innocent_reasons": pl.String,
    "link_status": pl.String,
    "link_evidence": pl.String,  # Chinese, how the person was recognised
    "verify_with": pl.String,
    "value_hash": pl.String,  # changes when a value behind the discrepancy changes
    "first_seen": pl.Date,
    "rounds_seen": pl.Int64,
    "state": pl.String,  # new, open, reopened
}

SUBJECTS: Schema = {
    "county": pl.String,
    "round": pl.Date,
    "case_id": pl.String,
    "rule_id": pl.String,
    "state": pl.String,  # agree, disagree, not_found, not_compared
    "why": pl.String,  # where not_compared
    "household_id": pl.String,
    "person_id": pl.String,
    "village_code": pl.String,
    "township_code": pl.String,
}
"""Every subject of every rule and how it was found: what tells a closed case from one not compared.

Kept for all rounds for the case ids that were ever flagged; the rest need not be kept.
"""

RULE_RUNS: Schema = {
    "county": pl.String,
    "round": pl.Date,
    "rule_id": pl.String,
    "title": pl.String,
    "ran": pl.Boolean,
    "why_not_run": pl.String,  # Chinese
    "rule_hash": pl.String,  # over the rule's text and that of the concepts it reads
    "parameters_hash": pl.String,  # over the parameters it asks for
    "software": pl.String,
}
"""One row a rule and round, kept for all rounds: why counts changed."""

VILLAGE_STATUS: Schema = {
    "county": pl.String,
    "round": pl.Date,
    "village_code": pl.String,
    "village": pl.String,
    "township": pl.String,
    "township_code": pl.String,
    "residents": pl.Int64,
    "households": pl.Int64,
    "monitored_active": pl.Int64,
    "monitored_ever": pl.Int64,
    "expected_monitored": pl.Float64,
    "surprise": pl.Float64,  # probability of seeing none, given what is known of the village
    "blank": pl.Boolean,
    "zero_change": pl.Boolean,
    "deliveries_without_change": pl.Int64,
    "signature": pl.String,  # hash of the village's monitored rows, to see change by
    "compared": pl.Boolean,
    "why": pl.String,
}


CASES: Schema = {
    "county": pl.String,
    "round": pl.Date,  # the county's last round
    "case_id": pl.String,
    "rule_id": pl.String,
    "kind": pl.String,
    "direction": pl.String,
    "severity": pl.String,
    "household_id": pl.String,
    "person_id": pl.String,
    "village_code": pl.String,
    "township": pl.String,
    "township_code": pl.String,
    "state": pl.String,  # open, closed
    "compared": pl.String,  # the subject's state in the last round; null: no such subject
    "first_seen": pl.Date,
    "last_seen": pl.Date,
    "rounds_seen": pl.Int64,  # rounds flagged since it was last opened
    "opened": pl.Date,
    "issued": pl.Date,
    "answered": pl.Date,
    "verified": pl.Date,
    "closed": pl.Date,
    "reopened": pl.Date,
}

CASE_EVENTS: Schema = {
    "county": pl.String,
    "round": pl.Date,
    "case_id": pl.String,
    "event": pl.String,  # opened, reopened, closed, moved, changed
    "happened_on": pl.Date,
    "cause": pl.String,  # data, file, link, rule, parameter, software, move, first
    "explanation": pl.String,  # Chinese
    "path": pl.String,
    "sheet": pl.String,
    "row_number": pl.Int64,
}

CHANGES: Schema = {
    "county": pl.String,
    "round": pl.Date,
    "rule_id": pl.String,
    "township": pl.String,
    "township_code": pl.String,
    "unit": pl.String,  # 条, 户, 人
    "previous_open": pl.Int64,
    "new": pl.Int64,
    "reopened": pl.Int64,
    "closed": pl.Int64,
    "moved_in": pl.Int64,
    "moved_out": pl.Int64,
    "current_open": pl.Int64,
    "cause": pl.String,  # of most of the row's movements
    "explanation": pl.String,  # Chinese, to be read aloud
}
"""previous_open + new + reopened - closed + moved_in - moved_out = current_open, in every row."""


def empty(schema: Schema) -> pl.DataFrame:
    """Give a frame of `schema` with no rows."""
    return _empty(tuple(schema.items())).clone()


@lru_cache(maxsize=100)
def _empty(columns: tuple[tuple[str, pl.DataType | type[pl.DataType]], ...]) -> pl.DataFrame:
    """Make it once: it is asked for at every sheet and column."""
    return pl.DataFrame(schema=dict(columns))


Table = pl.DataFrame | pl.LazyFrame
"""A frame in memory, or one that lies in a file and is read when it is wanted."""


def columns_of(table: Table, columns: Iterable[str]) -> pl.DataFrame:
    """Give those of the columns that the table has, in memory."""
    has = set(table.collect_schema())
    return table.lazy().select([name for name in columns if name in has]).collect()


def conform(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Give `frame` with exactly the columns of `schema`: missing ones null, others dropped."""
    has = frame.schema
    if list(has.items()) == list(schema.items()):
        return frame
    other = [
        (pl.col(name) if name in has else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in schema.items()
        if name not in has or has[name] != dtype
    ]
    return (frame.with_columns(other) if other else frame)[list(schema)]


def light(frame: pl.DataFrame) -> pl.DataFrame:
    """Give `frame` with a column that says one thing in all rows as one value, not one for each."""
    return frame.with_columns(
        pl.lit(column.first(), column.dtype).alias(column.name)
        for column in frame
        if column.eq_missing(column.head(1)).all()
    )


_ROW_GROUP = 20_000
"""Rows of a Parquet file that are written, and later read, together."""


def write(frame: pl.DataFrame | pl.LazyFrame, path: str) -> None:
    """Write a frame as the store keeps it, in groups of so few rows that little waits in memory."""
    frame.lazy().sink_parquet(
        path, compression="zstd", compression_level=1, row_group_size=_ROW_GROUP
    )


def intake_schema(contract: Contract) -> Schema:
    """Give the columns of an intake records frame: lineage, extras, and text by contract column.

    A column of type id_number, certificate, account or phone has beside it ``<name>__number``
    (Boolean): the cell was a number in the workbook, so digits after the fifteenth are invented.
    """
    columns: dict[str, pl.DataType | type[pl.DataType]] = {**LINEAGE, **INTAKE_EXTRA}
    for column in contract.columns.values():
        columns[column.name] = pl.String
        if column.type.digits_matter:
            columns[f"{column.name}__number"] = pl.Boolean
    return columns


_TYPED: dict[ColumnType, pl.DataType | type[pl.DataType]] = {
    ColumnType.DATE: pl.Date,
    ColumnType.YEAR: pl.Int32,
    ColumnType.INTEGER: pl.Int64,
    ColumnType.AMOUNT: pl.Float64,
    ColumnType.NUMBER: pl.Float64,
    ColumnType.YES_NO: pl.Boolean,
    ColumnType.CODES: pl.List(pl.String),
}


def clean_schema(contract: Contract) -> Schema:
    """Give the columns of a clean frame: lineage, place, and each contract column typed.

    Beside a typed column ``c`` stand ``c_text`` (as it stood) and, by type: name ``c_key``
    (for comparison); id_number ``c_status`` and ``c_hint``; date ``c_precision`` (day, month,
    year).
    Every clean frame has ``township``, ``township_code``, ``village``, ``village_code``.
    """
    columns: dict[str, pl.DataType | type[pl.DataType]] = dict(LINEAGE)
    for column in contract.columns.values():
        columns[column.name] = _TYPED.get(column.type, pl.String)
        if column.type is ColumnType.TEXT:
            continue
        columns[f"{column.name}_text"] = pl.String
        if column.type is ColumnType.NAME:
            columns[f"{column.name}_key"] = pl.String
        elif column.type is ColumnType.ID_NUMBER:
            columns[f"{column.name}_status"] = pl.String
            columns[f"{column.name}_hint"] = pl.String
        elif column.type is ColumnType.DATE:
            columns[f"{column.name}_precision"] = pl.String
    for name in ("township", "township_code", "village", "village_code"):
        columns.setdefault(name, pl.String)
    return columns


LINKED_EXTRA: Schema = {
    "link_person": pl.String,
    "link_household": pl.String,
    "link_former": pl.String,  # a person of FORMER_PERSONS; link_person is null then
    "link_status": pl.String,  # confirmed, suspected, unmatched; null: village, township grain
}
"""What the dataset's table gains once its links are joined: the form rules and analysts query."""
