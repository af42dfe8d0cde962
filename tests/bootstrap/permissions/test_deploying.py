"""A deployment changes its own environment, makes roles only within the boundary, and never its own."""

import pytest

from bootstrap.permissions.deploying import PASSED_TO
from tests.bootstrap.accounts import STACKS, account
from tests.iam import Context, permitted

IAM = "arn:aws:iam::444455556666"
OWN_ROLE = f"{IAM}:role/clip-it-prod-sweeper-eu-central-1"
BOUNDARY = {"iam:PermissionsBoundary": f"{IAM}:policy/clip-it-bootstrap-prod-boundary-eu-central-1"}
HERE = {"aws:RequestedRegion": "eu-central-1"}
OF = "eu-central-1:444455556666"


def may(action: str, resource: str = "*", context: Context | None = None) -> bool:
    return permitted(account("prod").documents("deploy"), action, resource, context)


@pytest.mark.parametrize("action", ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"])
def test_a_role_is_made_and_given_permissions_only_within_the_boundary(action: str) -> None:
    assert may(action, OWN_ROLE, BOUNDARY)
    assert not may(action, OWN_ROLE)
    other = {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}
    assert not may(action, OWN_ROLE, other)


def test_nobody_lifts_a_boundary() -> None:
    assert not may("iam:DeleteRolePermissionsBoundary", OWN_ROLE, BOUNDARY)


@pytest.mark.parametrize(
    "resource",
    [
        f"{IAM}:role/clip-it-bootstrap-prod-deploy-eu-central-1",
        f"{IAM}:role/clip-it-bootstrap-prod-preview-eu-central-1",
        f"{IAM}:role/clip-it-dev-sweeper-eu-central-1",
        f"{IAM}:role/administrator",
        f"{IAM}:policy/clip-it-bootstrap-prod-boundary-eu-central-1",
        f"{IAM}:oidc-provider/token.actions.githubusercontent.com",
        f"{IAM}:user/somebody",
    ],
)
@pytest.mark.parametrize(
    "action",
    [
        *("iam:CreateRole", "iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:AttachRolePolicy"),
        *("iam:CreatePolicyVersion", "iam:PassRole", "iam:DeleteRole", "iam:CreateAccessKey"),
    ],
)
def test_roles_of_others_and_the_bootstrap_are_out_of_reach(action: str, resource: str) -> None:
    context = {**BOUNDARY, "iam:PassedToService": "ecs-tasks.amazonaws.com"}
    assert not may(action, resource, context)


def test_a_role_is_handed_only_to_the_services_that_run_the_program() -> None:
    for service in PASSED_TO:
        assert may("iam:PassRole", OWN_ROLE, {"iam:PassedToService": f"{service}.amazonaws.com"})
    assert not may("iam:PassRole", OWN_ROLE, {"iam:PassedToService": "glue.amazonaws.com"})
    assert not may("iam:PassRole", OWN_ROLE)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("dynamodb:DeleteTable", f"arn:aws:dynamodb:{OF}:table/clip-it-dev-jobs"),
        ("dynamodb:Scan", f"arn:aws:dynamodb:{OF}:table/clip-it-prod-jobs"),
        ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{OF}:function:payroll"),
        ("s3:PutBucketPolicy", "arn:aws:s3:::somebody-elses"),
        ("s3:GetObject", "arn:aws:s3:::clip-it-prod-outputs-444455556666-eu-central-1/outputs/a"),
        ("ssm:GetParameter", f"arn:aws:ssm:{OF}:parameter/clip-it/prod/webhook-secrets/acme"),
        ("ssm:PutParameter", f"arn:aws:ssm:{OF}:parameter/clip-it/prod/webhook-secrets/acme"),
        ("kms:PutKeyPolicy", f"arn:aws:kms:{OF}:key/1"),
        ("kms:ScheduleKeyDeletion", f"arn:aws:kms:{OF}:key/1"),
        ("ecr:PutImage", "arn:aws:ecr:eu-central-1:444455556666:repository/clip-it/job-server"),
        ("ssm:SendCommand", "*"),
        ("ecs:ExecuteCommand", "*"),
        ("organizations:LeaveOrganization", "*"),
        ("budgets:ModifyBudget", "*"),
    ],
)
def test_what_is_not_its_own_is_out_of_reach(action: str, resource: str) -> None:
    assert not may(action, resource, HERE)


def test_kinds_without_a_name_are_changed_in_its_own_region_only() -> None:
    assert may("ec2:CreateVpc", "*", HERE)
    assert not may("ec2:CreateVpc", "*", {"aws:RequestedRegion": "us-east-1"})


def test_the_smoke_test_makes_and_revokes_keys_and_reads_no_job() -> None:
    table = f"arn:aws:dynamodb:{OF}:table/clip-it-prod-jobs"
    assert may("dynamodb:PutItem", table, {"dynamodb:LeadingKeys": ["KEY#abc"]})
    assert not may("dynamodb:PutItem", table, {"dynamodb:LeadingKeys": ["JOB#abc"]})
    assert may("dynamodb:Query", f"{table}/index/by-state", {"dynamodb:LeadingKeys": ["WORKER#cpu"]})
    assert not may("dynamodb:Query", f"{table}/index/by-state", {"dynamodb:LeadingKeys": ["JOB#queued#cpu"]})


@pytest.mark.parametrize("stack", STACKS)
def test_policies_are_as_few_and_as_short_as_iam_takes_them(stack: str) -> None:
    """IAM user guide, "IAM and AWS STS quotas": 6,144 characters each, ten to a role."""
    for purpose, role in account(stack).roles.items():
        assert len(role.allows) <= 10, purpose
        for document in account(stack).documents(purpose):
            assert len("".join(document.split())) <= 6144, purpose
