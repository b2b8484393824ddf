"""What an office sets for its home in ``<home>/settings.yaml``; everything has a default."""

import os
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError


class SettingsError(ValueError):
    """``settings.yaml`` is wrong; the message names the key."""


class Alert(BaseModel):
    """Where to send word of a failed run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str
    port: int = 25
    starttls: bool = False
    user: str = ""
    sender: str
    recipients: tuple[str, ...]

    def password(self) -> str:
        """Give the password from the environment (``BIDUI_ALERT_PASSWORD``), never from a file."""
        return os.environ.get("BIDUI_ALERT_PASSWORD", "")


class Settings(BaseModel):
    """The office's settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    county_names: dict[str, str] = {}
    """County code to name, for titles."""
    settle_seconds: int = 20
    """A file is read once it has not changed for so long."""
    alert: Alert | None = None


def load_settings(path: Path) -> Settings:
    """Read `path`; a file that is not there means defaults.

    Raises:
        SettingsError: The file is not YAML or has a key it should not.
    """
    if not path.exists():
        return Settings()
    try:
        return Settings.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (yaml.YAMLError, ValidationError) as error:
        raise SettingsError(f"{path}: {error}") from error
