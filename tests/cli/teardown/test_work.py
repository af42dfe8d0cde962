"""What is left to do before a stack may be taken down."""

import pytest

from cli.fleet.removal import MOST_COUNTED, Load
from cli.teardown.work import Work

IDLE = {"cpu": Load(queued=0, rendering=0)}


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (Work(tasks=0, renders=IDLE, owing=0, webhooks=0), "no work is left"),
        (Work(tasks=2, renders=IDLE, owing=0, webhooks=0), "API tasks still running: 2"),
        (
            Work(tasks=0, renders={"cpu": Load(queued=MOST_COUNTED, rendering=2)}, owing=0, webhooks=3),
            "cpu: 1,000 or more queued, 2 rendering; webhooks to deliver: 3",
        ),
        (
            Work(tasks=0, renders={}, owing=1, webhooks=0),
            "ended renders that owe a webhook or a dead letter: 1",
        ),
    ],
)
def test_work_that_is_left_is_named(work: Work, said: str) -> None:
    assert work.text() == said
    assert work.done is (said == "no work is left")
