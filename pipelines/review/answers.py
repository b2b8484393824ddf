"""Read a filled-in workbook back: check everything, then write its decisions, whole or not at all.

Rows are known by 核对号 and columns by their headers, so rows may be sorted, deleted or split over
several copies. What was handed out is on record (`issue.ISSUED`): a number that was never issued,
or that no longer stands beside what it was issued with, is refused. A row without an answer is
never an answer.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from python_calamine import CalamineError, CalamineWorkbook

from pipelines.files import write_atomically
from pipelines.home import Home
from pipelines.linkage.decisions import (
    COLUMNS,
    DIFFERENT,
    SAME,
    SCHEMA,
    UNSURE,
    WORDS,
    load_decisions,
    require_consistent,
)
from pipelines.review.issue import read_issued, shown_hash
from pipelines.review.workbook import (
    KEY,
    NOTE,
    SHOWN_HEADERS,
    VERDICT,
    VERDICTS,
    WHEN,
    WHO,
)
from pipelines.standardise.dates import parse_dates

_NEEDED = (KEY, *SHOWN_HEADERS, VERDICT, WHO, WHEN)
_MOST_NAMED = 20


class AnswerError(ValueError):
    """The workbook cannot be taken; the message says where and what to do (Chinese)."""


@dataclass(frozen=True)
class Taken:
    """What an import took."""

    path: Path
    """The file of decisions."""
    verdicts: dict[str, int]
    """Pairs by verdict: ``same``, ``different``, ``unsure``."""
    open: int
    """Pairs of the workbook that nobody has answered."""
    changed: int
    """Pairs whose earlier answer by the same person was replaced."""
    rows: int
    """Rows of the lists that are now decided."""


def take_answers(home: Home, file: Path, today: dt.date) -> Taken:
    """Take the answers of a workbook into ``<home>/decisions/<review>.csv``.

    Taking it again changes nothing; more rows filled in since then are added; a later answer of the
    same person replaces the earlier one.

    Args:
        home: Where it was handed out.
        file: The workbook as it came back (xlsx, xls, et).
        today: No decision may be of a later day.

    Raises:
        AnswerError: The file is no workbook of this home, or some of its rows cannot be taken.
        DecisionError: Two people decided differently; both are named.
    """
    answers = _read(file)
    issued = read_issued(home)
    known = issued.filter(pl.col("key").is_in(answers["key"].implode()))
    if known.is_empty():
        raise AnswerError(
            f"{file.name}：{KEY}都不是这个数据文件夹发出的；请确认是发下去的那份工作簿，没有改过{KEY}"
        )
    review = str(known["review"].mode().sort()[0])
    filled = answers.filter(pl.any_horizontal(pl.col("verdict", "who", "when").is_not_null()))
    problems = [*_problems(filled, issued, review, today)]
    if problems:
        more = [f"……共 {len(problems)} 处"] if len(problems) > _MOST_NAMED else []
        raise AnswerError(
            "\n".join([f"{file.name} 没有收下，请改正后再导入：", *problems[:_MOST_NAMED], *more])
        )
    path = home.path / "decisions" / f"{review}.csv"
    new = _decisions(filled.unique(["key", "verdict", "who", "when", "note"]), issued, file.name)
    earlier = load_decisions((home.path,))
    changed, kept = _replaced(earlier, new, review)
    whole = pl.concat([kept, new])
    others = earlier.filter(pl.col("review").ne_missing(review))
    require_consistent(pl.concat([others, whole]))
    own = whole.select(COLUMNS).unique(maintain_order=True).sort("pair", "record_id", "who")
    write_atomically(path, own.write_csv)
    by_pair = own.unique("pair")
    verdicts = dict(by_pair["decision"].value_counts().iter_rows())
    total = issued.filter(pl.col("review") == review).height
    return Taken(
        path,
        {name: verdicts.get(name, 0) for name in (*dict.fromkeys(WORDS.values()),)},
        total - by_pair.height,
        changed,
        own.filter(pl.col("decision") != UNSURE).height,
    )


def _read(file: Path) -> pl.DataFrame:
    """Every row with a number: ``sheet``, ``row``, ``key``, ``shown`` and what was filled in."""
    try:
        workbook = CalamineWorkbook.from_path(str(file))
        sheets = {name: workbook.get_sheet_by_name(name) for name in workbook.sheet_names}
    except (CalamineError, OSError) as error:
        raise AnswerError(
            f"{file} 打不开：{error}；请用 Excel 或 WPS 另存为 xlsx 再导入"
        ) from error
    found = [
        row
        for name, sheet in sheets.items()
        for row in _rows(name, sheet.to_python(skip_empty_area=False))
    ]
    if not found:
        raise AnswerError(
            f"{file.name}：没有一张表有这些表头：{'、'.join(_NEEDED)}；请用发下去的工作簿填写"
        )
    texts = ("sheet", "key", *SHOWN_HEADERS, "verdict", "who", "when", "note")
    frame = pl.DataFrame(found, schema={**dict.fromkeys(texts, pl.String), "row": pl.Int64})
    return frame.with_columns(shown_hash(frame.select(SHOWN_HEADERS)))


def _rows(sheet: str, cells: list[list[Any]]) -> Iterator[dict[str, Any]]:
    header: dict[str, int] = {}
    for number, row in enumerate(cells, start=1):
        texts = [_text(cell) for cell in row]
        if not header:
            if set(_NEEDED) <= set(texts):
                header = {text: n for n, text in reversed(list(enumerate(texts))) if text}
            continue
        if key := texts[header[KEY]]:
            named = {"verdict": VERDICT, "who": WHO, "when": WHEN, "note": NOTE}
            yield {
                "sheet": sheet,
                "row": number,
                "key": key,
                **{h: texts[header[h]] for h in SHOWN_HEADERS},
                **{name: texts[header[h]] if h in header else None for name, h in named.items()},
            }


def _text(cell: object) -> str | None:
    if isinstance(cell, dt.datetime | dt.date):
        return f"{cell:%Y-%m-%d}"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() or None


def _problems(
    filled: pl.DataFrame, issued: pl.DataFrame, review: str, today: dt.date
) -> Iterator[str]:
    """Say of each row what keeps it from being taken."""
    on_record = {row["key"]: row for row in issued.iter_rows(named=True)}
    first: dict[str, dict[str, Any]] = {}
    for row in _dated(filled).sort("sheet", "row").iter_rows(named=True):
        where = f"［{row['sheet']}］第 {row['row']} 行"
        known = on_record.get(row["key"])
        if known is None:
            yield f"{where}“{KEY}”{row['key']} 没有发出过，或被改动；请照原表改回"
        elif known["review"] != review:
            yield f"{where}“{KEY}”{row['key']} 属于另一份工作簿 {known['review']}；请分开导入"
        elif known["shown"] != row["shown"]:
            yield (
                f"{where}“{'”“'.join(SHOWN_HEADERS)}”和发出时不一样（可能只排序了部分列，"
                f"结论会落到别人头上）；请从原表重新填写这一行"
            )
        if row["verdict"] not in WORDS:
            said = f"现在是“{row['verdict']}”" if row["verdict"] else "现在空着"
            yield f"{where}“{VERDICT}”应为 {'、'.join(VERDICTS)} 之一，{said}"
        if not row["who"]:
            yield f"{where}“{WHO}”空着；请写核对人姓名"
        if row["day"] is None:
            said = f"现在是“{row['when']}”" if row["when"] else "现在空着"
            yield f"{where}“{WHEN}”应为核对那天，如 2021-09-08，{said}"
        elif row["day"] > today:
            yield f"{where}“{WHEN}”{row['day']} 还没有到；请填核对那天"
        same = first.setdefault(row["key"], {**row, "where": where})
        if WORDS.get(same["verdict"]) != WORDS.get(row["verdict"]):
            yield (
                f"同一对有两个结论：{same['where']} {same['who']} 填“{same['verdict']}”，"
                f"{where} {row['who']} 填“{row['verdict']}”；请两人一起核对，只留一条"
            )


def _dated(filled: pl.DataFrame) -> pl.DataFrame:
    """Add ``day``: what `when` means, where it means one day."""
    read = parse_dates(filled["when"].drop_nulls().unique().sort())
    days = read.filter(pl.col("precision") == "day").select(when="text", day="value")
    return filled.join(days, on="when", how="left", maintain_order="left")


def _decisions(filled: pl.DataFrame, issued: pl.DataFrame, file: str) -> pl.DataFrame:
    """One decision a row of a list, with how the pair was drawn and what the model thought."""
    said = _dated(filled).select(
        "key",
        "who",
        "note",
        when=pl.col("day").cast(pl.String),
        decision=pl.col("verdict").replace_strict(WORDS),
        source=pl.format("{}［{}］第 {} 行", pl.lit(file), "sheet", "row"),
    )
    rows = said.join(issued, on="key", validate="m:1").with_columns(
        record_id=pl.col("records").str.split("\n")
    )
    named = rows.explode("record_id").with_columns(
        # A person says which household too; a household alone is a decision about the household.
        household_id=pl.when(pl.col("person_id").is_null()).then("household_id")
    )
    missing = [
        pl.lit(None, dtype).alias(c) for c, dtype in SCHEMA.items() if c not in named.columns
    ]
    return named.with_columns(missing).select(SCHEMA.keys())


def _replaced(earlier: pl.DataFrame, new: pl.DataFrame, review: str) -> tuple[int, pl.DataFrame]:
    """Give how many pairs the same person answers anew, and the earlier answers that stay."""
    own = earlier.filter(pl.col("review") == review)
    again = own.join(new, on=["pair", "who"], how="semi")
    changed = again.join(
        new.select("pair", "who", "decision").unique(), on=["pair", "who", "decision"], how="anti"
    )
    return changed["pair"].n_unique(), own.join(again, on=["pair", "who"], how="anti")


def in_words(taken: Taken) -> str:
    """Say what an import took."""
    counts = taken.verdicts
    decided = f"同一人 {counts[SAME]}，不是同一人 {counts[DIFFERENT]}，无法判断 {counts[UNSURE]}"
    lines = [
        f"收下 {sum(counts.values())} 对：{decided}；共定下名单 {taken.rows} 行",
        f"尚未答复 {taken.open} 对" if taken.open else "这份工作簿已全部答复",
    ]
    if taken.changed:
        lines.append(f"{taken.changed} 对由同一人改了结论，以新的为准")
    return "\n".join([*lines, f"决定记在 {taken.path}；下一次 bidui run 起生效"])
