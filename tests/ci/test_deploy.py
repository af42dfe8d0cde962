"""`.ci/deploy`: the image that was attested, the revision that was asked for, and how `clipit` ended."""

from pathlib import Path

import pytest

from tests.ci.checkouts import REPOSITORY, Checkout, checkout

DIGEST = "sha256:" + "1" * 64


@pytest.fixture
def tree(tmp_path: Path) -> Checkout:
    """A checkout whose image is pushed and attested."""
    made = checkout(tmp_path)
    assert made.run("image", REPOSITORY)[0] == 0
    made.github.put(attested=[DIGEST])
    return made


def test_the_revision_of_the_checkout_is_deployed_with_its_image(tree: Checkout) -> None:
    code, text = tree.run("deploy", "dev", DIGEST, tree.newer)
    assert code == 0, text
    assert tree.calls("clipit") == [["deploy", "--stack", "dev", "--yes"]]
    (verified,) = [words for words in tree.github.store["calls"] if words[0] == "attestation"]
    assert verified[2] == f"oci://{REPOSITORY}@{DIGEST}"
    assert "example/clip-it/.github/workflows/deploy.yaml" in verified


@pytest.mark.long
def test_an_older_revision_is_a_rollback(tree: Checkout) -> None:
    older = "sha256:" + "2" * 64
    tree.put(next=older)
    assert tree.run("image", REPOSITORY, tree.older)[0] == 0
    tree.github.put(attested=[DIGEST, older])
    code, text = tree.run("deploy", "prod", older, tree.older)
    assert code == 0, text
    assert tree.calls("clipit") == [["rollback", "--stack", "prod", "--to", tree.older, "--yes"]]


@pytest.mark.long
def test_another_image_than_the_one_that_was_tried_is_refused(tree: Checkout) -> None:
    code, text = tree.run("deploy", "prod", "sha256:" + "9" * 64)
    assert code == 1
    assert "nothing was deployed" in text
    assert tree.calls("clipit") == []


@pytest.mark.long
def test_an_image_without_an_attestation_is_refused(tree: Checkout) -> None:
    tree.github.put(attested=[])
    code, text = tree.run("deploy", "dev", DIGEST)
    assert code != 0
    assert "no attestations found" in text
    assert tree.calls("clipit") == []


@pytest.mark.long
def test_a_revision_without_an_image_is_refused(tree: Checkout) -> None:
    code, text = tree.run("deploy", "dev", DIGEST, tree.older)
    assert code == 1
    assert "no image" in text


@pytest.mark.short_form(1)
@pytest.mark.parametrize("words", [(), ("dev",), ("dev", DIGEST, "no-such-revision")])
def test_other_arguments_are_refused(tree: Checkout, words: tuple[str, ...]) -> None:
    assert tree.run("deploy", *words)[0] == 2
    assert tree.calls("clipit") == []
