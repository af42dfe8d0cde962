"""What was played as a table, for a terminal and for the index of the runbooks, and as JSON."""

import re
from collections.abc import Sequence

from cli.exits import CommandError
from cli.incidents.calm import MINUTES as CALM_MINUTES
from cli.incidents.incidents import INCIDENTS
from cli.incidents.pages import FOLDER, INDEX
from cli.incidents.played import Played

BEGIN, END = "<!-- played by: make incidents-page -->\n", "<!-- end -->\n"
_HEAD = """\
| Alarm | What was broken | Rang after | Page says | Commands as the page says | Told by | OK after |
| --- | --- | --- | --- | --- | --- | --- |"""
_ROW = re.compile(r"^\| \[`([^`]+)`\].*$", re.MULTILINE)


def table(played: Sequence[Played]) -> str:
    """A row for each incident; times are minutes of CloudWatch."""
    return "\n".join([_HEAD, *(_row(one) for one in played)])


def _row(one: Played) -> str:
    words = ", ".join(f"`{word}`" for word in (*one.incident.tells, one.incident.figure) if word)
    event = one.incident.event
    cells = [
        f"[`{one.incident.rings}`]({one.incident.page}.md)",
        one.incident.cause.replace("`", ""),
        f"{one.rang_after} min",
        "at once" if event else f"{one.page_says} min",
        f"{sum(not each.mismatch for each in one.commands)} of {len(one.commands)}",
        words,
        "at once" if event else _over(one),
    ]
    return f"| {' | '.join(cells)} |"


def _over(one: Played) -> str:
    skipped = f", {one.incident.skips} of them skipped" if one.incident.skips else ""
    return f"{one.over_after} min{skipped}"


def document(played: Sequence[Played], problems: Sequence[str]) -> dict[str, object]:
    """What was played, for programs."""
    return {
        "ok": not problems,
        "calm_minutes": CALM_MINUTES,
        "problems": list(problems),
        "incidents": [
            {
                "alarm": one.incident.rings,
                "page": one.incident.page,
                "cause": one.incident.cause,
                "rang_after_minutes": one.rang_after,
                "page_says_minutes": one.page_says,
                "ok_after_minutes": one.over_after,
                "skipped_minutes": one.incident.skips,
                "commands": [
                    {"page": each.page, "command": each.command, "mismatch": each.mismatch}
                    for each in one.commands
                ],
            }
            for one in played
        ],
    }


def write(played: Sequence[Played]) -> None:
    """Put the rows into the table in the index of the runbooks, in place of those of the same incidents.

    Raises:
        CommandError: It has no place for it.
    """
    path = FOLDER / f"{INDEX}.md"
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise CommandError(f"{path.name} lacks the lines {BEGIN.strip()} and {END.strip()}.")
    rows = {found[1]: found[0] for found in _ROW.finditer(rest.partition(END)[0])}
    rows |= {one.incident.rings: _row(one) for one in played}
    shown = "\n".join([_HEAD, *(rows[one.rings] for one in INCIDENTS if one.rings in rows)])
    path.write_text(f"{before}{BEGIN}\n{shown}\n\n{END}{after}", encoding="utf-8")
