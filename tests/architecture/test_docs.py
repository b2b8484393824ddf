"""What the documents name is there: links, commands, make targets, modules."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer.main

from dagster_project.cli import app

pytestmark = pytest.mark.architecture

ROOT = Path(__file__).resolve().parents[2]
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
DOCUMENTS = (*READMES, *sorted((ROOT / "docs").glob("*.md")))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _commands(text: str) -> set[str]:
    return set(re.findall(r"\bbidui ([a-z]+)\b", _code(text)))


def _targets(text: str) -> set[str]:
    return set(re.findall(r"\bmake ([a-z-]+)", _code(text)))


def _code(text: str) -> str:
    """What stands in code blocks and between backticks: prose may say anything."""
    blocks = re.findall(r"```.*?```", text, flags=re.DOTALL)
    spans = re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return "\n".join([*blocks, *spans])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_resolves(document: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", _text(document))
    broken = [
        target
        for target in targets
        if "://" not in target
        and not (document.parent / unquote(target.split("#")[0])).resolve().exists()
    ]
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_bidui_command_named_exists(document: Path) -> None:
    known = set(typer.main.get_command(app).commands)
    assert known
    assert _commands(_text(document)) <= known


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_named_exists(document: Path) -> None:
    known = set(re.findall(r"^([a-z-]+):", _text(ROOT / "Makefile"), flags=re.MULTILINE))
    assert {"demo", "test"} <= known
    assert _targets(_text(document)) <= known


def test_the_readme_names_every_command() -> None:
    known = set(typer.main.get_command(app).commands)
    assert known - _commands(_text(READMES[0])) == set()


def test_both_readmes_name_the_same_commands_and_pictures() -> None:
    english, chinese = (_text(path) for path in READMES)
    assert _commands(english) == _commands(chinese)
    assert _targets(english) == _targets(chinese)
    picture = re.compile(r"\((docs/pictures/[^)]+)\)")
    assert picture.findall(english) == picture.findall(chinese)


@pytest.mark.parametrize("document", READMES, ids=lambda path: path.name)
def test_every_path_of_the_table_of_parts_exists(document: Path) -> None:
    folders = r"(?:pipelines|expectations|assets|dagster_project|data)"
    named = re.findall(rf"`({folders}/[^`<*]*)", _code_table(document))
    assert len(named) > 40
    assert [path for path in named if not (ROOT / path).exists()] == []
    short = re.findall(r"`([\w.]+\.(?:py|yaml|sql))`", _code_table(document))
    assert short == [], "a file is named with its folder"


def test_both_tables_of_parts_name_the_same_files() -> None:
    named = [re.findall(r"`([^`<]+)", _code_table(path)) for path in READMES]
    assert [n for n in named[0] if "/" in n] == [n for n in named[1] if "/" in n]


def _code_table(document: Path) -> str:
    """The rows of the tables: where things are."""
    return "\n".join(line for line in _text(document).splitlines() if line.startswith("|"))


def test_the_examples_of_the_readme_are_those_that_tests_try_out() -> None:
    tried = _text(ROOT / "tests" / "integration" / "test_new_dataset.py")
    (contract,) = re.findall(r'CONTRACT = """\\\n(.*?)"""', tried, flags=re.DOTALL)
    assert all(contract in _text(readme) for readme in READMES)


def test_pictures_are_small_and_all_shown() -> None:
    pictures = sorted((ROOT / "docs" / "pictures").iterdir())
    assert pictures
    assert [p.name for p in pictures if p.stat().st_size > 300_000] == []
    shown = _text(READMES[0])
    assert [p.name for p in pictures if p.name not in shown] == []
