"""Clean frames for linkage tests: by hand, row by row, and a small random county with its truth."""

import datetime as dt
from typing import Any

import numpy as np
import polars as pl

from pipelines import frames
from pipelines.contracts import Contract, load_contracts
from pipelines.home import SHIPPED
from pipelines.linkage.population import Population, build_population

CONTRACTS = load_contracts((SHIPPED,))
ROSTER = CONTRACTS["roster.population"]
AS_OF = dt.date(2021, 8, 30)

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def number(birth: str, sequence: int) -> str:
    """Give a valid ID number of the fictional district 990112."""
    body = f"990112{birth}{sequence:03d}"
    total = sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def clean(contract: Contract, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Give a clean frame of rows, lineage and keys filled in."""
    filled = []
    for n, row in enumerate(rows, start=1):
        full = {
            "record_id": f"f{contract.dataset}-0-{n:06d}",
            "file_id": f"f{contract.dataset}",
            "path": f"990112/{contract.department}/名单.xlsx",
            "sheet": "Sheet1",
            "row_number": n,
            "as_of": AS_OF,
            **row,
        }
        for name in ("name", "head_name", "guardian_name"):
            if full.get(name) is not None:
                full.setdefault(f"{name}_key", full[name].replace("·", ""))
        if full.get("birth_date") is not None:
            full.setdefault("birth_date_precision", "day")
        if full.get("village_code"):
            full.setdefault("township_code", full["village_code"][:9])
        filled.append(full)
    columns = frames.clean_schema(contract)
    data = {c: [r.get(c) for r in filled] for c in columns}
    return pl.DataFrame(data, schema=dict(columns))


def population(rows: list[dict[str, Any]]) -> Population:
    """Give the population of hand-written roster rows."""
    return build_population(clean(ROSTER, rows))


def frame_of(contract: Contract, columns: dict[str, Any], size: int) -> pl.DataFrame:
    """Give a clean frame of whole columns; for the random county."""
    base = pl.DataFrame(columns).with_columns(
        record_id=pl.format("f{}-0-{}", pl.lit(contract.dataset), pl.int_range(size)),
        file_id=pl.lit("f"),
        path=pl.lit(f"990112/{contract.department}/名单.xlsx"),
        sheet=pl.lit("Sheet1"),
        row_number=pl.int_range(1, size + 1),
        as_of=pl.lit(AS_OF),
    )
    return frames.conform(base, frames.clean_schema(contract))


_SURNAMES = list("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余")
_GIVEN = list(
    "国建秀英桂兰明华伟芳娜敏静丽强磊军洋勇艳杰娟涛超霞平刚玲梅红玉珍凤荣海波文斌辉鹏飞宇浩婷雪琳晓小春生"
    "志永庆德福贵成林森元正义仁忠信学东南西北云龙虎山江河湖石松柏竹菊莲花香翠莉萍燕"
)


def random_population(persons: int, seed: int) -> pl.DataFrame:
    """Give a clean ``roster.population`` of about `persons` rows, with column ``n`` as truth."""
    rng = np.random.default_rng(seed)
    homes = persons // 3
    sizes = rng.choice([1, 2, 3, 4, 5, 6], homes, p=[0.15, 0.2, 0.25, 0.25, 0.1, 0.05])
    home = np.repeat(np.arange(homes), sizes)
    n = len(home)
    first = np.concatenate([[True], home[1:] != home[:-1]])
    weights = 1.0 / (np.arange(len(_SURNAMES)) + 2)
    weights /= weights.sum()
    villages = max(persons // 900, 3)
    village = rng.integers(0, villages, homes)[home]
    clan = rng.choice(len(_SURNAMES), villages, p=weights)
    surname_home = np.where(
        rng.random(homes) < 0.3,
        clan[rng.integers(0, villages, homes)],
        rng.choice(len(_SURNAMES), homes, p=weights),
    )
    keeps = (rng.random(n) < 0.7) | first
    surname = np.where(keeps, surname_home[home], rng.choice(len(_SURNAMES), n, p=weights))
    given_weights = 1.0 / (np.arange(len(_GIVEN)) + 8)
    given_weights /= given_weights.sum()
    one = rng.choice(len(_GIVEN), n, p=given_weights)
    two = rng.choice(len(_GIVEN), n, p=given_weights)
    short = rng.random(n) < 0.2
    names = [
        _SURNAMES[s] + _GIVEN[a] + ("" if k else _GIVEN[b])
        for s, a, b, k in zip(surname, one, two, short, strict=True)
    ]
    birth = [dt.date(1935, 1, 1) + dt.timedelta(days=int(d)) for d in rng.integers(0, 31000, n)]
    sex = np.where(rng.random(n) < 0.5, "男", "女")
    sequence = rng.integers(0, 499, n) * 2 + (sex == "男")
    ids = [number(f"{b:%Y%m%d}", int(s)) for b, s in zip(birth, sequence, strict=True)]
    has_id = rng.random(n) > 0.03
    phone = np.char.add("139", np.char.zfill(rng.integers(0, 10**8, homes).astype(str), 8))[home]
    codes = [f"990112{101 + v % 12:03d}{200 + v:03d}" for v in village]
    heads = np.array(names)[np.flatnonzero(first)][home]
    columns = {
        "n": np.arange(n),
        "household_id": [f"H{h:07d}" for h in home],
        "name": names,
        "name_key": names,
        "id_number": [i if h else None for i, h in zip(ids, has_id, strict=True)],
        "true_id": ids,
        "sex": sex.tolist(),
        "birth_date": birth,
        "birth_date_precision": ["day"] * n,
        "relation": np.where(first, "户主", "其他").tolist(),
        "head_name": heads.tolist(),
        "village_code": codes,
        "township_code": [c[:9] for c in codes],
        "phone": phone.tolist(),
    }
    return pl.DataFrame(columns)


def random_list(
    people: pl.DataFrame, contract: Contract, share: float, seed: int
) -> tuple[pl.DataFrame, pl.Series]:
    """Give a damaged list of a share of the people, and whom each row is (``n``)."""
    rng = np.random.default_rng(seed)
    chosen = people.filter(pl.Series(rng.random(people.height) < share)).sample(
        fraction=1.0, shuffle=True, seed=seed
    )
    size = chosen.height
    kind = rng.random(size)
    ids = chosen["true_id"].to_list()
    good, hints = [], []
    for i, k in zip(ids, kind, strict=True):
        place = int(rng.integers(6, 18))
        wrong = i[:place] + ("1" if i[place] != "1" else "2") + i[place + 1 :]
        good.append(i if k < 0.85 else None)
        hints.append(
            None
            if k < 0.85 or k >= 0.95
            else i[:6] + "????????" + i[14:]
            if k < 0.88
            else i[:15] + "???"
            if k < 0.91
            else wrong
        )
    names = [
        (v if r > 0.03 else v[0] + "晓" + v[2:])
        for v, r in zip(chosen["name"], rng.random(size), strict=True)
    ]
    columns = {
        "name": names,
        "name_key": names,
        "id_number": good,
        "id_number_hint": hints,
        "sex": chosen["sex"],
        "head_name": chosen["head_name"],
        "head_name_key": chosen["head_name"],
        "village_code": [
            v if r > 0.1 else None
            for v, r in zip(chosen["village_code"], rng.random(size), strict=True)
        ],
        "township_code": chosen["township_code"],
    }
    if "birth_date" in contract.columns:
        some = rng.random(size) < 0.5
        columns["birth_date"] = [
            b if s else None for b, s in zip(chosen["birth_date"], some, strict=True)
        ]
        columns["birth_date_precision"] = ["day" if s else None for s in some]
    return frame_of(contract, columns, size), chosen["n"]
