"""The Pulumi CLI of this machine writes event logs as the recorded ones are."""

import json
from pathlib import Path

import pytest

from cli.impact.losses import Impact
from cli.impact.preview import Action, read
from cli.impact.report import Report
from local.emulator import server
from tests.pulumi_project import project

pytestmark = [pytest.mark.pulumi_cli, pytest.mark.long, pytest.mark.timeout(120)]

PROGRAM = """
import pulumi
from pulumi_aws import cloudwatch, sqs

config = pulumi.Config()
cloudwatch.LogGroup("logs", retention_in_days=config.require_int("days"))
sqs.Queue("jobs", name=config.require("name"))
if config.require_bool("both"):
    sqs.Queue("more")
"""


def test_a_deleted_a_replaced_and_a_shortened_resource_are_danger(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    with server.running() as endpoint:
        made = project(tmp_path, endpoint)
        made.program(PROGRAM)
        made.configure({"demo:days": 30, "demo:name": "first", "demo:both": True})
        code, text = made.typed("up", "--yes", "--skip-preview")
        assert code == 0, text
        made.configure({"demo:days": 7, "demo:name": "second", "demo:both": False})
        code, text = made.typed("preview", "--event-log", str(log))
    assert code == 0, text
    preview = read(log.read_text())
    assert {change.name: change.action for change in preview.changes} == {
        "logs": Action.UPDATE,
        "jobs": Action.REPLACE,
        "more": Action.DELETE,
    }
    assert {each.impact for each in Report.of(preview).judged} == {Impact.DANGER}
    assert next(change for change in preview.changes if change.name == "jobs").because == ("name",)
    assert json.loads(log.read_text().splitlines()[-1]), "one event a line"
