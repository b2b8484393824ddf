"""The resources that assets ask for by type."""

from pathlib import Path

import dagster as dg

from dagster_project.killed import show_alive
from pipelines.home import Home


class HomeResource(dg.ConfigurableResource[Home]):
    """The data folder a run works on; empty: ``BIDUI_HOME``, else ``data/`` in the checkout."""

    path: str = ""

    def create_resource(self, context: dg.InitResourceContext) -> Home:
        """Give the plain `Home` that assets take as ``dg.ResourceParam[Home]``.

        A run that gets it shows from then on that it is alive.
        """
        home = Home(Path(self.path).resolve()) if self.path else Home.default()
        if context.run is not None:
            show_alive(home, context.run.run_id)
        return home
