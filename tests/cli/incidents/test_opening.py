"""The stack of the incidents is found like one of `clipit local up`."""

from types import SimpleNamespace
from typing import Any

import pytest

from cli.incidents import opening
from local.stack.session import Session


def test_commands_find_the_stack_with_what_clipit_local_env_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[Session] = []
    monkeypatch.setattr(opening.session, "save", saved.append)
    monkeypatch.setattr(opening, "variables", lambda _: {"AWS_REGION": "eu-central-1"})
    stack: Any = SimpleNamespace(
        connection=SimpleNamespace(endpoint="http://127.0.0.1:1"), api_url=lambda: "http://127.0.0.1:2"
    )
    opening._let_commands_find(stack, SimpleNamespace())  # type: ignore[arg-type]  # all of it is faked
    assert [one.exports for one in saved] == [{"AWS_REGION": "eu-central-1"}]
