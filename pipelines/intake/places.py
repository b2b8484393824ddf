"""Who sent a file and for where: county and department folders, and townships named in passing.

A department folder bears the id, the title, or a common short form (教育, 住建, 01卫健局); a county
folder the code, or code and name. A sheet without a township column may still name its township in
the sheet's name, the title rows, the file's name or a folder. Names that the county's rosters know
are looked for first, with and without 镇, 乡, 街道; without a roster, only full names count.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from pipelines.contracts import Contracts

FEEDBACK_NAMES = ("feedback", "反馈")

_SHORT_NAMES: dict[str, tuple[str, ...]] = {
    "roster": ("名册", "基础名册", "乡村振兴", "公安", "扶贫", "户籍", "防返贫"),
    "education": ("教育", "教体", "教科"),
    "health": ("卫健", "卫生健康", "卫生", "健康"),
    "housing": ("住建", "住房", "城建", "建设"),
    "civil_affairs": ("民政", "残联"),
    "insurance": ("医保", "医疗保障", "医疗保险"),
    "finance": ("财政",),
}
_OFFICE_SUFFIX = re.compile(r"(?:局|办公室|办|委员会|委|中心|部门|科|股)$")
_COUNTY_FOLDER = re.compile(r"^(\d{6})(?!\d)\s*[-_ ]?\s*(.*)$")
_TOWNSHIP_SUFFIX = re.compile(r"(?:民族乡|镇|乡|街道办事处|街道|办事处|苏木)$")
_BEFORE_TOWNSHIP = re.compile(r"^.*?(?:省|市|县|区|旗)(?=.{2,}$)")
_NOT_ITS_COUNTY = r"(?![\u4e00-\u9fff]{0,6}自治[县旗]|[县市区旗])"
_FULL_TOWNSHIP = re.compile(
    r"(?:^|[县市区旗:：\s\d_\-—()（）【】.、年月日号])([\u4e00-\u9fff]{1,7}?(?:民族乡|街道办事处|街道|镇|乡|苏木))"
    r"(?![\u4e00-\u9fff]{0,2}(?:各|户|集|级|名册|振兴|村振兴|居民|人口))"
)
_NOT_TOWNSHIPS = (
    "乡镇",
    "各乡",
    "各镇",
    "城镇",
    "全镇",
    "全乡",
    "本镇",
    "本乡",
    "村镇",
    "集镇",
    "老乡",
    "下乡",
)


_VILLAGE = re.compile(
    r"[\u4e00-\u9fff]{2,14}?(?:村民委员会|村委会|居委会|社区|嘎查|村)"
    r"(?![\u4e00-\u9fff]{0,2}(?:小学|中学|学校|幼儿园|教学点|卫生室|卫生院|振兴|级))"
)


def villages_named(texts: Iterable[str]) -> list[str]:
    """Give what `texts` name like a village, in their order; a school in a village is none."""
    plain = (re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)) for text in texts)
    return list(dict.fromkeys(found for text in plain for found in _VILLAGE.findall(text)))


def village_begins(text: str) -> str | None:
    """Give what `text` begins with if that is named like a village."""
    found = _VILLAGE.match(text)
    return found[0] if found else None


def county_folders(inbox: Path, county: str) -> list[Path]:
    """Give the folders of `county` (``990112`` and ``990112晴川县`` may stand side by side)."""
    if not inbox.is_dir():
        return []
    return sorted(
        f
        for f in inbox.iterdir()
        if f.is_dir() and (m := _COUNTY_FOLDER.match(f.name)) and m[1] == county
    )


def counties_in(inbox: Path) -> dict[str, str]:
    """Give county codes to names ("" where no folder bears one), in the order of their codes."""
    found: dict[str, str] = {}
    if inbox.is_dir():
        for folder in sorted(inbox.iterdir()):
            if folder.is_dir() and (m := _COUNTY_FOLDER.match(folder.name)):
                found[m[1]] = found.get(m[1]) or m[2].strip()
    return dict(sorted(found.items()))


def department_of(folder: str, contracts: Contracts) -> str | None:
    """Give the department whose folder bears the name `folder`; None where none does."""
    plain = unicodedata.normalize("NFKC", folder).strip().lower()
    if plain in contracts.departments:
        return plain
    plain = re.sub(r"^[\d.、_\-\s]+", "", plain)
    if plain in contracts.departments:
        return plain
    best: tuple[int, str] | None = None
    for department, title in contracts.departments.items():
        parts = [title, *re.split(r"[、/／及和（(）)\s]+", title)]
        names = {*_SHORT_NAMES.get(department, ()), *(_OFFICE_SUFFIX.sub("", p) for p in parts)}
        for name in names:
            if len(name) >= 2 and name.lower() in plain and (best is None or len(name) > best[0]):
                best = (len(name), department)
    return best[1] if best else None


def is_feedback(folder: str) -> bool:
    """Whether a folder is where filled-in lists come back."""
    plain = folder.strip().lower()
    return any(name in plain for name in FEEDBACK_NAMES)


@lru_cache(maxsize=20_000)
def township_key(text: str) -> str:
    """Give a township's name for comparison: without county before and 镇, 乡, 街道 after it."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    plain = _BEFORE_TOWNSHIP.sub("", plain)
    short = _TOWNSHIP_SUFFIX.sub("", plain)
    return short if len(short) >= 2 else plain


@dataclass(frozen=True)
class Townships:
    """The townships of a county as its rosters name them."""

    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: Iterable[str]) -> "Townships":
        """Keep one spelling per township: the one seen most often, full names before short ones."""
        by_key: dict[str, list[str]] = {}
        for value in values:
            by_key.setdefault(township_key(value), []).append(value.strip())
        return cls(
            tuple(
                max(sorted(set(spelt)), key=lambda s: (bool(_TOWNSHIP_SUFFIX.search(s)), len(s)))
                for _, spelt in sorted(by_key.items())
            )
        )

    def named_in(self, text: str) -> list[str]:
        """Give the townships that `text` names; longer names hide shorter ones inside them.

        A county bears the name of its seat as often as not: 大石县 does not name 大石镇.
        """
        plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
        if not self.names:
            found = [_BEFORE_TOWNSHIP.sub("", m[1]) for m in _FULL_TOWNSHIP.finditer(plain)]
            return sorted({f for f in found if not f.endswith(_NOT_TOWNSHIPS)})
        hits: set[str] = set()
        for name, form, here in self._forms:
            if name not in hits and form in plain and here.search(plain):
                hits.add(name)
                plain = here.sub("　", plain)
        return sorted(hits)

    @cached_property
    def _forms(self) -> list[tuple[str, str, re.Pattern[str]]]:
        """Each name as it may be written, and what finds it so; longer names first."""
        found = []
        for name in sorted(self.names, key=len, reverse=True):
            for form in dict.fromkeys((name, township_key(name))):
                if len(form) >= 2:
                    short = not _TOWNSHIP_SUFFIX.search(form)
                    here = re.compile(re.escape(form) + (_NOT_ITS_COUNTY if short else ""))
                    found.append((name, form, here))
        return found

    def only_one_in(self, texts: Sequence[str]) -> str | None:
        """Give the township that the first text naming any names, if it names exactly one."""
        for text in texts:
            if named := self.named_in(text):
                return named[0] if len(named) == 1 else None
        return None

    def spelt(self, value: str) -> str:
        """Give `value` as the rosters spell it, where they know it."""
        key = township_key(value)
        return next((n for n in self.names if township_key(n) == key), value.strip())
