"""The published schema: names that need no quoting, Chinese words for everything."""

import re

import duckdb
import polars as pl
import pytest

from pipelines import frames
from pipelines.contracts import Contracts, Privacy
from pipelines.home import Home
from pipelines.warehouse.database import open_published
from pipelines.warehouse.schema import require_plain_names
from pipelines.warehouse.tables import DictionaryError, Rounds, published_tables

pytestmark = pytest.mark.unit

CONTRACT_SECTION_4 = {
    "runs": "run_id county round started_at finished_at version contracts_hash rules_hash "
    "parameters_hash inputs_hash",
    "source_files": "file_id path sheet dataset as_of as_of_source age_days used rows_read "
    "rows_accepted rows_set_aside rows_not_data status message",
    "deliveries": "dataset scope due arrived as_of days_late state",
    "quarantine": "file_id path sheet row_number dataset column_name scope reason_code reason "
    "raw_value raw_row",
    "households": "household_id",
    "persons": "person_id household_id",
    "villages": "village_code",
    "raw_rows": "record_id raw_row",
    "links": "record_id dataset path sheet row_number person_id household_id status method "
    "probability evidence reviewed_by",
    "link_candidates": "record_id person_id probability",
    "comparisons": "rule_id village_code subjects agree disagree not_found not_compared "
    "why_not_compared",
    "discrepancies": "case_id rule_id kind direction severity household_id person_id village_code "
    "township left_department left_value left_as_of left_path left_sheet left_row_number "
    "right_department right_value right_as_of right_path right_sheet right_row_number explanation "
    "likely_innocent_reasons link_status verify_with first_seen rounds_seen state",
    "village_status": "village_code township residents households monitored_active monitored_ever "
    "expected_monitored surprise blank zero_change deliveries_without_change compared why",
    "changes": "rule_id township unit previous_open new reopened closed moved_in moved_out "
    "current_open cause explanation",
    "cases": "case_id state opened issued answered verified closed reopened",
    "case_events": "case_id path row_number",
    "rules": "rule_id source_text",
    "parameters": "key value source_text valid_from valid_to",
    "codes": "code_of code meaning",
    "columns": "table_name column_name title data_type unit privacy source",
}
ALL_ROUNDS = (
    "runs source_files deliveries comparisons discrepancies village_status changes cases "
    "case_events"
)


def test_tables_of_the_outward_contract(contracts: Contracts) -> None:
    tables = published_tables(contracts)
    for name, columns in CONTRACT_SECTION_4.items():
        assert set(columns.split()) <= set(tables[name].schema), name
    for name in ALL_ROUNDS.split():
        assert tables[name].rounds in {Rounds.ALL, Rounds.LEDGER}
    for contract in contracts.values():
        columns = set(tables[contract.table].schema)
        assert {"record_id", "file_id", "path", "sheet", "row_number"} <= columns
        assert set(contract.columns) | set(frames.clean_schema(contract)) <= columns
        assert tables[contract.table].rounds is Rounds.LATEST
    for table in tables.values():
        assert "county" in table.schema
        assert "round" in table.schema or table.rounds is Rounds.NONE


def test_every_column_can_be_written_without_quotation_marks(contracts: Contracts) -> None:
    connection = duckdb.connect()
    for table in published_tables(contracts).values():
        columns = ", ".join(f"{column.name} {column.sql_type}" for column in table.columns)
        connection.execute(f"CREATE TABLE {table.name} ({columns})")
        names = ", ".join(table.schema)
        known = " AND ".join(f"{name} IS NOT NULL" for name in table.schema)
        connection.execute(
            f"SELECT {names} FROM {table.name} AS t WHERE {known} GROUP BY {names} ORDER BY {names}"
        )
        for name in table.schema:
            connection.execute(f"SELECT max({name}) FROM {table.name} AS t WHERE t.{name} IS NULL")


def test_a_reserved_word_stops_the_build(few: Contracts) -> None:
    contract = few["insurance.coverage"]
    column = contract.columns["scheme"].model_copy(update={"name": "group"})
    wrong = contract.model_copy(update={"columns": {**contract.columns, "group": column}})
    tables = published_tables(Contracts([wrong]))
    with pytest.raises(DictionaryError, match="group"):
        require_plain_names(duckdb.connect(), tables.values())


def test_what_cannot_be_explained_stops_the_build(few: Contracts) -> None:
    contract = few["insurance.coverage"]
    column = contract.columns["scheme"].model_copy(update={"title": "scheme", "codes": None})
    wrong = contract.model_copy(update={"columns": {**contract.columns, "scheme": column}})
    with pytest.raises(DictionaryError, match=r"insurance_coverage\.scheme"):
        published_tables(Contracts([wrong]))


def test_a_column_named_like_a_system_column_stops_the_build(few: Contracts) -> None:
    contract = few["insurance.coverage"]
    wrong = contract.model_copy(
        update={"columns": {**contract.columns, "round": contract.columns["scheme"]}}
    )
    with pytest.raises(DictionaryError, match="round"):
        published_tables(Contracts([wrong]))


def test_comments_and_dictionary_in_the_file(published: Home, contracts: Contracts) -> None:
    with open_published(published) as connection:
        comments = connection.execute(
            "SELECT table_name, comment FROM duckdb_tables()"
            " UNION ALL SELECT table_name || '.' || column_name, comment FROM duckdb_columns()"
            " WHERE NOT internal"
        ).fetchall()
        described = connection.execute(
            "SELECT table_name || '.' || column_name, description FROM columns"
        ).fetchall()
    assert len(comments) > 1000
    assert [name for name, comment in comments if not re.search("[一-鿿]", comment or "")] == []
    by_column = {name: comment for name, comment in comments if "." in name}
    assert by_column == dict(described)


def test_companions_say_what_they_hold(contracts: Contracts) -> None:
    columns = {c.name: c for c in published_tables(contracts)["insurance_claims"].columns}
    assert columns["id_number_text"].comment == "身份证号原文：表格中原样的文字"
    assert columns["id_number_hint"].field.privacy is Privacy.IDENTIFIER
    assert columns["id_number_status"].field.privacy is Privacy.INTERNAL
    assert columns["total"].comment == (
        "医疗总费用（单位：元）：已按表头单位换算成元，认不出时为空，原文见 _text 列"
    )
    assert columns["total"].dtype == pl.Float64
