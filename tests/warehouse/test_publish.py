"""Publishing: what is kept, what is replaced, what stops it, who may read it."""

import datetime as dt
import os
import stat
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines import frames
from pipelines.contracts import Contracts
from pipelines.home import Home
from pipelines.warehouse import publish as publishing
from pipelines.warehouse.audit import AuditError
from pipelines.warehouse.database import (
    NotPublishedError,
    PublishError,
    current_database,
    open_published,
    publishing_lock,
)
from pipelines.warehouse.history import published_rounds, read_history, read_identities
from pipelines.warehouse.publish import Frames, publish
from tests.warehouse.county import COUNTY, EARLIER, ROUND, county_frames, run, simple_fold

pytestmark = pytest.mark.unit

OTHER = "990113"
LATER = dt.date(2021, 9, 6)


def put(
    home: Home, few: Contracts, round_: dt.date = ROUND, county: str = COUNTY, **changed: object
) -> publishing.Published:
    made = county_frames(few, 40, round_, county)
    return publish(home, county, round_, made | changed, few, simple_fold, run())


def ask(home: Home, query: str) -> list[tuple[object, ...]]:
    with open_published(home) as connection:
        return connection.execute(query).fetchall()


def test_what_a_killed_run_left_is_removed_its_spilled_pages_too(
    home: Home, few: Contracts
) -> None:
    put(home, few)
    work = home.warehouse / ".publishing-killed.duckdb"
    work.write_bytes(b"half")
    spilled = work.with_name(work.name + ".tmp")
    spilled.mkdir()
    (spilled / "duckdb_temp_storage-0.tmp").write_bytes(b"pages")
    put(home, few)
    assert list(home.warehouse.glob(".publishing-*")) == []


def test_record_tables_keep_the_latest_round_and_the_others_all(home: Home, few: Contracts) -> None:
    put(home, few, EARLIER)
    published = put(home, few, ROUND)
    assert published.is_latest
    assert ask(home, "SELECT DISTINCT round FROM roster_population") == [(ROUND,)]
    assert ask(home, "SELECT count(*) FROM roster_population") == [(40,)]
    assert ask(home, "SELECT round, count(*) FROM discrepancies GROUP BY 1 ORDER BY 1") == [
        (EARLIER, 3),
        (ROUND, 3),
    ]
    assert ask(home, "SELECT DISTINCT first_seen, rounds_seen, state FROM discrepancies"
                     f" WHERE round = DATE '{ROUND}'") == [(EARLIER, 2, "open")]  # fmt: skip
    assert published.rows["discrepancies"] == 6
    assert published.rows["cases"] == 3


def test_an_older_round_published_again_leaves_the_records_of_the_newer(
    home: Home, few: Contracts
) -> None:
    put(home, few, EARLIER)
    put(home, few, ROUND)
    again = county_frames(few, 40, EARLIER, doubtful=5)
    published = publish(home, COUNTY, EARLIER, again, few, simple_fold, run("again"))
    assert not published.is_latest
    assert "最新一期不变" in published.notes[0]
    assert ask(home, "SELECT DISTINCT round FROM roster_population") == [(ROUND,)]
    assert ask(home, "SELECT DISTINCT round FROM links") == [(ROUND,)]
    assert ask(home, "SELECT round, count(*) FROM discrepancies GROUP BY 1 ORDER BY 1") == [
        (EARLIER, 5),
        (ROUND, 3),
    ]
    assert ask(home, "SELECT round, run_id FROM runs ORDER BY 1") == [
        (EARLIER, "again"),
        (ROUND, "r1"),
    ]
    assert ask(home, "SELECT state, count(*) FROM cases GROUP BY 1 ORDER BY 1") == [
        ("closed", 2),
        ("open", 3),
    ]


def test_an_older_round_is_audited_against_its_own_records(home: Home, few: Contracts) -> None:
    put(home, few, ROUND)
    made = county_frames(few, 40, EARLIER)
    lost = made["roster_population"].tail(39)
    with pytest.raises(AuditError, match="采用的行没有全部成为记录"):
        publish(home, COUNTY, EARLIER, made | {"roster_population": lost}, few, simple_fold, run())
    assert published_rounds(home, COUNTY) == [ROUND]


def test_counties_do_not_touch_each_other(home: Home, few: Contracts) -> None:
    put(home, few, ROUND)
    put(home, few, ROUND, OTHER)
    put(home, few, LATER, OTHER)
    assert ask(home, "SELECT county, round, count(*) FROM persons GROUP BY ALL ORDER BY ALL") == [
        (COUNTY, ROUND, 40),
        (OTHER, LATER, 40),
    ]
    assert ask(home, "SELECT county, count(*) FROM runs GROUP BY 1 ORDER BY 1") == [
        (COUNTY, 1),
        (OTHER, 2),
    ]


def test_only_subjects_ever_flagged_are_kept(home: Home, few: Contracts) -> None:
    made = put(home, few, EARLIER)
    assert made.rows["subjects"] == 3
    calm = county_frames(few, 40, ROUND, doubtful=1)
    publish(home, COUNTY, ROUND, calm, few, simple_fold, run())
    assert ask(home, f"SELECT state, count(*) FROM subjects WHERE round = DATE '{ROUND}'"
                     " GROUP BY 1 ORDER BY 1") == [("agree", 2), ("not_found", 1)]  # fmt: skip


def test_a_new_column_and_a_new_dataset_reach_counties_published_before(
    home: Home, few: Contracts, contracts: Contracts
) -> None:
    coverage = few["insurance.coverage"]
    before = Contracts(
        [
            coverage.model_copy(
                update={"columns": {k: v for k, v in coverage.columns.items() if k != "place"}}
            ),
            few["roster.population"],
        ]
    )
    put(home, before, ROUND, OTHER)
    assert "place" not in {n for (n,) in ask(home, "SELECT column_name FROM columns"
                           " WHERE table_name = 'insurance_coverage'")}  # fmt: skip
    wider = Contracts([*few.values(), contracts["health.deaths"]])
    published = put(home, wider, ROUND, COUNTY)
    assert published.notes == []
    assert ask(home, "SELECT county, count(*), count(place) FROM insurance_coverage"
                     " GROUP BY 1 ORDER BY 1") == [(COUNTY, 40, 0), (OTHER, 40, 0)]  # fmt: skip
    assert ask(home, "SELECT county, count(*) FROM health_deaths GROUP BY 1") == [(COUNTY, 40)]


def test_a_dataset_no_longer_declared_goes_with_its_last_county(home: Home, few: Contracts) -> None:
    fewer = Contracts([c for c in few.values() if c.dataset != "finance.fund_progress"])
    put(home, few, ROUND, OTHER)
    put(home, few, ROUND, COUNTY)
    kept = put(home, fewer, LATER, COUNTY)
    assert "finance_fund_progress" in kept.notes[0]
    assert ask(home, "SELECT DISTINCT county FROM finance_fund_progress") == [(OTHER,)]
    put(home, fewer, LATER, OTHER)
    assert ask(home, "SELECT * FROM columns WHERE table_name = 'finance_fund_progress'") == []
    with pytest.raises(duckdb.CatalogException):
        ask(home, "SELECT * FROM finance_fund_progress")


def test_values_that_do_not_fit_a_new_type_are_reported(home: Home, few: Contracts) -> None:
    coverage = few["insurance.coverage"]
    as_text = coverage.columns["year"].model_copy(
        update={"type": type(coverage.columns["year"].type).TEXT}
    )
    before = Contracts(
        [
            coverage.model_copy(update={"columns": {**coverage.columns, "year": as_text}}),
            *(c for c in few.values() if c is not coverage),
        ]
    )
    made = county_frames(before, 40, ROUND, OTHER)
    made["insurance_coverage"] = made["insurance_coverage"].with_columns(year=pl.lit("去年"))
    publish(home, OTHER, ROUND, made, before, simple_fold, run())
    notes = put(home, few, ROUND, COUNTY).notes
    assert len(notes) == 1
    assert "列 year 由 VARCHAR 改为 INTEGER，其他县有 40 个旧值不能转换而为空" in notes[0]


def broken(made: Frames) -> list[dict[str, tuple[pl.DataFrame, list[str]]]]:
    """Ways to contradict oneself, as many at once as can be, and what the audit says of each."""
    rows, links, files = made["roster_population"], made["links"], made["source_files"]
    compared, villages = made["comparisons"], made["villages"]
    one = pl.lit(1, pl.Int64)
    wrong_row = made["discrepancies"].with_columns(left_row_number=pl.lit(9999, pl.Int64))
    return [
        {
            "roster_population": (rows.tail(39), ["采用的行没有全部成为记录"]),
            "raw_rows": (made["raw_rows"].tail(3), ["记录没有原始行"]),
            "discrepancies": (wrong_row, ["疑点所指的行不在"]),
            "links": (
                links.with_columns(person_id=pl.lit("P999999")),
                ["关联所指的人不在名册中", "与 links 表不一致", "关联所指的记录不存在"],
            ),
            "comparisons": (compared.with_columns(agree=one), ["四种状态之和"]),
            "rules": (made["rules"].clear(), ["规则不在规则表中"]),
            "villages": (pl.concat([villages, villages]), ["主键（county, village_code）重复"]),
            "households": (made["households"].tail(1), ["人所在的户不在户表中"]),
        },
        {
            "source_files": (files.with_columns(rows_read=pl.col("rows_read") + 1), ["读到行数"]),
            "comparisons": (
                compared.with_columns(not_found=one, agree=pl.col("agree") + 2),
                ["疑点多于比对结果"],
            ),
        },
        {
            "source_files": (
                files.with_columns(rows_read=pl.col("rows_read") + 1, rows_set_aside=one),
                ["应为 quarantine 中整行搁置的行数"],
            )
        },
        {"source_files": (files.tail(2), ["记录不属于任何采用的文件"])},
    ]


def test_the_audit_stops_what_contradicts_itself(home: Home, few: Contracts) -> None:
    put(home, few, EARLIER)
    before = home.database.read_bytes()
    made = county_frames(few, 40, ROUND)
    for wrong in broken(made):
        changed = {name: frame for name, (frame, _) in wrong.items()}
        with pytest.raises(AuditError) as stopped:
            publish(home, COUNTY, ROUND, made | changed, few, simple_fold, run())
        said = "\n".join(stopped.value.failures)
        assert [s for _, words in wrong.values() for s in words if s not in said] == []
    assert home.database.read_bytes() == before
    assert {p.name for p in home.warehouse.iterdir()} <= {"bidui.duckdb", ".lock"}


def test_a_ledger_that_loses_discrepancies_is_not_published(home: Home, few: Contracts) -> None:
    def forgetful(county: str, rounds: Frames) -> Frames:
        folded = simple_fold(county, rounds)
        return {**folded, "discrepancies": folded["discrepancies"].head(1)}

    with pytest.raises(PublishError, match="台账改变了疑点的条数"):
        publish(home, COUNTY, ROUND, county_frames(few, 40), few, forgetful, run())
    with pytest.raises(NotPublishedError):
        current_database(home)


def test_frames_must_be_as_declared(home: Home, few: Contracts) -> None:
    made = county_frames(few, 40)
    with pytest.raises(PublishError, match="缺少表 links"):
        publish(home, COUNTY, ROUND, {k: v for k, v in made.items() if k != "links"}, few,
                simple_fold, run())  # fmt: skip
    with pytest.raises(PublishError, match="多出 surplus"):
        put(home, few, links=made["links"].with_columns(surplus=1))
    with pytest.raises(PublishError, match="不属于 990112"):
        put(home, few, coverage=made["coverage"].with_columns(county=pl.lit(OTHER)))
    with pytest.raises(PublishError, match="没有声明的表不能发布：extra"):
        put(home, few, extra=made["links"])
    with pytest.raises(PublishError, match="表 links 的列类型与声明不符"):
        put(home, few, links=made["links"].with_columns(row_number=pl.lit("三")))
    assert list(home.warehouse.glob(".publishing-*")) == []


def test_what_waits_to_be_read_in_is_for_owner_and_group_only(
    home: Home, few: Contracts, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, modes = publishing.write, set()

    def seen(frame: pl.LazyFrame, path: str) -> None:
        write(frame, path)
        modes.add(stat.S_IMODE(Path(path).stat().st_mode))

    monkeypatch.setattr(publishing, "write", seen)
    before = os.umask(0)
    try:
        put(home, few)
    finally:
        os.umask(before)
    assert modes == {0o640}


def test_tables_to_be_read_are_published_as_those_at_hand(
    home: Home, few: Contracts, tmp_path: Path
) -> None:
    made = county_frames(few, 40)
    put(home, few)
    of_rows = {name: f"SELECT * FROM {name}" for name in (*made, "columns", "codes")}
    at_hand = {name: ask(home, query) for name, query in of_rows.items()}
    for name, frame in made.items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
    scanned = {name: pl.scan_parquet(tmp_path / f"{name}.parquet") for name in made}
    put(home, few, **scanned)
    assert {name: ask(home, query) for name, query in of_rows.items()} == at_hand


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_owner_and_group_only_whatever_the_umask(home: Home, few: Contracts, umask: int) -> None:
    before = os.umask(umask)
    try:
        put(home, few)
    finally:
        os.umask(before)
    modes = {p: stat.S_IMODE(p.stat().st_mode) for p in [home.path, *home.path.rglob("*")]}
    assert {mode for p, mode in modes.items() if p.is_dir()} == {0o750}
    assert {mode for p, mode in modes.items() if p.is_file()} == {0o640}


def test_where_an_open_file_cannot_be_replaced_a_pointer_names_the_new_one(
    home: Home, few: Contracts, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(home, few, EARLIER)
    replace = Path.replace

    def as_on_windows(self: Path, target: Path) -> Path:
        if target == home.database:
            raise PermissionError(13, "in use")
        return replace(self, target)

    with open_published(home) as reader:
        monkeypatch.setattr(Path, "replace", as_on_windows)
        beside = put(home, few, ROUND).path
        assert reader.execute("SELECT max(round) FROM runs").fetchall() == [(EARLIER,)]
    assert beside != home.database
    assert current_database(home) == beside
    assert (home.warehouse / "current.txt").read_text() == beside.name + "\n"
    assert published_rounds(home, COUNTY) == [EARLIER, ROUND]
    third = put(home, few, LATER).path
    assert current_database(home) == third
    monkeypatch.undo()
    put(home, few, LATER, OTHER)
    assert current_database(home) == home.database
    assert published_rounds(home, COUNTY) == [EARLIER, ROUND, LATER]
    put(home, few, LATER, OTHER)
    assert [p.name for p in home.warehouse.glob("bidui-*")] == []


def test_a_log_that_somebody_left_is_not_replayed_into_the_new_file(
    home: Home, few: Contracts
) -> None:
    put(home, few, EARLIER)
    analyst = duckdb.connect(str(home.database))
    analyst.execute("PRAGMA disable_checkpoint_on_shutdown")
    analyst.execute("CREATE TABLE mine AS SELECT 1 AS a")
    analyst.close()
    assert home.database.with_name("bidui.duckdb.wal").exists()
    put(home, few, ROUND)
    assert published_rounds(home, COUNTY) == [EARLIER, ROUND]
    assert ask(home, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'mine'") == [(0,)]


def test_waiting_for_the_lock_ends_with_a_sentence(home: Home) -> None:
    with (
        publishing_lock(home),
        pytest.raises(PublishError, match="另一个运行仍在发布"),
        publishing_lock(home, timeout=0.1),
    ):
        pass


def test_publishing_again_gives_the_same_content_and_does_not_grow(
    home: Home, few: Contracts
) -> None:
    def content() -> list[object]:
        tables = [n for (n,) in ask(home, "SELECT table_name FROM duckdb_tables() ORDER BY 1")]
        return [
            ask(home, f"SELECT count(*), bit_xor(hash(t)) FROM {name} t")
            for name in tables
            if name != "runs"
        ]

    put(home, few)
    put(home, few)
    first, size = content(), home.database.stat().st_size
    for _ in range(2):
        put(home, few)
    assert content() == first
    assert home.database.stat().st_size <= 1.5 * size


def test_history_is_what_was_published_before(home: Home, few: Contracts) -> None:
    assert read_history(home, COUNTY, ROUND).rounds == []
    assert read_history(home, COUNTY, ROUND).coverage.is_empty()
    put(home, few, EARLIER)
    put(home, few, ROUND)
    history = read_history(home, COUNTY, ROUND)
    assert history.rounds == [EARLIER]
    assert history.discrepancies.height == 3
    assert history.village_status["round"].unique().to_list() == [EARLIER]
    assert history.source_files.height == len(few)
    assert read_history(home, OTHER, ROUND).rounds == []


def lines(*known: tuple[str, str]) -> pl.DataFrame:
    """The register's lines of a round: person and ID number."""
    return frames.conform(
        pl.DataFrame(known, schema=["person_id", "id_number"], orient="row"), frames.IDENTITIES
    )


def test_the_register_of_persons_is_read_as_of_the_rounds_before(
    home: Home, few: Contracts
) -> None:
    assert read_identities(home, COUNTY, ROUND).is_empty()
    put(home, few, EARLIER, identities=lines(("P0", "a"), ("P0-10", "a"), ("P0-2", "a")))
    put(home, few, ROUND, identities=lines(("P0", "b")))
    put(home, few, ROUND, OTHER, identities=lines(("P9", "z")))

    def known(before: dt.date, county: str = COUNTY) -> list[tuple[object, ...]]:
        return read_identities(home, county, before).select("person_id", "id_number").rows()

    assert known(EARLIER) == []
    assert known(ROUND) == [("P0", "a"), ("P0-2", "a"), ("P0-10", "a")]
    assert known(LATER)[0] == ("P0", "b")
    assert known(LATER, OTHER) == [("P9", "z")]


def test_later_rounds_keep_what_they_know_the_people_of_their_cases_by(
    home: Home, few: Contracts
) -> None:
    # P0 to P2 have cases; P30 has none.
    before = lines(("P0", "a"), ("P1", "b"), ("P30", "c"))
    put(home, few, EARLIER, identities=before)
    put(home, few, ROUND, identities=lines(("P1", "d")))
    put(home, few, LATER)
    put(home, few, EARLIER, identities=lines(("Q0", "a"), ("P1", "b"), ("Q30", "c")))
    register = "SELECT round, person_id, id_number FROM identities ORDER BY ALL"
    assert ask(home, register) == [
        (EARLIER, "P1", "b"),
        (EARLIER, "Q0", "a"),
        (EARLIER, "Q30", "c"),
        (ROUND, "P0", "a"),
        (ROUND, "P1", "d"),
    ]
    # The next round knows them by what the round nearest to it says.
    nearest = read_identities(home, COUNTY, dt.date(2021, 9, 13)).filter(id_number="a")
    assert nearest["person_id"].to_list() == ["P0", "Q0"]
    # In order again, the older files count to the end.
    put(home, few, ROUND, identities=lines(("P1", "d")))
    put(home, few, LATER)
    assert [line for line in ask(home, register) if line[1] == "P0"] == []


def test_the_real_ledger_follows_a_case_through_the_rounds(home: Home, few: Contracts) -> None:
    from pipelines.casework.ledger import fold

    for round_, doubtful in [(EARLIER, 3), (ROUND, 1), (LATER, 3)]:
        made = county_frames(few, 40, round_, doubtful=doubtful)
        publish(home, COUNTY, round_, made, few, fold, run())
    assert ask(home, "SELECT round, state, count(*) FROM discrepancies GROUP BY ALL"
                     " ORDER BY ALL") == [
        (EARLIER, "new", 3),
        (ROUND, "open", 1),
        (LATER, "open", 1),
        (LATER, "reopened", 2),
    ]  # fmt: skip
    assert ask(home, "SELECT case_id, state FROM cases ORDER BY 1") == [
        (f"{COUNTY}-INS-01-P{n}", "open") for n in range(3)
    ]
    assert ask(home, "SELECT count(*) FROM changes WHERE round = DATE '2021-09-06'") != [(0,)]
