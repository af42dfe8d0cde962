"""The receivers that are slow: their webhooks wait for one another, not for a machine that renders slowly."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from types import SimpleNamespace

import pytest
from clipit_client import StatusError
from clipit_client.models import Problem

from cli.incidents.breaks import webhooks
from cli.incidents.shell import Shell
from tests.cli.incidents.conftest import FakeCloud


@dataclass(frozen=True, kw_only=True)
class LateCloud(FakeCloud):
    """A cloud whose webhooks are late as soon as somebody waits for that."""

    submitted: list[str] = field(default_factory=list)
    canceled: list[str] = field(default_factory=list)
    asked_for: list[str] = field(default_factory=list)

    def submit(self, **more: object) -> str:
        self.submitted.append(f"r_{len(self.submitted)}")
        return self.submitted[-1]

    @contextmanager
    def customer(self, *, retries: int = 0) -> Iterator[SimpleNamespace]:  # type: ignore[override]
        yield SimpleNamespace(renders=SimpleNamespace(cancel=self.cancel, deliveries=self.deliveries))

    def cancel(self, render: str) -> None:
        self.canceled.append(render)
        if len(self.canceled) == 1:
            raise StatusError(HTTPStatus.CONFLICT, Problem())

    def deliveries(self, render: str) -> list[SimpleNamespace]:
        self.asked_for.append(render)
        return [SimpleNamespace(delivered=False)]

    def measured(self, namespace: str, metric: str, since: object, **dimensions: str) -> list[float]:
        return [61.0] * 20


@pytest.mark.parametrize("slow", [webhooks.the_receiver_is_slow, webhooks.the_receiver_is_rather_slow])
def test_renders_whose_webhooks_shall_queue_are_canceled_unless_they_have_ended(
    shell: Shell, slow: Callable[[FakeCloud], AbstractContextManager[None]]
) -> None:
    cloud = LateCloud.typed_in(
        shell,
    )
    with slow(cloud):
        assert cloud.canceled == cloud.submitted
    assert cloud.asked_for == cloud.submitted, "the receiver stays until every webhook was tried"
