"""The domain: what a county's lists say and how they are set against each other.

Pure: frames and declared data in, frames out. Each sub-package is one stage of a row's way, in this
order: intake, standardise, linkage, compare, villages, casework, warehouse, lists. What one stage
hands to the next is written in `frames`. Nothing here knows Dagster or Great Expectations.
"""
