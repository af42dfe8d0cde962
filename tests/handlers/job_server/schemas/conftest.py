"""What generated clients talk to: the server on a socket, with the key of tenant acme in the environment."""

import os
from collections.abc import Iterator

import pytest

from tests.handlers.job_server.edge.serving import served
from tests.handlers.job_server.fakes import FakeKeys, World


@pytest.fixture
def environment(world: World) -> Iterator[dict[str, str]]:
    """The environment of a customer's program."""
    with served(world.http.app) as running:
        address = f"http://127.0.0.1:{running.port}"
        yield {**os.environ, "CLIPIT_API_URL": address, "CLIPIT_API_KEY": FakeKeys.KEY}
