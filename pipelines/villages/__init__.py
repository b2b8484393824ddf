"""What the round says of each village: blank, without change, how surprising that is.

Does not belong here: rules on persons and households (compare).
"""
