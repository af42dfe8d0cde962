"""`clipit webhooks`: the secrets that sign tenants' webhooks."""

import json
import sys

import typer

from cli import aws, environment
from cli.exits import MEANINGS
from cli.options import AsJson, Tenant
from cli.webhooks.secrets import WebhookSecrets
from handlers.jobs.environment import text
from handlers.notifier.aws import SECRET_SECONDS

app = typer.Typer(
    name="webhooks", no_args_is_help=True, help="Manage the webhook secrets of tenants.", epilog=MEANINGS
)
secret = typer.Typer(
    name="secret",
    no_args_is_help=True,
    help="Manage the secret that signs a tenant's webhooks.",
    epilog=MEANINGS,
)
app.add_typer(secret)


@secret.command(epilog=MEANINGS)
def show(tenant: Tenant, as_json: AsJson = False) -> None:
    """Print the valid secrets, the newest first: one, or two during a rotation."""
    secrets = _connected()
    with aws.calling():
        found = secrets.of(tenant)
    print(json.dumps({"tenant": tenant, "secrets": found}) if as_json else "\n".join(found))


@secret.command(epilog=MEANINGS)
def rotate(tenant: Tenant, as_json: AsJson = False) -> None:
    """Add a secret and print it; webhooks are signed with both until `retire` removes the old one."""
    secrets = _connected()
    with aws.calling():
        added, *before = secrets.rotate(tenant)
    print(json.dumps({"tenant": tenant, "secret": added}) if as_json else added)
    sys.stderr.write(f"Webhooks are signed with it within {SECRET_SECONDS // 60} minutes.\n")
    if before:
        sys.stderr.write(
            f"When the receiver of {tenant} accepts it, remove the old secret: "
            f"clipit webhooks secret retire {tenant}\n"
        )


@secret.command(epilog=MEANINGS)
def retire(tenant: Tenant, as_json: AsJson = False) -> None:
    """Remove all secrets but the newest."""
    secrets = _connected()
    with aws.calling():
        ended = secrets.retire(tenant)
    print(json.dumps({"tenant": tenant, "retired": ended}) if as_json else f"{ended} retired")


def _connected() -> WebhookSecrets:
    with environment.reading(environment.from_outputs("webhook_secret_prefix")) as variables:
        prefix = variables.get(environment.WEBHOOK_SECRET_PREFIX, text, "")
        region = variables.get(environment.REGION, text, "")
    with aws.making_clients():
        return WebhookSecrets.connect(prefix, region)
