"""What is wrong with a policy document that IAM would refuse; programs without a cloud see it here."""

import re
from collections.abc import Iterator, Mapping

from local.provider.types.props import Props
from local.provider.types.resource import Check, CheckFailure

ELEMENTS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
TOP_LEVEL = frozenset({"Version", "Id", "Statement"})
ACTION = re.compile(r"^(\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$")


def policy_document(key: str, *, names_principals: bool = False) -> Check:
    """The text is a policy; a policy that stands at a resource or a role names principals."""

    def check(inputs: Props) -> Iterator[CheckFailure]:
        document = inputs.json(key)
        if document is not None:
            for reason in _faults(document, names_principals=names_principals):
                yield CheckFailure(property=key, reason=reason)

    return check


def _faults(document: object, *, names_principals: bool) -> Iterator[str]:
    if not isinstance(document, Mapping):
        yield "is not a policy document: an object with Version and Statement"
        return
    for element in sorted({*document} - TOP_LEVEL):
        yield f"has the unknown element {element!r}; {', '.join(sorted(TOP_LEVEL))} are allowed"
    statements = document.get("Statement")
    listed = statements if isinstance(statements, list) else [statements]
    for index, statement in enumerate(listed):
        if not isinstance(statement, Mapping):
            yield f"statement {index} is not an object"
        else:
            for fault in _statement_faults(statement, names_principals=names_principals):
                yield f"statement {index} {fault}"


def _statement_faults(statement: Mapping[str, object], *, names_principals: bool) -> Iterator[str]:
    for element in sorted({*statement} - ELEMENTS):
        yield f"has the unknown element {element!r}; {', '.join(sorted(ELEMENTS))} are allowed"
    if statement.get("Effect") not in {"Allow", "Deny"}:
        yield f"has the Effect {statement.get('Effect')!r}; use Allow or Deny"
    if not statement.keys() & {"Action", "NotAction"}:
        yield "has no Action"
    if names_principals and not statement.keys() & {"Principal", "NotPrincipal"}:
        yield "has no Principal"
    if not names_principals and not statement.keys() & {"Resource", "NotResource"}:
        yield "has no Resource"
    for action in _texts(statement.get("Action")):
        if not ACTION.match(action):
            yield f"has the Action {action!r}; actions are written service:Action"
    for resource in _texts(statement.get("Resource")):
        if resource != "*" and not resource.startswith("arn:"):
            yield f"has the Resource {resource!r}, which is no ARN"


def _texts(value: object) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [text for text in listed if isinstance(text, str)]
