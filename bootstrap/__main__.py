"""Reads the settings of the account, wires the components, exports what deployments and workflows need."""

import pulumi

from bootstrap.access import Access, AccessArgs
from bootstrap.budget import BudgetAlarm, BudgetAlarmArgs
from bootstrap.image_store import ImageStore, ImageStoreArgs
from bootstrap.names import Names
from bootstrap.settings import NAMESPACE, parse
from bootstrap.state_store import StateStore, StateStoreArgs
from components.cloud import build_provider
from components.stack_config import settings_or_refusal

settings = settings_or_refusal(NAMESPACE, parse)
names = Names.of(settings)
inside = pulumi.ResourceOptions(providers={"aws": build_provider(names.own)})

state = StateStore("state", StateStoreArgs(names=names, protect=settings.account.protect), inside)
access = Access(
    "access",
    AccessArgs(names=names, git_host=settings.git_host, holds_images=settings.holds_images),
    inside,
)
if settings.holds_images:
    ImageStore(
        "images",
        ImageStoreArgs(names=names, pulled_by=settings.images.pulled_by, protect=settings.account.protect),
        inside,
    )
BudgetAlarm(
    "budget",
    BudgetAlarmArgs(
        names=names,
        monthly_usd=settings.account.monthly_budget_usd,
        emails=settings.account.budget_emails,
    ),
    inside,
)

pulumi.export("backend_url", pulumi.Output.concat("s3://", state.bucket.name, "?region=", names.own.region))
pulumi.export("secrets_provider", names.secrets_provider)
pulumi.export("image_repository", names.repository_url)
pulumi.export("permissions_boundary", names.boundary_arn)
pulumi.export("role_arns", access.role_arns)
