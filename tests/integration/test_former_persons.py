"""Two rounds between which people leave the roster: the dead are found, their families spared."""

from datetime import date

import duckdb
import pytest
from openpyxl import load_workbook

from dagster_project.run import run_round
from pipelines.home import Home
from tests.integration.conftest import POPULATION_HEADER, TINY, WriteSheet, population_rows

pytestmark = pytest.mark.integration

FIRST, SECOND = date(2021, 8, 30), date(2021, 9, 6)
NAME, NUMBER, TOWNSHIP, VILLAGE = 1, 2, 8, 9


def published(home: Home, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.database), read_only=True) as db:
        return db.sql(query).fetchall()


def test_the_struck_off_dead_are_found_and_a_dead_heads_house_is_his_familys(
    tiny: Home, write_sheet: WriteSheet
) -> None:
    rows = population_rows()
    # A dead head of a 脱贫户, a wife who moved away, and a family that is gone altogether.
    head, moved, last = rows[3], rows[10], rows[24:27]
    dead = (head, last[0])
    inbox = tiny.path / "inbox" / f"{TINY}小县"
    people = ["姓名", "身份证号", "乡镇", "行政村"]
    said = {row[NAME]: [row[c] for c in (NAME, NUMBER, TOWNSHIP, VILLAGE)] for row in rows}
    write_sheet(
        inbox / "卫健" / "死亡人员名册20210825.xlsx",
        [*people, "死亡日期"],
        [[*said[row[NAME]], "2021-05-10"] for row in dead],
    )
    write_sheet(
        inbox / "民政" / "农村低保对象名册20210901.xlsx",
        [*people, "低保类别", "月保障金", "状态"],
        [[*said[row[NAME]], "A类", 300, "享受"] for row in (*dead, moved)],
    )
    write_sheet(
        inbox / "住建" / "农村房屋安全鉴定名册20210825.xlsx",
        ["户主姓名", "户主身份证号", "乡镇", "行政村", "鉴定等级", "鉴定日期"],
        [[*said[row[NAME]], "A", "2021-04-10"] for row in rows if row[6] == "户主"],
    )
    left = {head[NAME], moved[NAME], *(row[NAME] for row in last)}
    write_sheet(
        inbox / "名册" / "农村人口名册20210901.xlsx",
        POPULATION_HEADER,
        [row for row in rows if row[NAME] not in left],
    )
    for round_ in (FIRST, SECOND):
        assert run_round(tiny, TINY, round_).failure is None

    assert published(tiny, "SELECT count(*), sum(members) FROM households") == [(9, 25)]
    assert published(tiny, "SELECT count(*) FROM persons") == [(25,)]
    former = published(
        tiny, "SELECT name_key, household_id FROM former_persons ORDER BY household_id, name_key"
    )
    assert former == [
        (head[NAME], head[0]),
        (moved[NAME], moved[0]),
        *sorted((row[NAME], None) for row in last),
    ]
    found = published(
        tiny,
        "SELECT d.household_id, d.village, d.left_value, d.explanation, f.name_key, d.link_status"
        " FROM discrepancies d JOIN former_persons f USING (county, person_id)"
        f" WHERE d.rule_id = 'STD-01' AND d.round = DATE '{SECOND}' ORDER BY f.name_key",
    )
    assert sorted(row[4] for row in found) == sorted(row[NAME] for row in dead)
    by_name = {row[4]: row for row in found}
    assert by_name[head[NAME]][:3] == (head[0], head[VILLAGE], "死亡日期2021-05-10，名册中已无此人")
    assert by_name[last[0][NAME]][:2] == (None, last[0][VILLAGE])
    assert "本期人口名册中已无此人，低保名单中此后仍有记录" in str(by_name[head[NAME]][3])
    assert {row[5] for row in found} == {"confirmed"}
    # The moved woman is called for by nothing, nor is anybody's house asked for.
    assert published(
        tiny,
        "SELECT count(*) FROM discrepancies d LEFT JOIN former_persons USING (county, person_id)"
        f" WHERE d.round = DATE '{SECOND}' AND (rule_id = 'HOU-01' OR name_key = '{moved[NAME]}')",
    ) == [(0,)]
    house = published(
        tiny,
        "SELECT link_household, link_status, link_person FROM housing_appraisals"
        f" WHERE head_name = '{head[NAME]}'",
    )
    assert house == [(head[0], "confirmed", None)]
    # His township is asked for him by name.
    books = (tiny.lists / TINY / str(SECOND) / head[TOWNSHIP]).glob("*.xlsx")
    sheets = [sheet for book in books for sheet in load_workbook(book).worksheets]
    cells = [row for sheet in sheets for row in sheet.iter_rows(values_only=True)]
    asked = [row for row in cells if "死亡后仍在享受名单" in row]
    assert any(head[NAME] in row for row in asked), asked
