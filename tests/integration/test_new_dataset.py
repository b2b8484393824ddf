"""A new department's list is one YAML file: no Python, and it travels the whole way."""

import duckdb
import pytest

from pipelines.home import Home
from tests.conftest import run_bidui
from tests.integration.conftest import ROUND, TINY, WriteSheet, id_number

pytestmark = pytest.mark.integration

CONTRACT = """\
dataset: transport.road_access
title: 入户道路台账
department_title: 交通局
description: 交通局登记的每户入户路是否硬化。
grain: household
nature: snapshot
header: {must_have: [head_name, hardened], min_share: 0.5}
delivery: {every: month, due_day: 5}
columns:
  head_name: {required: true}
  head_id_number: {}
  village: {}
  hardened: {title: 入户路是否硬化, type: yes_no, synonyms: [硬化情况], required: true}
  length: {title: 未硬化长度, type: number, unit: 米, description: 入户路未硬化部分的长度}
expectations:
  - {expect: column_values_to_not_be_null, column: head_name, kwargs: {mostly: 0.9}, critical: true,
     says: 户主姓名缺失过多，请补齐后重报}
"""


@pytest.fixture
def published(tiny: Home, write_sheet: WriteSheet) -> Home:
    folder = tiny.path / "contracts" / "transport"
    folder.mkdir(parents=True)
    (folder / "road_access.yaml").write_text(CONTRACT, encoding="utf-8")
    write_sheet(
        tiny.inbox / f"{TINY}小县" / "交通局" / "入户道路20210820.xlsx",
        ["序号", "户主姓名", "户主身份证号", "行政村", "入户路是否硬化", "未硬化长度（米）"],
        [
            (1, "王建国", id_number("19800115", 1), "东河村", "是", 0),
            (2, "李建国", id_number("19800115", 3), "西河村", "否", "120"),
            (3, "外来户", "", "上坪村", "√", None),
            (4, "张建国", id_number("19800115", 5), "上坪村", "不知道", 3),
            ("合计", None, None, None, None, 123),
        ],
        title="交通局入户道路硬化情况台账",
    )
    done = run_bidui("run", "--county", TINY, "--round", ROUND, home=tiny.path)
    assert done.returncode == 0, done.stderr
    return tiny


def test_it_is_read_cleaned_checked_linked_published_and_described(published: Home) -> None:
    with duckdb.connect(str(published.database), read_only=True) as db:
        rows = db.sql(
            "SELECT head_name, hardened, length, village_code, link_status, row_number"
            " FROM transport_road_access ORDER BY row_number"
        ).fetchall()
        assert rows == [
            ("王建国", True, 0.0, "990199101001", "confirmed", 3),
            ("李建国", False, 120.0, "990199101002", "confirmed", 4),
            ("外来户", True, None, "990199102001", "unmatched", 5),
        ]
        assert db.sql(
            "SELECT rows_read, rows_accepted, rows_set_aside, rows_not_data FROM source_files"
            " WHERE dataset = 'transport.road_access'"
        ).fetchall() == [(7, 3, 1, 3)]
        assert db.sql(
            "SELECT row_number, column_name, raw_value FROM quarantine"
            " WHERE dataset = 'transport.road_access' AND scope = 'row'"
        ).fetchall() == [(6, "hardened", "不知道")]
        linked = db.sql(
            "SELECT p.name FROM links l JOIN persons p USING (person_id)"
            " WHERE l.dataset = 'transport.road_access' ORDER BY l.row_number"
        ).fetchall()
        assert linked == [("王建国",), ("李建国",)]
        described = dict(
            db.sql(
                "SELECT column_name, title FROM columns WHERE table_name = 'transport_road_access'"
            ).fetchall()
        )
        assert described["hardened"] == "入户路是否硬化"
        comment = db.sql(
            "SELECT comment FROM duckdb_columns() WHERE table_name = 'transport_road_access'"
            " AND column_name = 'length'"
        ).fetchone()
        assert comment is not None
        assert "米" in comment[0]


def test_its_expectations_became_asset_checks(published: Home) -> None:
    from dagster_project.definitions import build_definitions

    keys = {
        (key.asset_key.to_user_string(), key.name)
        for definition in build_definitions(published).assets or ()
        for key in definition.check_keys
    }
    assert (
        "clean/transport/road_access",
        "e01_head_name_not_be_null",
    ) in keys
