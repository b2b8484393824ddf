"""Lay out what people receive: workbooks for townships and departments, the county summary, bulletin.

Belongs here: sheets, wording, masking, print set-up. Does not: deciding what is on a list.
"""
