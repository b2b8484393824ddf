"""Rows that name several persons (张三、李四 with two numbers): one record each (DOMAIN C2, 48).

Only where there are as many whole numbers as names: then nobody has to guess who is who. Other
cells with as many parts are parted too, money and counts stay with the first person (they would add
up otherwise), all else holds for each. The records keep their row's number and its text.
"""

import polars as pl

from pipelines.contracts import ColumnType, Contract

_BETWEEN = r"[、,，;；/|\r\n]+"
_BETWEEN_NAMES = r"[、,，;；/|\r\n和及]+"
_NUMBER = r"^(?:\d{17}[\dXx]|\d{15})$"
_HELD_NUMBER = r"^\D*(\d{17}[\dXx]|\d{15})\D*$"
_REMARK = r"[(（\[【][^)）\]】]*[)）\]】]|等\d*[人户]?$"
_NAME = r"^\p{Han}[\p{Han}·•]{1,14}$"
_LEAST = 31
"""Characters of two of the shortest numbers and what parts them."""
_ADD_UP = {ColumnType.AMOUNT, ColumnType.NUMBER, ColumnType.INTEGER}


def one_person_a_row(records: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Give the records with each row of several persons as one record a person.

    Args:
        records: ``row_number``, contract columns as text, number flags, cells by position.
        contract: What the columns are; only lists of persons are parted.
    """
    if not {"name", "id_number"} <= set(records.columns) or contract.grain != "person":
        return records
    long = (records["id_number"].str.len_chars() >= _LEAST).fill_null(value=False)
    if not long.any():
        return records
    numbers = _parts("id_number", r"[、,，;；/|\s]+")
    how_many = pl.col("numbers").list.len()
    # What stands around a number is no part of it: 张三9901…, (户主).
    numbers = numbers.list.eval(
        pl.coalesce(pl.element().str.extract(_HELD_NUMBER, 1), pl.element())
    )
    sound = records.filter(long).with_columns(numbers=numbers).filter(
        (how_many > 1)
        & pl.col("numbers").list.eval(pl.element().str.contains(_NUMBER)).list.all()
    )  # fmt: skip
    named = sound.with_columns(
        names=pl.coalesce(
            [
                pl.when(_parts("name", between).list.len() == how_many).then(
                    _parts("name", between)
                )
                for between in (_BETWEEN_NAMES, r"\s+")
            ]
        )
    ).filter(pl.col("names").list.eval(pl.element().str.contains(_NAME)).list.all())
    if named.is_empty():
        return records
    each = named.with_columns(
        pl.int_ranges(how_many).alias("nth"),
        *[
            _of_each(name, contract, how_many)
            for name in records.columns
            if name in contract.columns
        ],
    ).with_columns(name="names", id_number="numbers")
    parted = [name for name in records.columns if name in contract.columns]
    records = records.join(named.select("row_number"), on="row_number", how="anti")
    many = each.explode("nth", *parted).select(records.columns)
    return pl.concat([records, many]).sort("row_number", maintain_order=True)


def _parts(column: str, between: str) -> pl.Expr:
    """Give the parts of a cell that something stands in."""
    text = pl.col(column).str.replace_all(between, "\x1f").str.strip_chars("\x1f ")
    bare = pl.element().str.replace_all(_REMARK, "").str.strip_chars()
    return text.str.split("\x1f").list.eval(bare)


def _of_each(name: str, contract: Contract, how_many: pl.Expr) -> pl.Expr:
    """Give a column as a list: its cell for each person of the row."""
    parts = _parts(name, _BETWEEN)
    adds_up = contract.columns[name].type in _ADD_UP
    alike = pl.col(name).repeat_by(how_many)
    alone = pl.concat_list(pl.col(name), pl.lit(None, dtype=pl.String).repeat_by(how_many - 1))
    return (
        pl.when(parts.list.len() == how_many)
        .then(parts)
        .otherwise(alone if adds_up else alike)
        .alias(name)
    )
