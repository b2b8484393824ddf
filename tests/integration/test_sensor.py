"""What the inbox sensor asks for: nothing for files already published, one run for new ones."""

import os
import shutil
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.sensors import inbox_sensor
from pipelines.home import Home
from tests.conftest import COUNTY

pytestmark = pytest.mark.integration


@pytest.fixture
def county(sample: Home, tmp_path: Path) -> Home:
    """The sample's inbox and warehouse, to change at will."""
    for name in ("inbox", "warehouse", "settings.yaml"):
        source = sample.path / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, tmp_path / name)
    return Home(tmp_path)


def _look(home: Home, cursor: str | None = None) -> tuple[object, str | None]:
    with dg.instance_for_test() as instance:
        context = dg.build_sensor_context(instance, cursor=cursor, resources={"home": home})
        return inbox_sensor(context), context.cursor


def test_files_that_a_run_by_hand_has_published_start_nothing(county: Home) -> None:
    said, cursor = _look(county)
    assert isinstance(said, dg.SkipReason)
    assert cursor is not None
    assert COUNTY in cursor


def test_a_file_still_being_written_waits_and_then_starts_one_run(county: Home) -> None:
    _, cursor = _look(county)
    file = next((county.inbox).rglob("*死亡*"))
    os.utime(file)
    waiting, _ = _look(county, cursor)
    assert isinstance(waiting, dg.SkipReason)
    assert COUNTY in str(waiting.skip_message)
    later = file.stat().st_mtime - county.settings.settle_seconds - 1
    os.utime(file, (later, later))
    asked, _ = _look(county, cursor)
    assert isinstance(asked, dg.SensorResult)
    assert asked.run_requests is not None
    (request,) = asked.run_requests
    assert request.partition_key is not None
    assert COUNTY in str(request.partition_key)
    same, _ = _look(county, asked.cursor)
    assert isinstance(same, dg.SkipReason)
