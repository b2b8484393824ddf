"""Step 5, people decide: reviewed links are data, beat the model and may not contradict each other.

``<root>/decisions/*.csv`` (or ``.yaml``, a list of the same keys), one decision a row:

=================  =============================================================================
record_id          the row of the department's list, or else the next three
file_id            SHA-256 of the file
sheet, row_number  as a person sees them
person_id          whom the decision is about, or
household_id       which household (household lists)
decision           ``same``, ``different`` or ``unsure`` (同一人, 不是同一人, 无法判断); the
                   last is kept, so that nobody is asked again, and decides nothing
who, when, note    who decided, on what day (YYYY-MM-DD), why
=================  =============================================================================

What a reviewed workbook adds, so that a decision says what it was drawn from and what the model
thought of it (all optional, `calibration` and the estimates of review read them):

=================  =============================================================================
dataset, says      the list, and a hash of what the row says of its subject (`says`): the decision
                   holds for the row of a later file that says the same
review, pair       the workbook and its pair; several rows of a list may be one pair
part, stratum      how it came to be asked: ``priority`` or ``random``, from which stratum
inclusion          the probability with which it was drawn
probability        the model's, when it was asked
level_pattern      how the two sides compared
=================  =============================================================================
"""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipelines.contracts import Contract
from pipelines.hashing import sha256

logger = logging.getLogger(__name__)

REVIEWED = "review"
"""The method of a link that people decided."""

SCHEMA: dict[str, type[pl.DataType]] = {
    "record_id": pl.String,
    "file_id": pl.String,
    "sheet": pl.String,
    "row_number": pl.Int64,
    "person_id": pl.String,
    "household_id": pl.String,
    "decision": pl.String,
    "who": pl.String,
    "when": pl.String,
    "note": pl.String,
    "dataset": pl.String,
    "says": pl.String,
    "review": pl.String,
    "pair": pl.Int64,
    "part": pl.String,
    "stratum": pl.String,
    "inclusion": pl.Float64,
    "probability": pl.Float64,
    "level_pattern": pl.String,
    "source": pl.String,  # file and line, for messages
}

Decisions = pl.DataFrame
"""A frame of `SCHEMA`."""

SAME, DIFFERENT, UNSURE = "same", "different", "unsure"

COLUMNS = tuple(name for name in SCHEMA if name != "source")
"""The columns of a file of decisions."""

WORDS = {
    **dict.fromkeys(("same", "是", "是同一人", "同一人"), SAME),
    **dict.fromkeys(("different", "不是", "不是同一人", "非同一人"), DIFFERENT),
    **dict.fromkeys(("unsure", "无法判断", "无法确定"), UNSURE),
}
"""How a decision may be written."""

_NUMBERS = {"row_number": int, "pair": int, "inclusion": float, "probability": float}


class DecisionError(ValueError):
    """A file of decisions cannot be used, or decisions contradict each other; says where."""


def load_decisions(roots: Iterable[Path]) -> Decisions:
    """Read every decision under ``decisions/`` of each root.

    Returns:
        A frame of `SCHEMA`, in the order of files and rows; exact repetitions once.

    Raises:
        DecisionError: A row lacks what it needs, or two decisions cannot both hold.
    """
    rows: list[dict[str, Any]] = []
    for root in roots:
        folder = root / "decisions"
        for path in sorted([*folder.glob("*.csv"), *folder.glob("*.yaml")]):
            rows += [
                _checked(row, f"{path.name} 第 {number} 行")
                for number, row in enumerate(_read(path), start=2 if path.suffix == ".csv" else 1)
            ]
    frame = pl.DataFrame(rows, schema=SCHEMA)
    return frame.unique(COLUMNS, keep="first", maintain_order=True)


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        if path.suffix == ".csv":
            return pl.read_csv(path, infer_schema=False, encoding="utf8").to_dicts()
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except (pl.exceptions.PolarsError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise DecisionError(f"关联决定文件 {path.name} 无法读取：{error}") from error
    if not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
        raise DecisionError(f"关联决定文件 {path.name} 应为若干条决定组成的列表")
    return content


def _checked(row: dict[str, Any], where: str) -> dict[str, Any]:
    unknown = sorted(set(row) - set(SCHEMA))
    if unknown:
        raise DecisionError(f"{where}：不认识的列 {'、'.join(unknown)}；应为 {'、'.join(SCHEMA)}")
    values = {
        name: (str(value).strip() or None) if (value := row.get(name)) is not None else None
        for name in SCHEMA
    }
    decision = WORDS.get(values["decision"] or "")
    if decision is None:
        raise DecisionError(
            f"{where}：decision 应为 same（同一人）、different（不是同一人）或 unsure（无法判断）"
        )
    place = values["file_id"] and values["sheet"] and values["row_number"]
    if not values["record_id"] and not place:
        raise DecisionError(f"{where}：须有 record_id，或同时有 file_id、sheet、row_number")
    if not values["person_id"] and not values["household_id"]:
        raise DecisionError(f"{where}：须有 person_id 或 household_id")
    if not values["who"] or not values["when"]:
        raise DecisionError(f"{where}：须写明谁（who）于何日（when）决定")
    numbers = {name: _number(values[name], name, where) for name in _NUMBERS}
    return {**values, **numbers, "decision": decision, "source": where}


def _number(text: str | None, name: str, where: str) -> float | None:
    kind = _NUMBERS[name]
    try:
        return None if text is None else kind(text)
    except ValueError:
        expected = "表格中的行号" if name == "row_number" else "数字"
        raise DecisionError(f"{where}：{name} 应为{expected}，现在是 {text!r}") from None


def of_county(decisions: Decisions, county: str) -> Decisions:
    """Give the decisions that came with a reviewed workbook of one county."""
    return decisions.filter(pl.col("review").str.starts_with(f"{county}-"))


def says(clean: pl.DataFrame) -> pl.Series:
    """Give a hash of what each row of a list says of its subject, wherever the row stands."""
    told = [
        pl.concat_str(pl.lit(f"{name}="), pl.col(name).cast(pl.String))
        for name in SUBJECT
        if name in clean.columns
    ]
    texts = clean.select(pl.concat_str(told, separator="|", ignore_nulls=True)).to_series()
    return sha256(texts).str.head(16).rename("says")


SUBJECT = (
    *("name", "sex", "birth_date", "township_code", "village", "phone", "certificate"),
    *("id_number", "id_number_hint", "head_name", "head_id_number", "head_id_number_hint"),
    *("guardian_name", "guardian_id_number", "household_id"),
)
"""What a row says of whom it is about; linking reads these columns of every list."""


def for_dataset(
    decisions: Decisions | None, clean: pl.DataFrame, contract: Contract
) -> pl.DataFrame:
    """Give the decisions about the rows of one list, each with its record id.

    A decision about a row of an earlier file holds for the row that says the same of its subject,
    so that what was answered is not asked again unless a value behind it changes.

    Args:
        decisions: What `load_decisions` gives, or null.
        clean: The list, with lineage.
        contract: Its contract.

    Returns:
        ``record_id``, ``person_id``, ``household_id``, ``decision``, ``who``, ``source``; without
        those that decide nothing.

    Raises:
        DecisionError: Two decisions about one row contradict each other, or one names a row of a
            sheet on which several records stand.
    """
    wanted = ["record_id", "person_id", "household_id", "decision", "who", "source"]
    if decisions is None or decisions.is_empty() or clean.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(wanted, pl.String))
    decisions = decisions.filter(pl.col("decision") != UNSURE)
    by_record = decisions.filter(pl.col("record_id").is_not_null()).join(
        clean.select("record_id"), on="record_id", how="semi"
    )
    by_place = _by_place(decisions.filter(pl.col("record_id").is_null()), clean)
    earlier = decisions.filter(
        pl.col("says").is_not_null() & (pl.col("dataset") == contract.dataset)
    ).join(by_record, on="record_id", how="anti")
    by_content = _carried(earlier, clean, contract).join(by_record, on="record_id", how="anti")
    found = pl.concat(part.select(wanted) for part in (by_record, by_place, by_content)).unique(
        maintain_order=True
    )
    require_consistent(found)
    return found


def _by_place(named: Decisions, clean: pl.DataFrame) -> Decisions:
    """Decisions that name file, sheet and row, with the record that stands there."""
    place = ["file_id", "sheet", "row_number"]
    found = named.drop("record_id").join(clean.select("record_id", *place), on=place)
    several = found.filter(pl.col("record_id").n_unique().over(place) > 1)
    if not several.is_empty():
        one = several.row(0, named=True)
        raise DecisionError(
            f"关联决定（{one['source']}）写的是工作表“{one['sheet'] or ''}”"
            f"第 {one['row_number']} 行，这一行有几条记录（并排的名单，或一格几个人），"
            "不知指哪一条；请改写记录编号 record_id（在 links 表里按文件、工作表和行号可查到）"
        )
    return found


def _carried(earlier: Decisions, clean: pl.DataFrame, contract: Contract) -> Decisions:
    """Decisions about rows of earlier files, with the record id of the row that says the same.

    Where two people are written alike, nobody knows which of them a row is now: they are left out.
    """
    if earlier.is_empty():
        return earlier
    about = pl.coalesce("person_id", "household_id")
    judged = earlier.with_columns(
        people=about.filter(pl.col("decision") == SAME).n_unique().over("says"),
        verdicts=pl.col("decision").n_unique().over("says", about),
    )
    undisputed = judged.filter(
        (pl.col("people") <= 1) & (pl.col("verdicts").max().over("says") == 1)
    )
    rows = clean.select("record_id", says(clean))
    if contract.linkage.one_row_a_subject:
        rows = rows.filter(pl.len().over("says") == 1)
    return undisputed.drop("record_id").join(rows, on="says")


def require_consistent(found: pl.DataFrame) -> None:
    """Hold that no row is two people (or households), nor is and is not the same one.

    Args:
        found: ``record_id``, ``person_id``, ``household_id``, ``decision``, ``who``, ``source``.

    Raises:
        DecisionError: It names who decided what, and where it stands.
    """
    found = found.filter(pl.col("decision") != UNSURE)
    for column in ("person_id", "household_id"):
        said = found.filter(pl.col(column).is_not_null())
        same = said.filter(pl.col("decision") == "same")
        twice = same.filter(pl.col(column).n_unique().over("record_id") > 1)
        both = said.filter(pl.col("decision").n_unique().over("record_id", column) > 1)
        clash = pl.concat([twice, both])
        if not clash.is_empty():
            one = clash.filter(pl.col("record_id") == clash["record_id"][0])
            told = "；".join(
                f"{who} 认定{'是' if decision == SAME else '不是'} {about}（{source}）"
                for who, decision, about, source in one.select("who", "decision", column, "source")
                .unique(maintain_order=True)
                .iter_rows()
            )
            raise DecisionError(
                f"关联决定互相矛盾：都涉及记录 {one['record_id'][0]}，{told}；"
                "请两人一起核对，保留正确的一条"
            )


def pairs(
    reviewed: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, everybody: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the pairs that people decided: those that hold, and those that must not be made again.

    Args:
        reviewed: What `for_dataset` gives.
        left: `sides.left` of the list.
        right: `sides.right`; a household stands for each of its members.
        everybody: The same and, behind them, the former persons.

    Returns:
        ``l``, ``r``, ``named`` (the person too, not only the household), ``method``, ``status``,
        ``probability`` of at most one pair a row; and ``l``, ``r``.
    """
    rows = reviewed.join(left.select("record_id", "l"), on="record_id")
    by_person = rows.filter(pl.col("person_id").is_not_null()).join(
        everybody.select("r", "person_id"), on="person_id"
    )
    by_household = rows.filter(
        pl.col("person_id").is_null() & pl.col("household_id").is_not_null()
    ).join(right.select("r", household_id="household"), on="household_id")
    found = pl.concat(
        [
            by_person.select("l", "r", "decision", named=pl.lit(value=True)),
            by_household.select("l", "r", "decision", named=pl.lit(value=False)),
        ]
    ).sort("l", "named", "r", descending=[False, True, False])
    gone = rows.join(found, on="l", how="anti")
    if not gone.is_empty():
        told = "%d 条关联决定所指的人或户不在名册中，不起作用，如 %s"
        logger.warning(told, gone.height, gone["source"][0])
    same = found.filter(pl.col("decision") == SAME).unique("l", keep="first", maintain_order=True)
    settled = same.select(
        *("l", "r", "named"),
        method=pl.lit(REVIEWED),
        status=pl.lit("confirmed"),
        probability=pl.lit(1.0),
    )
    return settled, found.filter(pl.col("decision") == DIFFERENT).select("l", "r").unique()
