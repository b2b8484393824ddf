"""Names of people: one written form, and a key that is the same for every way to write it.

The name itself loses only what is no part of it (white space between Chinese characters, titles,
notes in brackets) and gets one separator ``·``. The key is for comparison alone: simplified,
variant characters folded (`data/reference/variants.csv`), without separators. The name is never
rewritten by the key.

Several persons in one cell: the value of a subject's name (``name``, ``head_name``) is withheld,
since one row is one person and nobody can say which; other names (helper, guardian) are kept,
joined with 、, and the key is that of the first.
"""

from collections.abc import Iterable
from functools import cache

import opencc
import polars as pl

from pipelines.standardise.text import INVISIBLE, NOTHING, is_nothing, reference, tidy

SUBJECTS = ("name", "head_name")

_DOTS = r"[·•・．.‧∙⋅●▪﹒。｡˙᛫]"
_CJK = r"\p{Han}\u{3007}\u{E000}-\u{F8FF}□?"
_PLACEHOLDERS = (
    r"^(?:测试.*|无名氏?|未命名|未取名|未起名|待取名|某某+|[xX]{2,}|[Tt][Ee][Ss][Tt].*|姓名|户主"
    r"|合计|小计|总计|人员|无户主|[0-9.\-/]+)$"
)
_PREFIX = r"^(?:户主|姓名|户主姓名|学生|申请人|联系人|监护人|帮扶人|帮扶责任人|死者|患者)[::]\s*"
_TITLE = r"^(.{2,})(?:同志|先生|女士|老师|主任|书记)$"
_BRACKET = r"[(\[{<〔【《]([^)\]}>〕】》]*)[)\]}>〕】》]"
_SEVERAL = r"[、,，;；/|]|\s+和\s+"


def private_use(text: pl.Expr) -> pl.Expr:
    """Give the text with GBK's private-use code points as the characters they stand for.

    Decoders leave 80 positions FE50-FEA0 of GBK in the private use area (WHATWG encoding issue 27).
    """
    table = reference("gbk_pua")
    return text.str.replace_many(
        [chr(int(row["private_use"], 16)) for row in table], [row["character"] for row in table]
    )


def canonical_name(text: pl.Expr) -> pl.Expr:
    """Give the name in its written form; null where the cell names nobody."""
    bare = (
        private_use(tidy(text).str.replace_all(r"\s+", " "))
        .str.replace(_PREFIX, "")
        .str.replace_all(r"^[\"'“”]+|[\"'“”]+$", "")
    )
    # A note in brackets goes only where two characters are left: 王(王申) spells a rare one.
    without = bare.str.replace_all(rf"^\s*{_BRACKET}|{_BRACKET}\s*$", "").str.strip_chars()
    bare = pl.when(without.str.len_chars() >= 2).then(without).otherwise(bare)
    for _ in range(
        2
    ):  # 买 买 提: matches must not overlap, so single characters need a second pass
        bare = bare.str.replace_all(rf"([{_CJK}])\s+([{_CJK}])", "$1$2")
        bare = bare.str.replace_all(rf"([{_CJK}])\s*{_DOTS}+\s*([{_CJK}])", "${1}·$2")
    bare = (
        bare.str.replace(rf"^([{_CJK}·]{{2,}})[0-9]{{1,2}}$", "$1")
        .str.replace(_TITLE, "$1")
        .str.replace_all(r"^[·.\s]+|[·.\s,、;:]+$", "")
        .str.strip_chars()
    )
    nobody = is_nothing(bare) | bare.str.contains(_PLACEHOLDERS)
    return pl.when(~nobody).then(bare)


@cache
def _folding() -> dict[str, str]:
    """Each character with another form in the key, and that form.

    Characters are converted one by one: phrases (乾隆) would make the key of a name depend on its
    neighbours.
    """
    characters = [chr(c) for c in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    simple = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    table = {a: b for a, b in zip(characters, simple, strict=True) if a != b}
    own = {row["variant"]: row["common"] for row in reference("variants")}
    return {a: own.get(b, b) for a, b in table.items()} | own


def name_key(name: pl.Expr, characters: Iterable[str]) -> pl.Expr:
    """Give the comparison key of a canonical name: simplified, variants folded, no separators.

    Args:
        name: Canonical names.
        characters: All characters that the names hold: to search for the thousands that none of
            them holds would cost more than the names.
    """
    first = name.str.extract(r"^([^、]+)", 1)
    spelt = first.str.replace_all(_BRACKET, "?").str.replace_all(r"[□■?*＊]", "?")
    plain = (
        spelt.str.replace_all(r"[\s·'’.\-]+", "").str.replace_all(INVISIBLE, "").str.to_uppercase()
    )
    folding = _folding()
    held = {c: folding[c] for c in sorted(folding.keys() & characters)}
    return plain.str.replace_many(list(held), list(held.values())) if held else plain


def parse_names(texts: pl.Series, *, subject: bool) -> pl.DataFrame:
    """Parse distinct name cells.

    Args:
        texts: Distinct texts.
        subject: Whether the row is about this person (``name``, ``head_name``).

    Returns:
        ``text``, ``value``, ``key``, ``issue`` (several_persons, not_a_name).
    """
    text = pl.col("text")
    frame = texts.rename("text").to_frame()
    # Most names are two to four characters and nothing else; only the rest pays for the long way.
    usual = text.str.contains(r"^\p{Han}{2,4}$") & ~(
        text.str.contains(_TITLE) | text.str.contains(_PLACEHOLDERS) | text.is_in(list(NOTHING))
    )
    plain = frame.select(usual.fill_null(value=False).alias("usual"))["usual"]
    parts = [frame.filter(plain).with_columns(value=text)]
    if not plain.all():
        parts.append(frame.filter(~plain).with_columns(value=canonical_name(text)))
    frame = pl.concat(parts)
    value = pl.col("value")
    several = value.str.contains(_SEVERAL)
    joined = value.str.replace_all(_SEVERAL, "、").str.replace_all(r"、+", "、")
    noise = (
        value.is_null() & pl.col("text").str.contains(r"\p{L}|[0-9]") & ~is_nothing(pl.col("text"))
    )
    # Restored characters of the private use area are in the values alone.
    characters = set("".join(frame["value"].drop_nulls()))
    return (
        frame.with_columns(
            value=pl.when(several & subject).then(None).when(several).then(joined).otherwise(value),
            issue=pl.when(several & subject)
            .then(pl.lit("several_persons"))
            .when(noise)
            .then(pl.lit("not_a_name")),
        )
        .with_columns(key=name_key(pl.col("value"), characters))
        .select("text", "value", "key", "issue")
    )
