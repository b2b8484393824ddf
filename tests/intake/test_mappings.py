"""Headers in no contract: taken where sure, asked where not, read without a word once settled."""

import datetime as dt
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.check.checked import checked_file
from pipelines.check.text import report
from pipelines.contracts import Contracts
from pipelines.home import Home
from pipelines.intake.inbox import Inbox, take_inbox
from pipelines.intake.mappings import NOT_A_LIST, load_mappings
from pipelines.intake.protected import Readers
from pipelines.intake.rows import dataset_rows, raw_rows
from pipelines.parameters import Parameters
from pipelines.report import open_questions
from tests.intake.conftest import ReadOne, xlsx

pytestmark = pytest.mark.unit

COUNTY = "990112"
ROUND = dt.date(2021, 8, 30)
NAMES = ["王建国", "李秀英", "张伟", "刘洋", "陈桂兰", "赵铁柱", "杨阳", "周小红"]


def number(i: int) -> str:
    """A number in the unassigned province 99; its check digit does not matter here."""
    return f"99011219{80 + i % 20}0{1 + i % 9}1{i % 9}{1000 + i}"[:17] + "X"


def people(count: int = 20) -> list[list[Any]]:
    """Running number, name, ID number, class, amount, village."""
    pick = random.Random(3)
    return [
        [i + 1, NAMES[i % 8], number(i), pick.choice(["A类", "B类", "C类"]), 300 + i, "王堂村"]
        for i in range(count)
    ]


def test_a_column_full_of_id_numbers_is_the_id_column_whatever_it_is_called(
    read_one: ReadOne,
) -> None:
    header = ["序号", "姓名", "本人凭据", "低保类别", "月保障金", "行政村"]
    sheet, rows = read_one(xlsx([header, *people()]))
    assert (sheet.status, sheet.dataset) == ("read", "civil_affairs.dibao")
    assert rows["id_number"].to_list() == [row[2] for row in people()]
    assert "“本人凭据”按字面和内容认作" in sheet.message


_GUESSED = """
import polars as pl
from pathlib import Path
from pipelines.home import Home
from pipelines.intake.resemblance import guesses
words = "成员1身份证号 领取人签名 每月领取额 何时开始享受 发放卡号 镇办 村屯 档次".split()
contracts = Home(Path.cwd()).declared.contracts
cells = {at: (word,) for at, word in enumerate(words)}
values = pl.DataFrame({str(at): ["990327198001010151"] * 4 for at in cells})
for contract in contracts.values():
    print([(g.position, g.column, g.certainty) for g in guesses(contract, cells, {}, values)])
"""


def test_every_process_is_as_sure_of_a_guess(tmp_path: Path) -> None:
    def guessed(seed: int) -> str:
        given = {**os.environ, "PYTHONHASHSEED": str(seed)}
        command = [sys.executable, "-c", _GUESSED]
        return subprocess.run(
            command, cwd=tmp_path, env=given, capture_output=True, text=True, check=True
        ).stdout

    first = guessed(1)
    assert "id_number" in first
    assert {guessed(seed) for seed in (2, 3)} == {first}


def test_a_column_nobody_asked_for_is_taken_for_nothing(read_one: ReadOne) -> None:
    header = ["姓名", "身份证号", "低保类别", "月保障金", "行政村", "政治面貌", "血型", "操作员"]
    body = [[r[1], r[2], r[3], r[4], r[5], "群众", "O型", "管理员"] for r in people()]
    sheet, _ = read_one(xlsx([header, *body]))
    taken = {c["text"]: (c["column"], c["guess"]) for c in sheet.header}
    assert {taken[t] for t in ("政治面貌", "血型", "操作员")} == {(None, None)}


def test_two_columns_that_fit_equally_are_asked_about_not_guessed(read_one: ReadOne) -> None:
    """Two unnamed columns of ID numbers: the person's and the head's could be either."""
    header = ["姓名", "证一", "证二", "低保类别", "月保障金", "行政村"]
    body = [[r[1], r[2], number(i + 40), *r[3:]] for i, r in enumerate(people())]
    sheet, rows = read_one(xlsx([header, *body]))
    assert sheet.status == "read"
    assert "id_number" not in rows.columns or rows["id_number"].null_count() == rows.height
    assert sheet.asks
    assert "把握" in sheet.message
    assert "mappings" in sheet.message


def drop(home: Home, name: str, content: bytes) -> Path:
    target = home.inbox / "990112晴川县" / "民政" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    at = dt.datetime(2021, 8, 1).timestamp()  # noqa: DTZ001 - as people say it
    os.utime(target, (at, at))
    return target


def take(home: Home, contracts: Contracts) -> Inbox:
    return take_inbox(home, COUNTY, ROUND, contracts, Parameters(COUNTY, ROUND, {}))


UNKNOWN = ["人", "证", "类", "钱", "居委"]
"""A header of which no contract has a word."""


def unknown_rows() -> list[list[Any]]:
    return [UNKNOWN, *[r[1:] for r in people()]]


def _read(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def answer(home: Home, **said: Any) -> None:
    """Do what an officer does: correct the one question, say yes, save."""
    (path,) = (home.path / "mappings").glob("*.yaml")
    content = yaml.safe_load(_read(path))
    content["确认"] = "是"
    content |= {k: v for k, v in said.items() if k == "名单"}
    for entry in content.get("表头", []):
        entry["列"] = said.get(entry["表头"], entry["列"])
    # Notepad of a Chinese Windows writes the encoding of its system.
    path.write_bytes(yaml.safe_dump(content, allow_unicode=True).encode("gb18030"))


def settled_home(home: Home, contracts: Contracts) -> None:
    take(home, contracts)
    contract = contracts["civil_affairs.dibao"]
    columns = ["name", "id_number", "dibao_class", "monthly_amount", "village"]
    titles = {text: contract.columns[c].title for text, c in zip(UNKNOWN, columns, strict=True)}
    answer(home, 名单=contract.title, **titles)


def test_a_header_of_unknown_words_is_asked_once_and_then_read(
    home: Home, contracts: Contracts
) -> None:
    drop(home, "20210801低保.xlsx", xlsx(unknown_rows()))
    sheet = take(home, contracts).sheets.row(0, named=True)
    assert sheet["status"] == "unrecognised"
    assert sheet["rows_set_aside"] == 21
    assert "mappings" in sheet["message"]
    settled_home(home, contracts)

    again = Home(home.path)
    # The next file has the same columns in another order, under a title, and more rows.
    turned = [["低保对象名单"], [], *[[r[i] for i in (3, 0, 4, 1, 2)] for r in unknown_rows()]]
    drop(again, "20210825低保.xlsx", xlsx(turned))
    inbox = take(again, contracts)
    assert set(inbox.sheets["status"]) == {"used", "superseded"}
    dibao = contracts["civil_affairs.dibao"]
    records = dataset_rows(again, inbox.sheets, dibao, contracts).records
    assert records["name"].to_list() == [r[1] for r in people()]
    assert records["id_number"].to_list() == [r[2] for r in people()]
    stood = raw_rows(again, inbox.sheets, dibao, contracts)
    assert json.loads(stood["raw_row"][0])["证"] == people()[0][2]
    assert any("的确认读取" in message for message in inbox.sheets["message"])


def test_an_answer_is_never_overwritten(home: Home, contracts: Contracts) -> None:
    drop(home, "20210801低保.xlsx", xlsx(unknown_rows()))
    settled_home(home, contracts)
    (path,) = (home.path / "mappings").glob("*.yaml")
    before = path.read_bytes()
    take(Home(home.path), contracts)
    assert path.read_bytes() == before


def test_a_sheet_settled_as_no_list_is_counted_and_not_asked_about(
    home: Home, contracts: Contracts
) -> None:
    drop(home, "20210801低保.xlsx", xlsx(unknown_rows()))
    take(home, contracts)
    answer(home, 名单=NOT_A_LIST)
    sheet = take(Home(home.path), contracts).sheets.row(0, named=True)
    assert (sheet["status"], sheet["rows_read"], sheet["rows_not_data"]) == ("not_a_list", 21, 21)


def test_a_slip_in_the_answer_is_named_and_keeps_nobody_from_the_round(
    home: Home, contracts: Contracts
) -> None:
    drop(home, "20210801低保.xlsx", xlsx(unknown_rows()))
    drop(
        home,
        "20210801特困.xlsx",
        xlsx(
            [["姓名", "身份证号", "供养方式", "护理等级"], ["王建国", number(1), "集中", "全护理"]]
        ),
    )
    settled_home(home, contracts)
    answer(home, 证="身份证号码吧")
    by_path = {s["path"]: s for s in take(Home(home.path), contracts).sheets.rows(named=True)}
    wrong = next(s for p, s in by_path.items() if "低保" in p)
    assert wrong["status"] == "unrecognised"
    assert "表头“证”的列“身份证号码吧”不在可写的列名之中" in wrong["message"]
    assert next(s for p, s in by_path.items() if "特困" in p)["status"] == "used"


def test_what_awaits_an_answer_is_named_until_it_is_given(home: Home, contracts: Contracts) -> None:
    assert open_questions(home) == []
    drop(home, "20210801低保.xlsx", xlsx(unknown_rows()))
    take(home, contracts)
    head, name = open_questions(Home(home.path))
    assert "表头待确认 1 份" in head
    assert name.strip().startswith("民政-")
    answer(home, 名单=NOT_A_LIST)
    assert open_questions(Home(home.path)) == []


def test_a_file_that_is_no_yaml_is_named(home: Home, contracts: Contracts) -> None:
    (home.path / "mappings").mkdir()
    (home.path / "mappings" / "坏.yaml").write_text("确认: [是\n部门: 民政", encoding="utf-8")
    assert "坏.yaml 第" in load_mappings(home.path / "mappings", contracts).unreadable[0]


def test_check_shows_the_question_and_hides_people(tmp_path: Path, contracts: Contracts) -> None:
    path = tmp_path / "低保.xlsx"
    path.write_bytes(xlsx(unknown_rows()))
    with Readers(contracts, tmp_path / "read") as readers:
        text = report(checked_file(path, contracts, "民政", readers=readers))
    assert "【要确认的表头】" in text
    assert "；请在 mappings 文件夹的 民政-农村低保对象名册-" in text  # a coloured copy says it too
    assert "确认: 否" in text
    assert "可能是" in text
    assert "样例" in text
    assert number(0) not in text
    assert "王建国" not in text


def test_a_list_with_a_new_word_for_a_necessary_column_can_be_settled(
    home: Home, contracts: Contracts
) -> None:
    """Nothing in 谁 says 姓名: it is asked all the same, not sent back each month."""
    header = ["谁", "身份证号", "低保类别", "月保障金", "行政村"]
    body = [["甲乙丙丁戊", *row[2:]] for row in people()]
    drop(home, "20210801低保.xlsx", xlsx([header, *body]))
    sheet = take(home, contracts).sheets.row(0, named=True)
    assert (sheet["status"], "缺少：“姓名”" in sheet["message"]) == ("unrecognised", True)
    assert "mappings 文件夹的 民政-农村低保对象名册-" in sheet["message"]
    answer(home, 谁="不使用")
    (wrong,) = take(Home(home.path), contracts).sheets["message"]
    assert "还缺必要的列 姓名（在“表头”下找到写着它的那一格" in wrong
    answer(home, 谁="保障对象")  # a synonym that the contract declares will do
    drop(home, "20210901低保.xlsx", xlsx([header, *body]))
    statuses = take(Home(home.path), contracts).sheets["status"]
    assert set(statuses) == {"used", "waiting"}


def test_a_list_of_which_only_the_people_are_known_can_be_settled(
    home: Home, contracts: Contracts
) -> None:
    header = ["低保人", "证件编码", "救助分档", "每月打卡额", "所在辖区"]
    body = [row[1:] for row in people()]
    drop(home, "20210801低保.xlsx", xlsx([header, *body]))
    sheet = take(home, contracts).sheets.row(0, named=True)
    assert sheet["status"] == "unrecognised"
    assert "mappings 文件夹的 民政-农村低保对象名册-" in sheet["message"]
    answer(home, 救助分档="低保类别", 每月打卡额="月保障金")
    sheet = take(Home(home.path), contracts).sheets.row(0, named=True)
    assert sheet["status"] == "used"
    assert {"name", "id_number", "dibao_class", "monthly_amount"} == set(sheet["header_columns"])


def test_a_column_that_checks_ask_for_is_looked_for_among_the_unused(read_one: ReadOne) -> None:
    header = ["姓名", "身份证号", "低保类别", "每人每月领多少", "行政村", "血型"]
    body = [[*row[1:], "O型"] for row in people()]
    sheet, _ = read_one(xlsx([header, *body]))
    assert sheet.status == "read"
    assert "“每人每月领多少”也许是“月保障金”（没有把握）" in sheet.message
    asked = {cell["text"] for cell in sheet.header if cell["guess"]}
    assert asked == {"每人每月领多少"}


def test_a_list_in_the_wrong_folder_is_no_question_of_this_department(read_one: ReadOne) -> None:
    header = ["学生姓名", "身份证件号", "学校名称", "学段", "年级", "姓名拼音"]
    body = [[r[1], r[2], "王堂小学", "小学", "三年级", "x"] for r in people()]
    sheet, _ = read_one(xlsx([header, *body]))
    assert "请把文件放到教育的文件夹" in sheet.message
    assert not sheet.asks
