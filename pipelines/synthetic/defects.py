"""What goes wrong between the truth and the cell: declared rates, applied column by column.

A typing error stays in a department's list from one delivery to the next, so it is drawn once for
each person and dataset. Beside the written text every row keeps which of its fields survived.
"""

import dataclasses
import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.synthetic import name_tables as tables
from pipelines.synthetic.layouts import Layout
from pipelines.synthetic.names import homophone_map
from pipelines.synthetic.world import World
from pipelines.synthetic.xlsx import DAY, NUMBER

Floats = npt.NDArray[np.float64]

ROSTER_CARE = 0.25
"""The roster is kept with more care than a department's list."""


@dataclass(frozen=True)
class ErrorRates:
    """Share of rows with each defect, in a department's list."""

    id_missing: float = 0.018
    id_typo: float = 0.010
    id_transposed: float = 0.004
    id_masked: float = 0.010
    id_excel: float = 0.008
    """Digits lost: a number cell in a workbook, scientific text in a csv."""
    id_fifteen: float = 0.006
    id_trailing_zero: float = 0.005
    id_spaces: float = 0.010
    id_last_letter: float = 0.25
    """Of numbers that end in X: written ×, Ｘ, x or Х."""
    name_spaces: float = 0.012
    name_traditional: float = 0.008
    name_homophone: float = 0.006
    name_dot: float = 0.5
    """Of names with ·: another dot, or none."""
    date_other_form: float = 0.05
    amount_text: float = 0.04
    village_variant: float = 0.12
    village_former: float = 0.4
    """Of villages that were renamed."""

    def scaled(self, factor: float) -> "ErrorRates":
        """Give every rate times `factor`, at most 0.9 (identity defects together at most 0.9)."""
        rates = dataclasses.asdict(self)
        return ErrorRates(**{name: min(0.9, rate * factor) for name, rate in rates.items()})


ID_KINDS = (
    "id_missing",
    "id_typo",
    "id_transposed",
    "id_masked",
    "id_excel",
    "id_fifteen",
    "id_trailing_zero",
    "id_spaces",
)
NAME_KINDS = ("name_spaces", "name_traditional", "name_homophone")

FULL = ("", "id_fifteen", "id_trailing_zero", "id_spaces", "id_last_letter")
"""States of an ID number from which all 18 characters can be had again."""


def damage(world: World, frame: pl.DataFrame, layout: Layout, rates: ErrorRates) -> pl.DataFrame:
    """Give `frame` as written: text columns, and what survived.

    Args:
        world: For the chances, which stay the same from delivery to delivery.
        frame: True rows: p, h, v, tag, and the layout's columns typed. Optional: ``plain``
            (identity is written as it is), ``id_of`` (whose number stands there: own, guardian,
            mother).
        layout: The list's layout.
        rates: Declared rates, already scaled.

    Returns:
        The frame with every layout column as text (marks of `xlsx` for number and date cells) under
        ``w_<column>``, and id_state, name_state, place_state, defects (joined with |).
    """
    n = len(frame)
    if layout.dataset.startswith("roster."):
        care = rates.scaled(ROSTER_CARE)
        rates = dataclasses.replace(
            care, date_other_form=rates.date_other_form, amount_text=rates.amount_text
        )
    chance = _chances(world, frame, layout.dataset)
    out = _identity(frame, layout, rates, chance)
    rng = world.rng(f"cells {layout.dataset}")
    columns = []
    for field in layout.fields:
        if field.name in layout.person:
            continue
        columns.append(_cell(out, field.name, layout, rates, rng.random(n)))
    out = _own_numbers(out.with_columns(columns))
    state = [c for c in ("id_state", "name_state", "place_state") if c in out.columns]
    for missing in {"id_state", "name_state", "place_state"} - set(state):
        out = out.with_columns(pl.lit("").alias(missing))
    return out.with_columns(
        pl.concat_str(
            [
                pl.when(pl.col(c) != "").then(pl.col(c))
                for c in ("tag", "id_state", "name_state", "place_state")
            ],
            separator="|",
            ignore_nulls=True,
        ).alias("defects")
    )


def _own_numbers(frame: pl.DataFrame) -> pl.DataFrame:
    """Student and disability certificate numbers contain the ID number.

    Where the department does not know that, theirs is a provisional one.
    """
    for column, prefix, digits in (("w_student_number", "L", 18), ("w_certificate", "D", 12)):
        if (
            column in frame.columns
            and "true_id" in frame.columns
            and (frame[column].str.contains(r"\d{17}").any())
        ):
            provisional = pl.lit(prefix) + pl.col("p").cast(pl.String).str.zfill(digits)
            whole = pl.col("id_state").is_in(list(FULL))
            frame = frame.with_columns(
                pl.when(whole).then(pl.col(column)).otherwise(provisional).alias(column)
            )
    return frame


def _chances(world: World, frame: pl.DataFrame, dataset: str) -> dict[str, Floats]:
    """Three uniform numbers a row, the same for the same person in every delivery."""
    n = len(frame)
    person = frame["p"].fill_null(-1).to_numpy()
    chances = {}
    for use in ("id", "name", "detail"):
        own = np.asarray(world.chance(f"{dataset} {use}"), dtype=np.float64)
        loose = world.rng(f"{dataset} {use} outsiders").random(n)
        chances[use] = np.where(person >= 0, own[np.maximum(person, 0)], loose)
    return chances


def _identity(
    frame: pl.DataFrame, layout: Layout, rates: ErrorRates, chance: dict[str, Floats]
) -> pl.DataFrame:
    name, number = layout.person
    if not name:
        return frame
    plain = frame["plain"].to_numpy() if "plain" in frame.columns else np.zeros(len(frame), bool)
    id_kind = _kinds(ID_KINDS, rates, chance["id"])
    id_kind[plain] = ""
    name_kind = _kinds(NAME_KINDS, rates, chance["name"])
    name_kind[plain] = ""
    out = frame.with_columns(
        pl.Series("id_state", id_kind.tolist(), dtype=pl.String),
        pl.Series("name_state", name_kind.tolist(), dtype=pl.String),
        pl.Series("u", chance["detail"]),
        pl.Series("plain_row", plain),
    )
    csv = layout.kind.startswith("csv")
    return _written_name(_written_id(out, number, csv, rates), name, layout.kind, rates)


def _kinds(kinds: tuple[str, ...], rates: ErrorRates, chance: Floats) -> npt.NDArray[np.object_]:
    each = np.array([getattr(rates, kind) for kind in kinds])
    if each.sum() > 0.9:
        each *= 0.9 / each.sum()
    index = np.searchsorted(np.cumsum(each), chance, side="right")
    named: npt.NDArray[np.object_] = np.array([*kinds, ""], dtype=object)[index]
    return named


def _written_id(frame: pl.DataFrame, number: str, csv: bool, rates: ErrorRates) -> pl.DataFrame:
    text, state, u = pl.col(number), pl.col("id_state"), pl.col("u")
    at = 14 + (u * 3).floor().cast(pl.Int64)  # a digit of the sequence, sometimes of the birth date
    at = pl.when((u * 1000).floor().cast(pl.Int64) % 3 == 0).then(at - 6).otherwise(at)
    digit = text.str.slice(at, 1).cast(pl.Int64, strict=False)
    other = ((digit + 1 + (u * 100).floor().cast(pl.Int64) % 8) % 10).cast(pl.String)
    typo = pl.concat_str(text.str.slice(0, at), other, text.str.slice(at + 1))
    pair = text.str.slice(at, 1), text.str.slice(at + 1, 1)
    swapped = pl.concat_str(text.str.slice(0, at), pair[1], pair[0], text.str.slice(at + 2))
    old = text.str.slice(6, 2) == "19"
    letter = text.str.ends_with("X") & (u < rates.id_last_letter) & (state == "")
    letters = (u / max(rates.id_last_letter, 1e-9) * 4).floor().cast(pl.Int64).clip(0, 3)
    last = letters.replace_strict(
        dict(enumerate("×Ｘx*Х"[i] for i in (0, 1, 2, 4))), default="x", return_dtype=pl.String
    )
    fixed = (
        pl.when(text.is_null())
        .then(pl.lit("id_absent"))
        .when(letter & ~pl.col("plain_row"))
        .then(pl.lit("id_last_letter"))
        .when((state == "id_fifteen") & ~old)
        .then(pl.lit(""))
        .when((state == "id_transposed") & (pair[0] == pair[1]))
        .then(pl.lit("id_typo"))
        .otherwise(state)
    )
    lost = pl.lit("9.90112E+17") if csv else pl.lit(NUMBER) + text.str.slice(0, 15) + "000"
    if csv:
        lost = text.str.slice(0, 1) + "." + text.str.slice(1, 5) + "E+17"
    frame = frame.with_columns(fixed.alias("id_state"))
    written = (
        pl.when(state.is_in(["id_missing", "id_absent"]))
        .then(None)
        .when(state == "id_typo")
        .then(typo)
        .when(state == "id_transposed")
        .then(swapped)
        .when(state == "id_masked")
        .then(text.str.slice(0, 6) + "********" + text.str.slice(14))
        .when(state == "id_excel")
        .then(lost)
        .when(state == "id_fifteen")
        .then(text.str.slice(0, 6) + text.str.slice(8, 9))
        .when(state == "id_trailing_zero")
        .then(text + ".0")
        .when(state == "id_spaces")
        .then(text.str.slice(0, 6) + " " + text.str.slice(6) + " ")
        .when(state == "id_last_letter")
        .then(text.str.slice(0, 17) + last)
        .otherwise(text)
    )
    return frame.with_columns(written.alias(f"w_{number}"))


def _written_name(frame: pl.DataFrame, name: str, kind: str, rates: ErrorRates) -> pl.DataFrame:
    text, state, u = pl.col(name), pl.col("name_state"), pl.col("u")
    sound = homophone_map()
    # The last character is the one mistyped; the surname is known to everybody.
    last = text.str.slice(-1)
    swap = last.replace(sound)
    dotted = text.str.contains("·", literal=True) & (u < rates.name_dot) & ~pl.col("plain_row")
    dots = (u / max(rates.name_dot, 1e-9) * 4).floor().cast(pl.Int64).clip(0, 3)
    dot = dots.replace_strict({0: "•", 1: ".", 2: "", 3: "・"}, default=".", return_dtype=pl.String)
    if kind == "csv-gbk":
        dot = pl.when(dot.is_in(["•", "・"])).then(pl.lit(".")).otherwise(dot)
    traditional = text.str.replace_many(list(tables.TRADITIONAL), list(tables.TRADITIONAL.values()))
    typed = text.str.head(text.str.len_chars() - 1) + swap
    beyond = text.str.contains(f"[{tables.RARE_BEYOND_GBK}]") & pl.lit(kind == "csv-gbk")
    fixed = (
        pl.when(beyond)
        .then(pl.lit("name_lost_character"))
        .when(dotted)
        .then(pl.lit("name_dot"))
        .when((state == "name_homophone") & (swap == last))
        .then(pl.lit(""))
        .when((state == "name_traditional") & (traditional == text))
        .then(pl.lit(""))
        .otherwise(state)
    )
    frame = frame.with_columns(fixed.alias("name_state"))
    written = (
        pl.when(state == "name_lost_character")
        .then(text.str.replace_all(f"[{tables.RARE_BEYOND_GBK}]", "?"))
        .when(state == "name_dot")
        .then(
            text.str.split("·").list.get(0)
            + dot
            + text.str.split("·").list.get(1, null_on_oob=True)
        )
        .when(state == "name_spaces")
        .then(
            text.str.slice(0, 1)
            + pl.when(u < 0.5).then(pl.lit(" ")).otherwise(pl.lit("　"))
            + text.str.slice(1)
        )
        .when(state == "name_traditional")
        .then(traditional)
        .when(state == "name_homophone")
        .then(typed)
        .otherwise(text)
    )
    return frame.with_columns(written.alias(f"w_{name}"))


def _cell(  # noqa: PLR0911 - one form for each type
    frame: pl.DataFrame, name: str, layout: Layout, rates: ErrorRates, chance: Floats
) -> pl.Expr:
    """One column of the list as text."""
    workbook = not layout.kind.startswith("csv")
    dtype = frame.schema[name]
    u = pl.lit(pl.Series("chance", chance))
    if name == "village" and layout.dataset != "roster.villages":
        return _village(frame, layout, rates, u)
    if dtype == pl.Date:
        return _date(name, rates, u, workbook).alias(f"w_{name}")
    if dtype == pl.Float64:
        return _amount(name, rates, u, workbook).alias(f"w_{name}")
    if dtype.is_integer():
        mark = NUMBER if workbook else ""
        return (pl.lit(mark) + pl.col(name).cast(pl.String)).alias(f"w_{name}")
    if dtype == pl.Boolean:
        return pl.when(name).then(pl.lit("是")).otherwise(pl.lit("否")).alias(f"w_{name}")
    if isinstance(dtype, pl.List):
        return pl.col(name).list.join("、").alias(f"w_{name}")
    return pl.col(name).alias(f"w_{name}")


def _date(name: str, rates: ErrorRates, u: pl.Expr, workbook: bool) -> pl.Expr:
    day = pl.col(name)
    part = (u / max(rates.date_other_form, 1e-9) * 5).floor()
    plain = day.dt.strftime("%Y-%m-%d")
    serial = (day - pl.lit(dt.date(1899, 12, 30))).dt.total_days().cast(pl.String)
    dotted = pl.concat_str(
        day.dt.year().cast(pl.String),
        pl.lit("."),
        day.dt.month().cast(pl.String),
        pl.lit("."),
        day.dt.day().cast(pl.String),
    )
    cell = pl.lit(DAY) + serial if workbook else day.dt.strftime("%Y/%m/%d")
    other = (
        pl.when(part == 0)
        .then(dotted)
        .when(part == 1)
        .then(day.dt.strftime("%Y%m%d"))
        .when(part == 2)
        .then(day.dt.strftime("%Y年%-m月%-d日"))
        .when(part == 3)
        .then(day.dt.strftime("%Y/%-m/%-d"))
        .otherwise(cell)
    )
    return pl.when(u < rates.date_other_form).then(other).otherwise(plain)


def _amount(name: str, rates: ErrorRates, u: pl.Expr, workbook: bool) -> pl.Expr:
    value = pl.col(name)
    plain = value.round(2).cast(pl.String).str.strip_suffix(".0")
    part = (u / max(rates.amount_text, 1e-9) * 3).floor()
    whole = (value.floor().cast(pl.Int64) // 1000).cast(pl.String)
    small = plain.str.split(".").list.get(0).str.len_chars() <= 3
    thousands = (
        pl.when(small).then(plain).otherwise(whole + "," + plain.str.extract(r"(\d{3}(?:\.\d+)?)$"))
    )
    text = (
        pl.when(part == 0).then(plain + "元").when(part == 1).then(thousands).otherwise(plain + " ")
    )
    cell = pl.lit(NUMBER) + plain if workbook else plain
    return pl.when(u < rates.amount_text).then(text).otherwise(cell)


def _village(frame: pl.DataFrame, layout: Layout, rates: ErrorRates, u: pl.Expr) -> pl.Expr:
    text = pl.col("village")
    former = pl.col("former_names") if "former_names" in frame.columns else pl.lit(None, pl.String)
    part = (u / max(rates.village_variant, 1e-9) * 4).floor()
    roster = layout.dataset == "roster.population"
    old = (
        former.is_not_null()
        & (u >= rates.village_variant)
        & (u < rates.village_variant + rates.village_former)
        & ~pl.lit(roster)
    )
    variant = (
        pl.when(part == 0)
        .then(text + "委会")
        .when(part == 1)
        .then(text + "村民委员会")
        .when(part == 2)
        .then(text.str.strip_suffix("村"))
        .otherwise(pl.lit(" ") + text)
    )
    written = (
        pl.when(old).then(former).when(u < rates.village_variant).then(variant).otherwise(text)
    )
    return written.alias("w_village")
