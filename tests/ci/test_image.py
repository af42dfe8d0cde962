"""`.ci/image`: one image for the same sources, found before it is built, and named by its digest."""

import re
from pathlib import Path

import pytest

from tests.ci.checkouts import REPOSITORY, Checkout, checkout

DIGEST = "sha256:" + "1" * 64


@pytest.fixture
def tree(tmp_path: Path) -> Checkout:
    return checkout(tmp_path)


def outputs(tree: Checkout, *words: str) -> dict[str, str]:
    path = tree.github.folder / "outputs"
    path.unlink(missing_ok=True)
    code, text = tree.run("image", REPOSITORY, *words, GITHUB_OUTPUT=str(path))
    assert code == 0, text
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def test_an_image_is_built_once_and_then_found(tree: Checkout) -> None:
    assert outputs(tree) == {"digest": DIGEST, "built": "true"}
    tree.put(next="sha256:" + "2" * 64)
    assert outputs(tree) == {"digest": DIGEST, "built": "false"}
    assert len(tree.registry["built"]) == 1


@pytest.mark.long
def test_an_older_revision_has_an_image_of_its_own_and_leaves_no_tree_behind(tree: Checkout) -> None:
    outputs(tree)
    tree.put(next="sha256:" + "2" * 64)
    assert outputs(tree, tree.older) == {"digest": "sha256:" + "2" * 64, "built": "true"}
    first, second = tree.registry["built"]
    assert first != second
    assert not (tree.folder / ".git/worktrees").exists()


def test_a_registry_that_refuses_fails_and_nothing_is_built(tree: Checkout) -> None:
    tree.put(denied=True)
    code, text = tree.run("image", REPOSITORY)
    assert code != 0
    assert "AccessDeniedException" in text
    assert tree.registry["built"] == []


@pytest.mark.long
def test_a_base_that_nobody_has_pinned_is_refused_with_the_command_that_pins_it(tree: Checkout) -> None:
    pinned = tree.folder / "handlers/job_server/base-image"
    pinned.unlink()
    code, text = tree.run("image", REPOSITORY)
    assert code == 1
    assert tree.registry["built"] == []
    (command,) = re.findall(r"`\.ci/(build-image \S+)`", text)

    code, text = tree.run(*command.split())
    assert code == 0, text
    assert pinned.read_text() == f"python:3@{DIGEST}\n"
    assert outputs(tree)["built"] == "true"


def test_a_revision_before_the_base_was_pinned_is_refused_and_leaves_no_tree_behind(tree: Checkout) -> None:
    (tree.folder / "handlers/job_server/base-image").unlink()
    before = tree.commit()
    (tree.folder / "handlers/job_server/base-image").write_text(f"python:3@{DIGEST}\n")
    tree.commit()
    code, text = tree.run("image", REPOSITORY, before)
    assert code == 1
    assert "base-image" in text
    assert tree.registry["built"] == []
    assert not (tree.folder / ".git/worktrees").exists()


@pytest.mark.parametrize(
    "words",
    [(), ("job-server",), (f"{REPOSITORY}:1.0",), (REPOSITORY, "no-such-revision"), (REPOSITORY, "--all")],
)
def test_other_arguments_are_refused(tree: Checkout, words: tuple[str, ...]) -> None:
    assert tree.run("image", *words)[0] == 2
    assert tree.registry["built"] == []
