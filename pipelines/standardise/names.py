"""Names of people: one written form, and a key that is the same for every way to write it.

The name itself loses only what is no part of it (white space between Chinese characters, titles,
notes in brackets) and gets one separator ``·``. The key is for comparison alone: simplified,
variant characters folded (`data/reference/variants.csv`), without separators. The name is never
rewritten by the key.

Several persons in one cell: the value of a subject's name (``name``, ``head_name``) is withheld,
since one row is one person and nobody can say which; other names (helper, guardian) are kept,
joined with 、, and the key is that of the first. White space parts persons where every part begins
with a surname (`data/reference/surnames.csv`): 张三 李四, but not 欧阳 娜娜 or 王 五.
"""

from collections.abc import Iterable
from functools import cache

import polars as pl

from pipelines.standardise.characters import characters_of, folded, of_people
from pipelines.standardise.text import INVISIBLE, NOTHING, is_nothing, reference, tidy

SUBJECTS = ("name", "head_name")
CHILD_OF = r"^(.{2,8})(?:之|的)(子|儿子|长子|次子|女|女儿|长女|次女|婴|婴儿|孩)[0-9一二三]?$"
"""A newborn listed under a parent's name: whose, and which child."""

_LEAST_OF_MINORITY = 5
"""Characters; two parts of two are rather a surname and a given name written apart."""
_DOTS = r"[·•・．.‧∙⋅●▪﹒。｡˙᛫]"
_CJK = r"\p{Han}\u{3007}\u{E000}-\u{F8FF}□?"
_PLACEHOLDERS = (
    r"^(?:测试.*|无名氏?|未命名|未取名|未起名|待取名|某某+|[xX]{2,}|[Tt][Ee][Ss][Tt].*|姓名|户主"
    r"|合计|小计|总计|人员|无户主|(?:户主)?(?:已故|死亡|去世)|[男女]|[0-9.\-/]+|[0-9]{6,}[0-9xX*]*)$"
)
_ROLE = r"(?:户主姓名|户主|姓名|学生|申请人|联系人|监护人|帮扶人|帮扶责任人|死者|患者)"
_NUMBERED = r"^[0-9]{1,3}[.、)\s]*(\p{Han})"
_SEX_BEHIND = r"^(\p{Han}{2,})[\s,，、]+[男女]$"
_PHONE_BEHIND = r"^(\p{Han}{2,})\s*[0-9]{7,}[Xx]?$"
_TITLE = r"^(.{2,})(?:同志|先生|女士|老师|主任|书记)$"
_MARK = r"[★☆※▲●◆◎√✓]+"
_MARK_OR_MASK = r"^[*△■]+\s*"
"""A mark before a name, or the place of a surname that is not shown."""
_EVENT = (
    r"(?:已|于)?(?:去世|死亡|病故|亡故|身故|已故|过世|逝世|病逝|离世|迁出|迁走|外迁|销户|注销|失踪|服刑"
    r"|出嫁|改嫁|停保|停发|退出|取消|新增|重复|外出务工|在外务工|外出|残疾|五保户|低保户|贫困户|脱贫户)"
)
_WHEN = r"(?:(?:19|20)?[0-9]{2}年|(?:19|20)[0-9]{2}(?:[.\-/]?[0-9]|$)|[0-9]{1,2}月)[^、,;]*"
_REMARK = rf"[\s,，、;:.\-—]*(?:{_EVENT}|{_WHEN})$"
_BEFORE_REMARK = rf"^(\p{{Han}}{{2,4}}?|\p{{Han}}{{2,}}(?:[·•・．]\p{{Han}}+)+?){_REMARK}"
"""芦十四2021.3去世, 张三已故: a name, and what has become of the person."""
_BRACKET = r"[(\[{<〔【《]([^)\]}>〕】》]*)[)\]}>〕】》]"
_SEVERAL = r"[、,，;；/|]|\s+和\s+"
_AND_OTHERS = r"^\p{Han}{2,4}等(?:[0-9一二三四五六七八九十]*[人户])?$"
_UNUSUAL = rf"{_TITLE}|{_EVENT}$|^户主|{_PLACEHOLDERS}|{_AND_OTHERS}"
"""What two to four characters may be besides a name."""
_NOT_WRITABLE = r"[□■▯�?*＊○〓△×]|\p{Latin}+"
"""How a character that could not be typed stands in a Chinese name, pinyin among it."""
_LIKE_NOTHING = r"^(?:NULL|NONE|NAN|NA)$"
"""What programs take for an empty cell, and what may be somebody's name."""


def private_use(text: pl.Expr) -> pl.Expr:
    """Give the text with GBK's private-use code points as the characters they stand for.

    Decoders leave 80 positions FE50-FEA0 of GBK in the private use area (WHATWG encoding issue 27).
    """
    return text.str.replace_many(*_private_use())


@cache
def _private_use() -> tuple[pl.Series, pl.Series]:
    """The code points, and the character of each."""
    table = reference("gbk_pua")
    code_points = pl.Series([chr(int(row["private_use"], 16)) for row in table])
    return code_points.implode(), pl.Series([row["character"] for row in table]).implode()


def canonical_names(texts: pl.Series) -> pl.Series:
    """Give names in their written form; null where the cell names nobody."""
    name = pl.col("name")
    # Step by step: one expression would repeat what it is made of in every condition.
    frame = texts.to_frame("name").with_columns(_without_ornament(name))
    spaced = frame["name"].str.contains(r"\p{Han}[ 和及与—–\-]+\p{Han}").fill_null(value=False)
    if spaced.any():
        frame = frame.with_columns(
            pl.when(_parts_are_persons(name))
            .then(name.str.replace_all(r" ?[和及与] ?(\p{Han}{2})| ", "、$1"))
            .otherwise(name)
        )
        # 买买提 艾力, 买买提-艾力: parts too long for a Chinese name are a minority name's.
        parted = name.str.contains(r"^\p{Han}{2,}(?:[ \-—–]+\p{Han}{2,})+$") & (
            name.str.count_matches(r"\p{Han}") >= _LEAST_OF_MINORITY
        )
        frame = frame.with_columns(
            pl.when(parted).then(name.str.replace_all(r"[ \-—–]+", "·")).otherwise(name)
        )
    # A note in brackets goes only where two characters are left: 王(王申) spells a rare one.
    frame = frame.with_columns(
        without=name.str.replace_all(rf"^\s*{_BRACKET}|{_BRACKET}\s*$", "").str.strip_chars()
    ).with_columns(
        name=pl.when(pl.col("without").str.len_chars() >= 2).then("without").otherwise("name")
    )
    bare = name
    for _ in range(
        2
    ):  # 买 买 提: matches must not overlap, so single characters need a second pass
        bare = bare.str.replace_all(rf"([{_CJK}])\s+([{_CJK}])", "$1$2")
        bare = bare.str.replace_all(rf"([{_CJK}])\s*{_DOTS}+\s*([{_CJK}])", "${1}·$2")
    frame = frame.with_columns(
        bare.str.replace(rf"^([{_CJK}·]{{2,}})(?:[0-9]{{1,2}}|[A-D])$", "$1")
        .str.replace(_TITLE, "$1")
        .str.replace_all(r"^[·.\s]+|[·.\s,、;:]+$", "")
        .str.strip_chars()
    )
    # Null and NA may be somebody's name: programs take them for nothing, we ask.
    like_nothing = name.str.to_uppercase().str.contains(_LIKE_NOTHING)
    nobody = (is_nothing(name) & ~like_nothing) | name.str.contains(_PLACEHOLDERS)
    return frame.select(value=pl.when(~nobody).then("name"))["value"]


def _without_ornament(text: pl.Expr) -> pl.Expr:
    """Take from a name what stands around it: 户主:, 1., quotes, sex or phone, brackets."""
    return (
        private_use(tidy(text).str.replace_all(r"\s+", " "))
        .str.replace(rf"^{_ROLE}[::]\s*", "")
        .str.replace(r"^户主\s*(\p{Han}{2,4})$", "$1")
        .str.strip_chars_start("\"'“”@#")
        .str.strip_chars_end("\"'“”@#。")
        .str.replace(_NUMBERED, "$1")
        .str.replace(_SEX_BEHIND, "$1")
        .str.replace(_PHONE_BEHIND, "$1")
        .str.replace(r"^[(\[【](\p{Han}{2,4})[)\]】]$", "$1")
    )


@cache
def _surnames() -> str:
    """A pattern of one surname; compound ones first."""
    listed = [row["surname"] for row in reference("surnames")]
    single = "".join(name for name in listed if len(name) == 1)
    return f"(?:{'|'.join(_compound_surnames())}|[{single}])"


@cache
def _compound_surnames() -> tuple[str, ...]:
    return tuple(row["surname"] for row in reference("surnames") if len(row["surname"]) > 1)


def _parts_are_persons(bare: pl.Expr) -> pl.Expr:
    """Whether white space or 和 parts a text into names that all begin with a surname."""
    name = rf"{_surnames()}\p{{Han}}{{1,2}}"
    return bare.str.contains(rf"^{name}(?:(?: |[ ]?[和及与][ ]?){name})+$") & ~bare.str.contains(
        rf"^(?:{'|'.join(_compound_surnames())}) \p{{Han}}{{1,2}}$"
    )


def name_key(name: pl.Expr, characters: Iterable[str]) -> pl.Expr:
    """Give the comparison key of a canonical name: simplified, variants folded, no separators.

    Args:
        name: Canonical names.
        characters: All characters that the names hold: to search for the thousands that none of
            them holds would cost more than the names.
    """
    first = name.str.extract(r"^([^、]+)", 1)
    chinese = first.str.contains(r"^\p{Han}")
    spelt = first.str.replace_all(_BRACKET, "?").pipe(
        lambda text: (
            pl.when(chinese)
            .then(text.str.replace_all(_NOT_WRITABLE, "?"))
            .otherwise(text.str.replace_all(r"[□■▯�?*＊]", "?"))
        )
    )
    plain = (
        spelt.str.replace_all(r"[\s·'’.\-]+", "").str.replace_all(INVISIBLE, "").str.to_uppercase()
    )
    return folded(plain, of_people(), characters)


def parse_names(texts: pl.Series, *, subject: bool) -> pl.DataFrame:
    """Parse distinct name cells.

    Args:
        texts: Distinct texts.
        subject: Whether the row is about this person (``name``, ``head_name``).

    Returns:
        ``text``, ``value``, ``key``, ``issue`` (several_persons, not_a_name, name_like_nothing,
        name_with_remark).
    """
    text = pl.col("text")
    frame = texts.rename("text").to_frame()
    # Most names are two to four characters and nothing else; only the rest pays for the long way.
    usual = text.str.contains(r"^\p{Han}{2,4}$") & ~(
        text.str.contains(_UNUSUAL) | text.is_in(list(NOTHING))
    )
    plain = frame.select(usual.fill_null(value=False).alias("usual"))["usual"]
    names = frame.filter(plain)
    quick = names.select(
        "text",
        value=text,
        key=folded(text, of_people(), characters_of(names["text"])),
        issue=pl.lit(None, dtype=pl.String),
    )
    if plain.all():
        return quick
    odd = frame.filter(~plain).with_columns(whole=_without_ornament(text))
    named = odd.with_columns(name=_without_remark(odd["whole"], frame.height))
    return pl.concat([quick, _parse_odd(named, subject=subject)])


def _without_remark(names: pl.Series, many: int) -> pl.Series:
    """Take from names a mark before or behind them (★) and a remark (芦十四2021.3去世).

    A star may stand for a surname that is not shown. It is a mark where a surname follows each, and
    no more than half of all the column's `many` names have one.
    """
    rest = names.str.replace(_MARK_OR_MASK, "")
    starred = names.str.contains(_MARK_OR_MASK) & rest.str.contains(r"^\p{Han}")
    shown = rest.filter(starred).str.contains(rf"^{_surnames()}\p{{Han}}")
    if shown.all() and 2 * len(shown) <= many:
        names = rest.zip_with(starred, names)
    marked = names.str.replace_all(rf"^{_MARK}\s*|\s*{_MARK}$", "")
    return marked.str.replace(_BEFORE_REMARK, "$1")


def _parse_odd(odd: pl.DataFrame, *, subject: bool) -> pl.DataFrame:
    """Every cell that is more than two to four characters, ``name`` without a remark."""
    frame = odd.with_columns(value=canonical_names(odd["name"]))
    value = pl.col("value")
    several = value.str.contains(_SEVERAL) | value.str.contains(_AND_OTHERS)
    joined = value.str.replace_all(_SEVERAL, "、").str.replace_all(r"、+", "、")
    noise = (
        value.is_null() & pl.col("text").str.contains(r"\p{L}|\p{N}") & ~is_nothing(pl.col("text"))
    )
    # Restored characters of the private use area are in the values alone.
    characters = characters_of(frame["value"])
    return (
        frame.with_columns(
            value=pl.when(several & subject).then(None).when(several).then(joined).otherwise(value),
            issue=pl.when(several & subject)
            .then(pl.lit("several_persons"))
            .when(noise)
            .then(pl.lit("not_a_name"))
            .when(value.str.to_uppercase().str.contains(_LIKE_NOTHING))
            .then(pl.lit("name_like_nothing"))
            .when(value.is_not_null() & (pl.col("name") != pl.col("whole")))
            .then(pl.lit("name_with_remark")),
        )
        .with_columns(key=name_key(pl.col("value"), characters))
        .select("text", "value", "key", "issue")
    )


def parent_of(column: str) -> pl.Expr:
    """Give the parent's name of a newborn listed as 张三之子, else null."""
    return pl.col(column).str.extract(CHILD_OF, 1)
