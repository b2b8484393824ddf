"""Headers that people settled: small files under ``<home>/mappings/``, one a header's shape.

Where a header cannot be read with certainty, its question is written here, prefilled with the best
guess. Once an officer has corrected it and put ``确认: 是``, every later file with that header is
read so without a word. A shape is the set of a header's words: neither the order of the columns
nor where the header stands matters. Files are never overwritten: an answer is a person's.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from pipelines.contracts import Contract, Contracts
from pipelines.files import write_atomically
from pipelines.intake.header import Cell, Top
from pipelines.intake.match import Match, assigned
from pipelines.intake.vocabulary import Vocabulary, words_only

NOT_USED = "不使用"
NOT_A_LIST = "不是名单"
_YES = {"是", "yes", "true", "y", "√", "已确认"}
_SAID = "\n".join(
    (
        "# 这个样式的表头有认不准的列。请核对每一列的“列”是什么，不对的改成下面所列的列名，",
        f"# 不需要的写 {NOT_USED}；然后把“确认”改为 是，保存。",
        "# 以后同样表头的文件都照此读取，不再询问。",
        f"# 如果这张表根本不是名单（如汇总表、说明），把“名单”改为 {NOT_A_LIST}。",
    )
)


@dataclass(frozen=True)
class Settled:
    """What one file says of one header shape."""

    path: Path
    department: str
    shape: str
    dataset: str | None
    """None: the sheet is no list."""
    columns: tuple[tuple[str, str | None], ...]
    """Header text as it stood and contract column; None: not used."""
    confirmed: bool
    problem: str | None = None
    """What keeps the file from being used, a Chinese sentence; None where it is sound."""


@dataclass(frozen=True)
class Mappings:
    """The settled headers and open questions of a home."""

    by_shape: Mapping[tuple[str, str], Settled]
    unreadable: tuple[str, ...] = ()
    """Sentences on files that are not even YAML."""

    def of(self, department: str, shape: str) -> Settled | None:
        """Give what is known of a header shape in the files of a department."""
        return self.by_shape.get((department, shape))

    def digest(self, department: str) -> str:
        """Give a hash of all that is settled for a department: what was kept depends on it."""
        settled = sorted(
            f"{s.shape} {s.dataset} {s.columns} {s.problem}"
            for s in self.by_shape.values()
            if s.department == department and (s.confirmed or s.problem)
        )
        return hashlib.sha256("\n".join(settled).encode()).hexdigest() if settled else ""

    @cached_property
    def open(self) -> tuple[Settled, ...]:
        """The questions nobody has answered, and answers that cannot be used."""
        return tuple(s for s in self.by_shape.values() if s.problem or not s.confirmed)


NO_MAPPINGS = Mappings({})


def shape_of(cells: Iterable[Cell]) -> str:
    """Give the fingerprint of a header: of its words, whatever their order."""
    words = sorted(words_only(cell.text) for cell in cells)
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:12]


def load_mappings(folder: Path, contracts: Contracts) -> Mappings:
    """Read every settled header and open question; what is wrong is said, never raised.

    A question is an officer's to answer while rounds run, so a slip in one file must not keep the
    other departments from their round: the sheet it is about is set aside and says why.
    """
    found: dict[tuple[str, str], Settled] = {}
    unreadable: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            content = yaml.safe_load(_text(path))
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f"第 {mark.line + 1} 行" if mark else "内容"
            unreadable.append(f"{path.name} {where}写法有误，无法读取；请对照其他文件改正。")
            continue
        settled = _settled(path, content, contracts)
        if settled is None:
            unreadable.append(f"{path.name} 缺少“部门”或“样式”，无法使用；请删除后重新运行。")
            continue
        found[settled.department, settled.shape] = settled
    return Mappings(found, tuple(unreadable))


def settled_match(
    top: Top, department: str, mappings: Mappings, own: Sequence[Vocabulary]
) -> tuple[Settled, Match | None] | None:
    """Give the header that people settled, if one in the sheet's `top` is of that shape.

    The match is None where the sheet is no list, or where the file that settles it has a problem.
    """
    for span in top.spans() if mappings.by_shape else ():
        settled = mappings.of(department, shape_of(span.cells))
        if settled is None or not (settled.confirmed or settled.problem):
            continue
        vocabulary = next((v for v in own if v.contract.dataset == settled.dataset), None)
        if settled.problem or vocabulary is None:
            return settled, None
        return settled, _as_settled(assigned(vocabulary, span), settled)
    return None


def _as_settled(match: Match, settled: Settled) -> Match:
    """Let people's word stand over what the contract's words say."""
    said: dict[int, str | None] = {}
    left = list(settled.columns)
    for cell in match.cells:
        for entry in left:
            if words_only(entry[0]) == words_only(cell.text):
                said[cell.position] = entry[1]
                left.remove(entry)
                break
    given = {name for name in said.values() if name}
    columns: dict[str, list[int]] = {}
    for name, positions in match.columns.items():
        kept = [at for at in positions if at not in said or said[at] == name]
        # A ticked column is one of several that together are the contract's column.
        if kept and (name not in given or all(at in match.ticks or at in said for at in kept)):
            columns[name] = kept
    for at, column in said.items():
        if column and at not in columns.setdefault(column, []):
            columns[column].append(at)
    used = {at for positions in columns.values() for at in positions}
    return replace(
        match,
        columns={name: tuple(sorted(positions)) for name, positions in columns.items()},
        repeated={at: name for at, name in match.repeated.items() if at not in used},
        ticks={at: code for at, code in match.ticks.items() if at in used},
    )


def write_question(
    folder: Path,
    *,
    contract: Contract,
    shape: str,
    seen_in: str,
    header: Sequence[Mapping[str, Any]],
) -> Path:
    """Write the question about one header shape, prefilled, unless it is there already.

    Args:
        folder: ``<home>/mappings``.
        contract: The likeliest dataset.
        shape: The header's fingerprint.
        seen_in: File and sheet, for people.
        header: `ParsedSheet.header`: each cell's text, column, and what was guessed.

    Returns:
        The file's path.
    """
    path = folder / question_name(contract, shape)
    if path.exists():
        return path
    text = question_text(contract=contract, shape=shape, seen_in=seen_in, header=header)
    write_atomically(path, lambda aside: aside.write_text(text, encoding="utf-8"))
    return path


def question_text(
    *, contract: Contract, shape: str, seen_in: str, header: Sequence[Mapping[str, Any]]
) -> str:
    """Give the text of the file that asks about one header shape (see `write_question`)."""
    entries = [_entry(cell, contract) for cell in header]
    content = {
        "确认": "否",
        "部门": contract.department_title,
        "名单": contract.title,
        "样式": shape,
        "见于": seen_in,
        "表头": entries,
    }
    titles = "、".join(column.title for column in contract.columns.values())
    return "\n".join(
        (
            _SAID,
            f"# 可写的列名：{titles}",
            yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=200),
        )
    )


def question_name(contract: Contract, shape: str) -> str:
    """Give the name of the file in which a header shape is settled."""
    return f"{contract.department_title}-{contract.title}-{shape}.yaml"


def _entry(cell: Mapping[str, Any], contract: Contract) -> dict[str, str]:
    guess = cell["guess"]
    likely = guess and guess["certainty"] >= contract.header.doubtful
    meant = cell["column"] or (guess["column"] if likely else None)
    entry: dict[str, str] = {
        "表头": cell["text"],
        "列": contract.columns[meant].title if meant else NOT_USED,
    }
    if guess:
        if likely:
            entry["把握"] = f"{guess['certainty']:.0%}"
        else:
            entry["也许是"] = contract.columns[guess["column"]].title
        if guess["samples"]:
            entry["样例"] = "；".join(guess["samples"])
    return entry


def _text(path: Path) -> str:
    """Read a file that an officer may have saved in the encoding of his Windows."""
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", errors="replace")


def _settled(path: Path, content: object, contracts: Contracts) -> Settled | None:
    if not isinstance(content, dict) or not content.get("样式"):
        return None
    departments = {title: name for name, title in contracts.departments.items()}
    said = str(content.get("部门"))
    department = departments.get(said, said if said in contracts.departments else None)
    if department is None:
        return None
    settled = Settled(
        path,
        department,
        str(content["样式"]),
        None,
        (),
        confirmed=str(content.get("确认", "")).strip().lower() in _YES,
    )
    if str(content.get("名单")) == NOT_A_LIST:
        return settled
    contract = next(
        (
            c
            for c in contracts.of_department(department)
            if content.get("名单") in {c.title, c.dataset}
        ),
        None,
    )
    if contract is None:
        titles = "、".join(c.title for c in contracts.of_department(department))
        problem = f"{path.name}：“名单”应为 {titles} 之一，或 {NOT_A_LIST}"
        return replace(settled, problem=problem if settled.confirmed else None)
    settled = replace(settled, dataset=contract.dataset)
    columns, wrong = _columns(path, content.get("表头"), contract)
    return replace(settled, columns=columns, problem=wrong if settled.confirmed else None)


def _columns(
    path: Path, entries: object, contract: Contract
) -> tuple[tuple[tuple[str, str | None], ...], str | None]:
    """Give header texts with their columns, and the first thing that is wrong with them."""
    by_title: dict[str, str] = {
        word: c.name for c in contract.columns.values() for word in reversed(c.synonyms)
    }
    by_title |= {c.title: c.name for c in contract.columns.values()}
    found: list[tuple[str, str | None]] = []
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict) or "表头" not in entry:
            return (), f"{path.name}：“表头”下每一项都要写“表头”和“列”"
        said = str(entry.get("列") or NOT_USED).strip()
        name = said if said in contract.columns else by_title.get(said)
        if name is None and said != NOT_USED:
            return (
                (),
                f"{path.name}：表头“{entry['表头']}”的列“{said}”不在可写的列名之中（可写的列名在该文件开头）",
            )
        found.append((str(entry["表头"]), name))
    often = Counter(name for _, name in found if name)
    twice = [n for n, count in often.items() if count > 1 and not contract.columns[n].numbered]
    if twice:
        return (), f"{path.name}：“{contract.columns[twice[0]].title}”写在了两个表头下，只能留一个"
    must = [n for n in contract.header.must_have if n not in often]
    if must:
        titles = "、".join(contract.columns[n].title for n in must)
        return (), (
            f"{path.name}：还缺必要的列 {titles}（在“表头”下找到写着它的那一格，"
            "把那一格的“列”改成这个名字）"
        )
    return tuple(found), None
