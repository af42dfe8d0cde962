"""The same environment may be deployed in two regions: what an account has once names its region."""

from collections.abc import Callable

from tests.conftest import Recorded, built_with, stack_config

STACK, HERE, THERE = "dev", "eu-central-1", "eu-west-1"
# What an account has once for all regions, by the input that names it (user guides of IAM, S3, CloudWatch).
# A record is the domain, which is a setting.
NAMED_ONCE = {
    "aws:cloudwatch/dashboard:Dashboard": "dashboardName",
    "aws:iam/instanceProfile:InstanceProfile": "name",
    "aws:iam/policy:Policy": "name",
    "aws:iam/role:Role": "name",
    "aws:iam/user:User": "name",
    "aws:s3/bucket:Bucket": "bucket",
}


def names(world: Recorded) -> set[tuple[str, str]]:
    """The names that the program gives; one that it leaves out has a random ending."""
    return {
        (one.type, one.inputs[NAMED_ONCE[one.type]])
        for one in world.resources
        if NAMED_ONCE.get(one.type) in one.inputs
    }


def test_no_name_that_an_account_has_once_is_the_same_in_two_regions(
    program: Callable[..., Recorded],
) -> None:
    elsewhere = {key: text.replace(HERE, THERE) for key, text in stack_config(STACK).items()}
    here, there = names(program(STACK)), names(built_with(elsewhere, STACK))

    assert {kind for kind, _ in here} >= {"aws:iam/role:Role", "aws:s3/bucket:Bucket"}
    assert here & there == set()
