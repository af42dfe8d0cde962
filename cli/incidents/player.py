"""Plays incidents: break, wait for the alarms, type the commands of their pages, mend, wait for OK."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cli.exits import CommandError, Exit
from cli.incidents.cloud import Cloud, Compared
from cli.incidents.incident import Incident
from cli.incidents.pages import INDEX, Line, Page
from cli.incidents.played import Played

MORE_MINUTES = 2
"""An alarm may take so much longer than its page says: the minute under way, and the one that judges."""


@dataclass
class _Ringing:
    """Which of the alarms that a break makes ring have rung, and after how many minutes."""

    cloud: Cloud
    incidents: Sequence[Incident]
    began: dict[str, int] = field(default_factory=dict)
    rang_after: dict[str, int] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)
    """The alarms that have told a topic that they ring."""

    def all_or_late(self) -> bool:
        """Look once; whether there is nothing to wait for any more."""
        now = self.cloud.minutes  # first: whatever happened by the end of the last minute is heard below
        self.heard.update(name for name, state in self.cloud.heard() if state == "ALARM")
        for one in self.incidents:
            if one.rings not in self.began and (one.shows is None or one.shows(self.cloud)):
                self.began[one.rings] = now
            if one.rings in self.began and self.cloud.name(one.rings) in self.heard:
                self.rang_after.setdefault(one.rings, self.cloud.minutes - self.began[one.rings])
        waiting = [one for one in self.incidents if one.rings not in self.rang_after]
        return not waiting or any(now >= self.began.get(one.rings, now) + _most(one) for one in waiting)

    def late(self) -> list[str]:
        """What is said of the alarms that did not ring in time."""
        return [
            f"{self.cloud.name(one.rings)} rings and tells its topic: "
            f"not within {_most(one)} minutes of the stack"
            for one in self.incidents
            if one.rings not in self.rang_after
        ]


def _most(incident: Incident) -> int:
    """Within how many minutes its alarm must ring."""
    return Page.read(incident.page).minutes() + MORE_MINUTES


@dataclass(frozen=True, kw_only=True)
class Player:
    """Plays on one stack."""

    cloud: Cloud
    say: Callable[[str], None]

    def play(self, together: Sequence[Incident]) -> list[Played]:
        """Incidents of one break, from the beginning to the end.

        Raises:
            CommandError: An alarm did not ring in time, or did not end.
        """
        cloud, lasting = self.cloud, [one.rings for one in together if not one.event]
        for alarm in lasting:
            cloud.until_ok(alarm)
        cloud.heard()
        cloud.known.clear()
        cloud.typed.clear()
        cloud.open_shell(together[0].function)
        self.say(", ".join(f"{one.rings}: {one.cause}" for one in together))
        ringing = _Ringing(cloud=cloud, incidents=together)
        with together[0].breaks(cloud):
            cloud.until("the alarms ring", ringing.all_or_late)
            diagnosed = self._diagnosed(together)
            before, mended = len(cloud.typed), cloud.minutes
        mending = cloud.typed[before:]
        if late := ringing.late():  # it was mended all the same, for the incidents that follow
            raise CommandError("\n".join(late), Exit.TOO_LATE)
        if skipped := max(one.skips for one in together):
            cloud.skip(skipped)
        for alarm in lasting:
            cloud.until_ok(alarm)
        over = cloud.minutes
        ringing.all_or_late()
        pages = {one.page for one in together}
        return [
            Played(
                incident=one,
                rang_after=ringing.rang_after[one.rings],
                page_says=Page.read(one.page).minutes(),
                commands=[
                    *diagnosed[one.rings],
                    *(each for each in mending if each.page == one.page or each.page not in pages),
                    *self._seen_over(one),
                ],
                over_after=over - mended,
                rang_too=[name for name in one.silent if cloud.name(name) in ringing.heard],
            )
            for one in together
        ]

    def _diagnosed(self, together: Sequence[Incident]) -> dict[str, list[Compared]]:
        """The commands of each incident; all alarms are listed first, for some ring for minutes only."""
        listed = {
            one.rings: [] if one.event else self._typed(INDEX, [_listing(self.cloud, one)])
            for one in together
        }
        found = {}
        for one in together:
            self.cloud.open_shell(one.function)
            lines = Page.read(one.page).diagnosing()
            found[one.rings] = [*listed[one.rings], *self._typed(one.page, lines, diagnosing=True)]
        return found

    def _seen_over(self, incident: Incident) -> list[Compared]:
        self.cloud.open_shell(incident.function)
        state = Line(text=f"state {incident.rings}", prints=r"^OK\b")
        lines = [line for line in Page.read(incident.page).lines("When it is over") if not line.not_played]
        return self._typed(incident.page, lines if incident.event else [state, *lines])

    def _typed(self, page: str, lines: Sequence[Line], *, diagnosing: bool = False) -> list[Compared]:
        before = len(self.cloud.typed)
        for line in lines:
            self.cloud.type(page, line, diagnosing=diagnosing)
        return self.cloud.typed[before:]


def _listing(cloud: Cloud, incident: Incident) -> Line:
    """The command of the index that lists what rings, and that it lists this alarm."""
    listed = Page.read(INDEX).command("aws cloudwatch describe-alarms")
    return Line(text=listed.text, prints=re.escape(cloud.name(incident.rings)))


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
