"""Write a whole county: the inbox with every department's files of two rounds, and the truth beside.

    python -m tests.independent.county --home DIR --persons 3000 --seed 1

The truth (`truth.json` in the home) holds for each written row the person and household it is about,
whether what is written suffices to know, and for each rule and round the true subjects, the innocent
look-alikes and the rows that accuse.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from pathlib import Path

from tests.independent import lists, planted, spelling, truth, workbooks
from tests.independent.facts import AS_OF, ROUNDS, County, Row
from tests.independent.people import Household, Person, Village

TOGETHER = {"roster.monitored", "education.enrolment"}
ONCE = {
    "roster.villages",
    "housing.appraisals",
    "housing.renovations",
    "housing.relocations",
    "civil_affairs.disability",
    "education.home_teaching",
}


def make(county: str, persons: int, seed: int) -> County:
    """The county's facts, with the planted cases, every identity written as its clerk wrote it."""
    c = County(county, persons, seed)
    lists.base(c)
    planted.plant(c)
    for p in c.people.persons:
        h, v = p.household, p.household.village
        dead = p.died is not None and c.rng.random() < 0.3
        c.put(
            "roster.population",
            p,
            household_id=h.key,
            person_id=p.key,
            name=p.name,
            id_number=p.id_number,
            sex=p.sex,
            birth_date=p.birth,
            ethnicity=p.ethnicity,
            relation=p.relation,
            head_name=h.head.name,
            township=v.township,
            village=v.name,
            village_code=v.code,
            group_name=h.group,
            phone=p.phone,
            household_type=h.kind,
            status="死亡" if dead and p.died <= AS_OF[0] else "正常",
            later={"status": "死亡"} if dead else {},
            residence="县内",
            registered_on=max(p.birth, AS_OF[0].replace(year=2014)),
            when=p.in_roster,
            dirt="clean",
        )
    for dataset, rows in c.rows.items():
        for i, row in enumerate(rows):
            row.key = i
            if row.person or row.home or "name" in row.values:
                spelling.spoil(c, row)
        _sure(c, dataset, rows)
    return c


def _sure(c: County, dataset: str, rows: list[Row]) -> None:
    """Say for each row whether what is written on it can mean only one resident."""
    named: dict[str, list[Person]] = defaultdict(list)
    for p in c.people.persons:
        named[p.name].append(p)
    place = "village" in spelling.COLUMNS[dataset] or "address" in spelling.COLUMNS[dataset]
    for row in rows:
        who = row.person or (
            row.home
            and next(
                (m for m in row.home.members if m.id_number == row.values.get("head_id_number")),
                None,
            )
        )
        if who is None or not row.damage:
            continue
        same = named[str(row.values.get("name", row.values.get("head_name")))]
        here = [p for p in same if p.household.village is who.household.village]
        partial = row.damage in {"digit", "swap", "masked", "old", "precision"}
        row.sure = (partial and len(same) < 4) or (
            place and len(here) == 1 and "sound" not in row.damage
        )
        if row.damage == "+sound":
            row.sure = True
        if row.damage == "mother" or ("sound" in row.damage and "missing" in row.damage):
            row.sure = False


def write(c: County, home: Path) -> dict[str, object]:
    """Write the inbox and `truth.json`."""
    rng = random.Random(c.seed + 1)
    inbox = home / "inbox" / c.code
    places: list[dict[str, object]] = []
    sheets_truth: list[dict[str, object]] = []
    formats = list(workbooks.FORMATS)
    for dataset in spelling.COLUMNS:
        for delivery in (0, 1):
            if delivery and dataset in ONCE:
                continue
            rows = _sent(c, dataset, delivery)
            day = AS_OF[delivery]
            if dataset == "finance.fund_progress":
                for row in rows:
                    row.values["as_of"] = day
            parts: list[tuple[str | None, list[Row]]] = [(None, rows)]
            if dataset in TOGETHER:
                town_of = (
                    (lambda r: str(r.values.get("school_town")))
                    if dataset == "education.enrolment"
                    else (lambda r: r.home.village.township)
                )
                parts = [(t, [r for r in rows if town_of(r) == t]) for t in c.people.towns]
                parts = [(t, part) for t, part in parts if part]
            rich = dataset == "roster.monitored" or (dataset in TOGETHER and delivery == 0)
            kind = rng.choice(formats[:3] if rich or dataset == "roster.population" else formats)
            stamp = rng.choice(
                [
                    f"{day:%Y%m%d}",
                    f"{day.year}.{day.month}.{day.day}",
                    f"{day.year}年{day.month}月{day.day}日",
                ]
            )
            inside = rng.random() < 0.3
            suffix = {
                "xlsxwriter": "xlsx",
                "gbk": "csv",
                "utf8bom": "csv",
                "utf8": "csv",
                "html": "xls",
            }.get(kind, kind)
            files: list[tuple[str, list[workbooks.Sheet]]] = []

            def sheet(
                name: str,
                part: list[Row],
                title: str,
                kind: str = kind,
                delivery: int = delivery,
                dataset: str = dataset,
                **more: object,
            ) -> workbooks.Sheet:
                hand = workbooks.Hand(rng, dataset, kind, rich=kind not in workbooks.SINGLE)
                values = [(r, r.at(delivery)) for r in part]
                if dataset != "roster.population" and rng.random() < 0.5:
                    values.sort(
                        key=lambda x: (
                            x[0].home.village.code if x[0].home else "",
                            str(x[1].get("helper")),
                        )
                    )
                layout: dict[str, object] = {
                    k: rng.random() < 0.4
                    for k in (
                        "subtitle",
                        "groups",
                        "subtotals",
                        "repeat",
                        "blanks",
                        "total",
                        "notes",
                        "merge",
                        "hide",
                    )
                }
                layout |= {
                    "heading": rng.random() < 0.75,
                    "deep": rng.random() < 0.12,
                    "shift": rng.random() < 0.15,
                } | more
                return workbooks.lay(name, hand, values, title, layout)

            title = f"云岭县{spelling.TITLES[dataset]}"
            if dataset in TOGETHER and (delivery == 0):
                files.append(
                    (
                        f"{spelling.TITLES[dataset]}{stamp}",
                        [
                            sheet(t or "", part, f"{t}{spelling.TITLES[dataset]}")
                            for t, part in parts
                        ],
                    )
                )
            elif dataset in TOGETHER:
                files += [
                    (
                        f"{t}{spelling.TITLES[dataset]}{stamp}",
                        [sheet("Sheet1", part, f"云岭县{t}{spelling.TITLES[dataset]}")],
                    )
                    for t, part in parts
                ]
            elif kind not in workbooks.SINGLE and len(rows) > 400 and rng.random() < 0.6:
                half = len(rows) // 2
                files.append(
                    (
                        f"{spelling.TITLES[dataset]}{stamp}",
                        [sheet("第1页", rows[:half], title), sheet("第2页", rows[half:], title)],
                    )
                )
            else:
                one = sheet(
                    "Sheet1",
                    rows,
                    f"{title}（截至{day.year}年{day.month}月{day.day}日）" if inside else title,
                    **({"heading": True} if inside else {}),
                )
                pages = [one]
                if kind in {"xlsx", "xlsxwriter"} and rng.random() < 0.2:
                    old = workbooks.Sheet("旧数据", [list(x) for x in one.cells[:40]], hidden=True)
                    pages.append(old)
                files.append(
                    (
                        spelling.TITLES[dataset]
                        if inside
                        else f"{spelling.TITLES[dataset]}{stamp}",
                        pages,
                    )
                )
            for stem, pages in files:
                serial = (
                    ""
                    if not inside or dataset in TOGETHER
                    else f"_{'初报' if not delivery else '续报'}"
                )
                path = inbox / spelling.FOLDERS[dataset.split(".")[0]] / f"{stem}{serial}.{suffix}"
                workbooks.save(path, kind, pages)
                relative = path.relative_to(home / "inbox").as_posix()
                for page in pages:
                    sheets_truth.append(
                        {
                            "path": relative,
                            "sheet": page.name,
                            "dataset": dataset,
                            "rows": len(page.lines),
                            "hidden": page.hidden,
                            "kind": kind,
                            "delivery": delivery,
                        }
                    )
                    for number, key in page.lines:
                        row = c.rows[dataset][key]
                        places.append(
                            {
                                "path": relative,
                                "sheet": page.name,
                                "row": number,
                                "dataset": dataset,
                                "delivery": delivery,
                                "fact": key,
                                "sure": row.sure
                                and not (
                                    row.damage.startswith("precision")
                                    and kind in workbooks.SINGLE
                                    and "village" not in spelling.COLUMNS[dataset]
                                ),
                                "damage": row.damage,
                                "household": row.home.key if row.home else None,
                                "person": row.person.key if row.person else None,
                            }
                        )
    out: dict[str, object] = {
        "county": c.code,
        "persons": len(c.people.persons),
        "seed": c.seed,
        "rounds": [str(r) for r in ROUNDS],
        "sheets": sheets_truth,
        "rows": places,
        "rules": _judged(c),
        "villages": {
            name(x): (x.household if isinstance(x, Person) else x).village.code
            for x in [*c.people.persons, *c.people.households]
        },
    }
    (home / "truth.json").write_text(json.dumps(out, ensure_ascii=False), encoding="utf-8")
    return out


def _sent(c: County, dataset: str, delivery: int) -> list[Row]:
    rows = [r for r in c.rows[dataset] if delivery in r.when]
    if dataset == "education.enrolment":
        return [r for r in rows if r.values.get("school_town") != c.missing_school_town]
    if dataset == "roster.monitored":
        away = c.missing_first if delivery == 0 else c.silent_second
        return [r for r in rows if r.home.village.township != away]
    if dataset in truth.EVENTS and delivery:  # some events are sent again
        again = [r for r in c.rows[dataset] if r.when == (0,)]
        return rows + again[: len(again) // 4]
    return rows


def _judged(c: County) -> dict[str, dict[str, object]]:
    unsure = truth.doubtful(c)
    out: dict[str, dict[str, object]] = {}
    for i, round_ in enumerate(ROUNDS):
        found = truth.cases(c, i)
        for rule in truth.RULES:
            true = {name(x): [f"{r.dataset}:{r.key}" for r in rows] for x, rows in found[rule]}
            safe = {name(x) for _, x in c.innocent[rule]} - true.keys()
            soft = {name(p) for p in c.people.persons if id(p) in unsure} | {
                name(h) for h in c.people.households if id(h) in unsure
            }
            out[f"{rule}@{round_}"] = {
                "true": true,
                "innocent": sorted(safe),
                "doubtful": sorted(soft),
            }
    return out


def name(subject: object) -> str:
    """The subject as the score names it: a person's, a household's or a village's key."""
    if isinstance(subject, Village):
        return "v" + subject.code
    if isinstance(subject, Household):
        return "h" + subject.key
    assert isinstance(subject, Person)
    return "p" + subject.key


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--persons", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--county", default="990377")
    told = parser.parse_args()
    told.home.mkdir(parents=True, exist_ok=True)
    write(make(told.county, told.persons, told.seed), told.home)


if __name__ == "__main__":
    main()
