"""The codes that stand in published columns and what each means, where a comment cannot hold them.

Every meaning is taken from where the code is declared: the comparison levels, the sentences told to
departments, the contracts. Nothing is said here a second time but the few codes that are no data.
"""

from collections.abc import Iterator

import polars as pl

from pipelines.contracts import Contracts
from pipelines.corrections import source_errors
from pipelines.corrections.apply import CORRECTED_AWAY
from pipelines.frames import Schema
from pipelines.intake.marks import MARKS
from pipelines.linkage import decisions, former, households, keys, levels, results
from pipelines.standardise.doubts import DOUBTS
from pipelines.standardise.reasons import REASONS
from pipelines.standardise.totals import SIZES

CODES: Schema = {
    "county": pl.String,
    "code_of": pl.String,
    "code": pl.String,
    "meaning": pl.String,
}

_METHODS = {
    "roster": "基础名册本身，无须关联",
    decisions.REVIEWED: "人工核定，见 reviewed_by 列",
    keys.NEWBORN_BY_NUMBER: "新生儿：填的是母亲等同户成员的号码，名为某之子、之女，对上户内婴儿",
    keys.NEWBORN_BY_NAME: "新生儿：没有号码，名为某之子、之女，按所写母亲姓名对上户内婴儿",
    households.BY_NUMBER: "按户编号对上的户",
    households.BY_EARLIER_NUMBER: "按以前名册的户编号对上的户：那一户仍在册的人过半在这一户",
    households.BY_HEAD_NAME: "按户主姓名对上的户，全村只有这一户用这个户主名",
    former.BY_NAME: "按姓名对上的户：以前在册、本期已不在的成员，全村只有这一人用过这个姓名",
}
CONFLICTS = {
    results.SPLIT: "名单中同一户的人，在名册中分属两户以上，须核对是分户还是认错了人",
    results.RIVAL: "名单一人一行，而另一行更像是这一行所认的人，须核对这一行是谁",
}
"""How a row may be at odds with others of its list (`frames.LINKS`, ``conflict``)."""
_ROW_REASONS = {
    "sheet_unrecognised": "这张表的表头认不出是哪个名单，整表搁置",
    "repeated_event": "同一笔已在另一文件或另一行报过，只计一次",
    "replaced_by_township": "这个乡镇另报了更新的名单，县级名单中它的行不再采用",
    CORRECTED_AWAY: "按县里的更正整行剔除，见 corrections 表",
    **source_errors.REASONS,
}
_ID_STATUSES = {
    "valid": "18位号码，校验通过，可用",
    "upgraded15": "15位旧号，已补成18位，可用",
    "repaired_glyph": "全角、字母O等写法已改正，校验通过，可用",
    "certificate": "从残疾证号中取出的18位号码，可用",
    "pupil_number": "从学籍号中取出的18位号码，可用",
    "missing": "没有填写",
    "other_document": "护照、港澳台证件等其他证件号，不作身份证号校验",
}
_UNUSABLE = (
    *("placeholder", "scientific", "precision_lost", "masked", "several", "birth_date"),
    *("checksum", "length", "unreadable"),
)
"""Statuses of an ID number that are also reasons told to departments."""
_GROUPS = {
    "civil_affairs": "社会救助",
    "education": "义务教育",
    "funds": "资金发放",
    "health": "健康帮扶",
    "housing": "住房安全",
    "insurance": "医疗保障",
    "monitored": "监测帮扶",
}


def codes_frame(contracts: Contracts) -> pl.DataFrame:
    """Give the register of codes, with the schema of `CODES`, sorted.

    Args:
        contracts: Datasets and departments are codes too.
    """
    rows = [("all", *row) for row in _rows(contracts)]
    return pl.DataFrame(rows, schema=dict(CODES), orient="row").sort("code_of", "code")


def methods() -> dict[str, str]:
    """Give what each method of a link means: the declared keys, and what made a link otherwise."""
    return {**{key.id: key.says for key in levels.declared().keys}, **_METHODS}


def _rows(contracts: Contracts) -> Iterator[tuple[str, str, str]]:
    """Yield what column the code stands in, the code, its meaning."""
    for contract in contracts.values():
        yield "dataset", contract.dataset, f"{contract.department_title}《{contract.title}》"
    for code_of, meanings in {
        "department": contracts.departments,
        "method": methods(),
        "reason_code": {
            **{code: _about(says) for code, says in REASONS.items()},
            **DOUBTS,
            **SIZES,
            **MARKS,
            **_ROW_REASONS,
        },
        "id_number_status": {**{code: _about(REASONS[code]) for code in _UNUSABLE}, **_ID_STATUSES},
        "conflict": CONFLICTS,
        "level_pattern": dict(_levels()),
        "rule_group": _GROUPS,
    }.items():
        for code, meaning in meanings.items():
            yield code_of, code, meaning


def _levels() -> Iterator[tuple[str, str]]:
    for place, name in enumerate(levels.FIELDS, start=1):
        field = levels.declared().fields[name]
        yield f"{place}:0", f"第{place}位，{field.title}：一方没有填写"
        for code, level in field.levels.items():
            yield f"{place}:{code:x}", f"第{place}位，{field.title}：{level.says}"


def _about(sentence: str) -> str:
    """A sentence told of one column, as it holds of any."""
    return sentence.format(title="这一列", codes="见该列说明")
