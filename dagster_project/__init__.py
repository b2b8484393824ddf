"""Wiring: definitions, resources, IO manager, partitions, schedules, sensors, alerts, the command.

No domain and no asset bodies here.
"""
