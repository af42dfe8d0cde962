"""Why a job failed and why it still waits, in codes that programs may rely on."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class FailureCode(StrEnum):
    """Why an attempt ended without a video."""

    COMPOSITION_REFUSED = "composition_refused"
    ASSET_MISSING = "asset_missing"
    ASSET_REFUSED = "asset_refused"
    ASSET_UNREACHABLE = "asset_unreachable"
    ASSET_TOO_LARGE = "asset_too_large"
    ENGINE_NOT_FOUND = "engine_not_found"
    ENGINE_TRANSIENT = "engine_transient"
    ENGINE_CRASHED = "engine_crashed"
    ENGINE_STALLED = "engine_stalled"
    OUTPUT_MISSING = "output_missing"
    STORAGE_UNAVAILABLE = "storage_unavailable"
    DISK_UNAVAILABLE = "disk_unavailable"
    TIMED_OUT = "timed_out"
    LEASE_LOST = "lease_lost"
    INTERRUPTED = "interrupted"
    FLEET_REMOVED = "fleet_removed"

    @property
    def permanent(self) -> bool:
        """Another attempt would end the same way, so none is made."""
        return self in _PERMANENT

    @property
    def customers_own(self) -> bool:
        """The composition or an asset is at fault, so that only the customer can mend it."""
        return self in _CUSTOMERS_OWN


_CUSTOMERS_OWN = frozenset(
    {
        FailureCode.COMPOSITION_REFUSED,
        FailureCode.ASSET_MISSING,
        FailureCode.ASSET_REFUSED,
        FailureCode.ASSET_UNREACHABLE,
        FailureCode.ASSET_TOO_LARGE,
    }
)
_PERMANENT = _CUSTOMERS_OWN | {FailureCode.FLEET_REMOVED}


class WaitReason(StrEnum):
    """Why a queued job is not yet rendering; decided by the scaler, shown by the API."""

    STARTING = "starting"
    FLEET_AT_MAXIMUM = "fleet_at_maximum"
    INSTANCE_BOOTING = "instance_booting"
    LAUNCHES_FAIL = "launches_fail"
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
        WaitReason.STARTING: "The job has just arrived; the scaler has not looked at the queue yet.",
        WaitReason.FLEET_AT_MAXIMUM: "All instances that the fleet may have are busy or starting.",
        WaitReason.INSTANCE_BOOTING: "An instance is starting and being checked.",
        WaitReason.LAUNCHES_FAIL: "New instances fail their checks; another one is tried.",
        WaitReason.CAPACITY_BREAKER_OPEN: "AWS repeatedly had no capacity; one launch at a time is tried.",
        WaitReason.FLEET_BREAKER_OPEN: "Too many instances had to be replaced; an operator has been alerted.",
        WaitReason.NO_CAPACITY: "AWS currently has no capacity for the configured instance types.",
        WaitReason.QUOTA_REACHED: "The AWS instance quota is reached; an operator has been alerted.",
        WaitReason.LAUNCH_REFUSED: "AWS rejects the launch configuration; an operator has been alerted.",
        WaitReason.WORKER_AVAILABLE: "A worker is free, or will be sooner than another instance could start.",
        WaitReason.SPEND_CEILING: "The fleet has reached its spending limit.",
        WaitReason.SCALER_SILENT: "The scaler has not run for several minutes; an operator has been alerted.",
    }
)
