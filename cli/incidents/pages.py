"""Runbooks as the player reads them: the shell of the index, the commands of a page, the row of a cause."""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "runbooks"
_BLOCK = re.compile(r"```bash\n(.*?)```", re.DOTALL)
_SETTING = re.compile(r"^export STACK=.*$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"<([\w ]+)>")


class PageError(Exception):
    """A page lacks what an incident says that it has."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """One runbook."""

    kind: str
    text: str

    @classmethod
    def read(cls, kind: str) -> "Page":
        """The page of an alarm."""
        return cls(kind=kind, text=(FOLDER / f"{kind}.md").read_text(encoding="utf-8"))

    def diagnosis(self) -> list[str]:
        """The commands of the section Diagnosis that need nothing which they do not say themselves."""
        _, _, rest = self.text.partition("## Diagnosis")
        section = rest.partition("\n## ")[0]
        lines = [line for block in _BLOCK.findall(section) for line in block.strip().splitlines()]
        return [line for line in lines if not _PLACEHOLDER.search(line)]

    def command(self, beginning: str, having: str = "") -> str:
        """The first command of the page that begins so and has this in it.

        Raises:
            PageError: There is none.
        """
        for block in _BLOCK.findall(self.text):
            for line in str(block).strip().splitlines():
                if line.startswith(beginning) and having in line:
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


def shell(fleet: str, function: str) -> str:
    """The block that opens the shell, for the local stack; the virtual environment is active already."""
    (first, *_) = _BLOCK.findall((FOLDER / "README.md").read_text(encoding="utf-8"))
    settings = f"export STACK=local FLEET={fleet} FUNCTION={function}"
    return _SETTING.sub(settings, first.replace(". .venv/bin/activate\n", ""))
