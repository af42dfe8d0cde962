"""Measures the job server beside a bare FastAPI application, in turns, over HTTP."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median

from benchmarks.api.load import Measured, looks, measure, submissions

ROUNDS, SECONDS = 5, 2.0
WARM_SECONDS = 1.0
START_SECONDS = 30.0


LEAST = {"submission": 0.1, "look at a render": 0.15}
"""Parts of the bare server's rate that notice a regression: 0.15 and 0.34 were measured beside other work."""


@contextmanager
def serving(which: str) -> Iterator[int]:
    """One of the servers, at the port that this gives."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.api.serve", which, str(port)], stdout=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                if time.monotonic() > end or process.poll() is not None:
                    raise
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def compared(name: str, requests: list[bytes], bare: int, ours: int) -> bool:
    """Measure in turns, print the medians, and say whether the rate is as it should be."""
    for port in (bare, ours):
        measure(port, requests, WARM_SECONDS)
    found: dict[int, list[Measured]] = {bare: [], ours: []}
    for _ in range(ROUNDS):
        for port, measured in found.items():
            measured.append(measure(port, requests, SECONDS))
    rates = {port: median(one.rate for one in measured) for port, measured in found.items()}
    p99 = {port: median(one.p99_ms for one in measured) for port, measured in found.items()}
    rate = rates[ours] / rates[bare]
    print(
        f"{name:<18} bare {rates[bare]:6.0f}/s {p99[bare]:6.1f} ms   "
        f"ours {rates[ours]:6.0f}/s {p99[ours]:6.1f} ms   "
        f"rate {rate:.2f} (at least {LEAST[name]}), p99 {p99[ours] / p99[bare]:.1f} times"
    )
    return rate >= LEAST[name]


def main() -> int:
    """Print the calls and both comparisons; 1 when one is not as it should be."""
    print("calls to AWS: submission 2, replay 1, look 1 (tests/handlers/job_server/test_calls.py)")
    requests = {"submission": [*submissions()], "look at a render": [*looks()]}
    with ExitStack() as stack:
        bare, ours = (stack.enter_context(serving(which)) for which in ("bare", "ours"))
        met = [compared(name, sent, bare, ours) for name, sent in requests.items()]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
