"""What a clerk is told before sending a file (``bidui check``): one list of findings, two views.

Belongs here: reading one file by the very functions that a round reads it by, and saying what they
found in it and where. Does not belong here: how a file is read (`pipelines.intake`), what a cell
means and what is doubtful in it (`pipelines.standardise`).

`checked` reads the file and gathers what is found in it (the frame `findings.FINDINGS`), with what
`columns` says of its header; `text` is the report on the terminal, `annotated` the coloured copy of
the workbook. Neither view knows anything that is not in the other's list. Nothing of the file is
parsed in the command's own process.
"""
