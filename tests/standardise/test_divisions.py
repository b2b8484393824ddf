"""Where a row belongs, defect by defect (DOMAIN C2, 62 to 67)."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from pipelines.standardise.divisions import build_divisions
from tests.standardise.records import VILLAGES, clean, county

pytestmark = pytest.mark.unit

WANGTANG, LIZHUANG, LIZHUANG_WU = "990112100001", "990112100002", "990112101001"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"village": "王堂村", "township": "大石镇"}, WANGTANG),
        ({"village": "王堂村", "township_hint": "大石镇"}, WANGTANG),  # 62
        ({"village": "李庄村", "township": "大石"}, LIZHUANG),
        ({"village": "王堂村委会"}, WANGTANG),  # 63
        ({"village": "王堂村民委员会"}, WANGTANG),
        ({"village": "王堂社区居委会"}, WANGTANG),
        ({"village": "王堂"}, WANGTANG),
        ({"village": "河湾居委会"}, "990112101002"),
        ({"village": "河湾村"}, "990112101002"),
        ({"village": "王唐村"}, WANGTANG),  # 64, 65: a former name
        ({"village": "老王堂"}, WANGTANG),
        ({"village": "李庄村"}, None),  # 66: two townships have it
        ({"village": "李庄", "township": "吴家店乡"}, LIZHUANG_WU),
        ({"village": "大石镇李庄村"}, LIZHUANG),
        ({"village": "大石镇-李庄村"}, LIZHUANG),
        ({"village": "大石镇/李庄村"}, LIZHUANG),
        ({"village": "李庄村（吴家店乡）"}, LIZHUANG_WU),
        ({"village": "李庄村(吴家店)"}, LIZHUANG_WU),
        ({"village": "李庄村（吴家店乡）", "township": "吴家店"}, LIZHUANG_WU),
        ({"village": "李庄村（吴家店乡）", "township_hint": "大石镇"}, LIZHUANG_WU),
        ({"village": "李庄村（吴家店乡）", "township": "大石镇"}, None),  # which of the two?
        ({"village": "李庄村（别处乡）"}, None),
        ({"village": "王堂村（原老王堂）"}, WANGTANG),
        ({"village": "孫家莊村"}, "990112102001"),  # 43
        ({"village": "孫家莊邨", "township": "城關街道"}, "990112102001"),
        ({"village": "大石鎮李莊邨"}, LIZHUANG),
        ({"village_hint": "河灣社區"}, "990112101002"),
        ({"address": "吳家店鄉李莊村3組"}, LIZHUANG_WU),
        ({"group_name": "吴家店乡李庄村2组"}, LIZHUANG_WU),
        ({"village": "晴川县吴家店乡李庄村"}, LIZHUANG_WU),
        ({"village": "王堂村三组"}, WANGTANG),
        ({"village": "王堂庄村"}, "990112100003"),
        ({"village": "王堂岗村"}, None),
        ({"village": "河湾社区", "township": "大石镇"}, None),  # not in that township: not guessed
        ({"village": "河湾社区", "township_hint": "大石镇"}, "990112101002"),
        ({"village": "李庄村", "township_hint": "城关街道"}, None),
        ({"village": "不存在村", "township": "大石镇"}, None),
        ({"village_code": "990112101001", "village": "随便"}, LIZHUANG_WU),
        ({"village_code": "990112101001.0"}, LIZHUANG_WU),
        ({"village": "孙家庄", "township": "城关街道"}, "990112102001"),
    ],
)
def test_the_village_of_a_row(said: dict[str, str], code: str | None) -> None:
    done = clean("civil_affairs.dibao", [{"name": "张三", **said}], county())
    assert done.frame["village_code"].to_list() == [code]
    listed = done.quarantine.filter(pl.col("column_name") == "village")
    assert listed.height == (0 if code else 1)
    if code:
        assert done.frame["township_code"].to_list() == [code[:9]]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("吴家店乡李庄村三组", LIZHUANG_WU),  # 67
        ("吴家店李庄三组12号", LIZHUANG_WU),
        ("某某省某某市晴川县大石镇王堂村", WANGTANG),
        ("晴川县大石镇王堂庄村2组", "990112100003"),
        ("李庄村", None),
        ("县城某某小区", None),
        ("邻县大石镇王堂村", None),  # another county has a 大石镇 too
        ("邻县王堂村", None),
    ],
)
def test_the_village_in_an_address(address: str, code: str | None) -> None:
    done = clean(
        "health.deaths", [{"name": "张三", "died_on": "2021-05-06", "address": address}], county()
    )
    assert done.frame["village_code"].to_list() == [code]
    assert done.quarantine.is_empty()


def test_a_village_outside_the_township_of_its_row_is_said_to_be_so() -> None:
    rows = [{"name": "张三", "village": "河湾社区", "township": "大石镇"}]
    done = clean("civil_affairs.dibao", rows, county())
    assert done.frame.select("township", "village_code").row(0) == ("大石镇", None)
    assert done.quarantine["reason_code"].to_list() == ["village_elsewhere"]


def test_a_village_one_character_off_is_asked_about_and_not_taken() -> None:
    rows = [{"name": "张三", "village": "李壮村", "township": "大石镇"}]
    done = clean("civil_affairs.dibao", rows, county())
    assert done.frame["village_code"].to_list() == [None]
    assert done.quarantine["reason_code"].to_list() == ["unknown_village"]
    assert "同乡镇有名称相近的“李庄村”" in done.quarantine["reason"].item()


@pytest.mark.parametrize(
    ("said", "name"), [("李庄村", "李庄村"), ("李庄村委会", "李庄村"), ("王堂岗村", None)]
)
def test_a_name_of_several_villages_is_kept_without_a_code(said: str, name: str | None) -> None:
    done = clean("civil_affairs.dibao", [{"name": "张三", "village": said}], county())
    assert done.frame.select("village", "village_code", "township_code").row(0) == (
        name, None, None,
    )  # fmt: skip
    code = "ambiguous_village" if name else "unknown_village"
    assert done.quarantine["reason_code"].to_list() == [code]


def test_without_the_county_s_name_only_a_township_makes_an_address_ours() -> None:
    unnamed = build_divisions(county().villages)
    rows = [
        {"name": "张三", "died_on": "2021-05-06", "address": address}
        for address in ("晴川县大石镇王堂村", "邻县王堂村")
    ]
    done = clean("health.deaths", rows, unnamed)
    assert done.frame["village_code"].to_list() == [WANGTANG, None]


def test_a_township_alone_is_known_without_a_village() -> None:
    done = clean("civil_affairs.dibao", [{"name": "张三", "township": "吴家店"}], county())
    assert done.frame.select("township", "township_code", "village_code").row(0) == (
        "吴家店乡", "990112101", None,
    )  # fmt: skip


def test_an_alias_table_adds_old_names(tmp_path: Path) -> None:
    table = tmp_path / "aliases.csv"
    table.write_text(
        "old,new,township,valid_from\n石咀村,李庄村,大石镇,2015-01-01\n王堂村,河湾社区,,2015-01-01\n",
        encoding="utf-8",
    )
    divisions = build_divisions(clean("roster.villages", VILLAGES).frame, [table])
    rows = [{"name": "张三", "village": "石咀村委会"}, {"name": "李四", "village": "王堂村"}]
    # A name that a village bears today is that village, whatever an alias says.
    assert clean("civil_affairs.dibao", rows, divisions).frame["village_code"].to_list() == [
        LIZHUANG,
        WANGTANG,
    ]


def test_an_alias_table_without_its_columns_says_what_it_should_have(tmp_path: Path) -> None:
    table = tmp_path / "aliases.csv"
    table.write_text("旧名,新名\n石咀村,李庄村\n", encoding="utf-8")
    with pytest.raises(ValueError, match="缺少列：new、old"):
        build_divisions(county().villages, [table])


def test_without_a_list_of_villages_names_stay_as_they_were_sent() -> None:
    done = clean("civil_affairs.dibao", [{"name": "张三", "village": "某 村", "township": "某镇"}])
    assert done.frame.select("township", "village", "village_code").row(0) == ("某镇", "某村", None)
    assert done.quarantine.is_empty()


@pytest.mark.parametrize(
    ("change", "round_", "codes", "left"),
    [
        # merged since the list was made: both names and both codes are the one village
        ("王堂村,李庄村,大石镇,2021-08-01", "2021-08-30", [LIZHUANG] * 3, {LIZHUANG}),
        # merged, and the one they became renamed after it
        (
            "王堂村,李庄村,大石镇,2021-08-01\n李庄村,和庄村,大石镇,2021-08-02",
            "2021-08-30",
            [LIZHUANG] * 3,
            {LIZHUANG},
        ),
        # not yet in force, or the list was made after it: as the list says
        ("王堂村,李庄村,大石镇,2021-09-01", "2021-08-30", [WANGTANG, LIZHUANG, WANGTANG], None),
        ("王堂村,李庄村,大石镇,2021-07-01", "2021-08-30", [WANGTANG, LIZHUANG, WANGTANG], None),
        # renamed: the old name and the new one are one village, under its own code
        ("王堂村,新堂村,大石镇,2021-08-01", "2021-08-30", [WANGTANG, LIZHUANG, WANGTANG], None),
    ],
)
def test_a_change_since_the_list_was_made(
    tmp_path: Path, change: str, round_: str, codes: list[str], left: set[str] | None
) -> None:
    table = tmp_path / "divisions.csv"
    table.write_text(f"old,new,township,valid_from\n{change}\n", encoding="utf-8")
    listed = clean("roster.villages", VILLAGES).frame.with_columns(as_of=dt.date(2021, 7, 20))
    divisions = build_divisions(listed, [table], dt.date.fromisoformat(round_))
    said = [
        {"village": "王堂村", "township": "大石镇"},
        {"village": "李庄村", "township": "大石镇"},
        {"village_code": WANGTANG},
    ]
    if "新堂村" in change:
        said.append({"village": "新堂村", "township": "大石镇"})
        codes = [*codes, WANGTANG]
    done = clean("civil_affairs.dibao", [{"name": "张三", **row} for row in said], divisions)
    assert done.frame["village_code"].to_list() == codes
    known = set(divisions.villages["village_code"])
    assert (WANGTANG in known) == (left is None)
