"""Make a home: the folders a county office works with, and the files it fills in.

Nothing that exists is overwritten, so `bidui init` may be run again after a county or a department
was added.
"""

import csv
import datetime as dt
from pathlib import Path

import yaml

from pipelines.contracts import Contract, Contracts
from pipelines.home import Home

_NATURE = {
    "snapshot": "时点名单（某日在册的全部人或户）",
    "events": "事项记录（发放、结算、死亡等，逐次累加）",
}

_INBOX_NOTE = """\
把各部门发来的表格原样放进对应的文件夹，不用改名、不用改格式。
- 支持 xlsx、xlsm、xls、et、csv、txt、网页另存的 xls，以及它们的 zip 压缩包。
- 文件名里最好有截止日期，例如“农村低保名单20210831.xlsx”；没有日期的按收到日计算。
- 乡镇分开报送的，一个乡镇一个文件或一个工作表，补报时只替换这个乡镇。
- 退回的清单放在“反馈”文件夹。
- 放错了也不要紧：重新放一份正确的即可。原文件不会被修改或删除。
"""

_PARAMETERS_HEAD = """\
# 本县参数。上级（省、市）已设的值不用重写；这里写的优先。
# 每个值都要写来源（文号、页码），清单上会印出来。未设置的参数，用到它的规则不运行并说明原因。
# 例：
#   monitoring_income_line: {value: 7300, unit: 元/人/年, source: "某某办〔2023〕5号"}
"""


def make_home(
    home: Home, county: str, name: str, contracts: Contracts, today: dt.date
) -> list[Path]:
    """Make the folders and files of one county.

    Args:
        home: The data folder; made if it is not there.
        county: Six-digit division code.
        name: The county's Chinese name, for folder and titles; may be empty.
        contracts: Whose departments get a folder.
        today: Names the year of the parameter file.

    Returns:
        What was made, in order; paths that existed are left out.
    """
    made: list[Path] = []
    inbox = _inbox_folder(home, county, name)
    for title in [*contracts.departments.values(), "反馈"]:
        _folder(inbox / title, made)
    for folder in (home.archive, home.store, home.warehouse, home.lists, home.dagster, home.logs):
        _folder(folder, made)
    for sub_folder in ("contracts", "rules", "decisions", "corrections", "reference", "mappings"):
        _folder(home.path / sub_folder, made)
    _file(home.inbox / "请先读我.txt", _INBOX_NOTE, made)
    _file(home.path / "settings.yaml", _settings(county, name), made)
    _file(
        home.path / "parameters" / county / f"{today.year}.yaml", _parameters(county, today), made
    )
    _file(
        home.path / "reference" / "divisions.csv",
        "old,new,township,valid_from\n",
        made,
    )
    _file(home.path / "reference" / "neighbours.csv", "village,neighbour\n", made)
    _calendar(home.path / "报送日历.csv", contracts, made)
    return made


def _inbox_folder(home: Home, county: str, name: str) -> Path:
    existing = sorted(home.inbox.glob(f"{county}*")) if home.inbox.exists() else []
    return existing[0] if existing else home.inbox / f"{county}{name}"


def _folder(path: Path, made: list[Path]) -> None:
    if not path.exists():
        path.mkdir(parents=True, mode=0o750)
        made.append(path)


def _file(path: Path, text: str, made: list[Path]) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o640)
    made.append(path)


def _settings(county: str, name: str) -> str:
    return (
        "# 县名，用于清单和通报的标题\n"
        + yaml.safe_dump({"county_names": {county: name or county}}, allow_unicode=True)
        + "# 文件多少秒没有变化才读取\nsettle_seconds: 20\n"
        "# 运行失败时发邮件（密码放在环境变量 BIDUI_ALERT_PASSWORD）\n"
        "# alert: {host: smtp.example.org, port: 587, starttls: true, user: bidui,"
        " sender: bidui@example.org, recipients: [officer@example.org]}\n"
    )


def _parameters(county: str, today: dt.date) -> str:
    return (
        f'{_PARAMETERS_HEAD}place: "{county}"\n'
        f"valid_from: {today.year}-01-01\nvalid_to: {today.year}-12-31\nvalues: {{}}\n"
    )


def _calendar(path: Path, contracts: Contracts, made: list[Path]) -> None:
    if path.exists():
        return
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["部门", "名单", "数据集", "何时报送", "性质", "必有的列"])
        writer.writerows(_calendar_row(contract) for contract in contracts.values())
    path.chmod(0o640)
    made.append(path)


def _calendar_row(contract: Contract) -> list[str]:
    return [
        contract.department_title,
        contract.title,
        contract.dataset,
        contract.delivery.says,
        _NATURE[contract.nature],
        "、".join(contract.columns[name].title for name in contract.header.must_have),
    ]
