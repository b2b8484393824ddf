"""What a list says that cannot all be true: asked about, never changed.

Each function gives the entries of one doubt, of scope ``flag``: the row and its values go on as
they stand, and people are told both sides. Only the list itself is asked here; what another list
says against it is for the rules. Doubts about single values stand in `odd_values`, rows that are
there twice in `repeated`, sums in `totals`.
"""

import datetime as dt
from collections.abc import Iterator

import polars as pl

from pipelines import frames
from pipelines.contracts import Contract
from pipelines.standardise.id_number import sex_of, with_births
from pipelines.standardise.names import parent_of
from pipelines.standardise.odd_values import odd_values
from pipelines.standardise.place_names import spelt
from pipelines.standardise.reasons import asked
from pipelines.standardise.repeated import repeated_rows
from pipelines.standardise.text import is_nothing
from pipelines.standardise.unlike import unlike_the_others

_ANOTHERS = (
    r"[(（\[【]([^()（）\[\]【】]*(?:妻|夫|父|母|儿|子|女|误|错|借|代|他人)"
    r"[^()（）\[\]【】]*)[)）\]】]\s*$"
)
"""A remark behind a number by which it is not, or may not be, the person's own."""
_NUMBERS = ("id_number", "head_id_number")
"""Those whose birth dates are asked about."""
DOUBTS = {
    "several_persons_split": "一行写了几个人，已按人拆成几条记录",
    "one_number_two_names": "同一个证件号码用于不同的姓名",
    "guardians_number": "证件号码与监护人的相同，疑似串号",
    "number_of_another": "证件号码后面注明是别人的，或注明有误",
    "absurd_birth": "出生日期还没有到，或年龄超过110岁",
    "future_date": "日期还没有到",
    "before_birth": "日期早于本人出生",
    "region_unknown": "证件号码的前六位不是行政区划代码，号码照常使用",
    "old_terms": "一列里用了旧称或错字，如五保户、检测户",
    "numbers_swapped": "同户两人的证件号码疑似互换",
    "sex_against_number": "性别与证件号码不一致",
    "birth_against_number": "出生日期与证件号码不一致",
    "one_person_two_numbers": "同户（村）同名同生日的两个证件号码，疑似同一人",
    "village_blank": "名单有行政村一列，一些行却留空，也没有标题行或地址说明",
    "repeated_row": "与前面一行的主要内容相同，两行都保留",
    "name_not_writable": "姓名里有打不出的字（?、□、拼音或拆字）",
    "unit_mixed": "一列金额里个别的像是与其他的单位不同",
    "year_for_month": "一列月金额里个别的像是年金额",
    "unit_in_doubt": "一列金额像是以万元为单位，表头没有写",
    "amount_beyond_usual": "金额超出通常的范围",
    "amounts_beyond_usual": "一列金额大多超出通常的范围",
}
"""Reason code to what it means."""


def doubts(
    frame: pl.DataFrame, records: pl.DataFrame, contract: Contract, day: dt.date | None = None
) -> pl.DataFrame:
    """Give the doubts about one dataset.

    Args:
        frame: The clean frame, `frames.clean_schema` of the contract.
        records: Its records, `frames.intake_schema`.
        contract: The dataset.
        day: The day on which the list is read: of the round, or of the check.

    Returns:
        `frames.QUARANTINE`, scope ``flag``.
    """
    if frame.is_empty():
        return frames.empty(frames.QUARANTINE)
    numbers = [name for name in _NUMBERS if name in contract.columns]
    frame = with_births(frame, numbers)
    found = pl.concat(_found(frame, records, contract, day))
    lineage = records.select("record_id", "file_id", "path", "sheet", "row_number").filter(
        pl.col("record_id").is_in(found["record_id"].unique().implode())
    )
    return (
        found.join(lineage, on="record_id", how="inner", maintain_order="left", validate="m:1")
        .with_columns(scope=pl.lit("flag"), dataset=pl.lit(contract.dataset))
        .pipe(frames.conform, frames.QUARANTINE)
    )


def _found(
    frame: pl.DataFrame, records: pl.DataFrame, contract: Contract, day: dt.date | None
) -> Iterator[pl.DataFrame]:
    titles = {c.name: c.title for c in contract.columns.values()}
    yield _split_rows(frame)
    for name, number in (("name", "id_number"), ("head_name", "head_id_number")):
        if {name, number} <= set(titles):
            yield _two_names(frame, name, number, titles)
    if "id_number" in titles:
        yield _number_of_another(frame, titles["id_number"])
    if {"id_number", "guardian_id_number"} <= set(titles):
        yield _guardians_number(frame, titles)
    if "id_number" in titles:
        yield from _against_the_number(frame, titles)
    if {"id_number", "name"} <= set(titles) and contract.nature == "snapshot":
        yield _two_numbers(frame, contract, titles)
    if "village" in titles and contract.grain != "village":
        yield _village_blank(frame, records, titles["village"])
    yield repeated_rows(frame, contract)
    yield from odd_values(frame, contract, day)
    yield from unlike_the_others(frame, contract)


def _split_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows that named several persons and became as many records (DOMAIN C2, 48)."""
    if not _splits(frame):
        return asked(frame.clear(), None, "several_persons_split", "")
    place = ("file_id", "sheet", "row_number")
    rows = frame.with_columns(many=pl.len().over(place)).filter(pl.col("many") > 1)
    said = pl.format(
        "这一行写了几个人，已按人拆成几条记录，金额只记在第一人名下：{} 人；请改为一人一行填写。",
        "many",
    )
    once = rows.unique(place, keep="first", maintain_order=True)
    return asked(once, None, "several_persons_split", said)


def _splits(frame: pl.DataFrame) -> bool:
    return bool(frame["record_id"].str.contains("-[0-9]+-[0-9]+-[0-9]+$").any())


def _two_names(frame: pl.DataFrame, name: str, number: str, titles: dict[str, str]) -> pl.DataFrame:
    """One number, two names (DOMAIN C2, 34): a typing error, or 重号, which the police settle."""
    key = f"{name}_key"
    again = frame.select("record_id", f"{number}_text", number, name, key).filter(
        pl.all_horizontal(pl.col(number, key).is_not_null()) & pl.struct(number).is_duplicated()
    )
    # A newborn (张三之子) is listed under the parent's number until it has its own.
    whose = pl.coalesce(parent_of(key), key)
    rows = again.filter(whose.n_unique().over(number) > 1)
    others = rows.group_by(number).agg(pl.col(name).unique().sort().alias("names"))
    reason = pl.format(
        "{}同一个号码用于不同的姓名：有{}；请对照户口簿核对是否填错，确属重号的报公安部门处理。",
        pl.lit(f"“{titles[number]}”"), pl.col("names").list.join("、"),
    )  # fmt: skip
    return asked(rows.join(others, on=number), number, "one_number_two_names", reason)


def _number_of_another(frame: pl.DataFrame, title: str) -> pl.DataFrame:
    """A number of which the cell says itself that it is another's (妻子的), or wrong (C2, 33)."""
    noted = frame.filter(
        pl.col("id_number").is_not_null() & pl.col("id_number_text").str.contains(_ANOTHERS)
    )
    reason = pl.format(
        "“{}”后面注有文字：{}；号码照常使用，请核对是不是本人的号码，是别人的请改填本人的。",
        pl.lit(title), pl.col("id_number_text").str.extract(_ANOTHERS, 1),
    )  # fmt: skip
    return asked(noted, "id_number", "number_of_another", reason)


def _guardians_number(frame: pl.DataFrame, titles: dict[str, str]) -> pl.DataFrame:
    """A child's row bears the guardian's number (DOMAIN C2, 33)."""
    same = pl.col("id_number") == pl.col("guardian_id_number")
    other = pl.col("name_key") != pl.col("guardian_name_key")
    rows = frame.filter(same & other) if "guardian_name_key" in frame.columns else frame.clear()
    says = f"“{titles['id_number']}”与监护人的相同，疑似串号；请填本人的证件号码。"
    return asked(rows, "id_number", "guardians_number", says)


def _against_the_number(frame: pl.DataFrame, titles: dict[str, str]) -> Iterator[pl.DataFrame]:
    """Sex or birth date other than the valid number says (29); crossed in one household (33)."""
    mates = ("household_id", "head_name_key", "head_name")
    needed = ("record_id", "name", "id_number_text", "sex_text", "birth_date_text", *mates)
    told = frame.select(
        *[name for name in needed if name in frame.columns],
        id_sex=sex_of(pl.col("id_number")),
        id_birth="id_number_birth",
        said_sex=pl.col("sex") if "sex" in titles else pl.lit(None, dtype=pl.String),
        said_birth=pl.col("birth_date") if "birth_date" in titles else pl.lit(None, dtype=pl.Date),
        precision=pl.col("birth_date_precision")
        if "birth_date" in titles
        else pl.lit(None, dtype=pl.String),
    )
    other_sex = (pl.col("said_sex") != pl.col("id_sex")).fill_null(value=False)
    other_birth = (~_same_birth("said_birth", "id_birth")).fill_null(value=False)
    wrong = told.filter(other_sex | other_birth)
    if wrong.is_empty():
        return
    crossed = _crossed(wrong, titles)
    says = (
        f"“{titles['id_number']}”与同户的人疑似串号，互换后性别、出生日期相符：同户“{{}}”；"
        "请核对两人的号码。"
    )
    yield asked(crossed, "id_number", "numbers_swapped", pl.format(says, pl.col("mate")))
    rest = wrong.join(crossed, on="record_id", how="anti")
    sexes = pl.format(
        "“性别”与证件号码不一致：写的是{}，按证件号码是{}；请对照户口簿，核对哪一个填错。",
        "said_sex", "id_sex",
    )  # fmt: skip
    yield asked(rest.filter(other_sex), "sex", "sex_against_number", sexes)
    births = pl.format(
        "“出生日期”与证件号码不一致：写的是 {}，按证件号码是 {}；请对照户口簿，核对哪一个填错。",
        "birth_date_text", "id_birth",
    ) if "birth_date" in titles else ""  # fmt: skip
    yield asked(rest.filter(other_birth), "birth_date", "birth_against_number", births)


def _same_birth(said: str, number: str) -> pl.Expr:
    """Whether two birth dates agree as far as the first is known."""
    a, b = pl.col(said), pl.col(number)
    years, months = a.dt.year() == b.dt.year(), a.dt.month() == b.dt.month()
    return (
        pl.when(pl.col("precision") == "year")
        .then(years)
        .when(pl.col("precision") == "month")
        .then(years & months)
        .otherwise(a == b)
    )


def _crossed(wrong: pl.DataFrame, titles: dict[str, str]) -> pl.DataFrame:
    """Rows of one household that would be right with each other's numbers."""
    house = next(
        (c for c in ("household_id", "head_name_key", "head_name") if c in wrong.columns), ""
    )
    if not house or house.removesuffix("_key") not in titles:
        return wrong.clear().with_columns(mate=pl.lit(None, dtype=pl.String))
    mates = wrong.filter(pl.col(house).is_not_null()).select(
        house, mate_record="record_id", mate="name", mate_sex="id_sex", mate_birth="id_birth",
    )  # fmt: skip
    fits = (pl.col("said_sex") == pl.col("mate_sex")).fill_null(value=True) & _same_birth(
        "said_birth", "mate_birth"
    ).fill_null(value=True)
    one_way = wrong.join(mates, on=house, how="inner").filter(
        (pl.col("record_id") != pl.col("mate_record")) & fits
    )
    back = one_way.select(record_id="mate_record", mate_record="record_id")
    both = one_way.join(back, on=["record_id", "mate_record"], how="semi")
    return both.unique("record_id", keep="first", maintain_order=True)


def _village_blank(frame: pl.DataFrame, records: pl.DataFrame, title: str) -> pl.DataFrame:
    """Rows without the village that others of their sheet have (DOMAIN C2, 61), once a sheet.

    A blank is the same as above only where the cell is merged; else nobody can say whose it is.
    """
    sheet = ("file_id", "path", "sheet")
    texts = frame.select(pl.col("village_text").unique())
    nothing = texts.filter(is_nothing(spelt(pl.col("village_text")))).to_series()
    blank = pl.col("village_text").is_in(nothing.implode(), nulls_equal=True)
    narrow = frame.select("record_id", *sheet, "village", "village_text")
    lost = narrow.filter(blank & pl.col("village").is_null())
    if lost.is_empty():
        return asked(lost, "village", "village_blank", "")
    said = [n for n in ("village_hint", "address") if n in records.columns]
    unsaid = records.select("record_id", *said).filter(
        pl.col("record_id").is_in(lost["record_id"].implode())
        & pl.all_horizontal(pl.col(said).is_null())
    )
    others = narrow.select(*sheet, "village_text").filter(~blank).select(sheet).unique()
    rows = lost.join(others, on=sheet, how="semi").join(unsaid, on="record_id", how="semi")
    first = rows.with_columns(many=pl.len().over(sheet)).unique(
        sheet, keep="first", maintain_order=True
    )
    reason = pl.format(
        "{}留空，没有按上一行的村读取：共 {} 行；请逐行填写，或把同一村的单元格合并。",
        pl.lit(f"“{title}”"), "many",
    )  # fmt: skip
    return asked(first, "village", "village_blank", reason)


def _has_births(frame: pl.DataFrame) -> bool:
    return "birth_date" in frame.columns and frame["birth_date"].null_count() < frame.height


def _two_numbers(frame: pl.DataFrame, contract: Contract, titles: dict[str, str]) -> pl.DataFrame:
    """Same name, birth date and household or village, two numbers (DOMAIN C2, 35).

    The birth date is the list's own. A list of one row a person that has none is asked by the
    dates in the numbers themselves.
    """
    if contract.linkage.one_row_a_subject and not _has_births(frame):
        frame = frame.with_columns(birth_date="id_number_birth", birth_date_precision=pl.lit("day"))
    elif "birth_date" not in titles:
        return asked(frame.clear(), "id_number", "one_person_two_numbers", "")
    home = ["household_id" if "household_id" in titles else "village_code"]
    if home[0] not in frame.columns:
        return asked(frame.clear(), "id_number", "one_person_two_numbers", "")
    same = ["name_key", "birth_date", *home]
    told = frame.select("record_id", "row_number", "id_number", "id_number_text", *same).filter(
        pl.all_horizontal(pl.col("id_number", *same).is_not_null())
        & (frame["birth_date_precision"] == "day")
    )
    again = told.filter(pl.struct(same).is_duplicated())
    rows = again.filter(pl.col("id_number").n_unique().over(same) > 1)
    reason = pl.format(
        "{}不同，但姓名、出生日期和户（村）都相同，疑似同一人有两个号码：还有第 {} 行；"
        "请核对后保留现用的号码。",
        pl.lit(f"“{titles['id_number']}”"), _other_row(same),
    )  # fmt: skip
    return asked(rows, "id_number", "one_person_two_numbers", reason)


def _other_row(same: list[str]) -> pl.Expr:
    """Give the number of another row of the group: the first, or for that the second."""
    first = pl.col("row_number").first().over(same)
    second = pl.col("row_number").get(1, null_on_oob=True).over(same)
    return pl.when(pl.int_range(pl.len()).over(same) == 0).then(second).otherwise(first)
