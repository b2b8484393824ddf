"""Publish one county's round: write aside, fold, audit, swap in.

Everything happens in a copy of the published file, under the lock. Until the last step, the rename,
nothing that readers can see has changed; whatever fails or is killed before it leaves the file of
the round before. The fold over all rounds runs under the same lock, since another round of the
county may have been published since this run began.
"""

# Every name put into SQL here is one of the declared tables and columns, checked to be plain.
# ruff: noqa: S608

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import polars as pl

from pipelines.contracts import Contracts
from pipelines.files import FILE_MODE
from pipelines.frames import write
from pipelines.home import Home
from pipelines.warehouse.audit import Audited, audit
from pipelines.warehouse.codes import codes_frame
from pipelines.warehouse.database import (
    PublishError,
    copy_aside,
    publishing_lock,
    remove_leftovers,
    swap_in,
)
from pipelines.warehouse.schema import bring_to_schema, comment_on
from pipelines.warehouse.tables import (
    COUNTY_ROUND,
    Rounds,
    Table,
    dictionary_frame,
    given_by_stages,
    published_tables,
)

Frames = Mapping[str, pl.DataFrame]
Handed = Mapping[str, pl.DataFrame | pl.LazyFrame]
"""Tables by name, at hand or to be read: a county's lists together are larger than its memory."""

Fold = Callable[[str, Frames], Frames]
"""From a county's code and all its rounds' tables to its ledger.

Given: the tables `FOLDED`, the county's rows of all rounds. Gives: `discrepancies` (the same rows
with `first_seen`, `rounds_seen` and `state`), `cases`, `case_events`, `changes`, `slips`. Pure, so
that publishing again gives the same.
"""

FOLDED = (
    *("runs", "rule_runs", "comparisons", "coverage", "subjects", "discrepancies"),
    *("source_errors", "source_files", "deliveries"),
)
"""What a ledger is made of."""


@dataclass(frozen=True)
class Run:
    """The record of one run, as it stands in `runs`."""

    run_id: str
    started_at: dt.datetime
    version: str
    contracts_hash: str
    rules_hash: str
    parameters_hash: str
    inputs_hash: str
    finished_at: dt.datetime | None = None
    """Null: the moment of publishing."""


@dataclass(frozen=True)
class Published:
    """What was published."""

    path: Path
    """The file readers open now."""
    rows: dict[str, int]
    """Rows of the county in each table."""
    is_latest: bool
    """Whether the round is the county's latest, so that record-level tables are of it."""
    notes: list[str] = field(default_factory=list)
    """Chinese sentences on what the publisher should know."""


def publish(
    home: Home,
    county: str,
    round_: dt.date,
    tables: Handed,
    contracts: Contracts,
    fold: Fold,
    run: Run,
) -> Published:
    """Replace the county's part of the published file by this round's tables, or change nothing.

    Args:
        home: Whose warehouse.
        county: Six-digit division code.
        round_: The round. Where the county has a later one, record-level tables stay as they are.
        tables: One frame for every table of `tables.given_by_stages`; `county` and `round` are
            added where a frame has not got them. Columns of the ledger that only the fold knows
            (`first_seen`, `rounds_seen`, `state`) may be null. What is to be read is read and
            written some rows at a time.
        contracts: All contracts; each has its table.
        fold: Makes the county's ledger from all its rounds.
        run: The run's own record.

    Raises:
        PublishError: The lock was not to be had, or the tables are not those declared.
        AuditError: The finished file contradicts itself; the published one is unchanged.
        DictionaryError: A table or column cannot be explained or named.
    """
    declared = published_tables(contracts)
    frames = {
        name: prepared(table, tables, county, round_)
        for name, table in given_by_stages(declared).items()
    }
    if unknown := sorted(tables.keys() - frames.keys()):
        raise PublishError(f"没有声明的表不能发布：{'、'.join(unknown)}")
    frames["runs"] = _run_frame(declared["runs"], county, round_, run).lazy()
    with publishing_lock(home):
        remove_leftovers(home)
        work = copy_aside(home)
        try:
            with duckdb.connect(str(work)) as connection:
                _set_up(connection, sum(map(_height, frames.values())))
                incoming = work.with_name(work.name + ".parquet")
                writer = _Writer(connection, declared, county, round_, incoming)
                written = writer.write(frames, fold, codes_frame(contracts))
                audit(
                    Audited(
                        connection,
                        declared,
                        county,
                        round_,
                        frames=written.frames,
                        rows=written.handed,
                        is_latest=written.is_latest,
                    )
                )
                connection.execute("CHECKPOINT")
            path = swap_in(home, work, run.run_id)
        finally:
            for left in (work, *(work.with_name(work.name + end) for end in (".wal", ".parquet"))):
                left.unlink(missing_ok=True)
    return Published(path, written.rows, written.is_latest, written.notes)


_WITHOUT_LOG = {"wal_autocheckpoint": "1KB", "auto_checkpoint_skip_wal_threshold": "0"}
"""Write tables straight to the file: a copy that is thrown away when interrupted needs no log."""


_ONE_THREAD_UP_TO = 500_000
"""Rows up to which a second thread only waits: measured, it doubles the processor time."""


_MEMORY = "512MB"
"""What the copy may hold of its pages; the rest goes to disk beside it until it is committed."""


def _set_up(connection: duckdb.DuckDBPyConnection, rows: int) -> None:
    """Set what makes writing quick and small."""
    connection.execute(f"SET memory_limit = '{_MEMORY}'")
    for setting, value in _WITHOUT_LOG.items():
        connection.execute(f"SET {setting} = '{value}'")
    if rows <= _ONE_THREAD_UP_TO:
        connection.execute("SET threads = 1")


def _height(frame: pl.LazyFrame) -> int:
    return int(frame.select(pl.len()).collect().item())


def prepared(table: Table, tables: Handed, county: str, round_: dt.date) -> pl.LazyFrame:
    """Give the frame of `table` with exactly its declared columns, county and round filled in.

    Raises:
        PublishError: The frame is not there, lacks columns, has others, or is of another county
            or round.
    """
    if table.name not in tables:
        raise PublishError(f"缺少表 {table.name}（{table.title}）；没有数据时也要给空表")
    frame = tables[table.name].lazy()
    there = frame.collect_schema()
    own = [name for name in table.schema if name not in COUNTY_ROUND]
    missing = [name for name in own if name not in there]
    extra = [name for name in there if name not in table.schema]
    if missing or extra:
        raise PublishError(
            f"表 {table.name} 的列与声明不符：缺少 {'、'.join(missing) or '无'}；"
            f"多出 {'、'.join(extra) or '无'}；声明的列为 {'、'.join(own)}"
        )
    place = {"county": pl.lit(county), "round": pl.lit(round_)}
    for name, value in place.items():
        if name in there and _height(frame.filter(pl.col(name).ne_missing(value))):
            raise PublishError(f"表 {table.name} 中有不属于 {county} {round_} 期的行（列 {name}）")
    return frame.with_columns(**place).select(
        pl.col(name).cast(dtype) for name, dtype in table.schema.items()
    )


def _run_frame(table: Table, county: str, round_: dt.date, run: Run) -> pl.DataFrame:
    finished = run.finished_at or dt.datetime.now(tz=run.started_at.tzinfo)
    values = {**vars(run), "finished_at": finished, "county": county, "round": round_}
    plain = {
        k: v.replace(tzinfo=None) if isinstance(v, dt.datetime) else v for k, v in values.items()
    }
    return pl.DataFrame([plain], schema=table.schema)


@dataclass(frozen=True)
class _Written:
    frames: Frames
    """Record-level tables of an older round: what would have been written."""
    handed: dict[str, int]
    """Rows that were handed over to be written, by table."""
    rows: dict[str, int]
    is_latest: bool
    notes: list[str]


class _Writer:
    """Writes one county's round into a database that nobody else has open."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        declared: Mapping[str, Table],
        county: str,
        round_: dt.date,
        incoming: Path,
    ) -> None:
        self.connection = connection
        self.incoming = incoming
        """Where a table waits to be read into the database."""
        self.declared = declared
        self.county = county
        self.round = round_
        self.handed: dict[str, int] = {}

    def write(
        self, frames: Mapping[str, pl.LazyFrame], fold: Fold, codes: pl.DataFrame
    ) -> _Written:
        """Write everything in one transaction and give what is there now."""
        self.connection.execute("BEGIN TRANSACTION")
        notes = bring_to_schema(self.connection, self.declared, self.county)
        is_latest = self._is_latest()
        frames = {**frames, "subjects": self._ever_flagged(frames)}
        self._keep_known(frames["identities"])
        left = {}
        for name, frame in frames.items():
            if self.declared[name].rounds is Rounds.ALL:
                self.handed[name] = self._replace(name, frame, of_round=True)
            elif is_latest:
                self.handed[name] = self._replace(name, frame)
            else:
                left[name] = frame.collect()
        self._fold(fold)
        self._write_dictionary(codes)
        comment_on(self.connection, self.declared.values())
        self.connection.execute("COMMIT")
        if not is_latest:
            notes.append(
                f"{self.county} 已有比 {self.round} 更新的一期：逐条记录的表保持最新一期不变"
            )
        return _Written(left, self.handed, self._rows(), is_latest, notes)

    def _ever_flagged(self, frames: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
        """Give the subjects that were a discrepancy in any round; the rest would fill the file."""
        flagged = self.connection.execute(
            "SELECT DISTINCT case_id FROM discrepancies WHERE county = ?", [self.county]
        ).pl()
        ids = pl.concat([flagged.lazy(), frames["discrepancies"].select("case_id")]).unique()
        return frames["subjects"].join(ids, on="case_id", how="semi", maintain_order="left")

    def _keep_known(self, identities: pl.LazyFrame) -> None:
        """Leave the later rounds what they know the people of their cases by.

        An older round that is run again on other files may make other ids. The lines of the
        register that it no longer gives then stand with the round after it, unless no later round
        has a case of the person.
        """
        (after,) = self.connection.execute(
            "SELECT min(round) FROM runs WHERE county = ? AND round > ?", [self.county, self.round]
        ).fetchone() or (None,)
        if after is None:
            return
        known = identities.collect()
        facts = ", ".join(name for name in known.columns if name not in COUNTY_ROUND)
        self.connection.register("incoming", known)
        self.connection.execute(
            f"""INSERT INTO identities BY NAME SELECT $county AS county, $after AS round, * FROM (
                SELECT {facts} FROM identities WHERE county = $county AND round = $round
                AND person_id IN
                (SELECT person_id FROM subjects WHERE county = $county AND round > $round)
                EXCEPT SELECT {facts} FROM incoming
                EXCEPT SELECT {facts} FROM identities WHERE county = $county AND round = $after)""",
            {"county": self.county, "round": self.round, "after": after},
        )
        self.connection.unregister("incoming")

    def _is_latest(self) -> bool:
        (newest,) = self.connection.execute(
            "SELECT max(round) FROM runs WHERE county = ?", [self.county]
        ).fetchone() or (None,)
        return newest is None or self.round >= newest

    def _replace(self, name: str, frame: pl.LazyFrame, *, of_round: bool = False) -> int:
        """Put `frame` in place of the county's rows, or of its rows of this round; give how many.

        Raises:
            PublishError: Its values are not of the declared types.
        """
        where = "county = ? AND (round = ? OR ?)"
        values = [self.county, self.round, not of_round]
        self.connection.execute(f"DELETE FROM {name} WHERE {where}", values)
        return self._insert(name, frame)

    def _insert(self, name: str, frame: pl.LazyFrame) -> int:
        # By way of a file: both sides then hold only some rows at a time.
        self.incoming.touch(FILE_MODE)
        try:
            write(frame, str(self.incoming))
        except pl.exceptions.PolarsError as error:
            raise PublishError(f"表 {name} 的列类型与声明不符：{error}") from error
        try:
            self.connection.execute(
                f"INSERT INTO {name} BY NAME SELECT * FROM read_parquet(?)", [str(self.incoming)]
            )
            return _height(pl.scan_parquet(self.incoming))
        finally:
            self.incoming.unlink()

    def _fold(self, fold: Fold) -> None:
        """Make the ledger anew from all rounds of the county, this one among them."""
        rounds = {
            name: self.connection.execute(
                f"SELECT * FROM {name} WHERE county = ? ORDER BY ALL",
                [self.county],
            ).pl()
            for name in FOLDED
        }
        ledger = fold(self.county, rounds)
        expected = {"discrepancies", *self._ledger_tables()}
        if set(ledger) != expected:
            raise PublishError(
                f"台账应给出 {'、'.join(sorted(expected))}，实为 {'、'.join(ledger)}"
            )
        if ledger["discrepancies"].height != rounds["discrepancies"].height:
            raise PublishError("台账改变了疑点的条数；疑点只能由比对产生")
        for name, frame in ledger.items():
            self._replace(name, _of_county(self.declared[name], frame, self.county).lazy())

    def _ledger_tables(self) -> list[str]:
        return [n for n, table in self.declared.items() if table.rounds is Rounds.LEDGER]

    def _write_dictionary(self, codes: pl.DataFrame) -> None:
        """Write `columns` and `codes`; what is said of a table kept for other counties stays."""
        names = list(self.declared)
        self.connection.execute(
            "DELETE FROM columns WHERE list_contains(?, table_name) OR table_name NOT IN"
            " (SELECT table_name FROM duckdb_tables())",
            [names],
        )
        self._insert("columns", dictionary_frame(self.declared.values()).lazy())
        self.connection.execute("DELETE FROM codes")
        self._insert("codes", codes.lazy())

    def _rows(self) -> dict[str, int]:
        counts = {}
        for name, table in self.declared.items():
            if table.rounds is not Rounds.NONE:
                (counts[name],) = self.connection.execute(
                    f"SELECT count(*) FROM {name} WHERE county = ?",
                    [self.county],
                ).fetchone() or (0,)
        return counts


def _of_county(table: Table, frame: pl.DataFrame, county: str) -> pl.DataFrame:
    """Give a ledger's frame with the declared columns; the fold knows the rounds, not we."""
    missing = [n for n in table.schema if n not in frame.columns and n != "county"]
    extra = [name for name in frame.columns if name not in table.schema]
    if missing or extra:
        raise PublishError(
            f"台账的表 {table.name} 与声明不符：缺少 {'、'.join(missing) or '无'}；"
            f"多出 {'、'.join(extra) or '无'}"
        )
    if "county" in frame.columns and frame.filter(pl.col("county").ne_missing(county)).height:
        raise PublishError(f"台账的表 {table.name} 中有不属于 {county} 的行")
    return frame.with_columns(county=pl.lit(county)).select(
        pl.col(name).cast(dtype) for name, dtype in table.schema.items()
    )
