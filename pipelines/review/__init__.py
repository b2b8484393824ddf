"""People decide about links: what they are asked, what they answered, what it says of all links.

Belongs here: which pairs are worth a look and in what order (`pairs`, `sample`), the workbook that
goes out and comes back (`sides`, `workbook`, `issue`, `answers`), precision and recall without a
truth (`intervals`, `estimate`), and why a link was made, in words and pictures (`explain`,
`waterfall`, `pictures`). Does not: how a decision acts on a link (`linkage.decisions`) or sets the
model's probabilities right (`linkage.calibration`). All is read from the published file.
"""
