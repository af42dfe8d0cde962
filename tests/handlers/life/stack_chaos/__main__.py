"""`python -m tests.handlers.life.stack_chaos`: what `make chaos-stack` runs."""

import json
import sys
import time
from typing import Annotated

import typer

from tests.handlers.life.chaos.report import document, table
from tests.handlers.life.stack_chaos.play import play

app = typer.Typer(add_completion=False)


@app.command()
def stack_chaos(
    renders: Annotated[int, typer.Option(min=1, max=2_000, help="Renders to submit.")] = 300,
    seed: Annotated[int, typer.Option(help="What the faults are drawn from.")] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", help="No faults.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON document.")] = False,
) -> None:
    """Play renders of four tenants, single and in batches, normal and bulk, on a local stack under faults.

    Instances, engines, tasks of the API and functions are killed, instances are halted beyond their leases
    or taken back, calls are throttled and answers lost, AWS hangs, messages come twice, late or not at all,
    and functions do not hear the stream for seconds; a receiver refuses a tenth of its webhooks. The stack
    is this checkout's, deployed for this and ended afterward.

    Exit code 1 when a render was not accepted, lost or published twice, a webhook is missing or had two
    bodies, or a change of the table broke a rule of the job protocol.
    """
    began = time.monotonic()

    def say(text: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:5.0f} s  {text}\n")

    played = play(seed, renders, quiet=quiet, say=say)
    seconds = time.monotonic() - began
    typer.echo(json.dumps(document(played, seconds)) if as_json else table(played, seconds))
    raise typer.Exit(int(bool(played.broken)))


if __name__ == "__main__":
    app()
