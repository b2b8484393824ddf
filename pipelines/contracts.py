"""Contracts: what each department's list contains, declared in YAML and checked on load.

One file ``<root>/contracts/<department>/<dataset>.yaml`` is one dataset. ``fields.yaml`` beside the
departments says once what a column name means everywhere (title, type, synonyms, privacy class); a
contract names the columns it has and overrides what differs. Header matching, types, quarantine
reasons, Great Expectations suites, DuckDB tables with comments, the data dictionary and Dagster's
column schema are all derived from here. Roots are read in order: a home may add departments and
datasets to those that ship.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader, in C where it was built: five times as fast on nineteen contracts."""


class ContractError(ValueError):
    """A contract file is wrong; the message names the file, the key and what was expected."""


class ColumnType(StrEnum):
    """How a column's text becomes a value; what stands beside it: `frames.clean_schema`."""

    TEXT = "text"
    NAME = "name"
    ID_NUMBER = "id_number"
    CERTIFICATE = "certificate"  # certificates, pupil numbers: kept as text, digits matter
    ACCOUNT = "account"
    PHONE = "phone"
    DATE = "date"
    PERIOD = "period"  # "2021", "2021-08", "2021-Q3"
    TERM = "term"  # "2021春季", "2021秋季"
    YEAR = "year"
    INTEGER = "integer"
    AMOUNT = "amount"  # yuan
    NUMBER = "number"  # in the column's unit
    YES_NO = "yes_no"
    CODE = "code"
    CODES = "codes"  # several codes in one cell or in numbered columns
    TOWNSHIP = "township"
    VILLAGE = "village"
    DIVISION_CODE = "division_code"

    @property
    def digits_matter(self) -> bool:
        """Whether a number cell of this type may have lost digits."""
        return self in {self.ID_NUMBER, self.CERTIFICATE, self.ACCOUNT, self.PHONE}


class Privacy(StrEnum):
    """Who may see a value (FAIRNESS: least data)."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"  # names, addresses, phones
    IDENTIFIER = "identifier"  # shown as first 6 and last 4
    ACCOUNT = "account"  # shown as last 4
    SENSITIVE = (
        "sensitive"  # children, health, disability: other departments see only 一致 or 不一致
    )


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """One canonical column of a dataset."""

    name: str
    title: str
    type: ColumnType = ColumnType.TEXT
    synonyms: tuple[str, ...] = ()
    required: bool = False
    description: str = ""
    unit: str | None = None
    codes: dict[str, tuple[str, ...]] | None = None
    """Canonical code to the spellings that mean it; the code itself always counts as one."""
    certificate_digit: int | None = None
    """Of a code, which character of a disability certificate's number states it, from 1."""
    usual: tuple[float, float] | None = None
    """Of an amount, in yuan: the least and the most that need no question."""
    numbered: bool = False
    """The header may stand several times or end in 1..n; their values are joined with 、"""
    privacy: Privacy = Privacy.INTERNAL
    looks: str | None = None
    """What most values of a text column look like (a regular expression after NFKC, upper case and
    without spaces): tells the column where its header is in no contract."""
    may_lie_ahead: bool = False
    """Whether a date may lie after today: 有效期至, 公示结束, a benefit from next month on."""
    span: Literal["first", "last"] | None = None
    """Which day of a span (2021.1.1-2021.12.31) a date is; not said, a span is asked about."""
    may_precede_birth: bool = False
    """Whether a date of a person's list may be the household's: 享受起始时间, 签约日期."""
    said_above: bool = False
    """Whether a month, term, year or text holds for all rows where only the sheet's name or title
    says it; then the list may do without the column."""
    said_in_name: bool = False
    """The same of the file's own name."""
    said_as: str | None = None
    """How a text is said above (a regular expression): what fits it is the value."""
    derived: str | None = None
    """Set where the value can be computed when the list lacks the column: how, in Chinese."""

    @model_validator(mode="after")
    def _codes_where_due(self) -> "Column":
        coded = self.type in {ColumnType.CODE, ColumnType.CODES}
        if coded != (self.codes is not None):
            raise ValueError("'codes' belongs to, and is needed by, columns of type code and codes")
        if self.usual and (self.type is not ColumnType.AMOUNT or self.usual[0] > self.usual[1]):
            raise ValueError("'usual' is [least, most] of a column of type amount")
        if self.span and self.type is not ColumnType.DATE:
            raise ValueError("'span' belongs to columns of type date")
        timed = self.type in {ColumnType.PERIOD, ColumnType.TERM, ColumnType.YEAR}
        if (self.said_above or self.said_in_name) and not (timed or self.said_as):
            raise ValueError(
                "'said_above' and 'said_in_name' belong to columns of type period, term and year, "
                "and to those of type text with 'said_as'"
            )
        if self.said_as is not None and self.type is not ColumnType.TEXT:
            raise ValueError("'said_as' belongs to columns of type text")
        try:
            re.compile(self.said_as or "")
        except re.error as error:
            raise ValueError(f"'said_as' is no regular expression: {error}") from error
        return self


class Header(_Strict):
    """How sharply a sheet's header must match before the sheet is taken for this dataset."""

    must_have: tuple[str, ...]
    """Columns without which the sheet is not this dataset."""
    any_of: tuple[str, ...] = ()
    """At least one of these must be there too (what tells the dataset from its neighbours)."""
    min_share: float = Field(default=0.6, gt=0, le=1)
    """Least share of the sheet's non-empty header cells that are known to the contract."""
    certain: float = Field(default=0.97, gt=0, le=1)
    """A header cell in no contract is read as a column from this probability on; below it the
    officer is asked."""
    doubtful: float = Field(default=0.5, gt=0, le=1)
    """Below this probability a cell is a column that nobody asked for, and no question."""


class Delivery(_Strict):
    """When the department is expected to send the list."""

    every: Literal["week", "month", "quarter", "year"] = "month"
    due_day: int = Field(default=5, ge=1, le=28, description="day of the month")

    @property
    def says(self) -> str:
        """Say by when the list is due, as a data officer would."""
        if self.every == "week":
            return f"每周{'一二三四五六日'[self.weekday - 1]}前报送"
        of = {"month": "每月", "quarter": "每季度首月", "year": "每年 1 月"}[self.every]
        return f"{of} {self.due_day} 日前报送"

    @property
    def weekday(self) -> int:
        """The day of the week a weekly list is due: 1 Monday … 7 Sunday; larger days, Monday."""
        return self.due_day if self.due_day <= 7 else 1


class Linkage(_Strict):
    """What linkage may assume of the list."""

    one_row_a_subject: bool = False
    """At most one row of a delivery belongs to one person (or household)."""
    tells: tuple[Literal["school"], ...] = ()
    """Columns whose values the roster does not have: what confirmed rows say of their persons is
    known when the other lists are linked."""


class Expectation(_Strict):
    """One Great Expectations expectation on the dataset as a whole."""

    expect: str
    """Name without the leading ``expect_``, for instance ``column_values_to_not_be_null``."""
    column: str | None = None
    kwargs: dict[str, Any] = {}
    critical: bool = False
    """Where it fails by more than one row the dataset counts as not delivered."""
    says: str
    """One Chinese sentence for people: what is wrong when it fails, what to do."""


class Contract(_Strict):
    """One dataset."""

    dataset: str
    title: str
    department_title: str
    description: str
    grain: Literal["person", "household", "village", "township"]
    nature: Literal["snapshot", "events"]
    header: Header
    delivery: Delivery = Delivery()
    linkage: Linkage = Linkage()
    key: tuple[str, ...] = ()
    """Columns that tell one row from another: duplicates are listed; an event counts once."""
    columns: dict[str, Column]
    expectations: tuple[Expectation, ...] = ()

    @property
    def department(self) -> str:
        """The part of the dataset's name before the dot."""
        return self.dataset.split(".")[0]

    @property
    def name(self) -> str:
        """The part of the dataset's name after the dot."""
        return self.dataset.split(".")[1]

    @property
    def table(self) -> str:
        """Name of the published table."""
        return self.dataset.replace(".", "_")

    @model_validator(mode="after")
    def _names_exist(self) -> "Contract":
        mentioned = {
            "header.must_have": self.header.must_have,
            "header.any_of": self.header.any_of,
            "key": self.key,
            "linkage.tells": self.linkage.tells,
            "expectations": tuple(e.column for e in self.expectations if e.column),
        }
        for key, names in mentioned.items():
            if unknown := sorted(set(names) - set(self.columns)):
                raise ValueError(f"{key} names columns the contract has not: {', '.join(unknown)}")
        if self.linkage.tells and self.grain != "person":
            raise ValueError("linkage.tells belongs to a contract of grain person")
        return self


class Contracts(Mapping[str, Contract]):
    """All contracts by dataset name, in the order of their names."""

    def __init__(self, contracts: Iterable[Contract]) -> None:
        """Keep `contracts`, sorted by dataset."""
        self._by_name = {c.dataset: c for c in sorted(contracts, key=lambda c: c.dataset)}

    def __getitem__(self, dataset: str) -> Contract:
        """Give the contract of `dataset`."""
        return self._by_name[dataset]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the dataset names."""
        return iter(self._by_name)

    def __len__(self) -> int:
        """Count the datasets."""
        return len(self._by_name)

    def of_department(self, department: str) -> list[Contract]:
        """Give the contracts of one department."""
        return [c for c in self._by_name.values() if c.department == department]

    @property
    def departments(self) -> dict[str, str]:
        """Department id to Chinese title."""
        return {c.department: c.department_title for c in self._by_name.values()}

    @property
    def in_linking_order(self) -> list[Contract]:
        """All contracts; first those that tell what others are compared with (`Linkage.tells`)."""
        return sorted(self._by_name.values(), key=lambda c: not c.linkage.tells)

    @cached_property
    def hash(self) -> str:
        """SHA-256 over the content of all contracts, for the run's record."""
        content = [c.model_dump(mode="json") for c in self._by_name.values()]
        text = json.dumps(content, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def load_contracts(roots: Iterable[Path]) -> Contracts:
    """Read every contract under each root's ``contracts/``; later roots add and replace.

    Raises:
        ContractError: A file is not YAML, lacks a key, or names a column it has not.
    """
    fields: dict[str, dict[str, Any]] = {}
    found: dict[str, Contract] = {}
    for root in roots:
        folder = root / "contracts"
        shared = folder / "fields.yaml"
        if shared.exists():
            fields |= _read_yaml(shared)
        for path in sorted(folder.glob("*/*.yaml")):
            contract = _contract(path, fields)
            found[contract.dataset] = contract
    return Contracts(found.values())


def _contract(path: Path, fields: Mapping[str, dict[str, Any]]) -> Contract:
    content = _read_yaml(path)
    expected = f"{path.parent.name}.{path.stem}"
    if content.get("dataset") != expected:
        raise ContractError(f"{path}: key 'dataset' must be {expected!r}, as the file lies")
    columns = content.get("columns")
    if not isinstance(columns, dict) or not columns:
        raise ContractError(f"{path}: key 'columns' must list at least one column")
    merged = {name: _merge(name, fields.get(name, {}), own or {}) for name, own in columns.items()}
    try:
        return Contract.model_validate({**content, "columns": merged})
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in e['loc']) or 'file'}: {e['msg']}"
            for e in error.errors()
        )
        raise ContractError(f"{path}: {problems}") from error


def _merge(name: str, shared: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The shared meaning of a column, with what this dataset says differently.

    Synonyms add up, but for those under ``without``, which mean something else here; where the
    dataset gives its own title, the shared title is one more synonym. Words under ``last`` mean
    the column only where the sheet has no surer header for it.
    """
    own = dict(own)
    last, without = own.pop("last", ()), own.pop("without", ())
    synonyms = [*own.get("synonyms", ()), *shared.get("synonyms", ())]
    if "title" in own and "title" in shared:
        synonyms.append(shared["title"])
    synonyms = [word for word in synonyms if word not in without] + list(last)
    title = own.get("title", shared.get("title"))
    unique = [s for s in dict.fromkeys(synonyms) if s != title]
    return {**shared, **own, "name": name, "synonyms": unique}


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - safe
    except yaml.YAMLError as error:
        raise ContractError(f"{path}: not readable as YAML: {error}") from error
    if not isinstance(content, dict):
        raise ContractError(f"{path}: must be a mapping of keys to values")
    return content
