"""The pack as a process: how it starts, what it tells about itself, what it answers."""

import subprocess
import sys
import time
from pathlib import Path

from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2

from cli.audit.pack import Pack, connect, started

POLICY = Path(__file__).parents[2] / "policy"


def request(
    kind: str, props: dict[str, object], ignored: tuple[str, ...] = ()
) -> analyzer_pb2.AnalyzeRequest:
    asked = analyzer_pb2.AnalyzeRequest(type=kind, name="it", urn=f"urn:pulumi:dev::clip-it::{kind}::it")
    json_format.ParseDict(props, asked.properties)
    asked.options.ignoreChanges.extend(ignored)
    return asked


def test_pack_boots_quickly_and_prints_nothing_but_its_port():
    begin = time.monotonic()
    with started(POLICY) as process:
        connect(process).close()
        assert time.monotonic() - begin < 5
        process.kill()
        rest, complaint = process.communicate()
    assert (rest, complaint) == ("", "")


def test_pack_needs_no_provider_sdk():
    code = "import sys, guardrails.catalogue; print('pulumi_aws' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=POLICY, capture_output=True, text=True, check=True
    )
    assert answer.stdout == "False\n"


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
