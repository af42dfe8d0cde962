"""`.ci/preview`: one report of the changes and the policies, and an exit code that says how it went."""

from pathlib import Path

import pytest

from tests.ci.github import ROOT, GitHub
from tests.cli.drift.fake_pulumi import fake

PREVIEWS = ROOT / "tests/cli/impact/previews"
STACK = "local"
REPORT = ROOT / f"build/preview/{STACK}.md"


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    return GitHub(tmp_path)


@pytest.mark.long
def test_the_report_holds_the_changes_and_the_policies(github: GitHub, tmp_path: Path) -> None:
    pulumi = fake(github.commands, log=PREVIEWS / "replaced-table.jsonl")
    summary = tmp_path / "summary"
    code, output = github.run("preview", STACK, GITHUB_STEP_SUMMARY=str(summary))
    assert code == 0, output
    text = REPORT.read_text()
    assert text.index("## Changes: local: 3 danger") < text.index("## Policies: passed")
    assert summary.read_text() == text
    words = pulumi.calls[0]
    assert words[words.index("--policy-pack-config") + 1] == f"policy/levels/{STACK}.json"
    assert not list(REPORT.parent.glob("*.jsonl")), "the log holds all inputs and stays nowhere"


@pytest.mark.long
def test_a_preview_that_fails_is_reported_and_fails(github: GitHub) -> None:
    fake(github.commands, command="preview", code=255, complaint="error: no state")
    code, output = github.run("preview", STACK)
    assert code == 255
    assert "error: no state" in output
    assert "nothing to report" in REPORT.read_text()


def test_a_stack_has_to_be_named(github: GitHub) -> None:
    assert github.run("preview")[0] == 2
