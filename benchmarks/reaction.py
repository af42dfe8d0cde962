"""How long the local stack takes from a submitted job to a raised desired capacity."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
import httpx

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient

ALLOWED_S = 3.0
PATIENCE_S = 240.0
LOOK_S = 0.02
CLIPIT = (sys.executable, "-c", "from cli.main import app; app()")
COMPOSITION = {
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
        key = _clipit("keys", "create", "bench", "--quiet", environment=environment).strip()
        session = boto3.Session(
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            region_name=environment["AWS_REGION"],
        )
        groups = session.client("autoscaling", endpoint_url=environment["AWS_ENDPOINT_URL"])
        return _raised(groups, environment["CLIPIT_API_URL"], key)


def _raised(groups: "AutoScalingClient", url: str, key: str) -> float:
    def desired() -> int:
        return groups.describe_auto_scaling_groups()["AutoScalingGroups"][0]["DesiredCapacity"]

    before, begin = desired(), time.perf_counter()
    for _ in range(before + 1):
        answer = httpx.post(
            f"{url}/v1/renders",
            json={"composition": COMPOSITION},
            headers={"Authorization": f"Bearer {key}"},
            timeout=30,
        )
        answer.raise_for_status()
    while time.perf_counter() - begin < PATIENCE_S:
        if desired() > before:
            return time.perf_counter() - begin
        time.sleep(LOOK_S)
    raise ReactionError(f"desired capacity was still {before} after {PATIENCE_S:.0f} s")


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
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and child.poll() is None:
        environment = _environment()
        if environment and _answers(environment["CLIPIT_API_URL"]):
            return environment
        time.sleep(0.5)
    raise ReactionError("the local stack did not come up; `clipit local up` says why")


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2).is_success
    except httpx.HTTPError:
        return False


def _environment() -> dict[str, str]:
    """What `clipit local env` prints; empty while no stack is up."""
    try:
        lines = _clipit("local", "env", environment={}).splitlines()
    except subprocess.CalledProcessError:
        return {}
    assigned = (shlex.split(line.removeprefix("export "))[0] for line in lines if line.startswith("export "))
    return {name: value for name, _, value in (one.partition("=") for one in assigned)}


def _clipit(*words: str, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        [*CLIPIT, *words], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout
