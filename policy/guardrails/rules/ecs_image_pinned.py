"""What runs is what was tested: images by digest or version."""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.containers import Container, containers, per_container
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import text
from guardrails.rule import Finding, ResourceRule

DIGEST = re.compile(r"@sha256:[0-9a-fA-F]{6,64}$")
# 1.2.3, v2, 2024-05-01, 3.12-slim, build-17, sha-1a2b3c4, the hash of a commit, or release-1.2.3.
VERSION = re.compile(
    r"^(?:(?:v|build-|sha-|git-)?\d[\w.+-]*"
    r"|(?:sha-|git-)?(?=[a-f]*\d)[0-9a-f]{7,40}"
    r"|[a-z]\w*-v?\d+\.\d+\.\d[\w.+-]*)$",
    re.IGNORECASE,
)


def findings(task: Resource, _options: Options) -> Iterator[Finding]:
    """Each image that may be another one tomorrow."""
    yield from per_container(task, _moving)


def _moving(container: Container) -> Iterator[Finding]:
    image = text(container.props, "image")
    if DIGEST.search(image):
        return
    _, colon, tag = image.rsplit("/", 1)[-1].partition(":")
    if not colon or not VERSION.match(tag) or tag.lower() == "latest":
        yield Finding(
            observed=f"the container {container.name} runs the image tag {tag or 'latest, by default'}",
            expected="a digest or a version",
            argument='container_definitions[...]["image"]',
        )


RULE = ResourceRule(
    id="ecs-image-pinned",
    title="Pinned images",
    description="Every container image must be named by digest or by version.",
    why=(
        "With a moving tag two tasks of one service may run different code, and a rollback rolls nothing "
        "back."
    ),
    fix="Name the image by its digest, or by a version tag that is never moved.",
    severity=Severity.MEDIUM,
    topics=("drift", "ecs"),
    applies_to=types.TASK_DEFINITIONS,
    findings=findings,
    compliant=(containers({"name": "server", "image": "clip-it/job-server:1.4.2"}),),
    violating=(containers({"name": "server", "image": "clip-it/job-server:latest"}),),
)
