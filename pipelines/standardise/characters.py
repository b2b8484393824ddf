"""Characters with another form: traditional (葉), variant (峯), in names also abbreviated (肖).

Characters are converted one by one: phrases (乾隆) would make what a text is compared by depend on
its neighbours.
"""

from collections.abc import Iterable
from functools import cache

import opencc
import polars as pl

from pipelines.standardise.text import reference

_OF_PEOPLE = ("姓氏", "人名")
"""What notes of variants begin with that are such in people's names alone: 代庄 is not 戴庄."""


@cache
def of_people() -> dict[str, str]:
    """Each character with another form in people's names, and that form."""
    return _folding({row["variant"]: row["common"] for row in reference("variants")})


@cache
def of_places() -> dict[str, str]:
    """Each character with another form anywhere, and that form."""
    listed = [row for row in reference("variants") if not row["note"].startswith(_OF_PEOPLE)]
    return _folding({row["variant"]: row["common"] for row in listed})


def _folding(own: dict[str, str]) -> dict[str, str]:
    characters = [chr(c) for c in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    simple = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    table = {a: b for a, b in zip(characters, simple, strict=True) if a != b}
    return {a: own.get(b, b) for a, b in table.items()} | own


def folded(text: pl.Expr, folding: dict[str, str], characters: Iterable[str]) -> pl.Expr:
    """Give texts in the forms of `folding`.

    Args:
        text: Texts.
        folding: Character to form.
        characters: All characters that the texts hold: to search for the thousands that none of
            them holds would cost more than the texts.
    """
    held = {c: folding[c] for c in sorted(folding.keys() & characters)}
    return text.str.replace_many(list(held), list(held.values())) if held else text


def characters_of(texts: pl.Series) -> set[str]:
    """Give the characters that occur in texts."""
    return set(texts.drop_nulls().str.join("").item()) if len(texts) else set()
