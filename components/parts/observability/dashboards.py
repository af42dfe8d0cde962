"""The dashboards: overview, API, renders, fleet, cost. Knows no resources.

A metric of our own is in the catalogue, handlers/telemetry/metrics.py; tests/contracts/test_telemetry.py
proves that the names agree.
"""

from collections.abc import Iterable, Iterator, Mapping

import pulumi

from components.parts.observability.graphs import (
    Graph,
    Metric,
    of_balancer,
    of_environment,
    of_fleet,
    of_function,
    of_group,
    of_instances,
    of_instances_of,
    of_queue,
    of_service,
    of_table_and_indexes,
    percentiles,
)
from components.parts.observability.watched import Watched

# A dashboard is 24 units wide.
WIDTH, HEIGHT, COLUMNS = 8, 6, 3

Widget = dict[str, object]


def all_dashboards(region: str, watched: Watched) -> Mapping[str, list[Widget]]:
    """The widgets of each dashboard, from top to bottom."""
    graphs = {
        "overview": _overview(watched),
        "api": _api(watched),
        "renders": _renders(watched),
        "fleet": _fleets(watched),
        "cost": _cost(watched),
    }
    return {name: [*_placed(some, region)] for name, some in graphs.items()}


def _overview(watched: Watched) -> Iterator[Graph]:
    """Per fleet what waits, for how long, and who works; then who fails."""
    for fleet, names in watched.fleets.items():
        scaler = of_fleet(watched, fleet, "scaler")
        yield Graph(
            title=f"{fleet}: renders waiting",
            metrics=[
                scaler("QueuedJobs", "Maximum"),
                of_queue("ApproximateNumberOfMessagesVisible", names.queue),
                of_queue("ApproximateNumberOfMessagesNotVisible", names.queue),
                of_queue("ApproximateNumberOfMessagesVisible", names.bulk_queue),
                of_queue("ApproximateNumberOfMessagesNotVisible", names.bulk_queue),
                of_queue("ApproximateNumberOfMessagesVisible", names.dead_letters),
            ],
        )
        yield Graph(
            title=f"{fleet}: wait of the oldest render", metrics=[scaler("OldestQueuedJobAge", "Maximum")]
        )
        yield Graph(
            title=f"{fleet}: instances and open breakers",
            metrics=[*_sizes(names.group), scaler("OpenBreakers", "Maximum")],
        )
    yield _requests(watched)
    yield _latency(watched)
    yield Graph(
        title="Functions: errors",
        metrics=[of_function("Errors", function.name, "Sum") for function in watched.functions],
    )


def _api(watched: Watched) -> Iterator[Graph]:
    """Requests, latency, and the tasks that answer."""
    targets: Metric = ["TargetGroup", watched.server.target_group]
    yield _requests(watched)
    yield _latency(watched)
    yield Graph(
        title="Tasks",
        metrics=[
            of_balancer(name, watched.server.balancer, "Maximum", *targets)
            for name in ("HealthyHostCount", "UnHealthyHostCount")
        ],
    )
    yield Graph(
        title="Tasks: memory in use and reserved",
        metrics=[
            of_service(name, watched.server.service_arn, "Maximum")
            for name in ("MemoryUtilized", "MemoryReserved")
        ],
    )
    yield Graph(
        title="Table and indexes: throttled reads and writes",
        metrics=[
            line
            for name in ("ReadThrottleEvents", "WriteThrottleEvents")
            for line in of_table_and_indexes(name, watched.table, "Sum")
        ],
    )


def _renders(watched: Watched) -> Iterator[Graph]:
    """The chain of a render: the wait, the stages, the end; then webhooks and repairs."""
    for fleet in watched.fleets:
        ours = of_fleet(watched, fleet, "renders")
        yield Graph(
            title=f"{fleet}: from acceptance to the first claim",
            metrics=percentiles(ours, "RenderWaitSeconds", "p50", "p95", "p99"),
        )
        yield Graph(
            title=f"{fleet}: stages",
            metrics=[
                ours(name, stat)
                for name in ("FetchSeconds", "EngineSeconds", "UploadSeconds")
                for stat in ("p50", "p95")
            ],
        )
        yield Graph(
            title=f"{fleet}: ends",
            metrics=[
                ours("RendersEnded", "Sum", "outcome", outcome)
                for outcome in ("succeeded", "failed", "refused", "cancelled")
            ],
        )
    notifier, sweeper = of_environment(watched, "notifier"), of_environment(watched, "sweeper")
    yield Graph(
        title="Webhooks: seconds since the end of the render",
        metrics=[
            *percentiles(notifier, "WebhookFirstTrySeconds", "p50", "p99"),
            *percentiles(notifier, "WebhookDeliverySeconds", "p50", "p99"),
        ],
    )
    yield Graph(
        title="Webhooks: failures",
        metrics=[notifier(name, "Sum") for name in ("WebhooksFailed", "NotifierErrors", "ItemsUnreadable")],
    )
    yield Graph(
        title="Repairs",
        metrics=[sweeper(name, "Sum") for name in ("LeasesExpired", "MessagesSentAgain", "SweepsPostponed")],
    )


def _fleets(watched: Watched) -> Iterator[Graph]:
    """Per fleet its size, its boots, how full its instances are, and what they send and receive."""
    for fleet, names in watched.fleets.items():
        ours, scaler = of_fleet(watched, fleet, "renders"), of_fleet(watched, fleet, "scaler")
        instances = of_instances(watched, fleet)
        yield Graph(title=f"{fleet}: instances", metrics=_sizes(names.group))
        yield Graph(
            title=f"{fleet}: boots",
            metrics=[
                *percentiles(ours, "BootstrapSeconds", "p50", "p95"),
                *percentiles(ours, "BootSeconds", "p50", "p95"),
            ],
        )
        yield Graph(
            title=f"{fleet}: failed boots by how far they came",
            metrics=[
                scaler("BootsFailed", "Sum", "stage", stage) for stage in ("launched", "online", "registered")
            ],
        )
        yield Graph(
            title=f"{fleet}: the fullest instance",
            metrics=[
                instances(name, "Maximum")
                for name in ("cpu_usage_active", "mem_used_percent", "disk_used_percent")
            ],
        )
        yield Graph(title=f"{fleet}: free inodes", metrics=[instances("disk_inodes_free", "Minimum")])
        # A fetch or an upload that slows down is the network's or the store's: this tells them apart.
        yield Graph(
            title=f"{fleet}: bytes of all instances",
            metrics=[of_instances_of(name, names.group, "Sum") for name in ("NetworkIn", "NetworkOut")],
        )


def _cost(watched: Watched) -> Iterator[Graph]:
    """What is paid by use: instances, functions, the table."""
    yield Graph(
        title="Instances in service",
        metrics=[of_group("GroupInServiceInstances", names.group) for names in watched.fleets.values()],
    )
    yield Graph(
        title="Functions: invocations",
        metrics=[of_function("Invocations", function.name, "Sum") for function in watched.functions],
    )
    for kind in ("Read", "Write"):
        yield Graph(
            title=f"Table and indexes: {kind.lower()} units",
            metrics=of_table_and_indexes(f"Consumed{kind}CapacityUnits", watched.table, "Sum"),
        )


def _sizes(group: pulumi.Input[str]) -> list[Metric]:
    return [
        of_group(name, group)
        for name in ("GroupDesiredCapacity", "GroupPendingInstances", "GroupInServiceInstances")
    ]


def _requests(watched: Watched) -> Graph:
    names = (
        "RequestCount",
        "HTTPCode_Target_4XX_Count",
        "HTTPCode_Target_5XX_Count",
        "HTTPCode_ELB_5XX_Count",
    )
    return Graph(
        title="API: requests and failures",
        metrics=[of_balancer(name, watched.server.balancer, "Sum") for name in names],
    )


def _latency(watched: Watched) -> Graph:
    return Graph(
        title="API: seconds to answer",
        metrics=[of_balancer("TargetResponseTime", watched.server.balancer, stat) for stat in ("p50", "p99")],
    )


def _placed(graphs: Iterable[Graph], region: str) -> Iterator[Widget]:
    for place, graph in enumerate(graphs):
        row, column = divmod(place, COLUMNS)
        yield {
            "type": "metric",
            "x": column * WIDTH,
            "y": row * HEIGHT,
            "width": WIDTH,
            "height": HEIGHT,
            "properties": {
                "title": graph.title,
                "region": region,
                "view": "timeSeries",
                "stat": "Average",
                "period": 60,
                "metrics": list(graph.metrics),
            },
        }
