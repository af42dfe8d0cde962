"""`clipit doctor` as somebody types it."""

import json

import pytest
from typer.testing import CliRunner

from cli.doctor import checks, command
from cli.doctor.patient import Check, Finding, Result, failed, passed, unseen
from cli.exits import Exit
from cli.main import app


def typed(*words: str) -> tuple[int, str]:
    shown = CliRunner().invoke(app, ["doctor", *words])
    return shown.exit_code, shown.output


@pytest.mark.parametrize(
    ("findings", "ends"),
    [
        ([passed("good"), unseen("denied")], Exit.OK),
        ([passed("good"), failed("bad", "mend it")], Exit.REFUSED),
    ],
)
def test_a_failed_check_and_nothing_else_ends_with_4(
    findings: list[Finding], ends: Exit, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tuple(Check(name=str(at), look=lambda _, it=it: it) for at, it in enumerate(findings))
    monkeypatch.setattr(checks, "ALL", made)
    code, text = typed()
    assert code == ends
    assert all(finding.detail in text and finding.remedy in text for finding in findings)
    assert text.splitlines()[-1].startswith("prod: 1 passed")

    code, text = typed("--json")
    assert code == ends
    assert [row["result"] for row in json.loads(text)["checks"]] == [str(it.result) for it in findings]


def test_what_aws_says_cannot_steer_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = Finding(result=Result.UNSEEN, detail="\x1b[2Jgone")
    monkeypatch.setattr(checks, "ALL", (Check(name="a", look=lambda _: odd),))
    assert "\x1b" not in typed()[1]


def test_a_stack_that_there_is_not_is_a_usage_error() -> None:
    code, text = typed("--stack", "nosuch")
    assert code == Exit.USAGE
    assert "choose one of dev, local, prod" in text
    assert command.ROOT.is_dir()
