"""Every declared parameter is read by something, or says that nothing reads it yet."""

import re
from pathlib import Path

import pytest
import yaml

from pipelines.home import CHECKOUT, SHIPPED

pytestmark = pytest.mark.architecture

UNUSED = "本版尚未使用"


def declared() -> dict[str, bool]:
    """Parameter key to whether its note says that nothing reads it."""
    found: dict[str, bool] = {}
    for path in sorted((SHIPPED / "parameters").rglob("*.yaml")):
        for key, value in yaml.safe_load(path.read_text(encoding="utf-8"))["values"].items():
            found[key] = UNUSED in str(value.get("note", ""))
    return found


def readers() -> str:
    """The text of all code and rules."""
    folders = ("pipelines", "expectations", "assets", "dagster_project")
    files: list[Path] = []
    for folder in folders:
        files += (CHECKOUT / folder).rglob("*.py")
        files += (CHECKOUT / folder).rglob("*.sql")
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def test_what_nothing_reads_says_so_and_nothing_else_does() -> None:
    read = set(re.findall(r"[a-z][a-z0-9_]+", readers()))
    wrong = {key: unused for key, unused in declared().items() if unused == (key in read)}
    assert wrong == {}
