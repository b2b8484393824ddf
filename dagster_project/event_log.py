"""Dagster's SQLite event log, remembering which partitions it has seen.

A step asks whether its partition exists several times an input and output, and each question opens
the database anew: in a round that is thousands of connections and a third of the run's time.
Partitions of a county and a round are added and, in practice, never removed; one that a process has
seen is not asked for again.
"""

from dagster._core.storage.event_log import SqliteEventLogStorage


class RememberingEventLog(SqliteEventLogStorage):
    """`SqliteEventLogStorage` that keeps the partitions it has found, for the process's life."""

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Whether the partition exists; asked of the database until it does."""
        seen: set[tuple[str, str]] = self.__dict__.setdefault("_seen_partitions", set())
        if (partitions_def_name, partition_key) in seen:
            return True
        exists = super().has_dynamic_partition(partitions_def_name, partition_key)
        if exists:
            seen.add((partitions_def_name, partition_key))
        return exists

    def delete_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> None:
        """Delete the partition and forget it."""
        self.__dict__.get("_seen_partitions", set()).discard((partitions_def_name, partition_key))
        super().delete_dynamic_partition(partitions_def_name, partition_key)
