"""Builds what a task of the job server is: cluster, roles, logs, task definition."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, ecs, iam

from components import settings
from components.naming import Naming
from components.naming.fleet_names import FleetNames
from components.naming.store_names import StoreNames
from components.parts.job_server.entrance import PORT
from components.permissions import Statement, document, only_keys, trust, use_of_key

COMPONENT = "job-server"
CONTAINER = "job-server"
# Task definition families and clusters may have 255 characters, roles 64.
NAME_LIMIT, ROLE_LIMIT = 255, 64
# The user of the image; it owns nothing.
USER = "10001:10001"
READ_ITEMS = (
    *("ASSET-DELETION#*", "BATCH#*", "COMPOSITION#*", "DELETION#*", "ENDPOINTS#*", "IDEM#*", "JOB#*"),
    *("KEY#*", "REQUEST#*", "SCALER#*", "TEMPLATE#*", "TENANT#*"),
)
PUT_ITEMS = (
    *("ASSET-DELETION#*", "BATCH#*", "COMPOSITION#*", "DELETION#*", "ENDPOINTS#*", "IDEM#*", "JOB#*"),
    *("REQUEST#*", "TEMPLATE#*", "WEBHOOK#*"),
)


@dataclass(frozen=True, kw_only=True)
class TasksArgs:
    """The tasks' environment and size, all known before anything exists."""

    naming: Naming
    deployment: settings.Deployment
    settings: settings.JobServer
    image: str
    environment: Mapping[str, str]
    fleets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """What the service needs of its tasks."""

    cluster: ecs.Cluster
    definition: ecs.TaskDefinition


@dataclass(frozen=True, kw_only=True)
class Roles:
    """Who the tasks are, and what that rests on."""

    task: iam.Role
    execution: iam.Role
    policies: list[iam.RolePolicy]


def _item_statements(store: StoreNames) -> list[Statement]:
    """The items that the job server reads and writes; it only reads API keys and the scaler's record."""

    def may(action: str, resource: str, *patterns: str) -> Statement:
        return Statement(
            actions=[f"dynamodb:{action}"], resources=[resource], conditions=only_keys(*patterns)
        )

    return [
        may("GetItem", store.table_arn, *READ_ITEMS),
        may("BatchGetItem", store.table_arn, "JOB#*"),
        may("PutItem", store.table_arn, *PUT_ITEMS),
        may("UpdateItem", store.table_arn, "BATCH#*", "JOB#*"),
        may("DeleteItem", store.table_arn, "JOB#*", "TEMPLATE#*"),
        may("Query", store.table_arn, "JOB#*", "DELIVERY#*", "TEMPLATE#*", "USAGE#*"),
        may("Query", store.index_arn("by-tenant"), "TEMPLATES#*", "TENANT#*"),
        may("Query", store.index_arn("by-waiting"), "WAITING#*"),
    ]


def job_server_statements(naming: Naming, fleets: tuple[str, ...]) -> list[Statement]:
    """What the job server calls; links to objects are signed with its own permissions."""
    store = StoreNames.of(naming)
    queues = [FleetNames.of(naming, fleet) for fleet in fleets]
    return [
        *_item_statements(store),
        # Readiness asks one queue of a fleet.
        Statement(actions=["sqs:GetQueueAttributes"], resources=[one.queue_arn for one in queues]),
        Statement(actions=["sqs:SendMessage"], resources=[arn for one in queues for arn in one.queue_arns]),
        Statement(actions=["s3:GetObject", "s3:PutObject"], resources=[naming.bucket_arn(store.inputs, "*")]),
        Statement(actions=["s3:GetObject"], resources=[naming.bucket_arn(store.outputs, "outputs/*")]),
        # The secrets of webhook endpoints, whose names have a dot; never those of tenants.
        Statement(
            actions=["ssm:DeleteParameters", "ssm:GetParameter", "ssm:PutParameter"],
            resources=[naming.arn("ssm", f"parameter{naming.path('webhook-secrets')}/*.we_*")],
        ),
    ]


def container_definitions(args: TasksArgs) -> str:
    """The only container, said without any output so that a preview can judge it."""
    container = {
        "name": CONTAINER,
        "image": args.image,
        "essential": True,
        "user": USER,
        "readonlyRootFilesystem": True,
        "privileged": False,
        "linuxParameters": {"initProcessEnabled": True},
        "portMappings": [{"containerPort": PORT, "hostPort": PORT, "protocol": "tcp"}],
        "healthCheck": {
            "command": ["CMD", "python", "-m", "handlers.job_server.healthcheck"],
            "interval": 15,
            "timeout": 5,
            "retries": 3,
            "startPeriod": 15,
        },
        "stopTimeout": 30,
        "environment": [{"name": name, "value": args.environment[name]} for name in sorted(args.environment)],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group_name(args.naming, "job-server"),
                "awslogs-region": args.naming.region,
                "awslogs-stream-prefix": "api",
            },
        },
    }
    return json.dumps([container])


def log_group_name(naming: Naming, what: str) -> str:
    """The log group of the tasks, or of sessions in them."""
    return f"/ecs/{naming.physical(what, limit=NAME_LIMIT)}"


def build_tasks(name: str, args: TasksArgs, parent: pulumi.Resource) -> Tasks:
    """Build cluster, log groups, roles and task definition."""
    inside, tags = pulumi.ResourceOptions(parent=parent), args.naming.tags(COMPONENT)
    physical = args.naming.physical("job-server", limit=NAME_LIMIT)
    logs, sessions = (_log_group(name, what, args, parent) for what in ("job-server", "sessions"))
    roles = _roles(name, args, inside)
    cluster = ecs.Cluster(
        name,
        name=physical,
        settings=[ecs.ClusterSettingArgs(name="containerInsights", value="enabled")],
        configuration=ecs.ClusterConfigurationArgs(
            execute_command_configuration=ecs.ClusterConfigurationExecuteCommandConfigurationArgs(
                logging="OVERRIDE",
                log_configuration=ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs(
                    cloud_watch_log_group_name=sessions.name
                ),
            )
        ),
        tags=tags,
        opts=inside,
    )
    definition = ecs.TaskDefinition(
        name,
        family=physical,
        requires_compatibilities=["FARGATE"],
        network_mode="awsvpc",
        cpu=str(args.settings.cpu),
        memory=str(args.settings.memory),
        runtime_platform=ecs.TaskDefinitionRuntimePlatformArgs(
            cpu_architecture="X86_64", operating_system_family="LINUX"
        ),
        task_role_arn=roles.task.arn,
        execution_role_arn=roles.execution.arn,
        container_definitions=container_definitions(args),
        # The circuit breaker rolls back to the revision before, and ECS takes up none that was deregistered.
        skip_destroy=True,
        tags=tags,
        # No task starts before its log group is there and its roles are complete.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[logs, *roles.policies]),
    )
    return Tasks(cluster=cluster, definition=definition)


def _log_group(name: str, what: str, args: TasksArgs, parent: pulumi.Resource) -> cloudwatch.LogGroup:
    return cloudwatch.LogGroup(
        f"{name}-{what}-logs",
        name=log_group_name(args.naming, what),
        retention_in_days=args.deployment.log_retention_days,
        tags=args.naming.tags(COMPONENT),
        opts=pulumi.ResourceOptions(parent=parent, protect=args.deployment.protect),
    )


def _roles(name: str, args: TasksArgs, inside: pulumi.ResourceOptions) -> Roles:
    naming, store = args.naming, StoreNames.of(args.naming)
    task, execution = (
        iam.Role(
            f"{name}-{purpose}",
            name=naming.across_regions("job-server", purpose, limit=ROLE_LIMIT),
            description=description,
            assume_role_policy=trust("ecs-tasks.amazonaws.com", naming.account_id),
            permissions_boundary=naming.boundary,
            tags=naming.tags(COMPONENT),
            opts=inside,
        )
        for purpose, description in (
            ("task", "What the job server may do."),
            ("execution", "What ECS needs to start the job server."),
        )
    )
    documents = {
        "handler": (task, job_server_statements(naming, args.fleets)),
        "platform": (task, [use_of_key(store.keys_arn, store.key_alias)]),
        "execution": (execution, execution_statements(naming, args.settings.image_repository)),
    }
    policies = [
        iam.RolePolicy(f"{name}-{purpose}", role=role.id, policy=document(statements), opts=inside)
        for purpose, (role, statements) in documents.items()
    ]
    return Roles(task=task, execution=execution, policies=policies)


def execution_statements(naming: Naming, repository: str) -> list[Statement]:
    """Pull the image, maybe of another account, and write the container's log."""
    streams = naming.arn("logs", f"log-group:{log_group_name(naming, 'job-server')}:*")
    return [
        # The token is the registry's, which is no resource.
        Statement(actions=["ecr:GetAuthorizationToken"], resources=["*"]),
        Statement(
            actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            resources=[repository_arn(repository)],
        ),
        Statement(actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[streams]),
    ]


def repository_arn(address: str) -> str:
    """The ARN of an ECR repository, `<account>.dkr.ecr.<region>.amazonaws.com/<name>`."""
    registry, _, name = address.partition("/")
    account, _, _, region, *_ = registry.split(".")
    return f"arn:aws:ecr:{region}:{account}:repository/{name}"
