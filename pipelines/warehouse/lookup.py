"""Look up one household by ID number or household id: `bidui lookup` (FUN-06).

Every look-up is logged before its page is given (FAIRNESS guarantee 9): when, who, and a keyed hash
of what was asked, so that the log can prove that somebody was looked up without naming anybody.
"""

import datetime as dt
import hashlib
import hmac
import json
import os
import secrets
import unicodedata
from pathlib import Path

import duckdb
from filelock import FileLock

from pipelines.files import private_file, private_folder
from pipelines.home import Home
from pipelines.warehouse.database import open_published
from pipelines.warehouse.household import (
    HouseholdKey,
    household_sections,
    household_title,
    records_of_id,
)
from pipelines.warehouse.masking import mask_id
from pipelines.warehouse.page import Page

_SAFE_NOTE = "仅供核实使用，不得外传；本次查询已记录"


class LookupFailedError(LookupError):
    """Nobody was found, or the key could mean several; the message says what to do (Chinese)."""


def lookup(home: Home, key: str, who: str) -> Page:
    """Give one household's page: members, records, payments, open cases. The look-up is logged.

    Args:
        home: Whose published file.
        key: An ID number (15 or 18 characters) or a household id.
        who: Who asks, for the log.

    Raises:
        LookupFailedError: Nobody was found by this key.
        NotPublishedError: Nothing has been published under this home.
    """
    asked = normalised(key)
    if not asked:
        raise LookupFailedError("请给出身份证号或户编号")
    with open_published(home) as connection:
        found = find(connection, asked)
        page = _page(connection, found) if found else _strangers_page(connection, asked)
    log_lookup(home, asked, who, found)
    if page is None:
        raise LookupFailedError("名册和各部门名单中都没有这个号码；请核对后重试，或改用户编号查询")
    return page


def normalised(key: str) -> str:
    """Give a key as it would stand in the tables: half-width, no spaces, X in capitals."""
    return "".join(unicodedata.normalize("NFKC", key).split()).upper()


def find(connection: duckdb.DuckDBPyConnection, asked: str) -> list[HouseholdKey]:
    """Give the households that a key means; the old 15 digits mean the number they became."""
    rows = connection.execute(
        """SELECT county, household_id FROM households WHERE upper(household_id) = $asked
        UNION SELECT county, household_id FROM persons
        WHERE household_id IS NOT NULL AND (id_number = $asked OR (length($asked) = 15
              AND substr(id_number, 1, 6) || substr(id_number, 9, 9) = $asked))
        ORDER BY ALL""",
        {"asked": asked},
    ).fetchall()
    return [HouseholdKey(county, household) for county, household in rows]


def log_path(home: Home) -> Path:
    """Give the log of look-ups, one JSON object a line."""
    return home.logs / "lookups.jsonl"


def log_lookup(home: Home, asked: str, who: str, found: list[HouseholdKey]) -> None:
    """Append one line to the log; no ID number stands in it."""
    private_folder(home.logs)
    with FileLock(home.logs / ".lookups.lock", mode=0o640):
        entry = {
            "at": dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds"),
            "who": who,
            "key_hash": hmac.new(_secret(home), asked.encode(), hashlib.sha256).hexdigest(),
            "households": [f"{h.county}/{h.household_id}" for h in found],
        }
        line = json.dumps(entry, ensure_ascii=False) + "\n"
        handle = os.open(log_path(home), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        with os.fdopen(handle, "a", encoding="utf-8") as log:
            log.write(line)
        private_file(log_path(home))


def _secret(home: Home) -> bytes:
    """Give the key of the log's hashes: without it, all ID numbers of a county could be tried."""
    path = home.logs / ".lookups.key"
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(32))
        private_file(path)
    return path.read_bytes()


def _page(connection: duckdb.DuckDBPyConnection, found: list[HouseholdKey]) -> Page:
    titles = [household_title(connection, key) for key in found]
    notes = [_SAFE_NOTE]
    if len(found) > 1:
        notes.append(f"这个号码对应 {len(found)} 户，依次列出；请核对是否重复登记")
    sections = [section for key in found for section in household_sections(connection, key)]
    return Page(title="；".join(titles), notes=notes, sections=sections)


def _strangers_page(connection: duckdb.DuckDBPyConnection, asked: str) -> Page | None:
    """Give departments' records of an ID number that is not on the roster; none: no page."""
    sections = records_of_id(connection, asked)
    if not sections:
        return None
    return Page(
        title=f"证件号码 {mask_id(asked)}：不在基础名册中，下列部门名单中有",
        notes=[_SAFE_NOTE, "不在名册中不等于不应享受，请先核对号码"],
        sections=sections,
    )
