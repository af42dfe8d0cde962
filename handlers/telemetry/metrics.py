"""The catalogue of our metrics: name, unit, dimensions, who writes each, and where it is read.

To add a metric, add it here, send it where its stage ends, and show or watch it: a graph in
components/parts/observability/dashboards.py or an alarm in components/parts/observability/alarms.py. Then
`make telemetry-page`. tests/contracts/test_telemetry.py proves that all of them agree, so nothing is measured
that nobody reads. No dimension is a tenant or a template: each value of one is a metric that costs money.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

NAMESPACE: Final = "ClipIt"


class Unit(StrEnum):
    """Units of CloudWatch, spelled as its API spells them."""

    COUNT = "Count"
    SECONDS = "Seconds"
    PERCENT = "Percent"
    NONE = "None"


class Service(StrEnum):
    """The value of the dimension `service`: what a metric is about, which several writers may measure."""

    RENDERS = "renders"
    SCALER = "scaler"
    SWEEPER = "sweeper"
    NOTIFIER = "notifier"


class Outcome(StrEnum):
    """How a render ended, as its metric counts it."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUSED = "refused"
    """A failure that is the customer's own: the composition or an asset."""
    CANCELLED = "cancelled"


class BootStage(StrEnum):
    """How far an instance had come that was replaced before it was in service."""

    LAUNCHED = "launched"
    """Nothing was heard of it."""
    ONLINE = "online"
    """Its bootstrap said why it failed."""
    REGISTERED = "registered"
    """Its agent has a record, and the group has not put it in service."""


VALUES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {"outcome": frozenset(Outcome), "stage": frozenset(BootStage)}
)
"""All values of the dimensions that are neither settings nor constants; each is shown or watched."""

ENVIRONMENT: Final = ("service", "environment")
FLEET: Final = ("service", "environment", "fleet")
OF_INSTANCES: Final = ("Environment", "Fleet")
"""What the CloudWatch agent aggregates over."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric: `writers` are rooms under handlers/, `says` is a sentence for the page.

    `service` is None for what the CloudWatch agent measures on instances.
    """

    name: str
    unit: Unit
    service: Service | None
    dimensions: tuple[str, ...]
    writers: tuple[str, ...]
    says: str
    graphs: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()


def _fleet(name: str, unit: Unit, says: str, **read: tuple[str, ...]) -> Metric:
    return Metric(
        name=name,
        unit=unit,
        service=Service.RENDERS,
        dimensions=FLEET,
        writers=("render_agent",),
        says=says,
        **read,
    )


def _scaler(name: str, unit: Unit, says: str, **read: tuple[str, ...]) -> Metric:
    return Metric(
        name=name, unit=unit, service=Service.SCALER, dimensions=FLEET, writers=("scaler",), says=says, **read
    )


def _sweeper(name: str, says: str, **read: tuple[str, ...]) -> Metric:
    return Metric(
        name=name,
        unit=Unit.COUNT,
        service=Service.SWEEPER,
        dimensions=ENVIRONMENT,
        writers=("sweeper",),
        says=says,
        **read,
    )


def _notifier(name: str, unit: Unit, says: str, **read: tuple[str, ...]) -> Metric:
    return Metric(
        name=name,
        unit=unit,
        service=Service.NOTIFIER,
        dimensions=ENVIRONMENT,
        writers=("notifier",),
        says=says,
        **read,
    )


def _instance(name: str, unit: Unit, says: str) -> Metric:
    return Metric(
        name=name,
        unit=unit,
        service=None,
        dimensions=OF_INSTANCES,
        writers=("cloudwatch-agent",),
        says=says,
        graphs=("fleet",),
    )


RENDER_WAIT = _fleet(
    "RenderWaitSeconds",
    Unit.SECONDS,
    "From acceptance to the first claim; later attempts are not measured.",
    graphs=("renders",),
    alarms=("RenderObjectives",),
)
FETCH = _fleet("FetchSeconds", Unit.SECONDS, "An attempt's composition and assets.", graphs=("renders",))
ENGINE = _fleet("EngineSeconds", Unit.SECONDS, "A run of the engine, whatever its end.", graphs=("renders",))
UPLOAD = _fleet("UploadSeconds", Unit.SECONDS, "A finished video's way into its bucket.", graphs=("renders",))
BOOTSTRAP = _fleet(
    "BootstrapSeconds",
    Unit.SECONDS,
    "From the launch of an instance to its agent's start.",
    graphs=("fleet",),
)
BOOT = _fleet(
    "BootSeconds", Unit.SECONDS, "From the launch of an instance until it is in service.", graphs=("fleet",)
)
RENDERS_ENDED = Metric(
    name="RendersEnded",
    unit=Unit.COUNT,
    service=Service.RENDERS,
    dimensions=(*FLEET, "outcome"),
    writers=("render_agent", "sweeper"),
    says="Renders that ended: `succeeded`, `failed`, `refused` (the customer's own failure), `cancelled` "
    "while they were rendered.",
    graphs=("renders",),
    alarms=("RenderObjectives",),
)
OLDEST_WAIT = _scaler(
    "OldestQueuedJobAge",
    Unit.SECONDS,
    "How long the oldest queued render has waited.",
    graphs=("overview",),
    alarms=("RenderWaitsTooLong",),
)
QUEUED = _scaler("QueuedJobs", Unit.COUNT, "Renders that no worker has claimed.", graphs=("overview",))
OPEN_BREAKERS = _scaler(
    "OpenBreakers",
    Unit.COUNT,
    "Breakers that hold launches or replacements back.",
    graphs=("overview",),
    alarms=("ScalerBreakerOpen",),
)
BOOTS_FAILED = Metric(
    name="BootsFailed",
    unit=Unit.COUNT,
    service=Service.SCALER,
    dimensions=(*FLEET, "stage"),
    writers=("scaler",),
    says="Instances replaced before they were in service: `launched` and never heard of, `online` with a "
    "bootstrap that failed, `registered` and never in service. The log event `boot_failed` has the words.",
    graphs=("fleet",),
)
LEASES_EXPIRED = _sweeper(
    "LeasesExpired", "Renders whose worker fell silent, taken back or ended.", graphs=("renders",)
)
SENT_AGAIN = _sweeper("MessagesSentAgain", "Messages that were missing from a queue.", graphs=("renders",))
SWEEPS_POSTPONED = _sweeper(
    "SweepsPostponed", "Repairs left for the next sweep because AWS was busy.", graphs=("renders",)
)
FIRST_TRY = _notifier(
    "WebhookFirstTrySeconds",
    Unit.SECONDS,
    "From the end of a render to the answer to the first try of its webhook.",
    graphs=("renders",),
    alarms=("WebhookObjectives",),
)
DELIVERY = _notifier(
    "WebhookDeliverySeconds",
    Unit.SECONDS,
    "From the end of a render until a receiver accepted its webhook.",
    graphs=("renders",),
    alarms=("WebhookObjectives",),
)
TRIES_FAILED = _notifier(
    "WebhooksFailed", Unit.COUNT, "Tries that a receiver did not accept.", graphs=("renders",)
)
NOTIFIER_ERRORS = _notifier(
    "NotifierErrors", Unit.COUNT, "Records that the notifier could not handle.", graphs=("renders",)
)
ITEMS_UNREADABLE = _notifier(
    "ItemsUnreadable",
    Unit.COUNT,
    "Items of the table that say what no job can, and were skipped.",
    graphs=("renders",),
)
METRICS: Final = (
    *(RENDER_WAIT, FETCH, ENGINE, UPLOAD, RENDERS_ENDED, BOOTSTRAP, BOOT),
    *(OLDEST_WAIT, QUEUED, OPEN_BREAKERS, BOOTS_FAILED),
    *(LEASES_EXPIRED, SENT_AGAIN, SWEEPS_POSTPONED),
    *(FIRST_TRY, DELIVERY, TRIES_FAILED, NOTIFIER_ERRORS, ITEMS_UNREADABLE),
    _instance("cpu_usage_active", Unit.PERCENT, "CPU in use on the fleet's instances."),
    _instance("mem_used_percent", Unit.PERCENT, "Memory in use on the fleet's instances."),
    _instance("disk_used_percent", Unit.PERCENT, "Disk in use under `/`."),
    _instance("disk_inodes_free", Unit.COUNT, "Free inodes under `/`."),
)


def dimensions_of(metric: Metric, environment: str, **more: str) -> Mapping[str, str]:
    """The dimensions with which a metric is sent.

    Raises:
        ValueError: They are not those of the catalogue.
    """
    service = {"service": metric.service.value} if metric.service else {}
    given = {**service, "environment": environment, **more}
    if set(given) != set(metric.dimensions):
        raise ValueError(f"{metric.name} has the dimensions {metric.dimensions}, not {tuple(given)}")
    return given
