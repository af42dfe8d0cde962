"""The list of what is filled, in one place."""

from local.emulator import (
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
    queue_policies,
    refreshes,
    scalable_targets,
    transactions,
)

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
    queue_policies,
    refreshes,
    scalable_targets,
    transactions,
)


def fill() -> None:
    """Put every answer of our own into moto."""
    for gap in _GAPS:
        gap.install()
