"""What a clerk is told before sending a file (``bidui check``): one list of findings, two views.

Belongs here: reading one file as a round would, and saying what is wrong in it and where. Does not
belong here: how a file is read (`pipelines.intake`), what a cell means (`pipelines.standardise`).

`checked` reads the file and gathers the findings of `columns`, `cells`, `repeated` and `totals`
(the frame `findings.FINDINGS`); `text` is the report on the terminal, `annotated` the coloured copy
of the workbook. Neither view knows anything that is not in the other's list.
"""
