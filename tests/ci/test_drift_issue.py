"""The issue about drift: opened once, renewed while there is drift, closed when there is none."""

from pathlib import Path

import pytest

from tests.ci.github import GitHub


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    return GitHub(tmp_path)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "drift.md"
    path.write_text("a queue was changed")
    return path


def test_drift_is_told_once_renewed_and_closed_when_it_is_gone(github: GitHub, report: Path) -> None:
    assert github.run("drift-issue", "prod", "7", str(report))[0] == 0
    report.write_text("two queues were changed")
    assert github.run("drift-issue", "prod", "7", str(report))[0] == 0
    (issue,) = github.store["issue"]
    assert (issue["title"], issue["body"], issue["open"]) == (
        "Drift in prod",
        "two queues were changed",
        True,
    )
    assert github.run("drift-issue", "prod", "0", str(report))[0] == 0
    (issue,) = github.store["issue"]
    assert not issue["open"]


@pytest.mark.long
def test_new_drift_opens_a_new_issue(github: GitHub, report: Path) -> None:
    for status in ("7", "0", "7"):
        assert github.run("drift-issue", "prod", status, str(report))[0] == 0
    assert [issue["open"] for issue in github.store["issue"]] == [False, True]


def test_the_issues_of_two_stacks_are_apart(github: GitHub, report: Path) -> None:
    assert github.run("drift-issue", "prod", "7", str(report))[0] == 0
    assert github.run("drift-issue", "dev", "0", str(report))[0] == 0
    assert [issue["open"] for issue in github.store["issue"]] == [True]


def test_a_state_that_violates_a_rule_is_told_too(github: GitHub, report: Path) -> None:
    assert github.run("drift-issue", "prod", "4", str(report))[0] == 0
    assert github.store["issue"][0]["open"]


@pytest.mark.short_form(1)
@pytest.mark.parametrize("status", ["1", "130", ""])
def test_who_could_not_look_changes_no_issue_and_fails(github: GitHub, report: Path, status: str) -> None:
    assert github.run("drift-issue", "prod", "7", str(report))[0] == 0
    before = github.store["issue"]
    code, output = github.run("drift-issue", "prod", status, str(report))
    assert code == 1
    assert "could not look" in output
    assert github.store["issue"] == before


def test_no_drift_and_no_issue_is_quiet(github: GitHub, report: Path) -> None:
    assert github.run("drift-issue", "prod", "0", str(report)) == (0, "prod: no drift\n")
