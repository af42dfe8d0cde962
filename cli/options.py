"""Arguments and options that several commands share, so that they read the same everywhere."""

from typing import Annotated

import typer

from handlers.jobs.ids import tenant_name


def _tenant(text: str) -> str:
    try:
        return tenant_name(text)
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port of the API; 0 chooses a free one.")]
Stack = Annotated[str, typer.Option(metavar="STACK", help="Stack whose settings apply.")]
Tenant = Annotated[str, typer.Argument(metavar="TENANT", callback=_tenant, help="Name of the tenant.")]
