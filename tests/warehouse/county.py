"""A small county's frames, as the stages would hand them over, made whole columns at a time."""

import datetime as dt
import zlib

import polars as pl

from pipelines import frames
from pipelines.contracts import Contract, Contracts, load_contracts
from pipelines.home import SHIPPED
from pipelines.warehouse.publish import Frames, Run
from pipelines.warehouse.tables import RULES, empty_frames

COUNTY = "990112"
ROUND = dt.date(2021, 8, 30)
EARLIER = dt.date(2021, 7, 26)
PEOPLE_IN_A_HOUSEHOLD = 4


def shipped() -> Contracts:
    return load_contracts([SHIPPED])


def tiny() -> Contracts:
    kept = ("roster.population", "insurance.coverage", "finance.fund_progress")
    return Contracts([contract for name, contract in shipped().items() if name in kept])


def run(run_id: str = "r1") -> Run:
    return Run(
        run_id=run_id,
        started_at=dt.datetime(2021, 8, 30, 9, 0, tzinfo=dt.UTC),
        version="0.1.0",
        contracts_hash="c",
        rules_hash="r",
        parameters_hash="p",
        inputs_hash="i",
    )


def people(count: int, county: str = COUNTY) -> pl.DataFrame:
    """`count` residents in households of four, ten households a village."""
    number = pl.int_range(count, dtype=pl.Int64)
    household = number // PEOPLE_IN_A_HOUSEHOLD
    village = household // 10
    day = pl.date(1970, 1, 1) + pl.duration(days=number % 15000)
    return pl.select(
        number=number,
        household=household,
        person_id=pl.format("P{}", number),
        household_id=pl.format("H{}", household),
        name=pl.format("王{}", number),
        id_number=pl.format("{}{}{}", pl.lit(county), day.dt.strftime("%Y%m%d"), pl.lit("1234")),
        birth_date=day,
        village=pl.format("第{}村", village),
        village_code=pl.format(
            "{}{}", pl.lit(county + "101"), village.cast(pl.String).str.zfill(3)
        ),
        township=pl.lit("东河镇"),
        township_code=pl.lit(county + "101"),
    )


def rows_of(contract: Contract, who: pl.DataFrame, as_of: dt.date, county: str) -> pl.DataFrame:
    """One row of `contract`'s list for each of `who`, all in one sheet, all confirmed."""
    file_id = f"{zlib.crc32(contract.dataset.encode()):064d}"
    path = f"{county}/{contract.department}/{contract.dataset}{as_of:%Y%m%d}.xlsx"
    number = pl.int_range(pl.len(), dtype=pl.Int64) + 3
    known = who.with_columns(
        record_id=pl.format("{}-0-{}", pl.lit(f"{contract.table}-{as_of:%m%d}"), number),
        file_id=pl.lit(file_id),
        path=pl.lit(path),
        sheet=pl.lit("Sheet1"),
        row_number=number,
        as_of=pl.lit(as_of),
        head_name=pl.col("name"),
        head_id_number=pl.col("id_number"),
        id_number_text=pl.col("id_number"),
        account=pl.lit("6217000010001234567"),
        link_person=pl.col("person_id"),
        link_household=pl.col("household_id"),
        link_status=pl.lit("confirmed"),
    )
    if contract.grain not in {"person", "household"}:
        nobody = pl.lit(None, pl.String)
        known = known.with_columns(link_person=nobody, link_household=nobody, link_status=nobody)
    return frames.conform(known, {**frames.clean_schema(contract), **frames.LINKED_EXTRA})


def sheet_of(rows: pl.DataFrame, contract: Contract, round_: dt.date, county: str) -> pl.DataFrame:
    """The accounting of the one sheet that `rows_of` made."""
    return frames.conform(
        rows.head(1).select(
            "file_id",
            "path",
            "sheet",
            "as_of",
            county=pl.lit(county),
            round=pl.lit(round_),
            sheet_no=pl.lit(0),
            department=pl.lit(contract.department),
            dataset=pl.lit(contract.dataset),
            as_of_source=pl.lit("name"),
            age_days=(pl.lit(round_) - pl.col("as_of")).dt.total_days(),
            scope=pl.lit([], pl.List(pl.String)),
            used=pl.lit(True),
            rows_read=pl.lit(rows.height + 2),
            rows_not_data=pl.lit(2),
            rows_set_aside=pl.lit(0),
            rows_accepted=pl.lit(rows.height),
            arrived_at=pl.datetime(2021, 8, 28, 12),
            status=pl.lit("used"),
            message=pl.lit("采用"),
        ),
        frames.SHEETS,
    )


def links_of(rows: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    return frames.conform(
        rows.select(
            "record_id",
            "path",
            "sheet",
            "row_number",
            dataset=pl.lit(contract.dataset),
            person_id="link_person",
            household_id="link_household",
            status="link_status",
            method=pl.lit("id_name"),
            probability=pl.lit(1.0),
            evidence=pl.lit("{}"),
        ),
        frames.LINKS,
    )


def discrepancies_of(
    roster: pl.DataFrame, coverage: pl.DataFrame, round_: dt.date, county: str
) -> pl.DataFrame:
    """INS-01: everybody in `roster` is in doubt; `coverage` is the list they are not on."""
    return frames.conform(
        roster.select(
            county=pl.lit(county),
            round=pl.lit(round_),
            case_id=pl.format("{}-INS-01-{}", pl.lit(county), "link_person"),
            rule_id=pl.lit("INS-01"),
            kind=pl.lit("未参保"),
            direction=pl.lit("under_coverage"),
            severity=pl.lit("orange"),
            state_compared=pl.lit("not_found"),
            household_id="link_household",
            person_id="link_person",
            village_code="village_code",
            village="village",
            township="township",
            township_code="township_code",
            left_department=pl.lit("roster"),
            left_dataset=pl.lit("roster.population"),
            left_value=pl.format("身份证号 {}", "id_number"),
            left_as_of="as_of",
            left_path="path",
            left_sheet="sheet",
            left_row_number="row_number",
            right_department=pl.lit("insurance"),
            right_dataset=pl.lit("insurance.coverage"),
            right_as_of=pl.lit(coverage["as_of"].max()),
            explanation=pl.format("{} 在 2021 年参保名单中未见", "name"),
            likely_innocent_reasons=pl.lit("异地参保、职工医保"),
            link_status=pl.lit("confirmed"),
            verify_with=pl.lit("医保局"),
            value_hash=pl.lit("v"),
        ),
        frames.DISCREPANCIES,
    )


def county_frames(
    contracts: Contracts,
    count: int = 80,
    round_: dt.date = ROUND,
    county: str = COUNTY,
    doubtful: int = 3,
) -> dict[str, pl.DataFrame]:
    """Everything a round of a county hands to `publish`: `count` residents, `doubtful` cases."""
    who = people(count, county)
    heads = who.filter(pl.col("number") % PEOPLE_IN_A_HOUSEHOLD == 0)
    as_of = round_ - dt.timedelta(days=5)
    tables = empty_frames(contracts)
    sheets, links, raw = [], [], []
    for contract in contracts.values():
        chosen = {"person": who, "household": heads}.get(contract.grain, who.head(1))
        rows = rows_of(contract, chosen, as_of, county)
        tables[contract.table] = rows
        sheets.append(sheet_of(rows, contract, round_, county))
        raw.append(rows.select("record_id", raw_row=pl.lit('{"姓名": "王某"}')))
        if contract.grain in {"person", "household"}:
            links.append(links_of(rows, contract))
    roster = tables["roster_population"]
    villages = who.group_by("village_code", maintain_order=True).agg(
        pl.first("village", "township", "township_code"), persons=pl.len().cast(pl.Int64)
    )
    found = discrepancies_of(roster.head(doubtful), tables["insurance_coverage"], round_, county)
    return tables | {
        "source_files": pl.concat(sheets),
        "links": pl.concat(links),
        "raw_rows": pl.concat(raw),
        "persons": frames.conform(
            who.join(
                roster.select("link_person", "record_id"),
                left_on="person_id",
                right_on="link_person",
                validate="1:1",
            ).with_columns(status=pl.lit("正常")),
            frames.PERSONS,
        ),
        "households": frames.conform(
            heads.with_columns(
                head_person_id="person_id",
                head_name="name",
                members=pl.lit(PEOPLE_IN_A_HOUSEHOLD),
                household_type=pl.lit("脱贫户"),
            ),
            frames.HOUSEHOLDS,
        ),
        "villages": frames.conform(villages, frames.VILLAGES),
        "discrepancies": found,
        "subjects": frames.conform(
            roster.select(
                county=pl.lit(county),
                round=pl.lit(round_),
                case_id=pl.format("{}-INS-01-{}", pl.lit(county), "link_person"),
                rule_id=pl.lit("INS-01"),
                state=pl.when(pl.int_range(pl.len()) < doubtful)
                .then(pl.lit("not_found"))
                .otherwise(pl.lit("agree")),
                person_id="link_person",
                household_id="link_household",
            ),
            frames.SUBJECTS,
        ),
        "comparisons": _comparisons(county, round_, count, doubtful),
        "rule_runs": frames.conform(
            pl.DataFrame({"rule_id": ["INS-01"], "title": ["未参保"], "ran": [True]}).with_columns(
                county=pl.lit(county), round=pl.lit(round_)
            ),
            frames.RULE_RUNS,
        ),
        "rules": frames.conform(
            pl.DataFrame({"rule_id": ["INS-01"], "title": ["未参保"], "ran": [True]}),
            RULES,
        ),
        "village_status": frames.conform(
            villages.with_columns(
                county=pl.lit(county),
                round=pl.lit(round_),
                blank=pl.lit(False),
                zero_change=pl.lit(False),
                compared=pl.lit(True),
                residents="persons",
            ),
            frames.VILLAGE_STATUS,
        ),
        "coverage": frames.conform(
            villages.select(
                "village_code",
                "township_code",
                county=pl.lit(county),
                round=pl.lit(round_),
                dataset=pl.lit("insurance.coverage"),
                state=pl.lit("ok"),
                as_of=pl.lit(as_of),
            ),
            frames.COVERAGE,
        ),
    }


def _comparisons(county: str, round_: dt.date, count: int, doubtful: int) -> pl.DataFrame:
    return frames.conform(
        pl.DataFrame(
            {
                "rule_id": ["INS-01"],
                "township_code": [county + "101"],
                "subjects": [count],
                "agree": [count - doubtful],
                "disagree": [0],
                "not_found": [doubtful],
                "not_compared": [0],
            }
        ).with_columns(county=pl.lit(county), round=pl.lit(round_)),
        frames.COMPARISONS,
    )


def simple_fold(county: str, rounds: Frames) -> Frames:
    """A ledger as simple as can be: counts rounds, opens a case at its first round."""
    found = rounds["discrepancies"].sort("round")
    seen = found.with_columns(
        first_seen=pl.col("round").min().over("case_id"),
        rounds_seen=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("case_id"),
    ).with_columns(
        state=pl.when(pl.col("rounds_seen") == 1).then(pl.lit("new")).otherwise(pl.lit("open"))
    )
    newest = rounds["runs"]["round"].max()
    cases = (
        seen.group_by("case_id")
        .agg(
            pl.last(
                "rule_id",
                "kind",
                "direction",
                "severity",
                "household_id",
                "person_id",
                "village_code",
                "township",
                "township_code",
                "first_seen",
                "rounds_seen",
            ),
            last_seen=pl.last("round"),
            state=pl.when(pl.last("round") == newest)
            .then(pl.lit("open"))
            .otherwise(pl.lit("closed")),
            opened=pl.first("round"),
        )
        .with_columns(county=pl.lit(county), round=pl.lit(newest))
    )
    events = cases.select(
        "county",
        "case_id",
        round="opened",
        event=pl.lit("opened"),
        happened_on="opened",
        cause=pl.lit("data"),
        explanation=pl.lit("首次出现"),
    )
    return {
        "discrepancies": seen,
        "cases": frames.conform(cases, frames.CASES),
        "case_events": frames.conform(events, frames.CASE_EVENTS),
        "changes": frames.empty(frames.CHANGES),
        "slips": frames.empty(frames.SLIPS),
    }
