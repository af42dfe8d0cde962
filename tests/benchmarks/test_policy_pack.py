"""The benchmark of the pack runs, and asks packs that hold what it says."""

import json
from pathlib import Path

import pytest
from guardrails.catalogue import RULES

from benchmarks import policy_pack

QUEUE = "aws:sqs/queue:Queue"
LISTED = {
    "urn": f"urn:pulumi:dev::clip-it::{QUEUE}::q",
    "type": QUEUE,
    "name": "q",
    "inputs": {"sqsManagedSseEnabled": True},
    "dependencies": {"redrivePolicy": [f"urn:pulumi:dev::clip-it::{QUEUE}::dead"]},
}


def test_a_question_holds_what_was_listed():
    asked = policy_pack.Asked.of(LISTED)
    assert dict(asked.alone.properties) == LISTED["inputs"]
    assert (
        list(asked.within.propertyDependencies["redrivePolicy"].urns)
        == LISTED["dependencies"]["redrivePolicy"]
    )


@pytest.mark.long
def test_it_measures_one_rule_all_rules_and_the_server_of_the_sdk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "resources.json").write_text(json.dumps([LISTED, LISTED]))
    assert policy_pack.main([str(tmp_path / "resources.json")]) == 0
    title, _, *rows = capsys.readouterr().out.splitlines()
    assert title == "2 resources, over the wire"
    assert [(row[:16].strip(), row[16:24].strip()) for row in rows] == [
        ("one rule", "1"),
        ("the pack", str(len(RULES))),
        ("the SDK's server", str(len(RULES))),
    ]
