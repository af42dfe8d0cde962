"""`.ci/publish`: one release for a tag, with the files that were built and nothing that was changed since."""

import hashlib
from pathlib import Path

import pytest

from tests.ci.github import GitHub


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    return GitHub(tmp_path)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    files = tmp_path / "release/files"
    files.mkdir(parents=True)
    (files / "agent.zip").write_bytes(b"agent")
    (files / "SHA256SUMS").write_text(f"{hashlib.sha256(b'agent').hexdigest()}  agent.zip\n")
    (files.parent / "notes.md").write_text("What is new")
    return files.parent


def test_a_tag_gets_one_release_and_a_second_run_renews_its_files(github: GitHub, built: Path) -> None:
    for _ in range(2):
        code, text = github.run("publish", "v1.0.0", str(built))
        assert code == 0, text
    (release,) = github.store["releases"].values()
    assert release == {"notes": "What is new", "files": {"agent.zip": 5, "SHA256SUMS": 76}}


def test_a_file_that_changed_since_it_was_built_is_not_published(github: GitHub, built: Path) -> None:
    (built / "files/agent.zip").write_bytes(b"other")
    assert github.run("publish", "v1.0.0", str(built))[0] != 0
    assert github.store["releases"] == {}


def test_tag_and_folder_have_to_be_named(github: GitHub) -> None:
    assert github.run("publish", "v1.0.0")[0] == 2
