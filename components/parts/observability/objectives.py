"""The service's objectives, and the alarms on how fast their error budgets are spent. Knows no resources.

An objective is a share of good events, and its error budget the share of bad ones that it leaves. A budget
that burns 14.4 times too fast loses two per cent of a month's in an hour (Google, "The Site Reliability
Workbook", chapter 5). Each pair of windows is one condition: the long one says that it matters, the short one
that it goes on. Below a floor of events nothing is judged.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from components.parts.observability.alarm import BurnAlarm, Composite, Source, Topic
from components.parts.observability.watched import Watched

HOUR, DAY = 3600, 86_400
SMALLEST_FLOOR = 0.2
"""Of the floor of a long window, in a short one."""

AVAILABILITY, LATENCY, LATENCY_SECONDS = 0.999, 0.99, 0.5
SUCCESS, FIRST_TRY, FIRST_TRY_SECONDS, DELIVERY_SECONDS = 0.99, 0.99, 60, 300


@dataclass(frozen=True, kw_only=True)
class Window:
    """A pair of windows in seconds, and how many times too fast a budget must burn in both."""

    long: int
    short: int
    burn: float


FAST = Window(long=HOUR, short=300, burn=14.4)
SLOW = Window(long=6 * HOUR, short=1800, burn=6)
TICKET = Window(long=3 * DAY, short=6 * HOUR, burn=1)


@dataclass(frozen=True, kw_only=True)
class Objective:
    """One objective: `bad` and `all` are expressions over its sources, `floor` events in the long window."""

    kind: str
    name: str
    says: str
    share: float
    sources: tuple[Source, ...]
    all: str
    bad: str
    floor: int
    pages: tuple[Window, ...] = (FAST, SLOW)

    @property
    def windows(self) -> tuple[Window, ...]:
        """All pairs of windows."""
        return (*self.pages, TICKET)

    def expression(self, floor: int) -> str:
        """How many times too fast the budget burns; 0 below the floor."""
        return f"IF({self.all}>={floor},({self.bad})/({self.all})/{1 - self.share:g},0)"

    def subject(self, seconds: int) -> str:
        """What distinguishes the alarm of one window."""
        return f"{self.name}-{_spoken(seconds)}"


def api(watched: Watched) -> tuple[Objective, ...]:
    """Requests are answered without a fault of ours, and fast.

    `x` are requests refused before they reached a target: they are no part of the request count.
    """
    balancer = {"LoadBalancer": watched.server.balancer}

    def source(name: str, metric: str, statistic: str = "Sum") -> Source:
        return Source(
            id=name,
            namespace="AWS/ApplicationELB",
            metric=metric,
            dimensions=balancer,
            statistic=statistic,
        )

    return (
        Objective(
            kind="ApiObjectives",
            name="availability",
            says=f"{AVAILABILITY:.1%} of the API's answers are no 5xx",
            share=AVAILABILITY,
            sources=(
                source("r", "RequestCount"),
                source("t", "HTTPCode_Target_5XX_Count"),
                source("l", "HTTPCode_ELB_5XX_Count"),
                source("x", "HTTPCode_ELB_503_Count"),
            ),
            all="FILL(r,0)+FILL(x,0)",
            bad="FILL(t,0)+FILL(l,0)",
            floor=100,
        ),
        Objective(
            kind="ApiObjectives",
            name="latency",
            says=f"{LATENCY:.0%} of the API's answers take at most {LATENCY_SECONDS} s",
            share=LATENCY,
            sources=(
                source("n", "TargetResponseTime", "SampleCount"),
                source("ok", "TargetResponseTime", f"TC(:{LATENCY_SECONDS})"),
            ),
            all="FILL(n,0)",
            bad="FILL(n,0)-FILL(ok,0)",
            floor=100,
        ),
    )


def renders(watched: Watched, fleet: str) -> tuple[Objective, ...]:
    """Renders start in time and succeed; the customers' own failures count for neither side.

    A budget of five per cent cannot burn more than twenty times too fast: starts have windows of their own.
    """
    names = watched.fleets[fleet]
    dimensions = {"service": "renders", "environment": watched.environment, "fleet": fleet}

    def wait(name: str, statistic: str) -> Source:
        return Source(
            id=name,
            namespace="ClipIt",
            metric="RenderWaitSeconds",
            dimensions=dimensions,
            statistic=statistic,
        )

    def ended(name: str, outcome: str) -> Source:
        return Source(
            id=name,
            namespace="ClipIt",
            metric="RendersEnded",
            dimensions={**dimensions, "outcome": outcome},
            statistic="Sum",
        )

    return (
        Objective(
            kind="RenderObjectives",
            name=f"{fleet}-start",
            says=f"{fleet}: {names.wait_quantile:.0%} of renders start within {names.wait_objective_s:g} s",
            share=names.wait_quantile,
            sources=(wait("n", "SampleCount"), wait("ok", f"TC(:{names.wait_objective_s:g})")),
            all="FILL(n,0)",
            bad="FILL(n,0)-FILL(ok,0)",
            floor=20,
            pages=(Window(long=HOUR, short=300, burn=6), Window(long=6 * HOUR, short=1800, burn=3)),
        ),
        Objective(
            kind="RenderObjectives",
            name=f"{fleet}-success",
            says=f"{fleet}: {SUCCESS:.0%} of renders succeed, the customers' own failures aside",
            share=SUCCESS,
            sources=(ended("s", "succeeded"), ended("f", "failed")),
            all="FILL(s,0)+FILL(f,0)",
            bad="FILL(f,0)",
            floor=20,
        ),
    )


def webhooks(watched: Watched) -> tuple[Objective, ...]:
    """The first try of a webhook comes soon, which is ours alone, and so does its delivery.

    One receiver that is down spends the whole budget of deliveries, so they wake nobody.
    """

    def soon(name: str, metric: str, says: str, seconds: int, pages: tuple[Window, ...]) -> Objective:
        dimensions = {"service": "notifier", "environment": watched.environment}
        n, ok = (
            Source(id=key, namespace="ClipIt", metric=metric, dimensions=dimensions, statistic=statistic)
            for key, statistic in (("n", "SampleCount"), ("ok", f"TC(:{seconds})"))
        )
        return Objective(
            kind="WebhookObjectives",
            name=name,
            says=f"{FIRST_TRY:.0%} of webhooks are {says} within {seconds} s of the end of the render",
            share=FIRST_TRY,
            sources=(n, ok),
            all="FILL(n,0)",
            bad="FILL(n,0)-FILL(ok,0)",
            floor=20,
            pages=pages,
        )

    return (
        soon("webhooks-first-try", "WebhookFirstTrySeconds", "tried", FIRST_TRY_SECONDS, (FAST, SLOW)),
        soon("webhooks-delivery", "WebhookDeliverySeconds", "accepted", DELIVERY_SECONDS, ()),
    )


def all_objectives(watched: Watched) -> list[Objective]:
    """Every objective of a deployment."""
    return [
        *api(watched),
        *(one for fleet in watched.fleets for one in renders(watched, fleet)),
        *webhooks(watched),
    ]


def burn_alarms(objective: Objective) -> Iterator[BurnAlarm]:
    """An alarm for each window; they wake nobody, for a composite alarm pairs them."""
    for window in objective.windows:
        for seconds in (window.long, window.short):
            share = max(seconds / window.long, SMALLEST_FLOOR)
            slow = window is TICKET
            yield BurnAlarm(
                kind=objective.kind,
                subject=_ticket(objective, seconds) if slow else objective.subject(seconds),
                says=f"{objective.says}; the budget burns {window.burn:g} times too fast",
                sources=objective.sources,
                expression=objective.expression(max(1, round(objective.floor * share))),
                threshold=window.burn,
                window_seconds=seconds,
            )


def composites(watched: Watched) -> list[Composite]:
    """One page for each promise, silent while what explains it rings; one ticket for each objective.

    A composite that rings stays silent about its second cause, so tickets are not put together.
    """
    pages = [
        _page("ApiObjectives", "page-api", api(watched), ("ApiWithoutHosts", "")),
        *(
            _page(
                "RenderObjectives",
                f"page-renders-{fleet}",
                renders(watched, fleet),
                ("FunctionErrors", f"{fleet}-scaler"),
            )
            for fleet in watched.fleets
        ),
        _page("WebhookObjectives", "page-webhooks", webhooks(watched), ("FunctionErrors", "notifier")),
    ]
    return [*pages, *(_slowly(objective) for objective in all_objectives(watched))]


def _page(kind: str, name: str, objectives: tuple[Objective, ...], suppressor: tuple[str, str]) -> Composite:
    return Composite(
        kind=kind,
        name=name,
        says=f"an objective is being missed fast: {'; '.join(one.says for one in objectives if one.pages)}",
        topic=Topic.PAGES,
        groups=tuple(
            ((kind, one.subject(window.long)), (kind, one.subject(window.short)))
            for one in objectives
            for window in one.pages
        ),
        suppressor=suppressor,
    )


def _slowly(objective: Objective) -> Composite:
    return Composite(
        kind=objective.kind,
        name=f"ticket-{objective.name}",
        says=f"an objective is being missed slowly: {objective.says}",
        topic=Topic.TICKETS,
        groups=(tuple((objective.kind, _ticket(objective, each)) for each in (TICKET.long, TICKET.short)),),
    )


def _ticket(objective: Objective, seconds: int) -> str:
    """A subject of its own: the six hours of a page have another threshold."""
    return f"{objective.name}-slow-{_spoken(seconds)}"


def _spoken(seconds: int) -> str:
    for size, unit in ((DAY, "d"), (HOUR, "h")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds // 60}min"
