"""The program of each stack, judged by the real pack with every computed value unknown.

Does not prove what the provider's Check adds or refuses, nor anything that only AWS knows.
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from guardrails.catalogue import RULES
from guardrails.pack.levels import LEVEL
from guardrails.resources.resource import Resource
from guardrails.rule import ResourceRule

from cli.policy import check, tables
from cli.policy import pack as pack_process
from cli.policy.check import judge, levels_of
from cli.policy.pack import Pack, PackError
from cli.policy.report import Report, in_force
from cli.preview import program, tree
from cli.preview.program import UNKNOWN, keep_bytecode, record
from cli.preview.provider_check import SECRET_SIGNATURE, SIGNATURE_KEY
from cli.preview.registered import Registered
from tests.policy.conftest import judge as judge_by_rule

ROOT = Path(__file__).parents[3]
STACKS = ("local", "dev", "prod")
EVERYWHERE = frozenset(STACKS)
# Rules whose subject the program of a stack does not have, and why not.
NONE_HERE = {
    "asg-tag-not-standalone": (EVERYWHERE, "the groups carry their tags themselves"),
    "ecr-safe": (EVERYWHERE, "the images are in the repository of the bootstrap"),
    "asg-ecs-managed-tag": (EVERYWHERE, "the tasks run on Fargate; no capacity provider uses a group"),
    "lambda-permission-source": (EVERYWHERE, "the scheduler's role and event sources invoke functions"),
    "route53-evaluate-target": (frozenset({"local", "dev"}), "only prod has its zone in the account"),
}


def judged(pack: Pack, stack: str, resources: tuple[Registered, ...]) -> Report:
    levels = levels_of(ROOT / "policy", stack)
    pack.configure(levels)
    try:
        said = judge(pack, resources)
    finally:
        pack.configure({})
    policies = tables.policies()
    return Report(subject=stack, policies=policies, diagnostics=said, levels=in_force(levels, policies))


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


@pytest.mark.long
@pytest.mark.timeout(180)
def test_the_page_about_pull_requests_shows_how_much_is_judged(recorded):
    page = (ROOT / "docs/how-to/check-a-pull-request.md").read_text()
    assert f"; {len(recorded['prod'])} resources; all {len(RULES)} rules judged\n" in page


@pytest.mark.timeout(180)
def test_the_program_satisfies_every_rule_and_leaves_none_open(recorded, pack: Pack):
    for stack in STACKS:
        report = judged(pack, stack, recorded[stack])
        assert [(said.policy, said.finding) for said in report.diagnostics] == [], stack


def as_seen(registered: Registered) -> Resource:
    return Resource(
        type=registered.type,
        name=registered.name,
        urn=registered.urn,
        props=registered.inputs,
        protected=registered.protect,
        ignored=registered.ignore_changes,
        links=registered.property_dependencies,
    )


def each_with(resources: tuple[Resource, ...], kind: str, **props: object) -> tuple[Resource, ...]:
    return tuple(
        replace(it, props={**it.props, **props}, ignored=()) if it.type == kind else it for it in resources
    )


def sharing_roles(resources: tuple[Resource, ...]) -> tuple[Resource, ...]:
    shared = {"taskRoleArn": "arn:aws:iam::1:role/a", "executionRoleArn": "arn:aws:iam::1:role/a"}
    return each_with(resources, "aws:ecs/taskDefinition:TaskDefinition", **shared)


# What every rule notices, as far as it looks at what the program states: values that are unknown or gone.
SPOILS = (
    lambda resources: tuple(replace(it, props=dict.fromkeys(it.props, UNKNOWN)) for it in resources),
    lambda resources: tuple(replace(it, props={}) for it in resources),
    lambda resources: tuple(replace(it, protected=False, ignored=("*",)) for it in resources),
)
# What only some rules notice: what they look at is right when it is absent, or a resource of its own.
OWN_SPOILS = {
    "asg-desired-not-owned": lambda it: each_with(it, "aws:autoscaling/group:Group", desiredCapacity=2),
    "sg-no-mixed-rules": lambda it: each_with(
        it, "aws:ec2/securityGroup:SecurityGroup", ingress=[{"protocol": "tcp", "fromPort": 1, "toPort": 2}]
    ),
    "iam-no-mixed-policies": lambda it: each_with(it, "aws:iam/role:Role", inlinePolicies=[{"name": "a"}]),
    "no-removed-health-checks": lambda _: (),
    "lt-user-data-no-secrets": lambda it: each_with(
        it, "aws:ec2/launchTemplate:LaunchTemplate", userData="export DB_PASSWORD=hunter22"
    ),
    "deployed-text-no-secrets": lambda it: each_with(
        it, "aws:lambda/function:Function", environment={"variables": {"API_TOKEN": "hunter22"}}
    ),
    "vpc-flow-logs": lambda it: tuple(each for each in it if each.type != "aws:ec2/flowLog:FlowLog"),
    "alb-waf": lambda it: tuple(each for each in it if "webAclAssociation" not in each.type),
    "ecs-roles-separate": sharing_roles,
    "ssm-document-private": lambda it: each_with(
        it, "aws:ssm/document:Document", permissions={"type": "Share", "account_ids": "All"}
    ),
}
EXPIRED = {"rule": "sqs-sse", "resource": "q", "reason": "r", "owner": "o", "expires": "2020-01-01"}


@pytest.mark.short_form(1)
@pytest.mark.timeout(180)
@pytest.mark.parametrize("stack", STACKS)
def test_every_rule_judges_something_or_has_a_reason_not_to(recorded, stack: str):
    resources = tuple(map(as_seen, recorded[stack]))
    levels = levels_of(ROOT / "policy", stack)
    blind = set()
    for rule in RULES:
        stated = levels[rule.id]
        options = {k: v for k, v in stated.items() if k != LEVEL} if isinstance(stated, dict) else {}
        if rule.id == "waiver-valid":
            options["waivers"] = [EXPIRED]
        alone = isinstance(rule, ResourceRule) and not rule.joined
        seen = tuple(it for it in resources if not alone or rule.covers(it.type))
        for spoil in (OWN_SPOILS[rule.id],) if rule.id in OWN_SPOILS else SPOILS:
            said = judge_by_rule(rule.id, *spoil(seen), **options)
            if said.findings or said.undecided:
                break
        else:
            blind.add(rule.id)
    assert blind == {rule for rule, (where, _) in NONE_HERE.items() if stack in where}


# What a program may lose, and the rules that miss it, with the type of the resource at which they say so.
LOST: dict[str, dict[str, object]] = {
    "aws:lb/targetGroup:TargetGroup": {"healthCheck": None},
    "aws:ec2/launchTemplate:LaunchTemplate": {"tagSpecifications": None},
    "aws:autoscaling/group:Group": {"tags": None},
    "aws:lb/listener:Listener": {"protocol": "HTTP"},
    "aws:kms/key:Key": {"enableKeyRotation": False},
    "aws:cloudwatch/metricAlarm:MetricAlarm": {"metricName": "x"},
    "aws:s3/bucketPolicy:BucketPolicy": {"policy": "{}"},
    "aws:sqs/queue:Queue": {"visibilityTimeoutSeconds": 1.0, "tags": {"Owner": ""}},
}
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ANYTHING = '{"Statement": [{"Effect": "Allow", "Action": "*"}]}'
TASKS = "aws:ecs/taskDefinition:TaskDefinition"
MISSED = {
    "tg-health-check": "aws:lb/targetGroup:TargetGroup",
    "lt-instance-tags": "aws:ec2/launchTemplate:LaunchTemplate",
    "lt-volume-tags": "aws:ec2/launchTemplate:LaunchTemplate",
    "ssm-association-target-matches": "aws:ssm/association:Association",
    "alb-https": "aws:lb/listener:Listener",
    "kms-key-safe": "aws:kms/key:Key",
    "alarm-dead-letter": "aws:sqs/queue:Queue",
    "s3-tls-and-encryption": "aws:s3/bucket:Bucket",
    "sqs-visibility": "aws:sqs/queue:Queue",
    "required-tags": "aws:sqs/queue:Queue",
    "iam-no-star": ROLE_POLICY,
}


@pytest.fixture(scope="module")
def careless(recorded, pack: Pack) -> Report:
    """The program of prod without any of these safeguards; as it stands it satisfies every rule.

    One role may do anything, what the others may is unknown, and the tasks have the role of their starter.
    """
    first, *others = [each for each in recorded["prod"] if each.type == ROLE_POLICY]
    broken = tuple(share_role(each) if each.type == TASKS else each for each in recorded["prod"])
    broken = (
        *(each for each in broken if each.type != ROLE_POLICY),
        *changed((first,), ROLE_POLICY, policy=ANYTHING),
        *changed(tuple(others), ROLE_POLICY, policy=UNKNOWN),
    )
    for kind, inputs in LOST.items():
        broken = changed(broken, kind, **inputs)
    return judged(pack, "prod", broken)


def share_role(tasks: Registered) -> Registered:
    roles = tasks.property_dependencies.get("executionRoleArn", ())
    return replace(tasks, property_dependencies={**tasks.property_dependencies, "taskRoleArn": roles})


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("rule", "kind"), MISSED.items())
def test_a_program_that_loses_a_safeguard_is_stopped(careless: Report, rule: str, kind: str):
    assert not careless.passed
    missed = [said.urn for said in careless.violations if said.policy == rule]
    assert any(f"{kind}::" in urn for urn in missed), missed


@pytest.mark.timeout(180)
def test_a_mandatory_rule_that_cannot_decide_fails_the_check(careless: Report):
    assert "iam-no-star" in {said.policy for said in careless.undecided}
    assert not replace(careless, diagnostics=careless.undecided).passed


@pytest.mark.timeout(180)
def test_one_role_for_server_and_starter_is_seen_although_its_name_is_unknown(careless: Report):
    assert "ecs-roles-separate" in {said.policy for said in careless.violations}


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
    secret = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": "hunter2"}
    hidden = replace(recorded["dev"][0], inputs={"a": [secret]})
    assert "hunter2" not in tree.as_json([hidden])


def test_a_stack_without_a_file_is_refused_by_name():
    with pytest.raises(
        program.ProgramError, match="there is no stack staging; choose one of dev, local, prod"
    ):
        record(ROOT, "staging")


@pytest.mark.timeout(180)
def test_what_the_engine_would_mend_in_dev_is_told_and_stops_nothing(recorded, pack: Pack):
    queue = "aws:sqs/queue:Queue"
    bare = changed(recorded["dev"], queue, tags={"Owner": ""}, sqsManagedSseEnabled=False)
    report = judged(pack, "dev", bare)
    assert report.passed, [said.finding for said in report.violations]
    assert {said.policy for said in report.mended} == {"required-tags", "sqs-sse"}


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Write a project with a program and a stack `dev`."""

    def write(program: str, stack: str = "config: {}\n") -> Path:
        (tmp_path / "Pulumi.yaml").write_text("name: clip-it\nruntime: python\n")
        (tmp_path / "Pulumi.dev.yaml").write_text(stack)
        (tmp_path / "__main__.py").write_text(program)
        return tmp_path

    return write


@pytest.mark.parametrize(
    ("program_text", "complaint"),
    [
        (
            "import pulumi\npulumi.runtime.invoke('aws:ec2/getAmi:getAmi', {})\n",
            "looks up aws:ec2/getAmi:getAmi",
        ),
        ("raise ValueError('zones: at least two')\n", "zones: at least two"),
        (
            "from pulumi_aws import sqs\nsqs.Queue.get('mine', 'id')\n",
            "reads aws:sqs/queue:Queue mine, which an offline preview cannot do",
        ),
        (
            "from pulumi_aws import sqs\nsqs.Queue('q')\nsqs.Queue('q')\n",
            "registers urn:pulumi:dev::clip-it::aws:sqs/queue:Queue::q twice",
        ),
    ],
)
def test_a_program_that_no_deployment_could_follow_offline_says_why(
    project: Callable[..., Path], program_text: str, complaint: str
):
    with pytest.raises(program.ProgramError, match=complaint):
        record(project(program_text), "dev")


def test_a_program_that_breaks_leaves_nothing_behind_to_complain(project: Callable[..., Path]):
    root = project("from pulumi_aws import sqs\nsqs.Queue('q')\nsqs.Queue('q')\n")
    record = f"program.record(Path({str(root)!r}), 'dev')"
    code = f"from pathlib import Path; from cli.preview import program; {record}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "registers urn:pulumi:dev::clip-it::aws:sqs/queue:Queue::q twice" in done.stderr
    assert "was destroyed" not in done.stderr


@pytest.mark.parametrize(
    ("stack", "complaint"),
    [
        ("config: [", "Pulumi.dev.yaml is not YAML"),
        ("config: " + "[" * 5000, "Pulumi.dev.yaml is not YAML: it is nested too deeply"),
        ("config: [1]\n", "must hold a mapping"),
        ("text", "must hold a mapping"),
        (
            "config:\n  clip-it:a: 1\n  clip-it:a: 2\n",
            "Pulumi.dev.yaml: a key appears more than once, again on line 3",
        ),
        (
            "config:\n  clip-it:a: {b: 1,\n    b: 2}\n",
            "Pulumi.dev.yaml: a key appears more than once, again on line 3",
        ),
    ],
)
def test_a_stack_file_that_is_broken_is_refused(project: Callable[..., Path], stack: str, complaint: str):
    with pytest.raises(program.ProgramError, match=complaint):
        record(project("", stack), "dev")


def test_values_of_a_stack_file_reach_the_program_as_the_engine_writes_them(project: Callable[..., Path]):
    stack = "config: {a:d: 2027-03-31, a:n: 3, a:y: true, a:t: '012', a:o: {x: [1, 2027-03-31]}}\n"
    assert program.configuration(project("", stack), "dev") == {
        "a:d": "2027-03-31",
        "a:n": "3",
        "a:y": "true",
        "a:t": "012",
        "a:o": '{"x": [1, "2027-03-31"]}',
    }


@pytest.mark.parametrize(
    ("written", "handed_on"),
    [
        ("2027-02-30", "2027-02-30"),
        ("2027-02-28T25:00:00Z", "2027-02-28T25:00:00Z"),
        ("0777", "511"),
        ("0o17", "15"),
        ("1e3", "1000"),
        ("1.0", "1"),
        ("1.10", "1.1"),
        ("~", ""),
        ("null", ""),
        ("1_000", "1000"),
        ("[1.0, 0777, ~]", "[1, 511, null]"),
        ("{a: 2027-02-30, b: 2.0}", '{"a": "2027-02-30", "b": 2}'),
    ],
)
def test_a_value_is_read_as_the_cli_reads_it(project: Callable[..., Path], written: str, handed_on: str):
    assert program.configuration(project("", f"config:\n  a:x: {written}\n"), "dev") == {"a:x": handed_on}


DYING = """
import os, sys
sys.path.insert(0, {policy!r})
from guardrails.pack import server
from guardrails.catalogue import RULES
server.Analyzer.analyze = lambda *_: os._exit(1)
server.serve(RULES)
"""
PACKS = {
    "silent": ("import time\ntime.sleep(60)\n", "did not start"),
    "broken": ("raise RuntimeError('no rules today')\n", "no rules today"),
    "dying": (DYING, "stopped answering"),
}


@pytest.mark.short_form(1)
@pytest.mark.parametrize("kind", PACKS)
def test_a_pack_that_does_not_work_is_told_and_not_waited_for(
    project: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, kind: str
):
    code, complaint = PACKS[kind]
    root = project("from pulumi_aws import sqs\nsqs.Queue('q')\n")
    (root / "policy" / "levels").mkdir(parents=True)
    (root / "policy" / "levels" / "dev.json").write_text("{}")
    (root / "policy" / "__main__.py").write_text(code.format(policy=str(ROOT / "policy")))
    monkeypatch.setattr(pack_process, "START_SECONDS", 1 if kind == "silent" else 30)
    with pytest.raises(PackError, match=complaint):
        check.check(check.Subject(program=root, stack="dev", pack=root / "policy", levels="dev"))
