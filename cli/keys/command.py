"""`clipit keys`: the API keys of tenants."""

import json
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli import aws, environment
from cli.exits import MEANINGS
from cli.keys.tenants import TenantError, Tenants
from cli.options import AsJson, Tenant
from cli.webhooks.secrets import WebhookSecrets
from handlers.jobs.environment import text
from handlers.jobs.store.api_keys import PREFIX
from handlers.jobs.store.key_admin import ApiKey
from handlers.jobs.store.table import connect
from handlers.jobs.tenants.scopes import Scope
from handlers.jobs.tenants.spaces import space_of

app = typer.Typer(name="keys", no_args_is_help=True, help="Manage the API keys of tenants.", epilog=MEANINGS)


@app.command(epilog=MEANINGS)
def create(
    tenant: Tenant,
    scope: Annotated[
        Scope,
        typer.Option(
            metavar="SCOPE", help="What the key may do: `read`, also `submit`, or everything (`admin`)."
        ),
    ] = Scope.ADMIN,
    as_json: AsJson = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print only the key; its id goes to standard error.")
    ] = False,
    test: Annotated[
        bool, typer.Option("--test", help="Create a test key: short, small, marked videos, in a space apart.")
    ] = False,
) -> None:
    """Create a key and show it once; create the tenant's webhook secret if it has none."""
    if quiet and as_json:
        raise typer.BadParameter("give one of --quiet and --json.")
    tenants, secrets = _with_secrets()
    with aws.calling():
        created = tenants.create(tenant, secrets, scope, test=test)
    space = space_of(tenant) if test else tenant
    show_secret = f"clipit webhooks secret show {space}"
    if as_json:
        fields = {"tenant": tenant, "key": created.key, "id": created.key_id, "scope": scope}
        print(json.dumps(fields | {"webhook_secret": created.webhook_secret}))
    elif quiet:
        print(created.key)
        sys.stderr.write(f"id {created.key_id}\n")
        if created.webhook_secret:
            sys.stderr.write(f"The tenant's webhook secret is new: {show_secret}\n")
    else:
        print(f"key      {created.key}\nid       {created.key_id}")
        print(f"webhooks {created.webhook_secret or 'are signed with the existing secret'}")
        print(f"The key is not shown again; `{show_secret}` shows the secret.")


@app.command("list", epilog=MEANINGS)
def list_keys(tenant: Tenant, as_json: AsJson = False) -> None:
    """List the ids of a tenant's keys, the oldest first; the keys themselves are not stored."""
    tenants = _connected()
    with aws.calling():
        found = tenants.keys(tenant, lambda error: print(f"skipped: {error}", file=sys.stderr))
    if as_json:
        rows = [
            {
                "id": one.id,
                "created_at": _utc(one.created_at),
                "revoked_at": _utc(one.revoked_at),
                "scope": one.scope,
                "test": one.test,
            }
            for one in found
        ]
        print(json.dumps({"tenant": tenant, "keys": rows}))
        return
    for one in found:
        print(_row(one))
    if not found:
        sys.stderr.write(f"{tenant} has no keys\n")


@app.command(epilog=MEANINGS)
def revoke(
    key_id: Annotated[
        str, typer.Argument(metavar="ID", help="Id that `create` and `list` show; not the key itself.")
    ],
    as_json: AsJson = False,
) -> None:
    """Revoke a key; later requests with it are refused."""
    if key_id.startswith(PREFIX):
        raise TenantError("This is the key itself; give its id. Others can see a key on a command line.")
    tenants = _connected()
    with aws.calling():
        tenants.revoke(key_id)
    print(json.dumps({"id": key_id, "revoked": True}) if as_json else f"{key_id} is revoked")


def _row(key: ApiKey) -> str:
    ended = f"revoked {_utc(key.revoked_at)}" if key.revoked_at else "valid"
    return f"{key.id}  {_utc(key.created_at)}  {key.scope:<6}  {ended}" + ("  test" if key.test else "")


def _utc(seconds: float | None) -> str | None:
    return None if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _connected() -> Tenants:
    with environment.reading(environment.from_outputs("table_name")) as variables:
        table = variables.get(environment.TABLE, text, "")
        region = variables.get(environment.REGION, text, "")
    with aws.making_clients():
        return Tenants(connect(table, region))


def _with_secrets() -> tuple[Tenants, WebhookSecrets]:
    source = environment.from_outputs("table_name", "webhook_secret_prefix")
    with environment.reading(source) as variables:
        table = variables.get(environment.TABLE, text, "")
        prefix = variables.get(environment.WEBHOOK_SECRET_PREFIX, text, "")
        region = variables.get(environment.REGION, text, "")
    with aws.making_clients():
        return Tenants(connect(table, region)), WebhookSecrets.connect(prefix, region)
