"""Townships that sent next to nothing for the people they have, of a list that is due everywhere.

In the first round no earlier delivery says that a list is thin: one file for the whole county (the
senior pupils) makes every township seem delivered. Beside townships that sent all their schools,
one with a few rows for thousands of people shows it.
"""

from dataclasses import dataclass

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.parameters import ParameterError, Parameters

KEY = "gate_thin_share"
LEAST_TOWNSHIPS = 3
"""Of fewer townships with rows the median says nothing."""


class _Limits(BaseModel):
    """The value of the parameter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    share: float = Field(gt=0, lt=1)
    min_residents: int = Field(ge=1)
    datasets: frozenset[str]


@dataclass(frozen=True)
class Sparse:
    """Looks for such townships; `limits` is None where the parameter is not set."""

    limits: _Limits | None
    residents: pl.DataFrame
    """`township_code`, `residents`."""

    @classmethod
    def of(
        cls, parameters: Parameters, villages: pl.DataFrame, households: pl.DataFrame | None
    ) -> "Sparse":
        """Read the parameter `gate_thin_share` and count the residents of each township.

        Residents are the members of its households or the persons its villages state, whichever is
        more: a township that is missing in the roster has them nonetheless.

        Raises:
            ParameterError: The value is not `share`, `min_residents` and `datasets`.
        """
        stated = villages.group_by("township_code").agg(stated=pl.col("persons").sum())
        counted = pl.DataFrame(schema={"township_code": pl.String, "counted": pl.Int64})
        if households is not None:
            towns = villages.select("village_code", town="township_code").drop_nulls()
            counted = (
                households.join(towns.unique("village_code"), on="village_code", how="left")
                .group_by(pl.coalesce("town", "township_code").alias("township_code"))
                .agg(counted=pl.col("members").sum().cast(pl.Int64))
            )
        residents = (
            stated.filter(pl.col("township_code").is_not_null())
            .join(counted, on="township_code", how="left")
            .select("township_code", residents=pl.max_horizontal("stated", "counted"))
        )
        if KEY not in parameters:
            return cls(None, residents)
        try:
            return cls(_Limits.model_validate(parameters[KEY]), residents)
        except ValidationError as error:
            raise ParameterError(
                f"参数 {KEY} 应写明 share（0至1之间）、min_residents（人）和 datasets（数据集），"
                f"现为 {parameters[KEY]!r}"
            ) from error

    def of_dataset(self, dataset: str, rows: pl.DataFrame) -> pl.DataFrame:
        """Give the townships that sent too little of this dataset.

        Args:
            dataset: One the parameter does not name is due nowhere in particular.
            rows: `township_code`, `rows` of each township; null rows: it cannot be counted.

        Returns:
            `township_code`, `sparse_rows`.
        """
        none = pl.DataFrame(schema={"township_code": pl.String, "sparse_rows": pl.Int64})
        if self.limits is None or dataset not in self.limits.datasets:
            return none
        towns = rows.join(self.residents, on="township_code").filter(
            pl.col("rows").is_not_null(), pl.col("residents") >= self.limits.min_residents
        )
        towns = towns.with_columns(rate=pl.col("rows") / pl.col("residents"))
        sending = towns.filter(pl.col("rows") > 0).select(other="township_code", other_rate="rate")
        if sending.height < LEAST_TOWNSHIPS:
            return none
        return (
            towns.join(sending, how="cross")
            .filter(pl.col("township_code") != pl.col("other"))
            .group_by("township_code", "rows", "rate")
            .agg(usual=pl.col("other_rate").median())
            # exactly the share is enough, however the division was rounded
            .filter(pl.col("rate") < self.limits.share * pl.col("usual") - 1e-12)
            .select("township_code", sparse_rows=pl.col("rows").cast(pl.Int64))
        )

    def words(self, title: str) -> pl.Expr:
        """Why a township with `sparse_rows` is thin."""
        share = 0.0 if self.limits is None else self.limits.share
        says = (
            f"{title}：该乡镇仅报 {{}} 行，按人口折算不足其他乡镇中位数的 {share:.0%}，疑似未报齐"
        )
        return pl.format(says, "sparse_rows")
