"""Which place of the county a row means.

A row's place is sought by its village code, then its village text within its township (its column,
else what the sheet, title or file names), then, where a list has no village column, its address.
The same short name in two townships needs the township; without it the row has the village's name
and no code. For any name the gazetteer (`divisions`) does not know the place stays empty: it is
never guessed.
"""

from collections.abc import Sequence

import polars as pl
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from pipelines.standardise.divisions import Divisions
from pipelines.standardise.place_names import KIND, short_name, short_township, simplified, spelt
from pipelines.standardise.text import is_nothing, tidy

_SEVERAL = r"(?:村|社区)[、,;/和及]\p{Han}{1,8}(?:村|社区)$"
"""Two villages in one cell are nobody's."""
_AFTER_SHORT = r"^(?:$|[村社居委组屯队寨湾第一二三四五六七八九十0-9东西南北号#、,(\-])"
_LONGEST = 12
_FOUND = {"n": pl.UInt32, "by_text": pl.String, "one_name": pl.String, "candidates": pl.Int64}
"""What `_by_text` gives."""
_HITS = {
    "n": pl.UInt32,
    "village_code": pl.String,
    "length": pl.UInt32,
    "rank": pl.Int8,
    "known": pl.Boolean,
}
"""Villages that a text may mean: how much of it is the name, how close the name is, and whether the
township is known."""


def locate(places: pl.DataFrame, divisions: Divisions) -> pl.DataFrame:
    """Find the places of distinct combinations of what rows say about where they belong.

    Args:
        places: ``township``, ``village``, ``village_code``, ``address``: texts or null; ``hint``
            (township) and ``village_hint`` (a line each): what sheet, title and file name.
        divisions: The gazetteer.

    Returns:
        The input with ``found_township``, ``found_township_code``, ``found_village``,
        ``found_village_code``, ``village_issue`` and ``township_issue`` (unknown_village,
        ambiguous_village, village_elsewhere, unknown_township or null), ``near`` (a sentence that
        names villages of the township whose names are much like an unknown one, or null). Where
        several villages of one name fit, ``found_village`` is that name and there is no code.
    """
    rows = places.with_row_index("n").with_columns(
        t="township", h="hint", v="village", a="address", lines="village_hint"
    )
    rows = simplified(rows, "t", "h", "v", "a", "lines").with_columns(
        spelt(pl.col("t")),
        spelt(pl.col("h")),
        spelt(_township_first(pl.col("v"), divisions)),
        spelt(_township_first(pl.col("a"), divisions)),
    )
    rows = _with_township(
        rows.with_columns(no_t=is_nothing(pl.col("t")), no_v=is_nothing(pl.col("v"))), divisions
    )
    found = _by_code(rows, divisions)
    said = rows.filter(~pl.col("no_v") & ~pl.col("v").str.contains(_SEVERAL))
    by_name = _by_text(said.select("n", "t_code", text="v"), divisions)
    unsaid = rows.filter(pl.col("no_v") & pl.col("a").is_not_null())
    by_address = _by_text(unsaid.select("n", "t_code", text="a"), divisions)
    listed = divisions.villages.lazy().select(
        found_village_code="village_code",
        v_t="township",
        v_tc="township_code",
        found_village="village",
    )
    inside = divisions.townships.lazy().select(t_code="township_code", t_name="township")
    joined = (
        rows.lazy()
        .join(found.lazy(), on="n", how="left")
        .join(pl.concat([by_name, by_address]).lazy(), on="n", how="left")
        .join(_elsewhere(said, by_name, divisions).lazy(), on="n", how="left")
        .join(_by_village_hint(rows, divisions).lazy(), on="n", how="left")
        .with_columns(
            found_village_code=pl.coalesce("by_code", "by_text", "by_hint", "by_village_hint")
        )
        .join(listed, on="found_village_code", how="left")
        .join(inside.unique("t_code"), on="t_code", how="left")
        .collect()
    )
    unresolved = pl.col("found_village_code").is_null() & ~pl.col("no_v")
    near = _near(joined.filter(unresolved & pl.col("t_code").is_not_null()), divisions)
    return (
        joined.lazy()
        .join(near.lazy(), on="n", how="left")
        .with_columns(
            found_township=pl.coalesce("v_t", "t_name"),
            found_township_code=pl.coalesce("v_tc", "t_code"),
            # Which of several villages of one name is not known, the name is.
            found_village=pl.coalesce("found_village", "one_name"),
            village_issue=pl.when(unresolved & (pl.col("candidates") > 1))
            .then(pl.lit("ambiguous_village"))
            .when(unresolved & (pl.col("elsewhere") > 0))
            .then(pl.lit("village_elsewhere"))
            .when(unresolved)
            .then(pl.lit("unknown_village")),
            township_issue=pl.when(
                ~pl.col("no_t") & pl.col("own_code").is_null() & pl.col("v_tc").is_null()
            ).then(pl.lit("unknown_township")),
        )
        .sort("n")
        .select(
            *places.columns,
            "found_township",
            "found_township_code",
            "found_village",
            "found_village_code",
            "village_issue",
            "township_issue",
            "near",
        )
        .collect()
    )


def _township_first(text: pl.Expr, divisions: Divisions) -> pl.Expr:
    """Give 王堂村（青河乡） as 青河乡王堂村."""
    names = "|".join(map(pl.escape_regex, divisions.township_names))
    return text.str.replace(rf"^(.+)[(（\[【〔<]({names})[)）\]】〕>]\s*$", "$2$1")


def _by_village_hint(rows: pl.DataFrame, divisions: Divisions) -> pl.DataFrame:
    """The first village that sheet, title or file name, for rows that name none themselves.

    Returns:
        ``n``, ``by_village_hint``.
    """
    unnamed = rows.filter(pl.col("no_v") & pl.col("lines").is_not_null())
    if unnamed.is_empty():
        return pl.DataFrame(schema={"n": pl.UInt32, "by_village_hint": pl.String})
    lines = unnamed.select("n", "t_code", text=pl.col("lines").str.split("\n")).explode(
        "text", empty_as_null=False
    )
    distinct = lines.select("t_code", "text").unique(maintain_order=True).with_row_index("d")
    found = _by_text(distinct.select(n="d", t_code="t_code", text="text"), divisions)
    known = distinct.join(found.filter(pl.col("by_text").is_not_null()), left_on="d", right_on="n")
    return (
        lines.join(
            known, on=["t_code", "text"], how="inner", nulls_equal=True, maintain_order="left"
        )
        .unique("n", keep="first", maintain_order=True)
        .select("n", by_village_hint="by_text")
    )


def _near(unknown: pl.DataFrame, divisions: Divisions) -> pl.DataFrame:
    """Villages of the row's township whose short names differ in one character, to be proposed.

    Returns:
        ``n``, ``near``.
    """
    if unknown.is_empty():
        return pl.DataFrame(schema={"n": pl.UInt32, "near": pl.String})
    asked = unknown.select("n", "t_code", short=short_name(pl.col("v")))
    pairs = asked.select("t_code", "short").unique()
    pairs = pairs.join(divisions.bare_names, on="t_code", how="inner")
    distances = cpdist(pairs["short"].to_list(), pairs["like"].to_list(), scorer=OSA.distance)
    alike = pairs.filter(pl.Series(distances, dtype=pl.Int64) <= 1).filter(
        pl.min_horizontal(pl.col("short", "like").str.len_chars()) > 1
    )
    named = alike.group_by("t_code", "short").agg(
        near=pl.format(
            "同乡镇有名称相近的“{}”，如是此村请改正，或登记为曾用名。",
            pl.col("village").sort().str.join("”、“"),
        )
    )
    return asked.join(named, on=["t_code", "short"], how="inner").select("n", "near")


def _elsewhere(said: pl.DataFrame, by_name: pl.DataFrame, divisions: Divisions) -> pl.DataFrame:
    """Villages that are not in the township of their row but in another.

    A township that only the sheet or file names gives way to the one village of that name in the
    county; one that the row itself names does not: which of the two is wrong, nobody can say.

    Returns:
        ``n``, ``by_hint`` (village code or null), ``elsewhere`` (villages of that name).
    """
    lost = said.join(by_name.filter(pl.col("by_text").is_not_null()), on="n", how="anti").filter(
        pl.col("t_code").is_not_null()
    )
    if lost.is_empty():
        return pl.DataFrame(schema={"n": pl.UInt32, "by_hint": pl.String, "elsewhere": pl.Int64})
    anywhere = _by_text(lost.select("n", t_code=pl.lit(None, dtype=pl.String), text="v"), divisions)
    return lost.join(anywhere, on="n", how="inner").select(
        "n",
        by_hint=pl.when("no_t").then("by_text"),
        elsewhere="candidates",
    )


def _with_township(rows: pl.DataFrame, divisions: Divisions) -> pl.DataFrame:
    """The township's code ``t_code``: the column's, else what the sheet or file names."""
    forms = divisions.townships.select("form", "township_code")
    own = rows.with_columns(
        t_short=short_township(pl.col("t")), h_short=short_township(pl.col("h"))
    )
    for key, code in (("t", "t1"), ("t_short", "t2"), ("h", "h1"), ("h_short", "h2")):
        own = own.join(
            forms.rename({"form": key, "township_code": code}),
            on=key,
            how="left",
            maintain_order="left",
        )
    # 晴川县大石镇 in the township column: the longest township name that the text holds.
    long = [name for name in divisions.township_names if len(name) >= 3]
    inside = own.with_columns(held=_first_of(pl.col("t"), long)).join(
        forms.rename({"form": "held", "township_code": "t3"}),
        on="held",
        how="left",
        maintain_order="left",
    )
    return inside.with_columns(own_code=pl.coalesce("t1", "t2", "t3")).with_columns(
        t_code=pl.when("no_t").then(pl.coalesce("h1", "h2")).otherwise(pl.col("own_code"))
    )


def _first_of(text: pl.Expr, names: Sequence[str]) -> pl.Expr:
    if not names:
        return pl.lit(None, dtype=pl.String)
    return text.str.extract_many(list(names), leftmost=True).list.first()


def _by_code(rows: pl.DataFrame, divisions: Divisions) -> pl.DataFrame:
    digits = tidy(pl.col("village_code")).str.replace(r"\.0+$", "").str.replace_all(r"\s", "")
    return rows.select("n", by_code=digits.replace(divisions.successors)).join(
        divisions.villages.select(by_code="village_code"), on="by_code", how="semi"
    )


def _by_text(texts: pl.DataFrame, divisions: Divisions) -> pl.DataFrame:
    """Villages of texts that begin with a village's name, county and township before it or not.

    Args:
        texts: ``n``, ``t_code`` (null where not known), ``text``.
        divisions: The gazetteer.

    Returns:
        ``n``, ``by_text`` (null where none or several fit), ``one_name`` (the village's name where
        all that fit bear the same), ``candidates``.
    """
    if texts.is_empty():
        return pl.DataFrame(schema=_FOUND)
    # Nearly every text is a name of its township and nothing else: the longest name there can be.
    whole = _whole_names(texts, divisions)
    rest = texts.join(whole, on="n", how="anti")
    hits = whole if rest.is_empty() else pl.concat([whole, _beginnings(rest, divisions)])
    # A township that the text itself names narrows the choice; then the longest name, then the
    # closest way to write it.
    return (
        hits.lazy()
        .filter(pl.col("known") == pl.col("known").max().over("n"))
        .filter(pl.col("length") == pl.col("length").max().over("n"))
        .filter(pl.col("rank") == pl.col("rank").min().over("n"))
        .join(divisions.villages.lazy().select("village_code", "village"), on="village_code")
        .group_by("n")
        .agg(
            pl.col("village_code").n_unique().alias("candidates"),
            pl.first("village_code"),
            pl.first("village"),
            pl.col("village").n_unique().alias("names"),
        )
        .select(
            "n",
            by_text=pl.when(pl.col("candidates") == 1).then("village_code"),
            one_name=pl.when(pl.col("names") == 1).then("village"),
            candidates=pl.col("candidates").cast(pl.Int64),
        )
        .collect()
    )


def _whole_names(texts: pl.DataFrame, divisions: Divisions) -> pl.DataFrame:
    """Villages of the row's township of which the text is a name (`_HITS`)."""
    length = pl.col("text").str.len_chars()
    return (
        texts.filter(length <= _LONGEST)
        .join(
            divisions.ranked,
            left_on=["text", "t_code"],
            right_on=["form", "township_code"],
            how="inner",
        )
        .select("n", "village_code", "rank", length=length, known=pl.lit(value=True))
        .select(*_HITS)
    )


def _beginnings(texts: pl.DataFrame, divisions: Divisions) -> pl.DataFrame:
    """Villages with whose name the text begins, or what stands behind its township (`_HITS`)."""
    rest = pl.col("rest")
    longest = rest.str.len_chars().clip(0, _LONGEST)
    beginnings = (
        _remainders(texts, divisions)
        .lazy()
        .with_columns(length=pl.int_ranges(1, longest + 1, dtype=pl.UInt32))
        .explode("length", empty_as_null=False)
        .with_columns(form=rest.str.slice(0, "length"), after=rest.str.slice("length"))
    )
    # A name is only that name where a group, an office or a number follows: 王堂 is no part of
    # 王堂庄. Behind 村 anything may follow.
    fits = pl.col("after").str.contains(_AFTER_SHORT) | pl.col("form").str.contains(KIND)
    in_township = pl.col("t_code").is_null() | (pl.col("t_code") == pl.col("township_code"))
    return (
        beginnings.join(divisions.ranked.lazy(), on="form", how="inner")
        .filter(fits & in_township)
        .select("n", "village_code", "length", "rank", known=pl.col("t_code").is_not_null())
        .collect()
    )


def _remainders(texts: pl.DataFrame, divisions: Divisions) -> pl.DataFrame:
    """What stands behind province, county and township: where a village's name would begin."""
    above = r"^(?:.{2,8}?(?:省|自治区))?(?:.{2,8}?[市州盟])?(.{1,8}?[县区旗市])"
    names = [name for name in divisions.township_names if len(name) >= 2]
    plain = texts.select("n", "t_code", rest="text")
    # Another county has a 城关镇 too: what stands behind a county's name counts for this one only.
    own = pl.col("text").str.extract(above, 1).is_in(list(divisions.counties))
    stripped = texts.filter(own if divisions.counties else pl.lit(value=True)).select(
        "n", "t_code", rest=pl.col("text").str.replace(above, "")
    )
    every = pl.concat([plain, stripped]).unique()
    if not names:
        return every
    begins = rf"^({'|'.join(map(pl.escape_regex, names))})"
    held = every.with_columns(form=pl.col("rest").str.extract(begins, 1)).drop_nulls("form")
    behind = (
        held.join(divisions.townships.select("form", "township_code"), on="form", how="inner")
        .filter(pl.col("t_code").is_null() | (pl.col("t_code") == pl.col("township_code")))
        .select(
            "n",
            t_code="township_code",
            # 大石镇-王堂村, 大石镇/王堂村
            rest=pl.col("rest")
            .str.slice(pl.col("form").str.len_chars())
            .str.strip_chars_start("-—–_/,、:"),
        )
    )
    if not divisions.counties:
        # Which county is meant cannot be seen, so only a township of this one makes it likely.
        every = plain
    return pl.concat([every, behind]).filter(pl.col("rest").str.len_chars() > 0).unique()
