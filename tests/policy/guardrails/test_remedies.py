"""Remedies: each mends its violating example, touches nothing else, and refuses what is unknown."""

import copy
from dataclasses import replace

import pytest
from google.protobuf import json_format
from guardrails.catalogue import RULES
from guardrails.options import Options
from guardrails.pack.policies import mendable
from guardrails.pack.server import Analyzer
from guardrails.resources.resource import Resource
from guardrails.rule import ResourceRule, Rule
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN

from cli.policy.pack import Pack

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"}
# What the table of rules marks as sensible to mend.
MARKED = {
    *("required-tags", "lt-instance-tags", "lt-volume-tags", "asg-tags-propagate", "asg-elb-health-check"),
    *("ecs-circuit-breaker", "lt-imdsv2", "lt-imds-hop-limit", "lt-no-public-ip", "lt-ebs-encrypted"),
    *("lt-detailed-monitoring", "lt-scratch-volume-deleted", "subnet-no-auto-public", "alb-tls-policy"),
    *(
        "alb-drop-invalid-headers",
        "alb-desync-and-az",
        "ecs-service-private-tagged",
        "ecs-insights-exec-logs",
    ),
    *(
        "lambda-tracing-logs",
        "sqs-sse",
        "dynamodb-durable",
        "kms-key-safe",
        "log-retention",
        "sns-topic-safe",
    ),
    "ecr-safe",
}
REMEDIED = [rule for rule in RULES if rule.remedy]
# Rules whose remedy mends only a part; the rest needs another resource or a decision.
PARTIAL = {"alb-desync-and-az", "lambda-tracing-logs", "ecr-safe"}


def asked(resource: Resource) -> analyzer_pb2.AnalyzeRequest:
    request = analyzer_pb2.AnalyzeRequest(
        type=resource.type, name=resource.name, urn=f"urn:x::{resource.name}"
    )
    return json_format.ParseDict({"properties": resource.props}, request)


def mended(rule: Rule, resource: Resource) -> analyzer_pb2.RemediateResponse:
    analyzer = Analyzer([rule])
    configuration = analyzer_pb2.ConfigureAnalyzerRequest()
    configuration.policyConfig[rule.id].enforcementLevel = analyzer_pb2.REMEDIATE
    analyzer.configure(configuration, None)
    return analyzer.remediate(asked(resource), None)


def meant(rule: Rule) -> Resource:
    return next(resource for resource in rule.violating if mendable(rule, resource.type))


def test_the_marked_rules_and_no_others_have_a_remedy():
    assert {rule.id for rule in REMEDIED} == MARKED


@pytest.mark.parametrize("rule", REMEDIED, ids=lambda rule: rule.id)
def test_a_mended_example_complies_and_is_not_mended_again(rule: Rule, judge):
    (remedy,) = mended(rule, meant(rule)).remediations
    after = replace(meant(rule), props=json_format.MessageToDict(remedy.properties))
    assert not mended(rule, after).remediations
    if rule.id not in PARTIAL and isinstance(rule, ResourceRule):
        assert judge(rule.id, after).findings == []


@pytest.mark.parametrize("rule", REMEDIED, ids=lambda rule: rule.id)
def test_a_compliant_example_is_left_alone(rule: Rule):
    for resource in rule.compliant:
        if mendable(rule, resource.type):
            assert not mended(rule, resource).remediations


@pytest.mark.parametrize("rule", REMEDIED, ids=lambda rule: rule.id)
def test_a_remedy_keeps_secrets_and_unknown_values_of_other_properties(rule: Rule):
    resource = meant(rule)
    props = {**copy.deepcopy(resource.props), "elsewhere": {"password": SECRET, "later": UNKNOWN}}
    (remedy,) = mended(rule, replace(resource, props=props)).remediations
    after = json_format.MessageToDict(remedy.properties)
    assert after["elsewhere"] == {"password": SECRET, "later": UNKNOWN}


@pytest.mark.parametrize(
    ("rule_id", "props"),
    [
        ("required-tags", {"tags": UNKNOWN}),
        ("required-tags", {"tags": {"Owner": "video", "Version": UNKNOWN}}),
        ("lt-instance-tags", {"tagSpecifications": [{"resourceType": UNKNOWN, "tags": {}}]}),
        ("lt-ebs-encrypted", {"blockDeviceMappings": [{"ebs": {"snapshotId": UNKNOWN}}]}),
        ("lt-imdsv2", {"metadataOptions": {"httpTokens": UNKNOWN}}),
        (
            "lt-no-public-ip",
            {"networkInterfaces": [{"associatePublicIpAddress": "true", "subnetId": UNKNOWN}]},
        ),
        ("asg-tags-propagate", {"tags": [{"key": "Version", "value": UNKNOWN, "propagateAtLaunch": True}]}),
        (
            "ecs-service-private-tagged",
            {"networkConfiguration": {"assignPublicIp": True, "subnets": [UNKNOWN]}},
        ),
    ],
)
def test_a_remedy_that_would_write_an_unknown_value_is_refused(rule_id: str, props: dict[str, object]):
    rule = next(rule for rule in RULES if rule.id == rule_id)
    answer = mended(rule, replace(meant(rule), props=props))
    (remedy,) = answer.remediations
    assert "can't run remediation" in remedy.diagnostic
    assert not remedy.HasField("properties")


def test_a_remedy_that_would_open_a_secret_is_refused():
    rule = next(rule for rule in RULES if rule.id == "ecs-service-private-tagged")
    service = replace(
        meant(rule),
        props={
            "networkConfiguration": {"assignPublicIp": True, "subnets": [SECRET]},
            "propagateTags": "SERVICE",
            "enableEcsManagedTags": True,
        },
    )
    assert not mended(rule, service).remediations


def test_remedies_follow_each_other_on_one_resource(pack: Pack):
    template = Resource(
        type="aws:ec2/launchTemplate:LaunchTemplate", name="worker", props={"userData": SECRET}
    )
    rules = ["lt-imdsv2", "lt-instance-tags", "lt-volume-tags", "lt-detailed-monitoring"]
    try:
        pack.configure({"all": "disabled", **dict.fromkeys(rules, "remediate")})
        remediations = pack.remediate(asked(template)).remediations
        after = json_format.MessageToDict(remediations[-1].properties)
    finally:
        pack.configure({})
    assert {remedy.policyName for remedy in remediations} == set(rules)
    assert [spec["resourceType"] for spec in after["tagSpecifications"]] == ["instance", "volume"]
    assert after["userData"] == SECRET


def test_fill_in_values_come_from_the_configuration():
    rule = next(rule for rule in RULES if rule.id == "required-tags")
    analyzer = Analyzer([rule])
    configuration = analyzer_pb2.ConfigureAnalyzerRequest()
    entry = configuration.policyConfig[rule.id]
    entry.enforcementLevel = analyzer_pb2.REMEDIATE
    json_format.ParseDict({"keys": ["Owner", "Cost"], "fillIn": {"Owner": "video"}}, entry.properties)
    analyzer.configure(configuration, None)
    queue = Resource(type="aws:sqs/queue:Queue", name="q", props={})
    (remedy,) = analyzer.remediate(asked(queue), None).remediations
    assert json_format.MessageToDict(remedy.properties)["tags"] == {"Owner": "video"}


@pytest.mark.parametrize(
    ("urn", "filled"),
    [
        ("urn:pulumi:staging::shop::aws:sqs/queue:Queue::q", {"Project": "shop", "Environment": "staging"}),
        ("urn:x", {}),
    ],
)
def test_project_and_stack_that_are_filled_in_are_those_of_the_resource(urn: str, filled: dict[str, str]):
    rule = next(rule for rule in RULES if rule.id == "required-tags")
    queue = Resource(type="aws:sqs/queue:Queue", name="q", urn=urn)
    assert rule.remedy is not None
    patch = rule.remedy(queue, Options(rule.options))
    assert patch is not None
    rest = {"Component": "unassigned", "Owner": "unassigned", "ManagedBy": "pulumi"}
    assert patch["tags"] == {**filled, **rest}
