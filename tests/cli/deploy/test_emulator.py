"""`clipit deploy` against the emulated AWS, whose ECS takes a deployment back that does not come up."""

import json
from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner

from cli.deploy import deployment
from cli.exits import Exit
from cli.main import app
from local.emulator import server
from tests.cli import pulumi

NAME = "clip-it-dev-job-server"
HISTORY = [
    {"kind": "update", "result": "succeeded", "environment": {"git.head": head}}
    for head in ("22222222", "11111111")
]


def test_a_deployment_of_the_api_that_ecs_took_back_is_a_failure_although_pulumi_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment, "_ASK_S", 0.0)
    cli = pulumi.installed(tmp_path, monkeypatch)
    cli.does("stack", f"cat <<'END'\n{json.dumps(HISTORY)}\nEND\n")
    with server.running() as url:
        for name, value in {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
        }.items():
            monkeypatch.setenv(name, value)
        ecs = boto3.client("ecs", "eu-central-1")
        ecs.create_cluster(clusterName=NAME)
        revisions = []
        for step in ("create", "update"):
            container = {"name": "c", "image": "i", "memory": 64}
            made = ecs.register_task_definition(family=NAME, containerDefinitions=[container])
            revisions.append(made["taskDefinition"]["taskDefinitionArn"])
            if step == "create":
                ecs.create_service(cluster=NAME, serviceName=NAME, taskDefinition=NAME, desiredCount=1)
                report(ecs, "RUNNING")
        ecs.update_service(cluster=NAME, service=NAME, taskDefinition=NAME)
        for _ in range(3):
            report(ecs, "STOPPED")
        cli.exports(
            {
                "table_name": "jobs",
                "group_names": {},
                "function_code": {},
                "job_server_cluster": NAME,
                "job_server_service": NAME,
                "job_server_task_definition": revisions[1],
                "agent_version": "a" * 64,
            }
        )
        result = CliRunner().invoke(app, ["deploy", "--stack", "dev", "--yes"])
    assert result.exit_code == Exit.FAILED
    assert f"{NAME}:1 serves instead of {NAME}:2: ECS or an operator rolled back" in result.stderr
    assert "docs/runbooks/ApiDeploymentFailed.md" in result.stderr
    assert f"served now: {NAME}:1 (1 of 1 tasks)" in result.stderr
    assert "to roll back: clipit rollback --stack dev --to 11111111" in result.stderr


def report(ecs: object, status: str) -> None:
    """What becomes of the task of the newest deployment."""
    (service,) = ecs.describe_services(cluster=NAME, services=[NAME])["services"]  # type: ignore[attr-defined]
    task = f"{NAME}/{service['deployments'][0]['id']}/0"
    ecs.submit_task_state_change(cluster=NAME, task=task, status=status)  # type: ignore[attr-defined]
