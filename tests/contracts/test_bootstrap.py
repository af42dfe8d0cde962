"""The bootstrap fits the main program: accounts, names and settings agree, and the pack accepts it."""

import json
from pathlib import Path

import pytest
import yaml

from cli.policy.check import judge, levels_of
from cli.policy.diagnostics import Level
from tests.bootstrap.accounts import account
from tests.conftest import stack_config

ROOT = Path(__file__).parents[2]
STACKS = ("dev", "prod")
HOLDS = {
    "aws:ecr/repository:Repository",
    "aws:kms/key:Key",
    "aws:s3/bucket:Bucket",
}


@pytest.mark.parametrize("stack", STACKS)
def test_the_pack_finds_nothing_at_the_level_of_the_bootstrap(bootstrapped, pack, stack: str) -> None:
    pack.configure(levels_of(ROOT / "policy", "bootstrap"))
    found = judge(pack, bootstrapped(stack))
    assert [f"{it.policy}: {it.message}" for it in found if it.level is not Level.DISABLED] == []


@pytest.mark.parametrize("stack", STACKS)
def test_what_holds_state_secrets_or_images_is_protected(bootstrapped, stack: str) -> None:
    kept = [one for one in bootstrapped(stack) if one.type in HOLDS]
    assert len(kept) >= 2
    assert all(one.protect for one in kept)


def test_the_images_are_in_one_account_only(bootstrapped) -> None:
    with_images = {
        stack for stack in STACKS if any(one.type.startswith("aws:ecr/") for one in bootstrapped(stack))
    }
    assert with_images == {"prod"}


@pytest.mark.parametrize("stack", STACKS)
def test_every_policy_of_a_role_is_attached_to_it(bootstrapped, stack: str) -> None:
    attached = {
        (one.name, one.inputs["role"])
        for one in bootstrapped(stack)
        if one.type == "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    }
    of = account(stack)
    wanted = {
        (f"access-{purpose}-{part}", of.names.role(purpose))
        for purpose, role in of.roles.items()
        for part in role.allows
    }
    assert attached == wanted


@pytest.mark.parametrize("stack", ["local", *STACKS])
def test_both_programs_name_the_same_account_region_and_environment(stack: str) -> None:
    deployment = json.loads(stack_config(stack)["clip-it:deployment"])
    own = account(stack).settings.account
    for key in ("environment", "owner", "account_id", "region"):
        assert deployment[key] == getattr(own, key), key


def test_every_bootstrap_stack_forbids_default_providers() -> None:
    for path in (ROOT / "bootstrap").glob("Pulumi.*.yaml"):
        config = yaml.safe_load(path.read_text())["config"]
        assert config["pulumi:disable-default-providers"] == ["aws"], path.name


@pytest.mark.parametrize("stack", STACKS)
def test_the_main_program_takes_boundary_and_images_from_the_bootstrap(stack: str) -> None:
    names, config = account(stack).names, stack_config(stack)
    assert json.loads(config["clip-it:deployment"])["permissions_boundary"] == names.boundary_arn
    assert json.loads(config["clip-it:job_server"])["image_repository"] == names.repository_url
