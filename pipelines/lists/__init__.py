"""Lay out what people receive: workbooks for townships and departments, 全县汇总, 通报.

Belongs here: sheets, wording, masking, print set-up. Does not: deciding what is on a list.
"""
