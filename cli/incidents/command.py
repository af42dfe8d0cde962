"""`clipit incidents`: plays incidents on a local stack of its own."""

import sys
from typing import Annotated

import typer

from cli.exits import MEANINGS, CommandError
from cli.incidents import cloud
from cli.incidents.incidents import INCIDENTS
from cli.incidents.player import Player, table

app = typer.Typer()
_KNOWN = {incident.alarm: incident for incident in INCIDENTS}


@app.command(epilog=MEANINGS)
def incidents(
    alarms: Annotated[
        list[str] | None, typer.Argument(metavar="ALARM", help="Alarms to make ring; all by default.")
    ] = None,
) -> None:
    """Play an incident for each alarm, and mend it by the runbooks.

    On a local stack of its own, for each alarm: break something, wait until the alarm rings by its own
    expression and notifies its topic, type the commands of its page, compare what they print with what the
    page says, mend as the page says, and wait until the alarm is over. First a calm day rings nothing.
    A minute of CloudWatch lasts 3 seconds.
    """
    if unknown := sorted(set(alarms or ()) - set(_KNOWN)):
        raise CommandError(f"no incident makes {', '.join(unknown)} ring; {', '.join(_KNOWN)} are known")
    played, problems = [], []
    with cloud.deployed(_say) as stack:
        player = Player(cloud=stack, say=_say)
        _say("a calm day")
        player.calm()
        for alarm in alarms or _KNOWN:
            done = player.play(_KNOWN[alarm])
            played.append(done)
            found = [f"{alarm}: {problem}" for problem in done.problems()]
            problems += found
            _say("\n".join(found) or f"{alarm}: as its page says, after {done.rang_after:.0f} minutes")
    print(table(played))
    if problems:
        raise CommandError("\n".join(problems))


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
