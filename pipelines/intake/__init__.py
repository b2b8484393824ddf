"""Intake: from the files in a county's inbox to records of the contracts' columns, all still text.

Belongs here: opening files of every shape by their content, finding headers, routing sheets to
datasets, telling data from titles and totals, dating files, choosing those a round uses, the row
accounting. Does not belong here: what a cell's text means (`pipelines.standardise`).

A file travels: `containers` (what is this file, which members) → `workbook`, `delimited`, `markup`
(sheets of text cells) → `header` (where it stands), `match` (which contract, which column) →
`beside`, `below` (several lists on a sheet) → `row_kinds` (which rows are data), `body` (the
records) → `parsed` (all sheets of the file) → `kept` (by the hash of its content) → `inbox` (dated,
chosen for a round) → `rows` (one dataset's records).

What stands before `inbox` there runs in a process of its own with limits, since nobody knows what a
file will do: `reader` is that process, `protected` asks it. Two of them have the cores already, so
that their polars has one thread: ``select_seq`` does at once what ``select`` hands to it.
"""
