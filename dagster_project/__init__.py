"""Wiring: definitions, resources, IO manager, partitions, schedules, sensors, alerts, the command.

No domain and no asset bodies here.
"""

import pipelines  # noqa: F401 - before polars is loaded
