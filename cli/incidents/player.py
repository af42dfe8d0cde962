"""Plays incidents: break, wait for the alarm, type the commands of its page, mend, wait until it is over."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cli.exits import CommandError
from cli.incidents import pages
from cli.incidents.cloud import FLEET, Cloud, Compared
from cli.incidents.incident import Incident
from cli.incidents.pages import INDEX, Line, Page

MORE_MINUTES = 2
"""An alarm may take so much longer than its page says: the minute under way, and the one that judges."""
CALM_MINUTES = 10


@dataclass(frozen=True, kw_only=True)
class Played:
    """What came of one incident; times are minutes of the stack."""

    incident: Incident
    rang_after: int
    page_says: int
    commands: Sequence[Compared]
    over_after: int

    def problems(self) -> list[str]:
        """What the page promised and did not keep."""
        row = Page.read(self.incident.page).cause(self.incident.cause)
        printed = "".join(one.printed for one in self.commands)
        found = [one.mismatch for one in self.commands if one.mismatch]
        found += [f"the page's row does not say {word!r}" for word in self.incident.tells if word not in row]
        found += [f"no command printed {word!r}" for word in self.incident.tells if word not in printed]
        if not re.search(self.incident.figure, printed):
            found.append(f"no command printed {self.incident.figure!r}")
        return found


@dataclass(frozen=True, kw_only=True)
class Player:
    """Plays on one stack."""

    cloud: Cloud
    say: Callable[[str], None]

    def calm(self) -> None:
        """Let a render through and wait: no alarm of the stack may ring.

        Raises:
            CommandError: One did.
        """
        cloud = self.cloud
        cloud.until("no alarm rings", lambda: "ALARM" not in cloud.states().values())
        cloud.heard()
        cloud.submit()
        last, rung = cloud.minutes + CALM_MINUTES, set[str]()

        def over() -> bool:
            late = cloud.minutes >= last
            rung.update(name for name, state in cloud.heard() if state == "ALARM")
            return late or bool(rung)

        cloud.until(f"{CALM_MINUTES} calm minutes", over)
        if rung:
            raise CommandError(f"on a calm day these alarms rang: {', '.join(sorted(rung))}")

    def play(self, incident: Incident) -> Played:
        """One incident from its beginning to its end.

        Raises:
            CommandError: The alarm did not ring in time, or did not end.
        """
        cloud, says = self.cloud, Page.read(incident.page).minutes()
        if not incident.event:
            cloud.until_ok(incident.rings)
        cloud.heard()
        cloud.known.clear()
        cloud.typed.clear()
        cloud.shell.type(pages.shell(FLEET, incident.function))
        self.say(f"{incident.rings}: {incident.cause}")
        late: CommandError | None = None
        with incident.breaks(cloud):
            broken = cloud.minutes
            try:
                self._until_it_rings(incident, says + MORE_MINUTES)
            except CommandError as problem:  # mended all the same, for the incidents that follow
                late = problem
            rang = cloud.minutes
            self._diagnose(incident)
            mended = cloud.minutes
        if late:
            raise late
        if not incident.event:
            cloud.until_ok(incident.rings)
        over = cloud.minutes
        self._see_that_it_is_over(incident)
        return Played(
            incident=incident,
            rang_after=rang - broken,
            page_says=says,
            commands=list(cloud.typed),
            over_after=over - mended,
        )

    def _until_it_rings(self, incident: Incident, minutes: int) -> None:
        cloud, name = self.cloud, self.cloud.name(incident.rings)
        heard = set[tuple[str, str]]()

        def rings() -> bool:
            heard.update(cloud.heard())
            return (name, "ALARM") in heard and (incident.event or cloud.is_in(incident.rings, "ALARM"))

        cloud.until(f"{name} rings and tells its topic", rings, minutes)

    def _diagnose(self, incident: Incident) -> None:
        if not incident.event:
            listed = Page.read(INDEX).command("aws cloudwatch describe-alarms")
            self.cloud.type(INDEX, Line(text=listed.text, prints=re.escape(self.cloud.name(incident.rings))))
        page = Page.read(incident.page)
        reading = [line for line in page.lines("Mitigation") if line.reads]
        for line in (*page.lines("Diagnosis"), *reading):
            if not line.not_played:
                self.cloud.type(incident.page, line)

    def _see_that_it_is_over(self, incident: Incident) -> None:
        if not incident.event:
            self.cloud.type(incident.page, Line(text=f"state {incident.rings}", prints=r"^OK\b"))
        for line in Page.read(incident.page).lines("When it is over"):
            if not line.not_played:
                self.cloud.type(incident.page, line)


def untyped(played: Sequence[Played]) -> list[str]:
    """The commands of which a page says what they print, and that no incident has typed."""
    typed = {(command.page, command.line) for one in played for command in one.commands}
    return [
        f"{kind}.md: no incident typed {line.text!r}"
        for kind in sorted({one.incident.page for one in played})
        for line in Page.read(kind).lines()
        if not line.not_played and (kind, line.text) not in typed
    ]


def unmeasured(cloud: Cloud) -> list[str]:
    """The metrics that an alarm of the stack watches, and that nothing has measured."""
    cloudwatch = cloud.connection.cloudwatch()
    watched = set[tuple[str, str]]()
    for alarm in cloudwatch.describe_alarms(AlarmNamePrefix=cloud.name(""))["MetricAlarms"]:
        of_queries = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one]
        watched |= {(one["Namespace"], one["MetricName"]) for one in of_queries}
        if "MetricName" in alarm:
            watched.add((alarm["Namespace"], alarm["MetricName"]))
    measured = {(one["Namespace"], one["MetricName"]) for one in cloudwatch.list_metrics()["Metrics"]}
    return [f"{namespace} {metric} was never measured" for namespace, metric in sorted(watched - measured)]
