"""The data folder: where things lie under one home, and what is declared there.

`Home` knows paths and nothing else. `Declared` is everything that is data and not county records:
contracts, parameters, rule files, decisions, corrections, division aliases. What ships with the
software (`SHIPPED`) is read first; the home may add to it, so an office adds a dataset, a rule or a
threshold without touching the installation.
"""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.contracts import Contracts, load_contracts
from pipelines.parameters import ParameterBook, load_parameters
from pipelines.settings import Settings, load_settings
from pipelines.sources import Texts, load_texts

if TYPE_CHECKING:
    from pipelines.compare.rules import Rules
    from pipelines.corrections.declared import Correction
    from pipelines.intake.mappings import Mappings
    from pipelines.linkage.decisions import Decisions

CHECKOUT = Path(__file__).resolve().parent.parent
SHIPPED = CHECKOUT / "data"
"""What ships: contracts, parameters, reference tables."""


@dataclass(frozen=True)
class Home:
    """One data folder (``--home``, ``BIDUI_HOME``; default ``data/`` in the checkout)."""

    path: Path

    @classmethod
    def default(cls) -> "Home":
        """Give the home that ``BIDUI_HOME`` names, else ``data/`` in the checkout."""
        return cls(Path(os.environ.get("BIDUI_HOME", SHIPPED)).resolve())

    @property
    def inbox(self) -> Path:
        """Where departments' files are dropped; never written by the pipeline."""
        return self.path / "inbox"

    @property
    def archive(self) -> Path:
        """What was read, by SHA-256."""
        return self.path / "archive"

    @property
    def store(self) -> Path:
        """What stages hand on, as Parquet, by asset and partition."""
        return self.path / "store"

    @property
    def warehouse(self) -> Path:
        """The published DuckDB file and its lock."""
        return self.path / "warehouse"

    @property
    def database(self) -> Path:
        """The published DuckDB file."""
        return self.warehouse / "bidui.duckdb"

    @property
    def lists(self) -> Path:
        """What goes out: ``<county>/<round>/<recipient>/``."""
        return self.path / "lists"

    @property
    def dagster(self) -> Path:
        """Dagster's own folder (``DAGSTER_HOME``)."""
        return self.path / "dagster"

    @property
    def logs(self) -> Path:
        """Append-only logs of look-ups and exports."""
        return self.path / "logs"

    @property
    def mappings(self) -> Path:
        """What officers settled about headers that no contract declares; questions await there."""
        return self.path / "mappings"

    @property
    def models(self) -> Path:
        """What linkage learnt of each list: ``<county>/<dataset>/<round>.json``."""
        return self.path / "models"

    @property
    def settings(self) -> Settings:
        """The office's own settings (``settings.yaml``)."""
        return load_settings(self.path / "settings.yaml")

    @cached_property
    def declared(self) -> "Declared":
        """What is declared for this home, shipped and its own; read once for this object's life."""
        roots = (SHIPPED,) if self.path == SHIPPED else (SHIPPED, self.path)
        rules = (CHECKOUT / "expectations" / "rules", self.path / "rules")
        return Declared(roots, rules)


@dataclass(frozen=True)
class Declared:
    """Everything declared as data, loaded once and checked."""

    roots: tuple[Path, ...]
    """Folders with ``contracts/``, ``parameters/``, ``reference/``, ``decisions/`` and so on."""
    rule_folders: tuple[Path, ...]
    """Folders with ``<group>/<ID>.sql``; later ones add and replace."""

    @cached_property
    def contracts(self) -> Contracts:
        """All contracts."""
        return load_contracts(self.roots)

    @cached_property
    def parameters(self) -> ParameterBook:
        """All parameter files."""
        return load_parameters(self.roots)

    @cached_property
    def rules(self) -> "Rules":
        """All rules by id, with the concepts they share."""
        from pipelines.compare.rules import load_rules

        return load_rules(self.rule_folders)

    @cached_property
    def texts(self) -> Texts:
        """The texts that rules and parameters cite, by number."""
        return load_texts(self.roots)

    @cached_property
    def decisions(self) -> "Decisions":
        """Reviewed links."""
        from pipelines.linkage.decisions import load_decisions

        return load_decisions(self.roots)

    @cached_property
    def corrections(self) -> "tuple[Correction, ...]":
        """Known errors of sources."""
        from pipelines.corrections.declared import load_corrections

        return load_corrections(self.roots, self.contracts)

    @cached_property
    def mappings(self) -> "Mappings":
        """What officers settled about headers, and what they are still asked."""
        from pipelines.intake.mappings import load_mappings

        return load_mappings(self.roots[-1] / "mappings", self.contracts)

    @property
    def neighbour_files(self) -> tuple[Path, ...]:
        """Tables of villages that border (``reference/neighbours.csv``)."""
        files = (root / "reference" / "neighbours.csv" for root in self.roots)
        return tuple(file for file in files if file.exists())

    @property
    def alias_files(self) -> tuple[Path, ...]:
        """Tables of merged, renamed and re-spelt villages (``reference/divisions.csv``)."""
        files = (root / "reference" / "divisions.csv" for root in self.roots)
        return tuple(file for file in files if file.exists())
