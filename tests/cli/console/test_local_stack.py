"""The console in Chromium on a local stack whose scaler stops and whose agent falls silent."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cli.console.serving import served
from cli.incidents.cloud import FLEET
from local.processes import children
from pages.pictures.browser import chromium
from pages.pictures.incident import Scene, busy_fleet
from tests.chromium import NEEDS_CHROMIUM

pytestmark = [pytest.mark.long, pytest.mark.pulumi_cli, NEEDS_CHROMIUM, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with busy_fleet(lambda _line: None) as made:
        yield made


def test_an_operator_sees_who_waits_why_who_is_stuck_and_what_rings(scene: Scene) -> None:
    cloud = scene.cloud
    with served(scene.source) as door, chromium() as browser:
        browser.open(door.opening)
        overview = browser.text()
        assert "renders wait" in overview
        assert "All instances that the fleet may have are busy or starting. fleet_at_maximum" in overview
        assert "2 busy" in overview
        assert "1 host fails, 1 given up" in overview
        browser.open(f"{door.origin}/webhooks")
        assert "connection refused" in browser.text()

        cloud.connection.functions().put_function_concurrency(
            FunctionName=cloud.name(FLEET, "scaler"), ReservedConcurrentExecutions=0
        )
        agents = [one for one in children.marked(cloud.stack.run) if _is_agent(one)]
        assert agents
        os.kill(agents[0], signal.SIGSTOP)
        alarm = f"{FLEET}-scaler-FunctionSilent"
        cloud.until(f"{alarm} rings", lambda: cloud.is_in(alarm, "ALARM"))

        browser.open(f"{door.origin}/fleets/{FLEET}")
        fleet = browser.text()
        assert "1 silent" in fleet
        browser.open(f"{door.origin}/alarms")
        assert f"page clip-it-local-{alarm}" in browser.text()
        browser.click("a[href*='FunctionSilent']")
        assert f"clip-it-local-{FLEET}-scaler" in browser.text()
        os.kill(agents[0], signal.SIGCONT)

        assert {urlsplit(url).netloc for url in browser.asked} == {urlsplit(door.origin).netloc}
        assert browser.complaints == []


def _is_agent(process: int) -> bool:
    try:
        return b"handlers.render_agent\0" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False
