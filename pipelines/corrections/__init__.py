"""What is known to be wrong in a department's own list, and what is done about it.

Here belong the corrections that officers declare, their application between intake and
standardising, and the finding of what a department must mend in its own list. Not here: the
reading of values (standardise), the following of slips over rounds (casework), their layout
(lists).
"""
