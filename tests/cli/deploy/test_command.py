"""`clipit deploy` and `clipit rollback` with a Pulumi CLI of a few lines and an AWS of moto's."""

import json
import subprocess
import time
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.deploy import command, deployment, rollback
from cli.deploy.conditions import Judgement, ServiceDeployment, Status
from cli.exits import Exit
from cli.main import app
from tests.cli import pulumi

DONE = Judgement(status=Status.DONE, reason="done")
OUTPUTS = {
    "table_name": "jobs",
    "group_names": {"cpu": "g"},
    "function_code": {"scaler": "new"},
    "job_server_task_definition": "arn:aws:ecs:eu-central-1:1:task-definition/api:7",
    "agent_version": "a" * 64,
}
HISTORY = [
    {"kind": "update", "result": "succeeded", "environment": {"git.head": head}}
    for head in ("22222222", "22222222", "11111111")
]


class Seen:
    """What is seen of the deployed stack: each part in turn, the last answer for good."""

    def __init__(self) -> None:
        self.parts = {name: [DONE] for name in ("functions", "service", "refresh", "agents")}
        self.serving = [
            ServiceDeployment(
                primary=True, revision="api:6", state="COMPLETED", reason="", running=2, desired=2
            )
        ]

    def becomes(self, part: str, *judgements: tuple[Status, str]) -> None:
        self.parts[part] = [Judgement(status=status, reason=reason) for status, reason in judgements]

    def _next(self, part: str) -> Judgement:
        answers = self.parts[part]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def functions(self) -> Judgement:
        return self._next("functions")

    def service(self) -> Judgement:
        return self._next("service")

    def refresh(self, _fleet: str, *, since: float) -> Judgement:
        assert time.time() - 120 < since < time.time()
        return self._next("refresh")

    def agents(self, _fleet: str) -> Judgement:
        return self._next("agents")

    def deployments(self) -> list[ServiceDeployment]:
        return self.serving


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    seen = Seen()
    monkeypatch.setattr(command, "_look", lambda _stack: seen)
    monkeypatch.setattr(deployment, "_ASK_S", 0.0)
    return seen


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pulumi.FakePulumi:
    fake = pulumi.installed(tmp_path, monkeypatch)
    fake.exports(OUTPUTS)
    fake.does("stack", f"cat <<'END'\n{json.dumps(HISTORY)}\nEND\n")
    return fake


@pytest.fixture
def smoke(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The exit codes of `clipit smoke`, one for each call; what was called is left out."""
    codes = [0]
    real = subprocess.run

    def run(words: list[str], **options: object) -> object:
        if "smoke" in words:
            return subprocess.CompletedProcess(args=words, returncode=codes.pop(0))
        return real(words, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(command.subprocess, "run", run)
    return codes


def run(*words: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, list(words), input=answer)


UNDER = "--policy-pack policy --policy-pack-config policy/levels/dev.json --refresh --stack dev"


def test_a_deployment_is_previewed_asked_for_made_waited_for_and_tried(
    seen: Seen, cli: pulumi.FakePulumi, smoke: list[int]
) -> None:
    result = run("deploy", "--stack", "dev", answer="y\n")
    assert result.exit_code == Exit.OK, result.output
    assert cli.calls()[:2] == [f"preview {UNDER}", f"up --yes --skip-preview {UNDER}"]
    assert smoke == []
    assert f"$ pulumi preview {UNDER}" in result.output
    assert "$ clipit smoke --stack dev" in result.output
    assert result.output.splitlines()[-1] == "deploy: ok dev"


def test_a_no_deploys_nothing(seen: Seen, cli: pulumi.FakePulumi) -> None:
    result = run("deploy", "--stack", "dev", answer="n\n")
    assert result.exit_code == Exit.FAILED
    assert [line.split()[0] for line in cli.calls()] == ["preview"]


@pytest.mark.parametrize("step", ["preview", "up"])
def test_a_step_that_fails_is_the_last_one(seen: Seen, cli: pulumi.FakePulumi, step: str) -> None:
    cli.does(step, "exit 3\n")
    result = run("deploy", "--stack", "dev", "--yes")
    assert result.exit_code == Exit.FAILED
    assert f"pulumi {step} ended with exit code 3" in result.stderr
    # The failed update is not among the deployed revisions, so the newest of them is the one before.
    assert ("clipit rollback --stack dev --to 22222222" in result.stderr) == (step == "up")


def test_each_change_is_shown_once_while_it_waits(
    seen: Seen, cli: pulumi.FakePulumi, smoke: list[int]
) -> None:
    half = (Status.WAIT, "1 of 2 tasks run")
    seen.becomes("service", half, half, (Status.DONE, "api:7 serves"))
    output = run("deploy", "--stack", "dev", "--yes").output
    assert output.count("1 of 2 tasks run") == 1
    assert "API: api:7 serves" in output


@pytest.mark.parametrize("part", ["functions", "service", "refresh", "agents"])
def test_what_failed_is_said_with_what_serves_and_the_way_back(
    seen: Seen, cli: pulumi.FakePulumi, part: str
) -> None:
    seen.becomes(part, (Status.WAIT, "not yet"), (Status.FAILED, "it broke"))
    result = run("deploy", "--stack", "dev", "--yes")
    assert result.exit_code == Exit.FAILED
    assert "it broke" in result.stderr
    assert "served now: api:6 (2 of 2 tasks)" in result.stderr
    assert "to roll back: clipit rollback --stack dev --to 11111111" in result.stderr


def test_what_is_not_finished_in_time_has_a_code_of_its_own(
    seen: Seen, cli: pulumi.FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment, "SERVICE_S", 0.0)
    seen.becomes("service", (Status.WAIT, "1 of 2 tasks run"))
    result = run("deploy", "--stack", "dev", "--yes")
    assert result.exit_code == Exit.TOO_LATE
    assert "API: not within 0 s: 1 of 2 tasks run" in result.stderr


def test_what_does_not_work_has_the_code_of_smoke(
    seen: Seen, cli: pulumi.FakePulumi, smoke: list[int]
) -> None:
    smoke[:] = [Exit.UNREACHABLE]
    result = run("deploy", "--stack", "dev", "--yes")
    assert result.exit_code == Exit.UNREACHABLE
    assert "clipit rollback --stack dev" in result.stderr


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with three commits: before the table's format had a version, with 1, and with 2."""
    root = tmp_path / "checkout"
    root.mkdir()

    def git(*words: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
        subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True)

    git("init", "-q")
    (root / "Makefile").write_text("setup:\n\ttouch .venv\n")
    for number in range(3):
        if number:
            path = root / rollback.FORMAT
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"version": number, "minimum_reader": 0}))
        git("add", "-A")
        git("commit", "-q", "--allow-empty", "-m", str(number))
        git("tag", f"v{number}")
    monkeypatch.setattr(rollback, "ROOT", root)
    return root


def test_older_code_is_deployed_from_a_working_tree_of_its_own(
    seen: Seen, cli: pulumi.FakePulumi, smoke: list[int], repository: Path
) -> None:
    cli.does("up", f"cat {rollback.FORMAT} > {cli.folder}/deployed; ls -a >> {cli.folder}/deployed\n")
    result = run("rollback", "--stack", "dev", "--to", "v1", "--yes")
    assert result.exit_code == Exit.OK, result.output
    deployed = (cli.folder / "deployed").read_text()
    assert '"version": 1' in deployed
    assert ".venv" in deployed
    trees = subprocess.run(
        ["git", "worktree", "list"], cwd=repository, capture_output=True, text=True, check=True
    )
    assert len(trees.stdout.splitlines()) == 1, "the working tree is removed"


@pytest.mark.parametrize(
    ("minimum_reader", "to", "code"),
    [(0, "v0", Exit.OK), (1, "v0", Exit.REFUSED), (1, "v1", Exit.OK), (2, "v1", Exit.REFUSED)],
)
def test_code_that_cannot_read_what_the_deployed_code_writes_is_refused(
    seen: Seen,
    cli: pulumi.FakePulumi,
    smoke: list[int],
    repository: Path,
    minimum_reader: int,
    to: str,
    code: Exit,
) -> None:
    cli.exports({**OUTPUTS, "table_format": {"version": 2, "minimum_reader": minimum_reader}})
    result = run("rollback", "--stack", "dev", "--to", to, "--yes")
    assert result.exit_code == code, result.output
    assert ("fix forward" in result.stderr) is (code is Exit.REFUSED)
    assert any(line.startswith("up ") for line in cli.calls()) is (code is Exit.OK)


def test_a_revision_that_there_is_not_is_said(cli: pulumi.FakePulumi, repository: Path) -> None:
    result = run("rollback", "--stack", "dev", "--to", "--nonsense", "--yes")
    assert result.exit_code == Exit.FAILED
    assert "there is no revision --nonsense in this checkout" in result.stderr
    assert "git fetch --tags" in result.stderr


def test_with_json_each_line_is_an_object_and_the_cli_writes_elsewhere(
    seen: Seen, cli: pulumi.FakePulumi, smoke: list[int], capfd: pytest.CaptureFixture[str]
) -> None:
    cli.does("up", "echo a table of resources\n")
    result = run("deploy", "--stack", "dev", "--yes", "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["title"] for line in lines if line["kind"] == "phase"][:2] == [
        "Previewing under the policy pack",
        "Deploying",
    ]
    assert lines[-1] == {"kind": "result", "ok": True, "stack": "dev"}
    assert capfd.readouterr() == ("", "a table of resources\n")


def test_with_json_a_failure_is_the_last_object(seen: Seen, cli: pulumi.FakePulumi) -> None:
    seen.becomes("service", (Status.FAILED, "circuit breaker"))
    result = run("deploy", "--stack", "dev", "--yes", "--json")
    assert result.exit_code == Exit.FAILED
    last = json.loads(result.stdout.splitlines()[-1])
    assert (last["ok"], last["code"]) == (False, Exit.FAILED)
    assert "API: circuit breaker" in last["error"]
    assert "clipit rollback --stack dev --to 11111111" in last["error"]
