"""The real Pulumi CLI over language host, provider and an emulated AWS, on a small program."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from local.emulator import server
from tests.pulumi_project import REGION, Project, project

pytestmark = [pytest.mark.pulumi_cli, pytest.mark.timeout(300)]

PROGRAM = """
import pulumi
from pulumi_aws import cloudwatch, sqs, ssm

config = pulumi.Config()
logs = cloudwatch.LogGroup("logs", retention_in_days=config.require_int("days"), tags={"Component": "demo"})
dead = sqs.Queue("dead", message_retention_seconds=1209600)
jobs = sqs.Queue("jobs", redrive_policy=pulumi.Output.json_dumps(
    {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 5}
))
key = ssm.Parameter("key", name="/demo/key", type="SecureString", value=config.require_secret("key"))
pulumi.export("logs", logs.name)
pulumi.export("jobs", jobs.url)
pulumi.export("tags", jobs.tags_all)
"""
PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def short(args, report):
    if args.resource_type == "aws:cloudwatch/logGroup:LogGroup" and args.props["retentionInDays"] > 60:
        report("Logs are kept for too long.")

PolicyPack("pack", policies=[ResourceValidationPolicy("short", "d", short, EnforcementLevel.MANDATORY)])
"""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with server.running() as url:
        yield url


@pytest.fixture(scope="module")
def demo(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = project(tmp_path_factory.mktemp("demo"), endpoint)
    made.configure({"aws:defaultTags": {"tags": {"Owner": "me"}}})
    assert made.typed("config", "set", "key", "hunter22", "--secret")[0] == 0
    return made


@pytest.fixture
def pulumi(demo: Project) -> Callable[..., tuple[int, str]]:
    """Type a command for the program as it is, with logs that are kept for 14 days."""
    demo.program(PROGRAM)
    demo.configure({"demo:days": 14})
    return demo.typed


@pytest.fixture
def aws(endpoint: str) -> Callable[[str], Any]:
    def client(service: str) -> Any:
        given = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=endpoint, region_name=REGION, **given)

    return client


def test_a_stack_goes_up_stays_drifts_is_repaired_and_goes_down(demo, pulumi, aws):
    code, text = pulumi("up", "--yes")
    assert code == 0, text
    assert "5 to create" in text
    assert "5 created" in text
    assert "warning" not in text
    outputs = json.loads(pulumi("stack", "output", "--json")[1])
    assert outputs["tags"] == {"Owner": "me"}
    assert aws("ssm").get_parameter(Name="/demo/key", WithDecryption=True)["Parameter"]["Value"] == "hunter22"
    assert not any("hunter22" in file.read_text() for file in demo.state.rglob("*.json"))

    code, text = pulumi("preview", "--refresh", "--expect-no-changes")
    assert code == 0, text

    aws("logs").put_retention_policy(logGroupName=outputs["logs"], retentionInDays=90)
    aws("ssm").delete_parameter(Name="/demo/key")
    code, text = pulumi("refresh", "--yes", "--skip-preview")
    assert code == 0, text
    assert "1 updated" in text
    assert "1 deleted" in text

    code, text = pulumi("up", "--yes", "--skip-preview")
    assert code == 0, text
    groups = aws("logs").describe_log_groups(logGroupNamePrefix=outputs["logs"])["logGroups"]
    assert [group["retentionInDays"] for group in groups] == [14]

    code, text = pulumi("destroy", "--yes", "--skip-preview")
    assert code == 0, text
    assert outputs["jobs"] not in aws("sqs").list_queues().get("QueueUrls", [])
    assert aws("logs").describe_log_groups(logGroupNamePrefix=outputs["logs"])["logGroups"] == []


def test_what_the_api_would_refuse_is_told_by_the_preview(demo, pulumi):
    demo.configure({"demo:days": 15})
    code, text = pulumi("preview")

    assert code != 0
    assert "15 is not allowed; use one of 0, 1, 3" in text


def test_a_mandatory_policy_stops_the_preview(demo, pulumi, tmp_path):
    pack = tmp_path / "pack"
    pack.mkdir()
    options = {"virtualenv": os.path.relpath(sys.prefix, pack)}
    (pack / "PulumiPolicy.yaml").write_text(json.dumps({"runtime": {"name": "python", "options": options}}))
    (pack / "__main__.py").write_text(PACK)
    demo.configure({"demo:days": 90})
    code, text = pulumi("preview", "--policy-pack", str(pack))

    assert code != 0
    assert "Logs are kept for too long." in text


def test_an_error_of_the_program_is_shown_once_from_its_own_line_on(demo, pulumi):
    demo.program("import pulumi\n\nraise ValueError('my mistake')\n")
    code, text = pulumi("preview")

    assert code != 0
    assert "ValueError: my mistake" in text
    assert "run_in_stack" not in text
