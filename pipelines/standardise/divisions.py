"""The gazetteer: the county's townships and villages, and every way they are written.

It is the county's list of villages (`roster.villages`), with former names and alias tables beside
it; `locate` finds a row's place in it.

The list of villages may be older than a merger or a new name. What officers record in an alias
table with its day (``valid_from``) is done to the gazetteer where the day lies after the list's own
and not after the round; so every dataset of the round has the same villages (`standing.py`).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import polars as pl

from pipelines import frames
from pipelines.standardise.place_names import short_name, short_township, simplified, spelt
from pipelines.standardise.standing import as_it_stands
from pipelines.standardise.text import is_nothing, tidy

ALIASES = {"old": pl.String, "new": pl.String, "township": pl.String, "valid_from": pl.String}
"""Columns of an alias table: a former village name, today's name, its township if it is needed."""

RANK = {"exact": 0, "short": 1, "former": 2, "former_short": 3}
"""Today's names come before former ones: a restored village keeps its own."""


@dataclass(frozen=True)
class Divisions:
    """The county's places."""

    villages: pl.DataFrame
    """Columns of `frames.VILLAGES`; a missing ``township_code`` comes from the village code."""
    townships: pl.DataFrame
    """``township``, ``township_code``, ``form``: every way a township is written."""
    forms: pl.DataFrame
    """``form``, ``kind``, ``township_code``, ``village_code``: every way a village is written."""
    successors: Mapping[str, str] = field(default_factory=dict)
    """Code of a village that was merged away to that of the one it belongs to."""
    counties: tuple[str, ...] = ()
    """Names of the county, as the list of villages gives them; empty where it does not."""

    @property
    def known(self) -> bool:
        """Whether there is a gazetteer at all."""
        return not self.villages.is_empty()

    @cached_property
    def ranked(self) -> pl.DataFrame:
        """`forms` with their ``rank`` in place of the kind."""
        rank = pl.col("kind").replace_strict(RANK, return_dtype=pl.Int8)
        return self.forms.select("form", "township_code", "village_code", rank=rank)

    @cached_property
    def township_names(self) -> list[str]:
        """Every way a township is written, the longest first."""
        return self.townships.sort(pl.col("form").str.len_chars(), descending=True)[
            "form"
        ].to_list()

    @cached_property
    def bare_names(self) -> pl.DataFrame:
        """``village``, ``t_code`` and ``like``, the village's name without 村 and the like."""
        like = short_name(spelt(pl.col("village")))
        names = self.villages.select("village", t_code="township_code", like=like)
        return simplified(names, "like")


def build_divisions(
    villages_clean: pl.DataFrame | None,
    alias_files: Iterable[Path] = (),
    round_: dt.date | None = None,
) -> Divisions:
    """Make the gazetteer.

    Args:
        villages_clean: The clean ``roster.villages``, or None where there is none.
        alias_files: CSV files with the columns of `ALIASES` (``township`` and ``valid_from`` may be
            missing), UTF-8.
        round_: Mergers and new names up to this day count; None: only as other ways to write.

    Raises:
        ValueError: An alias file has no columns ``old`` and ``new``; the message is for people.
    """
    alias_files = tuple(alias_files)
    listed = frames.empty(frames.VILLAGES) if villages_clean is None else villages_clean
    successors: dict[str, str] = {}
    if round_ is not None and villages_clean is not None:
        listed, successors = as_it_stands(listed, alias_files, round_)
    villages = frames.conform(listed, frames.VILLAGES).filter(
        pl.col("village_code").is_not_null() & pl.col("village").is_not_null()
    )
    villages = villages.unique("village_code", keep="first", maintain_order=True).with_columns(
        township_code=pl.coalesce("township_code", pl.col("village_code").str.slice(0, 9))
    )
    named = simplified(villages.with_columns(full=spelt(pl.col("village"))), "full")
    townships = _township_forms(villages)
    split = named.select(
        "township_code",
        "village_code",
        full=tidy(pl.col("former_names")).str.replace_all(r"[,，;；/|\s]+", "、").str.split("、"),
    ).explode("full")
    aliases = _aliases(alias_files, named, townships)
    old = pl.concat(
        [split.select("full", "township_code", "village_code"), aliases], how="vertical"
    ).pipe(lambda names: simplified(names.with_columns(full=spelt(pl.col("full"))), "full"))
    forms = pl.concat(
        [
            _forms(named, "exact", "short"),
            _forms(old.filter(~is_nothing(pl.col("full"))), "former", "former_short"),
        ]
    ).unique(maintain_order=True)
    counties: tuple[str, ...] = ()
    if "county_name" in listed.columns:
        counties = tuple(
            listed.select(spelt(pl.col("county_name")))["county_name"].drop_nulls().unique().sort()
        )
    return Divisions(villages, townships, forms, successors, counties)


def _forms(named: pl.DataFrame, exact: str, short: str) -> pl.DataFrame:
    columns = ("township_code", "village_code")
    bare = short_name(pl.col("full"))
    written = {exact: pl.col("full"), short: bare}
    return pl.concat(
        [
            named.select(form.alias("form"), pl.lit(kind).alias("kind"), *columns)
            for kind, form in written.items()
        ]
        + [
            # What is said of a short name holds for it with any office behind it.
            named.select(
                pl.concat_str(bare, pl.lit(end)).alias("form"),
                pl.lit(short).alias("kind"),
                *columns,
            )
            for end in ("村", "社区", "行政村")
        ]
    ).filter(pl.col("form").is_not_null())


def _township_forms(villages: pl.DataFrame) -> pl.DataFrame:
    listed = (
        villages.filter(pl.col("township").is_not_null())
        .group_by("township_code", maintain_order=True)
        .agg(pl.first("township"))
        .with_columns(full=spelt(pl.col("township")))
        .pipe(simplified, "full")
    )
    both = pl.concat(
        [
            listed.select("township", "township_code", form="full"),
            listed.select("township", "township_code", form=short_township(pl.col("full"))),
        ]
    ).unique(maintain_order=True)
    # Two townships 大石镇 and 大石乡 share the short form; then only the full one says which.
    alone = pl.col("township_code").n_unique().over("form") == 1
    return both.filter(alone)


def _aliases(files: Iterable[Path], named: pl.DataFrame, townships: pl.DataFrame) -> pl.DataFrame:
    schema = {"full": pl.String, "township_code": pl.String, "village_code": pl.String}
    found = [pl.DataFrame(schema=schema)]
    targets = (
        _forms(named, "exact", "short").select("form", "township_code", "village_code").unique()
    )
    for path in files:
        table = pl.read_csv(path, infer_schema=False)
        if missing := {"old", "new"} - set(table.columns):
            raise ValueError(
                f"村名对照表 {path.name} 缺少列：{'、'.join(sorted(missing))}；"
                "应有 old（旧名）、new（现名），可有 township（乡镇）、valid_from（生效日期）"
            )
        table = table.select(
            pl.col("old").alias("full"),
            spelt(pl.col("new")).alias("form"),
            (
                spelt(pl.col("township"))
                if "township" in table.columns
                else pl.lit(None, dtype=pl.String)
            ).alias("t"),
        ).pipe(simplified, "form", "t")
        at = table.join(
            townships.select("form", t_code="township_code"),
            left_on="t",
            right_on="form",
            how="left",
        ).join(targets, on="form", how="inner")
        fits = pl.col("t").is_null() | (pl.col("t_code") == pl.col("township_code"))
        found.append(at.filter(fits).select(*schema))
    return pl.concat(found).unique(maintain_order=True)
