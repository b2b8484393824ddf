"""The resources that assets ask for by type."""

from pathlib import Path

import dagster as dg

from pipelines.home import Home


class HomeResource(dg.ConfigurableResource[Home]):
    """The data folder a run works on; empty: ``BIDUI_HOME``, else ``data/`` in the checkout."""

    path: str = ""

    def create_resource(self, context: dg.InitResourceContext) -> Home:  # noqa: ARG002
        """Give the plain `Home` that assets take as ``dg.ResourceParam[Home]``."""
        return Home(Path(self.path).resolve()) if self.path else Home.default()
