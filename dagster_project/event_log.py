"""Dagster's SQLite event log, kept open and remembering which partitions it has seen.

The stock log opens and closes the database for every event and question, and a step asks several
times an input and output whether its partition exists: in a round, thousands of connections, each
with a checkpoint when it closes. This one keeps one connection a file and does not ask again for a
partition it has found. It relies on the storage's `_connect`, so Dagster stays pinned.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

_BUSY_SECONDS = 60


class RememberingEventLog(SqliteEventLogStorage):
    """`SqliteEventLogStorage` with open connections and a memory of partitions."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, str]
    ) -> "RememberingEventLog":
        """Make it from ``dagster.yaml``; the stock method would make the stock class."""
        return cls(inst_data=inst_data, **config_value)

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Whether the partition exists; asked of the database until it does."""
        known = (partitions_def_name, partition_key)
        if known in self._partitions:
            return True
        exists = super().has_dynamic_partition(partitions_def_name, partition_key)
        if exists:
            self._partitions.add(known)
        return exists

    def delete_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> None:
        """Delete the partition and forget it."""
        self._partitions.discard((partitions_def_name, partition_key))
        super().delete_dynamic_partition(partitions_def_name, partition_key)

    def dispose(self) -> None:
        """Close what is open."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()

    @property
    def _partitions(self) -> set[tuple[str, str]]:
        return self.__dict__.setdefault("_remembered_partitions", set())

    @property
    def _engines(self) -> dict[str, Engine]:
        return self.__dict__.setdefault("_open_engines", {})

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        if shard not in self._engines:
            with super()._connect(shard):  # makes the file and its tables the first time
                pass
            self._engines[shard] = _engine(self.conn_string_for_shard(shard))
        with self._engines[shard].begin() as connection:
            yield connection


def _engine(url: str) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=8,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: object, _entry: ConnectionPoolEntry) -> None:
        # In WAL mode NORMAL loses nothing when a process dies, and does not sync at every event.
        connection.execute("PRAGMA synchronous=NORMAL")  # type: ignore[attr-defined]

    return engine
