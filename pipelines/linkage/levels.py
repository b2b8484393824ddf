"""The declared comparison levels, keys and settings (`data/reference/levels.yaml`).

Nothing here computes: `compare_pairs` gives a pair its levels, `weights` learns what a level is
worth, `assign` asks the keys.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.home import SHIPPED

PATH = SHIPPED / "reference" / "levels.yaml"

FIELDS = (
    "name",
    "id_number",
    "birth_date",
    "sex",
    "village",
    "family",
    "phone",
    "household",
    "mates",
    "school",
)
"""The fields that `compare_pairs` compares, in the order of their level pattern.

`weights` and `assign` work on the fields of any declared file (`Declared.names`).
"""

BITS = 4
"""Bits that a level takes in a packed pattern."""

MOST_FIELDS = 64 // BITS
"""Fields that a packed pattern has room for."""


class LevelsError(ValueError):
    """The file of levels is wrong; the message names the file, the key and what was expected."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Level(_Strict):
    """One outcome of comparing one field."""

    says: str
    """One Chinese sentence an officer can read."""
    m: float = Field(gt=0, lt=1)
    """Beginning for how often the same person shows it."""
    h: float = Field(gt=0, lt=1)
    """Beginning for how often two members of one household show it."""
    u: float = Field(gt=0, lt=1)
    """Beginning for how often two random people show it."""


class CompareField(_Strict):
    """One field and its levels by code; code 0, nothing to compare, is understood."""

    title: str
    given: tuple[tuple[int, ...], ...] = ()
    """Groups of levels that answer to what the row has: shares are those within a group."""
    of_home: bool = False
    """Members of one household have it in common: h follows what is learnt of m."""
    levels: dict[int, Level]

    @model_validator(mode="after")
    def _codes(self) -> "CompareField":
        if not self.levels or not all(0 < code < 16 for code in self.levels):
            raise ValueError("level codes must lie between 1 and 15")
        if self.given and sorted(c for group in self.given for c in group) != sorted(self.levels):
            raise ValueError("'given' must name every level once")
        return self

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The groups, one of all levels where none are declared."""
        return self.given or (tuple(self.levels),)

    @property
    def agreement(self) -> int:
        """The level of plain agreement: the commonest among matches, where nothing stands aside."""
        return max(self.groups[0], key=lambda code: self.levels[code].m)


Wanted = dict[str, tuple[int, ...]]
"""Field to the levels that will do."""


class Key(_Strict):
    """One declared way to recognise a person; the first that holds names the link."""

    id: str
    says: str
    status: Literal["confirmed", "suspected"]
    all: Wanted
    any: tuple[Wanted, ...] = ()
    at: float | None = Field(default=None, ge=0.5, le=1)
    """Least probability; where it is not given, that of the status."""

    def holds(self) -> pl.Expr:
        """Give the condition on a frame with one integer column a field."""
        needed = [_among(self.all)]
        if self.any:
            needed.append(pl.any_horizontal([_among(wanted) for wanted in self.any]))
        return pl.all_horizontal(needed)


def _among(wanted: Wanted) -> pl.Expr:
    conditions = [pl.col(name).is_in(list(codes)) for name, codes in wanted.items()]
    return pl.all_horizontal(conditions) if conditions else pl.lit(value=True)


class Settings(_Strict):
    """Numbers of the model; what each means stands beside it in the file."""

    pseudo_pairs: float = Field(gt=0)
    sample_pairs: int = Field(gt=0)
    retrain_below: int = Field(ge=0)
    share_in_population: float = Field(gt=0, lt=1)
    name_prior_persons: float = Field(gt=0)
    name_frequency_cap: float = Field(ge=0)
    school_prior_pupils: float = Field(gt=0)
    mixed_up_least: int = Field(gt=0)
    mixed_up_lift: float = Field(ge=1)
    other_birth_least: int = Field(ge=0)
    other_birth_share: float = Field(ge=0, le=1)
    other_name_penalty: float = Field(ge=0)
    taken_discount: float = Field(gt=0, le=1)
    block_cap: int = Field(gt=0)
    false_links_at_most: float = Field(gt=0, lt=0.5)
    suspected_at: float = Field(ge=0.5, le=1)
    candidate_at: float = Field(gt=0, lt=1)
    candidates: int = Field(gt=0)

    @property
    def confirmed_at(self) -> float:
        """Least probability of a confirmed link: none is wrong with more than the declared chance.

        What holds of each link holds of every set of them: of the links that a model which tells
        true probabilities confirms, at most this share is expected to be wrong.
        """
        return 1.0 - self.false_links_at_most


class Declared(_Strict):
    """The whole file."""

    settings: Settings
    fields: dict[str, CompareField]
    keys: tuple[Key, ...]
    look_alike: tuple[str, ...]
    school_words: dict[str, str] = {}
    surname_readings: dict[str, str]

    @model_validator(mode="after")
    def _known(self) -> "Declared":
        if len(self.fields) > MOST_FIELDS:
            raise ValueError(f"'fields' may be {MOST_FIELDS} at most, {len(self.fields)} are given")
        for key in self.keys:
            for wanted in (key.all, *key.any):
                for name, codes in wanted.items():
                    known = {0, *self.fields[name].levels} if name in self.fields else set()
                    if not set(codes) <= known:
                        raise ValueError(f"key {key.id}: {name} has no level {sorted(codes)}")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The fields, in the order of the level pattern."""
        return tuple(self.fields)

    @property
    def hash(self) -> str:
        """SHA-256 over the content, part of every model's hash."""
        text = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=4)
def declared(path: Path = PATH, fields: tuple[str, ...] | None = FIELDS) -> Declared:
    """Read the levels.

    Args:
        path: The file.
        fields: What it must declare, in this order; None where the caller compares other fields
            than `compare_pairs` does.

    Raises:
        LevelsError: The file is not of the form described above.
    """
    try:
        found = Declared.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise LevelsError(f"{path}: {error}") from error
    if fields is not None and found.names != fields:
        raise LevelsError(f"{path}: 'fields' must be, in this order: {', '.join(fields)}")
    return found


def packed(fields: Sequence[str] = FIELDS) -> pl.Expr:
    """Give the pattern of a row's level columns as one integer (`BITS` a field, in their order)."""
    total = pl.lit(0, dtype=pl.UInt64)
    for name in fields:
        total = total * (1 << BITS) + pl.col(name).cast(pl.UInt64)
    return total.alias("pattern")


def unpacked(fields: Sequence[str] = FIELDS) -> list[pl.Expr]:
    """Give the level columns of the packed column ``pattern``."""
    last = len(fields) - 1
    return [
        (pl.col("pattern") // (1 << (BITS * (last - i))) % (1 << BITS)).cast(pl.UInt8).alias(name)
        for i, name in enumerate(fields)
    ]


def pattern_text() -> pl.Expr:
    """Give the pattern as text, one hexadecimal digit a field."""
    digits = {code: f"{code:x}" for code in range(1 << BITS)}
    return pl.concat_str(
        [pl.col(name).replace_strict(digits, return_dtype=pl.String) for name in FIELDS]
    ).alias("level_pattern")
