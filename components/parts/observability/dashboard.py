"""The one dashboard: a row for each fleet, then the API and the functions. Knows no resources.

A metric of our own is sent by handlers/scaler/metrics.py; tests/contracts/test_metrics.py proves that the
names agree.
"""

import pulumi

from components.parts.observability.alarms import OLDEST_WAIT, OPEN_BREAKERS, OURS, Watched, of_scaler

# A dashboard is 24 units wide.
WIDTH, HEIGHT = 8, 6

Metric = list[pulumi.Input[str] | dict[str, str]]
Widget = dict[str, object]


def widgets(region: str, watched: Watched) -> list[Widget]:
    """All graphs from top to bottom."""
    rows = [_fleet_row(fleet, watched) for fleet in watched.fleets]
    rows.append(_server_row(watched))
    return [
        _placed(title, metrics, region, column, row)
        for row, graphs in enumerate(rows)
        for column, (title, metrics) in enumerate(graphs)
    ]


def _fleet_row(fleet: str, watched: Watched) -> list[tuple[str, list[Metric]]]:
    queues = watched.fleets[fleet]
    return [
        (
            f"{fleet}: renders waiting",
            [
                ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queues.queue],
                ["AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName", queues.queue],
                ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queues.dead_letters],
            ],
        ),
        (
            f"{fleet}: wait of the oldest render",
            [_our_metric(OLDEST_WAIT, fleet, watched)],
        ),
        (
            f"{fleet}: instances",
            [
                *_group_metrics(queues.group),
                _our_metric(OPEN_BREAKERS, fleet, watched),
            ],
        ),
    ]


def _group_metrics(group: pulumi.Input[str]) -> list[Metric]:
    return [
        ["AWS/AutoScaling", metric, "AutoScalingGroupName", group]
        for metric in ("GroupDesiredCapacity", "GroupPendingInstances", "GroupInServiceInstances")
    ]


def _our_metric(name: str, fleet: str, watched: Watched) -> Metric:
    return [OURS, name, *_flat(of_scaler(watched.environment, fleet)), {"stat": "Maximum"}]


def _flat(dimensions: dict[str, str]) -> list[str]:
    return [part for pair in dimensions.items() for part in pair]


def _server_row(watched: Watched) -> list[tuple[str, list[Metric]]]:
    balancer: list[pulumi.Input[str]] = ["LoadBalancer", watched.server.balancer]
    return [
        (
            "API: requests and failures",
            [
                ["AWS/ApplicationELB", metric, *balancer, {"stat": "Sum"}]
                for metric in (
                    "RequestCount",
                    "HTTPCode_Target_4XX_Count",
                    "HTTPCode_Target_5XX_Count",
                    "HTTPCode_ELB_5XX_Count",
                )
            ],
        ),
        (
            "API: seconds to answer",
            [
                ["AWS/ApplicationELB", "TargetResponseTime", *balancer, {"stat": stat}]
                for stat in ("p50", "p99")
            ],
        ),
        (
            "Functions: errors",
            [
                ["AWS/Lambda", "Errors", "FunctionName", function.name, {"stat": "Sum"}]
                for function in watched.functions
            ],
        ),
    ]


def _placed(title: str, metrics: list[Metric], region: str, column: int, row: int) -> Widget:
    return {
        "type": "metric",
        "x": column * WIDTH,
        "y": row * HEIGHT,
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": title,
            "region": region,
            "view": "timeSeries",
            "stat": "Average",
            "period": 60,
            "metrics": metrics,
        },
    }
