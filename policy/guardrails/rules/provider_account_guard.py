"""A provider refuses to work in the wrong account or region."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Option, Options
from guardrails.resources.documents import parsed
from guardrails.resources.resource import Resource
from guardrails.resources.values import in_turn, items, present, text
from guardrails.rule import Finding, ResourceRule

OPTIONS = (
    Option(
        name="regions",
        default=[],
        like=["eu-central-1"],
        description="The regions in which a stack may live; none means any, as long as it is stated.",
    ),
)


def findings(provider: Resource, options: Options) -> Iterator[Finding]:
    """No list of accounts, or a region that is not listed."""
    yield from in_turn(_any_account(provider), _foreign_region(provider, options))


def _any_account(provider: Resource) -> Iterator[Finding]:
    accounts = parsed(provider.props, "allowedAccountIds")
    if not any(present(account) for account in items(accounts)):
        yield Finding(
            observed="works in any account",
            expected="the account ids of the stack",
            argument="allowed_account_ids",
        )


def _foreign_region(provider: Resource, options: Options) -> Iterator[Finding]:
    region, regions = text(provider.props, "region"), options.texts("regions")
    if not region or (regions and region not in regions):
        yield Finding(
            observed=f"works in {region}" if region else "states no region",
            expected=f"one of {', '.join(regions)}" if regions else "the region of the stack",
            argument="region",
        )


RULE = ResourceRule(
    id="provider-account-guard",
    title="Account and region guard",
    description="An AWS provider must name its accounts and its region, one of those listed.",
    why="With the wrong credentials in the shell a deployment of dev would otherwise change prod.",
    fix="Set allowed_account_ids and region on the provider or in the stack's configuration.",
    severity=Severity.HIGH,
    topics=("security", "providers"),
    applies_to=types.PROVIDERS,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(
            type="pulumi:providers:aws",
            name="eu",
            props={"allowedAccountIds": '["123456789012"]', "region": "eu-central-1"},
        ),
    ),
    violating=(Resource(type="pulumi:providers:aws", name="eu", props={"region": "eu-central-1"}),),
)
