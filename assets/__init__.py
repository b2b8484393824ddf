"""Thin Dagster assets, one module a stage: they call the domain and say what came of it.

The one place that turns outcomes into asset checks and metadata. No rule of the domain is here.
"""
