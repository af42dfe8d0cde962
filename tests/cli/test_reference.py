"""The reference of the command line is what the commands say of themselves."""

from cli.reference import PAGE, page
from tests.commands import all_commands


def test_the_page_is_made_from_the_commands() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it again: make command-page"


def test_the_page_has_every_command_and_each_of_its_options() -> None:
    sections = {text.split("`")[1]: text for text in page().split("\n### ")[1:]}
    leaves = {
        " ".join(("clipit", *words)): one for words, one in all_commands() if not hasattr(one, "commands")
    }
    assert set(sections) == set(leaves)
    for name, command in leaves.items():
        options = [one for parameter in command.params for one in parameter.opts if one.startswith("--")]
        assert [one for one in options if one != "--help" and f"`{one}`" not in sections[name]] == []
