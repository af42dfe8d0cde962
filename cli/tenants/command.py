"""`clipit tenants`: the limits of single tenants."""

import json
import sys
import time
from typing import Annotated

import typer

from cli import aws, environment
from cli.exits import MEANINGS
from cli.options import AsJson, Tenant
from handlers.jobs.environment import text
from handlers.jobs.store.customers.tenant_limits import (
    MOST_PER_SECOND,
    MOST_QUEUED,
    MOST_RENDERING,
    TenantLimits,
    TenantLimitsAdmin,
)
from handlers.jobs.store.table import connect

app = typer.Typer(
    name="tenants", no_args_is_help=True, help="Set the limits of single tenants.", epilog=MEANINGS
)


@app.command("set", epilog=MEANINGS)
def set_limits(
    tenant: Tenant,
    queued: Annotated[
        int | None, typer.Option(min=1, max=MOST_QUEUED, help="Renders that may wait in a fleet.")
    ] = None,
    rendering: Annotated[
        int | None, typer.Option(min=1, max=MOST_RENDERING, help="Renders that a fleet does at once.")
    ] = None,
    per_second: Annotated[
        int | None,
        typer.Option(
            min=1, max=MOST_PER_SECOND, help="Writes of the API a second, and five times as many reads."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set limits of a tenant; those that are not named stay as they are."""
    given = TenantLimits(queued=queued, rendering=rendering, per_second=per_second)
    if given == TenantLimits():
        raise typer.BadParameter("give at least one of --queued, --rendering and --per-second.")
    limits = _connected()
    with aws.calling():
        found = limits.change(tenant, given, now=time.time())
    _show(tenant, found, as_json=as_json)


@app.command(epilog=MEANINGS)
def show(tenant: Tenant, as_json: AsJson = False) -> None:
    """Show the limits of a tenant."""
    limits = _connected()
    with aws.calling():
        found = limits.of(tenant)
    _show(tenant, found, as_json=as_json)


@app.command("list", epilog=MEANINGS)
def list_tenants(as_json: AsJson = False) -> None:
    """List the tenants that have limits of their own, by name."""
    limits = _connected()
    with aws.calling():
        found = list(limits.all(lambda error: print(f"skipped: {error}", file=sys.stderr)))
    for one in found:
        _show(one.tenant, one.limits, as_json=as_json)
    if not found:
        sys.stderr.write("no tenant has limits of its own\n")


@app.command(epilog=MEANINGS)
def reset(tenant: Tenant, as_json: AsJson = False) -> None:
    """Let the limits of the stack hold for a tenant again."""
    limits = _connected()
    with aws.calling():
        limits.reset(tenant)
        found = limits.of(tenant)
    _show(tenant, found, as_json=as_json)


def _show(tenant: str, limits: TenantLimits, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"tenant": tenant, **vars(limits)}))
        return
    shown = {name: "as the stack" if value is None else value for name, value in vars(limits).items()}
    print(f"{tenant}  " + "  ".join(f"{name.replace('_', '-')} {value}" for name, value in shown.items()))


def _connected() -> TenantLimitsAdmin:
    with environment.reading(environment.from_outputs("table_name")) as variables:
        table = variables.get(environment.TABLE, text, "")
        region = variables.get(environment.REGION, text, "")
    with aws.making_clients():
        return TenantLimitsAdmin(connect(table, region))
