"""Each block of commands in the pages is run by a test, or its page says why not; it names what there is."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from local.toolchain.pulumi_cli import toolchain
from tests.contracts.command_blocks import INDEX, OPERATIONS, PAGES, ROOT, Block, blocks_of, in_order
from tests.contracts.runbooks import Command, commands
from tests.contracts.test_runbook_commands import mistakes

BLOCKS = [block for page in PAGES for block in blocks_of(page)]
OF_AWS = (*OPERATIONS, ROOT / "docs/changes.md", *sorted((ROOT / "docs/how-to").glob("*.md")))
AWS = [one for page in OF_AWS for one in commands(page) if one.name == "aws"]
PLACEHOLDER = re.compile(r"<[^<>\s][^<>\n]*>")
OURS = re.compile(r"(?:\.venv/bin/)?(?:pytest (?P<tests>[^\n|;&]+)|python -m (?P<module>[\w.]+))")
MAKE = re.compile(r"^make (?P<target>[\w-]+)", re.MULTILINE)
SCRIPT = re.compile(r"^(?P<script>\.ci/[\w-]+)", re.MULTILINE)
PULUMI = re.compile(r"(?:^|[\s(])pulumi (?P<words>[^\n|;)#]+)")


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_of_commands_says_how_it_is_tested(block: Block) -> None:
    assert block.marked, f"{block}: write <!-- test: runs --> above it, or another mark; found {block.how!r}"


@pytest.mark.short_form(5)
@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_shell_can_read_a_block_and_finds_what_it_names(block: Block) -> None:
    script = PLACEHOLDER.sub("placeholder", block.script)
    read = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert read.returncode == 0, f"{block}: {read.stderr}"
    assert missing(script) == [], block


def missing(script: str) -> list[str]:
    """What a script names of this repository and does not exist."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [one["target"] for one in MAKE.finditer(script)]
    found = [f"make {one}" for one in targets if not re.search(rf"^{one}:", makefile, re.MULTILINE)]
    found += [one["script"] for one in SCRIPT.finditer(script) if not (ROOT / one["script"]).is_file()]
    for one in OURS.finditer(script):
        words = (one["tests"] or "").split()
        found += [word for word in words if word.startswith("tests") and not (ROOT / word).exists()]
        if (module := one["module"]) and (module.startswith(("tests", "pages", "cli"))):
            place = ROOT / module.replace(".", "/")
            found += [] if place.is_dir() or place.with_suffix(".py").is_file() else [module]
    return found


@pytest.mark.pulumi_cli
def test_pulumi_has_the_commands_and_options() -> None:
    cli, helped = toolchain(print).cli(), dict[tuple[str, ...], str]()
    hidden = {**os.environ, "PULUMI_DEBUG_COMMANDS": "true"}
    for block in BLOCKS:
        for typed in PULUMI.finditer(PLACEHOLDER.sub("placeholder", block.script)):
            words = typed["words"].split()
            verbs = tuple(
                words[: 2 if words[0] in {"config", "stack", "state"} and words[1][0] != "-" else 1]
            )
            if verbs not in helped:
                helped[verbs] = subprocess.run(
                    [cli.executable, *verbs, "--help"], env=hidden, capture_output=True, text=True, check=True
                ).stdout
            given = [word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)]
            known = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", helped[verbs]))
            assert set(given) <= known, f"{block}: pulumi {' '.join(words)}"
    assert len(helped) > 5


@pytest.mark.parametrize(
    ("script", "named"),
    [
        ("make demos", "make demos"),
        (".ci/images", ".ci/images"),
        (".venv/bin/pytest -q tests/contracts/test_none.py", "tests/contracts/test_none.py"),
        (".venv/bin/python -m tests.none", "tests.none"),
    ],
)
def test_what_does_not_exist_is_found(script: str, named: str) -> None:
    assert missing(script) == [named]


def test_blocks_of_each_kind_are_found() -> None:
    assert sum(block.code == 0 for block in BLOCKS) > 10
    assert any(block.code for block in BLOCKS)
    assert any(block.how.startswith("not run") for block in BLOCKS)
    assert any(block.how.startswith("tests/") for block in BLOCKS)


@pytest.mark.parametrize(
    "mark",
    [
        "",
        "<!-- test: -->",
        "<!-- test: not run, no -->",
        "<!-- test: tests/none.py -->",
        "<!-- test: tests/contracts/test_states.py -->",
        "<!-- runs -->",
    ],
)
def test_a_block_without_a_right_mark_is_found(mark: str, tmp_path: Path) -> None:
    page = tmp_path / "no-such-page.md"
    page.write_text(f"{mark}\n\n```bash\nclipit doctor\n```\n")
    (block,) = blocks_of(page)
    assert not block.marked


def test_the_mark_of_one_block_is_not_that_of_the_next(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- test: exits 7 -->\n\n```bash\na\n```\n\ntext\n\n   ```sh\n   b\n   ```\n")
    assert [(block.code, block.script) for block in blocks_of(page)] == [(7, "a\n"), (None, "b\n")]


@pytest.mark.parametrize("command", AWS, ids=str)
def test_aws_knows_the_operation_and_its_options(command: Command) -> None:
    assert mistakes(command) == []


def test_the_index_names_every_page() -> None:
    assert sorted(in_order()) == OPERATIONS, f"{INDEX} has one row for each page"
