"""The Pulumi CLI of this machine refreshes as the recorded event logs say."""

from pathlib import Path

import boto3
import pytest

from cli.drift.look import DRIFTED, command
from cli.drift.refresh import differences
from local.emulator import server
from tests.pulumi_project import REGION, STACK, project

pytestmark = [pytest.mark.pulumi_cli, pytest.mark.long, pytest.mark.timeout(120)]

PROGRAM = """
from pulumi_aws import cloudwatch, sqs

cloudwatch.LogGroup("logs", name="logs", retention_in_days=30)
sqs.Queue("jobs", name="jobs")
sqs.Queue("kept", name="kept")
"""


def test_drift_ends_with_7_and_names_what_was_changed_and_deleted(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    words = command(STACK, log)
    with server.running() as endpoint:
        made = project(tmp_path, endpoint)
        made.program(PROGRAM)
        code, text = made.typed("up", "--yes", "--skip-preview")
        assert code == 0, text
        code, text = made.typed(*words)
        assert (code, differences(log.read_text())) == (0, ()), text
        session = boto3.Session("test", "test", region_name=REGION)
        logs = session.client("logs", endpoint_url=endpoint)
        logs.put_retention_policy(logGroupName="logs", retentionInDays=7)
        queues = session.client("sqs", endpoint_url=endpoint)
        queues.delete_queue(QueueUrl=queues.get_queue_url(QueueName="jobs")["QueueUrl"])
        code, text = made.typed(*words)
    assert code == DRIFTED, text
    found = {each.name: (str(each.action), each.because) for each in differences(log.read_text())}
    assert found == {"logs": ("update", ("retentionInDays",)), "jobs": ("delete", ())}
