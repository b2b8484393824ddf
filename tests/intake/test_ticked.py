"""Lists with one ticked column a measure, as the national system exports them."""

import pytest

from tests.intake.conftest import ReadOne, xlsx

pytestmark = pytest.mark.unit

BEFORE = ["户编号", "户主姓名", "监测对象类别"]
MEASURES = ["产业帮扶", "就业帮扶", "住房安全保障", "其他", "公益性岗位"]


def test_measures_and_risks_under_their_groups(read_one: ReadOne) -> None:
    """A tick, a year or a word gives the column's code; a no and a blank give nothing."""
    risks = ["因病", "因学", "其他风险"]
    top = [*BEFORE, "致贫返贫风险", None, None, "帮扶措施", None, None, None, None, "人均纯收入"]
    low = [None, None, None, *risks, *MEASURES, None]
    last = "L"
    merges = ["A1:A2", "B1:B2", "C1:C2", "D1:F1", "G1:K1", f"{last}1:{last}2"]
    body = [
        ["H1", "张三", "边缘易致贫户", "√", None, None, "√", "否", "2021年申请", "1", "×", 5000],
        ["H2", "李四", "边缘易致贫户", None, "V", "是", "无", 0, "/", "未享受", None, 6000],
    ]
    sheet, records = read_one(xlsx([top, low, *body], merges), "roster")
    assert sheet.dataset == "roster.monitored", sheet.message
    assert records["risks"].to_list() == ["因病", "因学、其他"]
    assert records["measures"].to_list() == ["产业帮扶、住房安全保障、其他", None]
    assert records["net_income_per_head"].to_list() == ["5000", "6000"]
    assert "未用到的列" not in sheet.message


def test_three_measures_without_a_group(read_one: ReadOne) -> None:
    body = [["H1", "张三", "边缘易致贫户", "√", None, "√", None, "√"]]
    _, records = read_one(xlsx([[*BEFORE, *MEASURES], *body]), "roster")
    assert records["measures"].to_list() == ["产业帮扶、住房安全保障、公益岗位帮扶"]


def test_states_of_a_household_are_no_measures(read_one: ReadOne) -> None:
    """义务教育保障: 是 says that a child is at school, and nothing of what was done."""
    header = [*BEFORE, "识别时间", "帮扶措施", "义务教育保障", "住房安全保障", "饮水安全保障"]
    body = [["H1", "张三", "边缘易致贫户", "2021-06-01", "产业帮扶", "是", "是", "是"]]
    _, records = read_one(xlsx([header, *body]), "roster")
    assert records["measures"].to_list() == ["产业帮扶"]


def test_codes_as_values_below_their_header_stay_values(read_one: ReadOne) -> None:
    header = [*BEFORE, "致贫返贫风险1", "致贫返贫风险2", "帮扶措施"]
    body = [["H1", "张三", "边缘易致贫户", "因病", "因学", "产业帮扶"]] * 3
    _, records = read_one(xlsx([header, *body]), "roster")
    assert records.select("risks", "measures").rows() == [("因病、因学", "产业帮扶")] * 3
