"""The settings of a stack: what each section of a stack file may say and in which range."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from components.settings.constraints import Matching
from components.settings.fleet import Fleet
from components.settings.parsing import Checked, SettingsError, read
from components.settings.platform import Alarms, Deployment, Network, Storage
from components.settings.service import JobServer, Renders, Webhooks

NAMESPACE = "clip-it"
FLEET_NAME = Matching(r"[a-z][a-z0-9]{1,11}", "2 to 12 lower-case letters and digits, a letter first")
# Labels of the associations that keep all fleets up to date; a fleet's own association has its name.
RESERVED_NAMES = frozenset({"inventory"})
# The variables of a function have 4 KB together (Lambda developer guide, "Quotas"): the sweeper's hold two
# addresses for each fleet, and the names of those that were removed.
MOST_FLEETS = 12


@dataclass(frozen=True, kw_only=True)
class Settings(Checked):
    """All settings of a stack; each field is a section `clip-it:<name>` of its file."""

    deployment: Deployment
    network: Network
    storage: Storage
    job_server: JobServer
    renders: Renders
    webhooks: Webhooks
    alarms: Alarms
    fleets: Mapping[str, Fleet]

    def conflicts(self) -> Iterator[str]:
        """Sections must fit each other."""
        if self.renders.default_fleet not in self.fleets:
            names = ", ".join(self.fleets)
            given = self.renders.default_fleet
            yield f"renders.default_fleet: {given!r} given; one of the fleets ({names}) is allowed."
        if len(self.fleets) > MOST_FLEETS:
            yield f"fleets: {len(self.fleets)} given; at most {MOST_FLEETS} are allowed."
        for zone in self.network.zones:
            if not zone.startswith(self.deployment.region):
                yield f"network.zones: {zone!r} given; a zone of {self.deployment.region} is allowed."
        bound = self.deployment.permissions_boundary
        if bound is not None and f"::{self.deployment.account_id}:" not in bound:
            wanted = self.deployment.account_id
            yield f"deployment.permissions_boundary: {bound!r} given; one of the account {wanted} is allowed."
        given = self.job_server.certificate_arn
        for what, wanted in (
            ("", self.deployment.region),
            ("the account ", self.deployment.account_id),
        ):
            if f":{wanted}:" not in given:
                yield f"job_server.certificate_arn: {given!r} given; one of {what}{wanted} is allowed."
        for name, fleet in self.fleets.items():
            yield from self._of_fleet(name, fleet)

    def _of_fleet(self, name: str, fleet: Fleet) -> Iterator[str]:
        if FLEET_NAME.refuses(name):
            yield f"fleets.{name}: not a fleet's name; {FLEET_NAME} are allowed."
        if name in RESERVED_NAMES:
            yield f"fleets.{name}: an association of every fleet is called so; choose another name."
        if fleet.drain_deadline_seconds < self.renders.job_timeout_seconds:
            yield (
                f"fleets.{name}.drain_deadline_seconds: {fleet.drain_deadline_seconds} given; "
                f"at least renders.job_timeout_seconds ({self.renders.job_timeout_seconds}) is allowed."
            )


def parse(values: Mapping[str, object]) -> Settings:
    """Settings of a stack from the objects of its file.

    Raises:
        SettingsError: naming every unknown, missing or unusable setting at once.
    """
    problems: list[str] = []
    settings = read(Settings, values, f"{NAMESPACE}:", problems)
    if settings is None or problems:
        raise SettingsError(problems)
    return settings
