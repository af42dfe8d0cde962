"""`.ci/release`: what is refused before anything is built, and what a release consists of."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest

from tests.ci.github import ROOT, GitHub

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    """The scripts with a version and a changelog of the test's own."""
    tree = tmp_path / "checkout"
    shutil.copytree(ROOT / ".ci", tree / ".ci")
    shutil.copy(ROOT / "pyproject.toml", tree)
    return GitHub(tmp_path, tree)


def changed(github: GitHub, text: str) -> None:
    (github.checkout / "CHANGELOG.md").write_text(text)


def test_a_tag_of_another_version_is_refused(github: GitHub) -> None:
    changed(github, f"## {VERSION}\n\nSomething\n")
    code, text = github.run("release", "v99.0.0", at=github.checkout)
    assert code == 1
    assert f"v{VERSION}" in text


@pytest.mark.parametrize("log", ["## Unreleased\n\nSomething\n", f"## {VERSION}\n\n## 0.0.1\n\nOlder\n"])
def test_a_version_without_notes_is_refused(github: GitHub, log: str) -> None:
    changed(github, log)
    code, text = github.run("release", f"v{VERSION}", at=github.checkout)
    assert code == 1
    assert "CHANGELOG.md" in text


@pytest.mark.long
def test_a_release_holds_bundles_a_bill_of_materials_checksums_and_its_notes(github: GitHub) -> None:
    """Gets cyclonedx-bom from the package index."""
    tree = github.checkout
    for name in ("components", "handlers", "local", "render_engine", "requirements.lock", ".venv"):
        (tree / name).symlink_to(ROOT / name)
    (tree / "build").mkdir()
    changed(github, f"# Changelog\n\n## {VERSION}\n\n- Something\n\n## 0.0.1\n\n- Older\n")
    code, text = github.run("release", f"v{VERSION}", at=tree)
    assert code == 0, text
    release = tree / "build/release"
    assert (release / "notes.md").read_text().strip() == "- Something"
    bill = json.loads((release / "files/sbom.cdx.json").read_text())
    assert bill["bomFormat"] == "CycloneDX"
    assert {"boto3", "pulumi"} <= {part["name"] for part in bill["components"]}
    names = {line.split()[1] for line in (release / "files/SHA256SUMS").read_text().splitlines()}
    bundles = {f"{name}.zip" for name in ("agent", "engine", "notifier", "scaler", "sweeper")}
    assert names == {"sbom.cdx.json", *bundles}
