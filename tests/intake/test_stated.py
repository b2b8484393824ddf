"""The number of rows in a file's name is told from the day and from other words."""

import pytest

from pipelines.intake.stated import stated_in_name

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("低保名单（共13人）20210801.xlsx", "13人"),
        ("王堂村低保50户.xlsx", "50户"),
        ("608 名学生.xls", "608 名"),
        ("发放明细1328笔2021年8月.csv", "1328笔"),
        ("清溪镇低保20210825-18人.xlsx", "18人"),
        ("低保_2021年8月_共18户.xlsx", "18户"),
        ("2021-8-24户.xlsx", None),
        ("8_24人.xlsx", None),
        ("2021.8.24行政区划名录.xlsx", None),
        ("20210824人员名单.xlsx", None),
        ("8月24人员信息.xlsx", None),
        ("2021-08-24户籍人口.xlsx", None),
        ("第3次报送.xlsx", None),
        ("100户均收入.xlsx", None),
    ],
)
def test_the_number_in_a_name(name: str, said: str | None) -> None:
    found = stated_in_name(f"990112/民政/{name}", "f" * 64)
    assert found["text"].to_list() == ([said] if said else [])
    assert found["row_number"].null_count() == found.height
