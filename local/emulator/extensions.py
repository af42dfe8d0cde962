"""The list of what is filled, in one place."""

from local.emulator import (
    certificates,
    composite_alarms,
    delete_markers,
    images,
    invocations,
    policy_conditions,
    queries,
    queue_policies,
    scalable_targets,
    streams,
    transactions,
)
from local.emulator.autoscaling import groups, notifications, refreshes
from local.emulator.systems_manager import associations, document_versions, managed_instances

_GAPS = (
    associations,
    certificates,
    composite_alarms,
    delete_markers,
    document_versions,
    groups,
    images,
    invocations,
    managed_instances,
    notifications,
    policy_conditions,
    queries,
    queue_policies,
    refreshes,
    scalable_targets,
    streams,
    transactions,
)


def fill() -> None:
    """Put every answer of our own into moto."""
    for gap in _GAPS:
        gap.install()
