"""A stack during an incident, and a browser that is admitted to its console."""

import re
import time
from dataclasses import dataclass, field

import pytest
from starlette.testclient import TestClient

from cli.console.server import console
from tests.cli.console.stack import Stack


@dataclass
class Console:
    """The console of a stack, without its shell."""

    stack: Stack = field(default_factory=Stack)

    def __post_init__(self) -> None:
        self.browser = TestClient(console(self.stack.source), follow_redirects=False)

    def text(self, path: str) -> str:
        """The page, its white space as a reader sees it."""
        return re.sub(r"\s+", " ", self.browser.get(path).text)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Console:
    monkeypatch.setattr(time, "sleep", lambda _: None)  # Logs Insights is waited for
    return Console()
