"""Publish one DuckDB file that readers never see half of, and read it back.

Belongs here: tables with comments, audit, swap by rename, read-only queries, look-ups. Does not:
computing anything that a stage before it should have computed.
"""
