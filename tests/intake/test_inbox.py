"""A county's inbox over rounds: which files count, what becomes of the others, who is late."""

import datetime as dt
import os
from pathlib import Path

import polars as pl
import pytest

from pipelines.compare.coverage import coverage
from pipelines.contracts import Contracts, Delivery
from pipelines.frames import (
    COVERAGE,
    DELIVERIES,
    QUARANTINE,
    SHEETS,
    VILLAGES,
    conform,
    empty,
    intake_schema,
)
from pipelines.home import Home
from pipelines.intake.choice import BESIDE_TOWNSHIPS
from pipelines.intake.deliveries import due_days
from pipelines.intake.inbox import (
    Inbox,
    inbox_counties,
    inbox_files,
    is_settled,
    newest_as_of,
    settled_files,
    take_inbox,
)
from pipelines.intake.rows import Rows, dataset_rows, raw_rows
from pipelines.parameters import Parameters
from tests.compare import small
from tests.intake.conftest import DIBAO, person, xlsx

pytestmark = pytest.mark.unit

COUNTY = "990112"
ROUND = dt.date(2021, 8, 30)
NOTHING_SET = Parameters(COUNTY, ROUND, {})
PAYMENTS = ["姓名", "身份证号", "补贴项目", "实发金额", "发放日期", "银行账号"]
IN_TOWNSHIP = [*DIBAO, "乡镇"]


def drop(home: Home, path: str, content: bytes, arrived: str = "2021-08-01") -> Path:
    """Put a file into the county's inbox as of a day."""
    target = home.inbox / "990112晴川县" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    at = dt.datetime.fromisoformat(arrived).timestamp()
    os.utime(target, (at, at))
    return target


def take(home: Home, contracts: Contracts, round_: dt.date = ROUND) -> Inbox:
    inbox = take_inbox(home, COUNTY, round_, contracts, NOTHING_SET)
    assert dict(inbox.sheets.schema) == dict(SHEETS)
    assert dict(inbox.deliveries.schema) == dict(DELIVERIES)
    assert dict(inbox.quarantine.schema) == dict(QUARANTINE)
    counted = inbox.sheets.filter(pl.col("rows_read").is_not_null())
    parts = counted.select(pl.sum_horizontal("rows_accepted", "rows_set_aside", "rows_not_data"))
    assert parts.to_series().to_list() == counted["rows_read"].to_list()
    return inbox


def rows(home: Home, inbox: Inbox, contracts: Contracts, dataset: str) -> Rows:
    found = dataset_rows(home, inbox.sheets, contracts[dataset], contracts)
    assert dict(found.records.schema) == dict(intake_schema(contracts[dataset]))
    used = inbox.sheets.filter(pl.col("used") & (pl.col("dataset") == dataset))
    assert found.records.height == used["rows_accepted"].sum()
    assert found.quarantine.height == used["rows_set_aside"].sum()
    assert found.records["record_id"].is_unique().all()
    return found


def status(inbox: Inbox) -> dict[str, str]:
    names = inbox.sheets["path"].str.split("/").list.last()
    return dict(zip(names, inbox.sheets["status"], strict=True))


def dibao(*numbers: int) -> bytes:
    return xlsx([DIBAO, *(person(n) for n in numbers)])


def in_township(township: str, *numbers: int, more: dict[str, list[int]] | None = None) -> bytes:
    lists = {township: list(numbers), **(more or {})}
    body = [[*person(n), name] for name, ns in lists.items() for n in ns]
    return xlsx([IN_TOWNSHIP, *body])


def villages(*townships: str) -> bytes:
    body = [[f"99011210{i:04d}", f"村{i}", t] for i, t in enumerate(townships)]
    return xlsx([["行政村代码", "行政村", "乡镇"], *body])


def test_every_row_knows_where_it_came_from(home: Home, contracts: Contracts) -> None:
    drop(home, "民政/低保20210801.xlsx", xlsx([["名册"], DIBAO, person(1)], sheet="八月"))
    inbox = take(home, contracts)
    found = rows(home, inbox, contracts, "civil_affairs.dibao")
    row = found.records.row(0, named=True)
    assert row["path"] == "990112晴川县/民政/低保20210801.xlsx"
    assert (row["sheet"], row["row_number"], row["as_of"]) == ("八月", 3, dt.date(2021, 8, 1))
    assert row["record_id"] == f"{row['file_id'][:16]}-0-3"
    stood = raw_rows(home, inbox.sheets, contracts["civil_affairs.dibao"], contracts)
    assert stood["record_id"].to_list() == [row["record_id"]]
    assert stood["raw_row"][0].startswith('{"序号":"1","姓名":"王建国"')


def test_the_newest_list_not_after_the_round_counts(home: Home, contracts: Contracts) -> None:
    drop(home, "民政/低保2021年7月.xlsx", dibao(1))
    drop(home, "民政/低保20210825.xlsx", dibao(1, 2))
    drop(home, "民政/低保20210902.xlsx", dibao(1, 2, 3))
    inbox = take(home, contracts)
    assert status(inbox) == {
        "低保2021年7月.xlsx": "superseded",
        "低保20210825.xlsx": "used",
        "低保20210902.xlsx": "waiting",
    }
    messages = dict(zip(inbox.sheets["status"], inbox.sheets["message"], strict=True))
    assert "2021-07-01 至 2021-08-24" in messages["superseded"]
    assert "2021-09-02 及以后的期" in messages["waiting"]
    assert rows(home, inbox, contracts, "civil_affairs.dibao").records.height == 2
    july = take(home, contracts, dt.date(2021, 7, 26))
    assert rows(home, july, contracts, "civil_affairs.dibao").records.height == 1
    ages = dict(zip(inbox.sheets["status"], inbox.sheets["age_days"], strict=True))
    assert ages == {"superseded": 60, "used": 5, "waiting": -3}


def test_files_of_one_date_add_up_and_the_same_content_counts_once(
    home: Home, contracts: Contracts
) -> None:
    drop(home, "民政/低保一20210825.xlsx", dibao(1, 2))
    same = dibao(3)
    drop(home, "民政/低保二20210825.xlsx", same)
    drop(home, "民政/低保二20210825副本.xlsx", same)
    inbox = take(home, contracts)
    assert sorted(inbox.sheets["status"]) == ["duplicate", "used", "used"]
    assert rows(home, inbox, contracts, "civil_affairs.dibao").records.height == 3


def test_a_township_that_sends_again_replaces_only_itself(home: Home, contracts: Contracts) -> None:
    drop(home, "名册/行政村20210101.xlsx", villages("大石镇", "小河镇"))
    drop(home, "民政/低保20210801.xlsx", in_township("大石镇", 1, 2, more={"小河镇": [3]}))
    drop(home, "民政/低保（大石镇）20210825.xlsx", in_township("大石镇", 1))
    drop(home, "民政/低保（大石镇）20210701.xlsx", in_township("大石镇", 9))
    inbox = take(home, contracts)
    assert status(inbox)["低保20210801.xlsx"] == "used"
    assert status(inbox)["低保（大石镇）20210825.xlsx"] == "used"
    assert status(inbox)["低保（大石镇）20210701.xlsx"] == "superseded"
    found = rows(home, inbox, contracts, "civil_affairs.dibao")
    assert sorted(found.records.select("township", "certificate").rows()) == [
        ("大石镇", "D00001"),
        ("小河镇", "D00003"),
    ]
    assert set(found.quarantine["reason_code"]) == {"replaced_by_township"}
    assert found.quarantine["row_number"].to_list() == [2, 3]
    later = drop(home, "民政/低保20210828.xlsx", in_township("大石镇", 7, more={"小河镇": [8]}))
    again = rows(home, take(home, contracts), contracts, "civil_affairs.dibao")
    assert set(again.records["path"]) == {str(later.relative_to(home.inbox))}


def test_the_township_of_a_row_may_be_known_only_by_its_village(
    home: Home, contracts: Contracts
) -> None:
    drop(home, "名册/行政村20210101.xlsx", villages("大石镇", "小河镇"))
    a, b = person(1), person(2)
    a[6], b[6] = "村0", "村1"
    drop(home, "民政/低保20210801.xlsx", xlsx([DIBAO, a, b]))
    drop(home, "民政/大石镇低保20210825.xlsx", xlsx([DIBAO, a]))
    found = rows(home, take(home, contracts), contracts, "civil_affairs.dibao")
    assert sorted(found.records.select("village", "township_hint").rows()) == [
        ("村0", "大石镇"),
        ("村1", None),
    ]


def test_one_sheet_a_township_covers_only_the_townships_it_names(
    home: Home, contracts: Contracts
) -> None:
    """Defect 62: the township stands only in the sheet's name."""
    drop(home, "名册/行政村20210101.xlsx", villages("大石镇", "小河镇", "白云乡"))

    def second(book) -> None:
        page = book.create_sheet("小河")
        page.append(DIBAO)
        page.append(person(2))

    book = xlsx([DIBAO, person(1)], sheet="大石镇", more=second)
    drop(home, "民政/低保20210825.xlsx", book)
    inbox = take(home, contracts)
    found = rows(home, inbox, contracts, "civil_affairs.dibao").records
    assert found["township_hint"].to_list() == ["大石镇", "小河镇"]
    due = inbox.deliveries.filter(pl.col("dataset") == "civil_affairs.dibao")
    assert dict(due.select("scope", "state").rows()) == {
        "大石镇": "on_time",
        "小河镇": "on_time",
        "白云乡": "missing",
    }


def test_a_list_beside_those_of_the_townships_covers_none_of_them(
    home: Home, contracts: Contracts
) -> None:
    """县直 schools send beside the townships: the township that sent nothing is still missing."""
    drop(home, "名册/行政村20210101.xlsx", villages("大石镇", "小河镇", "白云乡"))
    for i, name in enumerate(("大石镇低保", "小河镇低保", "县直低保")):
        drop(home, f"民政/{name}20210825.xlsx", dibao(i))
    inbox = take(home, contracts)
    assert set(status(inbox).values()) == {"used"}
    due = inbox.deliveries.filter(pl.col("dataset") == "civil_affairs.dibao")
    assert dict(due.select("scope", "state").rows()) == {
        "大石镇": "on_time",
        "小河镇": "on_time",
        "白云乡": "missing",
        BESIDE_TOWNSHIPS: "on_time",
    }
    found = rows(home, inbox, contracts, "civil_affairs.dibao").records
    assert set(found["township_hint"]) == {"大石镇", "小河镇", None}
    places = [("T1", "大石镇"), ("T2", "小河镇"), ("T3", "白云乡")]
    judged = coverage(
        contracts,
        {},
        inbox.sheets,
        conform(
            pl.DataFrame(
                [
                    {"village_code": f"{code}V", "township_code": code, "township": name}
                    for code, name in places
                ]
            ),
            VILLAGES,
        ),
        empty(COVERAGE),
        {},
        small.parameters(gate_max_age_days=62, gate_min_share=0.5),
        COUNTY,
        ROUND,
    ).filter((pl.col("dataset") == "civil_affairs.dibao") & pl.col("village_code").is_null())
    # the county as a whole cannot be covered without the township
    assert dict(judged.select("township_code", "state").rows()) == {
        "T1": "ok",
        "T2": "ok",
        "T3": "missing",
        None: "missing",
    }


def test_a_county_list_that_names_every_township_covers_them_all(
    home: Home, contracts: Contracts
) -> None:
    drop(home, "名册/行政村20210101.xlsx", villages("大石镇", "小河镇", "白云乡"))
    more = {"小河镇": [2], "白云乡": [3]}
    drop(home, "民政/低保20210825.xlsx", in_township("大石镇", 1, more=more))
    drop(home, "民政/低保（大石镇）20210825.xlsx", in_township("大石镇", 1))
    drop(home, "民政/低保（小河镇）20210825.xlsx", in_township("小河镇", 2))
    due = take(home, contracts).deliveries.filter(pl.col("dataset") == "civil_affairs.dibao")
    assert dict(due.select("scope", "state").rows())["全县"] == "on_time"
    assert "missing" not in set(due["state"])


def test_a_short_county_list_that_happens_to_name_one_township_is_not_split(
    home: Home, contracts: Contracts
) -> None:
    drop(home, "名册/行政村20210101.xlsx", villages("大石镇", "小河镇"))
    drop(home, "民政/低保20210725.xlsx", in_township("小河镇", 5))
    drop(home, "民政/低保20210825.xlsx", in_township("大石镇", 1, 2))
    inbox = take(home, contracts)
    assert status(inbox)["低保20210725.xlsx"] == "superseded"
    assert inbox.sheets.filter(pl.col("used"))["scope"].list.len().to_list() == [0, 0]


def test_a_list_dated_by_arrival_stays_with_the_round_that_first_read_it(
    home: Home, contracts: Contracts
) -> None:
    drop(home, "民政/低保.xlsx", dibao(1), arrived="2026-01-01")
    inbox = take(home, contracts)
    sheet = inbox.sheets.row(0, named=True)
    assert (sheet["as_of"], sheet["as_of_source"], sheet["status"]) == (ROUND, "arrival", "used")
    assert status(take(home, contracts, dt.date(2021, 9, 6)))["低保.xlsx"] == "used"
    assert status(take(home, contracts, dt.date(2021, 7, 26)))["低保.xlsx"] == "waiting"


def test_titles_date_a_list_whose_name_does_not(home: Home, contracts: Contracts) -> None:
    content = xlsx([["低保名册"], ["截至2021年8月20日"], DIBAO, person(1)])
    drop(home, "民政/低保.xlsx", content)
    sheet = take(home, contracts).sheets.row(0, named=True)
    assert (sheet["as_of"], sheet["as_of_source"]) == (dt.date(2021, 8, 20), "title")


def test_units_that_differ_between_files_are_written_behind_the_numbers(
    home: Home, contracts: Contracts
) -> None:
    """Defect 56."""
    header = ["乡镇", "资金文号", "下达金额（万元）", "支出金额（万元）"]
    drop(home, "财政/进度甲20210825.xlsx", xlsx([header, ["大石镇", "1号", "1.5", 1]]))
    yuan = [h.replace("万元", "元") for h in header]
    agreed = rows(home, take(home, contracts), contracts, "finance.fund_progress")
    assert agreed.units["allocated"] == "万元"
    assert agreed.records["allocated"].to_list() == ["1.5"]
    drop(home, "财政/进度乙20210825.xlsx", xlsx([yuan, ["小河镇", "2号", "15000", "另行下达"]]))
    mixed = rows(home, take(home, contracts), contracts, "finance.fund_progress")
    assert "allocated" not in mixed.units
    assert sorted(mixed.records["allocated"]) == ["1.5万元", "15000元"]
    assert sorted(mixed.records["spent"]) == ["1万元", "另行下达"]


def test_unrecognised_sheets_lie_whole_in_the_quarantine(home: Home, contracts: Contracts) -> None:
    drop(home, "民政/怪表20210825.xlsx", xlsx([["甲", "乙"], [1, 2], [], [3, 4]]))
    inbox = take(home, contracts)
    assert inbox.quarantine["row_number"].to_list() == [1, 2, 4]
    assert set(inbox.quarantine["scope"]) == {"row"}
    assert inbox.quarantine["raw_row"][1] == '{"列1":"1","列2":"2"}'
    assert inbox.sheets.select("rows_read", "rows_not_data", "rows_set_aside").row(0) == (4, 1, 3)


def test_bad_files_do_not_touch_the_others(home: Home, contracts: Contracts) -> None:
    good = dibao(1)
    drop(home, "民政/好20210825.xlsx", good)
    drop(home, "民政/断20210825.xlsx", good[:200])
    drop(home, "民政/空20210825.xlsx", b"")
    drop(home, "杂项/低保20210825.xlsx", dibao(2))
    drop(home, "散20210825.xlsx", dibao(3))
    drop(home, "民政/~$好20210825.xlsx", b"x")
    drop(home, "反馈/大石镇20210825.xlsx", good)
    drop(home, "民政/.DS_Store", b"x")
    inbox = take(home, contracts)
    assert status(inbox) == {
        "好20210825.xlsx": "used",
        "断20210825.xlsx": "refused",
        "空20210825.xlsx": "refused",
        "低保20210825.xlsx": "refused",
        "散20210825.xlsx": "refused",
    }
    refused = inbox.sheets.filter(pl.col("status") == "refused")
    assert refused["rows_read"].null_count() == refused["sheet"].null_count() == 4
    assert all("请" in message for message in refused["message"])


def test_everything_read_is_archived_and_nothing_is_changed(
    home: Home, contracts: Contracts
) -> None:
    path = drop(home, "民政/低保20210825.XLSX", dibao(1))
    before = path.read_bytes()
    inbox = take(home, contracts)
    file_id = inbox.sheets["file_id"][0]
    kept = home.archive / file_id[:2] / f"{file_id}.xlsx"
    assert kept.read_bytes() == before == path.read_bytes()
    assert kept.stat().st_mode & 0o777 == 0o640
    assert kept.parent.stat().st_mode & 0o007 == 0
    for stored in (home.store / "files").rglob("*"):
        assert stored.stat().st_mode & 0o007 == 0, stored


def test_what_was_read_once_is_not_opened_again_and_a_lost_store_is_made_again(
    home: Home, contracts: Contracts, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(home, "民政/低保20210825.xlsx", dibao(1, 2))
    first = take(home, contracts)
    with monkeypatch.context() as patched:
        patched.setattr("pipelines.intake.protected._Reader", lambda *_: pytest.fail("read again"))
        assert take(home, contracts).sheets.equals(first.sheets)
    for folder in (home.store / "files").glob("*-*"):
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    (home.inbox / "990112晴川县/民政/低保20210825.xlsx").unlink()
    found = dataset_rows(home, first.sheets, contracts["civil_affairs.dibao"], contracts)
    assert found.records.height == 2


def test_an_empty_inbox_expects_every_list(home: Home, contracts: Contracts) -> None:
    inbox = take(home, contracts)
    assert inbox.sheets.is_empty()
    assert inbox.deliveries.height == len(contracts)
    assert set(inbox.deliveries["state"]) == {"missing"}
    assert rows(home, inbox, contracts, "health.deaths").records.is_empty()


def test_late_and_stale(home: Home, contracts: Contracts) -> None:
    drop(home, "民政/低保20210803.xlsx", dibao(1), arrived="2021-08-09")
    drop(home, "民政/特困20210601.xlsx", xlsx([["姓名", "供养方式"], ["张三", "集中"]]))
    due = take(home, contracts).deliveries
    by = {d["dataset"]: d for d in due.iter_rows(named=True)}
    late, stale = by["civil_affairs.dibao"], by["civil_affairs.tekun"]
    assert (late["due"], late["arrived"]) == (dt.date(2021, 8, 5), dt.date(2021, 8, 9))
    assert (late["state"], late["days_late"]) == ("late", 4)
    assert (stale["state"], stale["days_late"]) == ("stale", 25)


@pytest.mark.parametrize(
    ("every", "day", "round_", "due", "before"),
    [
        ("month", 5, "2021-08-30", "2021-08-05", "2021-07-05"),
        ("month", 5, "2021-01-04", "2020-12-05", "2020-11-05"),
        ("month", 5, "2021-08-05", "2021-08-05", "2021-07-05"),
        ("quarter", 10, "2021-08-30", "2021-07-10", "2021-04-10"),
        ("quarter", 10, "2021-01-09", "2020-10-10", "2020-07-10"),
        ("year", 10, "2021-01-09", "2020-01-10", "2019-01-10"),
        ("week", 1, "2021-08-30", "2021-08-30", "2021-08-23"),
        ("week", 5, "2021-08-30", "2021-08-27", "2021-08-20"),
    ],
)
def test_due_days(every: str, day: int, round_: str, due: str, before: str) -> None:
    delivery = Delivery.model_validate({"every": every, "due_day": day})
    expected = (dt.date.fromisoformat(due), dt.date.fromisoformat(before))
    assert due_days(delivery, dt.date.fromisoformat(round_)) == expected


def test_what_a_sensor_asks(home: Home, contracts: Contracts) -> None:
    old = drop(home, "民政/低保20210825.xlsx", dibao(1))
    new = drop(home, "民政/低保20210902.xlsx", dibao(2))
    drop(home, "民政/无日期.xlsx", dibao(3), arrived="2026-01-01")
    now = old.stat().st_mtime
    os.utime(new)
    assert inbox_counties(home) == {COUNTY: "晴川县"}
    assert len(inbox_files(home, COUNTY)) == 3
    assert new not in settled_files(home, COUNTY)
    assert old in settled_files(home, COUNTY)
    assert not is_settled(old, now + 5, 20)
    assert is_settled(old, now + 25, 20)
    assert newest_as_of(home, COUNTY, contracts) == dt.date(2021, 9, 2)
    assert newest_as_of(home, "990199", contracts) is None
    assert not (home.store / "files" / "first_read").exists()
