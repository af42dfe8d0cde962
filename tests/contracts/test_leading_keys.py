"""A handler's role reaches the keys of the one table that its handler names, and no others.

Does not prove that AWS evaluates the condition so: the demo runs without IAM enforcement.
"""

import ast
import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from handlers.jobs.store import keys

TABLE = "table"
BY_STATE, BY_TENANT = f"index/{keys.BY_STATE}", f"index/{keys.BY_TENANT}"
BY_WAITING = f"index/{keys.BY_WAITING}"
GET, PUT, UPDATE, DELETE, QUERY = (
    f"dynamodb:{call}" for call in ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query")
)
CALLS = (GET, PUT, UPDATE, DELETE, QUERY)
STREAM_CALLS = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
ENTRANCES = {
    "job-server-handler": "handlers.job_server.entrypoint",
    "sweeper-handler": "handlers.sweeper.entrypoint",
    "notifier-handler": "handlers.notifier.entrypoint",
    "{fleet}-scaler-handler": "handlers.scaler.entrypoint",
    "{fleet}-fleet-agent": "handlers.render_agent.entrypoint",
}
# Role -> place and name of the key's function in `handlers.jobs.store.keys` -> the calls about it.
# A transaction needs what its parts need.
TOUCHED: Mapping[str, Mapping[tuple[str, str], set[str]]] = {
    "job-server-handler": {
        (TABLE, "job"): {GET, PUT, UPDATE, DELETE, QUERY},
        (TABLE, "deletion"): {GET, PUT},
        (TABLE, "asset_deletion"): {GET, PUT},
        (BY_STATE, "deletions_pk"): set(),  # written, and read by the sweeper alone
        (BY_STATE, "asset_deletions_pk"): set(),
        (TABLE, "composition"): {GET, PUT},
        (TABLE, "idempotency"): {GET, PUT},
        (TABLE, "api_key"): {GET},
        (TABLE, "tenant_limits"): {GET},
        (TABLE, "scaler"): {GET},
        (TABLE, "delivery"): {QUERY},
        (TABLE, "delivery_request"): {GET, PUT},
        (TABLE, "webhook_endpoints"): {GET, PUT},
        (TABLE, "webhook"): {PUT},
        (TABLE, "template"): {GET, PUT, DELETE, QUERY},
        (BY_TENANT, "templates_pk"): {QUERY},
        (TABLE, "usage_day"): {QUERY},
        (BY_TENANT, "tenant_pk"): {QUERY},
        (BY_WAITING, "waiting_pk"): {QUERY},
    },
    "sweeper-handler": {
        (TABLE, "job"): {GET, PUT, UPDATE},
        (TABLE, "composition"): {DELETE},
        (TABLE, "webhook"): {DELETE},
        (TABLE, "deletion"): {UPDATE},
        (TABLE, "asset_deletion"): {UPDATE},
        (BY_STATE, "deletions_pk"): {QUERY},
        (BY_STATE, "asset_deletions_pk"): {QUERY},
        (BY_STATE, "queued_pk"): {QUERY},
        (BY_STATE, "rendering_pk"): {QUERY},
        (BY_STATE, "owing_pk"): {QUERY},
    },
    "notifier-handler": {
        (TABLE, "job"): {GET, UPDATE, QUERY},
        (TABLE, "counted"): {GET, PUT},
        (TABLE, "delivery"): {GET, PUT},
        (TABLE, "delivery_request"): set(),  # it comes by the stream
        (TABLE, "webhook_endpoints"): {GET, PUT},
        (TABLE, "usage_day"): {GET, PUT},
        (TABLE, "webhook"): {GET},
    },
    "{fleet}-scaler-handler": {
        (TABLE, "job"): {GET},
        (TABLE, "worker"): {GET, PUT, UPDATE},
        (TABLE, "scaler"): {GET, PUT},
        (BY_STATE, "workers_pk"): {QUERY},
        (BY_STATE, "queued_pk"): {QUERY},
    },
    "{fleet}-fleet-agent": {
        (TABLE, "job"): {GET, PUT, UPDATE},
        (TABLE, "composition"): {GET},
        (TABLE, "worker"): {GET, PUT, UPDATE, DELETE},
        (BY_STATE, "rendering_pk"): {QUERY},
    },
}
# Keys of the table and of its indexes, as `keys` makes them; an event has its job's.
MADE = {
    "job": keys.job("job_1").pk,
    "composition": keys.composition("job_1").pk,
    "idempotency": keys.idempotency("tenant", "key").pk,
    "worker": keys.worker("i-1").pk,
    "api_key": keys.api_key("0" * 64).pk,
    "delivery": keys.delivery("job_1", 1).pk,
    "webhook_endpoints": keys.webhook_endpoints("tenant").pk,
    "delivery_request": keys.delivery_request("job_1", "d_1").pk,
    "webhook": keys.webhook("job_1").pk,
    "deletion": keys.deletion("job_1").pk,
    "template": keys.template("tenant", "name").pk,
    "templates_pk": keys.templates_pk("tenant"),
    "deletions_pk": keys.deletions_pk(),
    "tenant_pk": keys.tenant_pk("tenant"),
    "api_keys_pk": keys.api_keys_pk("tenant"),
    "waiting_pk": keys.waiting_pk("tenant", "cpu"),
}
OF_FLEETS = {name: getattr(keys, name) for name in ("queued_pk", "rendering_pk", "owing_pk", "workers_pk")}
NAMES = (*MADE, *OF_FLEETS, "scaler")
PLACES = [
    *((TABLE, name) for name in NAMES if not name.endswith("_pk")),
    *((BY_STATE, name) for name in (*OF_FLEETS, "deletions_pk")),
    (BY_TENANT, "tenant_pk"),
    (BY_TENANT, "templates_pk"),
    (BY_TENANT, "api_keys_pk"),  # of operators alone
    (BY_WAITING, "waiting_pk"),
]


def key_of(name: str, fleet: str) -> str:
    if name == "scaler":
        return keys.scaler(fleet).pk
    return OF_FLEETS[name](fleet) if name in OF_FLEETS else MADE[name]


@pytest.fixture(params=["local", "dev", "prod"])
def roles(program: Any, request: pytest.FixtureRequest) -> dict[str, list[dict[str, Any]]]:
    """Role -> its statements; `{fleet}` stands for the first fleet."""
    policies = program(request.param).of("aws:iam/rolePolicy:RolePolicy")
    return {
        one.name: json.loads(one.inputs["policy"])["Statement"]
        for one in policies
        if one.name.endswith(("-handler", "-agent"))
    }


def fleets(roles: Mapping[str, object]) -> list[str]:
    return [name.removesuffix("-fleet-agent") for name in roles if name.endswith("-fleet-agent")]


def statements_about(statements: list[dict[str, Any]], action: str, place: str) -> Iterator[dict[str, Any]]:
    for one in statements:
        arns = [arn for arn in one["Resource"] if arn == "*" or ("/index/" in arn) == (place != TABLE)]
        if action in one["Action"] and any(place == TABLE or arn.endswith(place) for arn in arns):
            yield one


def allows(statements: list[dict[str, Any]], action: str, place: str, key: str) -> bool:
    for one in statements_about(statements, action, place):
        patterns = one.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys")
        if patterns is None or any(fnmatchcase(key, pattern) for pattern in patterns):
            return True
    return False


@pytest.mark.parametrize("role", TOUCHED)
def test_a_role_may_do_to_a_key_what_its_handler_does_and_nothing_else(roles: Any, role: str) -> None:
    for fleet in fleets(roles):
        statements = roles[role.format(fleet=fleet)]
        for place, name in PLACES:
            found = {call for call in CALLS if allows(statements, call, place, key_of(name, fleet))}
            assert found == TOUCHED[role].get((place, name), set()), (place, name)


def test_no_role_that_runs_in_the_cloud_may_write_an_api_key_and_one_may_read_it(roles: Any) -> None:
    key = key_of("api_key", "")
    able = {
        (role, call)
        for role, statements in roles.items()
        for call in CALLS
        for place in (TABLE, BY_STATE, BY_TENANT, BY_WAITING)
        if allows(statements, call, place, key)
    }
    assert able == {("job-server-handler", GET)}


def test_a_scaler_knows_no_other_fleet(roles: Any) -> None:
    for fleet in fleets(roles):
        statements = roles[f"{fleet}-scaler-handler"]
        for name, place in (("scaler", TABLE), ("workers_pk", BY_STATE), ("queued_pk", BY_STATE)):
            for call in (GET, PUT, UPDATE, QUERY):
                assert not allows(statements, call, place, key_of(name, f"{fleet}-two")), (name, call)


def test_every_statement_about_items_names_keys(roles: Any) -> None:
    for role, statements in roles.items():
        for one in statements:
            calls = {call for call in one["Action"] if call.startswith("dynamodb:")}
            if calls - {f"dynamodb:{call}" for call in STREAM_CALLS}:
                assert one["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"], role


# They name keys for all; who reads or writes through them says `read_job`, `read_worker` or a key.
SHARED = {"handlers.jobs.store.items", "handlers.jobs.store.writing"}


def read_by(module: str, seen: set[str]) -> Iterator[ast.AST]:
    """The syntax trees of a module of ours and of all that it imports."""
    found = None if module in seen else _spec(module)
    seen.add(module)
    if found is None or not found.endswith(".py"):
        return
    tree = ast.parse(Path(found).read_text())
    package = module if found.endswith("__init__.py") else module.rpartition(".")[0]
    yield tree
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            for name in (base, *(f"{base}.{alias.name}" for alias in node.names)):
                if name.startswith("handlers.") and name not in seen | SHARED:
                    yield from read_by(name, seen)


def _spec(module: str) -> str | None:
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        return None
    return spec.origin if spec else None


@pytest.mark.short_form(1)
@pytest.mark.parametrize("role", TOUCHED)
def test_every_key_that_a_handler_names_is_in_this_table(role: str) -> None:
    trees = list(read_by(ENTRANCES[role], set()))
    named = {
        match
        for tree in trees
        for match in re.findall(r"\b(?:keys\.|read_)([a-z_]+)\(", ast.unparse(tree))
        if match in NAMES
    }
    assert named, "this test found no key: it would prove nothing"
    assert named <= {name for _, name in TOUCHED[role]}, role
