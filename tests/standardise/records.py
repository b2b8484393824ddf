"""Records as intake gives them, from plain dictionaries."""

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import polars as pl

from pipelines import frames
from pipelines.contracts import Contract, Contracts, load_contracts
from pipelines.home import SHIPPED
from pipelines.standardise.divisions import Divisions, build_divisions
from pipelines.standardise.id_number import check_character
from pipelines.standardise.standardise import Clean, standardise

AS_OF = dt.date(2021, 8, 30)


@cache
def contracts() -> Contracts:
    return load_contracts([SHIPPED])


def records(contract: Contract, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    schema = dict(frames.intake_schema(contract))
    full = [
        {
            "record_id": f"f0-0-{i}",
            "file_id": "f0",
            "path": "某县/某部门/名单.xlsx",
            "sheet": "Sheet1",
            "row_number": i,
            "as_of": AS_OF,
            **row,
        }
        for i, row in enumerate(rows, start=2)
    ]
    return pl.DataFrame([{k: row.get(k) for k in schema} for row in full], schema=schema)


def clean(
    dataset: str,
    rows: Iterable[Mapping[str, Any]],
    divisions: Divisions | None = None,
    units: Mapping[str, str] | None = None,
) -> Clean:
    contract = contracts()[dataset]
    return standardise(records(contract, rows), contract, divisions, units)


def with_check(body: str) -> str:
    """The 18-character number of seventeen digits."""
    return body + check_character(pl.Series([body])).item()


VILLAGES = (
    {"village_code": "990112100001", "village": "王堂村", "township": "大石镇",
     "former_names": "王唐村、老王堂村"},
    {"village_code": "990112100002", "village": "李庄村", "township": "大石镇"},
    {"village_code": "990112100003", "village": "王堂庄村", "township": "大石镇"},
    {"village_code": "990112101001", "village": "李庄村", "township": "吴家店乡"},
    {"village_code": "990112101002", "village": "河湾社区", "township": "吴家店乡"},
    {"village_code": "990112102001", "village": "孙家庄村", "township": "城关街道办事处"},
)  # fmt: skip


@cache
def county() -> Divisions:
    rows = [{"county_name": "晴川县", **row} for row in VILLAGES]
    return build_divisions(clean("roster.villages", rows).frame)
