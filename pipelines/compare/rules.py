"""Rule files: SQL that an analyst can read and add to, with what must be known about it in front.

``<folder>/<group>/<ID>.sql`` is a rule, ``<folder>/concepts/[NN_]<view>.sql`` a concept that
several rules share (who is alive, what a poor household is). Both are read from every folder in
order; a home's folder adds to what ships and replaces files of the same id or view. Everything that
can be wrong without any data being there is said on load: the file, the key, what was expected.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipelines.compare.sql import SqlError, SqlFacts, sql_facts
from pipelines.sources import Source

BASE_TABLES = {
    "persons": ("roster.population",),
    "former_persons": ("roster.population",),
    "households": ("roster.population",),
    "villages": ("roster.villages",),
    "village_status": ("roster.villages", "roster.population", "roster.monitored"),
    "unsettled": (),
}
"""Tables that are always there, and the lists that each is made from."""

_FRONT_MATTER = re.compile(r"\A\s*/\*---\s*\n(.*?)\n\s*---\*/(.*)\Z", re.DOTALL)
_CONCEPT_FILE = re.compile(r"(?:\d+_)?([a-z][a-z0-9_]*)\Z")
_COMMENT = re.compile(r"\A(?:\s*--[^\n]*(?:\n|\Z))+")

Flag = Literal["disagree", "not_found"]


class RuleError(ValueError):
    """A rule or concept file is wrong; says which file and key, and what was expected."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FrontMatter(_Strict):
    """What a rule file says of itself between ``/*---`` and ``---*/``."""

    id: str = Field(pattern=r"^[A-Z]{2,4}-\d{2}$")
    title: str = Field(min_length=1)
    question: str = Field(min_length=1)
    source: Source
    level: Literal["person", "household", "village"]
    direction: Literal["under_coverage", "over_coverage", "data_quality", "process"]
    severity: Literal["red", "orange", "yellow"]
    left: str
    """Dataset of the roster side (名册方)."""
    right: str | None = None
    """Dataset of the other side (比对方); null where the right side is a parameter."""
    needs: tuple[str, ...] = Field(min_length=1)
    """Every dataset the query reads, directly or through concepts."""
    gate: tuple[str, ...] = ()
    """Datasets absence from which counts only where they cover the subject's village."""
    gate_states: tuple[Flag, ...] = ("not_found",)
    """The states that rest on such an absence."""
    spares: tuple[str, ...] = ()
    """Datasets that clear a subject: their unsettled candidates hold it as those of `gate` do.

    That they were delivered is not demanded: an absent one clears nobody.
    """
    columns: dict[str, tuple[tuple[str, ...], ...]] = {}
    """Dataset to the columns without which nothing can be found; of several in one entry, one.

    In the file an entry is a column's name, or a list of names of which one is enough.
    """
    column_states: tuple[Literal["agree", "disagree", "not_found"], ...] = (
        "disagree",
        "not_found",
    )
    """The states that rest on those columns."""
    parameters: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = Field(min_length=1)
    """The states that become discrepancies."""
    findings: dict[Flag, str] = {}
    """State to what was found, in words that give away nobody's values.

    It stands on the lists of those who may not see the other side's content.
    """
    group: str
    """Chooses the reason codes offered on the list."""
    verify_with: str = Field(min_length=1)
    innocent: tuple[str, ...] = ()
    accuses: bool | None = None
    """Presence on the other list speaks against people, so only confirmed links count.

    Not said: true for over_coverage and false for the rest (FAIRNESS guarantees 2 and 4).
    """

    @field_validator("columns", mode="before")
    @classmethod
    def _names_to_groups(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            dataset: [[name] if isinstance(name, str) else name for name in names]
            if isinstance(names, list)
            else names
            for dataset, names in value.items()
        }

    @field_validator(
        *("needs", "gate", "spares", "parameters", "flags"),
        *("gate_states", "column_states", "innocent"),
    )
    @classmethod
    def _once_each(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if twice := sorted({v for v in values if values.count(v) > 1}):
            raise ValueError(f"重复列出 {'、'.join(twice)}")
        return values


class Concept(_Strict):
    """A view that says once what a word means."""

    view: str
    says: str
    """The comment that the file begins with."""
    sql: str
    path: Path
    facts: SqlFacts
    """What the query reads directly: dataset tables, base tables, earlier concepts."""


class Rule(FrontMatter):
    """A rule, checked."""

    sql: str
    path: Path
    facts: SqlFacts
    """What the query reads directly."""
    concepts: tuple[str, ...]
    """Concepts it reads, directly or through others, in the order they must be built."""
    asks: dict[str, frozenset[str]]
    """Every parameter that it or its concepts ask for, with the macros that do."""

    @property
    def accusing(self) -> bool:
        """Whether a finding of this rule speaks against people."""
        return self.direction == "over_coverage" if self.accuses is None else self.accuses


class Rules(Mapping[str, Rule]):
    """All rules by id, and the concepts they share."""

    def __init__(self, rules: Iterable[Rule], concepts: Mapping[str, Concept]) -> None:
        """Keep `rules`, sorted by id, and `concepts` in the order they must be built."""
        self._by_id = {rule.id: rule for rule in sorted(rules, key=lambda r: r.id)}
        self.concepts = dict(concepts)

    def __getitem__(self, rule_id: str) -> Rule:
        """Give the rule with this id."""
        return self._by_id[rule_id]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the ids."""
        return iter(self._by_id)

    def __len__(self) -> int:
        """Count the rules."""
        return len(self._by_id)

    def read_of(self, table: str, columns: Iterable[str]) -> list[str]:
        """Give those of a table's columns that any rule or concept may read."""
        facts = [rule.facts for rule in self.values()]
        facts += [concept.facts for concept in self.concepts.values()]
        if any(fact.reads_rows and table in self._beneath(fact.tables) for fact in facts):
            return list(columns)
        words = frozenset[str]().union(*(fact.words for fact in facts))
        return [column for column in columns if column.lower() in words]

    def _beneath(self, tables: Iterable[str]) -> set[str]:
        """Give the tables and, for concepts among them, what those are made of."""
        found = set(tables)
        for view in reversed(self.concepts):
            if view in found:
                found |= self.concepts[view].facts.tables
        return found

    def hash_of(self, rule: Rule) -> str:
        """SHA-256 over a rule and the concepts it reads: what counts depend on beside data."""
        # what is found in the text says nothing more, and holds sets, of no fixed order
        texts = [rule.model_dump_json(exclude={"path", "asks", "facts"})]
        texts += [self.concepts[view].sql for view in rule.concepts]
        return hashlib.sha256("\0".join(texts).encode()).hexdigest()

    @property
    def hash(self) -> str:
        """SHA-256 over all rules and concepts, for the run's record."""
        texts = [self.hash_of(rule) for rule in self.values()]
        texts += [f"{concept.view}\0{concept.sql}" for concept in self.concepts.values()]
        return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def load_rules(rule_folders: Iterable[Path]) -> Rules:
    """Read every concept and rule file of the folders; later folders add and replace.

    Raises:
        RuleError: A file is not as described above; nothing is guessed or left out.
    """
    folders = [folder for folder in rule_folders if folder.is_dir()]
    concepts = _load_concepts(folders)
    rules: dict[str, Rule] = {}
    for folder in folders:
        here: dict[str, Path] = {}
        for path in sorted(folder.glob("*/*.sql")):
            if path.parent.name == "concepts":
                continue
            rule = read_rule(path, concepts)
            if rule.id in here:
                raise RuleError(f"规则文件 {path}：编号 {rule.id} 与 {here[rule.id]} 重复")
            here[rule.id] = path
            rules[rule.id] = rule
    return Rules(rules.values(), concepts)


def read_rule(path: Path, concepts: Mapping[str, Concept]) -> Rule:
    """Read one rule file and check it against the concepts there are.

    Raises:
        RuleError: The file is wrong.
    """
    front, sql = _split(path)
    try:
        facts = sql_facts(sql)
    except SqlError as error:
        raise RuleError(f"规则文件 {path}：{error}") from error
    names = _with_their_own(facts.tables & set(concepts), concepts)
    asks = {key: set(macros) for key, macros in facts.parameters.items()}
    for name in names:
        for key, macros in concepts[name].facts.parameters.items():
            asks.setdefault(key, set()).update(macros)
    _check_tables(path, front, facts.tables - set(concepts), [concepts[n] for n in names])
    _check_parameters(path, front, set(facts.parameters), set(asks))
    return Rule(
        **dict(front),
        sql=sql,
        path=path,
        facts=facts,
        concepts=tuple(names),
        asks={key: frozenset(macros) for key, macros in sorted(asks.items())},
    )


def table_name(dataset: str) -> str:
    """Give the table that a dataset lies in: ``education.enrolment`` → ``education_enrolment``."""
    return dataset.replace(".", "_")


def _split(path: Path) -> tuple[FrontMatter, str]:
    match = _FRONT_MATTER.match(path.read_text(encoding="utf-8"))
    if match is None:
        raise RuleError(f"规则文件 {path}：应以 /*--- 开头、以 ---*/ 结束说明部分，其后是查询语句")
    try:
        content = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        raise RuleError(f"规则文件 {path}：说明部分不是有效的 YAML：{error}") from error
    if not isinstance(content, dict):
        raise RuleError(f"规则文件 {path}：说明部分应为“键: 值”的形式")
    try:
        front = FrontMatter.model_validate(content)
    except ValidationError as error:
        problems = "；".join(_problem(e) for e in error.errors())
        raise RuleError(f"规则文件 {path}：{problems}") from error
    if front.id != path.stem:
        raise RuleError(f"规则文件 {path}：键 id 应与文件名相同，即 {path.stem}，现为 {front.id}")
    return front, match[2].strip().rstrip(";").rstrip()


_EXPECTED = {
    "missing": "缺少这一项，必须填写",
    "extra_forbidden": "没有这一项，请检查拼写",
}


def _problem(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"]) or "全文"
    context = error.get("ctx", {})
    if error["type"] == "literal_error":
        says = f"应为 {context['expected']}，现为 {error['input']!r}"
    elif error["type"] == "string_pattern_mismatch":
        says = f"应符合 {context['pattern']}，现为 {error['input']!r}"
    elif error["type"] == "value_error":
        says = str(context["error"])
    else:
        says = _EXPECTED.get(error["type"], f"{error['msg']}，现为 {error['input']!r}")
    return f"键 {key}：{says}"


def _check_tables(
    path: Path, front: FrontMatter, read: frozenset[str], concepts: list[Concept]
) -> None:
    declared = {table_name(dataset): dataset for dataset in front.needs}
    if unknown := sorted(read - set(declared) - set(BASE_TABLES)):
        raise RuleError(
            f"规则文件 {path}：查询读取了 {'、'.join(unknown)}，"
            f"但键 needs（{'、'.join(front.needs)}）未列出对应的数据集，也没有这个名字的公共概念"
        )
    through = {table for concept in concepts for table in concept.facts.tables}
    bases = (read | through) & set(BASE_TABLES)
    made_from = {dataset for table in bases for dataset in BASE_TABLES[table]}
    unread = sorted(
        dataset
        for table, dataset in declared.items()
        if table not in read | through and dataset not in made_from
    )
    if unread:
        raise RuleError(f"规则文件 {path}：键 needs 列出了 {'、'.join(unread)}，但查询没有读取")
    if unflagged := sorted(state for state in front.findings if state not in front.flags):
        raise RuleError(
            f"规则文件 {path}：键 findings 说明了 {'、'.join(unflagged)}，"
            f"但键 flags（{'、'.join(front.flags)}）未列出"
        )
    for key, datasets in {
        "gate": front.gate,
        "spares": front.spares,
        "columns": tuple(front.columns),
        "right": (front.right,) if front.right else (),
    }.items():
        if extra := sorted(set(datasets) - set(front.needs)):
            raise RuleError(
                f"规则文件 {path}：键 {key} 的 {'、'.join(extra)} 应同时列在键 needs 中"
            )


def _check_parameters(path: Path, front: FrontMatter, own: set[str], all_asked: set[str]) -> None:
    declared = set(front.parameters)
    if undeclared := sorted(own - declared):
        raise RuleError(
            f"规则文件 {path}：查询使用了参数 {'、'.join(undeclared)}，但键 parameters 未列出"
        )
    if unused := sorted(declared - all_asked):
        raise RuleError(
            f"规则文件 {path}：键 parameters 列出了 {'、'.join(unused)}，但查询没有用到"
        )


def _with_their_own(names: Iterable[str], concepts: Mapping[str, Concept]) -> list[str]:
    """The concepts and all they read in turn, in the order of `concepts`."""
    wanted = set(names)
    for view in reversed(list(concepts)):
        if view in wanted:
            wanted |= concepts[view].facts.tables & set(concepts)
    return [view for view in concepts if view in wanted]


@dataclass(frozen=True)
class _ConceptFile:
    view: str
    path: Path


def _load_concepts(folders: list[Path]) -> dict[str, Concept]:
    files: dict[str, _ConceptFile] = {}
    for folder in folders:
        for path in sorted((folder / "concepts").glob("*.sql")):
            name = _CONCEPT_FILE.match(path.stem)
            if name is None:
                raise RuleError(
                    f"概念文件 {path}：文件名应为小写英文视图名，可加数字前缀排序，"
                    "例如 10_alive_persons.sql"
                )
            files[name[1]] = _ConceptFile(name[1], path)
    later = {file.view for file in files.values()}
    concepts: dict[str, Concept] = {}
    for file in sorted(files.values(), key=lambda f: f.path.name):
        concept = _read_concept(file)
        later.discard(file.view)
        if early := sorted(concept.facts.tables & (later | {file.view})):
            raise RuleError(
                f"概念文件 {file.path}：读取了排在其后的 {'、'.join(early)}；"
                "请调整文件名的数字前缀，被读取的排在前面"
            )
        concepts[file.view] = concept
    return concepts


def _read_concept(file: _ConceptFile) -> Concept:
    text = file.path.read_text(encoding="utf-8")
    comment = _COMMENT.match(text)
    if comment is None:
        raise RuleError(f"概念文件 {file.path}：第一行应为“-- ”开头的说明，写明这个词指什么")
    sql = text[comment.end() :].strip().rstrip(";").rstrip()
    try:
        facts = sql_facts(sql)
    except SqlError as error:
        raise RuleError(f"概念文件 {file.path}：{error}") from error
    says = " ".join(line.strip().lstrip("-").strip() for line in comment[0].strip().splitlines())
    return Concept(
        view=file.view,
        says=says,
        sql=sql,
        path=file.path,
        facts=facts,
    )
