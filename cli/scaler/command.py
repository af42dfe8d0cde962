"""`clipit scaler`: shows what a fleet's scaler decided, and why."""

from typing import Annotated

import typer

from cli.exits import MEANINGS
from cli.options import AsJson
from cli.scaler import decisions

app = typer.Typer(
    name="scaler", no_args_is_help=True, help="See what a fleet's scaler decided.", epilog=MEANINGS
)


@app.command(epilog=MEANINGS)
def explain(
    fleet: Annotated[str, typer.Argument(metavar="FLEET", help="Name of the fleet.")] = "cpu",
    count: Annotated[int, typer.Option("--last", min=1, max=12, help="Number of decisions to show.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Print the last decisions of a fleet, with the numbers that led to them."""
    decisions.explain(fleet, count, as_json=as_json)
