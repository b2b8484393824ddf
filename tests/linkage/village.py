"""A village small enough to check by eye, and how its lists are linked to it."""

import datetime as dt
from typing import Any

import polars as pl

from pipelines.linkage.link import Linked, link_dataset
from pipelines.linkage.population import Population
from tests.linkage.county import CONTRACTS, clean, number

A, B = "990112101201", "990112101202"
BIRTH = {
    "王建国": "19560312", "李秀英": "19580704", "王小明": "20120515", "王晓燕": "20140920",
    "赵大勇": "19700101", "钱桂兰": "19720808", "单雄信": "19660606", "买买提·艾力": "19800303",
    "孙宝": "20210701", "孙强": "19930405", "周芳": "19940506",
}  # fmt: skip


def person(name: str, home: str, village: str = A, sex: str = "男", **more: Any) -> dict[str, Any]:
    birth = more.pop("birth", None) or BIRTH[name]
    sequence = more.pop("sequence", 11 if sex == "男" else 12)
    return {
        "household_id": home,
        "name": name,
        "id_number": number(birth, sequence),
        "sex": sex,
        "birth_date": dt.datetime.strptime(birth, "%Y%m%d").replace(tzinfo=dt.UTC).date(),
        "village_code": village,
        **more,
    }


ROWS = [
    person("王建国", "H1", relation="户主", head_name="王建国", phone="13900000001"),
    person("李秀英", "H1", sex="女", relation="配偶", head_name="王建国"),
    person("王小明", "H1", relation="孙子", head_name="王建国"),
    person("王晓燕", "H1", sex="女", relation="孙女", head_name="王建国"),
    person("赵大勇", "H2", relation="户主", head_name="赵大勇", phone="13900000002"),
    person("钱桂兰", "H2", sex="女", relation="配偶", head_name="赵大勇"),
    person("单雄信", "H3", village=B, relation="户主", head_name="单雄信"),
    person("买买提·艾力", "H4", village=B, relation="户主", head_name="买买提·艾力"),
    person("孙强", "H5", relation="户主", head_name="孙强"),
    person("周芳", "H5", sex="女", relation="配偶", head_name="孙强"),
    person("孙宝", "H5", relation="之子", head_name="孙强"),
    # Two women of one name in one village.
    person("王秀英", "H6", sex="女", birth="19500101", head_name="陈老三"),
    person("王秀英", "H7", sex="女", birth="19650202", head_name="王秀英"),
]


def link(village: Population, dataset: str, *rows: dict[str, Any], **more: Any) -> Linked:
    contract = CONTRACTS[dataset]
    return link_dataset(clean(contract, list(rows)), contract, village, **more)


def only(linked: Linked) -> dict[str, Any]:
    assert linked.links.height == 1
    return linked.told().collect().row(0, named=True)


def id_of(name: str) -> str:
    return next(r["id_number"] for r in ROWS if r["name"] == name)


def person_id(village: Population, name: str, home: str | None = None) -> str:
    found = village.persons.filter(pl.col("name") == name)
    if home is not None:
        found = found.filter(pl.col("household_id") == home)
    return str(found["person_id"].item())
