"""Sources (依据): what a rule or a parameter rests on, and how that is said to people.

A rule or a parameter cites a text by its number and quotes the words it puts to work. What the text
is, who spoke and when, is declared once in ``<root>/reference/sources.yaml``.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

FILE = "sources.yaml"


class SourceError(ValueError):
    """The file of sources is wrong; the message names the file and the key."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Strict):
    """One declared text. What it does not say of itself is null."""

    title: str = Field(min_length=1)
    issuer: str | None = None
    date: str | None = None
    """As the text has it: a day, a year, or when the copy was put up."""
    note: str | None = None
    """What sort of copy it is."""


class Source(_Strict):
    """Where a rule or a parameter comes from."""

    quote: str = Field(min_length=1)
    """The words of the source text that are put to work."""
    seed: str | None = None
    """Number of the declared text it was found in."""
    document: str | None = None
    """Title or number of the official document, where the text is not declared."""
    url: str | None = None
    note: str | None = None


Texts = Mapping[str, Text]


def load_texts(roots: Iterable[Path]) -> dict[str, Text]:
    """Read ``reference/sources.yaml`` of each root; later ones add and replace texts.

    Raises:
        SourceError: A file is not of the form declared here.
    """
    texts: dict[str, Text] = {}
    for root in roots:
        path = root / "reference" / FILE
        if not path.exists():
            continue
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            raise SourceError(f"依据文件 {path}：不是有效的 YAML：{error}") from error
        declared = content.get("sources") if isinstance(content, dict) else None
        if not isinstance(declared, dict):
            raise SourceError(f"依据文件 {path}：应有键 sources，其下每个编号一段文字的题名等")
        for number, value in declared.items():
            try:
                texts[str(number)] = Text.model_validate(value)
            except ValidationError as error:
                raise SourceError(f"依据文件 {path}：sources.{number}：{error}") from error
    return texts


def source_text(source: Source, texts: Texts) -> str:
    """Say where something comes from, as a clerk reads it: 《题名》（谁，何时）：「原话」；说明.

    A number that is not declared is said to be so: the quoted words still stand, and it is seen
    that the title is missing.
    """
    text = texts.get(source.seed) if source.seed else None
    said = []
    if text is not None:
        when = "，".join(part for part in (text.issuer, text.date, text.note) if part)
        said.append(f"《{text.title}》" + (f"（{when}）" if when else ""))
    elif source.seed:
        said.append(f"编号 {source.seed} 的文本（题名未在 reference/{FILE} 登记）")
    if source.document:
        said.append(source.document)
    parts = ["，".join(said) + f"：「{source.quote}」", source.note or "", source.url or ""]
    return "；".join(part for part in parts if part)
