"""`python -m benchmarks.reaction`: seconds from a submission to the raised capacity, on the local stack."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import boto3
from clipit_client import Client, ClipItError
from pydantic import JsonValue

from cli.local import stack

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient

ALLOWED_S = 3.0
DEADLINE_S = 240.0
LOOK_S = 0.02
CLIPIT = (sys.executable, "-m", "cli.start")
NO_KEY = "none"
"""Whether the API is healthy, anybody may ask."""
COMPOSITION: Mapping[str, JsonValue] = {
    "version": 1,
    "width": 320,
    "height": 180,
    "rate": 10,
    "scenes": [{"duration_s": 1, "background": "#203040"}],
}


class ReactionError(RuntimeError):
    """The local stack did not come up, or did not react."""


def measure() -> float:
    """Seconds from the request to the raised desired capacity, on the running local stack or on one for this.

    Raises:
        ReactionError: the stack does not come up or does not react in time.
    """
    with _stack() as environment:
        key = _new_key(environment)
        caller = boto3.Session(
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            region_name=environment["AWS_REGION"],
        )
        groups = caller.client("autoscaling", endpoint_url=environment["AWS_ENDPOINT_URL"])
        return _raised(groups, environment["CLIPIT_API_URL"], key)


def _new_key(environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        [*CLIPIT, "keys", "create", "bench", "--quiet"],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def _raised(groups: "AutoScalingClient", url: str, key: str) -> float:
    def desired() -> int:
        """Of the only group there is: the local stack has one fleet."""
        (group,) = groups.describe_auto_scaling_groups()["AutoScalingGroups"]
        return group["DesiredCapacity"]

    before, begin = desired(), time.perf_counter()
    with Client(url=url, key=key) as client:
        for _ in range(before + 1):
            client.renders.create(composition=COMPOSITION)
    while time.perf_counter() - begin < DEADLINE_S:
        if desired() > before:
            return time.perf_counter() - begin
        time.sleep(LOOK_S)
    raise ReactionError(f"desired capacity was still {before} after {DEADLINE_S:.0f} s")


@contextmanager
def _stack() -> Iterator[Mapping[str, str]]:
    """The environment of the local stack; one that is started for this is ended again."""
    running = _environment()
    if running:
        yield running
        return
    child = subprocess.Popen([*CLIPIT, "local", "up"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield _when_up(child)
    finally:
        child.terminate()
        child.wait()


def _when_up(child: "subprocess.Popen[bytes]") -> Mapping[str, str]:
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end and child.poll() is None:
        environment = _environment()
        # The address of the API is known once the program is deployed.
        if "CLIPIT_API_URL" in environment and _answers(environment["CLIPIT_API_URL"]):
            return environment
        time.sleep(0.5)
    raise ReactionError("the local stack did not come up; `clipit local up` says why")


def _answers(url: str) -> bool:
    with Client(url=url, key=NO_KEY, retries=0) as client, suppress(ClipItError):
        return client.health().status == "ok"
    return False


def _environment() -> Mapping[str, str]:
    """The variables of the local stack and of what is deployed to it; empty while none is up."""
    return stack.environment() or {}


def main() -> int:
    """Print what was measured; exit code 1 when it is more than is allowed, or when nothing was measured."""
    try:
        seconds = measure()
    except ReactionError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    print(f"submit to raised desired capacity: {seconds:.2f} s (allowed {ALLOWED_S:.0f})")
    return 0 if seconds <= ALLOWED_S else 1


if __name__ == "__main__":
    sys.exit(main())
