"""`clipit keys`: API keys of tenants, and the secrets that sign their webhooks."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cli.exits import MEANINGS, Exit

if TYPE_CHECKING:
    from cli.keys.tenants import Tenants

app = typer.Typer(no_args_is_help=True, help="API keys of tenants (operators only).", epilog=MEANINGS)


@app.command(epilog=MEANINGS)
def create(
    tenant: Annotated[str, typer.Argument(help="Name of the tenant.")],
    as_json: Annotated[bool, typer.Option("--json", help="As a JSON object.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the key alone.")] = False,
) -> None:
    """Make a key and show it once; make the tenant's webhook secret when it has none."""
    from cli.keys.tenants import PROBLEMS  # noqa: PLC0415 - boto3 is heavy

    try:
        created = _tenants().create(tenant)
    except PROBLEMS as problem:
        _fail(problem)
    if as_json:
        shown = {"tenant": tenant, "key": created.key, "id": created.key_id}
        print(json.dumps(shown | {"webhook_secret": created.webhook_secret}))
    elif quiet:
        print(created.key)
    else:
        print(f"key      {created.key}\nid       {created.key_id}")
        print(f"webhooks {created.webhook_secret or 'signed with the secret that the tenant has already'}")
        print("Neither is shown again.")


@app.command(epilog=MEANINGS)
def revoke(
    key_id: Annotated[str, typer.Argument(help="The id that `create` showed; never the key itself.")],
    as_json: Annotated[bool, typer.Option("--json", help="As a JSON object.")] = False,
) -> None:
    """End a key; requests with it are refused from then on."""
    from cli.keys.tenants import PROBLEMS, TenantError  # noqa: PLC0415 - boto3 is heavy

    if key_id.startswith("ck_"):
        _fail(TenantError("That is the key itself; give its id. A key on a command line is seen by others."))
    try:
        _tenants().revoke(key_id)
    except PROBLEMS as problem:
        _fail(problem)
    print(json.dumps({"id": key_id, "revoked": True}) if as_json else f"{key_id} is revoked")


def _tenants() -> "Tenants":
    import boto3  # noqa: PLC0415 - heavy

    from cli import operating  # noqa: PLC0415 - boto3 is heavy
    from cli.keys.tenants import Place, Tenants  # noqa: PLC0415 - boto3 is heavy

    place = Place.from_environment()
    with operating.making_clients():
        return Tenants(place, boto3.Session(region_name=place.region))


def _fail(problem: Exception) -> NoReturn:
    sys.stderr.write(f"keys: {problem}\n")
    raise typer.Exit(Exit.FAILED)
