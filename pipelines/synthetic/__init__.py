"""A county that does not exist, its departments' files with their usual defects, and the truth.

Belongs here: people, households, events, defects, file layouts, and scoring against the truth.
Does not: anything a real round needs.
"""
