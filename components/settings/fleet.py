"""The settings of one fleet: its instances, their engine, and limits such as the idle time before scale-in.

Their values are under `clip-it:fleets` in Pulumi.<stack>.yaml. To change a value, or to add a fleet
(docs/how-to/add-a-fleet.md), edit only that file; change this file to add a setting or to allow other values.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Annotated, Literal

from components.settings.constraints import Between, Matching
from components.settings.parsing import Checked, Means

IMAGE = Matching(
    r"ami-[0-9a-f]{8,17}|resolve:ssm:/[\w./-]+",
    "an image id (ami-…) or resolve:ssm:/<public parameter>",
)


# The agent's unit hides these folders from the agent (systemd.exec, ProtectHome and PrivateTmp), and the last
# three hold no files of a disk.
HIDDEN_FOLDERS = (
    *("/home", "/root", "/run/user", "/tmp", "/var/tmp"),  # noqa: S108 - refused here
    *("/dev", "/proc", "/sys"),
)
MIB_OF_GIB = 1024
# A mixed instances policy takes 40 overrides (EC2 Auto Scaling API reference, LaunchTemplate).
MOST_TYPES = 40
# Agent, engine and image are x86-64. Graviton families have a g behind their generation, and a1 is one
# (EC2 instance types guide, "Naming conventions"); Macs have processors of Apple from mac2 on.
ARM_TYPE = re.compile(r"a1\.|mac(?!1\.)|[a-z]+\d+g[a-z]*[.-]")


@dataclass(frozen=True, kw_only=True)
class Scaling(Checked):
    """What the scaler aims for and what it may spend."""

    wait_objective_s: Annotated[
        int,
        Between(1, 86_400),
        Means("Longest wait for the share of renders given by `wait_quantile`.", "scaler"),
    ]
    wait_quantile: Annotated[
        float, Between(0.5, 0.999), Means("Share of renders that start within the objective.", "scaler")
    ]
    service_s: Annotated[
        float,
        Between(0.1, 86_400),
        Means("Expected seconds per render, used until renders have finished.", "scaler"),
    ]
    boot_s: Annotated[
        float,
        Between(0.1, 3600),
        Means("Expected seconds from launch to ready, used until boots have been measured.", "scaler"),
    ]
    idle_before_scale_in_s: Annotated[
        float | Literal["priced", "never"],
        Means(
            "Idle time before scale-in: seconds, `priced` (by the idle gaps seen, up to a boot) or `never`.",
            "scaler",
        ),
    ]
    billing_minimum_s: Annotated[
        int, Between(0, 3600), Means("Seconds that AWS bills at least for each instance.", "scaler")
    ]
    wait_price: Annotated[
        float,
        Between(0, 1000),
        Means("Instance-seconds that one second of waiting is worth.", "scaler"),
    ]
    launch_deadline_s: Annotated[
        float,
        Between(1, 3600),
        Means(
            "Longest time from launch until the bootstrap begins, in seconds; what it needs less is the "
            "bootstrap's.",
            "scaler",
        ),
    ]
    bootstrap_deadline_s: Annotated[
        float,
        Between(1, 7200),
        Means(
            "Longest time from the start of the bootstrap until the agent registers, in seconds.", "scaler"
        ),
    ]
    heartbeat_deadline_s: Annotated[
        float,
        Between(1, 3600),
        Means("Longest time from registration until the instance is in service, in seconds.", "scaler"),
    ]
    replacements: Annotated[
        int,
        Between(1, 250),
        Means("Replacements within `replacement_window_s` before the fleet breaker opens.", "scaler"),
    ]
    replacement_window_s: Annotated[
        int, Between(1, 86_400), Means("Window in which replacements are counted, in seconds.", "scaler")
    ]
    launches_per_minute: Annotated[int, Between(1, 250), Means("Maximum launches per minute.", "scaler")]
    unfulfilled_s: Annotated[
        float,
        Between(1, 86_400),
        Means("Seconds below desired capacity before the capacity breaker opens.", "scaler"),
    ]
    breaker_open_s: Annotated[
        float,
        Between(1, 86_400),
        Means("Seconds before an open breaker lets one probe through.", "scaler"),
    ]
    on_demand_price: Annotated[
        float, Between(0.0001, 1000), Means("Price of an on-demand instance hour.", "scaler")
    ]
    spot_price: Annotated[float, Between(0, 1000), Means("Price of a spot instance hour.", "scaler")]
    spend_ceiling: Annotated[
        float | Literal["unlimited"], Means("Maximum cost per hour, or `unlimited`.", "scaler")
    ]

    def conflicts(self) -> Iterator[str]:
        """A number beside words is one of seconds, or of money that buys something."""
        idle, ceiling = self.idle_before_scale_in_s, self.spend_ceiling
        if not isinstance(idle, str) and not 0 <= idle < inf:
            yield f"idle_before_scale_in_s: {idle} given; 0 or more, priced or never is allowed."
        if not isinstance(ceiling, str) and not 0 < ceiling < inf:
            yield f"spend_ceiling: {ceiling} given; above 0, or unlimited, is allowed."

    @property
    def boot_stages_s(self) -> float:
        """The deadlines of all stages of a boot together."""
        return self.launch_deadline_s + self.bootstrap_deadline_s + self.heartbeat_deadline_s


@dataclass(frozen=True, kw_only=True)
class Fleet(Checked):
    """One fleet: its instances, what is installed on them and how it is sized."""

    image_id: Annotated[str, IMAGE, Means("Machine image of the instances.", "render_fleet")]
    instance_types: Annotated[
        tuple[str, ...],
        Matching(r"[a-z][a-z0-9]+\.[a-z0-9-]+", "instance types such as c7i.2xlarge"),
        Means("Instance types, in order of preference.", "render_fleet"),
    ]
    on_demand_base: Annotated[int, Between(0, 250), Means("Instances that are never spot.", "render_fleet")]
    on_demand_percent: Annotated[
        int, Between(0, 100), Means("Percentage of on-demand instances above the base.", "render_fleet")
    ]
    volume_gib: Annotated[
        int, Between(8, 16_384), Means("Size of the encrypted root volume, in GiB.", "render_fleet")
    ]
    minimum: Annotated[int, Between(0, 250), Means("Minimum number of instances.", "render_fleet, scaler")]
    maximum: Annotated[int, Between(1, 250), Means("Maximum number of instances.", "render_fleet, scaler")]
    boot_deadline_seconds: Annotated[
        int, Between(30, 7200), Means("Seconds an instance has to become ready.", "render_fleet, scaler")
    ]
    drain_deadline_seconds: Annotated[
        int,
        Between(30, 7200),
        Means("Seconds a terminating instance has to finish or hand back its job.", "render_fleet"),
    ]
    health_grace_seconds: Annotated[
        int, Between(60, 1800), Means("Seconds before the health of a new instance counts.", "render_fleet")
    ]
    tenant_maximum: Annotated[
        int,
        Between(1, 250),
        Means(
            "Renders of one tenant that the fleet does at once; below the maximum, others find an instance "
            "also while one tenant floods the fleet.",
            "render_agent",
        ),
    ]
    maximum_lifetime_days: Annotated[
        int, Between(1, 365), Means("Days after which an instance is replaced.", "render_fleet")
    ]
    engine: Annotated[
        str,
        Matching(r"reference|image|[\w./-]+\.zip", "reference, image or the path of a zip archive"),
        Means(
            "Engine that instances install: `reference`, an archive of your own, or `image` for one that "
            "the machine image has.",
            "engine_bundle",
        ),
    ]
    engine_description: Annotated[
        str,
        Matching(r"reference|mp4|[\w./-]+\.json", "reference, mp4 or the path of a JSON file"),
        Means(
            "What the engine can do: `reference`, `mp4` for one that makes MP4 alone, or a file of it.",
            "engine_description, job_server",
        ),
    ]
    engine_command: Annotated[
        str,
        Matching(r"[\w./][\w./-]*( [\w./=-]+)*", "a command with plain arguments"),
        Means(
            "Command that starts the engine, looked up in the archive's folder `bin`, then on PATH.",
            "fleet_bootstrap, render_agent",
        ),
    ]
    install_root: Annotated[
        str,
        Matching(r"[\w./-]+", "a path"),
        Means("Folder for the agent and its work files on an instance.", "fleet_bootstrap, render_agent"),
    ]
    minimum_free_mib: Annotated[
        int,
        Between(1, 1_000_000),
        Means("Free disk space that an instance needs to pass its checks, in MiB.", "fleet_bootstrap"),
    ]
    scaling: Annotated[Scaling, Means("Objectives and limits of the scaler.", "scaler")]

    def conflicts(self) -> Iterator[str]:
        """Sizes are in order, types fit the image, and the stages of a boot add up to the whole of it."""
        yield from self._types()
        yield from self._folder()
        stages = self.scaling.boot_stages_s
        if stages != self.boot_deadline_seconds:
            yield (
                f"boot_deadline_seconds: {self.boot_deadline_seconds} given; {stages:g} is needed, the sum "
                "of scaling.launch_deadline_s, bootstrap_deadline_s and heartbeat_deadline_s."
            )
        free, volume = self.minimum_free_mib, self.volume_gib * MIB_OF_GIB
        if free >= volume:
            yield f"minimum_free_mib: {free} given; less than volume_gib ({volume} MiB) is allowed."
        if self.minimum > self.maximum:
            yield f"minimum: {self.minimum} given; at most maximum ({self.maximum}) is allowed."
        if self.on_demand_base > self.maximum:
            yield f"on_demand_base: {self.on_demand_base} given; at most maximum ({self.maximum}) is allowed."
        ceiling, floor = self.scaling.spend_ceiling, self.minimum * self.scaling.on_demand_price
        if not isinstance(ceiling, str) and ceiling < floor:
            yield (
                f"scaling.spend_ceiling: {ceiling} given; at least {floor:g} is needed, the price of "
                f"the minimum ({self.minimum}) when all of it is on-demand."
            )

    def _folder(self) -> Iterator[str]:
        root = self.install_root
        if {"", ".", ".."}.intersection(root.removeprefix("/").split("/")):
            yield f"install_root: {root!r} given; a path without empty parts, . and .. is allowed."
        elif hidden := [name for name in HIDDEN_FOLDERS if f"{root}/".startswith(f"{name}/")]:
            yield f"install_root: {root} given; a folder outside {hidden[0]} is allowed."

    def _types(self) -> Iterator[str]:
        if len(self.instance_types) > MOST_TYPES:
            yield f"instance_types: {len(self.instance_types)} given; at most {MOST_TYPES} are allowed."
        if arm := [kind for kind in self.instance_types if ARM_TYPE.match(kind)]:
            yield f"instance_types: {', '.join(arm)} given; types with x86-64 processors are allowed."
