"""The job server: the public API as a self-healing service behind one HTTPS entrance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import appautoscaling, ecs

from components import settings
from components.engine_description import engines_text
from components.naming import Naming
from components.naming.fleet_names import FleetNames
from components.naming.store_names import StoreNames
from components.parts.job_server.entrance import PORT, Entrance, EntranceArgs, build_entrance
from components.parts.job_server.tasks import CONTAINER, Tasks, TasksArgs, build_tasks
from components.parts.observability.watched import WatchedServer

COMPONENT = "job-server"
GRACE_SECONDS = 60
NAME_LIMIT = 255


@dataclass(frozen=True, kw_only=True)
class JobServerArgs:
    """What the job server needs from its neighbors."""

    naming: Naming
    settings: settings.Settings
    image_version: str
    vpc_id: pulumi.Input[str]
    public_subnet_ids: Sequence[pulumi.Input[str]]
    private_subnet_ids: Sequence[pulumi.Input[str]]
    logs_bucket: pulumi.Input[str]


def job_server_environment(naming: Naming, values: settings.Settings) -> dict[str, str]:
    """The container's environment; it holds names but no secrets, all known before anything exists."""
    store = StoreNames.of(naming)
    queues = {fleet: FleetNames.of(naming, fleet).queue_url for fleet in values.fleets}
    return {
        "AWS_REGION": naming.region,
        "CLIPIT_ENVIRONMENT": naming.environment,
        "CLIPIT_TABLE": store.table,
        "CLIPIT_QUEUE_URLS": json.dumps(queues, sort_keys=True),
        "CLIPIT_DEFAULT_FLEET": values.renders.default_fleet,
        "CLIPIT_INPUTS_BUCKET": store.inputs,
        "CLIPIT_OUTPUTS_BUCKET": store.outputs,
        "CLIPIT_ATTEMPT_LIMIT": str(values.renders.attempt_limit),
        "CLIPIT_RETENTION_DAYS": str(values.storage.job_retention_days),
        "CLIPIT_WEBHOOK_SECRET_PREFIX": naming.path("webhook-secrets"),
        "CLIPIT_ENGINES": engines_text(
            {name: fleet.engine_description for name, fleet in values.fleets.items()}
        ),
        "CLIPIT_WEBHOOK_TARGETS": values.webhooks.targets,
        "CLIPIT_LINKED_ASSETS": "none" if values.network.nat == "none" else "public",
        "CLIPIT_TENANT_QUEUED_LIMIT": str(values.renders.tenant_queued_limit),
        "CLIPIT_PORT": str(PORT),
    }


def image_of(values: settings.Settings, version: str) -> str:
    """The image that the tasks run."""
    return f"{values.job_server.image_repository}:{version}"


class JobServer(pulumi.ComponentResource):
    """Owns entrance, tasks, service and its scaling; jobs and videos belong to the store."""

    def __init__(self, name: str, args: JobServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("clip-it:job_server:JobServer", name, None, opts)
        self._name, self._args = name, args
        self._inside = pulumi.ResourceOptions(parent=self)
        self.entrance = build_entrance(
            name,
            EntranceArgs(
                naming=args.naming,
                settings=args.settings.job_server,
                vpc_id=args.vpc_id,
                public_subnet_ids=args.public_subnet_ids,
                logs_bucket=args.logs_bucket,
            ),
            self,
        )
        self.tasks = build_tasks(
            name,
            TasksArgs(
                naming=args.naming,
                deployment=args.settings.deployment,
                settings=args.settings.job_server,
                image=image_of(args.settings, args.image_version),
                environment=job_server_environment(args.naming, args.settings),
                fleets=tuple(args.settings.fleets),
            ),
            self,
        )
        self.service = self._service(self.entrance, self.tasks)
        self.watched = WatchedServer(
            service_arn=args.naming.arn("ecs", f"service/{_physical(args.naming)}/{_physical(args.naming)}"),
            balancer=self.entrance.balancer.arn_suffix,
            target_group=self.entrance.target_group.arn_suffix,
        )
        self._scaling()
        self.register_outputs({"service": self.service.name})

    def _service(self, entrance: Entrance, tasks: Tasks) -> ecs.Service:
        return ecs.Service(
            self._name,
            name=_physical(self._args.naming),
            cluster=tasks.cluster.arn,
            task_definition=tasks.definition.arn,
            launch_type="FARGATE",
            platform_version="1.4.0",
            desired_count=self._args.settings.job_server.minimum_tasks,
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker=ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
            health_check_grace_period_seconds=GRACE_SECONDS,
            availability_zone_rebalancing="ENABLED",
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            network_configuration=ecs.ServiceNetworkConfigurationArgs(
                subnets=self._args.private_subnet_ids,
                security_groups=[entrance.task_group.id],
                assign_public_ip=False,
            ),
            load_balancers=[
                ecs.ServiceLoadBalancerArgs(
                    target_group_arn=entrance.target_group.arn, container_name=CONTAINER, container_port=PORT
                )
            ],
            tags=self._args.naming.tags(COMPONENT),
            # ECS refuses a target group that no listener uses yet; the count belongs to the scaling below.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[entrance.https], ignore_changes=["desiredCount"]
            ),
        )

    def _scaling(self) -> None:
        server = self._args.settings.job_server
        target = appautoscaling.Target(
            self._name,
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=pulumi.Output.concat("service/", self.tasks.cluster.name, "/", self.service.name),
            min_capacity=server.minimum_tasks,
            max_capacity=server.maximum_tasks,
            tags=self._args.naming.tags(COMPONENT),
            opts=self._inside,
        )
        specification = (
            appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs
        )
        label = pulumi.Output.concat(
            self.entrance.balancer.arn_suffix, "/", self.entrance.target_group.arn_suffix
        )
        for metric, value, resource_label in (
            ("ECSServiceAverageCPUUtilization", server.cpu_target_percent, None),
            ("ALBRequestCountPerTarget", server.requests_per_task, label),
        ):
            appautoscaling.Policy(
                f"{self._name}-{'cpu' if resource_label is None else 'requests'}",
                policy_type="TargetTrackingScaling",
                service_namespace=target.service_namespace,
                scalable_dimension=target.scalable_dimension,
                resource_id=target.resource_id,
                target_tracking_scaling_policy_configuration=appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                    predefined_metric_specification=specification(
                        predefined_metric_type=metric, resource_label=resource_label
                    ),
                    target_value=value,
                    scale_in_cooldown=300,
                    scale_out_cooldown=30,
                ),
                opts=self._inside,
            )


def _physical(naming: Naming) -> str:
    """The name of the service and of its cluster."""
    return naming.physical("job-server", limit=NAME_LIMIT)
