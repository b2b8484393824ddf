"""A pair as people see it: what the list says, whom the roster has, field by field, their families.

The three columns have a line a field in the same order, so that they stand beside each other. ID
numbers and phones are masked (FAIRNESS 9); how the numbers differ is said in words.
"""

import json
from typing import Any

import polars as pl

from pipelines.linkage import hints, sides
from pipelines.linkage.decisions import says
from pipelines.linkage.evidence import in_words
from pipelines.linkage.keys import EXACT
from pipelines.linkage.levels import FIELDS, declared
from pipelines.lists.rows import closed_datasets
from pipelines.lists.wording import place_in_file
from pipelines.review.published import PublishedLinks
from pipelines.warehouse.codes import CONFLICTS, methods
from pipelines.warehouse.masking import mask_id

MOST_MATES = 8
_DIGITS = 2
"""Digits in which two numbers may differ and be shown there."""
_LABELS = {
    "name": "姓名",
    "id_number": "证件号",
    "birth_date": "出生",
    "sex": "性别",
    "village": "村",
    "family": "户主",
    "phone": "电话",
    "household": "户编号",
    "mates": "同户",
    "school": "学校",
}
_NOTHING = "—"
_NOT_COUNTED = "　—"
"""With a Chinese space, so that the line is as high as its neighbours."""
LINES = len(FIELDS) + 1
"""Lines of each of the three columns."""

Side = dict[str, str | None]


def told(chosen: pl.DataFrame, round_: PublishedLinks) -> pl.DataFrame:
    """Give the chosen pairs with what the workbook shows of them.

    Args:
        chosen: Rows of `pairs.PAIRS`; a few hundred.
        round_: Where both sides are read.

    Returns:
        `chosen` with ``list_title``, ``source``, ``left_text``, ``right_text``, ``compared_text``,
        ``left_mates``, ``right_mates``, ``rival_text``, ``key_says``, and ``says`` of the row.
    """
    lefts, mates_left = _lefts(chosen, round_)
    people = _People(chosen, round_)
    keys = methods()
    rows = []
    for pair in chosen.iter_rows(named=True):
        left, right = lefts[pair["record_id"]], people.right(pair)
        left["id_number"], right["id_number"] = _numbers(left["id_number"], right["id_number"])
        ours, theirs = _beside(
            mates_left.get(pair["record_id"], []), people.family(pair["household_id"])
        )
        rows.append(
            {
                "record_id": pair["record_id"],
                "left_text": _lines(left),
                "right_text": _lines(right),
                "compared_text": compared_lines(
                    pair["evidence"], pair["probability"], pair["method"]
                ),
                "left_mates": ours,
                "right_mates": theirs,
                "rival_text": people.rivals(pair),
                "key_says": "；".join(
                    part
                    for part in (keys.get(pair["method"]), CONFLICTS.get(pair["conflict"]))
                    if part
                ),
                "list_title": left["title"],
                "source": left["source"],
                "says": left["says"],
            }
        )
    shown = pl.DataFrame(rows, schema_overrides={"record_id": pl.String})
    return chosen.join(shown, on="record_id", how="left", maintain_order="left", validate="1:1")


def compared_lines(evidence: str, probability: float, method: str | None) -> str:
    """Give a line a field: what its comparison says and what it weighs; the sum last.

    Args:
        evidence: JSON of `evidence.with_evidence`.
        probability: After all candidates competed.
        method: What made the link.
    """
    entries = json.loads(evidence or "{}")
    lines = [
        f"{entry['says']}　{entry['weight']:+.1f}"
        if (entry := entries.get(field))
        else _NOT_COUNTED
        for field in FIELDS
    ]
    total = sum(float(entry["weight"]) for entry in entries.values())
    how = "模型把握" if by_weights(method) else "凭依据认定，把握"
    return "\n".join([*lines, f"各项合计 {total:+.1f}，{how} {percent(probability)}"])


def by_weights(method: str | None) -> bool:
    """Whether a link was made by adding up weights, and not by a number, a head's name or people.

    A candidate that no key took has no method; it was weighed too.
    """
    return method is None or method in {key.id for key in declared().keys} - {EXACT}


def percent(probability: float) -> str:
    """Give a probability so that only what is certain reads 100%."""
    if probability > 0.9999:
        return "99.99% 以上"
    return f"{probability:.2%}" if probability >= 0.99 else f"{probability:.0%}"


def _lines(side: Side) -> str:
    said = [f"{_LABELS[field]}　{side.get(field) or _NOTHING}" for field in FIELDS]
    return "\n".join([*said, ""])


def _numbers(left: str | None, right: str | None) -> tuple[str | None, str | None]:
    """Two ID numbers masked, but where they differ in a digit or two, those digits are shown."""
    left, right = (number.replace("?", "*") if number else None for number in (left, right))
    differ = [n for n, (a, b) in enumerate(zip(left or "", right or "", strict=False)) if a != b]
    if left is None or right is None or len(left) != len(right) or len(differ) > _DIGITS:
        differ = []
    return _masked(left, differ), _masked(right, differ)


def _masked(number: str | None, shown: list[int]) -> str | None:
    if number is None:
        return None
    masked = mask_id(number)
    return "".join(number[n] if n in shown else digit for n, digit in enumerate(masked))


def masked_phone(number: str | None) -> str | None:
    """Give a phone number with its first three and last four digits."""
    return f"{number[:3]}****{number[-4:]}" if number and len(number) >= 7 else number


def _lefts(
    chosen: pl.DataFrame, round_: PublishedLinks
) -> tuple[dict[str, Side], dict[str, list[str]]]:
    """What the lists say of each pair, and of the others whom they put into the same household."""
    found: dict[str, Side] = {}
    mates: dict[str, list[str]] = {}
    closed = closed_datasets(round_.contracts)
    for (dataset,), part in chosen.partition_by("dataset", as_dict=True).items():
        contract = round_.contracts[str(dataset)]
        clean = round_.dataset(contract)
        own = part.select("record_id")
        relatives = [c for c in ("head_name", "guardian_name") if c in clean.columns]
        place = pl.concat_str("township", "village", ignore_nulls=True)
        listed = sides.left(clean, contract)
        rows = listed.join(own, on="record_id", how="semi").join(
            clean.select(
                "record_id",
                place.alias("place"),
                pl.coalesce(*relatives, pl.lit(None, pl.String)).alias("relative"),
                says(clean),
                source=place_in_file(),
            ),
            on="record_id",
        )
        homes = (
            listed.join(rows.select("group").drop_nulls(), on="group", how="semi")
            .select("group", *_FAMILY)
            .unique(["group", "name", "birth"], maintain_order=True)
            .partition_by("group", as_dict=True)
        )
        for row in rows.iter_rows(named=True):
            family = homes.get((row["group"],))
            others = [] if family is None else [_member(m) for m in family.iter_rows(named=True)]
            mates[row["record_id"]] = [m for m in others if m != _member(row)]
            found[row["record_id"]] = {
                "name": row["name"],
                "id_number": row["any_id"],
                "birth_date": _day(row),
                "sex": row["sex"],
                "village": row["place"],
                "family": row["relative"],
                "phone": masked_phone(row["phone"]),
                "household": row["household"],
                "mates": _others("名单", len(mates[row["record_id"]])) if row["group"] else None,
                "school": row["school"],
                "title": f"{contract.department_title}《{contract.title}》"
                + ("（内容保密）" if dataset in closed else ""),
                "source": row["source"],
                "says": row["says"],
            }
    return found, mates


_FAMILY = ("name", "birth", "precision", "sex")


def _day(row: dict[str, Any]) -> str | None:
    if row["birth"] is None:
        return None
    shown = {"day": 10, "month": 7, "year": 4}[row["precision"] or "day"]
    from_number = "（按证件号）" if row.get("birth_from_id") else ""
    return str(row["birth"])[:shown] + from_number


def _others(where: str, others: int) -> str:
    return f"{where}另有 {others} 人" if others > 0 else f"{where}没有别人"


def _member(row: dict[str, Any]) -> str:
    born = str(row["birth"])[:7] if row["birth"] is not None else ""
    return " ".join(part for part in (row["name"] or "（无名）", row["sex"] or "", born) if part)


class _People:
    """The roster's persons and households that the pairs are about."""

    def __init__(self, chosen: pl.DataFrame, round_: PublishedLinks) -> None:
        self.villages = round_.villages
        rivals = round_.candidates.join(chosen, on="record_id", how="semi").sort("rank")
        self.candidates = rivals.partition_by("record_id", as_dict=True)
        wanted = pl.concat([chosen["person_id"], rivals["person_id"]]).drop_nulls().unique()
        homes = chosen["household_id"].drop_nulls().unique()
        rows = round_.persons.filter(
            pl.col("person_id").is_in(wanted.implode())
            | pl.col("household_id").is_in(homes.implode())
        ).with_columns(
            birth=pl.coalesce("birth_date", *map(hints.birth, ("id_number", "id_number_hint"))),
            precision="birth_date_precision",
            birth_from_id=pl.col("birth_date").is_null(),
        )
        rows = rows.sort(
            "household_id", pl.col("relation").ne_missing("户主"), "birth", "person_id"
        )
        self.by_id = {row["person_id"]: row for row in rows.iter_rows(named=True)}
        self.homes: dict[str, list[dict[str, Any]]] = {}
        for row in self.by_id.values():
            self.homes.setdefault(row["household_id"], []).append(row)

    def right(self, pair: dict[str, Any]) -> Side:
        """The person, or the household under its head where no person is meant."""
        family = self.homes.get(pair["household_id"], [])
        person = self.by_id.get(pair["person_id"]) or (family[0] if family else None)
        if person is None:
            return {"name": "（已不在名册）"}
        head = "（整户）" if pair["person_id"] is None else ""
        return {
            "name": f"{person['name']}{head}",
            "id_number": person["id_number"] or person["id_number_hint"],
            "birth_date": _day(person),
            "sex": person["sex"],
            "village": self._place(person),
            "family": person["head_name"],
            "phone": masked_phone(person["phone"]),
            "household": person["household_id"],
            "mates": _others("名册", len(family) - 1),
            # The roster does not have it: what the list of pupils told stands in the evidence.
            "school": json.loads(pair["evidence"] or "{}").get("school", {}).get("right"),
        }

    def family(self, household: str | None) -> list[str]:
        """The members of a household in one line each."""
        return [_member(row) for row in self.homes.get(household or "", [])]

    def rivals(self, pair: dict[str, Any]) -> str:
        """The other candidates of a pair, each with what speaks for and against it."""
        found = self.candidates.get((pair["record_id"],))
        others = [] if found is None else found.iter_rows(named=True)
        return (
            "\n".join(
                f"{self._named(other['person_id'])}，把握 {percent(other['probability'])}："
                f"{in_words(other['evidence'])}"
                for other in others
                if other["person_id"] != pair["person_id"]
            )
            or "没有别的候选人"
        )

    def _named(self, person_id: str | None) -> str:
        """A person by name, birth and village."""
        person = self.by_id.get(person_id or "")
        if person is None:
            return "某户"
        return f"{_member(person)} {self._place(person) or ''}"

    def _place(self, person: dict[str, Any]) -> str | None:
        village: str | None = person["village"]
        return self.villages.get(person["village_code"] or "", village)


def _beside(ours: list[str], theirs: list[str]) -> tuple[str, str]:
    """Two families, those of one name on one line, first."""
    names = {member.split(" ")[0]: member for member in theirs}
    both = [(m, names[n]) for m in ours if (n := m.split(" ")[0]) in names]
    met = {b for _, b in both}
    left = [a for a, _ in both] + [m for m in ours if m not in {a for a, _ in both}]
    right = [b for _, b in both] + [m for m in theirs if m not in met]
    return _cut(left), _cut(right)


def _cut(members: list[str]) -> str:
    more = [f"等 {len(members)} 人"] if len(members) > MOST_MATES else []
    return "\n".join([*members[:MOST_MATES], *more])
