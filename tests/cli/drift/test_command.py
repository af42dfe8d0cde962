"""`clipit drift` as somebody types it, with a Pulumi CLI that ends as it is told."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.drift import command, look
from cli.exits import Exit
from cli.main import app
from cli.policy.diagnostics import Diagnostic, Level
from cli.policy.report import Report
from local.toolchain.pulumi_cli import Cli
from tests.cli.drift.fake_pulumi import fake

REFRESHES = Path(__file__).with_name("refreshes")
VIOLATION = Diagnostic(policy="sqs-sse", level=Level.MANDATORY, message="plain")


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    ("log", "code", "found", "ends"),
    [
        ("same", 0, (), Exit.OK),
        ("same", 0, (VIOLATION,), Exit.REFUSED),
        ("drifted", 7, (), Exit.DRIFTED),
        ("drifted", 7, (VIOLATION,), Exit.DRIFTED),
        ("drifted", 1, (), Exit.FAILED),
    ],
)
def test_the_exit_code_says_what_was_found(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    log: str,
    code: int,
    found: tuple[Diagnostic, ...],
    ends: Exit,
) -> None:
    pulumi = fake(tmp_path / "bin", log=REFRESHES / f"{log}.jsonl", code=code)
    monkeypatch.setattr(
        look, "audit", lambda _cli, _root, stack: Report(subject=stack, policies=(), diagnostics=found)
    )
    monkeypatch.setattr(
        command, "installed", lambda: Cli(executable=pulumi.executable, version="3.259.0", origin="path")
    )
    report = tmp_path / "drift.md"
    shown = CliRunner().invoke(app, ["drift", "--stack", "prod", "--markdown", str(report)])
    assert shown.exit_code == ends, shown.output
    assert "$ pulumi refresh --preview-only --expect-no-changes" in shown.stderr
    assert report.exists() == (ends is not Exit.FAILED)


def test_a_stack_without_levels_is_a_usage_error() -> None:
    shown = CliRunner().invoke(app, ["drift", "--stack", "nosuch"])
    assert shown.exit_code == Exit.USAGE
    assert "nosuch" in shown.output
