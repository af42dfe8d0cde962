"""The program of each stack, judged by the real pack with every computed value unknown.

Does not prove what the provider's Check adds or refuses, nor anything that only AWS knows.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from guardrails.catalogue import RULES
from guardrails.rule import ResourceRule

from cli.audit import program, tables, tree
from cli.audit.check import levels_of, requests, stack_resources
from cli.audit.pack import Pack
from cli.audit.program import UNKNOWN, Registered, keep_bytecode, record
from cli.audit.report import Report, in_force

ROOT = Path(__file__).parents[2]
STACKS = ("local", "dev", "prod")
# Rules whose subject this program does not have, and why not.
NONE_HERE = {
    "asg-tag-not-standalone": "the groups carry their tags themselves",
    "asg-ecs-managed-tag": "the tasks run on Fargate; no capacity provider uses a group",
    "lambda-permission-source": "functions are invoked by the scheduler's role and by event source mappings",
}
SUBJECTS = {
    "asg-tag-not-standalone": "aws:autoscaling/tag:Tag",
    "asg-ecs-managed-tag": "aws:ecs/capacityProvider:CapacityProvider",
    "lambda-permission-source": "aws:lambda/permission:Permission",
    "alb-waf": "aws:wafv2/webAclAssociation:WebAclAssociation",
}


def judged(pack: Pack, stack: str, resources: tuple[Registered, ...]) -> Report:
    levels = levels_of(ROOT, stack)
    pack.configure(levels)
    try:
        said = [found for request in requests(resources) for found in pack.analyze(request)]
        said += pack.analyze_stack(stack_resources(resources))
    finally:
        pack.configure({})
    policies = tables.policies()
    return Report(
        subject=stack, policies=policies, diagnostics=tuple(said), levels=in_force(levels, policies)
    )


def changed(resources: tuple[Registered, ...], kind: str, **inputs: object) -> tuple[Registered, ...]:
    """The resources with some inputs of one type replaced, or left out where the value is None."""

    def change(resource: Registered) -> Registered:
        if resource.type != kind:
            return resource
        merged = {key: value for key, value in {**resource.inputs, **inputs}.items() if value is not None}
        outputs = {key: value for key, value in {**resource.outputs, **inputs}.items() if value is not None}
        return replace(resource, inputs=merged, outputs=outputs)

    return tuple(map(change, resources))


@pytest.fixture(scope="module")
def recorded() -> dict[str, tuple[Registered, ...]]:
    keep_bytecode()
    return {stack: record(ROOT, stack) for stack in STACKS}


@pytest.mark.timeout(180)
def test_the_program_satisfies_every_rule_and_leaves_none_open(recorded, pack: Pack):
    for stack in STACKS:
        report = judged(pack, stack, recorded[stack])
        assert [(said.policy, said.finding) for said in report.diagnostics] == [], stack


@pytest.mark.timeout(180)
def test_every_rule_judges_something_or_has_a_reason_not_to(recorded):
    kinds = {resource.type for resource in recorded["prod"]}
    for rule in RULES:
        named = (rule.applies_to or kinds) if isinstance(rule, ResourceRule) else (rule.judges or kinds)
        absent = not named & kinds or SUBJECTS.get(rule.id, next(iter(named & kinds))) not in kinds
        assert absent == (rule.id in NONE_HERE), (rule.id, NONE_HERE.get(rule.id))


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("kind", "inputs", "rule"),
    [
        ("aws:lb/targetGroup:TargetGroup", {"healthCheck": None}, "tg-health-check"),
        ("aws:ec2/launchTemplate:LaunchTemplate", {"tagSpecifications": None}, "lt-instance-tags"),
        ("aws:ec2/launchTemplate:LaunchTemplate", {"tagSpecifications": None}, "lt-volume-tags"),
        ("aws:autoscaling/group:Group", {"tags": None}, "ssm-association-target-matches"),
        ("aws:lb/listener:Listener", {"protocol": "HTTP"}, "alb-https"),
        ("aws:kms/key:Key", {"enableKeyRotation": False}, "kms-key-safe"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", {"metricName": "x"}, "alarm-dead-letter"),
        ("aws:s3/bucketPolicy:BucketPolicy", {"policy": "{}"}, "s3-tls-and-encryption"),
        ("aws:sqs/queue:Queue", {"visibilityTimeoutSeconds": 1.0}, "sqs-visibility"),
        (
            "aws:iam/rolePolicy:RolePolicy",
            {"policy": '{"Statement": [{"Effect": "Allow", "Action": "*"}]}'},
            "iam-no-star",
        ),
    ],
)
def test_a_program_that_loses_a_safeguard_is_stopped(
    recorded, pack: Pack, kind: str, inputs: dict, rule: str
):
    broken = changed(recorded["prod"], kind, **inputs)
    if rule == "ssm-association-target-matches":
        broken = changed(broken, "aws:ec2/launchTemplate:LaunchTemplate", tagSpecifications=None)
    report = judged(pack, "prod", broken)
    assert rule in {said.policy for said in report.violations}
    assert not report.passed


@pytest.mark.timeout(180)
def test_a_mandatory_rule_that_cannot_decide_fails_the_check(recorded, pack: Pack):
    report = judged(pack, "prod", changed(recorded["prod"], "aws:iam/rolePolicy:RolePolicy", policy=UNKNOWN))
    assert "iam-no-star" in {said.policy for said in report.undecided}
    assert not report.passed


@pytest.mark.timeout(180)
def test_one_role_for_server_and_starter_is_seen_although_its_name_is_unknown(recorded, pack: Pack):
    def share(resource: Registered) -> Registered:
        roles = resource.property_dependencies.get("executionRoleArn", ())
        return replace(
            resource, property_dependencies={**resource.property_dependencies, "taskRoleArn": roles}
        )

    kind = "aws:ecs/taskDefinition:TaskDefinition"
    shared = tuple(share(each) if each.type == kind else each for each in recorded["prod"])
    report = judged(pack, "prod", shared)
    assert "ecs-roles-separate" in {said.policy for said in report.violations}


@pytest.mark.timeout(180)
def test_the_tree_shows_components_protection_and_counts(recorded):
    text = tree.as_text(recorded["prod"])
    assert "job-store  clip-it:job_store:JobStore\n" in text
    assert "aws:dynamodb/table:Table protected" in text
    assert "aws:autoscaling/group:Group ignores desiredCapacity" in text
    assert text.rstrip().endswith("components")


@pytest.mark.timeout(180)
def test_the_inputs_are_shown_with_what_is_unknown_and_without_secrets(recorded):
    text = tree.as_json(recorded["dev"])
    assert tree.LATER in text
    assert UNKNOWN not in text
    secret = {program.SIGNATURE_KEY: program.SECRET_SIGNATURE, "value": "hunter2"}
    hidden = replace(recorded["dev"][0], inputs={"a": [secret]})
    assert "hunter2" not in tree.as_json([hidden])


def test_a_stack_without_a_file_is_refused_by_name():
    with pytest.raises(program.ProgramError, match="there is no stack staging; known are dev, local, prod"):
        record(ROOT, "staging")


def test_a_program_that_looks_something_up_is_refused(tmp_path: Path):
    (tmp_path / "Pulumi.yaml").write_text("name: clip-it\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(
        "import pulumi\npulumi.runtime.invoke('aws:ec2/getAmi:getAmi', {})\n"
    )
    with pytest.raises(program.ProgramError, match="aws:ec2/getAmi:getAmi"):
        record(tmp_path, "dev")


def test_a_program_that_breaks_says_why(tmp_path: Path):
    (tmp_path / "Pulumi.yaml").write_text("name: clip-it\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text("raise ValueError('zones: at least two')\n")
    with pytest.raises(program.ProgramError, match="zones: at least two"):
        record(tmp_path, "dev")
