"""Cases planted on monitored households and on whole villages."""

from __future__ import annotations

import datetime as dt

from tests.independent.facts import County

D = dt.date


def watched(c: County) -> None:
    active = lambda h: h.monitored is not None and h.monitored["row"].values["risk_removed"] == "否"
    for i, h in enumerate(c.take(active)):
        h.monitored["row"].values["helper"] = (None, "无", "待定", "/")[i % 4]
    same = {}
    for h in c.take(active, c.k * 2):
        same.setdefault(h.village.code, c.people.names.surname() + "建民")
        h.monitored["row"].values["helper"] = same[h.village.code]
        c.safe("MON-13", [h])
    for i, h in enumerate(c.take(active)):
        h.monitored["row"].values |= {
            "risks": ["因残", "因学"][: 1 + i % 2],
            "measures": ("就业帮扶", "健康帮扶、综合保障")[i % 2],
        }
    for h in c.take(active):
        h.monitored["row"].values["net_income_per_head"] = float(c.rng.randrange(3200, 5990)) + 0.37
    for h in c.take(active, 3):
        h.monitored["row"].values["net_income_per_head"] = 6000.0
        c.safe("INC-01", [h])


def villages(c: County) -> None:
    """Blank villages, the look-alike under a former name, villages where nothing moves, rounding."""
    towns = c.people.towns
    in_town = {t: [v for v in c.people.villages if v.township == t] for t in towns}

    def empty(v) -> None:
        for h in c.people.households:
            if h.village is v:
                if h.kind == "监测对象":
                    h.kind = (
                        "一般农户"
                        if not any(
                            c.has(d, m)
                            for m in h.members
                            for d in ("education.student_aid", "health.doctor_contracts")
                        )
                        else "脱贫户"
                    )
                if h.monitored is not None:
                    c.drop("roster.monitored", h)
                    h.monitored = None
                    h.kind = "脱贫户"

    c.blank = [
        in_town[towns[0]][0],
        in_town[towns[2]][1],
        in_town[towns[3]][-1],
    ]  # the last of the missing township
    for v in c.blank:
        empty(v)
    c.former = [v for v in c.people.villages if v.former and v not in c.blank][:2]
    for v in c.former:
        c.innocent["VIL-01"].append(("village", v))
        for row in c.rows["roster.monitored"]:
            if row.home.village is v:
                row.values["village"] = v.former
                row.later["village"] = v.former
    busy = [v for v in c.people.villages if v not in c.blank and v.township in {towns[0], towns[2]}]
    c.still = busy[1:4:2]
    c.rounded = [
        v
        for v in c.people.villages
        if sum(r.home.village is v for r in c.rows["roster.monitored"]) >= 8 and v not in c.blank
    ]
    c.rng.shuffle(c.rounded)
    for i, v in enumerate(c.rounded[:4]):
        rows = [r for r in c.rows["roster.monitored"] if r.home.village is v]
        share = 0.85 if i % 2 == 0 else 0.4
        for j, row in enumerate(rows):
            if j < len(rows) * share:
                row.values["net_income_per_head"] = float(c.rng.randrange(61, 140) * 100)
        c.taken.update(id(r.home) for r in rows)
        if share == 0.4:
            c.innocent["DQ-01"].append(("village", v))
    for v in c.people.villages:
        if v in c.still or v.township == c.silent_second:
            continue
        rows = [r for r in c.rows["roster.monitored"] if r.home.village is v]
        for row in rows[:1]:
            row.later |= c.rng.choice(
                [
                    {"helper": c.people.names.surname() + "卫国"},
                    {"measures": str(row.values["measures"]) + "、基础设施建设"},
                ]
            )
        c.taken.update(id(r.home) for r in rows[:1])
