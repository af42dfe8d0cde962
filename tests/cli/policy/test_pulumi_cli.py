"""The pack under the real engine, with the local provider and an emulated AWS."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.exits import Exit
from cli.main import app
from cli.policy.diagnostics import Level
from cli.policy.event_log import EventLogError, read
from local.emulator import server
from tests.pulumi_project import Project, project

pytestmark = [pytest.mark.pulumi_cli, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[3]
PROGRAM = """
import pulumi
from pulumi_aws import cloudwatch, sqs

config = pulumi.Config()
names = ("Project", "Environment", "Component", "Owner", "ManagedBy")
tags = dict.fromkeys(names, "demo")
cloudwatch.LogGroup("logs", retention_in_days=config.require_int("days"), tags=tags)
sqs.Queue("jobs", sqs_managed_sse_enabled=False, tags=tags)
"""
KEPT_30_DAYS = {"enforcementLevel": "mandatory", "minimumDays": 30}
LEVELS = {
    "all": "disabled",
    "required-tags": "mandatory",
    "log-retention": KEPT_30_DAYS,
    "sqs-sse": "remediate",
}
WAIVER = {"rule": "log-retention", "resource": "*::logs", "reason": "Later.", "owner": "team"}
END = str(datetime.now(UTC).date() + timedelta(days=30))
NOTE = f"Waived until {END} by team (Later): logs: forgets logs after 7 days"


def waived_until(expires: str) -> dict[str, object]:
    waivers = {"enforcementLevel": "mandatory", "waivers": [{**WAIVER, "expires": expires}]}
    return {**LEVELS, "waiver-valid": waivers}


@dataclass(frozen=True)
class Audited:
    """A project with the levels of its pack and the log of its last run."""

    project: Project
    log: Path

    def run(self, *words: str, days: int, levels: object = LEVELS, program: str = PROGRAM) -> tuple[int, str]:
        """Type a command with the pack."""
        levels_file = self.log.with_name("levels.json")
        levels_file.write_text(json.dumps(levels))
        self.project.program(program)
        self.project.configure({"demo:days": days})
        pack = ("--policy-pack", str(ROOT / "policy"), "--policy-pack-config", str(levels_file))
        return self.project.typed(*words, *pack, "--event-log", str(self.log))

    def report(self, *options: str) -> tuple[int, str]:
        """What `clipit policy report` makes of the last run."""
        shown = CliRunner().invoke(app, ["policy", "report", "--event-log", str(self.log), *options])
        return shown.exit_code, shown.output


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with server.running() as url:
        yield url


@pytest.fixture(scope="module")
def audited(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """A project of which nothing is ever deployed."""
    folder = tmp_path_factory.mktemp("audited")
    return Audited(project(folder, endpoint), folder / "events.jsonl")


@pytest.fixture(scope="module")
def deployed(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """A project that the pack let pass, one finding waived and one mended."""
    folder = tmp_path_factory.mktemp("deployed")
    made = Audited(project(folder, endpoint), folder / "events.jsonl")
    code, text = made.run("up", "--yes", "--skip-preview", days=7, levels=waived_until(END))
    assert code == 0, text
    assert NOTE in text
    return made


def test_what_was_waived_or_mended_is_deployed_and_shown_in_each_report(deployed: Audited, tmp_path: Path):
    files = {kind: tmp_path / f"report.{kind}" for kind in ("markdown", "junit", "sarif")}
    code, text = deployed.report(*(part for kind, path in files.items() for part in (f"--{kind}", str(path))))
    assert code == Exit.OK, text
    assert f"waived: log-retention [medium] {NOTE}" in text
    assert all(NOTE in path.read_text() for path in files.values())
    assert "mended: sqs-sse [-] jobs: the pack rewrites sqsManagedSseEnabled in every deployment." in text


def test_a_deployed_state_can_be_audited(deployed: Audited, tmp_path: Path):
    state, report = tmp_path / "state.json", tmp_path / "report.md"
    assert deployed.project.typed("stack", "export", "--file", str(state))[0] == 0
    resources = json.loads(state.read_text())["deployment"]["resources"]
    queue = next(each for each in resources if each["type"] == "aws:sqs/queue:Queue")
    assert queue["inputs"]["sqsManagedSseEnabled"] is True

    shown = CliRunner().invoke(app, ["policy", "analyze", "--state", str(state), "--markdown", str(report)])
    assert shown.exit_code == Exit.REFUSED, shown.output
    assert "violation: sqs-dlq [" in shown.stdout
    assert "sqs-sse" not in shown.stdout
    assert "sqs-dlq" in report.read_text()


def test_a_mended_program_is_deployed_once(deployed: Audited):
    code, text = deployed.run("preview", "--expect-no-changes", days=7, levels=waived_until(END))
    assert code == 0, text


def test_a_run_without_the_pack_is_no_pass(audited: Audited, tmp_path: Path):
    log = tmp_path / "events.jsonl"
    audited.project.program(PROGRAM)
    audited.project.configure({"demo:days": 30})
    assert audited.project.typed("preview", "--event-log", str(log))[0] == 0
    with pytest.raises(EventLogError, match="without the policy pack"):
        read(log.read_text())


def test_a_run_with_typos_in_its_levels_is_no_pass_and_all_are_told(audited: Audited):
    wrong = {"all": "disabled", "lt-imdsv9": "mandatory", "sqs-sse": {"x": 1}}
    code, text = audited.run("preview", days=30, levels=wrong)
    assert code != 0
    assert "lt-imdsv9 is no rule" in text
    assert "no option x" in text
    with pytest.raises(EventLogError, match="no summary"):
        read(audited.log.read_text())


def test_what_a_mandatory_rule_cannot_decide_fails_the_report_of_a_preview_that_passed(audited: Audited):
    late = "cloudwatch.LogGroup('late', tags=tags, retention_in_days=first.arn.apply(len))"
    first = "first = cloudwatch.LogGroup('first', tags=tags, retention_in_days=30)"
    levels = {"all": "disabled", "log-retention": KEPT_30_DAYS}
    code, text = audited.run("preview", days=30, levels=levels, program=f"{PROGRAM}\n{first}\n{late}\n")
    assert code == 0, text
    code, text = audited.report()
    assert code == Exit.REFUSED, text
    assert "undecided: log-retention [medium] can't run policy" in text


def test_a_mandatory_rule_stops_the_preview_also_when_its_waiver_ran_out(audited: Audited):
    code, text = audited.run("preview", days=7, levels=waived_until("2020-01-31"))
    assert code != 0, text
    assert "forgets logs after 7 days; expected at least 30 days" in text
    assert "the waiver of log-retention for *::logs ran out on 2020-01-31" in text
    said = read(audited.log.read_text()).diagnostics
    stopping = {each.policy for each in said if each.level is Level.MANDATORY}
    assert stopping == {"log-retention", "waiver-valid"}


def test_a_file_that_is_no_state_is_refused(tmp_path: Path):
    broken = tmp_path / "broken.json"
    broken.write_text('{"version": 3}')
    shown = CliRunner().invoke(app, ["policy", "analyze", "--state", str(broken), "--stack", "dev"])
    assert shown.exit_code == Exit.FAILED
    assert "could not analyze" in shown.stderr
