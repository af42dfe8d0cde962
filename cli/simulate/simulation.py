"""Runs simulations and prints their results."""

import gc
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cli.exits import CommandError, Exit
from components.scaler import limits as limits_of
from components.settings import NAMESPACE, SettingsError, parse
from handlers.scaler.codec import from_json
from handlers.scaler.decision import Limits
from local.stack.stack_file import StackFileError, config_of
from simulator.compare import Comparison, compare, goal_results
from simulator.conditions import Conditions
from simulator.plots import busiest, png, save, timeline, tradeoff
from simulator.replay import replay
from simulator.report import HEADINGS, as_html, rows
from simulator.report import as_json as to_json
from simulator.scenarios import SCENARIOS, UNSEEN, Case, cases, named
from simulator.whatif import answer, changed

ROOT = Path(__file__).resolve().parents[2]
PLOTTED_HOURS = 6.0
COLLECT_EVERY = 100_000
REPORT = "report.html"
WIDTH = 120
_RECORDS = "give the scaler's log records, one JSON object a line"


def chosen(names: tuple[str, ...], *, faults: bool, seed: int | None) -> list[Case]:
    """The named cases, or all.

    Raises:
        ValueError: a name is no trace.
    """
    return cases(names or (*SCENARIOS, *UNSEEN), faults=faults, seed=seed)


def compare_all(todo: list[Case], *, as_json: bool, out: Path | None, jobs: int) -> None:
    """Simulate all policies on all cases, in parallel; prints a table per case, and the goals."""
    found = []
    workers = max(1, min(jobs, len(todo)))
    # A simulation makes many small objects and hardly any cycles: to look for them less often saves a tenth.
    with ProcessPoolExecutor(workers, initializer=gc.set_threshold, initargs=(COLLECT_EVERY,)) as pool:
        for done, result in enumerate(pool.map(compare, todo), start=1):
            _progress(f"{done} of {len(todo)} cases")
            found.append(result)
            if not as_json:
                _progress("")
                _print(result)
    if as_json:
        print(json.dumps(to_json(found), indent=2))
    if out is not None:
        _draw(found, out)


def take_again(path: Path, *, as_json: bool) -> None:
    """Print where the current code decides differently.

    Raises:
        CommandError: The file cannot be read, or has no decision.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            result = replay(lines)
    except OSError as problem:
        raise CommandError(f"{path} cannot be read: {problem.strerror}.", Exit.USAGE) from problem
    except UnicodeDecodeError as problem:
        raise CommandError(f"{path} is not text; {_RECORDS}", Exit.USAGE) from problem
    if not result.decisions:
        raise CommandError(f"{path} has no decision; {_RECORDS}", Exit.USAGE)
    if as_json:
        print(json.dumps(asdict(result), indent=2))
        return
    for one in result.differences:
        print(f"{one.taken_at:.0f} {one.field}: recorded {one.recorded}, now {one.today} ({one.reason})")
    counted = f"{len(result.differences)} differences, {result.skipped} records skipped"
    print(f"{result.decisions} decisions replayed, {counted}")


def answer_what_if(name: str, text: str, stack: str, fleet: str | None, *, as_json: bool) -> None:
    """Compare waits and cost with the deployed limits and with others."""
    limits, trace = deployed(stack, fleet), named(name)
    mixed = limits.spot_share * limits.spot_price + (1 - limits.spot_share) * limits.on_demand_price
    conditions = Conditions(boot_s=(0.7 * limits.boot_s, 1.3 * limits.boot_s), price_per_hour=mixed)
    scores = answer(trace, limits, changed(limits, text), conditions)
    if as_json:
        print(json.dumps([asdict(score) for score in scores], indent=2))
        return
    print(f"{trace.name}: {len(trace)} jobs; {text}")
    headings = ("p50 s", "p95 s", "p99 s", "max s", "hours", "cost", "peak", "lost")
    print(f"{'':12}" + "".join(f"{heading:>9}" for heading in headings))
    for score in scores:
        waits = (score.p50, score.p95, score.p99, score.longest)
        numbers = "".join(f"{wait:9.0f}" for wait in waits) + f"{score.hours:9.1f}{score.cost:9.2f}"
        print(f"{score.policy:12}{numbers}{score.peak:9}{score.lost:9}")


def deployed(stack: str, fleet: str | None, root: Path = ROOT) -> Limits:
    """The limits of a stack's scaler, from the stack file.

    Raises:
        CommandError: the stack file is wrong or has no such fleet.
    """
    prefix = f"{NAMESPACE}:"
    try:
        config = config_of(stack, root)
        settings = parse({key.removeprefix(prefix): config[key] for key in config if key.startswith(prefix)})
    except (StackFileError, SettingsError) as problem:
        raise CommandError(str(problem), Exit.USAGE) from problem
    asked = fleet or next(iter(settings.fleets))
    if asked not in settings.fleets:
        raise CommandError(
            f"stack {stack} has no fleet {asked!r}; it has {', '.join(settings.fleets)}", Exit.USAGE
        )
    given = limits_of(settings.fleets[asked], settings.renders.heartbeat_seconds)
    return from_json(Limits, json.loads(json.dumps(given)))


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")


def _print(found: Comparison) -> None:
    bound = f"{found.bound.seconds / 3600:.0f} instance-hours"
    table = Table(
        title=f"{found.case.name}: {len(found.case.trace)} jobs, bound {bound}", title_justify="left"
    )
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "policy" else "right", no_wrap=True)
    for row in rows(found):
        table.add_row(*row, style="bold" if row[0].startswith("clip-it") else "")
    console = Console(width=None if sys.stdout.isatty() else WIDTH, soft_wrap=True)
    console.print(table)
    for result in goal_results(found):
        console.print(f"  ({result.goal}) {'met   ' if result.met else 'missed'} {result.text}")


def _draw(found: list[Comparison], out: Path) -> None:
    """Waits against hours for all cases, and the busiest hours of each scenario without faults."""
    save(tradeoff(found), out / "scaling-tradeoff.png")
    pictures = [("Waits against cost", png(tradeoff(found)))]
    for case, recording in ((one.case, one.recording) for one in found):
        if recording is None or case.kind or case.conditions.faults.stalls:
            continue
        first, last = busiest(recording, PLOTTED_HOURS)
        save(timeline(recording, first_h=first, last_h=last), out / f"scaling-{case.name}.png")
        title = f"{case.name}: the busiest six hours"
        pictures.append((title, png(timeline(recording, first_h=first, last_h=last))))
    (out / REPORT).write_text(as_html(found, pictures))
    sys.stderr.write(f"{len(pictures)} plots and {REPORT} are in {out}\n")
