"""Secrets that a program generates: what depends on one for its text holds it in plain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, kind_in
from guardrails.resources.values import Value, unknown

# Their outputs are the secret itself, in one form or another.
GENERATORS = frozenset({"random:index/randomPassword:RandomPassword", "aws:iam/accessKey:AccessKey"})

# Types of AWS of which some output, or input shown as one, is a secret; of all others none is.
BEARERS = """
aws:apigateway/apiKey:ApiKey aws:appsync/apiKey:ApiKey aws:cognito/userPoolClient:UserPoolClient
aws:cognito/identityProvider:IdentityProvider aws:directoryservice/directory:Directory
aws:dms/endpoint:Endpoint aws:docdb/cluster:Cluster aws:elasticache/replicationGroup:ReplicationGroup
aws:elasticache/user:User aws:iam/accessKey:AccessKey
aws:iam/serviceSpecificCredential:ServiceSpecificCredential
aws:iam/userLoginProfile:UserLoginProfile aws:lightsail/database:Database aws:lightsail/keyPair:KeyPair
aws:memorydb/user:User aws:mq/broker:Broker aws:opensearch/domain:Domain aws:rds/cluster:Cluster
aws:rds/instance:Instance aws:redshift/cluster:Cluster aws:redshiftserverless/namespace:Namespace
aws:secretsmanager/secretVersion:SecretVersion aws:ssm/activation:Activation aws:ssm/parameter:Parameter
aws:cloudformation/stack:Stack aws:lambda/invocation:Invocation aws:cloudcontrol/resource:Resource
"""
WITH_SECRETS = frozenset(BEARERS.split())


def without_secrets(holder: Resource, *properties: str) -> Resource:
    """The holder without those members of its properties that only pass on names and ARNs of AWS.

    What is not known as a whole may hold any text besides, and stays.
    """
    links = [urn for key in properties for urn in holder.links.get(key, ())]
    kinds = {kind_in(urn) for urn in links}
    if not kinds or kinds & WITH_SECRETS or not all(kind.startswith("aws:") for kind in kinds):
        return holder
    settled = {key: _known(holder.props[key]) for key in properties if key in holder.props}
    return replace(holder, props={**holder.props, **settled})


def _known(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: _known(member) for key, member in value.items() if not unknown(member)}
    if isinstance(value, list):
        return [_known(member) for member in value if not unknown(member)]
    return value


def generated(stack: Stack, holder: Resource, *properties: str) -> Iterator[Resource]:
    """The resources whose secret goes into a property of which some part is not known yet."""
    links = {urn for key in properties for urn in holder.links.get(key, ()) if _open(holder, key)}
    yield from (source for source in stack.of(GENERATORS) if source.urn in links)


def _open(holder: Resource, key: str) -> bool:
    """Whether something in the property is left to the deployment; what is known, the text itself shows."""
    waiting = [holder.props.get(key)] if key in holder.props else []
    while waiting:
        value = waiting.pop()
        if unknown(value):
            return True
        if isinstance(value, dict | list):
            waiting += value.values() if isinstance(value, dict) else value
    return key not in holder.props
