"""The scaler of one fleet: looks, decides and resizes, woken by queued jobs and every minute."""

import json
from dataclasses import dataclass, fields

import pulumi

from components import settings
from components.bundles import Bundle
from components.naming import Naming
from components.naming.fleet_names import LAUNCH_HOOK, TERMINATE_HOOK, FleetNames
from components.naming.job_states import JobState, image
from components.naming.store_names import StoreNames
from components.parts.functions.functions import Function, FunctionArgs, build_function
from components.parts.functions.schedules import ScheduleArgs, build_minute_schedule
from components.parts.functions.streams import StreamArgs, build_stream_mapping, stream_statements
from components.parts.observability.watched import WatchedFunction
from components.permissions import Statement, only_keys
from components.permissions.launching import use_of_template
from components.settings.service import SILENT_HEARTBEATS

COMPONENT = "scaler"
TIMEOUT_SECONDS = 50
# An old wake-up is worth nothing: the schedule has looked since.
RECORD_AGE_SECONDS = 60
SCHEDULE_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class ScalerArgs:
    """What a scaler needs from its neighbors."""

    naming: Naming
    deployment: settings.Deployment
    fleet: str
    settings: settings.Fleet
    heartbeat_seconds: int
    bundle: Bundle
    table_name: pulumi.Input[str]
    stream_arn: pulumi.Input[str]
    queue_url: pulumi.Input[str]
    group_name: pulumi.Input[str]


def limits(fleet: settings.Fleet, heartbeat_seconds: int) -> dict[str, object]:
    """The fleet's settings in the words of the scaler's decision."""
    return {
        "minimum": fleet.minimum,
        "maximum": fleet.maximum,
        "on_demand_base": fleet.on_demand_base,
        "spot_share": (100 - fleet.on_demand_percent) / 100,
        "look_s": SCHEDULE_SECONDS,
        "silence_s": SILENT_HEARTBEATS * heartbeat_seconds,
        **{one.name: getattr(fleet.scaling, one.name) for one in fields(fleet.scaling)},
    }


def wakes(fleet: str) -> list[dict[str, object]]:
    """The filters for stream records that a scaler learns from: a job of this fleet waits, starts, succeeds.

    Every write to a waiting job matches, also the one that marks its message as sent: only then does the
    depth of the queue include the job. Renewing a lease matches nothing. A mapping can filter by images only
    (Lambda developer guide, "Using event filtering with a DynamoDB event source").
    """
    queued, rendering, succeeded = (
        {**image([state]), "fleet": {"S": [fleet]}}
        for state in (JobState.QUEUED, JobState.RENDERING, JobState.SUCCEEDED)
    )
    return [
        {"dynamodb": {"NewImage": queued}},
        {"dynamodb": {"OldImage": queued, "NewImage": rendering}},
        {"dynamodb": {"OldImage": rendering, "NewImage": succeeded}},
    ]


def scaler_statements(naming: Naming, fleet: str) -> list[Statement]:
    """What the scaler calls; it resizes its own group and no other."""
    store, names = StoreNames.of(naming), FleetNames.of(naming, fleet)
    return [
        # Describing knows no resource.
        Statement(
            actions=["autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"],
            resources=["*"],
        ),
        Statement(
            actions=[
                "autoscaling:CompleteLifecycleAction",
                "autoscaling:SetDesiredCapacity",
                "autoscaling:SetInstanceHealth",
                "autoscaling:TerminateInstanceInAutoScalingGroup",
                "autoscaling:UpdateAutoScalingGroup",
            ],
            resources=[names.group_arn],
        ),
        Statement(
            actions=["dynamodb:GetItem", "dynamodb:PutItem"],
            resources=[store.table_arn],
            conditions=only_keys(f"SCALER#{fleet}", "WORKER#*"),
        ),
        # Whether a silent worker's attempt still holds its job.
        Statement(actions=["dynamodb:GetItem"], resources=[store.table_arn], conditions=only_keys("JOB#*")),
        Statement(
            actions=["dynamodb:UpdateItem"], resources=[store.table_arn], conditions=only_keys("WORKER#*")
        ),
        Statement(
            actions=["dynamodb:Query"],
            resources=[store.index_arn("by-state")],
            conditions=only_keys(f"JOB#queued#{fleet}", f"WORKER#{fleet}"),
        ),
        Statement(actions=["sqs:GetQueueAttributes"], resources=[*names.queue_arns]),
    ]


class Scaler(pulumi.ComponentResource):
    """Owns the function, its role, stream mapping and schedule; the group belongs to the fleet."""

    def __init__(self, name: str, args: ScalerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("clip-it:scaler:Scaler", name, None, opts)
        self.function: Function = build_function(
            name,
            FunctionArgs(
                naming=args.naming,
                deployment=args.deployment,
                component=COMPONENT,
                package="scaler",
                bundle=args.bundle,
                fleet=args.fleet,
                description=f"Sizes the fleet {args.fleet}",
                timeout_seconds=TIMEOUT_SECONDS,
                # Two scalers would race; the second copy waits or is refused.
                reserved_concurrency=1,
                environment={
                    "CLIPIT_TABLE": args.table_name,
                    "CLIPIT_FLEET": args.fleet,
                    "CLIPIT_QUEUE_URL": args.queue_url,
                    "CLIPIT_GROUP_NAME": args.group_name,
                    "CLIPIT_LAUNCH_HOOK": LAUNCH_HOOK,
                    "CLIPIT_TERMINATE_HOOK": TERMINATE_HOOK,
                    "CLIPIT_SCALER_LIMITS": json.dumps(limits(args.settings, args.heartbeat_seconds)),
                },
                handler=scaler_statements(args.naming, args.fleet),
                platform=[
                    *stream_statements(args.naming),
                    *use_of_template(args.naming, args.fleet, args.settings.image_id),
                ],
            ),
            self,
        )
        build_stream_mapping(
            name,
            StreamArgs(
                stream_arn=args.stream_arn,
                # A day's arrivals at once look like a surge; what is missed is seen queued, a minute later.
                starting_position="LATEST",
                patterns=wakes(args.fleet),
                tags=args.naming.tags(COMPONENT, fleet=args.fleet),
                record_age_seconds=RECORD_AGE_SECONDS,
                retries=2,
                partial=False,
            ),
            self.function,
            self,
        )
        build_minute_schedule(
            name,
            ScheduleArgs(
                naming=args.naming,
                component=COMPONENT,
                function_name=self.function.name,
                function=self.function.resource,
                fleet=args.fleet,
            ),
            self,
        )
        self.watched = WatchedFunction(
            component="scaler",
            name=self.function.resource.name,
            dead_letters=self.function.failed_events.name,
            every_minute=True,
            fleet=args.fleet,
        )
        self.register_outputs({"function": self.function.resource.name})
