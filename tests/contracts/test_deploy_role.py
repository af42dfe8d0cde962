"""The roles of the bootstrap fit what is deployed: a deployment may make the calls that the program needs.

The calls are those of the local stack's provider. Does not prove that the official one makes no other: the
first deployment to an account shows those, and each is added with its reason.
"""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bootstrap.permissions.boundary import boundary
from components.permissions import document
from tests.bootstrap.accounts import account
from tests.iam import permitted

TYPES = Path(__file__).parents[2] / "local/provider/types"
STACKS = ("dev", "prod")
# Modules of types that only the bootstrap itself registers.
OF_THE_BOOTSTRAP = {"budgets", "ecr", "iam_access"}
# Services whose permissions begin otherwise, and the service of a module that names it by a constant.
PREFIXES = {"elbv2": "elasticloadbalancing"}
SERVICE = {"appautoscaling": "application-autoscaling", "s3_settings": "s3"}
# Calls whose permission has another name (service authorization reference).
PERMISSIONS = {
    "s3:deletebucketencryption": "s3:putencryptionconfiguration",
    "s3:deletebucketlifecycle": "s3:putlifecycleconfiguration",
    "s3:deletebucketownershipcontrols": "s3:putbucketownershipcontrols",
    "s3:deletebuckettagging": "s3:putbuckettagging",
    "s3:deleteobjects": "s3:deleteobject",
    "s3:deletepublicaccessblock": "s3:putbucketpublicaccessblock",
    "s3:getbucketencryption": "s3:getencryptionconfiguration",
    "s3:getbucketlifecycleconfiguration": "s3:getlifecycleconfiguration",
    "s3:getpublicaccessblock": "s3:getbucketpublicaccessblock",
    "s3:headbucket": "s3:listbucket",
    "s3:headobject": "s3:getobject",
    "s3:listobjectversions": "s3:listbucketversions",
    "s3:putbucketencryption": "s3:putencryptionconfiguration",
    "s3:putbucketlifecycleconfiguration": "s3:putlifecycleconfiguration",
    "s3:putpublicaccessblock": "s3:putbucketpublicaccessblock",
}
METHOD = re.compile(
    r"(?:add|allocate|associate|attach|authorize|cancel|change|create|delete|deregister|describe|detach|disable"
    r"|disassociate|enable|get|head|list|modify|publish|put|register|release|remove|replace|resume|revoke"
    r"|schedule|set|start|subscribe|suspend|tag|unsubscribe|untag|update)(?:_[a-z0-9]+)+"
)
# What the provider can call and no deployment may or needs to: it would lift the boundary; no log group has a
# key of its own.
REFUSED = {"iam:deleterolepermissionsboundary", "logs:associatekmskey", "logs:disassociatekmskey"}
# The versions of a bucket's objects are read only to delete them with it.
TO_DELETE = "s3:listbucketversions"
READING = re.compile(r"[\w-]+:(?:describe|get|list|head)")


def text_of(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def called(path: Path) -> Iterator[tuple[str, str]]:
    """Service and method of each call; where a variable holds the method, each text that is one."""
    tree = ast.parse(path.read_text())
    methods = {text for node in ast.walk(tree) if (text := text_of(node)) and METHOD.fullmatch(text)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr not in {"call", "pages"} or len(node.args) < 2:
            continue
        service = text_of(node.args[0]) or SERVICE[path.stem]
        method = text_of(node.args[1])
        yield from ((service, one) for one in ([method] if method else sorted(methods)))


def permission(service: str, method: str) -> str:
    """The IAM action that a call needs, in lower case; IAM reads it in any."""
    action = f"{PREFIXES.get(service, service)}:{method.replace('_', '')}"
    return PERMISSIONS.get(action, action)


@cache
def needed() -> frozenset[str]:
    """The permissions for all calls of the types that the main program registers."""
    modules = [path for path in TYPES.glob("*.py") if path.stem not in OF_THE_BOOTSTRAP | {"aws", "resource"}]
    return frozenset(permission(*call) for path in modules for call in called(path))


@cache
def granted(stack: str, purpose: str) -> re.Pattern[str]:
    """What a role allows on something, as one pattern."""
    statements = [one for part in account(stack).roles[purpose].allows.values() for one in part]
    allowed = {action.lower() for one in statements if one.effect == "Allow" for action in one.actions}
    return re.compile("|".join(re.escape(action).replace(r"\*", ".*") for action in sorted(allowed)))


def test_the_calls_are_found() -> None:
    assert len(needed()) > 200
    some = {"ec2:createvpc", "s3:putencryptionconfiguration", "application-autoscaling:putscalingpolicy"}
    assert some <= needed()


@pytest.mark.parametrize("stack", STACKS)
def test_a_deployment_may_make_every_call_of_the_provider(stack: str) -> None:
    assert {it for it in needed() if not granted(stack, "deploy").fullmatch(it)} == REFUSED


@pytest.mark.parametrize("stack", STACKS)
def test_the_look_for_drift_may_make_every_reading_call_of_the_provider(stack: str) -> None:
    reading = {action for action in needed() if READING.match(action)} - {TO_DELETE}
    assert len(reading) > 50
    assert sorted(it for it in reading if not granted(stack, "drift").fullmatch(it)) == []


def role_calls(program, stack: str) -> Iterator[tuple[str, str]]:
    """Each action on each resource that a role of the deployed program is allowed."""
    policies = program(stack).of("aws:iam/rolePolicy:RolePolicy")
    assert len(policies) > 10
    for policy in policies:
        for statement in json.loads(policy.inputs["policy"])["Statement"]:
            yield from ((action, it) for action in statement["Action"] for it in statement["Resource"])


CONTEXT = {
    "kms:ResourceAliases": ["alias/clip-it-dev-content", "alias/clip-it-prod-content"],
    "iam:PassedToService": "ec2.amazonaws.com",
}


@pytest.mark.parametrize("stack", STACKS)
def test_the_boundary_leaves_every_role_what_it_needs(program, stack: str) -> None:
    bounds = [document(boundary(account(stack).names))]
    refused = {
        f"{action} on {resource}"
        for action, resource in role_calls(program, stack)
        if not permitted(bounds, action, resource, CONTEXT)
    }
    assert sorted(refused) == []


@pytest.mark.parametrize("stack", STACKS)
def test_the_boundary_allows_no_action_that_no_role_needs(program, stack: str) -> None:
    used = {action for action, _ in role_calls(program, stack)}
    bounds = {action for statement in boundary(account(stack).names) for action in statement.actions}
    assert sorted(bounds - used) == []


@pytest.mark.parametrize("stack", STACKS)
def test_every_role_of_the_program_is_one_that_a_deployment_may_make(program, stack: str) -> None:
    names = account(stack).names
    documents = account(stack).documents("deploy")
    made = program(stack).of("aws:iam/role:Role")
    assert len(made) > 5
    for role in made:
        context = {"iam:PermissionsBoundary": role.inputs["permissionsBoundary"]}
        arn = names.global_arn(f"role/{role.inputs['name']}")
        assert permitted(documents, "iam:CreateRole", arn, context), arn
