"""Everything the data is held to.

`suites` and `validation` judge one dataset as a whole with Great Expectations, from its contract.
`rules/` holds the SQL files that set several datasets against each other; pipelines.compare runs
them.
"""
