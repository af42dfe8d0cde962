"""Why a job failed and why it still waits, in codes that programs may rely on."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class FailureCode(StrEnum):
    """Why an attempt ended without a video."""

    COMPOSITION_REFUSED = "composition_refused"
    ASSET_MISSING = "asset_missing"
    ASSET_REFUSED = "asset_refused"
    ENGINE_NOT_FOUND = "engine_not_found"
    ENGINE_TRANSIENT = "engine_transient"
    ENGINE_CRASHED = "engine_crashed"
    ENGINE_STALLED = "engine_stalled"
    OUTPUT_MISSING = "output_missing"
    STORAGE_UNAVAILABLE = "storage_unavailable"
    DISK_UNAVAILABLE = "disk_unavailable"
    TIMED_OUT = "timed_out"
    LEASE_LOST = "lease_lost"

    @property
    def permanent(self) -> bool:
        """Another attempt would end the same way, so none is made."""
        return self in _PERMANENT


_PERMANENT = frozenset(
    {FailureCode.COMPOSITION_REFUSED, FailureCode.ASSET_MISSING, FailureCode.ASSET_REFUSED}
)


class WaitReason(StrEnum):
    """Why a queued job is not yet rendering; the scaler decides it, the API tells it."""

    STARTING = "starting"
    FLEET_AT_MAXIMUM = "fleet_at_maximum"
    INSTANCE_BOOTING = "instance_booting"
    CAPACITY_BREAKER_OPEN = "capacity_breaker_open"
    FLEET_BREAKER_OPEN = "fleet_breaker_open"
    NO_CAPACITY = "no_capacity"
    QUOTA_REACHED = "quota_reached"
    LAUNCH_REFUSED = "launch_refused"
    WORKER_AVAILABLE = "worker_available"
    SPEND_CEILING = "spend_ceiling"
    SCALER_SILENT = "scaler_silent"


WAIT_TEXTS: Mapping[WaitReason, str] = MappingProxyType(
    {
        WaitReason.STARTING: "The scaler has not looked at the queue since the job arrived.",
        WaitReason.FLEET_AT_MAXIMUM: "Every instance the fleet may have is running; the next free one comes.",
        WaitReason.INSTANCE_BOOTING: "An instance for it is starting and being checked.",
        WaitReason.CAPACITY_BREAKER_OPEN: "AWS had no capacity repeatedly; one probe at a time tries again.",
        WaitReason.FLEET_BREAKER_OPEN: "Too many instances had to be replaced; an operator has been alerted.",
        WaitReason.NO_CAPACITY: "AWS has no instance of the wanted types at the moment.",
        WaitReason.QUOTA_REACHED: "The AWS account's quota of instances is reached; an operator was alerted.",
        WaitReason.LAUNCH_REFUSED: "AWS refuses to launch instances as configured; an operator was alerted.",
        WaitReason.WORKER_AVAILABLE: "A worker is free and about to take the job.",
        WaitReason.SPEND_CEILING: "The fleet has reached its spending limit.",
        WaitReason.SCALER_SILENT: "The scaler has not looked for minutes; an operator has been alerted.",
    }
)
