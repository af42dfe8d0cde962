"""`python -m benchmarks.fairness [--json] [--seconds N]`: what others notice of a tenant that attacks."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence

from benchmarks.fairness import renders, submissions, webhooks
from benchmarks.fairness.rows import MOST, Row, as_text, row

SECONDS = 8.0
"""Of each attack over HTTP."""


def rows(seconds: float) -> Iterator[Row]:
    """Submissions over HTTP, in real time; renders and webhooks in simulated time."""
    quiet = submissions.measure(None, seconds=seconds)
    for attack in submissions.ATTACKS:
        yield row("submission", attack.name, quiet, submissions.measure(attack, seconds=seconds))
    slow = submissions.measure(None, seconds=seconds, slow=True)
    yield row("submission", submissions.SLOW, quiet, slow)
    yield from simulated()


def simulated() -> Iterator[Row]:
    """The rows whose figures are the same on every machine."""
    quiet = renders.measure(None)
    for flood in renders.FLOODS:
        yield row("render", flood.name, quiet, renders.measure(flood))
    quiet = webhooks.measure(None)
    for receivers in webhooks.ATTACKS:
        yield row("webhook", receivers.name, quiet, webhooks.measure(receivers))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; exit code 1 when a median has grown by more than the factor."""
    options = argparse.ArgumentParser(prog="benchmarks.fairness")
    options.add_argument("--json", action="store_true", help="print the rows as JSON")
    options.add_argument("--seconds", type=float, default=SECONDS, help="of each attack over HTTP")
    given = options.parse_args(arguments)
    found = list(rows(given.seconds))
    if given.json:
        print(json.dumps([one.as_json() for one in found], indent=2))
    else:
        print(f"{as_text(found)}\nallowed: a factor of {MOST:g}")
    return 0 if all(one.is_fair for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
