"""What the lists are made of: one county's round, read from the published DuckDB file.

Lists are written from what was published, so that a list never says what an analyst cannot find;
the records of an earlier round come from the store (`earlier`). The file is opened read-only and
closed before the first workbook is written.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import duckdb
import polars as pl

from pipelines import frames
from pipelines.contracts import Contract, Contracts, Privacy
from pipelines.frames import Schema
from pipelines.home import Home
from pipelines.lists.earlier import take_records_from_store
from pipelines.warehouse.database import open_published
from pipelines.warehouse.tables import PARAMETERS, RULES

RECORDS: Schema = {
    "path": pl.String,
    "sheet": pl.String,
    "row_number": pl.Int64,
    "record_id": pl.String,
    "dataset": pl.String,
    "record_name": pl.String,
    "record_id_number": pl.String,
    "record_village": pl.String,
    "record_text": pl.String,  # the row in full, "标题：值；…", account numbers cut to four digits
    "record_closed": pl.List(pl.String),  # the row's values that no other department may see
}
"""The departments' own rows behind discrepancies and unsettled links."""

SUSPECTED: Schema = {
    "record_id": pl.String,
    "dataset": pl.String,
    "path": pl.String,
    "sheet": pl.String,
    "row_number": pl.Int64,
    "person_id": pl.String,
    "household_id": pl.String,
    "probability": pl.Float64,
    "evidence": pl.String,  # "姓名同音（王秀英 / 王秀瑛）；同村；…"
    "evidence_states": pl.String,  # "姓名同音；同村；…", for those who may not see values
    "candidates": pl.Int64,
}

# Of a county of a million people only what lists show is read.
_PERSONS: Schema = {
    name: frames.PERSONS[name]
    for name in (
        *("person_id", "household_id", "name", "id_number", "relation"),
        *("group_name", "township", "village"),
    )
}
_HOUSEHOLDS: Schema = {
    name: frames.HOUSEHOLDS[name]
    for name in ("household_id", "head_person_id", "head_name", "township", "village")
}

SLIPS: Schema = {**frames.SLIPS, **frames.SOURCE_ERRORS}
"""A round's slips, each with the error as it was last found."""

EARLIER_ROUNDS = 2
"""Rounds before this one that are read: the last one, and the one before it for what it closed."""


class RoundNotPublishedError(LookupError):
    """The round is not in the published file; the message says what to do."""


@dataclass(frozen=True)
class Published:
    """One county's round as published, and what of the rounds before it the lists show."""

    county: str
    round_: dt.date
    rounds: tuple[dt.date, ...]
    """This round and up to two before it, newest first."""
    is_latest: bool
    """Whether it is the county's latest round, of which the published file has the records."""
    has_records: bool
    """Whether persons, links and datasets are of this round: published, or found in the store."""
    run_id: str
    version: str
    discrepancies: pl.DataFrame
    """Of all `rounds`; columns of `frames.DISCREPANCIES`."""
    comparisons: pl.DataFrame
    changes: pl.DataFrame
    village_status: pl.DataFrame
    deliveries: pl.DataFrame
    coverage: pl.DataFrame
    rules: pl.DataFrame
    parameters: pl.DataFrame
    persons: pl.DataFrame
    households: pl.DataFrame
    villages: pl.DataFrame
    records: pl.DataFrame
    suspected: pl.DataFrame
    slips: pl.DataFrame
    """Columns of `SLIPS`."""

    def of_round(self, frame: pl.DataFrame, back: int = 0) -> pl.DataFrame:
        """Give the rows of `frame` of this round (`back` 0), the last (1) or the one before (2)."""
        if back >= len(self.rounds):
            return frame.clear()
        return frame.filter(pl.col("round") == self.rounds[back])

    def with_rules(self, rules: pl.DataFrame) -> "Published":
        """Give the same with another rule register (the lists add the group of reason codes)."""
        return replace(self, rules=rules)


def read_published(home: Home, county: str, round_: dt.date, contracts: Contracts) -> Published:
    """Read `round_` of `county` from the published file.

    Raises:
        NotPublishedError: Nothing has been published under this home.
        RoundNotPublishedError: This round has not.
    """
    with open_published(home) as connection:
        rounds = _Reader(connection, county).rounds()
        if round_ not in rounds:
            raise RoundNotPublishedError(
                f"{county} 的 {round_} 期尚未发布；已发布的期："
                f"{'、'.join(str(r) for r in rounds) or '无'}。请先运行 "
                f"bidui run --county {county} --round {round_}"
            )
        chosen = tuple(sorted((r for r in rounds if r <= round_), reverse=True))
        has_records = round_ == max(rounds) or take_records_from_store(
            connection, home, county, round_, contracts
        )
        return _Reader(connection, county).published(
            round_,
            chosen[: EARLIER_ROUNDS + 1],
            contracts,
            is_latest=round_ == max(rounds),
            has_records=has_records,
        )


class _Reader:
    """Queries on the published file, each limited to one county."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, county: str) -> None:
        self.connection = connection
        self.county = county
        described = connection.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
        ).fetchall()
        self.types: dict[str, dict[str, str]] = {}
        for table, column, data_type in described:
            self.types.setdefault(table, {})[column] = data_type

    def rounds(self) -> list[dt.date]:
        if "runs" not in self.types:
            return []
        rows = self.connection.execute(
            "SELECT DISTINCT round FROM runs WHERE county = ? ORDER BY round", [self.county]
        ).fetchall()
        return [row[0] for row in rows]

    def table(
        self, name: str, schema: Schema, rounds: Iterable[dt.date] | None = None
    ) -> pl.DataFrame:
        """Give a table's columns of `schema`; SQL lists become text joined with 、."""
        types = self.types.get(name)
        if types is None:
            return frames.empty(schema)
        columns = [
            f"array_to_string({c}, '、') AS {c}"
            if types[c].endswith("[]") and dtype == pl.String
            else c
            for c, dtype in schema.items()
            if c in types
        ]
        where, values = self._where(types, rounds)
        frame = self.connection.execute(
            f"SELECT {', '.join(columns)} FROM {name}{where}",  # noqa: S608 - names from the schema
            values,
        ).pl()
        return frames.conform(frame, schema)

    def _where(
        self, types: Mapping[str, str], rounds: Iterable[dt.date] | None
    ) -> tuple[str, list[object]]:
        conditions: list[str] = []
        values: list[object] = []
        if "county" in types:
            conditions.append("county = ?")
            values.append(self.county)
        if rounds is not None and "round" in types:
            conditions.append("list_contains(?, round)")
            values.append(list(rounds))
        return (" WHERE " + " AND ".join(conditions) if conditions else ""), values

    def published(
        self,
        round_: dt.date,
        rounds: tuple[dt.date, ...],
        contracts: Contracts,
        *,
        is_latest: bool,
        has_records: bool,
    ) -> Published:
        run_id, version = self._run(round_)
        return Published(
            county=self.county,
            round_=round_,
            rounds=rounds,
            is_latest=is_latest,
            has_records=has_records,
            run_id=run_id,
            version=version,
            discrepancies=self.table("discrepancies", frames.DISCREPANCIES, rounds),
            comparisons=self.table("comparisons", frames.COMPARISONS, rounds),
            changes=self.table("changes", frames.CHANGES, rounds),
            village_status=self.table("village_status", frames.VILLAGE_STATUS, [round_]),
            deliveries=self.table("deliveries", frames.DELIVERIES, [round_]),
            coverage=self.table("coverage", frames.COVERAGE, [round_]),
            rules=self.table("rules", RULES, [round_]).sort("rule_id"),
            parameters=self.table("parameters", PARAMETERS, [round_]).sort("key"),
            persons=self._people(),
            households=self.table("households", _HOUSEHOLDS),
            villages=self.table("villages", frames.VILLAGES),
            records=self._records(rounds[0], contracts, links=has_records),
            suspected=self._suspected(contracts) if has_records else frames.empty(SUSPECTED),
            slips=self._slips(round_),
        )

    def _slips(self, round_: dt.date) -> pl.DataFrame:
        if not {"slips", "source_errors"} <= self.types.keys():  # published by an older version
            return frames.empty(SLIPS)
        frame = self.connection.execute(
            "SELECT s.*, e.* EXCLUDE (county, round, slip_id, dataset) FROM slips AS s"
            " JOIN source_errors AS e ON e.county = s.county AND e.round = s.last_seen"
            " AND e.slip_id = s.slip_id WHERE s.county = ? AND s.round = ?",
            [self.county, round_],
        ).pl()
        return frames.conform(frame, SLIPS).unique("slip_id", keep="any").sort("slip_id")

    def _people(self) -> pl.DataFrame:
        """Persons of the roster, and those of earlier rosters whom a discrepancy may be about."""
        former = self.table("former_persons", frames.FORMER_PERSONS).rename({"name_key": "name"})
        return pl.concat([self.table("persons", _PERSONS), frames.conform(former, _PERSONS)])

    def _run(self, round_: dt.date) -> tuple[str, str]:
        types = self.types["runs"]
        version = "version" if "version" in types else "NULL"
        order = "finished_at" if "finished_at" in types else "run_id"
        row = self.connection.execute(
            f"SELECT run_id, {version} FROM runs WHERE county = ? AND round = ? "  # noqa: S608
            f"ORDER BY {order} DESC LIMIT 1",
            [self.county, round_],
        ).fetchone()
        if row is None:  # between two reads the file cannot change: it is replaced, not edited
            raise RoundNotPublishedError(f"{self.county} 的 {round_} 期没有运行记录")
        return str(row[0]), str(row[1] or "")

    def _records(self, round_: dt.date, contracts: Contracts, *, links: bool) -> pl.DataFrame:
        """Rows that a discrepancy of the round or a suspected link points to, of every dataset."""
        sides = [
            f"SELECT {side}_path AS path, {side}_sheet AS sheet, {side}_row_number AS row_number "  # noqa: S608
            f"FROM discrepancies WHERE county = $county AND round = $round"
            for side in ("left", "right")
        ]
        if links:
            sides.append(
                "SELECT path, sheet, row_number FROM links "
                "WHERE status = 'suspected' AND county = $county"
            )
        places = " UNION ALL ".join(sides)
        self.connection.execute(
            f"CREATE TEMP TABLE wanted AS SELECT DISTINCT * FROM ({places}) "  # noqa: S608
            "WHERE path IS NOT NULL",
            {"county": self.county, "round": round_},
        )
        found = [
            self._records_of(contract)
            for contract in contracts.values()
            if contract.table in self.types
        ]
        frame = pl.concat(found) if found else frames.empty(RECORDS)
        return frame.unique(["path", "sheet", "row_number"], keep="first", maintain_order=True)

    def _records_of(self, contract: Contract) -> pl.DataFrame:
        types = self.types[contract.table]
        frame = self.connection.execute(
            f"SELECT d.* FROM {contract.table} d SEMI JOIN wanted w "  # noqa: S608
            "ON d.path = w.path AND d.sheet IS NOT DISTINCT FROM w.sheet "
            "AND d.row_number = w.row_number WHERE d.county = ?",
            [self.county],
        ).pl()
        return frames.conform(frame.with_columns(_record_columns(contract, types)), RECORDS)

    def _suspected(self, contracts: Contracts) -> pl.DataFrame:
        titles = {
            c.name: c.title for contract in contracts.values() for c in contract.columns.values()
        }
        named = pl.DataFrame(
            {
                "field": list(_FIELD_TITLES | titles),
                "title": list((_FIELD_TITLES | titles).values()),
            }
        )
        self.connection.register("field_titles", named.to_arrow())
        # A file published by an older version knows no calibrated probabilities.
        calibrated = "calibrated" if "calibrated" in self.types["links"] else "NULL"
        query = _SUSPECTED.replace("{calibrated}", calibrated)
        frame = self.connection.execute(query, [self.county, self.county]).pl()
        return frames.conform(frame, SUSPECTED)


_FIELD_TITLES = {
    "head": "户主",
    "household": "户内成员",
    "guardian": "监护人",
    "birth": "出生日期",
    "birth_date": "出生日期",
    "id": "证件号",
    "id_number": "证件号",
    "members": "户内成员",
    "family": "户主或监护人",
    "mates": "同户其他人",
    "frequency": "姓名常见程度",
}
"""Evidence fields of linkage that no contract column is named after."""

# What linkage says of a level is told in its words; values stand behind it where they differ and a
# person can read them (a village is a code there, a household mate a number).
_SUSPECTED = """
WITH chosen AS (
    SELECT record_id, dataset, path, sheet, row_number, person_id, household_id,
           coalesce({calibrated}, probability) AS probability,
           CASE WHEN json_valid(evidence) AND json_type(evidence) = 'OBJECT' THEN evidence END AS e
    FROM links WHERE status = 'suspected' AND county = ?
),
fields AS (
    SELECT record_id, unnest(json_keys(e)) AS field, e FROM chosen WHERE e IS NOT NULL
),
sides AS (
    SELECT record_id, coalesce(title, field) AS title, field IN ('village', 'mates') AS coded,
           json_extract_string(e, '$."' || field || '".left') AS ours,
           json_extract_string(e, '$."' || field || '".right') AS theirs,
           json_extract_string(e, '$."' || field || '".says') AS says,
           coalesce(TRY_CAST(json_extract(e, '$."' || field || '".weight') AS DOUBLE), 0) AS weight
    FROM fields LEFT JOIN field_titles USING (field)
),
told AS (
    SELECT *, coalesce(ours = theirs, false) AS same,
           coalesce(ours, '空') || ' / ' || coalesce(theirs, '空') AS pair
    FROM sides WHERE ours IS NOT NULL OR theirs IS NOT NULL
),
said AS (
    SELECT record_id,
           string_agg(coalesce(says || if(coded OR same, '', '（' || pair || '）'),
                      title || '：' || CASE WHEN same THEN ours || '（一致）' ELSE pair END),
                      '；' ORDER BY weight DESC, title) AS evidence,
           string_agg(coalesce(says, title || ' ' || CASE WHEN same THEN '一致'
                      WHEN ours IS NULL OR theirs IS NULL THEN '缺' ELSE '不一致' END),
                      '；' ORDER BY weight DESC, title) AS evidence_states
    FROM told GROUP BY record_id
)
SELECT chosen.* EXCLUDE (e), evidence, evidence_states, coalesce(c.candidates, 0) AS candidates
FROM chosen LEFT JOIN said USING (record_id) LEFT JOIN (
    SELECT record_id, count(*) AS candidates
    FROM link_candidates WHERE county = ? GROUP BY record_id
) c USING (record_id)
ORDER BY record_id
"""


def _record_columns(contract: Contract, types: Mapping[str, str]) -> list[pl.Expr]:
    """Name, number, village and the whole row as text, as the department wrote it where kept."""

    def first(*names: str) -> pl.Expr:
        present = [_as_written(n, types) for n in names if n in types and n in contract.columns]
        return pl.coalesce(present) if present else pl.lit(None, pl.String)

    village = [_as_written("village", types)] if "village" in types else []
    said = [
        pl.lit(f"{column.title}：") + _shown(column.name, column.type.value, types)
        for column in contract.columns.values()
        if column.name in types
    ]
    closed = [
        expression
        for column in contract.columns.values()
        if column.privacy is Privacy.SENSITIVE and column.name in types
        for expression in (
            _as_written(column.name, types),
            _as_text(column.name, types),
        )
    ]
    return [
        pl.lit(contract.dataset).alias("dataset"),
        first("name", "head_name").alias("record_name"),
        first("id_number", "head_id_number").alias("record_id_number"),
        (pl.coalesce(village) if village else pl.lit(None, pl.String)).alias("record_village"),
        pl.concat_str(said, separator="；", ignore_nulls=True).alias("record_text"),
        (pl.concat_list(closed) if closed else pl.lit([], pl.List(pl.String))).alias(
            "record_closed"
        ),
    ]


def _as_text(name: str, types: Mapping[str, str]) -> pl.Expr:
    if types[name].endswith("[]"):
        return pl.col(name).list.join("、")
    return pl.col(name).cast(pl.String, strict=False)


def _as_written(name: str, types: Mapping[str, str]) -> pl.Expr:
    text = f"{name}_text"
    typed = _as_text(name, types)
    return pl.coalesce(pl.col(text), typed) if text in types else typed


def _shown(name: str, kind: str, types: Mapping[str, str]) -> pl.Expr:
    written = _as_written(name, types)
    if kind == "account":
        return pl.lit("****") + written.str.slice(-4)
    return written
