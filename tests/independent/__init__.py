"""A county made by another hand than `pipelines/synthetic`, and the score of a run on it."""
