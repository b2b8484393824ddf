"""One file truncated, one encrypted, one with an unknown header, one empty: the others' results are
complete, each bad one is named with what to do, and the exit status is 3."""

import io
import shutil
import struct
import zipfile
from pathlib import Path

import duckdb
import pytest
from xlwt.CompoundDoc import XlsDoc

from pipelines.home import Home
from tests.conftest import run_bidui
from tests.integration.conftest import ROUND, TINY, WriteSheet, id_number

pytestmark = pytest.mark.integration


def _encrypted(path: Path) -> None:
    """An OLE container whose stream is named as Excel names that of a workbook with a password.

    xlwt writes the container; its stream ``Workbook`` is renamed in the directory entry (64 bytes
    of UTF-16 name, then the name's length with its closing zero).
    """
    XlsDoc().save(str(path), b"\x00" * 8192)
    content = path.read_bytes()
    old = "Workbook".encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 18)
    new = "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 34)
    assert content.count(old) == 1
    path.write_bytes(content.replace(old, new))


@pytest.fixture
def county(tiny: Home, write_sheet: WriteSheet) -> Home:
    inbox = tiny.inbox / f"{TINY}小县"
    header = ["姓名", "身份证号", "死亡日期", "户籍地址"]
    good = write_sheet(
        inbox / "卫健局" / "死亡名单20210820.xlsx",
        header,
        [("王建国", id_number("19800115", 1), "2021-08-01", "清溪镇东河村")],
    )
    (inbox / "卫健局" / "截断的死亡名单20210821.xlsx").write_bytes(good.read_bytes()[:3000])
    _encrypted(inbox / "卫健局" / "加密的大病名单20210821.xlsx")
    write_sheet(
        inbox / "卫健局" / "不认识的表20210821.xlsx",
        ["甲栏", "乙栏", "丙栏"],
        [("1", "2", "3"), ("4", "5", "6")],
    )
    (inbox / "卫健局" / "空文件20210821.xlsx").write_bytes(b"")
    return tiny


def test_each_is_named_the_rest_is_complete_and_the_status_is_3(county: Home) -> None:
    done = run_bidui("run", "--county", TINY, "--round", ROUND, home=county.path)
    assert done.returncode == 3, done.stderr
    for name in ("截断的死亡名单", "加密的大病名单", "不认识的表", "空文件"):
        line = next((li for li in done.stderr.splitlines() if name in li), "")
        assert line, f"{name} is not named in: {done.stderr}"
        assert "请" in line, f"what to do is not said in: {line}"
    with duckdb.connect(str(county.database), read_only=True) as db:
        states = dict(
            db.sql("SELECT split_part(path, '/', 3), status FROM source_files").fetchall()
        )
        assert states["死亡名单20210820.xlsx"] == "used"
        assert states["截断的死亡名单20210821.xlsx"] == "refused"
        assert states["加密的大病名单20210821.xlsx"] == "refused"
        assert states["空文件20210821.xlsx"] == "refused"
        assert states["不认识的表20210821.xlsx"] == "unrecognised"
        assert db.sql(
            "SELECT rows_read, rows_accepted, rows_set_aside, rows_not_data FROM source_files"
            " WHERE path LIKE '%不认识的表%'"
        ).fetchone() == (3, 0, 3, 0)
        assert (
            db.sql(
                "SELECT path FROM source_files WHERE status = 'refused' AND rows_read IS NOT NULL"
            ).fetchall()
            == []
        )
        assert db.sql("SELECT count(*) FROM health_deaths").fetchone() == (1,)
        assert db.sql("SELECT count(*) FROM persons").fetchone() == (30,)


def test_a_zip_with_one_bad_member_keeps_the_good_one(tiny: Home, write_sheet: WriteSheet) -> None:
    folder = tiny.inbox / f"{TINY}小县" / "卫健局"
    good = write_sheet(
        folder / "死亡名单.xlsx",
        ["姓名", "身份证号", "死亡日期"],
        [("王建国", id_number("19800115", 1), "2021-08-01")],
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(good, "死亡名单20210820.xlsx")
        archive.writestr("坏的20210820.xlsx", b"not a workbook at all")
    good.unlink()
    (folder / "打包20210820.zip").write_bytes(packed.getvalue())
    done = run_bidui("run", "--county", TINY, "--round", ROUND, home=tiny.path)
    assert done.returncode == 3, done.stderr
    assert "坏的20210820.xlsx" in done.stderr
    with duckdb.connect(str(tiny.database), read_only=True) as db:
        assert db.sql("SELECT path FROM health_deaths").fetchone() == (
            f"{TINY}小县/卫健局/打包20210820.zip!/死亡名单20210820.xlsx",
        )


def test_nothing_is_published_when_the_roster_is_missing_and_the_old_file_stays(
    tiny: Home,
) -> None:
    first = run_bidui("run", "--county", TINY, "--round", ROUND, home=tiny.path)
    assert first.returncode == 0, first.stderr
    before = tiny.database.read_bytes()
    shutil.rmtree(tiny.inbox / f"{TINY}小县" / "名册")
    second = run_bidui("run", "--county", TINY, "--round", "2021-09-06", home=tiny.path)
    assert second.returncode == 1
    assert "名册" in second.stderr
    assert tiny.database.read_bytes() == before
