"""Turn the text of each column into a typed value and keep the text beside it.

Belongs here: parsers of ID numbers, names, dates, amounts, codes, villages; the reference tables
they use. Does not: deciding who a row is (linkage).
"""
