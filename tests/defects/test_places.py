"""Defects 63 to 67 of DOMAIN C2: villages, by whatever name."""
# ruff: noqa: E501 - cells as clerks write them, side by side

from pathlib import Path

import pytest

from tests.defects.county import (
    DIBAO,
    ROUND,
    VILLAGES,
    WRITERS,
    Listed,
    Office,
    by_csv,
    by_xlwt,
    dibao,
    xlsx,
)

pytestmark = pytest.mark.unit
LIST = "civil_affairs.dibao"
WANGTANG, LI_DASHI, LI_WUJIA = "990112100001", "990112100002", "990112101001"


def at(office: Office, *places: tuple[str | None, str | None], writer: str = "openpyxl") -> Listed:
    """Read a list with these townships and villages."""
    rows = [dibao(n, 乡镇=town, 行政村=village) for n, (town, village) in enumerate(places)]
    return office.read(LIST, WRITERS[writer]([DIBAO, *rows]), "低保20210801.xlsx")


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_63_suffixes(office: Office, writer: str) -> None:
    spelt = ["王堂村", "王堂", "王堂村委会", "王堂村民委员会", "王堂村村民委员会", "王堂社区", "王堂居委会", "王堂社区居委会",
             "王堂行政村", "王堂村 ", "王　堂村", "大石镇王堂村", "晴川县大石镇王堂村委会", "王堂村（村委会）"]  # fmt: skip
    found = at(office, *[("大石镇", village) for village in spelt], writer=writer)
    assert dict(zip(spelt, found["village_code"], strict=True)) == dict.fromkeys(spelt, WANGTANG)
    assert set(found["village"]) == {"王堂村"}
    assert (
        at(office, ("吴家店", "河湾村"), ("吴家店乡", "河湾村委会"))["village"] == ["河湾社区"] * 2
    )
    # 王堂 is no part of 王堂庄.
    assert at(office, ("大石镇", "王堂庄村委会"))["village"] == ["王堂庄村"]


def test_c2_66_two_villages_in_one_cell_are_neither(office: Office) -> None:
    cells = ["王堂村、李庄村", "李庄村/王堂村", "王堂村和王堂庄村", "王堂村、三组"]
    found = at(office, *[("大石镇", cell) for cell in cells])
    assert found["village"] == [None, None, None, "王堂村"]
    assert [(row, code) for row, _, code in found.asked("cell")] == [
        (2, "unknown_village"), (3, "unknown_village"), (4, "unknown_village"),
    ]  # fmt: skip


def test_c2_63_townships_too(office: Office) -> None:
    towns = ["大石镇", "大石", "大石镇人民政府", "晴川县大石镇", "大石镇 ", "大石乡"]
    found = at(office, *[(town, "王堂村") for town in towns])
    assert found["township"][:5] == ["大石镇"] * 5
    assert (
        at(office, ("城关街道", "孙家庄"), ("城关", "孙家庄村"))["township"]
        == ["城关街道办事处"] * 2
    )


def test_c2_64_former_and_merged_villages(office: Office, tmp_path: Path) -> None:
    found = at(office, ("大石镇", "王唐村"), ("大石镇", "老王堂"), ("大石镇", "王唐村委会"))
    assert found["village_code"] == [WANGTANG] * 3
    aliases = tmp_path / "divisions.csv"
    aliases.write_text(
        "old,new,township,valid_from\n西坡村,王堂村,大石镇,2015-06-01\n东坡,王堂庄村,,2016-01-01\n"
        "孙庄村,孙家庄村,,2017-03-01\n",
        encoding="utf-8",
    )
    rows = [("大石镇", "西坡村委会"), ("大石镇", "东坡村"), (None, "孙庄"), ("大石镇", "没有村")]
    at(office, *rows)
    found = office.listed(LIST, ROUND, [aliases])
    assert found["village"] == ["王堂村", "王堂庄村", "孙家庄村", None]
    assert found.asked() == [(5, "village", "unknown_village")]
    assert "曾用名" in found.reasons
    assert json_text(found) == "没有村"


def json_text(found: Listed) -> str:
    return str(found.quarantine["raw_value"][0])


def test_c2_64_a_restored_village_keeps_its_own_name(office: Office) -> None:
    both = [*VILLAGES, ["晴川县", "大石镇", "王唐村", "990112100009", None]]
    office.send("roster", "行政村名册20210101.xlsx", xlsx(both))
    at(office, ("大石镇", "王唐村"))
    found = office.listed(LIST, ROUND, [empty_aliases(office)])
    assert found["village_code"] == ["990112100009"]


def empty_aliases(office: Office) -> Path:
    path = office.home.inbox.parent / "none.csv"
    path.write_text("old,new\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("respelt", ["闫沟村", "阎构村", "闫沟村委会"])
def test_c2_65_respelt_villages_are_proposed_within_the_township(
    office: Office, respelt: str, tmp_path: Path
) -> None:
    found = at(office, ("大石镇", respelt))
    assert found["village_code"] == [None]
    assert found.asked() == [(2, "village", "unknown_village")]
    assert "“阎沟村”" in found.reasons
    elsewhere = at(office, ("吴家店乡", respelt))
    assert "阎沟村" not in elsewhere.reasons
    aliases = tmp_path / "divisions.csv"
    aliases.write_text("old,new,township\n闫沟村,阎沟村,大石镇\n阎构村,阎沟村,大石镇\n", "utf-8")
    at(office, ("大石镇", respelt))
    assert office.listed(LIST, ROUND, [aliases])["village"] == ["阎沟村"]


def test_c2_66_the_same_name_in_two_townships(office: Office) -> None:
    found = at(
        office,
        ("大石镇", "李庄村"),
        ("吴家店乡", "李庄"),
        (None, "李庄村"),
        ("城关街道", "李庄村"),
        (None, "吴家店乡李庄村"),
    )
    assert found["village_code"] == [LI_DASHI, LI_WUJIA, None, None, LI_WUJIA]
    assert found.asked() == [
        (4, "village", "ambiguous_village"), (5, "village", "village_elsewhere"),
    ]  # fmt: skip
    assert "请加一列乡镇" in found.reasons
    assert found["village_text"][2] == "李庄村"


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_66_the_township_in_brackets_decides(office: Office, writer: str) -> None:
    found = at(
        office,
        (None, "李庄村（吴家店乡）"),
        (None, "李庄(大石镇)"),
        ("大石镇", "李庄村（大石镇）"),
        ("大石镇", "李庄村（吴家店乡）"),
        (None, "李庄村（某某乡）"),
        writer=writer,
    )
    assert found["village_code"] == [LI_WUJIA, LI_DASHI, LI_DASHI, None, None]
    assert found.asked() == [
        (5, "village", "village_elsewhere"), (6, "village", "ambiguous_village"),
    ]  # fmt: skip


def test_c2_43_traditional_and_variant_characters_in_places(office: Office) -> None:
    said = [
        ("大石鎮", "李莊村"),
        ("吳家店鄉", "河灣社區"),
        ("大石镇", "閻溝邨"),
        ("大石镇", "王堂邨"),
    ]
    found = at(office, *said)
    assert found["village"] == ["李庄村", "河湾社区", "阎沟村", "王堂村"]
    assert found["village_text"] == [village for _, village in said]
    assert found.asked() == []


def test_c2_66_the_township_of_the_sheet_decides(office: Office) -> None:
    keep = [0, 1, 2, 3, 4, 6]
    rows = [
        [r[i] for i in keep] for r in (DIBAO, dibao(0, 行政村="李庄"), dibao(1, 行政村="李庄村"))
    ]
    found = office.read(LIST, by_xlwt(rows, sheet="吴家店"), "低保20210801.xls")
    assert found["village_code"] == [LI_WUJIA] * 2


def test_c2_67_free_text_addresses(office: Office) -> None:
    header = [*DIBAO[:5], "家庭住址"]
    addresses = {
        "吴家店河湾三组": ("990112101002", "三组"),
        "晴川县大石镇王堂村3组12号": (WANGTANG, "3组"),
        "大石镇王堂村第二村民小组": (WANGTANG, "二村民小组"),
        "河南省晴川县大石镇李庄村委会五组": (LI_DASHI, "五组"),
        "王堂庄一组": ("990112100003", "一组"),
        "大石镇王堂": (WANGTANG, None),
        "县城幸福小区3栋": (None, None),
        "北山县大石镇王堂村": (None, None),
        "李庄村2组": (None, "2组"),
    }
    rows = [[*dibao(n)[:5], text] for n, text in enumerate(addresses)]
    for content in (xlsx([header, *rows]), by_csv([header, *rows])):
        found = office.read(LIST, content)
        assert (
            dict(
                zip(
                    addresses,
                    zip(found["village_code"], found["group_name"], strict=True),
                    strict=True,
                )
            )
            == addresses
        )
        assert found["address"] == list(addresses)


def test_c2_67_a_group_in_the_village_column(office: Office) -> None:
    found = at(office, ("大石镇", "王堂村三组"), ("大石镇", "王堂（2组）"))
    assert found["village_code"] == [WANGTANG] * 2
    assert found["group_name"] == ["三组", "2组"]
