"""A key does what its scope allows: each operation of the document needs one, and refuses keys with less."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from handlers.job_server.edge.scopes import SUBMITTING
from handlers.job_server.schemas.openapi import COMMITTED
from handlers.jobs.tenants.scopes import Scope
from tests.handlers.job_server.fakes import World

DOCUMENT: dict[str, Any] = json.loads(COMMITTED.read_text())


def operations() -> Iterator[tuple[str, str, str, Scope]]:
    """Name, method, path and scope of each operation that needs a key."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            assert ("x-required-scope" in operation) is bool(operation["security"])
            if operation["security"]:
                yield operation["operationId"], method.upper(), path, Scope(operation["x-required-scope"])


OPERATIONS = list(operations())


def asked(world: World, method: str, path: str, scope: Scope):
    world.keys.scope = scope
    # Ids begin with the letter of what they name, such as r_ for a render.
    place = re.sub(r"\{(\w)\w*\}", rf"\1_{'0' * 26}", path)
    return world.http.request(method, place, json={})


@pytest.mark.short_form(5)
@pytest.mark.parametrize(("name", "method", "path", "needed"), OPERATIONS, ids=[one[0] for one in OPERATIONS])
def test_an_operation_refuses_keys_with_less_than_it_needs_and_no_others(
    world: World, name: str, method: str, path: str, needed: Scope
) -> None:
    for scope in Scope:
        answer = asked(world, method, path, scope)
        assert (answer.status_code == 403) is not scope.allows(needed), scope
        if answer.status_code == 403:
            assert answer.json()["type"] == "urn:clip-it:problem:insufficient-scope"
            assert f"needs `{needed}`" in answer.json()["detail"]
            challenge = answer.headers["WWW-Authenticate"]
            assert challenge.endswith(f'error="insufficient_scope", scope="{needed}"')
            assert "RateLimit" in answer.headers, "a refusal counts as a request"


def test_the_document_says_it_in_words_too() -> None:
    for name, method, path, scope in OPERATIONS:
        operation = DOCUMENT["paths"][path][method.lower()]
        assert operation["description"].endswith(f"Needs a key with the scope `{scope}`."), name
        assert (
            "insufficient-scope"
            in operation["responses"]["403"]["content"]["application/problem+json"]["examples"]
        )


def test_what_only_reads_needs_read_and_what_takes_away_needs_admin() -> None:
    scopes = {name: scope for name, _, _, scope in OPERATIONS}
    assert {name for name, scope in scopes.items() if scope is Scope.SUBMIT} == set(SUBMITTING)
    assert {name for name, method, _, _ in OPERATIONS if method == "GET"} == {
        name for name, scope in scopes.items() if scope is Scope.READ
    }
    assert scopes["deleteRender"] is scopes["deleteAsset"] is Scope.ADMIN


def test_each_scope_includes_those_before_it() -> None:
    assert [[one.allows(other) for other in Scope] for one in Scope] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]
