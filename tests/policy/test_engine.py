"""The pack under the real engine, with the local provider and an emulated AWS."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer
from typer.testing import CliRunner

from cli.audit.event_log import EventLogError, read
from cli.audit.verdict import Level
from cli.exits import Exit
from cli.main import app
from local import pulumi_home, toolchain

pytestmark = [pytest.mark.pulumi_cli, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
PROGRAM = """
import pulumi
from pulumi_aws import cloudwatch, ec2

config = pulumi.Config()
names = ("Project", "Environment", "Component", "Owner", "ManagedBy")
tags = dict.fromkeys(names, "demo")
cloudwatch.LogGroup("logs", retention_in_days=config.require_int("days"), tags=tags)
old = {"http_tokens": "optional"}
ec2.LaunchTemplate("worker", image_id="ami-12345678", metadata_options=old, tags=tags)
"""
LEVELS = {
    "all": "disabled",
    "required-tags": "mandatory",
    "log-retention": {"enforcementLevel": "mandatory", "minimumDays": 30},
    "lt-imdsv2": "remediate",
}
Typed = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def pulumi(endpoint: str, tmp_path: Path) -> Typed:
    """Type a command in the folder of a small project."""
    tools = toolchain.toolchain(lambda _line: None)
    cli = tools.on_path() or tools.cached()
    if cli is None:
        pytest.skip("there is no Pulumi CLI; `make pulumi` gets it")
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "state").mkdir()
    (tmp_path / "levels.json").write_text(json.dumps(LEVELS))
    options = {"virtualenv": os.path.relpath(sys.prefix, project)}
    settings = {"name": "demo", "runtime": {"name": "python", "options": options}}
    (project / "Pulumi.yaml").write_text(json.dumps(settings))
    (project / "__main__.py").write_text(PROGRAM)
    environment = {
        **os.environ,
        **pulumi_home.prepared(cli, tmp_path / "home", os.environ).environment,
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "eu-central-1",
        "PULUMI_DEBUG_COMMANDS": "true",  # without it the engine knows no --event-log
    }

    def typed(*words: str) -> tuple[int, str]:
        command = [str(cli.executable), *words, "--non-interactive"]
        done = subprocess.run(
            command, check=False, cwd=project, env=environment, capture_output=True, text=True
        )
        return done.returncode, done.stdout + done.stderr

    assert typed("stack", "init", "dev")[0] == 0
    return typed


def with_pack(tmp_path: Path) -> tuple[str, ...]:
    return ("--policy-pack", str(ROOT / "policy"), "--policy-pack-config", str(tmp_path / "levels.json"))


def test_a_mandatory_rule_stops_the_preview_until_the_program_is_mended(pulumi: Typed, tmp_path: Path):
    log = tmp_path / "events.jsonl"
    pulumi("config", "set", "days", "7")
    code, text = pulumi("preview", *with_pack(tmp_path), "--event-log", str(log))
    assert code != 0, text
    assert "forgets logs after 7 days; expected at least 30 days" in text
    found = [said for said in read(log.read_text()).diagnostics if said.level is Level.MANDATORY]
    assert {said.policy for said in found} == {"log-retention"}

    pulumi("config", "set", "days", "30")
    code, text = pulumi("preview", *with_pack(tmp_path))
    assert code == 0, text


def test_a_remedied_resource_is_deployed_mended_and_its_state_can_be_audited(pulumi: Typed, tmp_path: Path):
    pulumi("config", "set", "days", "30")
    code, text = pulumi("up", "--yes", "--skip-preview", *with_pack(tmp_path))
    assert code == 0, text
    state = tmp_path / "state.json"
    assert pulumi("stack", "export", "--file", str(state))[0] == 0
    deployed = json.loads(state.read_text())["deployment"]["resources"]
    template = next(each for each in deployed if each["type"] == "aws:ec2/launchTemplate:LaunchTemplate")
    assert template["inputs"]["metadataOptions"]["httpTokens"] == "required"

    report = tmp_path / "report.md"
    shown = CliRunner().invoke(app, ["policy", "analyze", "--state", str(state), "--markdown", str(report)])
    assert shown.exit_code == Exit.REFUSED, shown.output
    assert "violation: lt-instance-profile [" in shown.stdout
    assert "lt-imdsv2" not in shown.stdout
    assert "lt-instance-profile" in report.read_text()


def test_a_run_without_the_pack_or_with_a_typo_in_its_levels_is_no_pass(pulumi: Typed, tmp_path: Path):
    log = tmp_path / "events.jsonl"
    pulumi("config", "set", "days", "30")
    assert pulumi("preview", "--event-log", str(log))[0] == 0
    with pytest.raises(EventLogError, match="without the policy pack"):
        read(log.read_text())

    for wrong, complaint in (
        ({"lt-imdsv9": "mandatory"}, "is no rule"),
        ({"sqs-sse": {"x": 1}}, "no option x"),
    ):
        (tmp_path / "levels.json").write_text(json.dumps({"all": "disabled", **wrong}))
        code, text = pulumi("preview", *with_pack(tmp_path), "--event-log", str(log))
        assert code != 0
        assert complaint in text
        with pytest.raises(EventLogError, match="no summary"):
            read(log.read_text())


def test_what_a_mandatory_rule_cannot_decide_fails_the_report_of_a_preview_that_passed(
    pulumi: Typed, tmp_path: Path
):
    log = tmp_path / "events.jsonl"
    late = "cloudwatch.LogGroup('late', tags=tags, retention_in_days=first.arn.apply(len))"
    first = "first = cloudwatch.LogGroup('first', tags=tags, retention_in_days=30)"
    (tmp_path / "project" / "__main__.py").write_text(f"{PROGRAM}\n{first}\n{late}\n")
    pulumi("config", "set", "days", "30")
    levels = {"all": "disabled", "log-retention": {"enforcementLevel": "mandatory", "minimumDays": 30}}
    (tmp_path / "levels.json").write_text(json.dumps(levels))
    code, text = pulumi("preview", *with_pack(tmp_path), "--event-log", str(log))
    assert code == 0, text
    shown = CliRunner().invoke(app, ["policy", "report", "--event-log", str(log)])
    assert shown.exit_code == Exit.REFUSED, shown.output
    assert "undecided: log-retention [medium] can't run policy" in shown.stdout


def test_a_waiver_lets_the_preview_pass_and_is_shown_in_its_output_and_in_each_report(
    pulumi: Typed, tmp_path: Path
):
    log = tmp_path / "events.jsonl"
    waiver = {"rule": "log-retention", "resource": "*::logs", "reason": "Later.", "owner": "team"}
    expiries = {"2999-12-31": 0, "2020-01-31": 1}
    for expires, ends in expiries.items():
        waivers = {"enforcementLevel": "mandatory", "waivers": [{**waiver, "expires": expires}]}
        (tmp_path / "levels.json").write_text(json.dumps({**LEVELS, "waiver-valid": waivers}))
        pulumi("config", "set", "days", "7")
        code, text = pulumi("preview", *with_pack(tmp_path), "--event-log", str(log))
        assert min(code, 1) == ends, text
    assert "the waiver of log-retention for *::logs ran out on 2020-01-31" in text

    waivers = {"enforcementLevel": "mandatory", "waivers": [{**waiver, "expires": "2999-12-31"}]}
    (tmp_path / "levels.json").write_text(json.dumps({**LEVELS, "waiver-valid": waivers}))
    code, text = pulumi("up", "--yes", "--skip-preview", *with_pack(tmp_path), "--event-log", str(log))
    note = "Waived until 2999-12-31 by team (Later): logs: forgets logs after 7 days"
    assert code == 0
    assert note in text
    files = {kind: tmp_path / f"report.{kind}" for kind in ("markdown", "junit", "sarif")}
    options = [part for kind, path in files.items() for part in (f"--{kind}", str(path))]
    shown = CliRunner().invoke(app, ["policy", "report", "--event-log", str(log), *options])
    assert shown.exit_code == Exit.OK, shown.output
    assert f"waived: log-retention [medium] {note}" in shown.stdout
    assert all(note in path.read_text() for path in files.values())


def test_a_mended_program_is_reported_and_deployed_once(pulumi: Typed, tmp_path: Path):
    log = tmp_path / "events.jsonl"
    pulumi("config", "set", "days", "30")
    assert pulumi("up", "--yes", "--skip-preview", *with_pack(tmp_path), "--event-log", str(log))[0] == 0
    shown = CliRunner().invoke(app, ["policy", "report", "--event-log", str(log)])
    assert shown.exit_code == Exit.OK, shown.output
    assert (
        "mended: lt-imdsv2 [-] worker: the pack rewrites metadataOptions in every deployment." in shown.stdout
    )
    code, text = pulumi("up", "--yes", "--skip-preview", "--expect-no-changes", *with_pack(tmp_path))
    assert code == 0, text


def test_a_file_that_is_no_state_is_refused(pulumi: Typed, tmp_path: Path):
    broken = tmp_path / "broken.json"
    broken.write_text('{"version": 3}')
    shown = CliRunner().invoke(app, ["policy", "analyze", "--state", str(broken), "--stack", "dev"])
    assert shown.exit_code == Exit.FAILED
    assert "could not analyze" in shown.stderr
