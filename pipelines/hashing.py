"""Hashes that stay the same across runs, machines and versions of polars.

Case ids and signatures are compared with those of earlier rounds, so `polars.Series.hash`, which
promises no stability, must not make them. Hashlib hashes a million texts in 0.4 s; DuckDB, a column
at once, is no quicker and takes 100 MiB and 0.3 s more the first time.
"""

import hashlib

import polars as pl

_SEPARATOR = "\x1f"
_SLICE = 100_000
"""Texts hashed at a time: as many Python strings stand in memory."""


def sha256(texts: pl.Series) -> pl.Series:
    """Give the SHA-256 of each text in hexadecimal; null stays null."""
    parts = [texts.slice(start, _SLICE) for start in range(0, len(texts), _SLICE)]
    hashed = [pl.Series(map(_digest, part), dtype=pl.String) for part in parts]
    return pl.concat([texts.clear().cast(pl.String), *hashed]).alias(texts.name)


def _digest(text: str | None) -> str | None:
    return None if text is None else text_sha256(text)


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
