"""The models of a county's lists, kept: learnt once, then used round after round until retrained.

A link must not change because the next round's list teaches slightly other weights. What was learnt
(m, h, u of every level, with its sentence and its bits) is a JSON file a person can read:
``<home>/models/<county>/<dataset>/<round it was learnt in>.json``. A round uses the newest that was
learnt in it or before, so an older round that is run again does not see a later model. A file is
passed over, and the model learnt anew, where

* the levels declared now are not those it was learnt with,
* it rests on fewer settled pairs than ``retrain_below`` and the list now has more (`link`), or
* the run asks for it (``bidui run --retrain``).
"""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.files import write_atomically
from pipelines.linkage.levels import Declared
from pipelines.linkage.weights import Model, beginnings


class ModelError(ValueError):
    """A model's file cannot be read; the message names the file and what to do."""


class _Level(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    m: float
    h: float
    u: float


class _Kept(BaseModel):
    """The file's content, as far as it is read back."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    levels: str
    settled_pairs: int
    fields: dict[str, dict[int, _Level]]


@dataclass(frozen=True)
class Trained:
    """A model and what it rests on."""

    model: Model
    settled_pairs: int
    """Pairs that exact keys or people had settled when it was learnt."""
    learnt_in: dt.date | None = None
    """The round; null while the model is not kept."""


@dataclass(frozen=True)
class Shelf:
    """Where the models of one list of a county lie, as one round sees them."""

    folder: Path
    round_: dt.date
    retrain: bool = False

    def newest(self, declared: Declared) -> Trained | None:
        """Give the model in force for the round, or null where one must be learnt.

        Raises:
            ModelError: The file is not of the form that `keep` writes.
        """
        if self.retrain or not self.folder.is_dir():
            return None
        rounds = sorted(path for path in self.folder.glob("*.json") if self._is_known(path))
        if not rounds:
            return None
        path = rounds[-1]
        try:
            kept = _Kept.model_validate_json(path.read_text(encoding="utf-8"))
        except ValidationError as error:
            raise ModelError(
                f"关联模型文件 {path} 无法读取：{error.error_count()} 处不合；"
                "请删除它，下次运行会重新学习"
            ) from error
        if kept.levels != declared.hash:
            return None
        return Trained(_model(kept, declared), kept.settled_pairs, dt.date.fromisoformat(path.stem))

    def keep(self, trained: Trained) -> None:
        """Write a model that this round learnt."""
        content = {
            "learnt_in": self.round_.isoformat(),
            "hash": trained.model.hash,
            "levels": trained.model.declared.hash,
            "settled_pairs": trained.settled_pairs,
            "fields": described(trained.model),
        }
        text = json.dumps(content, ensure_ascii=False, indent=1)
        path = self.folder / f"{self.round_.isoformat()}.json"
        write_atomically(path, lambda aside: aside.write_text(text, encoding="utf-8"))

    def _is_known(self, path: Path) -> bool:
        try:
            return dt.date.fromisoformat(path.stem) <= self.round_
        except ValueError as error:
            raise ModelError(
                f"关联模型文件 {path} 的名字应是学习它的那一期，例如 2021-08-30.json"
            ) from error


def described(model: Model) -> dict[str, dict[str, dict[str, Any]]]:
    """Give by field and level, as plain values, ``says``, ``m``, ``h``, ``u`` and ``bits``."""
    bits = model.bits()
    return {
        name: {
            str(code): {
                "says": level.says,
                "m": float(model.m[i, code]),
                "h": float(model.h[i, code]),
                "u": float(model.u[i, code]),
                "bits": round(float(bits[i, code]), 2),
            }
            for code, level in field.levels.items()
        }
        for i, (name, field) in enumerate(model.declared.fields.items())
    }


def _model(kept: _Kept, declared: Declared) -> Model:
    tables = {share: beginnings(declared, share) for share in ("m", "h", "u")}
    for i, name in enumerate(declared.names):
        for code, level in kept.fields[name].items():
            for share, table in tables.items():
                table[i, code] = getattr(level, share)
    # How common matches and mates are is not kept: each round's list says it anew.
    return Model(**tables, matches=np.nan, mates=np.nan, declared=declared)
