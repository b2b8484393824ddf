"""Corrections that officers declare: known errors of a source, mended until the source is.

``<root>/corrections/*.yaml``, one correction or a list of them a file; keys in Chinese or English:

=====================  =========================================================================
id 编号                 optional; what messages and tables call it
county 县               optional six digits; needed where a home has several counties
dataset 数据集           ``civil_affairs.dibao`` or the list's title
match 匹配              column (name or title) -> text as it stands in the list; all must fit.
                       Also ``file_id``, ``path``, ``sheet``, ``row_number``, ``record_id``
action 更正             ``drop`` (剔除), or ``{set: {column: text}}`` (改为)
reason 原因             why this is known to be wrong
reported_on 报告日期     the day the source was told, YYYY-MM-DD
reported_to 报告给       whom, and reported_by 报告人: who told
expect 应有行数          rows it must match: a number (1 if left out) or ``at_least_one`` (至少一行)
valid_from, valid_to   有效期起, 有效期止: first and last round it is for, both may be left out
=====================  =========================================================================
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipelines.contracts import Contract, Contracts
from pipelines.hashing import text_sha256

PLACES = ("record_id", "file_id", "path", "sheet", "row_number")
"""What besides columns may be matched: where the row stands."""

_KEYS = {
    "编号": "id",
    "县": "county",
    "数据集": "dataset",
    "匹配": "match",
    "更正": "action",
    "原因": "reason",
    "报告日期": "reported_on",
    "报告给": "reported_to",
    "报告人": "reported_by",
    "应有行数": "expect",
    "有效期起": "valid_from",
    "有效期止": "valid_to",
}
_PLACE_TITLES = {"工作表": "sheet", "行号": "row_number", "文件": "path", "文件指纹": "file_id"}
_DROP = {"drop", "剔除"}
_SET = {"set", "改为"}
_AT_LEAST_ONE = {"at_least_one", "至少一行"}
_NEEDED = ("dataset", "match", "action", "reason", "reported_on")


class CorrectionError(ValueError):
    """A file of corrections cannot be used; says where and what to do."""


@dataclass(frozen=True)
class Correction:
    """One known error of a source."""

    id: str
    county: str | None
    dataset: str
    match: Mapping[str, str]
    """Column of the contract, or one of `PLACES`, to the text as it stands."""
    values: Mapping[str, str | None]
    """Column to its right text (null: empty); empty where the row is dropped."""
    reason: str
    reported_on: dt.date
    reported_to: str | None
    reported_by: str | None
    expect: int | None
    """Rows that must match; null: at least one."""
    valid_from: dt.date | None
    valid_to: dt.date | None
    source: str
    """File and number, for messages."""

    @property
    def drops(self) -> bool:
        """Whether the row is set aside."""
        return not self.values

    def holds(self, county: str, round_: dt.date) -> bool:
        """Whether it is meant for the county and round."""
        return (
            self.county in {None, county}
            and (self.valid_from is None or self.valid_from <= round_)
            and (self.valid_to is None or round_ <= self.valid_to)
        )


def load_corrections(roots: Iterable[Path], contracts: Contracts) -> tuple[Correction, ...]:
    """Read every correction under ``corrections/`` of each root, in the order of files.

    Raises:
        CorrectionError: One cannot be understood, or two bear the same id.
    """
    found: dict[str, Correction] = {}
    for root in roots:
        folder = root / "corrections"
        for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
            for number, entry in enumerate(_entries(path), start=1):
                where = f"更正文件 {path.name} 第 {number} 条"
                correction = _correction(entry, where, contracts)
                if correction.id in found:
                    raise CorrectionError(
                        f"{where}：编号 {correction.id} 与{found[correction.id].source}相同；"
                        "请删去重复的一条，或另给编号"
                    )
                found[correction.id] = correction
    return tuple(found.values())


def _entries(path: Path) -> list[dict[str, Any]]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CorrectionError(
            f"更正文件 {path.name} 无法读取：{error}；请存为 UTF-8 的 YAML"
        ) from error
    entries = [] if content is None else content if isinstance(content, list) else [content]
    if not all(isinstance(entry, dict) for entry in entries):
        raise CorrectionError(f"更正文件 {path.name} 应为一条更正，或若干条更正组成的列表")
    return entries


def _correction(entry: dict[str, Any], where: str, contracts: Contracts) -> Correction:
    said = {_KEYS.get(str(key), str(key)): value for key, value in entry.items()}
    if unknown := sorted(set(said) - set(_KEYS.values())):
        raise CorrectionError(
            f"{where}：不认识的项 {'、'.join(unknown)}；可用的有 {'、'.join(_KEYS)}"
        )
    if missing := [key for key in _NEEDED if said.get(key) in (None, "", {})]:
        titles = {english: chinese for chinese, english in _KEYS.items()}
        raise CorrectionError(f"{where}：缺少 {'、'.join(titles[key] for key in missing)}")
    contract = _contract(str(said["dataset"]).strip(), where, contracts)
    match = _columns(said["match"], "匹配", contract, where, places=True)
    if empty := [name for name, text in match.items() if text is None]:
        raise CorrectionError(f"{where}：匹配的 {'、'.join(empty)} 是空的；请写名单上的原文")
    values = _values(said["action"], contract, where)
    return Correction(
        id=str(said.get("id") or _made_id(contract.dataset, match, values)),
        county=str(said["county"]) if said.get("county") else None,
        dataset=contract.dataset,
        match={name: text for name, text in match.items() if text is not None},
        values=values,
        reason=str(said["reason"]).strip(),
        reported_on=_day(said["reported_on"], "报告日期", where),
        reported_to=_text(said.get("reported_to")),
        reported_by=_text(said.get("reported_by")),
        expect=_expected(said.get("expect", 1), where),
        valid_from=_day(said["valid_from"], "有效期起", where) if said.get("valid_from") else None,
        valid_to=_day(said["valid_to"], "有效期止", where) if said.get("valid_to") else None,
        source=where,
    )


def _contract(name: str, where: str, contracts: Contracts) -> Contract:
    for contract in contracts.values():
        if name in {contract.dataset, contract.title}:
            return contract
    raise CorrectionError(
        f"{where}：没有数据集 {name}；可用的有 "
        + "、".join(f"{c.dataset}（{c.title}）" for c in contracts.values())
    )


def _columns(
    said: object, what: str, contract: Contract, where: str, *, places: bool
) -> dict[str, str | None]:
    """Texts by column name; columns may be called by their title."""
    if not isinstance(said, dict):
        raise CorrectionError(f"{where}：{what}应写成“列名: 文字”的样子")
    names = {column.title: name for name, column in contract.columns.items()}
    names |= {name: name for name in contract.columns}
    if places:
        names |= _PLACE_TITLES | {name: name for name in PLACES}
    if unknown := [str(key) for key in said if str(key) not in names]:
        raise CorrectionError(
            f"{where}：{contract.title}没有列 {'、'.join(unknown)}；可用的有 "
            + "、".join(column.title for column in contract.columns.values())
        )
    return {names[str(key)]: _text(value) for key, value in said.items()}


def _values(action: object, contract: Contract, where: str) -> dict[str, str | None]:
    if isinstance(action, str) and action.strip() in _DROP:
        return {}
    if isinstance(action, dict) and len(action) == 1 and str(next(iter(action))) in _SET:
        values = _columns(next(iter(action.values())), "改为", contract, where, places=False)
        if values:
            return values
    raise CorrectionError(f"{where}：更正应为“剔除”，或“改为: {{列名: 正确的文字}}”")


def _text(value: object) -> str | None:
    return None if value is None else str(value).strip() or None


def _day(value: object, what: str, where: str) -> dt.date:
    try:
        return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value).strip())
    except ValueError as error:
        raise CorrectionError(f"{where}：{what} {value!r} 应写成 2021-08-30 的样子") from error


def _expected(value: object, where: str) -> int | None:
    if isinstance(value, str) and value.strip() in _AT_LEAST_ONE:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise CorrectionError(f"{where}：应有行数应为正整数，或“至少一行”（at_least_one）")


def _made_id(
    dataset: str, match: Mapping[str, str | None], values: Mapping[str, str | None]
) -> str:
    said = [dataset, *(f"{k}={v}" for part in (match, values) for k, v in sorted(part.items()))]
    return text_sha256("\n".join(said))[:12]
