"""An office for each test; LibreOffice's own files, made once for all of them."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.defects.county import DIBAO, Office, dibao, xlsx


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


Converted = Callable[[str], bytes]


@pytest.fixture(scope="session")
def by_libreoffice(tmp_path_factory: pytest.TempPathFactory) -> Converted:
    """Give a low-income list with a title and an ID typed as a number, as LibreOffice saves it."""
    soffice = shutil.which("soffice")
    if soffice is None and not os.environ.get("BIDUI_ALL_TOOLS"):
        pytest.skip("LibreOffice is not installed")
    assert soffice
    folder = tmp_path_factory.mktemp("libreoffice")
    typed = dibao(2, 身份证号=990112198001012345)
    source = folder / "in.xlsx"
    source.write_bytes(
        xlsx([["晴川县低保名册"], DIBAO, dibao(0), dibao(1), typed], merges=["A1:G1"])
    )

    def convert(suffix: str) -> bytes:
        target = folder / f"in.{suffix}"
        if suffix == "xlsx":
            target = folder / "out" / "in.xlsx"
        if not target.exists():
            profile = f"-env:UserInstallation=file://{folder}/profile"
            to = ["--convert-to", suffix, "--outdir", str(target.parent), str(source)]
            command = [soffice, profile, "--headless", *to]
            subprocess.run(command, check=True, capture_output=True, timeout=120)
        return target.read_bytes()

    return convert
