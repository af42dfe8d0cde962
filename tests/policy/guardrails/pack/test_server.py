"""The pack as a process: how it starts, what it tells about itself, what it answers."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2, json_format
from guardrails.catalogue import RULES
from guardrails.pack.server import Analyzer
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from cli.policy.manifest import manifest
from cli.policy.pack import Pack, connect, started

POLICY = Path(__file__).parents[4] / "policy"


def request(
    kind: str, props: dict[str, object], ignored: tuple[str, ...] = ()
) -> analyzer_pb2.AnalyzeRequest:
    asked = analyzer_pb2.AnalyzeRequest(type=kind, name="it", urn=f"urn:pulumi:dev::clip-it::{kind}::it")
    json_format.ParseDict(props, asked.properties)
    asked.options.ignoreChanges.extend(ignored)
    return asked


def test_pack_boots_quickly_and_prints_nothing_but_its_port():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with started(POLICY) as process:
        connect(process).close()
        process.kill()
        rest, complaint = process.communicate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Of the processor's time, which other work on the machine does not lengthen as it does the clock's.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1
    assert (rest, complaint) == ("", "")


def test_pack_imports_no_provider_and_no_client_of_aws():
    environment = {**os.environ, "PYTHONPROFILEIMPORTTIME": "1"}
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(POLICY)]
    with subprocess.Popen(
        command, cwd=POLICY, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline().strip().isdigit()
        process.kill()
        _, told = process.communicate()
    imported = {line.rpartition("|")[2].strip() for line in told.splitlines()}
    assert {"pulumi_policy", "guardrails.pack.server"} <= imported
    assert not {
        name for name in imported if name.startswith(("pulumi_aws", "boto", "components", "handlers"))
    }


@pytest.fixture
def engine() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """The calls of a pack that nobody has configured yet."""
    with started(POLICY) as process:
        port = process.stdout.readline().strip() if process.stdout else ""
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)


def test_the_pack_presents_itself_as_its_file_says(engine: analyzer_pb2_grpc.AnalyzerStub):
    said = engine.GetAnalyzerInfo(empty_pb2.Empty())
    named = {key: manifest()[key] for key in ("name", "version", "description")}
    assert {"name": said.name, "version": said.version, "description": said.description} == named


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    ("rule", "options", "complaint"),
    [
        ("lt-imdsv9", {}, "lt-imdsv9 is not a rule; did you mean lt-imdsv2?"),
        ("log-retention", {"minimumdays": 9}, "log-retention has no option minimumdays"),
        ("required-tags", {"keys": ["Owner", 3]}, 'required-tags.keys is ["Owner", 3.0]'),
    ],
)
def test_the_engine_is_told_of_a_level_or_option_that_no_rule_has(
    engine: analyzer_pb2_grpc.AnalyzerStub, rule: str, options: dict[str, object], complaint: str
):
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    request.policyConfig["all"].enforcementLevel = analyzer_pb2.DISABLED  # the CLI hands this on
    json_format.ParseDict(options, request.policyConfig[rule].properties)
    with pytest.raises(grpc.RpcError) as refused:
        engine.Configure(request)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert complaint in refused.value.details()


def test_a_configuration_of_one_rule_leaves_the_levels_of_the_others():
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    request.policyConfig["log-retention"].enforcementLevel = analyzer_pb2.ADVISORY
    Analyzer(RULES).configure(request, None)
    # Merely reading the entry of a rule that is not configured would make one, at the lowest level.
    assert set(request.policyConfig) == {"log-retention"}


def test_every_policy_reaches_the_engine_with_its_metadata(pack: Pack):
    policies = pack.policies()
    assert policies
    for policy in policies:
        assert all((policy.title, policy.severity, policy.references, policy.why, policy.fix, policy.url)), (
            policy
        )


def test_desired_capacity_is_found_over_the_wire(pack: Pack):
    asked = request("aws:autoscaling/group:Group", {"desiredCapacity": 2})
    assert "asg-desired-not-owned" in {said.policy for said in pack.analyze(asked)}


def test_an_ignored_desired_capacity_is_none_over_the_wire(pack: Pack):
    asked = request("aws:autoscaling/group:Group", {"desiredCapacity": 2}, ("desiredCapacity",))
    assert "asg-desired-not-owned" not in {said.policy for said in pack.analyze(asked)}


def test_a_disabled_policy_is_silent(pack: Pack):
    asked = request("aws:autoscaling/group:Group", {"desiredCapacity": 2})
    try:
        pack.configure({"asg-desired-not-owned": "disabled"})
        assert "asg-desired-not-owned" not in {said.policy for said in pack.analyze(asked)}
    finally:
        pack.configure({})
    assert "asg-desired-not-owned" in {said.policy for said in pack.analyze(asked)}


def test_missing_tags_are_filled_in_where_remediation_is_on(pack: Pack):
    asked = request("aws:sqs/queue:Queue", {"tags": {"Owner": "video"}})
    try:
        pack.configure({"required-tags": "remediate"})
        (mended,) = pack.remediate(asked).remediations
        asked.properties.CopyFrom(mended.properties)
        assert json_format.MessageToDict(mended.properties)["tags"]["Owner"] == "video"
        assert "required-tags" not in {said.policy for said in pack.analyze(asked)}
    finally:
        pack.configure({})
