"""What each row of a sheet with a known header is: a record, or what lists have besides.

Nearly every row is plainly a record: its must-have cells are filled and no cell looks like a header
or begins like a total or a note. Only the others are looked at closely, so that telling rows apart
costs next to nothing.
"""

from functools import cache
from itertools import pairwise

import polars as pl

from pipelines.contracts import ColumnType
from pipelines.intake.match import Match

_SUM = (
    r"^(?:.{0,12}(?:县|乡|镇|街道|村|社区|组|校|学校|院|户))?"
    r"(?:本页|本表|全县|全镇|全乡|全村|总)?(?:合计|小计|总计|共计|累计|页计)"
)
_NOTE = (
    r"^(?:备注|附注|注|说明|填表|制表|审核|复核|填表说明|填报说明|填报要求|注意事项|填表人|填报人|制表人?|制表单位|"
    r"经办人|审核人?|"
    r"复核人?|审批人?|负责人|单位负责人|分管领导|主要领导|填报单位|填表单位|填报时间|填表时间|填报日期|填表日期|"
    r"制表时间|制表日期|联系人|联系电话|报送单位|单位[（(]?盖章[）)]?|盖章|公章|打印时间|导出时间|数据来源|"
    r"过次页|承前页|转下页|接上页|续下页)"
    r"(?:[(（][^)）]*[)）])?\s*(?:[:：、.．;；]|\d+[、.．]|$)"
)
NOT_DATA = ("title", "header", "total", "note", "blank")
_ASIDE = (
    r"名册|花名册|名单|台账|汇总|情况表|统计表|登记表|[（(]续|续[表)）]|"
    r"(?:局|委|办|办公室|政府|委员会|中心|站|所|县|镇|乡|街道|村|社区|组)(?:[:：]|$)|^[（(].*[)）]$"
    r"|^\d{4}[年.\-/].*[日号\d]$"
    r"|^(?:本[月期季年]度?)?(?:暂)?无(?:新增|变动|死亡|此类)|零报告"
    r"|^(?:以下|以上|上述|本页|第\d+页|共\s*\d+\s*(?:条|行|人|户|笔))"
    r"|^[*＊※★☆—\-#]|^(?:第?[一二三四五六七八九十\d]{1,3}|"
    r"[（(][一二三四五六七八九十\d]{1,3}[)）])[、.．)）页\p{Han}]"
)
"""What a row of one cell says that is no record: a title again, the heading of a part (一、大石镇),
who signed, the day, the seal, the page."""
_LOOKS_ODD = "[计备注表人审批位章]|说明|领导|日期|时间|联系|来源"
"""What a total, a note or a signature has somewhere in its first or must-have cells."""
_BETWEEN = "\x1f"
_FIRST = rf"^([^{_BETWEEN}]{{1,30}})"
"""The beginning of the first of a row's texts."""
_TELLING = rf"(?:^|{_BETWEEN})([\d.]*[^\d.{_BETWEEN}][^{_BETWEEN}]{{0,29}})"
"""The same of the first that is no plain number: a running number may stand before the word."""
_MOST_CELLS_OF_A_NOTE = 6
_DIGITS = 15
"""What an ID number has at least."""
_LONGEST_NAME = 8
"""A row of one cell with more characters is a remark; minority names have their separator."""

_SUM_WITHIN = r"合计|小计|总计|累计|总(?:人|户)数|共\d+(?:人|户|名|条|件)"
_SIGNED = r"[:：]$"
_PAGE = rf"(?:^|{_BETWEEN})第\d+页(?:$|{_BETWEEN})"
_MOST_CELLS_OF_A_REMARK = 3
"""So few cells without an ID number are no record where one says 共12人 or waits for a signature
(校长：)."""
_NOBODY = ["无", "/", "／", "—"]
"""What alone beside a running number says that there is nobody to list."""

_LETTERS = ("甲乙丙丁戊己庚辛壬癸", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""How columns of text are numbered, before those of figures."""

HeaderRows = list[list[tuple[str, str]]]
"""Each row of a header as its filled cells, column and text."""


def other_rows(cells: pl.DataFrame, match: Match) -> pl.DataFrame:
    """Give the rows that are no records, with ``kind``: title, header, total, note, blank.

    Args:
        cells: A column ``row`` (from 1) and the sheet's text, columns named by position.
        match: The sheet's header.
    """
    top = match.last_row + 1 + _is_numbering(cells, match)
    above = cells.head(top).with_columns_seq(kind=_kind_above(cells, match))
    first = pl.col("row") == top + 1  # where sums stand that fill as many cells as a record
    odd = cells.slice(top).filter(first | _odd(cells, match))
    odd = odd.filter(~_has_id_number(match)) if odd.height else odd
    if odd.is_empty():
        return above
    said = odd.with_columns_seq(said=_said(odd))
    below = (
        said.with_columns_seq(
            header=_header_again(said, _header_rows(cells, match)),
            first=pl.col("said").str.extract(_FIRST, 1),
            telling=pl.col("said").str.extract(_TELLING, 1),
            count=_cells_with_text(),
        )
        .with_columns_seq(note=_is_note(), nobody=_is_nobody())
        .with_columns_seq(kind=_kind())
        .filter(pl.col("kind").is_not_null())
    )
    return pl.concat([above, below.select(above.columns)])


def _kind_above(cells: pl.DataFrame, match: Match) -> pl.Expr:
    """Say what a row down to the header's last is."""
    blank = pl.concat_str(_names(cells), ignore_nulls=True) == ""
    title = pl.col("row") <= match.first_row
    return (
        pl.when(blank)
        .then(pl.lit("blank"))
        .when(title)
        .then(pl.lit("title"))
        .otherwise(pl.lit("header"))
    )


@cache
def _kind() -> pl.Expr:
    """Say what a row below the header is; null: a record."""
    return (
        pl.when((pl.col("count") == 0) | (pl.col("nobody") & ~pl.col("header")))
        .then(pl.lit("blank"))
        .when("header")
        .then(pl.lit("header"))
        .when(_is_total())
        .then(pl.lit("total"))
        .when("note")
        .then(pl.lit("note"))
    )


def _names(cells: pl.DataFrame) -> list[str]:
    return [name for name in cells.columns if name != "row"]


def _said(cells: pl.DataFrame) -> pl.Expr:
    """Give the texts of each row without white space."""
    joined = pl.concat_str(_names(cells), separator=_BETWEEN, ignore_nulls=True)
    return joined.str.replace_all(r"\s", "")


@cache
def _cells_with_text() -> pl.Expr:
    """How many of a row's cells say something."""
    said = pl.col("said")
    return pl.when(said != "").then(said.str.count_matches(_BETWEEN) + 1).otherwise(0)


@cache
def _is_note() -> pl.Expr:
    """Whether a row says something beside the list."""
    first, telling, count = pl.col("first"), pl.col("telling"), pl.col("count")
    labelled = (count <= _MOST_CELLS_OF_A_NOTE) & first.str.contains(_NOTE)
    remark = first.str.contains(_ASIDE) | (first.str.len_chars() > _LONGEST_NAME)
    alone = (count == 1) & ~first.str.contains("[·•・]") & remark
    signed = telling.str.contains(_SIGNED) | pl.col("said").str.contains(_PAGE)
    return labelled | alone | ((count <= _MOST_CELLS_OF_A_REMARK) & signed)


def _is_total() -> pl.Expr:
    """Whether a row gives a sum, first of all or within a remark."""
    begun = pl.any_horizontal(pl.col("first", "telling").str.contains(_SUM))
    within = pl.any_horizontal(pl.col("first", "telling").str.contains(_SUM_WITHIN))
    return begun | ((pl.col("count") <= _MOST_CELLS_OF_A_REMARK) & within & ~pl.col("note"))


@cache
def _is_nobody() -> pl.Expr:
    """Whether a row lists nobody: it has a running number alone, or 无 beside it."""
    numbered = (pl.col("count") == 1) & pl.col("first").str.contains(r"^\d{1,5}(?:\.0)?$")
    return numbered | ((pl.col("count") <= 2) & pl.col("telling").is_in(_NOBODY))


def _odd(cells: pl.DataFrame, match: Match) -> pl.Expr:
    """Whether a row below the header may be something else than a record."""
    names = _names(cells)
    must = list(map(str, match.must_haves.values()))
    few = pl.sum_horizontal(pl.col(names).is_not_null()) <= _MOST_CELLS_OF_A_NOTE
    begins = pl.col(list(dict.fromkeys((names[0], *must)))).str.contains(_LOOKS_ODD)
    # A header that comes again may be spaced otherwise (姓 名): its first character is enough here.
    starts = dict.fromkeys(
        (c, text[:1]) for row in _header_rows(cells, match) for c, text in row[:3]
    )
    alike = [pl.col(c).str.starts_with(character) for c, character in starts]
    missing = [pl.col(c).is_null() for c in must]
    return pl.any_horizontal(few, begins, *alike, *missing).fill_null(value=False)


def _header_rows(cells: pl.DataFrame, match: Match) -> HeaderRows:
    """Give the filled cells of each header row that has at least two."""
    rows = cells.slice(match.first_row, match.last_row - match.first_row + 1)
    filled = [
        [(c, t) for c, t in row.items() if t is not None and c != "row"]
        for row in rows.rows(named=True)
    ]
    return [row for row in filled if len(row) > 1]


def _has_id_number(match: Match) -> pl.Expr:
    """Whether the row has an ID number: then it is a record, whatever else it says or lacks.

    The later members of a household lack what its first row says, but have their numbers.
    """
    digits = pl.col(_id_numbers(match)).str.count_matches(r"\d")
    return pl.any_horizontal(pl.lit(value=False), digits >= _DIGITS).fill_null(value=False)


def _id_numbers(match: Match) -> list[str]:
    """Give the columns of ID numbers."""
    contract = match.vocabulary.contract
    return [
        str(at)
        for name, positions in match.columns.items()
        for at in positions
        if contract.columns[name].type is ColumnType.ID_NUMBER
    ]


def _header_again(said: pl.DataFrame, header_rows: HeaderRows) -> pl.Expr:
    """Whether a row, white space aside, has most cells of a header row again.

    Args:
        said: The rows, with their texts without white space as ``said``.
        header_rows: What they may have again.
    """
    alike = [pl.lit(value=False)]
    for row in header_rows:
        texts = {c: "".join(t.split()) for c, t in row}
        most = max(2, round(0.6 * len(row)))
        # Of so many cells that the others are too few, at least one has to be there.
        longest = sorted(texts.values(), key=len)[most - 1 :]
        if said["said"].str.contains_any(longest).any():
            same = (pl.col(c).str.replace_all(r"\s", "") == text for c, text in texts.items())
            alike.append(pl.sum_horizontal(same) >= most)
    return pl.any_horizontal(alike)


def _is_numbering(cells: pl.DataFrame, match: Match) -> bool:
    """Whether below the header stands a row of column numbers (甲 乙 丙 1 2 3 …)."""
    below = cells.slice(match.last_row + 1, 1)
    texts = [t.strip() for row in below.rows() for t in row[1:] if t is not None and t.strip()]
    bare = [text.strip("()（）栏列") for text in texts]
    lettered = max(
        n for letters in _LETTERS for n in range(len(bare) + 1) if bare[:n] == [*letters[:n]]
    )
    rest = bare[lettered:]
    numbers = [int(t) for t in rest if t.isdecimal() and len(t) <= 3]
    rising = all(b == a + 1 for a, b in pairwise(numbers))
    return lettered + len(numbers) >= 3 and rising and len(numbers) >= len(rest) - 2
