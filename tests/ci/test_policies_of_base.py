"""`.ci/policies-of-base`: silent where the policies are the same, and by the other pack where they differ."""

import subprocess
from pathlib import Path

import pytest

from tests.ci.checkouts import Checkout, checkout


@pytest.fixture
def tree(tmp_path: Path) -> Checkout:
    return checkout(tmp_path)


def git(tree: Checkout, *words: str) -> str:
    user = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
    done = subprocess.run(["git", *user, *words], cwd=tree.folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_the_same_policies_are_not_judged_twice(tree: Checkout) -> None:
    code, text = tree.run("policies-of-base", tree.older)
    assert code == 0
    assert "are the same" in text


def test_a_change_of_the_policies_is_shown_apart(tree: Checkout, tmp_path: Path) -> None:
    (tree.folder / "policy").mkdir()
    (tree.folder / "policy/waivers.yaml").write_text("waivers: []\n")
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--message", "Add a waiver")
    summary = tmp_path / "summary"
    code, text = tree.run("policies-of-base", tree.newer, GITHUB_STEP_SUMMARY=str(summary))
    assert code == 0, text
    assert "policy/waivers.yaml" in summary.read_text()


def test_a_revision_has_to_be_named(tree: Checkout) -> None:
    assert tree.run("policies-of-base")[0] == 2
