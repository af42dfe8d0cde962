"""`clipit fleet`: fleets of a deployed stack."""

import json
import re
import subprocess
import time
from typing import Annotated

import typer

from cli import aws, environment
from cli.exits import MEANINGS, CommandError, Exit
from cli.fleet.removal import Load, load_of
from cli.fleet.status import as_text, status_of
from cli.options import AsJson, Stack
from cli.stack_place import StackPlace
from cli.stack_session import session_of
from cli.trace.calls import Calls
from handlers.jobs.environment import text
from handlers.jobs.store.table import Table, connect
from handlers.scaler.codec import dumps
from local.stack.pulumi_runs import STACK as LOCAL

app = typer.Typer(
    name="fleet",
    no_args_is_help=True,
    help="See the fleets of a deployed stack, and manage them.",
    epilog=MEANINGS,
)
_INSTANCE = re.compile(r"m?i-[0-9a-f]{8,17}")
_SOURCE = environment.from_outputs("table_name")


@app.callback()
def fleet_group() -> None:
    """See the fleets of a deployed stack, and manage them."""


class FleetBusyError(CommandError):
    """The fleet still has renders; the text says how many and what to do."""

    code = Exit.REFUSED


@app.command("check-removal", epilog=MEANINGS)
def check_removal(
    fleet: Annotated[str, typer.Argument(metavar="FLEET", help="Name of the fleet.")],
    as_json: AsJson = False,
) -> None:
    """Check that a fleet can be removed: that it has no queued or rendering renders."""
    table = _connected()
    with aws.calling():
        load = load_of(table, fleet)
    if as_json:
        print(json.dumps({"fleet": fleet, "queued": load.queued, "rendering": load.rendering}))
    if not load.removable:
        raise FleetBusyError(_busy(fleet, load))
    if not as_json:
        print(f"{fleet} has no renders and can be removed")


@app.command(epilog=MEANINGS)
def status(
    stack: Stack,
    fleet: Annotated[str | None, typer.Argument(metavar="FLEET", help="Only this fleet.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show failed boots, then each fleet with its instances, their work and the last decision."""
    place = StackPlace.of(stack)
    if fleet:
        place.fleet(fleet)
    session, endpoint = session_of(stack, place)
    with aws.making_clients(), aws.calling():
        calls = Calls(session, endpoint)
        found = [status_of(name, place, calls) for name in ([fleet] if fleet else place.fleets)]
    print(dumps(tuple(found)) if as_json else as_text(found, time.time()))


@app.command(epilog=MEANINGS)
def shell(
    instance: Annotated[str, typer.Argument(metavar="INSTANCE", help="Id of the instance.")], stack: Stack
) -> None:
    """Open a shell on an instance by Session Manager; needs the AWS CLI and its Session Manager plugin."""
    place = StackPlace.of(stack)
    if stack == LOCAL:
        raise CommandError(f"{instance} is a process of this machine; `clipit local status` names its folder")
    if not _INSTANCE.fullmatch(instance):
        raise typer.BadParameter(f"{instance!r} is no id of an instance; one looks like i-0123456789abcdef0")
    words = ["aws", "ssm", "start-session", "--target", instance, "--region", place.region]
    try:
        raise typer.Exit(subprocess.run(words, check=False).returncode)
    except FileNotFoundError:
        raise CommandError("there is no AWS CLI on PATH; install it and its Session Manager plugin") from None


def _busy(fleet: str, load: Load) -> str:
    return (
        f"{fleet} has {load.queued} queued and {load.rendering} rendering renders; wait until they have "
        "ended, or cancel them. If you remove the fleet now, they fail with fleet_removed."
    )


def _connected() -> Table:
    with environment.reading(_SOURCE) as variables:
        name = variables.get(environment.TABLE, text, "")
        region = variables.get(environment.REGION, text, "")
    with aws.making_clients():
        return connect(name, region)
