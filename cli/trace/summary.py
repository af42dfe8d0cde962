"""A render in four figures: how long it waited, booted and rendered, and what its instance cost. Pure."""

from dataclasses import dataclass

from cli.stack_place import StackPlace
from cli.trace.facts import Facts
from handlers.jobs.states import EventKind

SECONDS_AN_HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Seconds and USD; None for what is not known, or has not happened.

    `boot_s` is of the instance that had the render first, and None where that was up before the submission.
    """

    wait_s: float | None
    boot_s: float | None
    render_s: float | None
    usd: float | None

    def as_text(self) -> str:
        """One line a figure."""
        shown = {
            "waited": _seconds(self.wait_s),
            "boot": _seconds(self.boot_s),
            "render": _seconds(self.render_s),
            "cost": "unknown" if self.usd is None else f"{self.usd:.6f} USD of the instance",
        }
        return "\n".join(f"{name:<7} {text}" for name, text in shown.items())


def summary_of(facts: Facts, place: StackPlace) -> Summary:
    """The figures of a render; an instance is paid for from its launch, at the fleet's mean price.

    A fleet that was removed has no price any more.
    """
    job, boot = facts.job, _boot_of(facts)
    price_per_hour = place.prices_per_hour.get(job.fleet)
    render = None if job.started_at is None or job.finished_at is None else job.finished_at - job.started_at
    paid = None if render is None else render + (boot or 0.0)
    return Summary(
        wait_s=None if job.started_at is None else job.started_at - job.created_at,
        boot_s=boot,
        render_s=render,
        usd=None if paid is None or price_per_hour is None else paid / SECONDS_AN_HOUR * price_per_hour,
    )


def _boot_of(facts: Facts) -> float | None:
    """The boot, during the first wait, of the instance that claimed first: as its agent measured it.

    Without the agent's line, from the launch to the claim.
    """
    claims = [event for event in facts.events if event.kind is EventKind.CLAIMED]
    if not claims:
        return None
    instance, submitted = claims[0].actor.partition(":")[2], facts.job.created_at
    for line in facts.of("render_agent", "launch_completed"):
        seconds = line.number("BootSeconds")
        if line.text("instance") == instance and line.at >= submitted and seconds is not None:
            return seconds
    launched = [one.began for one in facts.launches if one.instance == instance and one.launching]
    if not launched or launched[0] < submitted:
        return None
    return claims[0].at - launched[0]


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"
