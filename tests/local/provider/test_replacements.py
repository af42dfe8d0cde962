"""The local provider replaces what the official one replaces, for every type and every fact known of it.

Does not prove the facts themselves: `local/provider/replacements.json` says how they were measured.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from local.provider.operations import ResourceOperations, Urn
from local.provider.replacements import CONDITIONS, FACTS, Replacements, changed_paths
from local.provider.types import TYPES
from local.provider.types.aws import Boto
from local.provider.types.props import Props
from local.provider.values import UNKNOWN, Properties, Value

MEASURED = json.loads((Path(__file__).parents[3] / "local/provider/replacements.json").read_text())["types"]
PATHS_THAT_REPLACE = 273
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
APPLICATION: Properties = {"loadBalancerType": "application"}
NETWORK: Properties = {"loadBalancerType": "network"}
OPERATIONS = ResourceOperations(aws=Boto(endpoint="http://127.0.0.1:1", region="eu-central-1"))


def nested(path: str, leaf: Value) -> Properties:
    """Properties that hold the value at a dotted path."""
    first, _, rest = path.partition(".")
    return {first: nested(rest, leaf) if rest else leaf}


def differences(facts: Mapping[str, Replacements]) -> Iterator[str]:
    """Where the provider, given some facts, decides otherwise than was measured."""
    provider = replace(OPERATIONS, facts=facts)
    for token in TYPES:
        said = MEASURED[token]
        paths = dict.fromkeys(said["replaces"], True) | dict.fromkeys(said["updates"], False)
        for path, replaces in paths.items():
            if path.split(".")[0] in said.get("conditional", {}):
                continue  # only some of its changes replace: see below
            old, new = nested(path, "old"), nested(path, "new")
            if bool(provider.diff(Urn(token=token, name="a"), old, new).replaces) != replaces:
                yield f"{token} {path}"


def test_every_fact_is_obeyed() -> None:
    assert list(differences(FACTS)) == []


@pytest.mark.parametrize(
    ("token", "path"),
    [
        ("aws:autoscaling/group:Group", "initialLifecycleHooks"),
        ("aws:s3/bucket:Bucket", "objectLockConfiguration.objectLockEnabled"),
        ("aws:ecs/taskDefinition:TaskDefinition", "containerDefinitions"),
    ],
)
def test_one_wrong_entry_is_noticed(token: str, path: str) -> None:
    right = FACTS[token]
    wrong = replace(right, replaces=right.replaces - {path}, updates=right.updates | {path}, conditions={})

    assert list(differences({**FACTS, token: wrong})) == [f"{token} {path}"]


def test_the_facts_are_those_that_were_measured_and_cover_every_type() -> None:
    assert set(MEASURED) >= set(TYPES)
    assert sum(len(said["replaces"]) for said in MEASURED.values()) == PATHS_THAT_REPLACE


def test_what_updates_in_place_can_be_updated() -> None:
    updated = {token for token, said in MEASURED.items() if said["updates"]}

    assert {token for token, kind in TYPES.items() if token in updated and kind.update is None} == set()


def test_every_condition_of_the_facts_is_written_as_code() -> None:
    said = {token: set(said["conditional"]) for token, said in MEASURED.items() if "conditional" in said}

    assert {token: set(conditions) for token, conditions in CONDITIONS.items()} == said


@pytest.mark.parametrize(
    ("token", "old", "new", "replaced"),
    [
        (RULE, {"cidrIpv4": "10.0.0.0/8"}, {"cidrIpv4": "10.0.0.0/9"}, False),
        (RULE, {"cidrIpv4": "10.0.0.0/8"}, {"referencedSecurityGroupId": "sg-1"}, True),
        (BALANCER, {**APPLICATION, "subnets": ["a", "b"]}, {**APPLICATION, "subnets": ["a"]}, False),
        (BALANCER, {**NETWORK, "subnets": ["a", "b"]}, {**NETWORK, "subnets": ["a"]}, True),
        (BALANCER, {**NETWORK, "subnets": ["a"]}, {**NETWORK, "subnets": ["a", "b"]}, False),
        (BALANCER, NETWORK, {**NETWORK, "securityGroups": ["sg-1"]}, True),
        (BALANCER, {**NETWORK, "subnets": ["a"]}, {**NETWORK, "subnets": UNKNOWN}, True),
        ("aws:ssm/parameter:Parameter", {"tier": "Advanced"}, {"tier": "Standard"}, True),
        ("aws:ssm/parameter:Parameter", {"tier": "Standard"}, {"tier": "Advanced"}, False),
        (
            "aws:dynamodb/table:Table",
            {"localSecondaryIndexes": [{"name": "a", "projectionType": "ALL"}]},
            {"localSecondaryIndexes": [{"name": "a", "projectionType": "KEYS_ONLY"}]},
            False,
        ),
        ("aws:dynamodb/table:Table", {}, {"localSecondaryIndexes": [{"name": "a"}]}, True),
        ("aws:dynamodb/table:Table", {}, {"globalSecondaryIndexes": [{"name": "a"}]}, False),
        (
            "aws:ecs/service:Service",
            {"capacityProviderStrategies": [{"base": 1}]},
            {"capacityProviderStrategies": [{"base": 2}], "forceNewDeployment": True},
            False,
        ),
        (
            "aws:ecs/service:Service",
            {"capacityProviderStrategies": [{"base": 1}]},
            {"capacityProviderStrategies": [{"base": 2}]},
            True,
        ),
        ("aws:sqs/queue:Queue", {"tags": {"Owner": "a"}}, {"tags": {"Owner": "b"}}, False),
        ("aws:s3/bucket:Bucket", {}, {"objectLockConfiguration": {"objectLockEnabled": "Enabled"}}, True),
    ],
)
def test_some_changes_of_a_property_replace_and_others_do_not(token, old, new, replaced) -> None:
    assert bool(OPERATIONS.diff(Urn(token=token, name="a"), old, new).replaces) is replaced


@pytest.mark.parametrize(
    ("old", "new", "paths"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, ["a.c"]),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}, {"b": 3}]}, ["a.b"]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1}, {"b": 2}]}, ["a", "a", "a.b"]),
        ({}, {"a": {"b": 1}}, ["a", "a.b"]),
        ({"a": "x"}, {"a": UNKNOWN}, ["a"]),
    ],
)
def test_a_changed_path_leaves_out_positions(old, new, paths) -> None:
    assert list(changed_paths(old, new)) == paths


def test_what_nobody_knows_is_told_as_such() -> None:
    assert FACTS["aws:sqs/queue:Queue"].outcome("unheardOf", Props(), Props()) is None
