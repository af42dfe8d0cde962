"""What the pages tell one to type is what the commands take."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import environment
from cli.webhooks import secrets
from handlers.jobs.store import key_admin
from handlers.notifier.aws import SECRET_SECONDS
from tests.commands import command_of

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"```(?:sh|bash|yaml)\n(.*?)```", re.DOTALL)
TYPED = re.compile(r"(?:^|[\s(])(?:\.venv/bin/)?clipit ([^\n|#;)]+)")


def typed() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for block in BLOCK.findall(page.read_text()):
            for line in TYPED.findall(block.replace("\\\n", " ")):
                yield page.name, line.split(" && ")[0].split(" > ")[0].strip()


@pytest.mark.parametrize(("page", "line"), sorted(set(typed())))
def test_a_page_names_commands_and_options_that_there_are(page: str, line: str) -> None:
    command, words = command_of(shlex.split(line.replace('"$', "$").rstrip('"')))
    known = {
        option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
    }
    given = {word.split("=")[0] for word in words if word.startswith("--")}
    assert given <= known | {"--help"}, f"{page}: clipit {line}"


def test_the_pages_name_the_commands_of_the_policies() -> None:
    named = {" ".join(line.split()[:2]) for _, line in typed()}
    assert {"policy check", "policy report", "policy analyze", "policy explain"} <= named


def test_the_page_of_the_api_and_the_command_line_use_the_same_variables() -> None:
    named = set(re.findall(r"CLIPIT_[A-Z_]+", (ROOT / "docs/api.md").read_text()))
    assert named == {environment.API_URL, environment.API_KEY}


def test_the_page_about_keys_names_every_permission_that_its_commands_need() -> None:
    text = (ROOT / "docs/how-to/manage-api-keys.md").read_text().split("## Who may")[1].split("\n## ")[0]
    assert set(re.findall(r"`((?:dynamodb|ssm):\w+)`", text)) == key_admin.ACTIONS | secrets.ACTIONS


def test_the_page_about_keys_says_how_long_the_notifier_remembers_a_secret() -> None:
    text = (ROOT / "docs/how-to/manage-api-keys.md").read_text()
    assert text.count(f"{SECRET_SECONDS // 60} minutes") == len(re.findall(r"\d+ minutes", text)) == 2
