"""Reads the settings of the stack, wires the components, exports what an operator needs. Owns no resource."""

import json

import pulumi
from pulumi.runtime.config import CONFIG

from components import bundles
from components.cloud import build_provider
from components.fleet_bootstrap import BootstrappedFleet, FleetBootstrap, FleetBootstrapArgs
from components.job_server import JobServer, JobServerArgs
from components.job_store import JobStore, JobStoreArgs
from components.naming import Naming
from components.naming.fleet_names import LAUNCH_HOOK, TERMINATE_HOOK
from components.network import Network, NetworkArgs
from components.notifier import Notifier, NotifierArgs
from components.observability import Observability, ObservabilityArgs
from components.parts.observability.alarms import Watched, WatchedFleet, WatchedFunction, WatchedServer
from components.render_fleet import RenderFleet, RenderFleetArgs
from components.render_queue import RenderQueue, RenderQueueArgs
from components.scaler import Scaler, ScalerArgs
from components.settings import NAMESPACE, Settings, SettingsError, parse
from components.sweeper import Sweeper, SweeperArgs


def stack_values() -> dict[str, object]:
    """The sections of the stack file, each an object."""
    prefix = f"{NAMESPACE}:"
    given = {key.removeprefix(prefix): value for key, value in CONFIG.get().items() if key.startswith(prefix)}
    return {section: _object(value) for section, value in given.items()}


def _object(value: str) -> object:
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def _settings() -> Settings:
    """The settings; what is wrong with them is told as it is, without the traceback of a broken program."""
    try:
        return parse(stack_values())
    except SettingsError as wrong:
        raise pulumi.RunError(str(wrong)) from None


settings: Settings = _settings()
naming = Naming.of(settings.deployment)
inside = pulumi.ResourceOptions(providers={"aws": build_provider(naming)})
agent = bundles.agent_bundle()

store = JobStore(
    "job-store",
    JobStoreArgs(naming=naming, settings=settings.storage, protect=settings.deployment.protect),
    inside,
)
network = Network(
    "network",
    NetworkArgs(naming=naming, settings=settings.network, flow_log_bucket_arn=store.logs.arn),
    inside,
)
server = JobServer(
    "job-server",
    JobServerArgs(
        naming=naming,
        settings=settings,
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
fleets = {
    name: RenderFleet(
        f"{name}-fleet",
        RenderFleetArgs(
            naming=naming,
            fleet=name,
            settings=fleet,
            vpc_id=network.vpc_id,
            subnet_ids=network.private_subnet_ids,
            agent_version=agent.sha256,
        ),
        inside,
    )
    for name, fleet in settings.fleets.items()
}


def agent_environment(name: str) -> dict[str, pulumi.Input[str]]:
    """What the agents of a fleet are told."""
    fleet, renders = settings.fleets[name], settings.renders
    return {
        "AWS_REGION": naming.region,
        "CLIPIT_ENVIRONMENT": naming.environment,
        "CLIPIT_TABLE": store.table.name,
        "CLIPIT_FLEET": name,
        "CLIPIT_QUEUE_URL": queues[name].queue.url,
        "CLIPIT_DEAD_LETTER_URL": queues[name].dead_letters.url,
        "CLIPIT_INPUTS_BUCKET": store.inputs.name,
        "CLIPIT_OUTPUTS_BUCKET": store.outputs.name,
        "CLIPIT_ENGINE_COMMAND": fleet.engine_command,
        "CLIPIT_GROUP_NAME": fleets[name].group.name,
        "CLIPIT_LAUNCH_HOOK": LAUNCH_HOOK,
        "CLIPIT_TERMINATE_HOOK": TERMINATE_HOOK,
        "CLIPIT_HEARTBEAT_SECONDS": str(renders.heartbeat_seconds),
        "CLIPIT_LEASE_SECONDS": str(renders.lease_seconds),
        "CLIPIT_JOB_TIMEOUT_SECONDS": str(renders.job_timeout_seconds),
        "CLIPIT_ATTEMPT_LIMIT": str(renders.attempt_limit),
        "CLIPIT_WORK_DIRECTORY": f"{fleet.install_root}/work",
    }


bootstrap = FleetBootstrap(
    "bootstrap",
    FleetBootstrapArgs(
        naming=naming,
        deployment=settings.deployment,
        agent=agent,
        artifacts_bucket=store.artifacts.name,
        logs_bucket=store.logs.name,
        fleets={
            name: BootstrappedFleet(settings=fleet, agent_environment=agent_environment(name))
            for name, fleet in settings.fleets.items()
        },
    ),
    inside,
)
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
            queue_url=queues[name].queue.url,
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
        queue_urls={name: queue.queue.url for name, queue in queues.items()},
        dead_letter_urls={name: queue.dead_letters.url for name, queue in queues.items()},
        notification_queue_url=notifier.queue.url,
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
            functions=[
                *(
                    WatchedFunction(
                        component="scaler",
                        fleet=name,
                        name=scaler.function.resource.name,
                        dead_letters=scaler.function.failed_events.name,
                        every_minute=True,
                        reads_stream=True,
                    )
                    for name, scaler in scalers.items()
                ),
                WatchedFunction(
                    component="sweeper",
                    name=sweeper.function.resource.name,
                    dead_letters=sweeper.function.failed_events.name,
                    every_minute=True,
                    reads_stream=False,
                ),
                WatchedFunction(
                    component="notifier",
                    name=notifier.function.resource.name,
                    dead_letters=notifier.function.failed_events.name,
                    every_minute=False,
                    reads_stream=True,
                ),
            ],
            fleets={
                name: WatchedFleet(
                    queue=queue.queue.name,
                    dead_letters=queue.dead_letters.name,
                    group=fleets[name].group.name,
                )
                for name, queue in queues.items()
            },
            server=WatchedServer(
                balancer=server.entrance.balancer.arn_suffix,
                target_group=server.entrance.target_group.arn_suffix,
            ),
            webhook_dead_letters=notifier.dead_letters.name,
        ),
    ),
    inside,
)

pulumi.export("api_url", f"https://{settings.job_server.domain}")
pulumi.export("table_name", store.table.name)
pulumi.export("queue_urls", {name: queue.queue.url for name, queue in queues.items()})
pulumi.export("dead_letter_urls", {name: queue.dead_letters.url for name, queue in queues.items()})
pulumi.export("group_names", {name: fleet.group.name for name, fleet in fleets.items()})
pulumi.export("inputs_bucket", store.inputs.name)
pulumi.export("outputs_bucket", store.outputs.name)
pulumi.export("artifacts_bucket", store.artifacts.name)
pulumi.export("dashboard_name", observability.dashboard.dashboard_name)
pulumi.export("bootstrap_documents", dict.fromkeys(settings.fleets, bootstrap.document.name))
pulumi.export("scaler_functions", {name: scaler.function.resource.name for name, scaler in scalers.items()})
pulumi.export("job_server_cluster", server.tasks.cluster.name)
pulumi.export("job_server_service", server.service.name)
pulumi.export("balancer_dns_name", server.entrance.balancer.dns_name)
pulumi.export("webhook_secret_prefix", naming.path("webhook-secrets"))
pulumi.export("ecr_repository_url", server.tasks.repository.repository_url)
