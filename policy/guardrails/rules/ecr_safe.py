"""Images are scanned, never replaced under their tag, and cleaned up."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import Block, block, each, flag, in_turn, text
from guardrails.rule import Finding, StackRule


def findings(stack: Stack, _options: Options) -> Iterator[Finding]:
    """Each repository that does not do all of it."""
    repositories = stack.of(types.REPOSITORIES)
    yield from each(repositories, lambda it: in_turn(_unscanned(it), _mutable(it), _endless(stack, it)))


def _unscanned(repository: Resource) -> Iterator[Finding]:
    if flag(repository.props, "imageScanningConfiguration", "scanOnPush") is not True:
        yield Finding(
            observed="does not scan images",
            expected="True",
            argument="image_scanning_configuration.scan_on_push",
            resource=repository,
        )


def _mutable(repository: Resource) -> Iterator[Finding]:
    if text(repository.props, "imageTagMutability") != "IMMUTABLE":
        yield Finding(
            observed="lets tags be moved",
            expected='"IMMUTABLE"',
            argument="image_tag_mutability",
            resource=repository,
        )


def _endless(stack: Stack, repository: Resource) -> Iterator[Finding]:
    if not stack.referring(types.REPOSITORY_LIFECYCLES, repository, "repository"):
        yield Finding(
            observed="keeps every image forever",
            expected="an aws.ecr.LifecyclePolicy",
            argument="repository of the lifecycle policy",
            resource=repository,
        )


def remedy(repository: Resource, _options: Options) -> Block | None:
    """Scanning on and tags fixed; the lifecycle policy is left to people."""
    patch: Block = {}
    if any(_unscanned(repository)):
        patch["imageScanningConfiguration"] = {
            **block(repository.props, "imageScanningConfiguration"),
            "scanOnPush": True,
        }
    if any(_mutable(repository)):
        patch["imageTagMutability"] = "IMMUTABLE"
    return patch


RULE = StackRule(
    id="ecr-safe",
    title="Safe image repositories",
    description="An image repository must scan on push, keep tags immutable and have a lifecycle policy.",
    why="A tag that moves makes the rollback of a deployment bring back something else.",
    fix="Set scan_on_push and image_tag_mutability, and add a lifecycle policy.",
    severity=Severity.MEDIUM,
    references=("ECR.1", "ECR.2", "ECR.3", "CKV_AWS_51", "CKV_AWS_163"),
    topics=("security", "ecs"),
    judges=types.REPOSITORIES | types.REPOSITORY_LIFECYCLES,
    findings=findings,
    remedy=remedy,
    remedies=types.REPOSITORIES,
    compliant=(
        Resource(
            type="aws:ecr/repository:Repository",
            name="job-server",
            urn="job-server",
            props={"imageScanningConfiguration": {"scanOnPush": True}, "imageTagMutability": "IMMUTABLE"},
        ),
        Resource(
            type="aws:ecr/lifecyclePolicy:LifecyclePolicy",
            name="job-server",
            links={"repository": ("job-server",)},
        ),
    ),
    violating=(
        Resource(
            type="aws:ecr/repository:Repository", name="job-server", props={"imageTagMutability": "MUTABLE"}
        ),
    ),
)
