"""A hand-made county of two townships and thirty people: small enough to know every row."""

from collections.abc import Callable, Sequence
from pathlib import Path

import dagster as dg
import pytest
from openpyxl import Workbook

from dagster_project.instance import prepare
from pipelines.home import Home

TINY = "990199"
ROUND = "2021-08-30"

WriteSheet = Callable[..., Path]

VILLAGES = [
    ("990199101001", "东河村", "清溪镇"),
    ("990199101002", "西河村", "清溪镇"),
    ("990199102001", "上坪村", "白石乡"),
]
POPULATION_HEADER = [
    *("户编号", "姓名", "公民身份号码", "性别", "出生日期", "民族"),
    *("与户主关系", "户主姓名", "乡镇", "行政村", "户类型", "人员状态"),
]


def check_digit(seventeen: str) -> str:
    """The last character by GB 11643."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(d) * w for d, w in zip(seventeen, weights, strict=True))
    return "10X98765432"[total % 11]


def id_number(birth: str, sequence: int) -> str:
    """A valid number of the unassigned province 99; an odd sequence is a man's."""
    seventeen = f"990199{birth}{sequence:03d}"
    return seventeen + check_digit(seventeen)


def population_rows() -> list[tuple[str, ...]]:
    """Ten households of three: head, wife, child of ten years."""
    rows = []
    surnames = "王李张刘陈杨赵黄周吴"
    for number, surname in enumerate(surnames):
        _, village, township = VILLAGES[number % 3]
        household = f"99019900{number:04d}"
        head = f"{surname}建国"
        kind = "脱贫户" if number % 2 else "一般农户"
        members = [
            (head, "19800115", 2 * number + 1, "男", "户主"),
            (f"{surname}秀英", "19820220", 2 * number + 2, "女", "配偶"),
            (f"{surname}小军", "20110301", 2 * number + 1, "男", "之子"),
        ]
        for name, birth, sequence, sex, relation in members:
            identity = id_number(birth, sequence)
            born = f"{birth[:4]}-{birth[4:6]}-{birth[6:]}"
            place = (township, village, kind, "正常")
            rows.append((household, name, identity, sex, born, "汉族", relation, head, *place))
    return rows


@pytest.fixture
def write_sheet() -> WriteSheet:
    """Give a writer of one-sheet workbooks as a clerk would make them: title, header, rows."""

    def write(
        path: Path, header: Sequence[str], rows: Sequence[Sequence[object]], title: str = ""
    ) -> Path:
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        if title:
            sheet.append([title])
            sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(header))
        sheet.append(list(header))
        for row in rows:
            sheet.append(list(row))
        path.parent.mkdir(parents=True, exist_ok=True)
        book.save(path)
        return path

    return write


@pytest.fixture
def tiny(tmp_path: Path, write_sheet: WriteSheet) -> Home:
    """A home whose inbox has the county's villages and population of 2021-08-25."""
    inbox = tmp_path / "inbox" / f"{TINY}小县" / "名册"
    write_sheet(
        inbox / "行政村名录20210825.xlsx",
        ["行政村代码", "行政村", "乡镇", "户数", "人口数"],
        [(*village, 4, 12) for village in VILLAGES],
    )
    write_sheet(inbox / "农村人口名册20210825.xlsx", POPULATION_HEADER, population_rows())
    return Home(tmp_path)


@pytest.fixture
def instance(tiny: Home, monkeypatch: pytest.MonkeyPatch) -> dg.DagsterInstance:
    """Dagster's instance of the hand-made county's home."""
    for name in ("BIDUI_HOME", "DAGSTER_HOME", "BIDUI_EVENT_LOG"):
        monkeypatch.setenv(name, "")  # prepare sets them; the test must leave none behind
    prepare(tiny)
    return dg.DagsterInstance.get()
