"""The workflows hold triggers, rights and environments; what is done stands in scripts of .ci."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bootstrap.names import GIT_HOST
from tests.bootstrap.accounts import account

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yaml"))
SCRIPT = re.compile(r'^(\.ci/[a-z-]+)( "\$[A-Z_]+"| [\w./-]+)*$')
SETUP = "make setup"
# Commits of tagged releases of the actions that a workflow may use; everything else is a script.
ACTIONS = {
    "actions/checkout": "3d3c42e5aac5ba805825da76410c181273ba90b1",
    "actions/setup-python": "5fda3b95a4ea91299a34e894583c3862153e4b97",
    "actions/upload-artifact": "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f",
    "actions/download-artifact": "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c",
    "actions/attest-build-provenance": "a2bbfa25375fe432b6a289bc6b6cd05ecd0c4c32",
    "aws-actions/configure-aws-credentials": "e6de054238d6b7531b4efff3b6587d9aade6a06c",
}


def workflow(path: Path) -> dict[Any, Any]:
    loaded: dict[Any, Any] = yaml.safe_load(path.read_text())
    return loaded


def jobs() -> list[Any]:
    return [
        pytest.param(path, job, id=f"{path.stem}-{name}")
        for path in WORKFLOWS
        for name, job in workflow(path)["jobs"].items()
    ]


def steps() -> list[tuple[str, dict[str, Any]]]:
    return [
        (path.stem, step)
        for path in WORKFLOWS
        for job in workflow(path)["jobs"].values()
        for step in job["steps"]
    ]


@pytest.mark.parametrize(("path", "job"), jobs())
def test_each_job_states_its_rights_and_its_time(path: Path, job: dict[str, Any]) -> None:
    assert workflow(path)["permissions"] == {}
    assert job["permissions"]
    assert 0 < job["timeout-minutes"] <= 180


@pytest.mark.parametrize(("name", "step"), steps())
def test_a_step_runs_a_script_that_exists_or_a_pinned_action(name: str, step: dict[str, Any]) -> None:
    if "run" in step:
        if step["run"] != SETUP:
            found = SCRIPT.match(step["run"])
            assert found, f"{name}: {step['run']}"
            assert os.access(ROOT / found[1], os.X_OK), f"{name}: {found[1]}"
        return
    action, commit = step["uses"].split("@")
    assert ACTIONS[action] == commit


def test_no_checkout_leaves_credentials_behind() -> None:
    checkouts = [step for _, step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_what_a_fork_starts_has_no_right_but_to_read() -> None:
    check = workflow(ROOT / ".github/workflows/check.yaml")
    assert all(job["permissions"] == {"contents": "read"} for job in check["jobs"].values())
    assert "secrets" not in (ROOT / ".github/workflows/check.yaml").read_text()
    assert not [path.name for path in WORKFLOWS if "pull_request_target" in path.read_text()]


def test_who_may_write_the_comment_has_no_cloud_and_runs_the_script_of_the_base() -> None:
    preview = workflow(ROOT / ".github/workflows/preview.yaml")["jobs"]
    assert "id-token" not in preview["comment"]["permissions"]
    assert "pull-requests" not in preview["preview"]["permissions"]
    checkout = preview["comment"]["steps"][0]
    assert checkout["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"


def test_nothing_that_changes_the_cloud_is_cancelled_half_way() -> None:
    for path in WORKFLOWS:
        if path.stem not in {"check", "preview"}:
            assert workflow(path)["concurrency"]["cancel-in-progress"] is False, path.name


def environments(job: dict[str, Any]) -> set[str]:
    """The environments of a job, one for each stack of its matrix."""
    stacks = job.get("strategy", {}).get("matrix", {}).get("stack", [""])
    return {job["environment"].replace("${{ matrix.stack }}", stack) for stack in stacks}


def test_every_job_that_takes_a_role_has_an_environment_that_some_role_trusts() -> None:
    trusted = {
        subject.rpartition(":")[2]
        for stack in ("dev", "prod")
        for role in account(stack).roles.values()
        for subject in json.loads(role.trust)["Statement"][0]["Condition"]["StringEquals"][f"{GIT_HOST}:sub"]
    }
    used = {
        environment
        for path in WORKFLOWS
        for job in workflow(path)["jobs"].values()
        if any("configure-aws-credentials" in step.get("uses", "") for step in job["steps"])
        for environment in environments(job)
    }
    assert used == trusted


def test_prod_is_deployed_after_dev_and_with_its_image() -> None:
    deploy = workflow(ROOT / ".github/workflows/deploy.yaml")["jobs"]
    assert deploy["dev"]["needs"] == "image"
    assert deploy["prod"]["needs"] == ["image", "dev"]
    commands = [step["run"] for job in ("dev", "prod") for step in deploy[job]["steps"] if "run" in step]
    assert commands[1::2] == [f'.ci/deploy {stack} "$DIGEST" "$REVISION"' for stack in ("dev", "prod")]


def test_who_publishes_a_release_runs_nothing_of_what_was_built() -> None:
    release = workflow(ROOT / ".github/workflows/release.yaml")["jobs"]
    assert release["build"]["permissions"] == {"contents": "read"}
    assert [step["run"] for step in release["publish"]["steps"] if "run" in step] == [
        '.ci/publish "$TAG" build/release'
    ]
