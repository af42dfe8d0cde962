"""`clipit fleets`: fleets of a deployed stack."""

import json
from typing import Annotated

import typer

from cli import aws, environment
from cli.exits import MEANINGS, CommandError, Exit
from cli.fleets.removal import Load, load_of
from cli.options import AsJson
from handlers.jobs.environment import text
from handlers.jobs.store.table import Table, connect

app = typer.Typer(
    name="fleets", no_args_is_help=True, help="Manage the fleets of a deployed stack.", epilog=MEANINGS
)
_SOURCE = environment.from_outputs("table_name")


@app.callback()
def fleets() -> None:
    """Manage the fleets of a deployed stack."""


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
