"""Columns that a sheet does not have: what was not asked for on paper says nothing about people.

FAIRNESS guarantee 4. A rule declares in `columns` what a finding of it rests on. Where the sheet
that the subject's evidence stands in has no such column, the subject was not compared. Decided by
sheet: a township that left a column out must not stand for its neighbours. A column that is there
and empty is evidence: somebody was asked and wrote nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from pipelines import frames
from pipelines.compare.rules import Rule
from pipelines.contracts import Contract, Contracts

_SHEET = ["path", "sheet"]


@dataclass(frozen=True)
class Headers:
    """Which columns each sheet of a round has."""

    linked: Mapping[str, frames.Table]
    contracts: Contracts
    sheets: pl.DataFrame
    """`frames.SHEETS`; the header is unknown of a sheet not in it or without `header_columns`."""
    _found: dict[tuple[str, tuple[str, ...]], pl.DataFrame] = field(default_factory=dict)

    def lacking(self, dataset: str, columns: tuple[str, ...]) -> pl.DataFrame:
        """Give the sheets of `dataset` that have none of `columns`.

        A column is lacking where the header has it not and nothing was derived for it. Where the
        header is unknown it is lacking only if the whole delivery has no value in it.

        Returns:
            `path`, `sheet`, and `says`: the reason in Chinese.
        """
        key = (dataset, columns)
        if key not in self._found:
            self._found[key] = self._lacking(dataset, columns)
        return self._found[key]

    def _lacking(self, dataset: str, columns: tuple[str, ...]) -> pl.DataFrame:
        table = self.linked.get(dataset, frames.empty({}))
        texts = [f"{column}_text" for column in columns]
        frame = frames.columns_of(table, (*_SHEET, *columns, *texts))
        if frame.is_empty():
            return pl.DataFrame(schema=dict.fromkeys([*_SHEET, "says"], pl.String))
        written = pl.any_horizontal(_has_value(c, frame) for c in columns)
        header = self.sheets.filter(pl.col("dataset") == dataset).select(
            *_SHEET,
            has=pl.any_horizontal(pl.col("header_columns").list.contains(c) for c in columns),
        )
        titles = [f"“{self.contracts[dataset].columns[c].title}”" for c in columns]
        named = titles[0] if len(titles) == 1 else f"{'、'.join(titles[:-1])}或{titles[-1]}"
        sheet = pl.when(pl.col("sheet").is_not_null()).then(pl.format("〔{}〕", "sheet"))
        subject = pl.format("名单〈{}{}〉", "path", sheet.otherwise(pl.lit("")))
        return (
            frame.group_by(_SHEET)
            .agg(written=written.any())
            .with_columns(anywhere=pl.col("written").any())
            .join(
                # Lists side by side on a sheet are several rows of SHEETS.
                header.group_by(_SHEET).agg(pl.col("has").any(ignore_nulls=False)),
                on=_SHEET,
                how="left",
                nulls_equal=True,
            )
            .filter(~pl.col("written"), ~pl.coalesce("has", "anywhere"))
            .select(
                *_SHEET,
                says=pl.concat_str(
                    subject,
                    pl.lit(f"没有{named}列"),
                    pl.when(pl.col("has").is_null())
                    .then(pl.lit("，或整列为空"))
                    .otherwise(pl.lit("")),
                ),
            )
        )


def column_reasons(subjects: pl.DataFrame, rule: Rule, headers: Headers) -> pl.DataFrame:
    """Add `lacks`: the columns that the subject's sheets do not have; null where they have all.

    A subject with a record of the dataset is judged by that record's sheet. One that was not found
    is judged by its own other rows in the list; where it is nobody's (a village), by all sheets.
    """
    reasons: list[str] = []
    judged = subjects
    for dataset, groups in rule.columns.items():
        for group in groups:
            sheets = headers.lacking(dataset, group)
            if sheets.is_empty():
                continue
            name = f"lacks_{len(reasons)}"
            contract, table = headers.contracts[dataset], headers.linked[dataset]
            judged = _with_reason(judged, rule, contract, table, sheets, name)
            reasons.append(name)
    together = pl.concat_str(reasons, separator="；", ignore_nulls=True) if reasons else pl.lit("")
    return judged.with_columns(lacks=pl.when(together != "").then(together)).drop(reasons)


def _with_reason(
    subjects: pl.DataFrame,
    rule: Rule,
    contract: Contract,
    table: frames.Table,
    sheets: pl.DataFrame,
    name: str,
) -> pl.DataFrame:
    placed = frames.columns_of(table, ("record_id", *_SHEET, "link_person", "link_household"))
    rows = placed.join(sheets, on=_SHEET, how="left", nulls_equal=True)
    records = rows.select("record_id", "says", of_dataset=pl.lit(value=True)).unique("record_id")
    judged = subjects
    for side in ("left", "right"):
        own = records.rename({"says": f"{side}_says", "of_dataset": f"{side}_is"})
        judged = judged.join(
            own, left_on=f"{side}_record_id", right_on="record_id", how="left", validate="m:1"
        )
    by_household = rule.level == "household" or contract.grain == "household"
    key, link = ("household_id", "link_household") if by_household else ("person_id", "link_person")
    other = (
        rows.filter(pl.col(link).is_not_null(), pl.col("says").is_not_null())
        .group_by(pl.col(link).alias(key))
        .agg(other_says=pl.col("says").min())
    )
    everywhere = sheets["says"].min() if rows["says"].null_count() == 0 else None
    nobody = pl.lit(value=True) if rule.level == "village" else pl.col(key).is_null()
    without = pl.col("left_is").is_null() & pl.col("right_is").is_null()
    return (
        judged.join(other, on=key, how="left", validate="m:1")
        .with_columns(
            pl.when(~without)
            .then(pl.coalesce("left_says", "right_says"))
            .when(pl.col("state") == "not_found")
            .then(pl.when(nobody).then(pl.lit(everywhere, pl.String)).otherwise("other_says"))
            .alias(name)
        )
        .drop("left_says", "right_says", "left_is", "right_is", "other_says")
    )


def _has_value(column: str, frame: pl.DataFrame) -> pl.Expr:
    """Whether a row has anything in the column, understood or not."""
    text = f"{column}_text"
    written = pl.col(column).is_not_null()
    return written | pl.col(text).is_not_null() if text in frame.columns else written
