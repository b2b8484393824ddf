"""What a list says that cannot all be true: asked about, never changed.

Each function gives the quarantine entries of one doubt, of scope ``flag``: the row and its values
go on as they stand, and people are told both sides. Only the list itself is asked here; what
another list says against it is for the rules.
"""

import math
from collections.abc import Iterator

import polars as pl

from pipelines import frames
from pipelines.contracts import Column, ColumnType, Contract
from pipelines.standardise.id_number import birth_date_of, sex_of

DOUBTS = {
    "several_persons_split": "一行写了几个人，已按人拆成几条记录",
    "one_number_two_names": "同一个证件号码用于不同的姓名",
    "guardians_number": "证件号码与监护人的相同，疑似串号",
    "name_not_writable": "姓名里有打不出的字（?、□、拼音或拆字）",
    "absurd_birth": "出生日期晚于名单的日期，或年龄超过110岁",
    "numbers_swapped": "同户两人的证件号码疑似互换",
    "sex_against_number": "性别与证件号码不一致",
    "birth_against_number": "出生日期与证件号码不一致",
    "one_person_two_numbers": "同户（村）同名同生日的两个证件号码，疑似同一人",
    "repeated_row": "与另一行的主要内容相同，两行都保留",
    "unit_in_doubt": "一列金额像是以万元为单位，表头没有写",
    "unit_mixed": "一列金额里个别的像是以万元为单位",
    "year_for_month": "一列月金额里个别的像是年金额",
    "amount_beyond_usual": "金额超出通常的范围",
}
"""Reason code to what it means."""

OLDEST = 110
"""Full years beyond which an age is asked about (DOMAIN C2, 28)."""
_TEN_THOUSAND = 10_000
_FAR = 0.75
"""An amount is of another scale if it lies beyond the median by this power of the scale: for 万元
a thousand times, for a year's amount six times."""
_LEAST_AMOUNTS = 8
"""With fewer amounts in a sheet their median says little."""
_MOST_OF_A_SHEET = 0.8
"""Share of a sheet's amounts that must look like 万元 before its unit is in doubt."""
_NOT_TELLING = {"status", "certificate"}
"""Key columns in which two rows of one subject may differ: active and stopped, old and new card."""


def doubts(frame: pl.DataFrame, records: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Give the doubts about one dataset.

    Args:
        frame: The clean frame, `frames.clean_schema` of the contract.
        records: Its records, `frames.intake_schema`.
        contract: The dataset.

    Returns:
        `frames.QUARANTINE`, scope ``flag``.
    """
    lineage = records.select("record_id", "file_id", "path", "sheet", "row_number", "raw_row")
    entries = [
        found.select("record_id", "column_name", "reason_code", "reason", "raw_value")
        .join(lineage, on="record_id", how="inner", validate="m:1")
        .with_columns(scope=pl.lit("flag"), dataset=pl.lit(contract.dataset))
        .pipe(frames.conform, frames.QUARANTINE)
        for found in _found(frame, contract)
        if found.height
    ]
    return pl.concat([frames.empty(frames.QUARANTINE), *entries])


def _found(frame: pl.DataFrame, contract: Contract) -> Iterator[pl.DataFrame]:
    if frame.is_empty():
        return
    titles = {c.name: c.title for c in contract.columns.values()}
    yield _split_rows(frame)
    yield from _of_persons(frame, titles)
    if {"id_number", "guardian_id_number"} <= set(titles):
        yield _guardians_number(frame, titles)
    if "id_number" in titles:
        yield from _against_the_number(frame, titles)
    if "birth_date" in titles:
        yield _absurd(frame, pl.col("birth_date"), "birth_date", titles)
    if {"id_number", "name"} <= set(titles) and contract.nature == "snapshot":
        yield _two_numbers(frame, contract, titles)
    yield _repeated(frame, contract, titles)
    for column in contract.columns.values():
        if column.type is ColumnType.AMOUNT:
            yield from _of_amounts(frame, column)


def _of_persons(frame: pl.DataFrame, titles: dict[str, str]) -> Iterator[pl.DataFrame]:
    """What names and numbers of persons say by themselves."""
    for name, number in (("name", "id_number"), ("head_name", "head_id_number")):
        if number in titles:
            yield _absurd(frame, birth_date_of(pl.col(number)), number, titles)
        if name in titles:
            yield _not_writable(frame, name, titles)
        if {name, number} <= set(titles):
            yield _two_names(frame, name, number, titles)


def _of_amounts(frame: pl.DataFrame, column: Column) -> Iterator[pl.DataFrame]:
    """What the size of a column's amounts says of their unit and period."""
    if column.usual:
        yield from _unusual(frame, column.name, column.title, column.usual)
    else:
        says = "比同列的其他数小一千倍以上，像是以万元为单位；请核对后改填元。"
        yield _of_another_scale(frame, column, _TEN_THOUSAND, "unit_mixed", says)
    if "月" in (column.unit or ""):
        says = "是同列其他数的十来倍，像是按年的金额；请核对后改填月金额。"
        yield _of_another_scale(frame, column, 1 / 12, "year_for_month", says)


def _entry(
    rows: pl.DataFrame, column: str | None, code: str, reason: pl.Expr, raw: str | None = None
) -> pl.DataFrame:
    """Give entries of `rows`; the text of the cell is `raw` (default: the column's own text)."""
    text = raw or f"{column}_text"
    return rows.select(
        "record_id",
        column_name=pl.lit(column, dtype=pl.String),
        reason_code=pl.lit(code),
        reason=reason,
        raw_value=pl.col(text) if text in rows.columns else pl.lit(None, dtype=pl.String),
    )


def _split_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows that named several persons and became as many records (DOMAIN C2, 48)."""
    place = ("file_id", "sheet", "row_number")
    rows = frame.filter(pl.len().over(place) > 1) if _splits(frame) else frame.clear()
    said = pl.format(
        "这一行写了 {} 个人，已按人拆成 {} 条记录；金额只记在第一人名下。请改为一人一行填写。",
        pl.len().over(place), pl.len().over(place),
    )  # fmt: skip
    return _entry(rows, None, "several_persons_split", said)


def _splits(frame: pl.DataFrame) -> bool:
    return bool(frame["record_id"].str.contains(r"-\d+-\d+-\d+$").any())


def _two_names(frame: pl.DataFrame, name: str, number: str, titles: dict[str, str]) -> pl.DataFrame:
    """One number, two names (DOMAIN C2, 34): a typing error, or 重号, which the police settle."""
    key = f"{name}_key"
    told = frame.select("record_id", f"{number}_text", number, name, key).filter(
        pl.col(number).is_not_null() & pl.col(key).is_not_null()
    )
    again = told.filter(pl.col(number).is_duplicated())
    rows = again.filter(pl.col(key).n_unique().over(number) > 1)
    others = rows.group_by(number).agg(pl.col(name).unique().sort().alias("names"))
    reason = pl.format(
        "{}同一个号码用于不同的姓名（{}）；请对照户口簿核对是否填错，确属重号的报公安部门处理。",
        pl.lit(f"“{titles[number]}”"), pl.col("names").list.join("、"),
    )  # fmt: skip
    return _entry(rows.join(others, on=number), number, "one_number_two_names", reason)


def _guardians_number(frame: pl.DataFrame, titles: dict[str, str]) -> pl.DataFrame:
    """A child's row bears the guardian's number (DOMAIN C2, 33)."""
    same = pl.col("id_number") == pl.col("guardian_id_number")
    other = pl.col("name_key") != pl.col("guardian_name_key")
    rows = frame.filter(same & other) if "guardian_name_key" in frame.columns else frame.clear()
    says = f"“{titles['id_number']}”与监护人的相同，疑似串号；请填本人的证件号码。"
    return _entry(rows, "id_number", "guardians_number", pl.lit(says))


def _absurd(
    frame: pl.DataFrame, born: pl.Expr, column: str, titles: dict[str, str]
) -> pl.DataFrame:
    """Born after the list's day, or more than 110 years before it (DOMAIN C2, 28)."""
    needed = dict.fromkeys(("record_id", "as_of", column, f"{column}_text"))
    rows = frame.select(*needed, born=born).filter(
        (pl.col("born") > pl.col("as_of"))
        | (pl.col("born").dt.offset_by(f"{OLDEST}y") < pl.col("as_of"))
    )
    reason = pl.format(
        "{}说明出生于 {}，{}；请对照户口簿核对。",
        pl.lit(f"“{titles[column]}”"),
        pl.col("born"),
        pl.when(pl.col("born") > pl.col("as_of"))
        .then(pl.lit("晚于名单的日期"))
        .otherwise(pl.lit(f"年龄超过 {OLDEST} 岁")),
    )
    return _entry(rows, column, "absurd_birth", reason)


def _against_the_number(frame: pl.DataFrame, titles: dict[str, str]) -> Iterator[pl.DataFrame]:
    """Sex or birth date other than the valid number says (29); crossed in one household (33)."""
    mates = ("household_id", "head_name_key", "head_name")
    needed = ("record_id", "name", "id_number_text", "sex_text", "birth_date_text", *mates)
    told = frame.select(
        *[name for name in needed if name in frame.columns],
        id_sex=sex_of(pl.col("id_number")),
        id_birth=birth_date_of(pl.col("id_number")),
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
        f"“{titles['id_number']}”与同户“{{}}”的疑似串号（互换后性别、出生日期相符）；"
        "请核对两人的号码。"
    )
    yield _entry(crossed, "id_number", "numbers_swapped", pl.format(says, pl.col("mate")))
    rest = wrong.join(crossed, on="record_id", how="anti")
    sexes = pl.format("性别写的是{}，按证件号码是{}；请核对哪一个填错。", "said_sex", "id_sex")
    yield _entry(rest.filter(other_sex), "sex", "sex_against_number", sexes)
    births = pl.format(
        "出生日期写的是 {}，按证件号码是 {}；请核对哪一个填错。", "birth_date_text", "id_birth"
    ) if "birth_date" in titles else pl.lit("")  # fmt: skip
    yield _entry(rest.filter(other_birth), "birth_date", "birth_against_number", births)


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


def _has_births(frame: pl.DataFrame) -> bool:
    return "birth_date" in frame.columns and frame["birth_date"].null_count() < frame.height


def _two_numbers(frame: pl.DataFrame, contract: Contract, titles: dict[str, str]) -> pl.DataFrame:
    """Same name, birth date and household or village, two numbers (DOMAIN C2, 35).

    The birth date is the list's own. A list of one row a person that has none is asked by the
    dates in the numbers themselves.
    """
    if contract.linkage.one_row_a_subject and not _has_births(frame):
        frame = frame.with_columns(
            birth_date=birth_date_of(pl.col("id_number")), birth_date_precision=pl.lit("day")
        )
    elif "birth_date" not in titles:
        return frame.clear().pipe(_entry, "id_number", "one_person_two_numbers", pl.lit(""))
    home = ["household_id" if "household_id" in titles else "village_code"]
    if home[0] not in frame.columns:
        return frame.clear().pipe(_entry, "id_number", "one_person_two_numbers", pl.lit(""))
    same = ["name_key", "birth_date", *home]
    told = frame.filter(
        pl.all_horizontal(pl.col("id_number", *same).is_not_null())
        & (pl.col("birth_date_precision") == "day")
    )
    again = told.filter(pl.struct(same).is_duplicated())
    rows = again.filter(pl.col("id_number").n_unique().over(same) > 1)
    reason = pl.format(
        "{}不同，但姓名、出生日期和户（村）都相同的还有第 {} 行，疑似同一人有两个号码；"
        "请核对后保留现用的号码。",
        pl.lit(f"“{titles['id_number']}”"), _other_row(same),
    )  # fmt: skip
    return _entry(rows, "id_number", "one_person_two_numbers", reason)


def _other_row(same: list[str]) -> pl.Expr:
    """Give the number of another row of the group: the first, or for that the second."""
    first = pl.col("row_number").first().over(same)
    second = pl.col("row_number").get(1, null_on_oob=True).over(same)
    return pl.when(pl.int_range(pl.len()).over(same) == 0).then(second).otherwise(first)


def _repeated(frame: pl.DataFrame, contract: Contract, titles: dict[str, str]) -> pl.DataFrame:
    """Rows of one subject twice (DOMAIN C2, 68): all stay; which counts, a rule decides."""
    keys = [name for name in contract.key if name not in _NOT_TELLING]
    number = next((n for n in ("id_number", "head_id_number") if n in keys), None)
    if contract.linkage.one_row_a_subject and number:
        keys = [k for k in keys if k in {number, number.replace("id_number", "name")}]
    if not keys:
        return _entry(frame.clear(), None, "repeated_row", pl.lit(""))
    must = [number] if number else keys
    known = frame.filter(pl.all_horizontal(pl.col(must).is_not_null()))
    rows = known.filter(pl.struct(keys).is_duplicated()).sort("path", "sheet", "row_number")
    reason = pl.format(
        "与第 {} 行的{}相同，两行都保留；请核对是否重复登记。",
        _other_row(keys), pl.lit("、".join(titles[k] for k in keys)),
    )  # fmt: skip
    return _entry(rows, None, "repeated_row", reason)


def _unusual(
    frame: pl.DataFrame, name: str, title: str, usual: tuple[float, float]
) -> Iterator[pl.DataFrame]:
    """Amounts outside the contract's usual range: 万元 for 元 (56), a year's for a month's (57)."""
    low, high = usual
    amount = pl.col(name)
    told = frame.filter(amount > 0)
    if told.filter(~amount.is_between(low, high)).is_empty():
        return
    small = amount.is_between(low / _TEN_THOUSAND, high / _TEN_THOUSAND) & (amount < low)
    sheet = ("file_id", "sheet")
    in_doubt = told.filter(small.mean().over(sheet) >= _MOST_OF_A_SHEET)
    # One question a sheet: which cell it stands at is of no matter.
    yield _entry(
        in_doubt.unique(sheet, keep="first", maintain_order=True),
        name,
        "unit_in_doubt",
        pl.lit(f"“{title}”一列的数都很小，像是以万元为单位，表头却没有写单位；请核对后在表头注明“（万元）”或改填元。"),
    )  # fmt: skip
    rest = told.join(in_doubt.select("record_id"), on="record_id", how="anti")
    beyond = pl.lit(
        f"“{title}”超出通常的范围（{low:g} 至 {high:g}），"
        "可能是单位不同或把按年、按学期的金额填在了这里；请核对。"
    )
    yield _entry(rest.filter(~amount.is_between(low, high)), name, "amount_beyond_usual", beyond)


def _of_another_scale(
    frame: pl.DataFrame, column: Column, times: float, code: str, says: str
) -> pl.DataFrame:
    """Amounts that only `times` as large would be like the others of their column (56, 57)."""
    amount, sheet = pl.col(column.name), ("file_id", "sheet")
    told = frame.filter(amount > 0)
    off = (amount.median().over(sheet) / amount).log() / math.log(times)
    low, high = (amount.quantile(share).over(sheet) for share in (0.1, 0.9))
    rows = told.filter(
        (pl.len().over(sheet) >= _LEAST_AMOUNTS)
        & (off > _FAR)
        & (amount <= (column.usual[1] if column.usual else math.inf))  # beyond it: asked already
        & (amount * times).is_between(low / 2, high * 2)
    )
    return _entry(rows, column.name, code, pl.lit(f"“{column.title}”{says}"))


def _not_writable(frame: pl.DataFrame, name: str, titles: dict[str, str]) -> pl.DataFrame:
    """A rare character that could not be typed (DOMAIN C2, 41): ``?`` stands for it in the key."""
    rows = frame.filter(
        pl.col(f"{name}_key").str.contains("?", literal=True)
        & pl.col(f"{name}_key").str.contains(r"^\p{Han}")
    )
    says = f"“{titles[name]}”里有没能打出的字（写成了问号、方框、拼音或拆字）；请按户口簿补正。"
    return _entry(rows, name, "name_not_writable", pl.lit(says))
