"""Follow each discrepancy across rounds: new, open, closed, back again.

A pure fold over the discrepancies of all rounds and, later, the answers of people.
"""
