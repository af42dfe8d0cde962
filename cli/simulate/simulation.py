"""Runs simulations and prints their results."""

import gc
import json
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from cli.exits import CommandError, Exit
from components.scaler import limits as limits_of
from components.settings import NAMESPACE, SettingsError, parse
from handlers.scaler.codec import from_json
from handlers.scaler.decision import Limits
from local.stack.stack_file import StackFileError, config_of
from simulator.compare import Comparison, compare
from simulator.conditions import Conditions
from simulator.replay import replay
from simulator.results.goals import Traces, goal_results
from simulator.results.page_tables import tables
from simulator.results.plots import busiest, png, timeline, tradeoff
from simulator.results.report import HEADINGS, as_html, rows, title
from simulator.results.report import as_json as to_json
from simulator.scenarios import SCENARIOS, UNSEEN, Case, cases, named
from simulator.whatif import answer, changed

ROOT = Path(__file__).resolve().parents[2]
PLOTTED_HOURS = 6.0
COLLECT_EVERY = 100_000
REPORT = "report.html"
TABLES = "tables.md"
WIDTH = 120
_RECORDS = "give the scaler's log records, one JSON object a line"


def chosen(names: tuple[str, ...], *, faults: bool, seed: int | None, seeds: int) -> list[Case]:
    """The named cases, or all.

    Raises:
        ValueError: a name is no trace.
    """
    return cases(names or (*SCENARIOS, *UNSEEN), faults=faults, seed=seed, seeds=seeds)


def compare_all(todo: list[Case], *, as_json: bool, out: Path | None, jobs: int) -> None:
    """Simulate all policies on all cases, in parallel; prints a table per case or kind, and the goals."""
    found: list[Traces] = []
    workers = max(1, min(jobs, len(todo)))
    # The longest first: at the end no process waits for one that has a long trace to play.
    order = sorted(range(len(todo)), key=lambda n: len(todo[n].trace), reverse=True)
    # A simulation makes many small objects and hardly any cycles: to look for them less often saves a tenth.
    with ProcessPoolExecutor(workers, initializer=gc.set_threshold, initargs=(COLLECT_EVERY,)) as pool:
        results = _counted(pool.map(compare, [todo[n] for n in order]), len(todo))
        for traces in _in_order(todo, zip(order, results, strict=True)):
            found.append(traces)
            if not as_json:
                _progress("")
                _print(traces)
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


def _in_order(todo: list[Case], results: Iterable[tuple[int, Comparison]]) -> Iterator[Traces]:
    """The traces of each name, once they are played and those of all names before it."""
    groups = [list(alike) for _, alike in groupby(range(len(todo)), lambda n: todo[n].name)]
    played: dict[int, Comparison] = {}
    for place, result in results:
        played[place] = result
        while groups and all(n in played for n in groups[0]):
            yield tuple(played[n] for n in groups.pop(0))


def _counted(results: Iterable[Comparison], total: int) -> Iterator[Comparison]:
    for done, result in enumerate(results, start=1):
        _progress(f"{done} of {total} cases")
        yield result


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")


def _print(found: Traces) -> None:
    table = Table(title=title(found), title_justify="left")
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "policy" else "right", no_wrap=True)
    for row in rows(found):
        table.add_row(*row, style="bold" if row[0].startswith("clip-it") else "")
    console = Console(width=None if sys.stdout.isatty() else WIDTH, soft_wrap=True)
    console.print(table)
    for result in goal_results(found):
        console.print(f"  ({result.goal}) {'met   ' if result.met else 'missed'} {result.text}")


def _draw(found: list[Traces], out: Path) -> None:
    """Waits against hours for all cases, and the busiest hours of each scenario without faults.

    Of a kind of load the first trace is drawn.
    """
    drawn = [traces[0] for traces in found]
    pictures = [("Waits against cost", _saved(tradeoff(drawn), out / "scaling-tradeoff.png"))]
    for case, recording in ((one.case, one.recording) for one in drawn):
        if recording is None:
            continue
        first, last = busiest(recording, PLOTTED_HOURS)
        drawing = timeline(recording, first_h=first, last_h=last)
        heading = f"{case.name}: the busiest six hours"
        pictures.append((heading, _saved(drawing, out / f"scaling-{case.name}.png")))
    (out / REPORT).write_text(as_html(found, pictures))
    (out / TABLES).write_text(tables(found))
    sys.stderr.write(f"{len(pictures)} plots, {REPORT} and {TABLES} are in {out}\n")


def _saved(figure: Figure, path: Path) -> bytes:
    """The picture, which is in this file from now on; to draw it takes a second and more."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture := png(figure))
    return picture
