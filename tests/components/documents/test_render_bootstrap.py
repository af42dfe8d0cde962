"""The bootstrap in `components/documents`, run by a shell on this machine; agent and engine are stand-ins.

Does not prove the part that systemd does: that needs an instance.
"""

import hashlib
import os
import re
import signal
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from components.fleet_bootstrap import DOCUMENT

AGENT = """
import json, os, pathlib, time
pathlib.Path(os.environ["CLIPIT_WORK_DIRECTORY"], "told").write_text(os.environ["CLIPIT_QUEUE_URL"])
print(json.dumps({"at": 1.0, "event": "registered"}), flush=True)
time.sleep(60)
"""
BROKEN_AGENT = "raise SystemExit('cannot reach the queue')"


@dataclass
class Instance:
    """A folder that stands for a machine."""

    home: Path
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.home / "opt/clip-it"

    def put_agent(self, source: str) -> None:
        bundle = self.home / "agent.zip"
        with zipfile.ZipFile(bundle, "w") as archive:
            archive.writestr("handlers/__init__.py", "")
            archive.writestr("handlers/render_agent/__init__.py", "")
            archive.writestr("handlers/render_agent/__main__.py", source)
        self.parameters["AgentSha256"] = hashlib.sha256(bundle.read_bytes()).hexdigest()
        self.parameters["AgentBundle"] = f"https://s3.test/bucket/agent/{self.parameters['AgentSha256']}.zip"

    def put_engine(self, script: str) -> None:
        engine = self.home / "bin/engine"
        engine.parent.mkdir(exist_ok=True)
        engine.write_text(f"#!/bin/sh\n{script}\n")
        engine.chmod(0o755)

    def bootstrap(self) -> tuple[int, str]:
        """Run the steps in order until one fails; the exit code and everything that was said."""
        said = ""
        for step in yaml.safe_load(DOCUMENT.read_text())["mainSteps"]:
            assert step["inputs"]["onFailure"] == "exit"
            if step["action"] == "aws:downloadContent":
                self._download(step["inputs"])
                continue
            done = self._shell("\n".join(self._filled(line) for line in step["inputs"]["runCommand"]))
            said += done.stdout
            if done.returncode:
                return done.returncode, said
        return 0, said

    def pid(self) -> int:
        return int((self.root / "state/pid").read_text())

    def _shell(self, script: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.home / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        return subprocess.run(
            ["sh", "-c", script],
            cwd=self.home,
            env={"PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=30,
        )

    def _download(self, inputs: dict[str, str]) -> None:
        folder = self.home / self._filled(inputs["destinationPath"])
        name = self._filled(inputs["sourceInfo"]).rpartition("/")[2].rstrip('"}')
        (folder / name).write_bytes((self.home / "agent.zip").read_bytes())

    def _filled(self, text: str) -> str:
        return re.sub(r"\{\{ (\w+) \}\}", lambda match: self.parameters[match[1]], text)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = Instance(tmp_path)
    environment = ["CLIPIT_QUEUE_URL=https://queue/a b?c='d'", "CLIPIT_WORK_DIRECTORY=opt/clip-it/work"]
    made.parameters = {
        "AgentEnvironment": "\n".join(environment),
        "EngineCommand": "engine",
        "InstallRoot": "opt/clip-it",
        "MinimumFreeMiB": "1",
    }
    made.put_agent(AGENT)
    made.put_engine("echo engine 1.2.3")
    yield made
    if (made.root / "state/pid").exists():
        try:
            os.kill(made.pid(), signal.SIGKILL)
        except ProcessLookupError:
            return


def test_a_new_instance_passes_every_stage_and_starts_its_agent(instance: Instance) -> None:
    code, said = instance.bootstrap()
    assert code == 0, said
    stages = re.findall(r"^stage: (\w+)$", said, re.MULTILINE)
    assert stages == ["checks", "agent", "engine", "service", "health", "ready"]
    assert "engine: engine 1.2.3" in said
    assert (instance.root / "work/told").read_text() == "https://queue/a b?c='d'"


def test_a_healthy_agent_is_left_alone_when_the_document_is_applied_again(instance: Instance) -> None:
    instance.bootstrap()
    before = instance.pid()
    instance.parameters["AgentEnvironment"] += "\nCLIPIT_EXTRA=1"
    instance.put_agent(AGENT + "# newer\n")
    code, said = instance.bootstrap()
    assert code == 0, said
    assert instance.pid() == before
    assert "is running and is left alone" in said
    assert "CLIPIT_EXTRA=1" in (instance.root / "agent.env").read_text()


def test_a_dead_agent_is_started_again(instance: Instance) -> None:
    instance.bootstrap()
    before = instance.pid()
    os.kill(before, signal.SIGKILL)
    _wait_for_the_end_of(before)
    code, said = instance.bootstrap()
    assert code == 0, said
    assert instance.pid() != before


def _wait_for_the_end_of(process: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    raise AssertionError(f"process {process} does not end")


def test_only_the_owner_reads_the_environment(instance: Instance) -> None:
    instance.bootstrap()
    assert stat.S_IMODE((instance.root / "agent.env").stat().st_mode) == 0o600


def test_a_bundle_with_another_checksum_is_removed_and_not_installed(instance: Instance) -> None:
    expected = instance.parameters["AgentSha256"] = "0" * 64
    instance.parameters["AgentBundle"] = f"https://s3.test/bucket/agent/{expected}.zip"
    code, said = instance.bootstrap()
    assert code == 1
    assert f"{expected} expected; it was removed, nothing was installed" in said
    assert list((instance.root / "downloads").iterdir()) == []
    assert list((instance.root / "releases").iterdir()) == []


def test_too_little_disk_space_is_said_with_both_numbers(instance: Instance) -> None:
    instance.parameters["MinimumFreeMiB"] = "999999999"
    code, said = instance.bootstrap()
    assert code == 1
    assert re.search(r"checks: \d+ MiB free at .*, 999999999 MiB needed", said)


def test_a_missing_engine_is_named(instance: Instance) -> None:
    instance.parameters["EngineCommand"] = "other-engine --fast"
    code, said = instance.bootstrap()
    assert code == 1
    assert "engine: the command other-engine is not on PATH" in said
    assert "stage: service" not in said


def test_an_engine_that_fails_is_shown_with_what_it_said(instance: Instance) -> None:
    instance.put_engine("echo no license >&2; exit 4")
    code, said = instance.bootstrap()
    assert code == 1
    assert "'engine version' failed: no license" in said


def test_an_environment_without_a_queue_changes_nothing(instance: Instance) -> None:
    instance.parameters["AgentEnvironment"] = "CLIPIT_FLEET=cpu"
    code, said = instance.bootstrap()
    assert code == 1
    assert "no line CLIPIT_QUEUE_URL" in said
    assert not (instance.root / "agent.env").exists()


def test_an_agent_that_ends_at_once_fails_the_bootstrap_with_its_last_words(instance: Instance) -> None:
    instance.put_agent(BROKEN_AGENT)
    code, said = instance.bootstrap()
    assert code == 1
    assert "the agent ended before it had registered" in said
    assert "cannot reach the queue" in said


def test_the_document_declares_what_its_scripts_use() -> None:
    text = DOCUMENT.read_text()
    declared = set(yaml.safe_load(text)["parameters"])
    assert set(re.findall(r"\{\{ (\w+) \}\}", text)) == declared
    # The service accepts 64 KB.
    assert len(text) < 64_000


def test_systemd_lets_the_agent_make_a_cgroup_for_each_run_of_the_engine() -> None:
    unit = DOCUMENT.read_text().partition("<<UNIT")[2].partition("\n          UNIT\n")[0]
    assert {"KillMode=mixed", "Delegate=yes"} <= set(unit.split())
