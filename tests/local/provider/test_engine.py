"""The real Pulumi engine over language host, provider and moto, on a small program."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from local import pulumi_home, toolchain

pytestmark = [pytest.mark.pulumi_cli, pytest.mark.timeout(300)]

REGION = "eu-central-1"
PROGRAM = """
import pulumi
from pulumi_aws import cloudwatch, ec2, ssm

config = pulumi.Config()
logs = cloudwatch.LogGroup("logs", retention_in_days=config.require_int("days"), tags={"Component": "demo"})
vpc = ec2.Vpc("net", cidr_block="10.0.0.0/16", enable_dns_hostnames=True)
subnet = ec2.Subnet("net-a", vpc_id=vpc.id, cidr_block="10.0.0.0/24", availability_zone="eu-central-1a")
key = ssm.Parameter("key", name="/demo/key", type="SecureString", value=config.require_secret("key"))
pulumi.export("logs", logs.name)
pulumi.export("vpc", vpc.id)
pulumi.export("tags", vpc.tags_all)
"""
PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def short(args, report):
    if args.resource_type == "aws:cloudwatch/logGroup:LogGroup" and args.props["retentionInDays"] > 60:
        report("Logs are kept for too long.")

PolicyPack("pack", policies=[ResourceValidationPolicy("short", "d", short, EnforcementLevel.MANDATORY)])
"""


@pytest.fixture(scope="module")
def cli() -> toolchain.Cli:
    finder = toolchain.toolchain(lambda _line: None)
    found = finder.on_path() or finder.cached()
    if found is None:
        pytest.skip("there is no Pulumi CLI; `make pulumi` gets it")
    return found


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def pulumi(cli, endpoint, tmp_path):
    """Type a command in the project's folder; gives exit code and everything that was printed."""
    project = tmp_path / "project"
    project.mkdir()
    options = {"virtualenv": os.path.relpath(sys.prefix, project)}
    (project / "Pulumi.yaml").write_text(
        json.dumps({"name": "demo", "runtime": {"name": "python", "options": options}})
    )
    (project / "__main__.py").write_text(PROGRAM)
    (tmp_path / "state").mkdir()
    environment = {
        **os.environ,
        **pulumi_home.prepared(cli, tmp_path / "home", os.environ).environment,
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
    }

    def typed(*words):
        done = subprocess.run(
            [cli.executable, *words, "--non-interactive"],
            check=False,
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout + done.stderr

    assert typed("stack", "init", "local")[0] == 0
    for pair in ("days=14", "aws:defaultTags.tags.Owner=me"):
        path = ["--path"] if "." in pair else []
        assert typed("config", "set", *path, *pair.split("=", 1))[0] == 0
    assert typed("config", "set", "key", "hunter22", "--secret")[0] == 0
    return typed


@pytest.fixture
def aws(endpoint):
    def client(service):
        given = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=endpoint, region_name=REGION, **given)

    return client


def test_a_stack_goes_up_stays_drifts_is_repaired_and_goes_down(pulumi, aws, tmp_path):
    code, text = pulumi("preview")
    assert code == 0, text
    assert "5 to create" in text
    assert "warning" not in text

    code, text = pulumi("up", "--yes", "--skip-preview")
    assert code == 0, text
    outputs = json.loads(pulumi("stack", "output", "--json")[1])
    assert outputs["tags"] == {"Owner": "me"}
    assert aws("ssm").get_parameter(Name="/demo/key", WithDecryption=True)["Parameter"]["Value"] == "hunter22"
    assert not any("hunter22" in file.read_text() for file in (tmp_path / "state").rglob("*.json"))

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
    assert aws("ec2").describe_vpcs(Filters=[{"Name": "vpc-id", "Values": [outputs["vpc"]]}])["Vpcs"] == []
    assert aws("logs").describe_log_groups(logGroupNamePrefix=outputs["logs"])["logGroups"] == []


def test_what_the_api_would_refuse_is_told_by_the_preview(pulumi):
    pulumi("config", "set", "days", "15")
    code, text = pulumi("preview")

    assert code != 0
    assert "15 is not allowed; use one of 0, 1, 3" in text


def test_a_mandatory_policy_stops_the_preview(pulumi, tmp_path):
    pack = tmp_path / "pack"
    pack.mkdir()
    options = {"virtualenv": os.path.relpath(sys.prefix, pack)}
    (pack / "PulumiPolicy.yaml").write_text(json.dumps({"runtime": {"name": "python", "options": options}}))
    (pack / "__main__.py").write_text(PACK)
    pulumi("config", "set", "days", "90")
    code, text = pulumi("preview", "--policy-pack", str(pack))

    assert code != 0
    assert "Logs are kept for too long." in text


def test_an_error_of_the_program_is_shown_once_from_its_own_line_on(pulumi, tmp_path):
    (Path(tmp_path) / "project" / "__main__.py").write_text(
        "import pulumi\n\nraise ValueError('my mistake')\n"
    )
    code, text = pulumi("preview")

    assert code != 0
    assert "ValueError: my mistake" in text
    assert "run_in_stack" not in text
