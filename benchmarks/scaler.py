"""`python -m benchmarks.scaler`: one decision on a very large fleet, in time and in AWS calls."""

import sys
from dataclasses import replace

from benchmarks.decision import MILLISECONDS_ALLOWED, measure
from benchmarks.look_calls import ALLOWED, looks
from simulator.standard import LIMITS

JOBS, INSTANCES = 100_000, 1_000


def main() -> int:
    """Print what was measured; exit code 1 when it is more than is allowed."""
    milliseconds = measure()
    size = f"{JOBS:,} queued jobs and {INSTANCES:,} instances"
    print(f"decide  {milliseconds:.1f} ms at {size} (allowed {MILLISECONDS_ALLOWED:.0f})")
    counted = looks(replace(LIMITS, maximum=2 * INSTANCES), jobs=JOBS, instances=INSTANCES)
    for name, calls in counted.items():
        listed = ", ".join(f"{call} {count}" for call, count in calls.items())
        print(f"look    {calls.total()} AWS calls (allowed {ALLOWED}), {name}: {listed}")
    most = max(calls.total() for calls in counted.values())
    return 0 if milliseconds <= MILLISECONDS_ALLOWED and most <= ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main())
