"""Plays incidents: break, wait for the alarm, type the commands of its page, mend, wait until it is over."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cli.exits import CommandError
from cli.incidents import pages
from cli.incidents.cloud import FLEET, PACE, Cloud
from cli.incidents.incident import Incident
from cli.incidents.pages import Page
from cli.incidents.shell import Typed

_MINUTE_S = 60 / PACE
MORE_PERIODS, MORE_MINUTES = 2, 2
"""An alarm may take so much longer than its periods: points beyond them count, and a look is a minute's."""
CALM_MINUTES = 10


@dataclass(frozen=True, kw_only=True)
class Played:
    """What came of one incident; times are minutes of CloudWatch."""

    incident: Incident
    rang_after: float
    within: float
    commands: Sequence[Typed]
    over_after: float
    notified: bool

    def problems(self) -> list[str]:
        """What the page or the alarm promised and did not keep."""
        page = Page.read(self.incident.alarm)
        row = page.cause(self.incident.cause)
        # A number that a command asks for by name is told by its having printed any.
        printed = "".join(one.command + one.printed for one in self.commands if one.printed.strip())
        found = [
            f"{one.command!r} ended with {one.code}: {one.printed[:300]}" for one in self.commands if one.code
        ]
        found += [f"the page's row does not say {word!r}" for word in self.incident.tells if word not in row]
        found += [f"no command printed {word!r}" for word in self.incident.tells if word not in printed]
        return found + ([] if self.notified else ["its topic was not told"])


@dataclass
class Player:
    """Plays on one stack."""

    cloud: Cloud
    say: Callable[[str], None]
    rang: list[str] = field(default_factory=list)

    def calm(self) -> None:
        """Let a render through and wait: no alarm of the stack may ring.

        Raises:
            CommandError: One did.
        """
        self.cloud.wait("every alarm is OK", self._all_ok, 20 * _MINUTE_S + 30)
        self.cloud.heard()
        self.cloud.submit()
        time.sleep(CALM_MINUTES * _MINUTE_S)
        if rung := [name for name, state in self.cloud.heard() if state == "ALARM"]:
            raise CommandError(f"on a calm day these alarms rang: {', '.join(sorted(set(rung)))}")

    def play(self, incident: Incident) -> Played:
        """One incident from its beginning to its end.

        Raises:
            CommandError: The alarm did not ring in time, or did not end.
        """
        cloud, name = self.cloud, self.cloud.name(incident.alarm_name())
        within = self._within(name)
        cloud.wait(f"{name} is OK", lambda: self._in(name, "OK"), 30 * _MINUTE_S)
        cloud.heard()
        self.say(f"{incident.alarm}: {incident.cause}")
        began = time.monotonic()
        with incident.breaks(cloud):
            limit = incident.brews_s + within * _MINUTE_S
            cloud.wait(f"{name} rings", lambda: self._in(name, "ALARM"), limit)
            rang = time.monotonic()
            typed = self._diagnose(incident)
            notified = (name, "ALARM") in cloud.heard()
            mended = time.monotonic()
        cloud.wait(f"{name} is over", lambda: self._in(name, "OK"), incident.brews_s + 30 * _MINUTE_S + 60)
        return Played(
            incident=incident,
            rang_after=(rang - began) / _MINUTE_S,
            within=limit / _MINUTE_S,
            commands=typed,
            over_after=(time.monotonic() - mended) / _MINUTE_S,
            notified=notified,
        )

    def _diagnose(self, incident: Incident) -> list[Typed]:
        self.cloud.shell.type(pages.shell(FLEET, incident.function))
        return [self.cloud.shell.type(line) for line in Page.read(incident.alarm).diagnosis()]

    def _within(self, name: str) -> float:
        """Minutes within which an alarm has to ring, by its own periods."""
        (alarm,) = [one for one in self.cloud.alarms() if one["AlarmName"] == name]
        periods = [
            *([alarm["Period"]] if alarm.get("Period") else []),
            *(one["MetricStat"]["Period"] for one in alarm.get("Metrics", []) if "MetricStat" in one),
        ]
        return (alarm["EvaluationPeriods"] + MORE_PERIODS) * max(periods) / 60 + MORE_MINUTES

    def _in(self, name: str, state: str) -> str | None:
        states = {one["AlarmName"]: one["StateValue"] for one in self.cloud.alarms()}
        return name if states.get(name) == state else None

    def _all_ok(self) -> str | None:
        return None if any(one["StateValue"] == "ALARM" for one in self.cloud.alarms()) else "OK"


def table(played: Sequence[Played]) -> str:
    """The table of what was played, as the pages show it."""
    head = (
        "| Alarm | What was broken | Rang after | Within | Page's commands | Told the cause by | Over after |"
    )
    return "\n".join([head, "| --- | --- | --- | --- | --- | --- | --- |", *(_row(one) for one in played)])


def _row(one: Played) -> str:
    words = ", ".join(f"`{word}`" for word in one.incident.tells)
    cells = [
        f"`{one.incident.alarm}`",
        one.incident.cause.replace("`", ""),
        f"{one.rang_after:.0f} min",
        f"{one.within:.0f} min",
        str(len(one.commands)),
        words,
        f"{one.over_after:.0f} min",
    ]
    return f"| {' | '.join(cells)} |"
