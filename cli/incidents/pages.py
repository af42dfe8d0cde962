"""Runbooks as the player reads them: the shell of the index, the commands of a page, the row of a cause.

Behind a command stands what it prints while its alarm rings, `# prints PATTERN`, or why it is not typed in
any incident, `# not played: REASON`. The pattern is a regular expression that the printed text has somewhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.exits import CommandError

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "runbooks"
INDEX = "README"
_BLOCK = re.compile(r"```bash\n(.*?)```", re.DOTALL)
_SETTING = re.compile(r"^export STACK=.*$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"<([\w ]+)>")
_MARK = re.compile(r"  # (?:prints (?P<prints>.+)|not played: (?P<because>.+))$")
_OR_NOTHING, _NOTHING = ", or nothing", "nothing"
_ASSIGNMENT = re.compile(r"\w+=\S")
_PERIODS = re.compile(r"over (\d+) s, .* in \d+ of (\d+) periods")
_WAIT = re.compile(r"waits (\d+) minutes for")
_SHOWN = 300
_READING = re.compile(
    r"(?:\w+=\$\()?(?:insights|metric|clipit (?:fleet status|scaler explain)"
    r"|aws [\w-]+ (?:describe-|get-|list-|query|receive-))"
)


class PageError(CommandError):
    """A page lacks what an incident says that it has."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A command of a page, and what the page says that it prints."""

    text: str
    prints: str | None = None
    """A regular expression; empty for a command that prints nothing, None where the page does not say."""
    or_nothing: bool = False
    not_played: str = ""
    """Why no incident types it."""

    @property
    def reads(self) -> bool:
        """Whether it asks for something, and changes nothing."""
        return bool(_READING.match(self.text))

    @classmethod
    def read(cls, line: str) -> "Line":
        """A line of a block; an assignment prints nothing without being marked."""
        mark = _MARK.search(line)
        text = line[: mark.start()] if mark else line
        if mark is None:
            return cls(text=text, prints="" if _ASSIGNMENT.match(text) else None)
        if because := mark["because"]:
            return cls(text=text, not_played=because)
        prints = mark["prints"]
        if prints == _NOTHING:
            return cls(text=text, prints="")
        pattern = prints.removesuffix(_OR_NOTHING)
        return cls(text=text, prints=pattern, or_nothing=pattern != prints)

    def filled(self, values: Mapping[str, str]) -> "Line":
        """The line with values in place of its placeholders.

        Raises:
            PageError: One has no value.
        """

        def value(found: re.Match[str]) -> str:
            if found[1] in values:
                return values[found[1]]
            raise PageError(f"No incident knows <{found[1]}> of {self.text!r}: say why it is not played.")

        text = _PLACEHOLDER.sub(value, self.text)
        return Line(text=text, prints=self.prints, or_nothing=self.or_nothing)

    def mismatch(self, printed: str) -> str:
        """How what was printed differs from what the page says; empty if it does not."""
        shown = printed.strip()[:_SHOWN]
        if self.prints is None:
            return f"{self.text!r}: the page does not say what it prints"
        if not shown:
            return "" if self.or_nothing or not self.prints else f"{self.text!r} printed nothing"
        if not self.prints:
            return f"{self.text!r} printed {shown!r}, where the page says nothing"
        if re.search(self.prints, printed):
            return ""
        return f"{self.text!r} printed {shown!r}, where the page says {self.prints!r}"


@dataclass(frozen=True, kw_only=True)
class Page:
    """One runbook."""

    kind: str
    text: str

    @classmethod
    def read(cls, kind: str) -> "Page":
        """The page of an alarm, or the index."""
        return cls(kind=kind, text=(FOLDER / f"{kind}.md").read_text(encoding="utf-8"))

    def lines(self, section: str = "") -> list[Line]:
        """The commands of a section, or of the whole page; of the index without those that open the shell."""
        text = self.text.partition(f"## {section}\n")[2].partition("\n## ")[0] if section else self.text
        blocks = [block for block in _BLOCK.findall(text) if not _SETTING.search(block)]
        return [Line.read(line) for block in blocks for line in block.strip().splitlines()]

    def diagnosing(self) -> list[Line]:
        """The commands that look for the cause, and mend nothing."""
        reading = [line for line in self.lines("Mitigation") if line.reads]
        return [line for line in (*self.lines("Diagnosis"), *reading) if not line.not_played]

    def command(self, beginning: str, having: str = "") -> Line:
        """The first command of the page that begins so and has this in it.

        Raises:
            PageError: There is none.
        """
        for line in self.lines():
            if line.text.startswith(beginning) and having in line.text:
                return line
        raise PageError(f"{self.kind}.md has no command that begins with {beginning!r} and has {having!r}.")

    def cause(self, beginning: str) -> str:
        """The row of the table of causes that begins so, or has this in its first cell.

        Raises:
            PageError: There is none.
        """
        for line in self.text.splitlines():
            if line.startswith("| ") and beginning in line.split(" | ", maxsplit=1)[0]:
                return line
        raise PageError(f"{self.kind}.md has no cause {beginning!r}.")

    def minutes(self) -> int:
        """How many minutes pass until the alarm rings, from when there is something to ring about.

        Those of its periods, those that a composite alarm waits for what explains it, or none for an event.
        """
        if found := _PERIODS.search(self.text):
            return int(found[1]) * int(found[2]) // 60
        found = _WAIT.search(self.text)
        return int(found[1]) if found else 0


def shell(fleet: str, function: str) -> str:
    """The block that opens the shell, for the local stack; the virtual environment is active already."""
    (first, *_) = _BLOCK.findall((FOLDER / f"{INDEX}.md").read_text(encoding="utf-8"))
    settings = f"export STACK=local FLEET={fleet} FUNCTION={function}"
    return _SETTING.sub(settings, first.replace(". .venv/bin/activate\n", ""))
