"""The runbooks as the tests read them: pages, blocks, and the single commands in them."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from cli.incidents.pages import Line

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "runbooks"
INDEX = FOLDER / "README.md"
PAGES = sorted(path for path in FOLDER.glob("*") if path != INDEX)
STACKS = ("dev", "prod")
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
EVENT_RULE = "aws:cloudwatch/eventRule:EventRule"

BLOCK = re.compile(r"```(?:ba)?sh\n(.*?)```", re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
ARITHMETIC = re.compile(r"\$\(\([^()]*\)\)")
SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")
# What may stand before a command's name on its line.
LEADING = re.compile(r"^(?:export|while|until|do|then|\{|\w+=\S*|\w+\(\))$")


@dataclass(frozen=True)
class Command:
    """One command as a shell would run it; what other commands print is the word VALUE in it."""

    page: str
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.words[0]

    def __str__(self) -> str:
        return f"{self.page}: {shlex.join(self.words)}"


def kind_of(alarm: Any) -> str:
    """The kind of an alarm, or of an event that rings, by the page that its description leads to."""
    described = alarm.inputs.get("alarmDescription") or alarm.inputs["description"]
    return Path(described.rpartition("/")[2]).stem


def commands(path: Path, *, inline: bool = True) -> Iterator[Command]:
    """Every command of a page's blocks, and of the words in the text that begin like one."""
    text = path.read_text()
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            yield from _of_line(path.name, line.strip())
    if inline:
        for code in INLINE.findall(BLOCK.sub("", text)):
            if code.startswith(("clipit ", "state ", "aws ")):
                yield from _of_line(path.name, code)


def _of_line(page: str, line: str) -> Iterator[Command]:
    """The commands of a line, those within others first; a comment is none."""
    if line.startswith("#"):
        return
    line = Line.read(line).text
    # A placeholder is a word like any other, and no redirection.
    line = re.sub(r"<([\w ]+)>", lambda found: found[1].replace(" ", "-"), line)
    while (inner := SUBSTITUTION.search(ARITHMETIC.sub("VALUE", line))) is not None:
        line = ARITHMETIC.sub("VALUE", line)
        yield from _of_line(page, inner[1])
        line = line.replace(inner[0], "VALUE")
    lexer = shlex.shlex(ARITHMETIC.sub("VALUE", line), posix=True, punctuation_chars=";&|(){}")
    lexer.whitespace_split, lexer.commenters = True, ""
    if line.startswith("local "):
        return
    words: list[str] = []
    for word in (*lexer, ";"):
        if word and set(word) <= set(";&|(){}"):
            if words:
                yield Command(page=page, words=tuple(words))
            words = []
        elif words or not LEADING.match(word):
            words.append(word)


def all_commands() -> list[Command]:
    return [command for path in (INDEX, *PAGES) for command in commands(path)]


def spelled(text: str, stack: str, world: Any) -> set[str]:
    """A text as the shell has it, for each fleet and function; the only VALUE is the account."""
    (account,) = json.loads(world.of("pulumi:providers:aws")[0].inputs["allowedAccountIds"])
    functions = {one.inputs["name"] for one in world.of("aws:lambda/function:Function")}
    fleets = world.exports["group_names"]
    return {
        text.replace("$STACK", stack)
        .replace("$FLEET", fleet)
        .replace("$FUNCTION", function)
        .replace("VALUE", account)
        for fleet, function in product(fleets, (name.removeprefix(f"clip-it-{stack}-") for name in functions))
    }
