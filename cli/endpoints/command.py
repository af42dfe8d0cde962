"""`clipit endpoints`: manage a tenant's webhook endpoints, as its programs do by the API."""

import sys
from typing import Annotated

import typer
from clipit_client.models import WebhookEndpoint, WebhookEndpointSecret

from cli.exits import MEANINGS
from cli.options import AsJson
from cli.renders.api import from_environment
from cli.renders.tables import document

app = typer.Typer(
    name="endpoints",
    no_args_is_help=True,
    help="Manage the addresses that receive your webhooks.",
    epilog=MEANINGS,
)

EndpointId = Annotated[str, typer.Argument(metavar="ENDPOINT", help="Id of the endpoint, we_….")]
Events = Annotated[
    list[str] | None,
    typer.Option(
        "--event", metavar="TYPE", help="Type of webhook to receive, such as render.failed. May be repeated."
    ),
]


@app.command(epilog=MEANINGS)
def create(
    url: Annotated[str, typer.Argument(metavar="URL", help="URL that receives the webhooks.")],
    event: Events = None,
    as_json: AsJson = False,
) -> None:
    """Create an endpoint for the webhooks of all your renders; without --event, for every type.

    Prints its id, and on the next line its secret, which is not shown again.
    """
    with from_environment() as client:
        made = client.webhook_endpoints.create(url=url, events=event)
    _show_secret(made, as_json=as_json)


@app.command("list", epilog=MEANINGS)
def list_endpoints(as_json: AsJson = False) -> None:
    """List your endpoints, the oldest first, with why one is disabled and how its latest test ended."""
    with from_environment() as client:
        for one in client.webhook_endpoints.list():
            print(document(one) if as_json else _row(one))


@app.command(epilog=MEANINGS)
def change(
    endpoint: EndpointId,
    url: Annotated[str | None, typer.Option(metavar="URL", help="The new URL.")] = None,
    event: Events = None,
    enabled: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Whether it receives webhooks.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change the URL or the types of webhooks of an endpoint, enable it or disable it."""
    if url is None and not event and enabled is None:
        raise typer.BadParameter("give at least one of --url, --event, --enable and --disable.")
    with from_environment() as client:
        changed = client.webhook_endpoints.change(endpoint, url=url, events=event or None, enabled=enabled)
    print(document(changed) if as_json else _row(changed))


@app.command(epilog=MEANINGS)
def delete(endpoint: EndpointId) -> None:
    """Delete an endpoint; webhooks that are on their way to it are not sent any more."""
    with from_environment() as client:
        client.webhook_endpoints.delete(endpoint)
    print(f"{endpoint} deleted")


@app.command("rotate-secret", epilog=MEANINGS)
def rotate_secret(endpoint: EndpointId, as_json: AsJson = False) -> None:
    """Give an endpoint a new secret; for 24 hours the one before signs too.

    Prints its id, and on the next line its new secret, which is not shown again.
    """
    with from_environment() as client:
        rotated = client.webhook_endpoints.rotate_secret(endpoint)
    _show_secret(rotated, as_json=as_json)


@app.command("test", epilog=MEANINGS)
def send_test(endpoint: EndpointId, as_json: AsJson = False) -> None:
    """Send a signed test webhook to an endpoint, and print its webhook-id."""
    with from_environment() as client:
        asked = client.webhook_endpoints.test(endpoint)
    print(document(asked) if as_json else asked.webhook_id)
    sys.stderr.write("`clipit endpoints list` shows whether it was delivered.\n")


def _show_secret(made: WebhookEndpointSecret, *, as_json: bool) -> None:
    print(document(made) if as_json else f"{made.webhook_endpoint.id}\n{made.secret}")
    sys.stderr.write("Keep the secret where only the receiver reads it; it is not shown again.\n")


def _row(one: WebhookEndpoint) -> str:
    state = "enabled" if one.enabled else f"disabled ({one.reason})"
    tested = ""
    if one.last_test:
        tested = "  test delivered" if one.last_test.delivered else f"  test failed: {one.last_test.error}"
    return f"{one.id}  {state:<9}  {','.join(one.events)}  {one.url}{tested}"
