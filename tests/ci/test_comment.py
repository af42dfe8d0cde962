"""The comment on a pull request: one, renewed with each push, and never somebody else's."""

from pathlib import Path

import pytest

from tests.ci.github import GitHub

MARKER = "<!-- clip-it: preview -->"


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    return GitHub(tmp_path)


def report(folder: Path, name: str, text: str) -> str:
    path = folder / f"{name}.md"
    path.write_text(text)
    return str(path)


def test_a_push_renews_the_comment_of_the_first_one(github: GitHub, tmp_path: Path) -> None:
    for text in ("two changes", "three changes"):
        code, output = github.run("comment", "7", report(tmp_path, "dev", text))
        assert code == 0, output
    (comment,) = github.store["comments"]
    assert comment["pull"] == 7
    assert comment["body"] == f"{MARKER}\nthree changes"


def test_each_pull_request_has_its_own(github: GitHub, tmp_path: Path) -> None:
    for number in ("7", "8"):
        assert github.run("comment", number, report(tmp_path, "dev", "text"))[0] == 0
    assert [comment["pull"] for comment in github.store["comments"]] == [7, 8]


def test_the_comment_is_found_behind_a_hundred_others_and_never_is_somebody_elses(
    github: GitHub, tmp_path: Path
) -> None:
    others = [
        {"id": number, "pull": 7, "user": {"login": "somebody"}, "body": f"{MARKER}\nmine"}
        for number in range(1, 151)
    ]
    github.put(comments=others)
    for text in ("first", "second"):
        assert github.run("comment", "7", report(tmp_path, "dev", text))[0] == 0
    assert github.store["comments"][:150] == others
    assert [comment["body"] for comment in github.store["comments"][150:]] == [f"{MARKER}\nsecond"]


def test_a_report_that_is_missing_is_named(github: GitHub, tmp_path: Path) -> None:
    there = report(tmp_path, "dev", "text")
    assert github.run("comment", "7", there, str(tmp_path / "prod.md"))[0] == 0
    assert "## prod: there is no report; see the job" in github.store["comments"][0]["body"]


def test_long_reports_are_cut_to_what_a_comment_takes(github: GitHub, tmp_path: Path) -> None:
    long = [report(tmp_path, name, "änderung\n" * 7_000) for name in ("dev", "prod")]
    code, output = github.run("comment", "7", *long)
    assert code == 0, output
    assert github.store["comments"][0]["body"].endswith("the summary of the job has it.")


def test_what_a_report_holds_is_not_run(github: GitHub, tmp_path: Path) -> None:
    text = "$(touch planted) `touch planted` \"; touch planted; ' @file"
    assert github.run("comment", "7", report(tmp_path, "dev", text), at=tmp_path)[0] == 0
    assert github.store["comments"][0]["body"] == f"{MARKER}\n{text}"
    assert not (tmp_path / "planted").exists()


@pytest.mark.parametrize("words", [(), ("7",), ("seven", "dev.md"), ("7/../8", "dev.md"), ("", "dev.md")])
def test_other_arguments_are_refused(github: GitHub, words: tuple[str, ...]) -> None:
    assert github.run("comment", *words)[0] == 2
    assert github.store["calls"] == []


def test_a_github_that_refuses_fails_the_job(github: GitHub, tmp_path: Path) -> None:
    code, output = github.run("comment", "7", report(tmp_path, "dev", "text"), GITHUB_REPOSITORY="no/such")
    assert code != 0
    assert "HTTP 404" in output
