"""What each blocking key adds, and which rows say too little for any link to be sure."""

import polars as pl

from pipelines.contracts import Contract
from pipelines.linkage import keys, sides
from pipelines.linkage.candidates import BLOCKS, candidate_pairs
from pipelines.linkage.levels import FIELDS, declared
from pipelines.linkage.link import OWN
from pipelines.review.published import PublishedLinks

_LINKED = ("person_id", "former_person_id")


def added_by_key(round_: PublishedLinks) -> pl.DataFrame:
    """Give what each blocking key adds to those before it, over all lists.

    Only rows that no exact key settled are looked up by blocking keys.

    Returns:
        In the order of the keys: ``id``, ``says``, ``pairs`` that it finds, ``new_pairs`` that no
        key before it found, ``links`` that it finds, ``new_links``.
    """
    right = sides.right(round_.persons)
    links = round_.links.filter(pl.col("method").ne_missing(OWN))
    asked = links.filter(pl.col("method").ne_missing(keys.EXACT))
    counts = pl.concat([_of_list(round_, c, right, asked) for c in _linked_lists(round_)])
    order = pl.DataFrame({"id": [b.id for b in BLOCKS], "says": [b.says for b in BLOCKS]})
    summed = counts.group_by("id").agg(pl.sum("pairs", "new_pairs", "links", "new_links"))
    return order.join(summed, on="id", how="left", maintain_order="left").fill_null(0)


def _linked_lists(round_: PublishedLinks) -> list[Contract]:
    there = set(round_.links.filter(pl.col("method").ne_missing(OWN))["dataset"].unique())
    return [c for c in round_.contracts.values() if c.dataset in there]


def _of_list(
    round_: PublishedLinks, contract: Contract, right: pl.DataFrame, asked: pl.DataFrame
) -> pl.DataFrame:
    own = asked.filter(pl.col("dataset") == contract.dataset)
    left = sides.left(round_.dataset(contract), contract)
    rest = left.join(own, on="record_id", how="semi")
    made = (
        own.filter(pl.col("status") != "unmatched")
        .join(rest.select("record_id", "l"), on="record_id")
        .join(right.select("r", "person_id"), on="person_id")
        .select("l", "r")
    )
    rows = []
    seen = candidate_pairs(rest.head(0), right, declared())
    for block in BLOCKS:
        pairs = candidate_pairs(rest, right, declared(), (block,))
        fresh = pairs.join(seen, on=["l", "r"], how="anti")
        rows.append(
            {
                "id": block.id,
                "pairs": pairs.height,
                "new_pairs": fresh.height,
                "links": pairs.join(made, on=["l", "r"], how="semi").height,
                "new_links": fresh.join(made, on=["l", "r"], how="semi").height,
            }
        )
        seen = pl.concat([seen, fresh])
    return pl.DataFrame(rows)


def too_little(round_: PublishedLinks) -> pl.DataFrame:
    """Give how many rows of each list no comparison could confirm, whatever the roster says.

    A row is compared with itself, so to say: every field that it has agrees at its best. Where even
    then no confirming key holds, only the department can help, by filling in more.

    Returns:
        ``dataset``, ``title``, ``rows``, ``too_little``, ``confirmed``; lists with most first.
    """
    rows = []
    for contract in _linked_lists(round_):
        left = sides.left(round_.dataset(contract), contract)
        best = left.select(_best_levels())
        holds = pl.any_horizontal([k.holds() for k in declared().keys if k.status == "confirmed"])
        own = round_.links.filter(pl.col("dataset") == contract.dataset)
        rows.append(
            {
                "dataset": contract.dataset,
                "title": f"{contract.department_title}《{contract.title}》",
                "rows": left.height,
                "too_little": left.height - best.filter(holds).height,
                "confirmed": own.filter(pl.col("status") == "confirmed").height,
            }
        )
    return pl.DataFrame(rows).sort(
        pl.col("too_little") / pl.col("rows"), "dataset", descending=[True, False]
    )


def _best_levels() -> list[pl.Expr]:
    """The best level of each field that the row's own values allow."""

    def where(there: pl.Expr, level: int, otherwise: pl.Expr | int = 0) -> pl.Expr:
        return pl.when(there).then(level).otherwise(otherwise)

    has = {name: pl.col(name).is_not_null() for name in _ASKED}
    seen = pl.col("any_id").str.count_matches(r"[0-9X]")
    by_field = {
        "name": where(has["key"], 9),
        "id_number": where(has["#id"], 7, where(seen >= 14, 5, where(seen > 0, 4))),
        "birth_date": where(has["birth"], 6),
        "sex": where(has["sex"], 2),
        "village": where(
            has["village"], 5, where(has["village_name"], 4, where(has["township"], 3))
        ),
        "family": where(has["head_key"] | has["guardian_key"], 4),
        "phone": where(has["phone"], 3),
        "household": where(has["household"], 2),
        "mates": where(has["group"], 2),
        "school": where(has["school"], 4),
    }
    return [by_field.get(field, pl.lit(0)).alias(field) for field in FIELDS]


_ASKED = (
    *("key", "#id", "birth", "sex", "village", "village_name", "township", "head_key"),
    *("guardian_key", "phone", "household", "group", "school"),
)
