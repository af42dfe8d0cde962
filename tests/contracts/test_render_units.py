"""What one render of a minute writes to the table, from its submission to its webhook, and what that costs.

`make bench-render` prints it; docs/operations/cost.md has the same rows. Does not prove that AWS bills so: it
follows the developer guide's rules (`write_units.py`).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.cost import prices, render
from handlers.jobs.model import Job, Output
from handlers.jobs.store import keys
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from tests.contracts.test_write_units import Rendering
from tests.contracts.write_units import MeteredTable, index_of
from tests.handlers.conftest import Clock
from tests.handlers.life.world import LEASE, Calls, World

PAGE = Path(__file__).parents[2] / "docs" / "operations" / "cost.md"
MOST = 60
HEARTBEAT_SECONDS = 15
"""Of `Pulumi.prod.yaml`."""
OUTPUT = Output(duration=60, width=1280, height=720, bytes=50_000_000)


@pytest.fixture
def units(program: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Write units by what spends them."""
    (table,) = program("prod").of("aws:dynamodb/table:Table")
    indexes = [index_of(one) for one in table.inputs["globalSecondaryIndexes"]]
    metered, clock = MeteredTable(indexes=indexes), Clock()
    world, claims = World(metered, clock), WorkerJobs(metered)
    # Once for all renders of an instance.
    WorkerHeartbeats(metered).register("i-a", fleet="cpu", now=clock())
    metered.units.clear()
    found = {}

    def spent() -> int:
        total = metered.units.total()
        metered.units.clear()
        return total

    claim = Claim(job_id=world.submit(Calls()), attempt=1, instance_id="i-a")
    found["submission"] = spent()
    assert isinstance(claims.claim(claim, now=clock(), lease_seconds=LEASE), Job)
    found["claim"] = spent()
    rendering = Rendering(indexes, tmp_path)
    rendering.minute(HEARTBEAT_SECONDS, progress=True, monkeypatch=monkeypatch)
    found["a minute of rendering"] = rendering.table.units.total()
    video = keys.video_object("acme", claim.job_id, 1)
    assert isinstance(claims.complete(claim, output=OUTPUT, output_key=video, now=clock()), Job)
    found["end"] = spent()
    world.notify(Calls())
    assert len(world.posted) == 1
    found["webhook and usage"] = spent()
    return found


def test_the_page_says_what_a_render_writes_and_what_that_costs(units: dict[str, int]) -> None:
    price = prices.load()["write_request_unit"]
    total = sum(units.values())
    rows = [
        f"| {name[:1].upper()}{name[1:]} | {count} | {count * price * 1e6:.2f} |"
        for name, count in {**units, "together": total}.items()
    ]
    print("", "| | Write units | USD for a million renders |", *rows, sep="\n")  # noqa: T201 - `make bench-render`
    page = PAGE.read_text()
    assert [row for row in rows if row not in page] == []
    assert total == render.USAGE.write_units


def test_a_render_of_a_minute_writes_little(units: dict[str, int]) -> None:
    assert sum(units.values()) <= MOST
