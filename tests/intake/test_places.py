"""Folders and townships."""

from pathlib import Path

import pytest

from pipelines.contracts import Contracts
from pipelines.intake.places import (
    Townships,
    counties_in,
    county_folders,
    department_of,
    is_feedback,
    township_key,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("folder", "department"),
    [
        ("education", "education"),
        ("Education", "education"),
        ("教育", "education"),
        ("教育局", "education"),
        ("01教育体育局", "education"),
        ("卫健", "health"),
        ("卫健委", "health"),
        ("卫生健康局", "health"),
        ("住建", "housing"),
        ("住房和城乡建设局", "housing"),
        ("民政局", "civil_affairs"),
        ("医保局", "insurance"),
        ("医疗保障局", "insurance"),
        ("财政", "finance"),
        ("名册", "roster"),
        ("乡村振兴局", "roster"),
        ("公安局", "roster"),
        ("杂项", None),
        ("feedback", None),
    ],
)
def test_department_folders(contracts: Contracts, folder: str, department: str | None) -> None:
    assert department_of(folder, contracts) == department


def test_feedback_folders() -> None:
    assert is_feedback("feedback")
    assert is_feedback("反馈")
    assert not is_feedback("教育")


def test_county_folders_bear_the_code_with_or_without_the_name(tmp_path: Path) -> None:
    for name in ("990112", "990112晴川县", "990113 白河县", "9901120", "说明"):
        (tmp_path / name).mkdir()
    assert [f.name for f in county_folders(tmp_path, "990112")] == ["990112", "990112晴川县"]
    assert counties_in(tmp_path) == {"990112": "晴川县", "990113": "白河县"}
    assert counties_in(tmp_path / "nowhere") == {}


KNOWN = Townships.of(["大石镇", "大石", "大石桥镇", "城关镇", "白云乡"])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("大石镇", ["大石镇"]),
        ("大石", ["大石镇"]),
        ("大石桥镇低保", ["大石桥镇"]),
        ("大石镇、大石桥", ["大石桥镇", "大石镇"]),
        ("填报单位：晴川县 白 云 乡 人民政府", ["白云乡"]),
        ("全县低保名单", []),
        ("大石县在校学生名册", []),
        ("大石土家族自治县低保", []),
        ("大石县大石镇、白云乡", ["大石镇", "白云乡"]),
        ("大石镇市场监管所", ["大石镇"]),
    ],
)
def test_townships_that_rosters_know(text: str, named: list[str]) -> None:
    assert KNOWN.named_in(text) == named


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("晴川县大石镇2021年低保", ["大石镇"]),
        ("低保（大石镇）20210831", ["大石镇"]),
        ("各乡镇汇总", []),
        ("晴川县乡村振兴局", []),
        ("城镇居民医保", []),
    ],
)
def test_without_rosters_only_full_names_count(text: str, named: list[str]) -> None:
    assert Townships().named_in(text) == named


def test_one_township_or_none() -> None:
    assert KNOWN.only_one_in(["Sheet1", "低保", "大石.xlsx"]) == "大石镇"
    assert KNOWN.only_one_in(["大石镇和白云乡", "城关"]) is None
    assert township_key("晴川县大石镇") == township_key("大石") == "大石"
    assert KNOWN.spelt("晴川县城关") == "城关镇"
    assert KNOWN.spelt("外地镇") == "外地镇"
