"""Reads the settings of the stack, wires the components, exports what an operator needs. Owns no resource."""

import pulumi

from components import bundles
from components.cloud import build_provider
from components.engine_bundle import engine_bundle
from components.fleet_bootstrap import BootstrappedFleet, FleetBootstrap, FleetBootstrapArgs
from components.job_server import JobServer, JobServerArgs, image_of
from components.job_store import JobStore, JobStoreArgs
from components.naming import Naming
from components.network import Network, NetworkArgs
from components.notifier import Notifier, NotifierArgs
from components.observability import Observability, ObservabilityArgs
from components.parts.observability.watched import Watched, WatchedFleet
from components.permissions.operator_read import operator_read
from components.render_fleet import RenderFleet, RenderFleetArgs
from components.render_queue import RenderQueue, RenderQueueArgs
from components.scaler import Scaler, ScalerArgs
from components.settings import fixed
from components.stack_config import FIXED_SETTINGS, KNOWN_FLEETS, read_settings, removed_fleets
from components.sweeper import Sweeper, SweeperArgs

settings = read_settings()
removed = removed_fleets(settings)
naming = Naming.of(settings.deployment)
inside = pulumi.ResourceOptions(providers={"aws": build_provider(naming)})

store = JobStore(
    "job-store",
    JobStoreArgs(naming=naming, settings=settings.storage, protect=settings.deployment.protect),
    inside,
)
image_version = bundles.image_version()
network = Network(
    "network",
    NetworkArgs(
        naming=naming,
        storage=settings.storage,
        settings=settings.network,
        protect=settings.deployment.protect,
    ),
    inside,
)
server = JobServer(
    "job-server",
    JobServerArgs(
        naming=naming,
        settings=settings,
        image_version=image_version,
        vpc_id=network.vpc_id,
        public_subnet_ids=network.public_subnet_ids,
        private_subnet_ids=network.private_subnet_ids,
        logs_bucket=store.logs.name,
    ),
    inside,
)
queues = {
    name: RenderQueue(
        f"{name}-queue",
        RenderQueueArgs(
            naming=naming,
            fleet=name,
            lease_seconds=settings.renders.lease_seconds,
            receive_limit=settings.renders.receive_limit,
        ),
        inside,
    )
    for name in settings.fleets
}
agent = bundles.agent_bundle()
bootstrap = FleetBootstrap(
    "bootstrap",
    FleetBootstrapArgs(
        naming=naming,
        deployment=settings.deployment,
        renders=settings.renders,
        agent=agent,
        table_name=store.table.name,
        inputs_bucket=store.inputs.name,
        outputs_bucket=store.outputs.name,
        artifacts_bucket=store.artifacts.name,
        logs_bucket=store.logs.name,
        fleets={
            name: BootstrappedFleet(
                settings=fleet,
                engine=engine_bundle(fleet.engine),
                queue_url=queues[name].url,
                dead_letter_url=queues[name].dead_letters.url,
            )
            for name, fleet in settings.fleets.items()
        },
    ),
    inside,
)
fleets = {
    name: RenderFleet(
        f"{name}-fleet",
        RenderFleetArgs(
            naming=naming,
            fleet=name,
            settings=fleet,
            vpc_id=network.vpc_id,
            subnet_ids=network.private_subnet_ids,
            bootstrap_version=bootstrap.versions[name],
            bootstrapped_by=[bootstrap.associations[name]],
        ),
        inside,
    )
    for name, fleet in settings.fleets.items()
}
scalers = {
    name: Scaler(
        f"{name}-scaler",
        ScalerArgs(
            naming=naming,
            deployment=settings.deployment,
            fleet=name,
            settings=fleet,
            heartbeat_seconds=settings.renders.heartbeat_seconds,
            bundle=bundles.function_bundle("scaler"),
            table_name=store.table.name,
            stream_arn=store.table.stream_arn,
            queue_url=queues[name].url,
            group_name=fleets[name].group.name,
        ),
        inside,
    )
    for name, fleet in settings.fleets.items()
}
notifier = Notifier(
    "notifier",
    NotifierArgs(
        naming=naming,
        deployment=settings.deployment,
        webhooks=settings.webhooks,
        bundle=bundles.function_bundle("notifier"),
        table_name=store.table.name,
        stream_arn=store.table.stream_arn,
    ),
    inside,
)
sweeper = Sweeper(
    "sweeper",
    SweeperArgs(
        naming=naming,
        deployment=settings.deployment,
        renders=settings.renders,
        bundle=bundles.function_bundle("sweeper"),
        table_name=store.table.name,
        inputs_bucket=store.inputs.name,
        outputs_bucket=store.outputs.name,
        queue_urls={name: queue.url for name, queue in queues.items()},
        dead_letter_urls={name: queue.dead_letters.url for name, queue in queues.items()},
        notification_queue_url=notifier.queue.url,
        removed_fleets=removed,
    ),
    inside,
)
observability = Observability(
    "observability",
    ObservabilityArgs(
        naming=naming,
        settings=settings.alarms,
        key_arn=store.key.arn,
        watched=Watched(
            environment=naming.environment,
            functions=[*(scaler.watched for scaler in scalers.values()), sweeper.watched, notifier.watched],
            fleets={
                name: WatchedFleet(
                    queue=queue.queue.name,
                    bulk_queue=queue.bulk_queue.name,
                    dead_letters=queue.dead_letters.name,
                    group=fleets[name].group.name,
                    wait_objective_s=settings.fleets[name].scaling.wait_objective_s,
                    wait_quantile=settings.fleets[name].scaling.wait_quantile,
                )
                for name, queue in queues.items()
            },
            server=server.watched,
            table=store.table.name,
            webhook_dead_letters=notifier.dead_letters.name,
        ),
    ),
    inside,
)

pulumi.export("api_url", f"https://{settings.job_server.domain}")
pulumi.export("table_name", store.table.name)
pulumi.export("queue_urls", {name: queue.url for name, queue in queues.items()})
pulumi.export("dead_letter_urls", {name: queue.dead_letters.url for name, queue in queues.items()})
pulumi.export("group_names", {name: fleet.group.name for name, fleet in fleets.items()})
pulumi.export("inputs_bucket", store.inputs.name)
pulumi.export("outputs_bucket", store.outputs.name)
pulumi.export("artifacts_bucket", store.artifacts.name)
pulumi.export("logs_bucket", store.logs.name)
pulumi.export("dashboard_names", {kind: one.dashboard_name for kind, one in observability.dashboards.items()})
pulumi.export("bootstrap_documents", dict.fromkeys(settings.fleets, bootstrap.document.name))
pulumi.export("scaler_functions", {name: scaler.function.resource.name for name, scaler in scalers.items()})
pulumi.export("job_server_cluster", server.tasks.cluster.name)
pulumi.export("job_server_service", server.service.name)
pulumi.export("balancer_dns_name", server.entrance.balancer.dns_name)
pulumi.export("job_server_task_definition", server.tasks.definition.arn)
pulumi.export("agent_version", agent.sha256)
pulumi.export(
    "function_code",
    {
        function.name: function.resource.code_sha256
        for function in (
            *(scaler.function for scaler in scalers.values()),
            sweeper.function,
            notifier.function,
        )
    },
)
pulumi.export("table_format", bundles.table_format())
pulumi.export("operator_read_policy", operator_read(naming, sorted(settings.fleets)))
pulumi.export("webhook_secret_prefix", naming.path("webhook-secrets"))
pulumi.export(FIXED_SETTINGS, fixed(settings))
pulumi.export(KNOWN_FLEETS, sorted([*settings.fleets, *removed]))
pulumi.export("job_server_image", image_of(settings, image_version))
