"""What the modules of the one command share: options, the home, how to say and how to fail."""

import os
import sys
from glob import has_magic
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from pipelines.home import Home

DEMO_COUNTY = "990112"

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="数据文件夹（或环境变量 BIDUI_HOME）")
]
OneCountyOption = Annotated[str, typer.Option("--county", help="县代码，六位数字")]


def home_at(path: Path | None) -> Home:
    """Give the home that ``--home`` names, else the default one.

    What is written belongs to the office: owner and group only, whoever runs the command. A path
    that reads as a pattern is refused: Dagster and polars would look for others and find nothing,
    Dagster not even the settings that forbid it to report its use.
    """
    home = Home(path.expanduser().resolve()) if path else Home.default()
    if has_magic(str(home.path)):
        fail(f"数据文件夹的路径里不能有 [、*、? 这些符号：{home.path}；请换一个文件夹", 2)
    os.environ["BIDUI_HOME"] = str(home.path)
    os.umask(0o027)
    return home


def say(text: str) -> None:
    """Write a line to stdout."""
    sys.stdout.write(f"{text}\n")


def fail(message: str, code: int = 1) -> NoReturn:
    """Write a line to stderr and end with `code`."""
    sys.stderr.write(f"{message}\n")
    raise typer.Exit(code)
