"""What the provider's Check makes of inputs changes no judgement: each difference is closed.

The list is docs/decisions/0017-offline-inputs.md; each of its points has a test here, by its words.
"""

import importlib
import importlib.util
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from google.protobuf import json_format
from guardrails.catalogue import RULES
from guardrails.resources.resource import Resource
from guardrails.rule import StackRule
from pulumi.runtime.proto import analyzer_pb2

from cli.policy.check import checked
from cli.policy.check import judge as judge_all
from cli.policy.pack import Pack
from cli.preview.program import ProgramError
from cli.preview.provider_check import invented_name
from tests.policy.cases import TAGS, UNKNOWN, Case, allow, resource

ROOT = Path(__file__).parents[3]

# What the provider fills in where a program says nothing (defaults in the schemas of terraform-provider-aws).
DEFAULTS: dict[str, dict[str, object]] = {
    "aws:sqs/queue:Queue": {
        "visibilityTimeoutSeconds": 30.0,
        "messageRetentionSeconds": 345600.0,
        "delaySeconds": 0.0,
        "receiveWaitTimeSeconds": 0.0,
        "fifoQueue": False,
        "contentBasedDeduplication": False,
    },
    "aws:autoscaling/group:Group": {
        "healthCheckGracePeriod": 300.0,
        "forceDelete": False,
        "protectFromScaleIn": False,
        "waitForCapacityTimeout": "10m",
        "metricsGranularity": "1Minute",
    },
    "aws:lb/loadBalancer:LoadBalancer": {
        "loadBalancerType": "application",
        "dropInvalidHeaderFields": False,
        "enableDeletionProtection": False,
        "desyncMitigationMode": "defensive",
        "enableHttp2": True,
        "idleTimeout": 60.0,
        "preserveHostHeader": False,
        "xffHeaderProcessingMode": "append",
    },
    "aws:lb/targetGroup:TargetGroup": {
        "targetType": "instance",
        "deregistrationDelay": 300.0,
        "slowStart": 0.0,
    },
    "aws:lambda/function:Function": {
        "memorySize": 128.0,
        "timeout": 3.0,
        "packageType": "Zip",
        "publish": False,
        "reservedConcurrentExecutions": -1.0,
        "skipDestroy": False,
    },
    "aws:cloudwatch/logGroup:LogGroup": {"retentionInDays": 0.0, "skipDestroy": False},
    "aws:cloudwatch/metricAlarm:MetricAlarm": {"actionsEnabled": True, "treatMissingData": "missing"},
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": {"actionsEnabled": True},
    "aws:kms/key:Key": {
        "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "keyUsage": "ENCRYPT_DECRYPT",
        "enableKeyRotation": False,
        "isEnabled": True,
        "bypassPolicyLockoutSafetyCheck": False,
    },
    "aws:ec2/securityGroup:SecurityGroup": {"description": "Managed by Pulumi", "revokeRulesOnDelete": False},
    "aws:ec2/subnet:Subnet": {"mapPublicIpOnLaunch": False, "assignIpv6AddressOnCreation": False},
    "aws:ec2/instance:Instance": {"sourceDestCheck": True, "userDataReplaceOnChange": False},
    "aws:ec2/launchConfiguration:LaunchConfiguration": {"enableMonitoring": True},
    "aws:ec2/flowLog:FlowLog": {"logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600.0},
    "aws:ecs/service:Service": {
        "deploymentMaximumPercent": 200.0,
        "deploymentMinimumHealthyPercent": 100.0,
        "enableEcsManagedTags": False,
        "enableExecuteCommand": False,
        "schedulingStrategy": "REPLICA",
        "waitForSteadyState": False,
    },
    "aws:ecs/taskDefinition:TaskDefinition": {"skipDestroy": False, "trackLatest": False},
    "aws:ecr/repository:Repository": {"imageTagMutability": "MUTABLE"},
    "aws:dynamodb/table:Table": {"billingMode": "PROVISIONED"},
    "aws:iam/role:Role": {"forceDetachPolicies": False, "maxSessionDuration": 3600.0, "path": "/"},
    "aws:s3/bucket:Bucket": {"forceDestroy": False},
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": dict.fromkeys(
        ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), False
    ),
    "aws:ssm/document:Document": {"documentFormat": "JSON"},
}
EVERY_CASE: list[Case] = [
    case
    for path in sorted((Path(__file__).parent / "rules").glob("test_*.py"))
    for case in importlib.import_module(f"tests.policy.guardrails.rules.{path.stem}").CASES
]
CASES = [case for case in EVERY_CASE if any(it.type in DEFAULTS for it in case.resources)]
JOINING = {rule.id for rule in RULES if isinstance(rule, StackRule)} - {"waiver-valid"}
# What was read back from AWS is no preview: all of it is known.
JOINED = [case for case in EVERY_CASE if case.rule in JOINING and "read back" not in case.title]
OUTPUT = re.compile(
    r'@pulumi\.getter(?:\(name="(\w+)"\))?\s+(?:@[^\n]*\n\s+)*'
    r"def (\w+)\(self\) -> pulumi\.Output\[(?!Optional)"
)
# By these a resource is known to others; a preview shows them as the program's own values, or not at all.
IDENTITIES = {"id", "arn", "name", "bucket", "url", "arnSuffix", "qualifiedArn", "tagsAll"}


def filled(resource: Resource) -> Resource:
    stated = {key: value for key, value in resource.props.items() if value is not None}
    return replace(resource, props={**DEFAULTS.get(resource.type, {}), **stated})


@pytest.mark.short_form(5)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_defaults_that_the_provider_fills_in_change_no_judgement(
    case: Case, try_case: Callable[[Case], None]
):
    try_case(replace(case, mentions="", resources=tuple(map(filled, case.resources))))


@cache
def computed(kind: str) -> frozenset[str]:
    """The outputs of a type that are never empty: a preview shows those that are left out as unknown."""
    _, module, name = kind.split(":")
    spec = importlib.util.find_spec("pulumi_aws")
    assert spec is not None
    assert spec.origin
    folder = "lambda_" if module.startswith("lambda/") else module.split("/")[0]
    file = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", module.split("/")[1]).lower()
    path = Path(spec.origin).parent / folder / f"{file}.py"
    if not path.exists():
        return frozenset()
    made = path.read_text(encoding="utf-8").split(f"\nclass {name}(pulumi.CustomResource)")[-1]
    return frozenset(own or python for own, python in OUTPUT.findall(made))


def as_previewed(resource: Resource) -> Resource:
    left_out = (computed(resource.type) if resource.type.startswith("aws:") else frozenset()) - IDENTITIES
    unknown = {key: UNKNOWN for key in left_out - set(resource.links) if resource.props.get(key) is None}
    return replace(resource, props={**resource.props, **unknown})


def test_what_a_program_leaves_out_is_recognized():
    assert "accessControlPolicy" in computed("aws:s3/bucketAcl:BucketAcl")
    assert "redrivePolicy" in computed("aws:sqs/queue:Queue")
    assert "forceDestroy" not in computed("aws:s3/bucket:Bucket")


@pytest.mark.short_form(5)
@pytest.mark.parametrize("case", JOINED, ids=str)
def test_outputs_that_a_preview_cannot_know_change_no_judgement(case: Case, try_case: Callable[[Case], None]):
    try_case(replace(case, mentions="", resources=tuple(map(as_previewed, case.resources))))


PROGRAM = """
import json
import pulumi
import pulumi_aws as aws
"""
TAGS_OF_PROVIDER = {"tags": dict(TAGS)}


@pytest.fixture
def judged(pack: Pack, tmp_path: Path) -> Iterator[Callable[..., list[str]]]:
    """What single rules say about a small program, offline."""

    def judge_program(program: str, *rules: str, config: str = "{}") -> list[str]:
        (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
        (tmp_path / "Pulumi.dev.yaml").write_text(f"config: {config}\n")
        (tmp_path / "__main__.py").write_text(PROGRAM + program)
        pack.configure({"all": "disabled", **dict.fromkeys(rules, "mandatory")})
        return [f"{said.policy}: {said.message}" for said in judge_all(pack, checked(tmp_path, "dev"))]

    yield judge_program
    pack.configure({})


QUEUE = "aws.sqs.Queue('jobs', tags={tags})\n"
PROVIDED = f"""
provider = aws.Provider("eu", region="eu-central-1", default_tags={TAGS_OF_PROVIDER!r})
aws.sqs.Queue("jobs", tags={{"Component": "jobs"}}, opts=pulumi.ResourceOptions(provider=provider))
"""


def test_tags_of_an_explicit_provider_count(judged: Callable[..., list[str]]):
    assert judged(PROVIDED, "required-tags") == []


def test_tags_of_the_default_provider_count(judged: Callable[..., list[str]]):
    config = json.dumps({"aws:region": "eu-central-1", "aws:defaultTags": TAGS_OF_PROVIDER})
    assert judged(QUEUE.format(tags={}), "required-tags", config=config) == []
    assert "lacks the tags" in judged(QUEUE.format(tags={}), "required-tags")[0]


def test_a_tag_that_is_emptied_is_not_filled_by_the_provider(judged: Callable[..., list[str]]):
    config = json.dumps({"aws:defaultTags": TAGS_OF_PROVIDER})
    assert (
        "lacks the tag Owner" in judged(QUEUE.format(tags={"Owner": ""}), "required-tags", config=config)[0]
    )


def test_tags_of_the_provider_count_beside_one_that_is_not_known_yet(judged: Callable[..., list[str]]):
    program = "first = aws.sqs.Queue('first')\n" + QUEUE.format(tags="{'Owner': first.arn}")
    config = json.dumps({"aws:defaultTags": TAGS_OF_PROVIDER})
    assert judged(program, "required-tags", config=config) == []


def test_tags_count_where_the_whole_is_unknown_over_the_wire(pack: Pack):
    request = analyzer_pb2.AnalyzeRequest(type="aws:sqs/queue:Queue", name="q", urn="urn:pulumi:dev::d::q::q")
    json_format.ParseDict({"tags": {"Owner": UNKNOWN}, "tagsAll": UNKNOWN}, request.properties)
    request.provider.type = "pulumi:providers:aws"
    json_format.ParseDict({"defaultTags": json.dumps(TAGS_OF_PROVIDER)}, request.provider.properties)
    assert "required-tags" not in {said.policy for said in pack.analyze(request)}


def test_the_default_provider_is_judged_by_its_configuration(judged: Callable[..., list[str]]):
    config = json.dumps({"aws:region": "eu-central-1", "aws:allowedAccountIds": ["111122223333"]})
    assert judged(QUEUE.format(tags={}), "provider-account-guard", config=config) == []
    assert any("default_" in said for said in judged(QUEUE.format(tags={}), "provider-account-guard"))


def test_the_region_of_the_environment_is_the_default_providers(
    judged: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    said = judged(QUEUE.format(tags={}), "provider-account-guard", config='{"aws:allowedAccountIds": ["1"]}')
    assert said == []


def test_a_default_provider_that_the_stack_forbids_is_refused_by_name(judged: Callable[..., list[str]]):
    with pytest.raises(ProgramError, match=r"Queue::jobs names no provider.*disable-default-providers"):
        judged(QUEUE.format(tags={}), config='{"pulumi:disable-default-providers": ["aws"]}')


NAMED = """
queue = aws.sqs.Queue("jobs")
statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
policy = queue.name.apply(lambda name: json.dumps({"Id": name, "Statement": [statement]}))
aws.sqs.QueuePolicy("jobs", queue_url=queue.url, policy=policy)
"""


def test_an_invented_name_is_known_to_the_program_as_in_a_preview(judged: Callable[..., list[str]]):
    assert any("lets everybody use the queue" in said for said in judged(NAMED, "sqs-policy"))


def test_names_by_rules_of_the_stack_stay_unknown(judged: Callable[..., list[str]]):
    (said,) = judged(NAMED, "sqs-policy", config='{"pulumi:autonaming": {"mode": "verbatim"}}')
    assert "can't run policy" in said


@pytest.mark.parametrize(
    ("kind", "inputs", "name"),
    [
        ("aws:sqs/queue:Queue", {}, "it-[0-9a-f]{7}"),
        ("aws:sqs/queue:Queue", {"fifoQueue": True}, r"it-[0-9a-f]{7}\.fifo"),
        ("aws:sqs/queue:Queue", {"name": "jobs"}, ""),
        ("aws:sqs/queue:Queue", {"namePrefix": "jobs"}, ""),
        ("aws:s3/bucket:Bucket", {}, "it-[0-9a-f]{7}"),
        ("aws:ec2/subnet:Subnet", {}, ""),
        ("random:index/randomId:RandomId", {}, ""),
    ],
)
def test_names_are_invented_where_the_provider_does(kind: str, inputs: dict[str, object], name: str):
    invented = invented_name(kind, "it", inputs, computed(kind) if kind.startswith("aws:") else frozenset())
    assert re.fullmatch(name, "".join(invented.values()))


MIXED = """
role = aws.iam.Role("r", assume_role_policy="{}", managed_policy_arns=["arn:aws:iam::aws:policy/A"])
aws.iam.RolePolicyAttachment("a", role=role.name, policy_arn="arn:aws:iam::aws:policy/A")
"""


def test_a_role_that_is_still_to_be_made_states_what_it_shows(judged: Callable[..., list[str]]):
    assert any("has a beside it" in said for said in judged(MIXED, "iam-no-mixed-policies"))


def alike(judge_rule: Callable, rule: str, *forms: Resource) -> list[str]:
    """What a rule says about each form of the same, which must not differ."""
    said = [judge_rule(rule, form).findings for form in forms]
    assert all(each == said[0] for each in said)
    return said[0]


def test_settings_of_a_provider_are_read_as_json_and_as_objects(judge: Callable):
    stated: dict[str, object] = {
        "region": "eu-central-1",
        "allowedAccountIds": ["1"],
        "defaultTags": {"tags": {}},
    }
    wire = {key: value if isinstance(value, str) else json.dumps(value) for key, value in stated.items()}
    forms = (resource("pulumi:providers:aws", "eu", **stated), resource("pulumi:providers:aws", "eu", **wire))
    assert alike(judge, "provider-default-tags", *forms)
    assert alike(judge, "provider-account-guard", *forms) == []


def test_documents_are_read_as_json_and_as_objects(judge: Callable):
    policy = {"Statement": [allow("*")]}
    forms = (resource("aws:iam/policy:Policy", "p", policy=it) for it in (policy, json.dumps(policy)))
    assert alike(judge, "iam-no-star", *forms)


DOCUMENT = """
first = aws.sqs.Queue("first")
statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
aws.iam.Role("known", assume_role_policy={"Statement": [statement]})
secret = {"StringEquals": {"sts:ExternalId": pulumi.Output.secret("hunter2-hunter2")}}
aws.iam.Role("closed", assume_role_policy={"Statement": [{**statement, "Condition": secret}]})
aws.iam.Role("unknown", assume_role_policy={"Statement": [{**statement, "Condition": first.arn}]})
"""


def test_a_document_that_a_program_states_as_an_object_reaches_rules_and_program(
    judged: Callable[..., list[str]],
):
    said = judged(DOCUMENT, "iam-no-star")
    assert [each for each in said if "known: may be assumed by everybody" in each]
    assert [each for each in said if "closed: may be assumed by everybody" in each]
    assert [each for each in said if "can't run policy" in each]
    assert len(said) == 3
    assert "hunter2" not in "".join(said)


def test_booleans_and_numbers_are_read_as_text(judge: Callable):
    template = "aws:ec2/launchTemplate:LaunchTemplate"
    interfaces = ([{"associatePublicIpAddress": it}] for it in (True, "true"))
    public = (resource(template, "w", networkInterfaces=it) for it in interfaces)
    assert alike(judge, "lt-no-public-ip", *public)
    kept = (resource("aws:cloudwatch/logGroup:LogGroup", "l", retentionInDays=it) for it in (7, 7.0, "7"))
    assert alike(judge, "log-retention", *kept)


def test_a_block_that_may_occur_once_is_read_as_a_list(judge: Callable):
    options = {"httpTokens": "optional"}
    forms = (resource("aws:ec2/instance:Instance", "w", metadataOptions=it) for it in (options, [options]))
    assert alike(judge, "lt-imdsv2", *forms)


def test_secrets_are_judged_and_stay_closed(judged: Callable[..., list[str]]):
    program = """
code = pulumi.AssetArchive({"index.py": pulumi.StringAsset("")})
environment = {"variables": {"API_TOKEN": pulumi.Output.secret("hunter2-hunter2")}}
aws.lambda_.Function("f", role="arn:aws:iam::1:role/f", runtime="python3.13", handler="index.run", code=code,
    environment=environment)
"""
    said = judged(program, "deployed-text-no-secrets", "lambda-runtime")
    assert any("environment.variables.API_TOKEN" in each for each in said)
    assert "hunter2" not in "".join(said)


# The tests of each line of the decision's table, by the line's first words.
TESTS = {
    "defaults that the provider fills in": [test_defaults_that_the_provider_fills_in_change_no_judgement],
    "outputs that are unknown although nothing sets them": [
        test_outputs_that_a_preview_cannot_know_change_no_judgement
    ],
    "tags that the provider adds": [
        test_tags_of_an_explicit_provider_count,
        test_tags_of_the_default_provider_count,
        test_a_tag_that_is_emptied_is_not_filled_by_the_provider,
    ],
    "tags that are unknown as a whole because one value is": [
        test_tags_of_the_provider_count_beside_one_that_is_not_known_yet,
        test_tags_count_where_the_whole_is_unknown_over_the_wire,
    ],
    "default providers, which the engine makes and policies judge": [
        test_the_default_provider_is_judged_by_its_configuration,
        test_the_region_of_the_environment_is_the_default_providers,
    ],
    "default providers that the stack forbids": [
        test_a_default_provider_that_the_stack_forbids_is_refused_by_name
    ],
    "names that the provider invents": [
        test_an_invented_name_is_known_to_the_program_as_in_a_preview,
        test_names_by_rules_of_the_stack_stay_unknown,
        test_names_are_invented_where_the_provider_does,
    ],
    "the id, which a preview does not know": [test_a_role_that_is_still_to_be_made_states_what_it_shows],
    "settings of a provider, which arrive as JSON": [
        test_settings_of_a_provider_are_read_as_json_and_as_objects
    ],
    "documents, which a program may state as objects": [
        test_documents_are_read_as_json_and_as_objects,
        test_a_document_that_a_program_states_as_an_object_reaches_rules_and_program,
    ],
    "booleans and numbers, which may arrive as text": [test_booleans_and_numbers_are_read_as_text],
    "blocks that may occur once, which may arrive as lists": [
        test_a_block_that_may_occur_once_is_read_as_a_list
    ],
    "secrets, which arrive wrapped": [test_secrets_are_judged_and_stay_closed],
    "assets and archives": [test_secrets_are_judged_and_stay_closed],
}


def test_each_difference_of_the_decision_has_its_test():
    record = (ROOT / "docs" / "decisions" / "0017-offline-inputs.md").read_text(encoding="utf-8")
    table = [line.split("|")[1].strip() for line in record.splitlines() if line.startswith("| ")]
    assert [line for line in table if line not in {"Difference", "---"}] == list(TESTS)
