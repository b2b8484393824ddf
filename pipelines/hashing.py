"""Hashes that stay the same across runs, machines and versions of polars.

Case ids and signatures are compared with those of earlier rounds, so `polars.Series.hash`, which
promises no stability, must not make them. DuckDB hashes a whole column at once; for a handful of
texts opening it would cost more than it saves.
"""

import hashlib

import duckdb
import polars as pl

_SEPARATOR = "\x1f"
_HANDFUL = 2000


def sha256(texts: pl.Series) -> pl.Series:
    """Give the SHA-256 of each text in hexadecimal; null stays null."""
    if texts.null_count() == len(texts):
        return pl.Series(texts.name, [None] * len(texts), dtype=pl.String)
    if len(texts) <= _HANDFUL:
        digests = [None if t is None else hashlib.sha256(t.encode()).hexdigest() for t in texts]
        return pl.Series(texts.name, digests, dtype=pl.String)
    with duckdb.connect(":memory:", config={"enable_external_access": "false"}) as connection:
        connection.register("texts", texts.rename("text").to_frame().to_arrow())
        hashed = connection.execute("SELECT sha256(text) AS hash FROM texts").pl()
    return hashed["hash"].rename(texts.name)


def text_sha256(text: str) -> str:
    """Give the SHA-256 of one text in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def joined(*columns: str) -> pl.Expr:
    """Give the columns as one text that no other values would make; null differs from empty."""
    return pl.concat_str(
        [
            pl.col(c).cast(pl.String).str.replace_all(_SEPARATOR, " ", literal=True).fill_null("\0")
            for c in columns
        ],
        separator=_SEPARATOR,
    )
