"""Headings within a list that name the village of the rows below them: 一、东湾村（12户）.

Lists of a township often have their villages so, and no column for them. A heading is a row of one
cell that says a village and next to nothing else; 注：东湾村停保1户 is none. What it says holds for
the rows down to the next heading.
"""

import re
import unicodedata

import polars as pl

from pipelines.intake.places import village_begins

_NUMBER = re.compile(
    r"^(?:第?[一二三四五六七八九十百\d]{1,4}[、.．)）:：]?|[（(][一二三四五六七八九十\d]{1,3}[)）])"
)
_REST = re.compile(
    r"(?:[（(][^（）()]*[)）]?|[:：]|[共计]{0,2}\d+[户人名].{0,10}|.{0,16}(?:名单|名册|台账|公示|表))?$"
)


def with_sections(data: pl.DataFrame, notes: pl.DataFrame) -> pl.DataFrame:
    """Give `data` with ``section``, the village of the heading above each row, if any names one.

    Args:
        data: ``row`` (from 1) in order, and a list's cells.
        notes: The same of the rows that are notes.
    """
    if notes.is_empty():
        return data
    begins: dict[int, str] = {}
    for row, *cells in notes.select("row", pl.exclude("row")).iter_rows():
        texts = [text for text in cells if text is not None]
        if len(texts) == 1 and (village := village_of(texts[0])):
            begins[row] = village
    if not begins:
        return data
    named = pl.DataFrame({"row": begins.keys(), "section": begins.values()})
    return data.join_asof(named.set_sorted("row"), on="row", strategy="backward")


def village_of(heading: str) -> str | None:
    """Give the village that a heading names, with what stands before it of its township."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", heading))
    text = _NUMBER.sub("", plain)
    village = village_begins(text)
    return village if village and _REST.match(text[len(village) :]) else None
