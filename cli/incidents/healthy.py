"""What the commands of the runbooks print before anything is broken, which identifies no cause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cli.incidents.cloud import Cloud
from cli.incidents.incident import Incident
from cli.incidents.pages import Page


@dataclass(frozen=True, kw_only=True)
class Healthy:
    """What each diagnosing command has printed, by its page, the function of the alarm and its line."""

    printed: Mapping[tuple[str, str, str], str]

    def prints(self, incident: Incident, line: str) -> str:
        """What a line of the incident's page has printed."""
        return self.printed.get((incident.page, incident.function, line), "")


def look(cloud: Cloud, incidents: Sequence[Incident]) -> Healthy:
    """Type the diagnosing commands of the incidents' pages; how they end does not matter."""
    printed: dict[tuple[str, str, str], str] = {}
    for page, function in dict.fromkeys((one.page, one.function) for one in incidents):
        cloud.open_shell(function)
        for line in Page.read(page).diagnosing():
            typed = cloud.shell.type(line.filled(cloud.known).text)
            printed[page, function, line.text] = typed.printed
    return Healthy(printed=printed)
