"""No text that is deployed carries a secret, whatever service it is for."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.generated import GENERATORS, generated, without_secrets
from guardrails.aws.texts import CODE_PLACES, TAG_PLACES, TEXT_PLACES
from guardrails.options import Options
from guardrails.resources.leaks import Leak, leaks
from guardrails.resources.packed import decoded
from guardrails.resources.resource import Resource
from guardrails.resources.secrecy.shapes import shape_of
from guardrails.resources.stack import Stack
from guardrails.resources.values import Value, each, items, present, text, unknown
from guardrails.rule import Finding, ResourceRule, unresolved


def findings(resource: Resource, _options: Options) -> Iterator[Finding]:
    """Each place in the text that by its name or shape holds a secret, which is never shown."""
    stated = [key for key in TEXT_PLACES.get(resource.type, ()) if present(resource.props, key)]
    # Tags that are not known yet are another resource's, and judged there.
    stated += [key for key in TAG_PLACES if key in resource.props and not unknown(resource.props, key)]
    yield from each(stated, lambda key: _plain(key, resource.props[key]))
    code = [key for key in CODE_PLACES.get(resource.type, ()) if present(resource.props, key)]
    yield from each(code, lambda key: _shaped(key, resource.props[key]))


def _plain(key: str, value: Value) -> Iterator[Finding]:
    for leak in leaks(value, key):
        yield _finding(leak)


def _shaped(key: str, value: Value) -> Iterator[Finding]:
    """In code a name like token says nothing: what is assigned to it may be an expression."""
    for part in items(value):
        kind = None if unknown(part) else shape_of(decoded(text(part)))
        if kind:
            yield _finding(Leak(kind=kind, place=key))


def _finding(leak: Leak) -> Finding:
    return Finding(
        observed=f"holds what looks like {leak.kind} in {leak.place}",
        expected="a reference to Secrets Manager or to a SecureString parameter",
        argument=leak.place.partition(".")[0].partition(",")[0],
    )


def joined(stack: Stack, resource: Resource, options: Options) -> Iterator[Finding]:
    """Text that is not known yet and into which a generated password goes."""
    places = TEXT_PLACES.get(resource.type, ()) + CODE_PLACES.get(resource.type, ())
    sources = list(generated(stack, resource, *places))
    for source in sources:
        yield Finding(
            observed=f"holds the secret of {source.name} in plain text",
            expected="a reference to Secrets Manager or to a SecureString parameter",
            argument=", ".join(key for key in places if source.urn in resource.links.get(key, ())),
            resource=resource,
        )
    if not sources:
        yield from unresolved(findings(without_secrets(resource, *places), options))


RULE = ResourceRule(
    id="deployed-text-no-secrets",
    title="No secrets in deployed text",
    description="Variables, commands, documents, definitions and tags must contain no secrets.",
    why="Each of them is shown by the console and the API to everybody who may describe the resource.",
    fix="Pass the ARN of a secret or of a SecureString parameter, and read it with the role of what runs.",
    severity=Severity.CRITICAL,
    references=("CKV_AWS_45", "CodeBuild.2"),
    topics=("security", "secrets"),
    applies_to=types.TEXTS | types.TAGGABLE,
    findings=findings,
    joined=joined,
    settles=True,
    joins=GENERATORS,
    compliant=(
        Resource(
            type="aws:lambda/function:Function",
            name="notifier",
            props={
                "environment": {
                    "variables": {
                        "TOKEN_ENDPOINT_URL": "https://auth.example.com/token",
                        "WEBHOOK_SECRET_ARN": "arn:aws:secretsmanager:eu-central-1:1:secret:hooks",
                    }
                }
            },
        ),
    ),
    violating=(
        Resource(
            type="aws:lambda/function:Function",
            name="notifier",
            props={"environment": {"variables": {"WEBHOOK_SECRET": "example"}}},
        ),
    ),
)
