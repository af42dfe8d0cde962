"""Writes the table of docs/changes.md: `make changes-page`."""

from cli.changes import table
from cli.changes.command import ROOT, sections_of
from cli.preview import program

PAGE = ROOT / "docs" / "changes.md"
STACK = "prod"
BEGIN, END = "<!-- begin: make changes-page -->\n", "<!-- end -->\n"


def parts(text: str) -> tuple[str, str, str]:
    """What stands before the table, the table, and what stands after it."""
    before, rest = text.split(BEGIN)
    made, after = rest.split(END)
    return before, made, after


def main() -> None:
    """Replace the table, and leave the rest of the page as it is."""
    program.keep_bytecode()
    before, _, after = parts(PAGE.read_text(encoding="utf-8"))
    made = table.as_markdown(table.rows(ROOT, STACK, sections_of(ROOT, STACK)))
    PAGE.write_text(f"{before}{BEGIN}{made}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
