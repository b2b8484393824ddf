"""Reason codes (原因代码): declared data, by rule group, with proof, owner and validity."""

from collections.abc import Iterable
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

FILE = "reason_codes.yaml"
COMMON = "common"
MAX_CHOICES = 255
"""Characters that a drop-down's own list may have in an xlsx file."""


class ReasonCodeError(ValueError):
    """The file of reason codes is wrong; the message names the file and the key."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReasonCode(_Strict):
    """One answer."""

    code: str = Field(pattern=r"^[^,，\"=+\-@][^,\"]*$", max_length=40)
    """What stands in the cell; no commas, which part the choices of a drop-down."""
    proof: str
    owner: str
    validity: str


class ReasonGroup(_Strict):
    """The answers of one group of rules."""

    title: str
    prefixes: tuple[str, ...]
    """Letters of the rule ids that belong here where a rule's group is not declared."""
    codes: tuple[ReasonCode, ...] = Field(min_length=1)


class ReasonCodes:
    """All groups."""

    def __init__(self, groups: dict[str, ReasonGroup]) -> None:
        """Keep the groups by id; `common` must be among them."""
        self.groups = groups

    def group_of(self, rule_id: str, rule_group: str | None) -> str:
        """Give the id of the group that answers a rule."""
        if rule_group in self.groups:
            return str(rule_group)
        letters = rule_id.split("-", maxsplit=1)[0]
        found = (key for key, group in self.groups.items() if letters in group.prefixes)
        return next(found, COMMON)


def load_reason_codes(roots: Iterable[Path]) -> ReasonCodes:
    """Read ``reference/reason_codes.yaml`` of each root; later ones add and replace groups.

    Raises:
        ReasonCodeError: A file is not of the form declared here, or no root has `common`.
    """
    groups: dict[str, ReasonGroup] = {}
    for root in roots:
        path = root / "reference" / FILE
        if not path.exists():
            continue
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for key, value in content.get("groups", {}).items():
            try:
                groups[key] = ReasonGroup.model_validate(value)
            except ValidationError as error:
                raise ReasonCodeError(f"{path}: groups.{key}: {error}") from error
            if len(",".join(c.code for c in groups[key].codes)) > MAX_CHOICES:
                raise ReasonCodeError(
                    f"{path}: groups.{key}: 各代码合计不得超过 {MAX_CHOICES} 个字，下拉框放不下"
                )
    if COMMON not in groups:
        raise ReasonCodeError(f"reference/{FILE}: 缺少 groups.{COMMON}")
    return ReasonCodes(groups)
