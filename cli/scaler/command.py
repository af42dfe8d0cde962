"""`clipit scaler`: what the scaler of a running fleet decided, and why; and how fast it decides."""

import sys
from typing import Annotated

import typer

from cli.exits import MEANINGS, Exit

app = typer.Typer(no_args_is_help=True, help="The scaler of a running fleet.", epilog=MEANINGS)


@app.command(epilog=MEANINGS)
def explain(
    fleet: Annotated[str, typer.Argument(help="Name of the fleet.")] = "cpu",
    count: Annotated[int, typer.Option("--last", min=1, max=12, help="How many decisions.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """The last decisions of a fleet, with the numbers that led to them."""
    from cli.scaler import decisions  # noqa: PLC0415 - boto3 is heavy

    try:
        decisions.explain(fleet, count, as_json=as_json)
    except LookupError as problem:
        sys.stderr.write(f"scaler: {problem.args[0]}\n")
        raise typer.Exit(Exit.FAILED) from problem


@app.command(epilog=MEANINGS)
def bench() -> None:
    """One decision at 100,000 queued jobs and 1,000 instances: how long, and with how many AWS calls."""
    from cli.scaler import decisions  # noqa: PLC0415 - boto3 is heavy

    if not decisions.bench():
        raise typer.Exit(Exit.FAILED)


@app.command(epilog=MEANINGS)
def reaction() -> None:
    """Seconds from a submitted job to the raised desired capacity, on the local stack."""
    from benchmarks import reaction as local  # noqa: PLC0415 - boto3 is heavy

    try:
        seconds = local.measure()
    except local.ReactionError as problem:
        sys.stderr.write(f"scaler: {problem}\n")
        raise typer.Exit(Exit.FAILED) from problem
    print(f"submit to raised desired capacity: {seconds:.2f} s (allowed {local.ALLOWED_S:.0f})")
    if seconds > local.ALLOWED_S:
        raise typer.Exit(Exit.TOO_LATE)
