"""Dictionaries: 是/否, and the codes that a contract declares with their spellings.

A text is looked up as it stands, then without a leading number (1.男), then without a note in
brackets, unless the note is another code: 正常(已死亡) is neither. Nothing is guessed: what no
dictionary knows is empty, and a person is asked.
"""

from collections.abc import Mapping, Sequence

import polars as pl
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from pipelines.standardise.text import compact, is_nothing, reference, tidy

_NUMBERED = r"^[0-9]{1,2}[.、\-:)]([^0-9].*)$"
_NOTE = r"^(.+?)[(\[【{](.*)[)\]】}]$"
_CHOICE = r"^\P{Han}*(?:是\P{Han}*否|否\P{Han}*是)\P{Han}*$"
_MARK = "[☑√✓✔■●]"
_LIKE_ENOUGH = 60
"""Two spellings must be more alike (rapidfuzz, 0 to 100) to be worth a question: 外出务工 has half
of the characters of 县外迁出, and is no slip of it."""
_CHARACTERS_A_SLIP = 4
"""One in so many characters, and one in any case, may be in no spelling: 职工子女 are no 职工."""
_MOST_SPELLINGS = 300
"""Of one column; with more it is no column of codes."""
_BETWEEN = r"[、,;|/\n\r\t+&]+|\s{1,}"


def _lookup(texts: pl.Series, table: Mapping[str, str]) -> pl.Series:
    """Give the code of each text; only those that are no spelling pay for the long way."""
    found = texts.to_frame("t").select(_code(compact(pl.col("t")), table)).to_series()
    odd = (found.is_null() & texts.is_not_null()).arg_true()
    if odd.is_empty():
        return found
    return found.scatter(odd, texts.gather(odd).to_frame("t").select(_by_stem(table)).to_series())


def _code(stem: pl.Expr, table: Mapping[str, str]) -> pl.Expr:
    return stem.replace_strict(table, default=None, return_dtype=pl.String)


def _by_stem(table: Mapping[str, str]) -> pl.Expr:
    t = compact(pl.col("t"))
    before, note = (_code(t.str.extract(_NOTE, i), table) for i in (1, 2))
    return pl.coalesce(
        _code(t.str.extract(r"^([0-9]+)\.0+$", 1), table),
        _code(t.str.extract(_NUMBERED, 1), table),
        pl.when(note.is_null() | (note == before)).then(before),
        _code(t.str.replace_all(r"[()\[\]【】.。,、;:]", ""), table),
    )


def _normal(spellings: Sequence[str]) -> list[str]:
    """The spellings as `compact` makes them, so that both sides of the look-up are alike."""
    return (
        pl.Series(spellings, dtype=pl.String)
        .to_frame("s")
        .select(compact(pl.col("s")))["s"]
        .to_list()
    )


def spellings(codes: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Give every spelling, in its compact form, and its code; a code's own name comes first."""
    table: dict[str, str] = {}
    written = [(spelling, code) for code, others in codes.items() for spelling in (code, *others)]
    normal = _normal([spelling for spelling, _ in written])
    for spelling, (_, code) in zip(normal, written, strict=True):
        table.setdefault(spelling, code)
    for spelling, (own, code) in zip(normal, written, strict=True):
        if own == code:
            table[spelling] = code
    return table


def nearest_codes(texts: pl.Series, codes: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Give the code of which each distinct text may be a slip; none for those like nothing.

    What a text has in common with spellings of several codes says nothing of any: 五类 is as like
    to 一类 as to 二类, and 基本医保 is in the names of all kinds of it. A spelling that the text
    holds whole comes first: 甲类 in 甲类户, before B类户.
    """
    table = spellings(codes)
    found = {}
    for text in texts.unique(maintain_order=True).head(_MOST_SPELLINGS):
        common = {spelling: LCSseq.similarity(text, spelling) for spelling in table}
        most = max(common.values())
        likest = [spelling for spelling, many in common.items() if many == most]
        likest = [spelling for spelling in likest if len(spelling) == most] or likest
        slips = len(text) - most <= max(1, len(text) // _CHARACTERS_A_SLIP)
        alike = any(fuzz.ratio(text, spelling) > _LIKE_ENOUGH for spelling in likest)
        if slips and alike and len({table[spelling] for spelling in likest}) == 1:
            found[text] = table[likest[0]]
    return found


def parse_codes(texts: pl.Series, codes: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Parse distinct cells of one code: ``text``, ``value``, ``issue`` (unknown_code)."""
    frame = texts.rename("text").to_frame()
    value = _lookup(frame["text"], spellings(codes))
    return frame.with_columns(value=value).select("text", "value", issue=_unknown())


def parse_code_lists(texts: pl.Series, codes: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Parse distinct cells of several codes: ``text``, ``value`` (list), ``issue``.

    The codes that are known are kept, each once, in the order of the cell; an unknown one makes the
    issue. A cell that as a whole is a spelling (大病/慢病) is not taken apart.
    """
    table = spellings(codes)
    frame = texts.rename("text").to_frame().with_row_index("n")
    whole = frame.with_columns(value=_lookup(frame["text"], table))
    parts = (
        whole.filter(pl.col("value").is_null() & ~is_nothing(pl.col("text")))
        .select("n", part=tidy(pl.col("text")).str.replace_all(_BETWEEN, "、").str.split("、"))
        .explode("part")
        .filter(~is_nothing(pl.col("part")))
    )
    parts = parts.with_columns(code=_lookup(parts["part"], table))
    lists = parts.group_by("n", maintain_order=True).agg(
        pl.col("code").drop_nulls().unique(maintain_order=True).alias("many"),
        pl.col("code").null_count().alias("unknown"),
    )
    return (
        whole.join(lists, on="n", how="left", maintain_order="left")
        .with_columns(
            value=pl.when(pl.col("value").is_not_null())
            .then(pl.concat_list("value"))
            .when(pl.col("many").list.len() > 0)
            .then("many"),
            issue=pl.when(pl.col("unknown") > 0).then(pl.lit("unknown_code")),
        )
        .select("text", "value", "issue")
    )


def parse_yes_no(texts: pl.Series) -> pl.DataFrame:
    """Parse distinct cells of yes or no: ``text``, ``value`` (Boolean), ``issue`` (unknown_yes_no).

    无 and its like mean no here, not an empty cell (``data/reference/yes_no.csv``).
    """
    rows = reference("yes_no")
    keys = _normal([row["text"] for row in rows])
    table = dict(zip(keys, (row["value"] for row in rows), strict=True))
    frame = texts.rename("text").to_frame()
    t = compact(pl.col("text"))
    looked_up = pl.lit(_lookup(frame["text"], table))
    # ☑是 □否, 是(√) 否( ): a printed choice, of which one is marked, before the word or behind it.
    before = t.str.contains(r"^[(]?[□☐○☑√✓✔■●]")
    marked = [
        pl.when(pl.when(before).then(t.str.contains(ahead)).otherwise(t.str.contains(behind))).then(
            pl.lit(says)
        )
        for word, says in (("是", "yes"), ("否", "no"))
        for ahead, behind in [(rf"{_MARK}[)]?{word}", rf"{word}[(]?{_MARK}")]
    ]
    one = pl.when(t.str.count_matches(_MARK) == 1)
    found = (
        pl.when(t.str.contains(_CHOICE)).then(one.then(pl.coalesce(marked))).otherwise(looked_up)
    )
    return frame.with_columns(value=found == "yes").select(
        "text", "value", issue=_unknown("unknown_yes_no")
    )


def _unknown(code: str = "unknown_code") -> pl.Expr:
    return pl.when(pl.col("value").is_null() & ~is_nothing(pl.col("text"))).then(pl.lit(code))
