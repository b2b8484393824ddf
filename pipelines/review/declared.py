"""The declared choices of review (`data/reference/review.yaml`)."""

from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.home import SHIPPED

PATH = SHIPPED / "reference" / "review.yaml"


class ReviewSettingsError(ValueError):
    """The file is wrong; the message names it, the key and what was expected."""


class ReviewSettings(BaseModel):
    """Numbers of the review; what each means stands beside it in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    trusted: tuple[str, ...]
    bands: tuple[float, ...]
    pairs: int = Field(gt=0)
    random_share: float = Field(gt=0, le=1)
    least_of_stratum: int = Field(ge=0)
    least_spread: float = Field(gt=0, le=0.5)
    confidence: float = Field(gt=0.5, lt=1)
    calibrate_from: int = Field(gt=0)

    @model_validator(mode="after")
    def _bands(self) -> "ReviewSettings":
        if list(self.bands) != sorted(set(self.bands)) or not all(0 < b < 1 for b in self.bands):
            raise ValueError("'bands' must rise and lie between 0 and 1")
        return self


@lru_cache(maxsize=4)
def review_settings(path: Path = PATH) -> ReviewSettings:
    """Read the choices.

    Raises:
        ReviewSettingsError: The file is not of the form described above.
    """
    try:
        return ReviewSettings.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise ReviewSettingsError(f"{path}: {error}") from error
