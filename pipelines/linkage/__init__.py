"""Decide which person and which household each row belongs to, how surely, and why.

Belongs here: exact keys, candidate generation (blocking), comparison levels, weights, assignment,
reviewed decisions. Does not: what a link means for a rule (compare).
"""
