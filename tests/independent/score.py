"""Score `bidui run` on the independent county, from the published warehouse alone.

    python -m tests.independent.score --persons 3000 --seed 1

makes the county in a folder of its own, runs both rounds by the real command and prints the table.
`score(home)` gives the same as a dict, for a home whose rounds have been run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb

from tests.independent import county

UNSETTLED = """
SELECT round, person_id, household_id FROM links WHERE status = 'suspected'
UNION SELECT round, person_id, household_id FROM link_candidates
"""
HOUSEHOLD = {"roster.monitored", "housing.appraisals", "housing.renovations", "housing.relocations"}


def score(home: Path) -> dict[str, Any]:
    """What was lost, mis-routed, linked, found, missed and wrongly flagged."""
    told = json.loads((home / "truth.json").read_text(encoding="utf-8"))
    with duckdb.connect(str(home / "warehouse" / "bidui.duckdb"), read_only=True) as base:
        base.execute("SET TimeZone = 'UTC'")
        earlier = _kept(home / "unsettled.json")
        known = {**_kept(home / "known.json"), **_on_roster(base, told)}
        return {
            "persons": told["persons"],
            "seed": told["seed"],
            **_files(base, told),
            "links": _links(base, told, known),
            "rules": _rules(base, told, earlier, known),
        }


def _kept(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def _on_roster(base: duckdb.DuckDBPyConnection, told: dict[str, Any]) -> dict[str, str]:
    """The truth's key of each person id of the latest roster."""
    written = _Written(told)
    lines = _dicts(base, "SELECT path, sheet, row_number, person_id FROM roster_population")
    facts = [
        (
            line["person_id"],
            written.rows.get(written.key(line["path"], line["sheet"], line["row_number"])),
        )
        for line in lines
    ]
    return {person: fact["person"] for person, fact in facts if fact}


def _dicts(base: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    asked = base.execute(query)
    names = [x[0] for x in asked.description]
    return [dict(zip(names, line, strict=True)) for line in asked.fetchall()]


def _files(base: duckdb.DuckDBPyConnection, told: dict[str, Any]) -> dict[str, Any]:
    """Sheets that were not read as what they are, and rows that no account holds."""
    read: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for line in _dicts(base, "SELECT * FROM source_files"):
        read[line["path"], line["sheet"] or ""].append(line)
        read[line["path"], ""].append(line)
    lost, routed = [], []
    for sheet in told["sheets"]:
        lines = read.get((sheet["path"], sheet["sheet"])) or read.get((sheet["path"], "")) or []
        where = f"{sheet['path']}·{sheet['sheet']}"
        if sheet["hidden"]:
            continue
        if not lines:
            routed.append(f"{where}: not in source_files")
        for line in lines:
            if line["dataset"] != sheet["dataset"]:
                routed.append(
                    f"{where}: {sheet['dataset']} read as {line['dataset']} ({line['status']}: {line['message']})"
                )
            elif (
                line["rows_read"] is not None
                and line["rows_read"]
                != line["rows_accepted"] + line["rows_set_aside"] + line["rows_not_data"]
            ):
                lost.append(f"{where}: accounts do not close")
            elif line["used"] and line["rows_accepted"] + line["rows_set_aside"] < sheet["rows"]:
                lost.append(
                    f"{where}: {sheet['rows']} rows written, {line['rows_accepted']} accepted, {line['rows_set_aside']} set aside"
                )
    aside = base.execute(
        "SELECT count(*) FROM (SELECT DISTINCT path, sheet, row_number FROM quarantine WHERE scope = 'row')"
    ).fetchone()
    return {
        "misrouted": sorted(set(routed)),
        "lost": sorted(set(lost)),
        "set_aside": aside[0] if aside else 0,
    }


class _Written:
    """Find the fact behind a path, sheet and row of the warehouse."""

    def __init__(self, told: dict[str, Any]) -> None:
        sheets: dict[str, set[str]] = defaultdict(set)
        for x in told["sheets"]:
            sheets[x["path"]].add(x["sheet"])
        self.single = {p for p, names in sheets.items() if len(names) == 1}
        self.rows = {self.key(x["path"], x["sheet"], x["row"]): x for x in told["rows"]}

    def key(self, path: str, sheet: str | None, row: int) -> tuple[str, str, int]:
        return path, "" if path in self.single else sheet or "", row


def _links(
    base: duckdb.DuckDBPyConnection, told: dict[str, Any], known: dict[str, str]
) -> dict[str, dict[str, Any]]:
    """For each dataset the links of the latest round, against the truth of the rows that it used.

    Somebody who is on an earlier roster alone counts where nothing on the row is damaged.
    """
    written = _Written(told)
    present = _on_roster(base, told).values()
    residents, persons = set(present), {key: person for person, key in known.items()}
    out: dict[str, dict[str, Any]] = defaultdict(lambda: defaultdict(int))
    wrong: dict[str, list[str]] = defaultdict(list)
    for link in _dicts(base, "SELECT * FROM links WHERE dataset <> 'roster.population'"):
        fact = written.rows.get(written.key(link["path"], link["sheet"], link["row_number"]))
        if fact is None:
            out[link["dataset"]]["unknown"] += 1
            continue
        mine = out[link["dataset"]]
        household = link["dataset"] in HOUSEHOLD
        right = fact["household"] if household else persons.get(fact["person"])
        got = link["household_id"] if household else link["person_id"] or link["former_person_id"]
        mine["rows"] += 1
        here = right is not None and (household or fact["person"])
        if link["status"] == "confirmed":
            mine["confirmed"] += 1
            mine["confirmed_right"] += bool(here and got == right)
            if not (here and got == right):
                wrong[link["dataset"]].append(
                    f"{link['path']}·{link['row_number']} {fact['damage']} {link['method']}"
                )
        resident = household or fact["person"] in residents
        if here and fact["sure"] and (resident or not fact["damage"]):
            mine["sure"] += 1
            if got == right and link["status"] in {"confirmed", "suspected"}:
                mine["found"] += 1
            else:
                wrong[link["dataset"]].append(
                    f"{link['path']}·{link['sheet']}·{link['row_number']} missed ({fact['damage']}) {link['status']} {link['method']}"
                )
    for dataset, mine in out.items():
        mine["precision"] = (
            mine["confirmed_right"] / mine["confirmed"] if mine["confirmed"] else 1.0
        )
        mine["recall"] = mine["found"] / mine["sure"] if mine["sure"] else 1.0
        mine["examples"] = wrong[dataset][:40]
    return {k: dict(v) for k, v in sorted(out.items())}


def _rules(
    base: duckdb.DuckDBPyConnection,
    told: dict[str, Any],
    earlier: dict[str, list[str]],
    keys: dict[str, str],
) -> dict[str, dict[str, Any]]:
    """For each rule and round: found, held back for identity, missed, flagged wrongly.

    A true subject counts as held back where its village has subjects of this rule that are
    `not_compared` with the reason 待核身份, no more of them than the village counts, and a row that
    accuses it, or that may spare it, is not confirmed.
    """

    def subject(line: dict[str, Any]) -> str:
        if line["person_id"]:
            return "p" + str(keys.get(line["person_id"], line["person_id"]))
        return (
            "h" + line["household_id"] if line["household_id"] else "v" + str(line["village_code"])
        )

    flagged: dict[str, set[str]] = defaultdict(set)
    for line in _dicts(base, "SELECT * FROM discrepancies"):
        flagged[f"{line['rule_id']}@{line['round']}"].add(subject(line))
    back: dict[tuple[str, str], tuple[int, str]] = {}
    for line in _dicts(base, "SELECT * FROM comparisons WHERE not_compared > 0"):
        back[f"{line['rule_id']}@{line['round']}", line["village_code"]] = (
            line["not_compared"],
            line["why_not_compared"] or "",
        )
    unsettled = {
        k: {"p" + str(keys.get(x[1:], "")) if x[0] == "p" else x for x in v}
        for k, v in earlier.items()
    }
    latest = _dicts(base, UNSETTLED)
    for line in latest:
        unsettled.setdefault(str(line["round"]), set()).update(
            {"p" + str(keys.get(line["person_id"], "")), "h" + str(line["household_id"])}
        )
    out: dict[str, dict[str, Any]] = {}
    for rule, said in told["rules"].items():
        true, soft = set(said["true"]), set(said["doubtful"])
        true -= soft
        mine = flagged[rule]
        missed = true - mine
        why = {x: back.get((rule, told["villages"].get(x, x[1:])), (0, "")) for x in missed}
        count: dict[str, int] = defaultdict(int)
        identity, gated = set(), set()
        for x in sorted(missed):
            village = told["villages"].get(x, x[1:])
            if count[village] >= why[x][0]:
                continue
            if "待核身份" in why[x][1] and x in unsettled.get(rule.split("@")[1], ()):
                identity.add(x)
            elif "待核身份" not in why[x][1]:
                gated.add(x)
            else:
                continue
            count[village] += 1
        wrong = mine - true - soft
        found = len(true & mine)
        out[rule] = {
            "true": len(true),
            "found": found,
            "held": len(identity),
            "gated": len(gated),
            "missed": len(missed - identity - gated),
            "recall": found / len(true) if true else 1.0,
            "recall_beside_held": found / (len(true) - len(identity))
            if len(true) > len(identity)
            else 1.0,
            "wrong": len(wrong),
            "innocents": len(said["innocent"]),
            "innocents_flagged": len(wrong & set(said["innocent"])),
            "examples": {
                "missed": sorted(missed - identity - gated)[:8],
                "gated": {x: why[x][1] for x in sorted(gated)[:4]},
                "wrong": sorted(wrong)[:8],
                "innocent": sorted(wrong & set(said["innocent"]))[:8],
                "held": {x: why[x][1] for x in sorted(identity)[:8]},
            },
        }
    return out


def table(result: dict[str, Any]) -> str:
    """The score as people read it, in Markdown."""
    lines = [
        f"{result['persons']} residents, seed {result['seed']}: {len(result['lost'])} sheets with lost rows, {len(result['misrouted'])} sheets mis-routed or unread, {result['set_aside']} rows set aside.",
        "",
        "| dataset | rows | confirmed | precision of confirmed | determinable | found | recall |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for dataset, x in result["links"].items():
        lines.append(
            f"| {dataset} | {x.get('rows', 0)} | {x.get('confirmed', 0)} | {x['precision']:.4f} | {x.get('sure', 0)} | {x.get('found', 0)} | {x['recall']:.4f} |"
        )
    lines += [
        "",
        "| rule@round | true | found | held for identity | gated | missed | recall | beside held | flagged wrongly | innocents flagged |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for rule, x in result["rules"].items():
        lines.append(
            f"| {rule} | {x['true']} | {x['found']} | {x['held']} | {x['gated']} | {x['missed']} | {x['recall']:.2f} | {x['recall_beside_held']:.2f} | {x['wrong']} | {x['innocents_flagged']}/{x['innocents']} |"
        )
    return "\n".join(lines)


def run(home: Path, persons: int, seed: int, code: str = "990377") -> dict[str, Any]:
    """Make the county in `home`, run its rounds by the real command, and score them."""
    home.mkdir(parents=True, exist_ok=True)
    told = county.write(county.make(code, persons, seed), home)
    kept: dict[str, list[str]] = {}
    known: dict[str, str] = {}
    for round_ in told["rounds"]:  # type: ignore[attr-defined]
        command = [
            sys.executable,
            "-m",
            "dagster_project.cli",
            "run",
            "--home",
            str(home),
            "--county",
            code,
            "--round",
            round_,
        ]
        done = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", check=False
        )
        if done.returncode not in {0, 3}:
            raise RuntimeError(f"{round_}: {done.stderr[-2000:]}")
        # Record-level tables hold the latest round only: who was unsettled is kept round by round.
        with duckdb.connect(str(home / "warehouse" / "bidui.duckdb"), read_only=True) as base:
            kept[round_] = sorted(
                {
                    t + str(x[k])
                    for x in _dicts(base, UNSETTLED)
                    for t, k in (("p", "person_id"), ("h", "household_id"))
                }
            )
            known |= _on_roster(base, told)  # type: ignore[arg-type]
    (home / "known.json").write_text(json.dumps(known), encoding="utf-8")
    (home / "unsettled.json").write_text(json.dumps(kept), encoding="utf-8")
    return score(home)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--home", type=Path, help="keep the county here; else a folder that is removed"
    )
    parser.add_argument("--scored", action="store_true", help="only score what lies in --home")
    parser.add_argument(
        "--why", action="store_true", help="name the rows and subjects behind each number"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as spare:
        home = asked.home or Path(spare)
        result = score(home) if asked.scored else run(home, asked.persons, asked.seed)
    sys.stdout.write(table(result) + "\n")
    if asked.why:
        sys.stdout.write(
            json.dumps(
                {
                    "lost": result["lost"],
                    "misrouted": result["misrouted"],
                    "links": {
                        k: v["examples"] for k, v in result["links"].items() if v["examples"]
                    },
                    "rules": {
                        k: v["examples"]
                        for k, v in result["rules"].items()
                        if any(v["examples"].values())
                    },
                },
                ensure_ascii=False,
                indent=1,
            )
            + "\n"
        )


if __name__ == "__main__":
    main()
