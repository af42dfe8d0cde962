"""What the local stack reads of its stack file, and what it says of one that cannot be used."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from local.stack import runner, session
from local.stack.stack_file import StackFileError, region_of


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "Pulumi.local.yaml cannot be read: No such file or directory"),
        (b"config: [", "Pulumi.local.yaml is not YAML: "),
        (b"config: \xff", "Pulumi.local.yaml is not YAML: .*can't decode"),
        (b"config: " + b"[" * 5000, "Pulumi.local.yaml is not YAML: "),
        (b"", "Pulumi.local.yaml names no region"),
        (b"config: {}", r"set it at config\.clip-it:deployment\.region"),
    ],
    ids=["absent", "no YAML", "no text", "deep", "empty", "no deployment"],
)
def test_a_stack_file_without_a_region_is_refused_by_name(
    tmp_path: Path, content: bytes | None, told: str
) -> None:
    if content is not None:
        (tmp_path / "Pulumi.local.yaml").write_bytes(content)
    with pytest.raises(StackFileError, match=told):
        region_of("local", tmp_path)


@pytest.mark.parametrize("command", ["demo", "local up"])
def test_a_stack_that_cannot_read_its_file_says_so_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    monkeypatch.setattr(runner, "region_of", lambda stack: region_of(stack, tmp_path))
    for name in ("_FILE", "_LOCK"):  # whatever stack this checkout keeps
        monkeypatch.setattr(session, name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, command.split())
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert "Pulumi.local.yaml cannot be read" in result.stderr
