"""Parameters: every threshold with its place, validity, unit and source.

One file ``<root>/parameters/<place>/<year>.yaml`` holds the values of one place for one span of
time. A place is a division code or the beginning of one (``99`` the province, ``990112`` a county);
``default`` holds for every place. The most specific place that sets a key for the date wins. A key
that is not set is not guessed: whoever asks gets a `MissingParameterError` and says so.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.sources import Source, Texts, load_texts, source_text


class ParameterError(ValueError):
    """A parameter file is wrong; the message names the file and the key."""


class MissingParameterError(LookupError):
    """No value is set for a key at this place and date."""


class Value(BaseModel):
    """One value as it stands in a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Any
    unit: str | None = None
    source: str | Source | None = None
    """A sentence, or a citation of a declared text."""
    note: str | None = None

    def source_in(self, texts: Texts) -> str | None:
        """Where the value comes from, in words."""
        return source_text(self.source, texts) if isinstance(self.source, Source) else self.source


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    place: str
    valid_from: dt.date
    valid_to: dt.date
    values: dict[str, Value]


class Parameter(BaseModel):
    """One value in force, with where it holds and where it comes from."""

    model_config = ConfigDict(frozen=True)

    key: str
    value: Any
    unit: str | None
    source: str | None
    note: str | None
    place: str
    valid_from: dt.date
    valid_to: dt.date


class Parameters:
    """The values in force at one place on one date."""

    def __init__(self, place: str, on: dt.date, values: Mapping[str, Parameter]) -> None:
        """Keep the values that `lookup` chose."""
        self.place = place
        self.on = on
        self._values = dict(sorted(values.items()))

    def __contains__(self, key: str) -> bool:
        """Whether `key` is set."""
        return key in self._values

    def __getitem__(self, key: str) -> Any:
        """Give the plain value of `key`.

        Raises:
            MissingParameterError: It is not set here.
        """
        return self.get(key).value

    def get(self, key: str) -> Parameter:
        """Give `key` with unit, source and validity.

        Raises:
            MissingParameterError: It is not set here.
        """
        if key not in self._values:
            raise MissingParameterError(
                f"参数 {key} 在 {self.place} 于 {self.on} 未设置；请在 parameters/ 中补充数值和来源"
            )
        return self._values[key]

    def all(self) -> list[Parameter]:
        """Give every value in force, by key."""
        return list(self._values.values())

    @property
    def hash(self) -> str:
        """SHA-256 over the values in force, for the run's record."""
        content = [p.model_dump(mode="json") for p in self._values.values()]
        text = json.dumps(content, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


class ParameterBook:
    """Every parameter file of all roots, checked on load."""

    def __init__(self, files: Iterable[_File], texts: Texts) -> None:
        """Keep the files; later ones win over earlier ones of the same place."""
        self._files = list(files)
        self._texts = texts

    def lookup(self, place: str, on: dt.date) -> Parameters:
        """Give what is in force at `place` (a division code) on the date `on`."""
        chosen: dict[str, Parameter] = {}
        rank = {f.place: len(f.place) for f in self._files} | {"default": 0}
        applicable = [
            f
            for f in self._files
            if (f.place == "default" or place.startswith(f.place))
            and f.valid_from <= on <= f.valid_to
        ]
        for file in sorted(applicable, key=lambda f: rank[f.place]):
            for key, value in file.values.items():
                chosen[key] = Parameter(
                    key=key,
                    value=value.value,
                    unit=value.unit,
                    source=value.source_in(self._texts),
                    note=value.note,
                    place=file.place,
                    valid_from=file.valid_from,
                    valid_to=file.valid_to,
                )
        return Parameters(place, on, chosen)


def load_parameters(roots: Iterable[Path]) -> ParameterBook:
    """Read ``parameters/*/*.yaml`` under each root.

    Raises:
        ParameterError: A file is not of the form described above.
        SourceError: The file of texts that values cite is wrong.
    """
    roots = tuple(roots)
    files = []
    for root in roots:
        for path in sorted((root / "parameters").glob("*/*.yaml")):
            try:
                content = yaml.safe_load(path.read_text(encoding="utf-8"))
                file = _File.model_validate(content)
            except (yaml.YAMLError, ValidationError) as error:
                raise ParameterError(f"{path}: {error}") from error
            if file.place != path.parent.name:
                raise ParameterError(f"{path}: key 'place' must be {path.parent.name!r}")
            files.append(file)
    return ParameterBook(files, load_texts(roots))
