"""Read departments' files as they are and give their rows as text, each with file, sheet and row.

Belongs here: opening files, finding headers, telling datasets apart, as-of dates, choosing the files
a round uses, accounting for every row. Does not: turning text into values (standardise).
"""
