"""Builds one Lambda function with all that belongs to it: role, log group, failed events, bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, iam, lambda_, sqs

from components.bundles import Bundle
from components.naming import Naming
from components.permissions import Statement, document, only_over_tls, trust
from components.settings import Deployment

RUNTIME = "python3.13"
# The name of a function or a role may have 64 characters, that of a queue 80 (service quotas).
NAME_LIMIT = 64
QUEUE_LIMIT = 80
FAILED_EVENTS_DAYS = 14


@dataclass(frozen=True, kw_only=True)
class FunctionArgs:
    """One function: its code, its environment and its permissions."""

    naming: Naming
    deployment: Deployment
    component: str
    package: str
    bundle: Bundle
    environment: Mapping[str, pulumi.Input[str]]
    handler: Sequence[Statement]
    platform: Sequence[Statement]
    description: str
    timeout_seconds: int
    fleet: str | None = None
    memory_mib: int = 256
    reserved_concurrency: int | None = None


@dataclass(frozen=True, kw_only=True)
class Function:
    """A function and the queue of events that it could not handle."""

    name: str
    resource: lambda_.Function
    failed_events: sqs.Queue


def function_name(naming: Naming, component: str, fleet: str | None = None) -> str:
    """The physical name of a component's function."""
    return naming.physical(*([fleet] if fleet else []), component, limit=NAME_LIMIT)


def role_name(naming: Naming, component: str, fleet: str | None = None) -> str:
    """The name of the role of a component's function."""
    return naming.across_regions(*([fleet] if fleet else []), component, limit=NAME_LIMIT)


def build_function(name: str, args: FunctionArgs, parent: pulumi.Resource) -> Function:
    """Build the function as a child of the component that owns it."""
    inside = pulumi.ResourceOptions(parent=parent)
    tags = args.naming.tags(args.component, fleet=args.fleet)
    physical = function_name(args.naming, args.component, args.fleet)
    logs = cloudwatch.LogGroup(
        f"{name}-logs",
        name=f"/aws/lambda/{physical}",
        retention_in_days=args.deployment.log_retention_days,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent, protect=args.deployment.protect),
    )
    failed = _failed_events(name, physical, args, tags, inside)
    role, policies = _role(name, physical, args, tags, inside)
    function = lambda_.Function(
        name,
        name=physical,
        description=args.description,
        runtime=RUNTIME,
        architectures=["x86_64"],
        handler=f"handlers.{args.package}.entrypoint.handler",
        code=pulumi.FileArchive(args.bundle.path),
        role=role.arn,
        timeout=args.timeout_seconds,
        memory_size=args.memory_mib,
        reserved_concurrent_executions=args.reserved_concurrency,
        dead_letter_config=lambda_.FunctionDeadLetterConfigArgs(target_arn=failed.arn),
        # Nobody reads X-Ray's segments of single functions: `clipit trace` makes a trace from facts.
        tracing_config=lambda_.FunctionTracingConfigArgs(mode="PassThrough"),
        logging_config=lambda_.FunctionLoggingConfigArgs(log_format="JSON", log_group=logs.name),
        environment=lambda_.FunctionEnvironmentArgs(variables=_environment(args)),
        tags=tags,
        # Lambda refuses a queue or a stream that the role may not use yet.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=policies),
    )
    return Function(name=physical, resource=function, failed_events=failed)


def _environment(args: FunctionArgs) -> dict[str, pulumi.Input[str]]:
    return {
        "CLIPIT_ENVIRONMENT": args.naming.environment,
        **args.environment,
        "POWERTOOLS_SERVICE_NAME": args.component,
        "POWERTOOLS_METRICS_NAMESPACE": "ClipIt",
    }


def _failed_events(
    name: str, physical: str, args: FunctionArgs, tags: dict[str, str], inside: pulumi.ResourceOptions
) -> sqs.Queue:
    queue_name = f"{physical}-dead-letters"
    queue = sqs.Queue(
        f"{name}-dead-letters",
        name=queue_name,
        sqs_managed_sse_enabled=True,
        message_retention_seconds=FAILED_EVENTS_DAYS * 86_400,
        tags=tags,
        opts=inside,
    )
    sqs.QueuePolicy(
        f"{name}-dead-letters",
        queue_url=queue.url,
        policy=document([only_over_tls("sqs:*", [args.naming.arn("sqs", queue_name)])]),
        opts=inside,
    )
    return queue


def _role(
    name: str, physical: str, args: FunctionArgs, tags: dict[str, str], inside: pulumi.ResourceOptions
) -> tuple[iam.Role, list[iam.RolePolicy]]:
    role = iam.Role(
        name,
        name=role_name(args.naming, args.component, args.fleet),
        description=f"What the {args.component} function may do.",
        assume_role_policy=trust("lambda.amazonaws.com"),
        permissions_boundary=args.naming.boundary,
        tags=tags,
        opts=inside,
    )
    log_streams = args.naming.arn("logs", f"log-group:/aws/lambda/{physical}:*")
    service = [
        Statement(actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log_streams]),
        Statement(
            actions=["sqs:SendMessage"], resources=[args.naming.arn("sqs", f"{physical}-dead-letters")]
        ),
    ]
    documents = {"handler": document(args.handler), "platform": document([*service, *args.platform])}
    policies = [
        iam.RolePolicy(f"{name}-{purpose}", role=role.id, policy=policy, opts=inside)
        for purpose, policy in documents.items()
    ]
    return role, policies
