"""What a number of renders an hour needs, by the settings of `prod` and the writes that the code makes.

The quotas of AWS stand in quotas.py with their sources; everything else is counted or read from the settings.
"""

from collections import Counter
from dataclasses import dataclass
from ipaddress import IPv4Network
from math import ceil

from cli.cost import fleets, prices, render
from cli.cost.idle import HOURS
from components.parts.network.subnets import divide
from components.settings import Fleet, Settings
from tests.contracts import quotas

VCPUS = 16
"""Of each type of the fleet `cpu` of `prod`."""
FLEET_MOST = 250
"""What the settings allow of `maximum`."""
CALLS = 10
"""Assumed: calls of the API for a render, the submission and reads until it has ended."""
LOG_KB = 12
"""Assumed: log events of a render, some ten of its agent and one for each call, a KB or less each."""
WAVES = 10
"""An instance refresh replaces a tenth of a group at a time."""
FIRST_MINUTES = 15
"""How long an instance refresh watches its first tenth."""


@dataclass(frozen=True, kw_only=True)
class Writes:
    """Write units of the table with its indexes, and of the busiest index alone.

    `job` are those of a render's transitions, `minute` those of a minute of rendering.
    """

    job: Counter[str]
    minute: Counter[str]

    def of_render(self, seconds: float) -> float:
        """Of one render of so many seconds."""
        return self.job.total() + self.minute.total() * seconds / 60

    def in_place(self, place: str, seconds: float) -> float:
        """Of one render in the table or in one index."""
        return self.job[place] + self.minute[place] * seconds / 60


@dataclass(frozen=True, kw_only=True)
class Needs:
    """The needs of a load on the fleet `cpu` of `prod`."""

    renders: int
    settings: Settings
    writes: Writes

    @property
    def fleet(self) -> Fleet:
        return self.settings.fleets["cpu"]

    @property
    def seconds(self) -> float:
        """The time of one render."""
        return self.fleet.scaling.service_s

    @property
    def a_second(self) -> float:
        return self.renders / 3600

    @property
    def at_once(self) -> float:
        """Renders under way on average (Little's law)."""
        return self.a_second * self.seconds

    @property
    def instances(self) -> int:
        return ceil(self.at_once / (1 - render.USAGE.idle_share))

    @property
    def fleets(self) -> int:
        return ceil(self.instances / FLEET_MOST)

    @property
    def on_demand(self) -> int:
        return ceil(self.instances * self.fleet.on_demand_percent / 100)

    @property
    def launch_minutes(self) -> float:
        """From none to all, each fleet at its limit, without the last boot."""
        return ceil(self.instances / self.fleets) / self.fleet.scaling.launches_per_minute

    @property
    def token_minutes(self) -> float:
        """From none to all in one account, if each launch takes a resource token of `RunInstances`."""
        left = max(0, self.instances - quotas.LAUNCHES_AT_ONCE.figure)
        return left / quotas.LAUNCHES_A_SECOND.figure / 60

    @property
    def units(self) -> float:
        """Write units a second."""
        return self.a_second * self.writes.of_render(self.seconds)

    @property
    def tasks(self) -> int:
        return ceil(self.renders * CALLS / 60 / self.settings.job_server.requests_per_task)

    @property
    def log_gb(self) -> float:
        """A day."""
        return self.renders * 24 * LOG_KB / 1024**2

    @property
    def stored_tb(self) -> float:
        """Videos, when as many expire as come."""
        days = self.settings.storage.output_retention_days
        return self.renders * 24 * days * render.USAGE.output_mb / 1024**2

    @property
    def usd(self) -> float:
        """A month, without what a stack costs idle."""
        stated = self.fleet
        priced = fleets.Fleet(
            minimum=stated.minimum,
            volume_gib=stated.volume_gib,
            on_demand_base=stated.on_demand_base,
            on_demand_percent=stated.on_demand_percent,
            on_demand_price=stated.scaling.on_demand_price,
            spot_price=stated.scaling.spot_price,
            service_s=stated.scaling.service_s,
        )
        usage = render.Usage(write_units=self.writes.of_render(self.seconds))
        return self.renders * HOURS * sum(item.usd for item in render.items(priced, prices.load(), usage))


def addresses(settings: Settings) -> int:
    """Addresses of the private subnets."""
    zones = divide(settings.network.cidr, settings.network.zones)
    return sum(
        IPv4Network(zone.private_cidr).num_addresses - quotas.RESERVED_ADDRESSES.figure for zone in zones
    )


def refresh_hours(fleet: Fleet) -> float:
    """The longest instance refresh of ten instances or more."""
    wave = fleet.boot_deadline_seconds + fleet.drain_deadline_seconds
    return (WAVES * wave / 60 + FIRST_MINUTES) / 60


def ceilings(settings: Settings, writes: Writes) -> dict[str, float]:
    """By limit, the renders an hour at which one stack with one fleet reaches it."""
    fleet, server = settings.fleets["cpu"], settings.job_server
    of_instance = 3600 * (1 - render.USAGE.idle_share) / fleet.scaling.service_s
    share = fleet.on_demand_percent / 100
    price = share * fleet.scaling.on_demand_price + (1 - share) * fleet.scaling.spot_price
    ceiling = fleet.scaling.spend_ceiling
    assert isinstance(ceiling, int | float)
    seconds = fleet.scaling.service_s
    return {
        "`fleets.cpu.maximum`": fleet.maximum * of_instance,
        "`spend_ceiling`": ceiling / price * of_instance,
        "250 instances of a fleet": FLEET_MOST * of_instance,
        "`job_server.maximum_tasks`": server.maximum_tasks * server.requests_per_task * 60 / CALLS,
        "index `by-state`, one fleet": quotas.PARTITION_UNITS.figure
        / writes.in_place("by-state", seconds)
        * 3600,
        "index `by-tenant`, one tenant": quotas.PARTITION_UNITS.figure
        / writes.in_place("by-tenant", seconds)
        * 3600,
        "write units of the table": quotas.TABLE_UNITS.figure / writes.of_render(seconds) * 3600,
        "addresses of the network": addresses(settings) * of_instance,
        "messages in flight": quotas.IN_FLIGHT.figure / seconds * 3600,
    }
