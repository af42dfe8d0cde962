"""Every command of docs/operations is run by a test, or its page says why not."""

from pathlib import Path

import pytest

from tests.contracts.operations_pages import INDEX, PAGES, Block, blocks_of, in_order
from tests.contracts.runbooks import Command, commands
from tests.contracts.test_runbook_commands import mistakes

BLOCKS = [block for page in PAGES for block in blocks_of(page)]
AWS = [one for page in PAGES for one in commands(page) if one.name == "aws"]


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_of_commands_says_how_it_is_tested(block: Block) -> None:
    assert block.marked, f"{block}: write <!-- test: runs --> above it, or another mark; found {block.how!r}"


def test_blocks_of_each_kind_are_found() -> None:
    assert sum(block.code == 0 for block in BLOCKS) > 10
    assert any(block.code for block in BLOCKS)
    assert any(block.how.startswith("not run") for block in BLOCKS)
    assert any(block.how.startswith("tests/") for block in BLOCKS)


@pytest.mark.parametrize(
    "mark",
    ["", "<!-- test: -->", "<!-- test: not run, no -->", "<!-- test: tests/none.py -->", "<!-- runs -->"],
)
def test_a_block_without_a_right_mark_is_found(mark: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
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
    assert sorted(in_order()) == PAGES, f"{INDEX} has one row for each page"
