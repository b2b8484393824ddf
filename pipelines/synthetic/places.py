"""Townships and villages of the county that does not exist."""

import numpy as np
import polars as pl

from pipelines.synthetic import name_tables as tables
from pipelines.synthetic.names import draw_surnames

TOWNSHIP_RESIDENTS = 1_430
VILLAGE_RESIDENTS = 167
LARGEST_COUNTY = 28
"""Townships; a county of more residents has larger villages, as real ones do."""

CLAN_SHARES = (0.12, 0.3, 0.5, 0.66, 0.75)
"""Share of households that bear the village's surname."""

MINORITIES = ("彝族", "维吾尔族", "藏族", "蒙古族", "回族", "壮族")


def make_places(rng: np.random.Generator, county: str, persons: int) -> pl.DataFrame:
    """Give one row a village.

    Returns:
        Columns ``v`` (index), township, township_code, village (as on the village list),
        village_code (12 digits), former_names, village_type, clan (surname), clan_share,
        minority (null for a Han village), weight (relative size; 0: nobody lives there any more).
    """
    towns = int(np.clip(persons // TOWNSHIP_RESIDENTS, 2, LARGEST_COUNTY))
    per_town = int(np.clip(persons // towns // VILLAGE_RESIDENTS, 3, 40))
    counts = np.clip(rng.poisson(per_town, towns), 3, 60)
    names = list(tables.TOWNSHIPS[:towns])
    town_of = np.repeat(np.arange(towns), counts)
    n = len(town_of)
    clan = draw_surnames(rng, n)
    clan[np.char.str_len(clan.astype(str)) > 1] = "王"
    village = _village_names(rng, town_of, clan)
    kind = np.where(
        rng.random(n) < 0.25, "脱贫村", np.where(rng.random(n) < 0.06, "示范村", "一般村")
    )
    minority = np.full(n, None, dtype=object)
    for i, v in enumerate(rng.permutation(n)[: max(len(MINORITIES), n // 14)]):
        minority[v] = MINORITIES[i % len(MINORITIES)]
    within = np.arange(n) - np.repeat(np.cumsum(counts) - counts, counts)
    weight = rng.gamma(6.0, 1.0, n)
    weight[n - 1] = 0.0  # moved away as a whole; still on the village list
    codes = np.array([100 + i if names[i].endswith("镇") else 200 + i for i in range(towns)])
    former = np.full(n, None, dtype=object)
    renamed = rng.permutation(n - 1)[: max(3, n // 12)]
    former[renamed] = _village_names(rng, town_of, draw_surnames(rng, n))[renamed]
    # A former name that is another village's name today would be nobody's clear reference.
    former[np.isin(former.astype(str), village.astype(str))] = None
    return pl.DataFrame(
        {
            "v": np.arange(n),
            "township": [names[t] for t in town_of],
            "township_code": [f"{county}{codes[t]}" for t in town_of],
            "village": village.tolist(),
            "village_code": [
                f"{county}{codes[t]}{200 + w}" for t, w in zip(town_of, within, strict=True)
            ],
            "former_names": former.tolist(),
            "village_type": kind.tolist(),
            "clan": clan.tolist(),
            "clan_share": rng.choice(CLAN_SHARES, n, p=[0.3, 0.3, 0.2, 0.12, 0.08]),
            "minority": minority.tolist(),
            "weight": weight,
        },
        schema_overrides={
            "village": pl.String, "former_names": pl.String, "clan": pl.String,
            "minority": pl.String,
        },
    )  # fmt: skip


def _village_names(
    rng: np.random.Generator, town_of: "np.ndarray[tuple[int], np.dtype[np.int64]]", clan: object
) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    """Names ending in 村, distinct within a township, some alike across townships."""
    clans = np.asarray(clan, dtype=object)
    names = np.empty(len(town_of), dtype=object)
    seen: set[tuple[int, str]] = set()
    for i, town in enumerate(town_of):
        while True:
            if rng.random() < 0.25:
                name = str(rng.choice(tables.VILLAGE_PLAIN))
            else:
                end = str(rng.choice(tables.VILLAGE_ENDS))
                head = str(rng.choice(list(tables.VILLAGE_HEADS))) if rng.random() < 0.3 else ""
                name = f"{head}{clans[i]}{end}"
            if (int(town), name) not in seen:
                break
            name = f"{rng.choice(list(tables.VILLAGE_HEADS))}{name}"
            if (int(town), name) not in seen:
                break
        seen.add((int(town), name))
        names[i] = f"{name}村"
    return names
