"""What a clerk is told before sending."""

from pathlib import Path

import pytest

from pipelines.check import check_file
from pipelines.contracts import Contracts
from tests.intake.conftest import DIBAO, person, xlsx

pytestmark = pytest.mark.unit


def _file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_good_file_is_explained_column_by_column(tmp_path: Path, contracts: Contracts) -> None:
    wrong = person(3)
    wrong[2] = "990112198001019999"
    content = xlsx([["名册 单位：元"], [*DIBAO, "怪列"], person(1), person(1), wrong])
    path = _file(tmp_path, "低保20210831共5人.xlsx", content)
    report = check_file(path, contracts, "民政局")
    assert report.readable
    for said in (
        "截至日期：2021-08-31（取自文件名）",
        "C 列“身份证号” → 身份证号",
        "F 列“月保障金” → 月保障金（单位：元）",
        "H 列“怪列” → 未认出",
        "行：接收 3，搁置 0",
        "第 5 行，“990112********9999”",
        "重复：2 行",
        "文件名写 5人，读到 3 行",
        "可以报送",
    ):
        assert said in report.text, report.text
    assert "990112198001019999" not in report.text
    assert list(tmp_path.iterdir()) == [path]


def test_rows_without_a_name_are_said_to_be_set_aside(tmp_path: Path, contracts: Contracts) -> None:
    nameless = person(2)
    nameless[1] = None
    path = _file(tmp_path, "低保.xlsx", xlsx([DIBAO, person(1), nameless]))
    report = check_file(path, contracts, "civil_affairs")
    assert "行：接收 1，搁置 1" in report.text
    assert "整行搁置 1 处" in report.text
    assert "建议在文件名中写明" in report.text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空"),
        (xlsx([["甲", "乙"], [1, 2]]), "没有找到表头"),
        (xlsx([["姓名", "甲", "乙", "丙"], [1, 2]]), "缺少"),
    ],
)
def test_a_bad_file_says_what_to_change(
    tmp_path: Path, contracts: Contracts, content: bytes, said: str
) -> None:
    report = check_file(_file(tmp_path, "表.xlsx", content), contracts, "卫健")
    assert not report.readable
    assert said in report.text
    assert "请按上面的提示修改" in report.text


def test_an_unknown_department_is_told_the_known_ones(tmp_path: Path, contracts: Contracts) -> None:
    report = check_file(_file(tmp_path, "表.xlsx", b"x"), contracts, "交通局")
    assert not report.readable
    assert "education（教育）" in report.text
