"""Villages that are taken for one another: those that border, and those that a list mixes up.

That two villages border is said in ``reference/neighbours.csv`` of a home. That a list mixes two
up is learnt from the rows that number and name settle, so from nothing in which the village had a
part: their village in the list and in the roster differ for these two clearly more often than
their sizes foretell. Villages of one township are held against villages of one township, for those
are mixed up more often anyway.
"""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from pipelines.linkage.compare_pairs import NEAR, at
from pipelines.linkage.levels import Declared
from pipelines.standardise.divisions import Divisions
from pipelines.standardise.locate import locate

HEADER = ("village", "neighbour")
"""Columns of the file; a village by its code, or by its name with its township before it."""

_ISSUES = {
    "ambiguous_village": "有几个村同名，请在村名前写乡镇，或写 12 位村代码",
    "unknown_village": "不在行政村名册中，请核对写法",
    "village_elsewhere": "不在行政村名册中，请核对写法",
}


class NeighboursError(ValueError):
    """The file of neighbours is wrong; the message names file and row, and says what to do."""


def read_neighbours(files: Iterable[Path], divisions: Divisions) -> pl.DataFrame:
    """Read which villages border.

    Args:
        files: CSV files with the columns `HEADER`, UTF-8.
        divisions: The county's villages. Without any nothing is read.

    Returns:
        ``village``, ``neighbour``: codes, each pair both ways, sorted. Codes of other counties are
        passed over.

    Raises:
        NeighboursError: A column is missing, a cell is empty, names no village or several, or a
            village is said to border on itself.
    """
    found = [pl.DataFrame(schema=dict.fromkeys(HEADER, pl.String))]
    for path in files if divisions.known else ():
        table = pl.read_csv(path, infer_schema=False)
        if missing := [c for c in HEADER if c not in table.columns]:
            raise NeighboursError(
                f"邻村表 {path.name} 缺少列：{'、'.join(missing)}；"
                "应有 village（村）、neighbour（邻村）"
            )
        found.append(_codes(table, path, divisions))
    one_way = pl.concat(found)
    other_way = one_way.select(village="neighbour", neighbour="village")
    return pl.concat([one_way, other_way]).unique().sort(HEADER)


def _codes(table: pl.DataFrame, path: Path, divisions: Divisions) -> pl.DataFrame:
    rows = table.select(pl.col(HEADER).str.strip_chars()).with_row_index("row", offset=2)
    rows = rows.filter(~pl.all_horizontal(pl.col(HEADER).is_null()))
    for row in rows.filter(pl.col("village") == pl.col("neighbour"))["row"].head(1):
        raise NeighboursError(f"邻村表 {path.name} 第 {row} 行：村和邻村是同一个村，请改正或删去")
    cells = rows.unpivot(HEADER, index="row", value_name="said").sort("row")
    is_code = pl.col("said").str.contains(r"^\d{12}$")
    nothing = pl.lit(None, dtype=pl.String)
    asked = cells.select("said").unique(maintain_order=True).drop_nulls()
    places = asked.select(
        "said",
        township=nothing,
        village=pl.when(~is_code).then("said"),
        village_code=pl.when(is_code).then("said"),
        address=nothing,
        hint=nothing,
        village_hint=nothing,
    )
    known = locate(places, divisions).select("said", "village_issue", code="found_village_code")
    cells = cells.join(known, on="said", how="left", maintain_order="left")
    counties = divisions.villages["village_code"].str.head(6).unique().implode()
    elsewhere = is_code & ~pl.col("said").str.head(6).is_in(counties)
    far = cells.filter(elsewhere.fill_null(value=False))["row"]
    cells = cells.filter(~pl.col("row").is_in(far.implode()))
    for cell in cells.filter(pl.col("code").is_null()).head(1).iter_rows(named=True):
        title = {"village": "村", "neighbour": "邻村"}[cell["variable"]]
        said = f"{title}“{cell['said']}”" if cell["said"] else f"{title}为空"
        issue = _ISSUES[cell["village_issue"] or "unknown_village"] if cell["said"] else "请填写"
        raise NeighboursError(f"邻村表 {path.name} 第 {cell['row']} 行：{said}：{issue}")
    pairs = cells.pivot("variable", on_columns=HEADER, index="row", values="code")
    # Of two villages that have since been made one nothing is left to say.
    return pairs.filter(pl.col("village") != pl.col("neighbour")).select(HEADER)


def with_near(
    left: pl.DataFrame,
    right: pl.DataFrame,
    settled: pl.DataFrame,
    bordering: pl.DataFrame | None,
    declared: Declared,
) -> pl.DataFrame:
    """Give the left side with the villages for which each row's may stand.

    Args:
        left: `sides.left`.
        right: `sides.right`.
        settled: ``l``, ``r`` of rows that number and name settled.
        bordering: `read_neighbours`.
        declared: For how often two villages must be mixed up.

    Returns:
        `left`, and where there are any the column `compare_pairs.NEAR`.
    """
    pairs = [mixed_up(left, right, settled, declared)]
    if bordering is not None:
        codes = pl.col(HEADER).cast(pl.Categorical).to_physical()
        pairs.append(bordering.select(codes.cast(pl.UInt32)))
    near = pl.concat(pairs).unique()
    if near.is_empty():
        return left
    of_village = near.group_by("village").agg(pl.col("neighbour").sort().alias(NEAR))
    found = left.select(village="#village").join(
        of_village, on="village", how="left", maintain_order="left", validate="m:1"
    )
    return left.with_columns(found[NEAR])


def mixed_up(
    left: pl.DataFrame, right: pl.DataFrame, settled: pl.DataFrame, declared: Declared
) -> pl.DataFrame:
    """Find the villages that a list takes for one another.

    Args:
        left: `sides.left`.
        right: `sides.right`.
        settled: ``l``, ``r`` of rows that number and name settled.
        declared: For ``mixed_up_least`` and ``mixed_up_lift``.

    Returns:
        ``village``, ``neighbour``: their parts, each pair both ways.
    """
    ours = at(left, settled["l"], ["#village", "#township"])
    theirs = at(right, settled["r"], ["#village", "#township"])
    rows = pl.concat([ours, theirs.select(pl.all().name.suffix("_r"))], how="horizontal")
    rows = rows.drop_nulls(["#village", "#village_r"])
    differ = rows.filter(pl.col("#village") != pl.col("#village_r"))
    if differ.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(HEADER, pl.UInt32))
    both_ways = [("#village", "#village_r"), ("#village_r", "#village")]
    times = pl.concat(differ.select(village=a, neighbour=b) for a, b in both_ways)
    village = _villages(rows)
    found = (
        times.group_by("village", "neighbour")
        .agg(times=pl.len())
        .join(village, on="village")
        .join(village.select(neighbour="village", town="township", other="size"), on="neighbour")
        .with_columns(near=(pl.col("township") == pl.col("town")).fill_null(value=False))
        .with_columns(foretold=_foretold())
    )
    # Either village may be one that is mixed up with all others.
    one_pair = [
        extreme("village", "neighbour") for extreme in (pl.min_horizontal, pl.max_horizontal)
    ]
    foretold = pl.col("foretold").max().over(one_pair)
    settings = declared.settings
    often = pl.col("times") >= settings.mixed_up_least
    oftener = pl.col("times") >= settings.mixed_up_lift * foretold
    return found.filter(often & oftener).select(pl.col(HEADER).cast(pl.UInt32))


def _villages(rows: pl.DataFrame) -> pl.DataFrame:
    """The villages of rows with how many of the roster's are there (``size``), and how many others.

    ``near_size``, ``near_villages``: in the others of the township; ``far_…``: beyond it;
    ``…_products``: of the sizes of both, over all pairs of the county, both ways.
    """
    sizes = rows.group_by(village="#village_r", township="#township_r").agg(size=pl.len())
    unknown = rows.select(village="#village", township="#township", size=pl.lit(0, pl.UInt32))
    size, of_town = pl.col("size"), pl.col("size").sum().over("township")
    villages_of_town = pl.len().over("township")
    return (
        pl.concat([sizes, unknown.unique()], how="vertical_relaxed")
        .unique("village", keep="first", maintain_order=True)
        .cast({"size": pl.Float64})
        .select(
            "village",
            "township",
            "size",
            near_size=of_town - size,
            near_villages=villages_of_town - 1,
            far_size=size.sum() - of_town,
            far_villages=pl.len() - villages_of_town,
        )
        .with_columns(
            (size * pl.col(f"{where}_size")).sum().alias(f"{where}_products")
            for where in ("near", "far")
        )
    )


def _foretold() -> pl.Expr:
    """How often chance mixes a village up with another, by what happens to it otherwise.

    The larger of two counts. Its other mistakes are spread over all others, evenly or by their
    sizes; all mistakes of the county are spread over all pairs by the sizes of both.
    """
    times = pl.col("times")

    def others(what: str) -> pl.Expr:
        return pl.when("near").then(f"near_{what}").otherwise(f"far_{what}")

    share = pl.max_horizontal(pl.col("other") / others("size"), 1.0 / others("villages"))
    otherwise = times.sum().over("village", "near") - times
    of_pair = pl.col("size") * pl.col("other") / others("products")
    return pl.max_horizontal(otherwise * share, times.sum().over("near") * of_pair)
