"""The figures of docs/operations/scale.md are those of the arithmetic in tests/contracts/scale.py.

`pytest -s` prints the rows. Does not prove what AWS does under such a load.
"""

from collections import Counter
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from cli.stack_settings import ROOT, read
from components.settings import Fleet, Settings
from components.settings.constraints import Between
from tests.contracts import quotas, scale
from tests.contracts.scale import Needs, Writes
from tests.contracts.test_write_units import Rendering
from tests.contracts.write_units import MeteredTable, index_of
from tests.handlers.conftest import Clock
from tests.handlers.life.world import Calls, World

PAGE = ROOT / "docs" / "operations" / "scale.md"
LOADS = (1_000, 10_000, 100_000)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return read("prod")


@pytest.fixture
def writes(
    program: Callable[[str], Any], settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Writes:
    """Counted: a job's life from its submission to its webhook, and a minute of rendering."""
    (table,) = program("prod").of("aws:dynamodb/table:Table")
    indexes = [index_of(one) for one in table.inputs["globalSecondaryIndexes"]]
    metered = MeteredTable(indexes=indexes)
    world = World(metered, Clock(), plan=["made"])
    for act in (world.submit, lambda calls: world.work(calls, "i-a"), world.notify):
        act(Calls())
    (job,) = world.jobs()
    assert job.state.terminal
    rendering = Rendering(indexes, tmp_path)
    rendering.minute(settings.renders.heartbeat_seconds, progress=True, monkeypatch=monkeypatch)
    return Writes(job=by_place(metered), minute=by_place(rendering.table))


def by_place(table: MeteredTable) -> Counter[str]:
    spent: Counter[str] = Counter()
    for (_, place), units in table.units.items():
        spent[place] += units
    return spent


def row(name: str, *cells: str) -> str:
    return f"| {name} | {' | '.join(cells)} |"


def test_the_page_has_the_needs_of_each_load(writes: Writes, settings: Settings) -> None:
    needs = [Needs(renders=load, settings=settings, writes=writes) for load in LOADS]
    rows = [
        row("Renders a second", *(f"{one.a_second:.2g}" for one in needs)),
        row("Renders at once", *(f"{one.at_once:,.0f}" for one in needs)),
        row("Instances", *(f"{one.instances:,}" for one in needs)),
        row("Fleets of 250", *(f"{one.fleets}" for one in needs)),
        row(
            "vCPU: spot, on demand",
            *(
                f"{(one.instances - one.on_demand) * scale.VCPUS:,}, {one.on_demand * scale.VCPUS:,}"
                for one in needs
            ),
        ),
        row("Minutes to launch all of them", *(f"{one.launch_minutes:.0f}" for one in needs)),
        row("Write units of the table a second", *(f"{one.units:,.0f}" for one in needs)),
        row("Messages in flight", *(f"{one.at_once:,.0f}" for one in needs)),
        row("Calls of the API a minute", *(f"{one.renders * scale.CALLS / 60:,.0f}" for one in needs)),
        row("Tasks of the API", *(f"{one.tasks}" for one in needs)),
        row("Private addresses", *(f"{one.instances + 2 * one.tasks:,}" for one in needs)),
        row("Log events, GB a day", *(f"{one.log_gb:.1f}" for one in needs)),
        row("Videos kept, TB", *(f"{one.stored_tb:,.0f}" for one in needs)),
        row("Cost, USD a month", *(f"{one.usd:,.0f}" for one in needs)),
    ]
    assert_on_page(rows)


def test_the_page_has_the_limits_in_the_order_in_which_they_are_reached(
    writes: Writes, settings: Settings
) -> None:
    ordered = sorted(scale.ceilings(settings, writes).items(), key=lambda one: one[1])
    rows = [f"| {name} | {renders:,.0f} |" for name, renders in ordered]
    assert_on_page(rows)
    text = PAGE.read_text()
    places = [text.index(one) for one in rows]
    assert places == sorted(places)


def test_the_page_says_how_long_instances_take_and_what_a_render_writes(
    writes: Writes, settings: Settings
) -> None:
    fleet = settings.fleets["cpu"]
    hours, minutes = divmod(round(scale.refresh_hours(fleet) * 60), 60)
    render_units = writes.of_render(fleet.scaling.service_s)
    most = Needs(renders=LOADS[-1], settings=settings, writes=writes)
    assert_on_page(
        [
            f"{hours} h {minutes} min",
            f"{writes.job.total()} for its transitions and {writes.minute.total()} a minute",
            f"{render_units:.0f} write units",
            f"{scale.addresses(settings):,} addresses",
            f"{most.instances:,} instances of one account take {most.token_minutes:.0f} minutes to launch",
        ]
    )


def test_every_row_of_the_quotas_is_a_figure_of_aws_with_its_source() -> None:
    rows = [quota.row() for quota in quotas.ALL]
    assert_on_page(rows)
    assert quota_rows(PAGE.read_text()) == rows


def test_a_quota_without_a_source_is_found() -> None:
    page = PAGE.read_text().replace(
        rows_begin := quotas.ALL[0].row(), f"{rows_begin}\n| Something of AWS | 7 | | |"
    )
    assert quota_rows(page) != [quota.row() for quota in quotas.ALL]


def quota_rows(page: str) -> list[str]:
    """The rows of the table of quotas, without its head."""
    section = page.partition("## Quotas of AWS\n")[2].splitlines()
    table = takewhile(
        lambda line: line.startswith("|"), section[section.index("| --- | --: | --- | --- |") + 1 :]
    )
    return list(table)


def assert_on_page(lines: list[str]) -> None:
    print("", *lines, sep="\n")  # noqa: T201 - the figures are asked for with `-s`
    page = PAGE.read_text() if PAGE.exists() else ""
    assert [line for line in lines if not line_on(page, line)] == []


def line_on(page: str, line: str) -> bool:
    """Whether a row of a table begins so, or the text has the words."""
    return (line.removesuffix(" |") if line.startswith("|") else line) in page


def test_a_fleet_may_have_as_many_instances_as_the_page_says() -> None:
    (allowed, *_) = get_type_hints(Fleet, include_extras=True)["maximum"].__metadata__
    assert allowed == Between(1, scale.FLEET_MOST)
