"""Where the state is, and whether another machine can open it."""

import subprocess
from pathlib import Path

import pytest

from cli.doctor.checks import state
from cli.doctor.patient import Verdict
from tests.cli.doctor.fakes import patient

LOGIN, SECRETS = (check.look for check in state.CHECKS)
FILE = "Pulumi.prod.yaml"
KEY = "secretsprovider: awskms://alias/clip-it\nencryptedkey: AQIC\n"
CONFIG = "config:\n  a: b\n"


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    (tmp_path / FILE).write_text(CONFIG)
    git(tmp_path, "add", FILE)
    git(tmp_path, "commit", "--quiet", "-m", "first")
    return tmp_path


def test_the_login_says_where_the_state_is() -> None:
    found = LOGIN(patient(said={"whoami": '{"user": "me", "url": "s3://state"}'}))
    assert (found.verdict, found.detail) == (Verdict.PASSED, "logged in at s3://state")
    assert LOGIN(patient(said={"whoami": "{}"})).verdict is Verdict.FAILED


def test_a_stack_without_a_secrets_provider_is_not_initialised(checkout: Path) -> None:
    found = SECRETS(patient(root=checkout))
    assert found.verdict is Verdict.FAILED
    assert found.remedy.startswith("pulumi stack init prod --secrets-provider")


def test_a_key_that_is_not_committed_opens_the_state_nowhere_else(checkout: Path) -> None:
    (checkout / FILE).write_text(KEY + CONFIG)
    found = SECRETS(patient(root=checkout))
    assert found.verdict is Verdict.FAILED
    assert "git commit" in found.remedy
    git(checkout, "commit", "--quiet", "-am", "the key")
    assert SECRETS(patient(root=checkout)).verdict is Verdict.PASSED
    (checkout / FILE).write_text(KEY.replace("AQIC", "AQID") + CONFIG)
    assert SECRETS(patient(root=checkout)).verdict is Verdict.FAILED


def test_other_changes_of_the_file_need_no_commit(checkout: Path) -> None:
    (checkout / FILE).write_text(KEY + CONFIG)
    git(checkout, "commit", "--quiet", "-am", "the key")
    (checkout / FILE).write_text(KEY + CONFIG + "  c: d\n")
    assert SECRETS(patient(root=checkout)).verdict is Verdict.PASSED


def test_without_git_nobody_can_look(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(KEY)
    assert SECRETS(patient(root=tmp_path)).verdict is Verdict.UNSEEN
