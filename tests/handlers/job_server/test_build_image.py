"""The script that builds the image: it pins the base once, and insists on it from then on."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DOCKERFILE = (ROOT / "handlers" / "job_server" / "Dockerfile").read_text()
BASE = re.findall(r"^ARG BASE=(.*)$", DOCKERFILE, re.MULTILINE)[0]
DIGEST, ANOTHER = f"sha256:{'ab' * 32}", f"sha256:{'cd' * 32}"

DOCKER = """#!/bin/sh
echo "$*" >> "{calls}"
case "$*" in
  *imagetools*) cat "{answer}" ;;
esac
"""


@dataclass(frozen=True)
class Machine:
    """A shell whose docker writes down its calls and answers as the registry would."""

    folder: Path

    @property
    def record(self) -> Path:
        return self.folder / "base-image"

    def registry_has(self, digest: str) -> None:
        manifest = '{"mediaType": "application/vnd.oci.image.index.v1+json", "digest": "%s", "size": 10}'
        (self.folder / "answer").write_text(manifest % digest)

    def build(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{self.folder}:/usr/bin:/bin", "CLIPIT_BASE_IMAGE": str(self.record)}
        command = [ROOT / ".ci" / "build-image", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines() if (self.folder / "calls").exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    docker = tmp_path / "docker"
    docker.write_text(DOCKER.format(calls=tmp_path / "calls", answer=tmp_path / "answer"))
    docker.chmod(0o755)
    machine = Machine(tmp_path)
    machine.registry_has(DIGEST)
    return machine


def test_the_first_build_asks_for_the_digest_and_writes_it_down(machine: Machine) -> None:
    done = machine.build("job-server:1")
    assert done.returncode == 0, done.stderr
    assert machine.record.read_text() == f"{BASE}@{DIGEST}\n"
    assert "commit that file" in done.stdout


def test_every_build_stands_on_the_recorded_base_whatever_the_registry_has_by_then(machine: Machine) -> None:
    machine.build("job-server:1")
    machine.registry_has(ANOTHER)
    machine.build("job-server:2")
    asked, first, second = machine.calls()
    assert "imagetools inspect" in asked
    assert all(f"--build-arg BASE={BASE}@{DIGEST}" in build for build in (first, second))
    assert all("--platform linux/amd64" in build for build in (first, second))
    assert second.endswith("-t job-server:2 .")


def test_a_registry_that_gives_no_digest_pins_nothing(machine: Machine) -> None:
    (machine.folder / "answer").write_text("unauthorized")
    done = machine.build("job-server:1")
    assert (done.returncode, machine.record.exists()) == (1, False)
    assert "no digest" in done.stderr
    assert len(machine.calls()) == 1, "nothing is built on a base that is not pinned"


@pytest.mark.parametrize("pinned", ["", f"python:3.12.0-slim@{DIGEST}", BASE, f"{BASE}@sha256:abc"], ids=repr)
def test_a_record_of_another_base_or_without_a_digest_is_refused(machine: Machine, pinned: str) -> None:
    machine.record.write_text(pinned)
    done = machine.build("job-server:1")
    assert done.returncode == 1
    assert "Delete the file" in done.stderr
    assert machine.calls() == []


def test_a_build_without_a_name_says_how_it_is_called(machine: Machine) -> None:
    assert machine.build().returncode == 2
