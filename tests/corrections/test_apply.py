"""Declared corrections: what they change, what stays as written, and how they fail."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from pipelines import frames
from pipelines.contracts import load_contracts
from pipelines.corrections.apply import Corrected, apply_corrections
from pipelines.corrections.declared import CorrectionError, load_corrections
from pipelines.corrections.source_errors import source_errors
from pipelines.home import SHIPPED
from pipelines.standardise.standardise import Clean, standardise
from tests.integration.conftest import id_number

CONTRACTS = load_contracts([SHIPPED])
DIBAO = CONTRACTS["civil_affairs.dibao"]
COUNTY, ROUND = "990112", dt.date(2021, 8, 30)
RIGHT = id_number("19800115", 1)
WRONG = RIGHT[:-1] + ("1" if RIGHT[-1] != "1" else "2")
OTHER = id_number("19800115", 3)

HEAD = "数据集: civil_affairs.dibao\n原因: 校验码录错\n报告日期: 2021-08-20\n"


def records(*rows: tuple[str | None, str | None, str | None]) -> pl.DataFrame:
    names = ("name", "id_number", "from_date")
    return frames.conform(
        pl.DataFrame(
            [dict(zip(names, row, strict=True)) for row in rows],
            schema=dict.fromkeys(names, pl.String),
        ).with_columns(
            row_number=pl.int_range(3, 3 + pl.len()),
            record_id=pl.format("f-0-{}", pl.int_range(3, 3 + pl.len())),
            file_id=pl.lit("f"),
            path=pl.lit("990112/民政局/低保.xlsx"),
            sheet=pl.lit("Sheet1"),
            id_number__number=pl.lit(value=False),
        ),
        frames.intake_schema(DIBAO),
    )


def apply(tmp_path: Path, rows: pl.DataFrame, *declared: str) -> Corrected:
    folder = tmp_path / "corrections"
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(declared):
        (folder / f"{number}.yaml").write_text(HEAD + text, encoding="utf-8")
    return apply_corrections(rows, DIBAO, load_corrections([tmp_path], CONTRACTS), COUNTY, ROUND)


def cleaned(corrected: Corrected) -> Clean:
    return corrected.around(standardise(corrected.records, DIBAO))


SET = f'匹配: {{姓名: 王建国, id_number: "{WRONG}"}}\n更正: {{改为: {{id_number: "{RIGHT}"}}}}\n'


def test_the_value_is_the_corrected_one_and_the_text_stays_as_written(tmp_path: Path) -> None:
    corrected = apply(tmp_path, records(("王建国", f" {WRONG}", None), ("李强", RIGHT, None)), SET)
    done = cleaned(corrected)
    assert done.frame["id_number"].to_list() == [RIGHT, RIGHT]
    assert done.frame["id_number_text"].to_list() == [f" {WRONG}", RIGHT]
    (line,) = corrected.corrections.to_dicts()
    assert (line["state"], line["before"], line["after"]) == ("applied", f" {WRONG}", RIGHT)
    assert line["row_number"] == 3


def test_a_dropped_row_is_set_aside_and_none_is_lost(tmp_path: Path) -> None:
    rows = records(("王建国", RIGHT, None), ("测试", None, None))
    done = cleaned(apply(tmp_path, rows, "匹配: {姓名: 测试}\n更正: 剔除\n"))
    aside = done.quarantine.filter(pl.col("scope") == "row")
    assert aside["reason_code"].to_list() == ["corrected_away"]
    assert done.frame.height + aside["record_id"].n_unique() == rows.height


def test_a_text_that_cannot_be_used_either_fails(tmp_path: Path) -> None:
    corrected = apply(tmp_path, records(("王建国", WRONG, None)), SET.replace(RIGHT, "99"))
    judged = corrected.judged(cleaned(corrected)).corrections
    assert judged["state"].to_list() == ["unreadable"]
    assert "也不能使用" in judged["message"][0]


TWO = (("王建国", WRONG, None), ("王建国", WRONG, None))


@pytest.mark.parametrize(
    ("rows", "declared", "state", "says"),
    [
        ((("王建国", RIGHT, None),), (SET,), "no_longer_needed", "已不再需要，请删除"),
        ((("张三", RIGHT, None),), (SET,), "not_found", "没有这样的行"),
        (TWO, (SET,), "unexpected", "应有 1 行，实有 2 行"),
        (TWO, (SET + "应有行数: 2\n",), "applied", "已更正 2 行"),
        (TWO, (SET + "应有行数: 至少一行\n",), "applied", "已更正 2 行"),
        ((), (SET,), "not_delivered", "没有收到"),
        (TWO, (SET + "有效期止: 2021-08-29\n",), None, None),
        (TWO, (SET + "县: 990113\n",), None, None),
        (
            TWO[:1],
            (SET, SET.replace(RIGHT, OTHER)),
            "conflict",
            "说法不同",
        ),
        (TWO[:1], (SET, "匹配: {姓名: 王建国}\n更正: 剔除\n"), "conflict", "说法不同"),
    ],
)
def test_a_correction_says_what_became_of_it(
    tmp_path: Path,
    rows: tuple[tuple[str, str, None], ...],
    declared: tuple[str, ...],
    state: str | None,
    says: str | None,
) -> None:
    before = records(*rows)
    corrected = apply(tmp_path, before, *declared)
    assert set(corrected.corrections["state"]) == ({state} if state else set())
    if says:
        assert all(says in message for message in corrected.corrections["message"])
    if state != "applied":
        assert corrected.records.equals(before)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("匹配: {姓名: 王}\n更正: 删了\n", "剔除"),
        ("匹配: {没有的列: 王}\n更正: 剔除\n", "没有列 没有的列"),
        ("匹配: {姓名: 王}\n", "缺少 更正"),
        ("匹配: {姓名: 王}\n更正: 剔除\n应有行数: 0\n", "应有行数应为正整数"),
        ("匹配: {姓名: 王}\n更正: 剔除\n多余: 1\n", "不认识的项 多余"),
        ("匹配: {姓名: 王\n", "无法读取"),
    ],
)
def test_a_correction_that_cannot_be_understood_is_refused(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(CorrectionError, match=says):
        apply(tmp_path, records(), text)


def errors_of(rows: pl.DataFrame, corrected: Corrected) -> pl.DataFrame:
    done = cleaned(corrected)
    return source_errors(DIBAO, rows, done.quarantine, corrected)


def test_an_error_keeps_its_slip_when_it_is_corrected_or_moves(tmp_path: Path) -> None:
    rows = records(("王建国", WRONG, "2021-13-40"), ("李强", OTHER, None))
    found = errors_of(rows, apply(tmp_path, rows))
    kinds = dict(found.select("column_name", "reason_code").iter_rows())
    assert kinds == {"id_number": "checksum", "from_date": "impossible_date"}
    moved = records(("李强", OTHER, None), ("王建国", WRONG, "2021-13-40"))
    later = errors_of(moved, apply(tmp_path, moved, SET))
    assert set(later["slip_id"]) == set(found["slip_id"])
    by_kind = dict(later.select("column_name", "reason_code").iter_rows())
    assert by_kind["id_number"] == "corrected"


def test_one_number_with_two_names_and_a_row_said_twice(tmp_path: Path) -> None:
    rows = records(("王建国", RIGHT, None), ("李强", RIGHT, None), ("李强", RIGHT, None))
    found = errors_of(rows, apply(tmp_path, rows))
    counts = dict(found.group_by("reason_code").len().iter_rows())
    assert counts == {"one_number_two_names": 3, "repeated_row": 1}
    assert found["slip_id"].n_unique() == 4


def test_a_list_without_townships_is_told_once_and_not_every_row() -> None:
    rows = records(("王建国", RIGHT, None), ("李强", OTHER, None), ("赵军", None, None))
    rows = rows.with_columns(village=pl.lit("李庄村"))
    nothing = apply_corrections(rows, DIBAO, load_corrections([], CONTRACTS), COUNTY, ROUND)

    def found(listed: pl.DataFrame) -> pl.DataFrame:
        village = pl.lit("village").alias("column_name")
        code = pl.lit("ambiguous_village").alias("reason_code")
        told = listed.with_columns(village, code, reason=pl.lit("不止一个村"))
        quarantine = frames.conform(told, frames.QUARANTINE)
        return source_errors(DIBAO, listed, quarantine, nothing)

    once = found(rows)
    assert once["reason_code"].to_list() == ["no_township"]
    assert "：共 3 行；" in once["reason"][0]
    assert once["record_name"].to_list() == [None]
    assert once["row_number"].to_list() == [rows["row_number"][0]]
    # Next month's list begins with somebody else: the slip is the same.
    assert found(rows.reverse())["slip_id"].to_list() == once["slip_id"].to_list()
    # Where one row says its township, the others could too: each is told.
    first = pl.int_range(pl.len()) == 0
    some = found(rows.with_columns(township=pl.when(first).then(pl.lit("城关镇"))))
    assert some["reason_code"].to_list() == ["ambiguous_village"] * 3


def test_a_list_without_a_column_it_must_have_is_told_once(tmp_path: Path) -> None:
    rows = records(("王建国", RIGHT, None), ("李强", OTHER, None)).with_columns(
        name=pl.lit(None, dtype=pl.String)
    )
    found = errors_of(rows, apply(tmp_path, rows))
    assert found["reason_code"].to_list() == ["no_value"]
    assert "整张表没有“姓名”，每一行都用不了：共 2 行" in found["reason"][0]
    assert found["raw_value"].to_list() == [None]
