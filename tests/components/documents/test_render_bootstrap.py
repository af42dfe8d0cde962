"""The bootstrap in `components/documents`, run by a shell on this machine; agent and engine are stand-ins.

Does not prove the part that systemd does: that needs an instance.
"""

import hashlib
import io
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import yaml

from components.fleet_bootstrap import DOCUMENT
from tests.web_server import serving

ROOT = Path(__file__).parents[3]
AGENT = """
import json, os, pathlib, time
work = pathlib.Path(os.environ["CLIPIT_WORK_DIRECTORY"])
(work / "told").write_text(os.environ["CLIPIT_QUEUE_URL"] + "\\n" + os.environ["PATH"])
print(json.dumps({"at": 1.0, "event": "registered"}), flush=True)
for _ in range(1200):
    (work / "health").touch()
    time.sleep(0.05)
"""
BROKEN_AGENT = "raise SystemExit('cannot reach the queue')"
SHORT_LIVED_AGENT = """
import os, pathlib, time
pathlib.Path(os.environ["CLIPIT_WORK_DIRECTORY"], "health").touch()
time.sleep(0.3)
raise SystemExit("lost the table")
"""
ENVIRONMENT = {
    "AWS_REGION": "eu-central-1",
    "CLIPIT_ENVIRONMENT": "test",
    "CLIPIT_TABLE": "table",
    "CLIPIT_FLEET": "cpu",
    "CLIPIT_QUEUE_URL": "https://queue/a b?c='d'",
    "CLIPIT_DEAD_LETTER_URL": "https://dead",
    "CLIPIT_INPUTS_BUCKET": "inputs",
    "CLIPIT_OUTPUTS_BUCKET": "outputs",
    "CLIPIT_ENGINE_COMMAND": "engine",
    "CLIPIT_GROUP_NAME": "group",
    "CLIPIT_LAUNCH_HOOK": "bootstrap",
    "CLIPIT_TERMINATE_HOOK": "drain",
    "CLIPIT_HEARTBEAT_SECONDS": "1",
    "CLIPIT_LEASE_SECONDS": "10",
    "CLIPIT_JOB_TIMEOUT_SECONDS": "60",
    "CLIPIT_STALL_SECONDS": "30",
    "CLIPIT_ATTEMPT_LIMIT": "3",
    "CLIPIT_WORK_DIRECTORY": "opt/clip-it/work",
}
ENGINE = {"bin/engine": "#!/bin/sh\necho engine 1.2.3\n"}


@cache
def bundle_without_agent() -> tuple[tuple[str, bytes], ...]:
    """What is in a bundle of the agent, but for the agent itself."""
    packages = [ROOT / "handlers" / name for name in ("jobs", "render_agent")]
    files = [path for package in packages for path in package.rglob("*.py")]
    names = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in files}
    del names["handlers/render_agent/__main__.py"]
    return tuple(names.items())


@dataclass
class Aws:
    """Objects in S3, items in DynamoDB and metadata of an instance, behind one address."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    items: list[dict[str, dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def aws() -> Iterator[Aws]:
    aws = Aws()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(aws.objects.get(self.path))

        def do_GET(self) -> None:
            if self.path.startswith("/latest/"):
                self._answer(b"i-0123456789abcdef0")
                return
            aws.fetched.append(self.path)
            self._answer(aws.objects.get(self.path))

        def do_PUT(self) -> None:
            self._answer(b"token")

        def do_POST(self) -> None:
            aws.items.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["Item"])
            self._answer(b"{}")

        def _answer(self, body: bytes | None) -> None:
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body or b"")

        def log_message(self, *args: object) -> None:
            pass

    with serving(Handler) as server:
        aws.url = f"http://127.0.0.1:{server.server_port}"
        yield aws


@dataclass
class Instance:
    """A folder that stands for a machine."""

    home: Path
    aws: Aws
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.home / "opt/clip-it"

    def put_agent(self, source: str) -> None:
        bundle = self.home / "agent.zip"
        with zipfile.ZipFile(bundle, "w") as archive:
            for name, content in bundle_without_agent():
                archive.writestr(name, content)
            archive.writestr("handlers/render_agent/__main__.py", source)
        self.parameters["AgentSha256"] = hashlib.sha256(bundle.read_bytes()).hexdigest()
        self.parameters["AgentBundle"] = f"https://s3.test/bucket/agent/{self.parameters['AgentSha256']}.zip"

    def put_engine(self, files: dict[str, str]) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in files.items():
                header = zipfile.ZipInfo(name)
                header.external_attr = 0o755 << 16
                archive.writestr(header, content)
        sha256 = hashlib.sha256(buffer.getvalue()).hexdigest()
        self.aws.objects[f"/bucket/engine/{sha256}.zip"] = buffer.getvalue()
        self.parameters["EngineSha256"] = sha256
        self.parameters["EngineBundle"] = f"https://s3.eu-central-1.amazonaws.com/bucket/engine/{sha256}.zip"

    def tell(self, **changed: str) -> None:
        lines = {**ENVIRONMENT, **changed}
        self.parameters["AgentEnvironment"] = "\n".join(f"{name}={value}" for name, value in lines.items())

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
        return subprocess.run(
            ["sh", "-c", script],
            cwd=self.home,
            env={
                "PATH": f"{self.home / 'image'}:{Path(sys.executable).parent}:/usr/bin:/bin",
                "AWS_ENDPOINT_URL": self.aws.url,
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.aws.url,
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=50,
        )

    def _download(self, inputs: dict[str, str]) -> None:
        folder = self.home / self._filled(inputs["destinationPath"])
        name = self._filled(inputs["sourceInfo"]).rpartition("/")[2].rstrip('"}')
        (folder / name).write_bytes((self.home / "agent.zip").read_bytes())

    def _filled(self, text: str) -> str:
        return re.sub(r"\{\{ (\w+) \}\}", lambda match: self.parameters[match[1]], text)


@pytest.fixture
def instance(tmp_path: Path, aws: Aws) -> Iterator[Instance]:
    made = Instance(tmp_path, aws)
    made.parameters = {
        "EngineCommand": "engine",
        "InstallRoot": "opt/clip-it",
        "MinimumFreeMiB": "1",
        "Start": "agent",
    }
    made.tell(CLIPIT_HEARTBEAT_SECONDS="0.1")
    made.put_agent(AGENT)
    made.put_engine(ENGINE)
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
    queue, path = (instance.root / "work/told").read_text().splitlines()
    assert queue == "https://queue/a b?c='d'"
    assert path.startswith(f"{instance.root}/engines/{instance.parameters['EngineSha256']}/bin:")
    assert list((instance.root / "downloads").glob("engine*")) == []


def test_an_engine_is_fetched_once_and_its_installer_runs_once(instance: Instance) -> None:
    instance.put_engine({**ENGINE, "install": '#!/bin/sh\n"$CLIPIT_PYTHON" -c pass && echo ran >> log\n'})
    for _ in range(2):
        code, said = instance.bootstrap()
        assert code == 0, said
    folder = instance.root / "engines" / instance.parameters["EngineSha256"]
    assert (folder / "log").read_text() == "ran\n"
    assert len(instance.aws.fetched) == 1


def test_an_engine_of_the_machine_image_needs_no_more_than_an_empty_archive(instance: Instance) -> None:
    instance.put_engine({})
    (instance.home / "image").mkdir()
    engine = instance.home / "image/engine"
    engine.write_text(ENGINE["bin/engine"])
    engine.chmod(0o755)
    code, said = instance.bootstrap()
    assert code == 0, said


def words_of_failure(instance: Instance) -> str:
    """What the table was told: one failure of this instance, among the workers of its fleet."""
    (item,) = instance.aws.items
    assert (item["pk"]["S"], item["sk"]["S"]) == ("WORKER#i-0123456789abcdef0", "BOOT")
    assert item["state_pk"]["S"] == "WORKER#cpu"
    return item["words"]["S"]


def test_an_engine_with_another_checksum_is_removed_said_and_noted(instance: Instance) -> None:
    instance.tell()
    expected = "0" * 64
    address = instance.parameters["EngineBundle"].replace(instance.parameters["EngineSha256"], expected)
    (content,) = instance.aws.objects.values()
    instance.aws.objects = {f"/bucket/engine/{expected}.zip": content}
    instance.parameters |= {"EngineSha256": expected, "EngineBundle": address}
    code, said = instance.bootstrap()
    assert code == 1
    assert (
        f"engine: the archive has checksum {hashlib.sha256(content).hexdigest()}, {expected} expected" in said
    )
    assert list((instance.root / "engines").iterdir()) == []
    assert "stage: service" not in said
    assert words_of_failure(instance).startswith("engine: the archive has checksum")


def test_a_missing_archive_is_named_and_noted(instance: Instance) -> None:
    instance.tell()
    instance.aws.objects.clear()
    code, said = instance.bootstrap()
    assert code == 1
    sha256 = instance.parameters["EngineSha256"]
    missing = f"engine: the archive engine/{sha256}.zip of the artifacts bucket is not there"
    assert missing in said
    assert words_of_failure(instance).startswith(missing)


def test_an_installer_that_fails_is_shown_and_leaves_nothing_installed(instance: Instance) -> None:
    instance.tell()
    instance.put_engine({**ENGINE, "install": "#!/bin/sh\necho needs a GPU >&2; exit 9\n"})
    code, said = instance.bootstrap()
    assert code == 1
    assert "engine: its installer ended with code 9 and said: needs a GPU" in said
    assert list((instance.root / "engines").iterdir()) == []


@pytest.mark.long
def test_a_healthy_agent_is_left_alone_when_the_document_is_applied_again(instance: Instance) -> None:
    instance.bootstrap()
    before = instance.pid()
    instance.tell(CLIPIT_HEARTBEAT_SECONDS="0.1", CLIPIT_EXTRA="1")
    instance.put_agent(AGENT + "# newer\n")
    code, said = instance.bootstrap()
    assert code == 0, said
    assert instance.pid() == before
    assert "is running and is left alone" in said
    assert "CLIPIT_EXTRA=1" in (instance.root / "agent.env").read_text()


@pytest.mark.long
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
    instance.tell()
    instance.parameters["EngineCommand"] = "other-engine --fast"
    code, said = instance.bootstrap()
    assert code == 1
    assert "engine: CLIPIT_ENGINE_COMMAND cannot be run, other-engine: No such file or directory" in said
    assert "stage: service" not in said


def test_an_engine_that_fails_is_shown_with_what_it_said(instance: Instance) -> None:
    instance.tell()
    instance.put_engine({"bin/engine": "#!/bin/sh\necho no license >&2; exit 4\n"})
    code, said = instance.bootstrap()
    assert code == 1
    assert "engine: 'engine' version ended with code 4; 0 is expected. It said: no license" in said
    assert "no license" in words_of_failure(instance)


def test_an_environment_without_a_queue_changes_nothing(instance: Instance) -> None:
    instance.parameters["AgentEnvironment"] = "CLIPIT_FLEET=cpu"
    code, said = instance.bootstrap()
    assert code == 1
    assert "no line CLIPIT_QUEUE_URL" in said
    assert not (instance.root / "agent.env").exists()


@pytest.mark.long
@pytest.mark.parametrize(
    ("agent", "problem", "last"),
    [
        (BROKEN_AGENT, "the agent ended before it had registered", "cannot reach the queue"),
        (SHORT_LIVED_AGENT, "the agent ended after it had registered", "lost the table"),
    ],
    ids=["before", "after"],
)
def test_an_agent_that_ends_fails_the_bootstrap_with_its_last_words(
    instance: Instance, agent: str, problem: str, last: str
) -> None:
    instance.tell()
    instance.put_agent(agent)
    code, said = instance.bootstrap()
    assert code == 1
    assert f"health: {problem}; it said last: {last}" in said
    assert words_of_failure(instance) == f"health: {problem}; it said last: {last}"


def test_the_document_declares_what_its_scripts_use() -> None:
    text = DOCUMENT.read_text()
    declared = set(yaml.safe_load(text)["parameters"])
    assert set(re.findall(r"\{\{ (\w+) \}\}", text)) == declared
    # The service accepts 64 KB.
    assert len(text) < 64_000


def unit() -> str:
    """The agent's unit as the document writes it on an instance."""
    text = DOCUMENT.read_text().partition("<<UNIT\n")[2].partition("\n          UNIT\n")[0]
    lines = "\n".join(line.removeprefix("          ") for line in text.splitlines())
    filled = {"$root": "/opt/clip-it", "$release": "/opt/clip-it/releases/1", "$python": "/usr/bin/python3"}
    filled |= {"$engine_uid": "991", "$ip": "/usr/sbin/ip"}
    for name, value in {**filled, "$engine": "/opt/clip-it/engines/1"}.items():
        lines = lines.replace(name, value)
    assert "$" not in lines
    return lines


def test_an_agent_waits_for_its_credentials() -> None:
    lines = unit().splitlines()
    assert "Environment=AWS_METADATA_SERVICE_TIMEOUT=5 AWS_METADATA_SERVICE_NUM_ATTEMPTS=5" in lines


def test_systemd_lets_the_agent_make_a_cgroup_for_each_run_of_the_engine() -> None:
    lines = set(unit().splitlines())
    assert {"KillMode=mixed", "Delegate=yes"} <= lines
    assert "ProtectControlGroups=yes" not in lines


def test_the_agent_and_its_engine_write_to_their_folders_and_gain_no_rights() -> None:
    lines = set(unit().splitlines())
    assert {
        "User=clip-it",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=CAP_SETUID CAP_SETGID CAP_KILL",
        "ProtectSystem=strict",
        "ReadWritePaths=/opt/clip-it/work",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "UMask=0077",
    } <= lines


def test_an_engine_that_runs_out_of_memory_does_not_take_the_agent_along() -> None:
    lines = dict(line.split("=", 1) for line in unit().splitlines() if "=" in line)
    # By default systemd stops the whole unit when the kernel has killed one process of it (systemd.service).
    assert lines["OOMPolicy"] == "continue"
    assert int(lines["OOMScoreAdjust"]) < 0
    assert float(lines["MemoryHigh"].rstrip("%")) < float(lines["MemoryMax"].rstrip("%")) < 100


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_the_unit_is_sound_and_exposes_little(tmp_path: Path) -> None:
    file = tmp_path / "clip-it-agent.service"
    file.write_text(unit())
    analyze = ["systemd-analyze", "security", "--no-pager", "--offline=true"]
    done = subprocess.run([*analyze, str(file)], capture_output=True, text=True, check=False)
    found = re.search(r"Overall exposure level for clip-it-agent.service: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) < 4, done.stdout
    assert "Unknown" not in done.stderr, done.stderr


def test_an_instance_for_an_image_gets_everything_and_starts_nothing(instance: Instance) -> None:
    instance.parameters["Start"] = "nothing"
    code, said = instance.bootstrap()
    assert code == 0, said
    assert "service: not started" in said
    assert (instance.root / "engines" / instance.parameters["EngineSha256"] / "bin/engine").exists()
    assert not (instance.root / "state/pid").exists()


def test_no_python_of_the_document_imports_what_lies_where_it_runs() -> None:
    calls = re.findall(r"(\S+) (\S+) -m handlers", DOCUMENT.read_text())
    assert len(calls) == 5
    assert set(calls) == {("-P", "-s")}
