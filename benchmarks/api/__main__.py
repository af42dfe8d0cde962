"""Measures the job server beside a bare FastAPI application, in turns, over HTTP.

Rates and latencies are those of this machine with whatever else it does. The processor time of a request is
the server's own, so that is what decides, by `LEAST`.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.api.load import Measured, looks, measure, submissions

ROUNDS, SECONDS = 5, 2.0
PER_SECOND = 100.0
"""Requests at which latencies are compared. Of a server that is never idle they are the connections over its
rate (Little's law), and so say nothing of their own."""
WARM_SECONDS = 1.0
START_SECONDS = 30.0


TICKS = os.sysconf("SC_CLK_TCK")
LEAST = {"submission": 0.15, "look at a render": 0.2}
"""The bare server's processor time as a part of ours that notices a regression: docs/operations/scale.md has
what was measured."""


@dataclass(frozen=True)
class Served:
    """A running server."""

    port: int
    pid: int

    @property
    def processor_seconds(self) -> float:
        """What its process has used so far (proc(5): utime and stime)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


@dataclass
class Found:
    """What was measured of one server: at its own rate, and at a pace."""

    measured: list[Measured] = field(default_factory=list)
    paced: list[Measured] = field(default_factory=list)
    processor_seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return median(one.rate for one in self.measured)

    @property
    def p99_ms(self) -> float:
        """Milliseconds that all but one answer in a hundred stayed below, at its own rate."""
        return median(one.percentile(0.99) for one in self.measured)

    def paced_ms(self, share: float) -> float:
        """Milliseconds that this share of the answers stayed below, at the pace."""
        return median(one.percentile(share) for one in self.paced)

    @property
    def processor_ms(self) -> float:
        """Milliseconds of processor time for an answer."""
        return 1000 * self.processor_seconds / sum(one.rate * SECONDS for one in self.measured)

    def __str__(self) -> str:
        return (
            f"{self.rate:5.0f}/s, p99 {self.p99_ms:5.1f} ms, {self.processor_ms:.2f} ms of processor; "
            f"at {PER_SECOND:.0f}/s p50 {self.paced_ms(0.5):.1f} ms, p99 {self.paced_ms(0.99):.1f} ms"
        )


@contextmanager
def serving(which: str) -> Iterator[Served]:
    """One of the servers."""
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
        yield Served(port, process.pid)
    finally:
        process.terminate()
        process.wait()


def compared(name: str, requests: list[bytes], bare: Served, ours: Served) -> bool:
    """Measure in turns, print the medians, and say whether our processor time is as it should be."""
    found = {bare: Found(), ours: Found()}
    for server in found:
        measure(server.port, requests, WARM_SECONDS)
    for _ in range(ROUNDS):
        for server, so_far in found.items():
            before = server.processor_seconds
            so_far.measured.append(measure(server.port, requests, SECONDS))
            so_far.processor_seconds += server.processor_seconds - before
            so_far.paced.append(measure(server.port, requests, SECONDS, PER_SECOND))
    one, other = found[bare], found[ours]
    share, times = one.processor_ms / other.processor_ms, other.paced_ms(0.99) / one.paced_ms(0.99)
    print(
        f"{name}\n  bare  {one}\n  ours  {other}\n  ours to bare: rate {other.rate / one.rate:.2f}, "
        f"p99 {other.p99_ms / one.p99_ms:.1f} times, at {PER_SECOND:.0f}/s {times:.1f} times; "
        f"by processor time {share:.2f} (at least {LEAST[name]})"
    )
    return share >= LEAST[name]


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
