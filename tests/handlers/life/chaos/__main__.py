"""`python -m tests.handlers.life.chaos`: what `make chaos` runs."""

import json
import logging
import time
from typing import Annotated

import structlog
import typer

from tests.handlers.life.chaos.play import Played, play

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

    Exit code 1 when a render was lost or published twice, a webhook is missing or had two bodies, or a
    change of the table broke a rule of the job protocol.
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


def document(played: Played, seconds: float) -> dict[str, object]:
    """What was played, as JSON."""
    return {
        "seed": played.seed,
        "accepted": len(played.accepted),
        "batches": played.batches,
        "asked_again": played.asked_again,
        "ended": {state.value: many for state, many in sorted(played.states.items())},
        "lost": len(played.lost),
        "published_twice": len(played.published_twice),
        "webhooks": played.webhooks,
        "webhooks_wrong": len(played.webhooks_wrong),
        "faults": played.faults,
        "faults_digest": played.digest,
        "broken": played.broken,
        "seconds": round(seconds, 1),
    }


def table(played: Played, seconds: float) -> str:
    """What was played, line by line."""
    ended = ", ".join(f"{many} {state.value}" for state, many in sorted(played.states.items()))
    rows = {
        f"seed {played.seed}": f"faults {played.digest}, {seconds:.0f} s",
        "accepted": f"{len(played.accepted)}, in {played.batches} batches and alone; "
        f"asked again {played.asked_again} times",
        "ended": ended,
        "lost": len(played.lost),
        "published twice": len(played.published_twice),
        "webhooks": f"{played.webhooks} by id, {len(played.webhooks_wrong)} missing or of two bodies",
        **played.faults,
    }
    lines = [f"{name:<34} {value}" for name, value in rows.items()]
    return "\n".join([*lines, *(f"BROKEN  {one}" for one in played.broken)])


if __name__ == "__main__":
    app()
