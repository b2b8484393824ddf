"""Decide which person and household each row belongs to, how surely, and why.

Belongs here: exact keys, candidate generation (blocking), comparison levels, weights, assignment,
reviewed decisions. Does not: what a link means for a rule (compare).

A row's way: `sides` (both lists in one form), `keys` and `households` (what is certain),
`candidates` (whom to compare with), `compare_pairs`, `hints` and `names` (a level a field),
`weights` (what a level is worth), `assign` (rivals counted, the link named), `evidence` (why).
`link` joins them, with `decisions` of people above all; `pieces` are what of them the toolkit may
replace, by `recordlinkage_bridge`. Levels, keys and thresholds are data:
`data/reference/levels.yaml`.
"""
