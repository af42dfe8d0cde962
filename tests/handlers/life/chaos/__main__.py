"""`python -m tests.handlers.life.chaos`: what `make chaos` runs."""

import json
import logging
import time
from typing import Annotated

import structlog
import typer

from tests.handlers.life.chaos.play import play
from tests.handlers.life.chaos.report import document, table

app = typer.Typer(add_completion=False)


@app.command()
def chaos(
    renders: Annotated[int, typer.Option(min=1, max=5_000, help="Renders to submit for each seed.")] = 400,
    seed: Annotated[int, typer.Option(help="The first seed; the same seed plays the same faults.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds to play, one after the other.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document for each seed.")] = False,
) -> None:
    """Play hundreds of renders of four tenants, single and in batches, normal and bulk, under faults.

    The handlers are those that are deployed; table, queues, engine and time are played in this process.
    Job servers, agents, sweeper and notifier are killed at calls, agents are stopped beyond their lease,
    calls are throttled and answers lost, messages come twice, late or not at all, the stream is deaf for
    minutes, and instances are taken back.

    Exit code 1 when a render was not accepted, lost or published twice, a webhook is missing or had two
    bodies, or a change of the table broke a rule of the job protocol.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    broken = False
    for number in range(seed, seed + seeds):
        began = time.monotonic()
        played = play(number, renders)
        seconds = time.monotonic() - began
        typer.echo(json.dumps(document(played, seconds)) if as_json else table(played, seconds))
        broken = broken or bool(played.broken)
    raise typer.Exit(int(broken))


if __name__ == "__main__":
    app()
