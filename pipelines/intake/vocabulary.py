"""Header words: how a header cell's text is brought to the form in which contracts are searched.

Headers are compared after NFKC, lower case, and removal of spaces, line breaks, punctuation, ``*``,
``(必填)`` and bracketed units (DOMAIN C1). A cell has several forms, tried in order: everything
kept, bracketed remarks dropped, numbering dropped. A unit that stood in the header is captured.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipelines.contracts import ColumnType, Contract, Contracts

_UNIT_WORDS = (
    r"(?:人民币)?(?:亿元|万元|千元|百元|元|㎡|m2|平方米|平米|亩|公里|千米|米|岁|周岁|次|个月|月|天|"
    r"日|人|户|个|项|%|元/(?:人|户|年|月|次|学期|人年|人月|年人|人/年|人/月)|人次|万人)"
)
_MARKS = re.compile(r"必填项?|选填项?|必录|非必填")
_BRACKETED = re.compile(r"[(\[【〔{<《]([^()\[\]【】〔〕{}<>《》]*)[)\]】〕}>》]")
_UNIT_ONLY = re.compile(rf"\s*(?:单位\s*[:为]?\s*)?({_UNIT_WORDS})\s*")
_UNIT_TAIL = re.compile(rf"[/:,_\-]\s*(?:单位\s*[:为]?\s*)?({_UNIT_WORDS})\s*$")
_UNIT_ALONE = re.compile(
    rf"\s*(?:单位\s*[:为]?\s*)?({_UNIT_WORDS}|年度?|年月日?|学期|[必选]填项?|非必填|\d{{1,2}}位(?:数字?)?"
    r"|[是有][/或、]?[否无]|下拉(?:选择|选项)?|[单多]选|文本(?:格式)?|yyyy[-./年]?mm月?(?:[-./]?dd日?)?)\s*"
)
_TITLE_UNIT = re.compile(r"(?<![填报表收付款])单\s*位\s*[:为]\s*(亿元|万元|千元|百元|元)")
_NOT_WORD = re.compile(r"[\W_]+")
_LEADING_NUMBER = re.compile(
    r"^(?:[a-z]{0,2}\d{1,3}|[一二三四五六七八九十]{1,3}(?=[、.]))[、.\s:]\s*"
)
_TRAILING_NUMBER = re.compile(r"[0-9一二三四五六七八九十]{1,2}$")

SERIAL_KEYS = frozenset({"序号", "户序号", "序", "编号", "行号", "no", "顺序号", "序列号"})
"""Headers of a running number: of no meaning, but a blank one marks a continued household."""

IGNORED_KEYS = SERIAL_KEYS | {"备注", "备注说明", "说明", "签字", "签名", "其他", "其它"}
"""Headers that every list may have; they speak neither for nor against a dataset."""


def folded(text: str) -> str:
    """Give `text` in NFKC and lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def words_only(text: str) -> str:
    """Give `text` folded and without spaces and punctuation."""
    return _NOT_WORD.sub("", folded(text))


@lru_cache(maxsize=20_000)
def header_forms(text: str) -> tuple[str, ...]:
    """Give the forms of a header cell to look up, most literal first."""
    plain = _MARKS.sub("", folded(text).strip())
    plain = _UNIT_TAIL.sub("", plain)
    literal = _BRACKETED.sub(lambda m: "" if _UNIT_ONLY.fullmatch(m[1]) else m[1], plain)
    bare = _BRACKETED.sub("", plain)
    unnumbered = _LEADING_NUMBER.sub("", bare)
    forms = (_NOT_WORD.sub("", form) for form in (literal, bare, unnumbered))
    return tuple(dict.fromkeys(form for form in forms if form))


@lru_cache(maxsize=20_000)
def header_unit(text: str) -> str | None:
    """Give the unit that a header cell names in brackets or at its end, e.g. ``万元``."""
    plain = _MARKS.sub("", folded(text).strip())
    for found in _BRACKETED.finditer(plain):
        if unit := _UNIT_ONLY.fullmatch(found[1]):
            return unit[1]
    tail = _UNIT_TAIL.search(plain)
    return tail[1] if tail else None


def unit_alone(text: str) -> str | None:
    """Give the unit that is all a cell says (``（万元）``), as stands in a row below a header."""
    unit = _UNIT_ALONE.fullmatch(folded(text).strip("()[]{}<>（）【】〔〕《》 "))
    return unit[1] if unit else None


def title_unit(text: str) -> str | None:
    """Give the money unit that a title row declares for the whole sheet (``单位：万元``)."""
    found = _TITLE_UNIT.search(folded(text))
    return found[1] if found else None


@lru_cache(maxsize=20_000)
def without_number(form: str) -> str | None:
    """Give `form` without a trailing number (``风险1`` → ``风险``); None where it has none."""
    stem = _TRAILING_NUMBER.sub("", form)
    return stem if stem and stem != form else None


@dataclass(frozen=True)
class Term:
    """One header form that means a column."""

    column: str
    rank: int
    """0 the title, then the synonyms in their order: lower is surer."""


class Vocabulary:
    """The header forms of one contract."""

    def __init__(self, contract: Contract) -> None:
        """Index titles and synonyms of `contract` by their forms."""
        self.contract = contract
        self._terms: dict[str, list[Term]] = {}
        for column in contract.columns.values():
            for rank, word in enumerate((column.title, *column.synonyms)):
                for form in header_forms(word)[:1]:
                    self._terms.setdefault(form, []).append(Term(column.name, rank))

        for terms in self._terms.values():
            terms.sort(key=lambda t: t.rank)
        self.codes: dict[str, dict[str, str]] = {
            column.name: _code_forms(column.codes or {})
            for column in contract.columns.values()
            if column.numbered and column.type is ColumnType.CODES
        }
        """Of columns that may stand as one ticked column a code: header form to code."""
        self.words = frozenset(self._terms)
        """Every form that means a column."""
        self._words_and_codes = self.words.union(*self.codes.values())

    def knows(self, form: str) -> bool:
        """Whether `form` may mean a column, with or without a trailing number."""
        return form in self.words or without_number(form) in self.words

    def may_know(self, form: str) -> bool:
        """Whether `form` may mean a column, or a code that has a column of its own."""
        return form in self._words_and_codes or without_number(form) in self.words

    def terms(self, form: str) -> list[Term]:
        """Give what `form` may mean, surest first."""
        return self._terms.get(form, [])

    def numbered_terms(self, form: str) -> list[Term]:
        """Give what `form` may mean once a trailing number is dropped (``致贫返贫风险2``).

        A column that is not numbered may still bear a number: exports mark the second of two equal
        headers so (``风险是否已消除0``).
        """
        stem = without_number(form)
        return self.terms(stem) if stem else []


def _code_forms(codes: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Give the header forms that name a code; a code's own name comes before other spellings."""
    own = {form: code for code in codes for form in header_forms(code)[:1]}
    spelt = {form: code for code, ss in codes.items() for s in ss for form in header_forms(s)[:1]}
    return spelt | own


_BUILT: dict[str, dict[str, Vocabulary]] = {}


def vocabularies(contracts: Contracts) -> dict[str, Vocabulary]:
    """Give the vocabulary of each dataset; those of the contracts used last are kept."""
    if contracts.hash not in _BUILT:
        _BUILT.clear()
        _BUILT[contracts.hash] = {c.dataset: Vocabulary(c) for c in contracts.values()}
    return _BUILT[contracts.hash]
