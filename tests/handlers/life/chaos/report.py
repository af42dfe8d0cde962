"""What was played, as a table and as JSON."""

from tests.handlers.life.chaos.judging import Played


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
