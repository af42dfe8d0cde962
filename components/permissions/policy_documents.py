"""Shapes of policy documents; what is allowed is decided by the caller."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Conditions = Mapping[str, Mapping[str, str | list[str]]]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a policy document."""

    actions: Sequence[str]
    resources: Sequence[str]
    effect: str = "Allow"
    principal: Mapping[str, str] | str | None = None
    conditions: Conditions = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.actions or not self.resources:
            raise ValueError(
                f"A statement needs actions and resources; given: {self.actions!r} on {self.resources!r}."
            )
        for resource in self.resources:
            if resource != "*" and not resource.startswith("arn:aws:"):
                raise ValueError(
                    f"{resource!r} is not an ARN; a statement needs ARNs, or '*' where AWS knows no resource."
                )

    def as_json(self) -> dict[str, object]:
        """The statement as AWS writes it."""
        parts: dict[str, object] = {"Effect": self.effect}
        if self.principal is not None:
            parts["Principal"] = self.principal
        parts["Action"] = sorted(self.actions)
        parts["Resource"] = list(self.resources)
        if self.conditions:
            parts["Condition"] = self.conditions
        return parts


def document(statements: Iterable[Statement]) -> str:
    """A policy document."""
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [statement.as_json() for statement in statements]}
    )


def trust(service: str, account_id: str | None = None) -> str:
    """Who may take a role: one service, on behalf of one account where the service says so."""
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    if account_id is not None:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": account_id}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def only_over_tls(action: str, resources: Sequence[str]) -> Statement:
    """Refuses every call that did not come over TLS."""
    return Statement(
        effect="Deny",
        principal="*",
        actions=[action],
        resources=resources,
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )


def only_keys(*patterns: str) -> Conditions:
    """Only items, or partitions of an index, whose partition key looks like one of these.

    All calls that we allow on a table name their keys, so that the condition never meets an empty set.
    """
    return {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(patterns)}}


def only_attributes(names: Sequence[str]) -> Conditions:
    """Only requests that name no other attributes of an item, in a key, an update or a condition.

    A request that names none, such as one for a whole item, is not held back (DynamoDB developer guide,
    "Using IAM policy conditions for fine-grained access control").
    """
    return {"ForAllValues:StringEquals": {"dynamodb:Attributes": sorted(names)}}


def use_of_key(keys_arn: str, alias: str) -> Statement:
    """Use of the key behind an alias, so that the document is known before the key is."""
    return Statement(
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        resources=[keys_arn],
        conditions={"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}},
    )
