"""`clipit smoke`: checks with one render that a deployed stack works."""

import json
from dataclasses import asdict
from typing import Annotated

import boto3
import typer

from cli import aws, environment
from cli.deployed_stack import DeployedStack
from cli.display import display
from cli.display.display import Display
from cli.exits import MEANINGS, CommandError
from cli.keys.tenants import Tenants
from cli.options import AsJson, Deadline, Stack
from cli.pulumi import Pulumi
from cli.renders.api import calling
from cli.smoke.smoke import SINK, Result, Smoke
from cli.webhooks.secrets import WebhookSecrets
from handlers.jobs.store.table import connect

app = typer.Typer()
TENANT = "smoke"


@app.command(epilog=MEANINGS)
def smoke(
    stack: Stack,
    fleet: Annotated[
        str | None, typer.Option(metavar="FLEET", help="Fleet to render on; by default the default fleet.")
    ] = None,
    receiver: Annotated[
        str | None,
        typer.Option(metavar="URL", help="URL for the webhook; by default the API's own sink."),
    ] = None,
    deadline: Deadline = 1200.0,
    as_json: AsJson = False,
) -> None:
    """Check with one small render that a deployed stack works: API, fleet, video, webhook.

    No machine of yours can receive the webhook, so it goes to the API's own sink, which answers 204 and keeps
    nothing, and the render's delivery log says whether it got there. Where the API is closed to the internet
    the notifier cannot reach the sink: name a --receiver of yours that it can. An empty fleet must boot
    first.

    The stack's outputs come from the Pulumi CLI, which must be logged in. An API key of the tenant `smoke` is
    made for the run with your AWS credentials, and revoked.

    It ends with 0 when all went well, 1 when the render or the video is wrong, 4 when the API refused, 5 when
    something was not in time, 6 when the API does not answer.
    """
    try:
        with display.showing(as_json=as_json) as shown:
            result = _tried(stack, shown, receiver=receiver, fleet=fleet, deadline_s=deadline)
    except CommandError as problem:
        if as_json:
            print(json.dumps({"kind": "result", "ok": False, "error": str(problem), "code": problem.code}))
        raise
    if as_json:
        print(json.dumps({"kind": "result", "ok": True, **asdict(result)}))
    else:
        print(f"smoke: ok {result.render} {result.seconds:.0f} s")


def _tried(
    stack: str, shown: Display, *, receiver: str | None, fleet: str | None, deadline_s: float
) -> Result:
    """Make a key, try the stack with it, and revoke it whatever came of that."""
    shown.phase("stack", "Reading the outputs of the stack")
    deployed = DeployedStack.read(Pulumi.of(stack))
    url = deployed.api_url()
    with aws.making_clients():
        tenants = Tenants(connect(deployed.text("table_name"), deployed.region))
        secrets = WebhookSecrets(
            boto3.client("ssm", region_name=deployed.region), deployed.text("webhook_secret_prefix")
        )
    with aws.calling():
        created = tenants.create(TENANT, secrets)
    try:
        with calling(url, created.key) as client:
            return Smoke(
                client=client,
                display=shown,
                receiver=receiver or environment.address(url).rstrip("/") + SINK,
                fleet=fleet,
                deadline_s=deadline_s,
            ).run()
    finally:
        with aws.calling():
            tenants.revoke(created.key_id)
