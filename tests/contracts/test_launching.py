"""The scaler may use what its fleet launches with: the role by its name, the template by its tags."""

import json
from fnmatch import fnmatchcase

import pytest


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_a_scaler_may_pass_the_role_and_use_the_template_of_its_fleet(program, stack) -> None:
    world = program(stack)
    policies = [
        one for one in world.of("aws:iam/rolePolicy:RolePolicy") if one.name.endswith("-scaler-platform")
    ]
    assert policies
    for policy in policies:
        fleet = policy.name.removesuffix("-scaler-platform")
        statements = json.loads(policy.inputs["policy"])["Statement"]
        template = world.one("aws:ec2/launchTemplate:LaunchTemplate", f"{fleet}-fleet")
        (by_tag,) = [
            one["Condition"]["StringEquals"]
            for one in statements
            if one["Action"] == ["ec2:RunInstances"] and "StringEquals" in one["Condition"]
        ]
        demanded = {key.removeprefix("aws:ResourceTag/"): value for key, value in by_tag.items()}
        assert demanded.items() <= template.inputs["tags"].items()
        role = world.one("aws:iam/role:Role", f"{fleet}-fleet").inputs["name"]
        (passed,) = [one["Resource"] for one in statements if one["Action"] == ["iam:PassRole"]]
        assert [arn.rpartition("/")[2] for arn in passed] == [role]


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_a_scaler_may_read_the_parameter_that_names_the_image_where_one_does(program, stack) -> None:
    world = program(stack)
    for template in world.of("aws:ec2/launchTemplate:LaunchTemplate"):
        fleet, image = template.name.removesuffix("-fleet"), template.inputs["imageId"]
        policy = world.one("aws:iam/rolePolicy:RolePolicy", f"{fleet}-scaler-platform").inputs["policy"]
        readable = [
            arn
            for one in json.loads(policy)["Statement"]
            if one["Action"] == ["ssm:GetParameters"]
            for arn in one["Resource"]
        ]
        if not image.startswith("resolve:ssm:"):
            assert readable == []
            continue
        parameter = f"arn:aws:ssm:eu-central-1::parameter{image.removeprefix('resolve:ssm:')}"
        assert any(fnmatchcase(parameter, arn) for arn in readable)
