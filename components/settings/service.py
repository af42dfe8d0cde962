"""Settings of the API, of a render's life and of webhooks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from components.settings.constraints import Between, Cidr, Matching, OneOf
from components.settings.parsing import Checked, Means

# Fargate's pairs of CPU units and MiB (ECS developer guide, "Task CPU and memory").
FARGATE_MEMORY = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4097, 1024)),
    1024: tuple(range(2048, 8193, 1024)),
    2048: tuple(range(4096, 16385, 1024)),
    4096: tuple(range(8192, 30721, 1024)),
}
# A security group takes 60 rules for arriving traffic (VPC user guide, "Amazon VPC quotas"); each range needs
# one for port 443 and one for port 80.
MOST_RANGES = 30


@dataclass(frozen=True, kw_only=True)
class JobServer(Checked):
    """Size and entrance of the public API."""

    domain: Annotated[
        str,
        Matching(r"([a-z0-9-]+\.)+[a-z]+", "a domain name"),
        Means("Domain name of the API.", "job_server"),
    ]
    zone_id: Annotated[
        str | None,
        Matching(r"Z[A-Z0-9]{5,31}", "a hosted zone id"),
        Means("Route 53 zone for the domain name; with null you create the record yourself.", "job_server"),
    ]
    certificate_arn: Annotated[
        str,
        Matching(r"arn:aws:acm:[\w-]+:\d{12}:certificate/[\w-]+", "the ARN of an ACM certificate"),
        Means("Certificate of the HTTPS listener.", "job_server"),
    ]
    image_repository: Annotated[
        str,
        Matching(
            r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/[a-z0-9._/-]{2,256}",
            "the address of an ECR repository, without a tag",
        ),
        Means(
            "Repository of the container image: the bootstrap's output of this name. The tag comes from the "
            "sources.",
            "job_server",
        ),
    ]
    cpu: Annotated[int, OneOf(tuple(FARGATE_MEMORY)), Means("CPU units of a task.", "job_server")]
    memory: Annotated[int, Between(512, 30720), Means("MiB of a task; must fit the CPU units.", "job_server")]
    minimum_tasks: Annotated[int, Between(1, 100), Means("Minimum number of tasks.", "job_server")]
    maximum_tasks: Annotated[int, Between(1, 100), Means("Maximum number of tasks.", "job_server")]
    cpu_target_percent: Annotated[
        int,
        Between(10, 90),
        Means("Average CPU utilization that the service scales to, in percent.", "job_server"),
    ]
    requests_per_task: Annotated[
        int,
        Between(1, 100_000),
        Means("Requests per minute and task that the service scales to.", "job_server"),
    ]
    allowed_cidrs: Annotated[
        tuple[str, ...], Cidr(0, 32), Means("Who may reach the load balancer.", "job_server")
    ]
    firewall: Annotated[bool, Means("Put a web ACL in front of the load balancer.", "job_server")]
    deletion_protection: Annotated[bool, Means("The load balancer refuses to be deleted.", "job_server")]

    def conflicts(self) -> Iterator[str]:
        """Fargate sells CPU and memory in pairs; the least must not exceed the most."""
        if self.memory not in FARGATE_MEMORY.get(self.cpu, (self.memory,)):
            sizes = ", ".join(str(size) for size in FARGATE_MEMORY[self.cpu])
            yield f"memory: {self.memory} given; with cpu {self.cpu} one of {sizes} is allowed."
        if len(self.allowed_cidrs) > MOST_RANGES:
            given = len(self.allowed_cidrs)
            yield f"allowed_cidrs: {given} ranges given; at most {MOST_RANGES} are allowed, two rules each."
        if self.minimum_tasks > self.maximum_tasks:
            most = self.maximum_tasks
            yield f"minimum_tasks: {self.minimum_tasks} given; at most maximum_tasks ({most}) is allowed."


SILENT_HEARTBEATS = 3
"""A worker without so many heartbeats is silent: the scaler replaces it."""


@dataclass(frozen=True, kw_only=True)
class Renders(Checked):
    """The rules of one render's life."""

    default_fleet: Annotated[str, Means("Fleet for renders that name none.", "job_server")]
    attempt_limit: Annotated[
        int,
        Between(1, 10),
        Means("Attempts before a render fails.", "job_server, render_agent, sweeper"),
    ]
    receive_limit: Annotated[
        int, Between(1, 20), Means("Deliveries of a message before it is dead-lettered.", "render_queue")
    ]
    heartbeat_seconds: Annotated[
        int, Between(1, 60), Means("Time between two signs of life of an agent.", "render_agent")
    ]
    lease_seconds: Annotated[
        int,
        Between(3, 3600),
        Means("Time for which a claim holds without renewal.", "render_agent, render_queue"),
    ]
    job_timeout_seconds: Annotated[
        int,
        Between(10, 6000),
        Means("Longest run of the engine for one attempt.", "render_agent, render_fleet"),
    ]
    stall_seconds: Annotated[
        int,
        Between(5, 3600),
        Means("Longest silence of the engine: no progress and no output.", "render_agent"),
    ]
    dispatch_grace_seconds: Annotated[
        int, Between(1, 600), Means("Age at which an undispatched render is sent again.", "sweeper")
    ]
    tenant_queued_limit: Annotated[
        int,
        Between(1, 100_000),
        Means(
            "Queued renders of a tenant in a fleet above which the API answers 429; "
            "n tasks at once let in n times as many at most.",
            "job_server",
        ),
    ]

    @property
    def silence_seconds(self) -> int:
        """Seconds without a heartbeat after which a worker is silent."""
        return SILENT_HEARTBEATS * self.heartbeat_seconds

    def conflicts(self) -> Iterator[str]:
        """Each time fits into the one that it is a part of; every attempt needs a delivery of its message."""
        if self.lease_seconds < self.silence_seconds:
            given, least = self.lease_seconds, self.silence_seconds
            yield f"lease_seconds: {given} given; at least three heartbeats ({least}) is allowed."
        if self.stall_seconds >= self.job_timeout_seconds:
            given, most = self.stall_seconds, self.job_timeout_seconds
            yield f"stall_seconds: {given} given; less than job_timeout_seconds ({most}) is allowed."
        if self.receive_limit < self.attempt_limit:
            given, least = self.receive_limit, self.attempt_limit
            yield f"receive_limit: {given} given; attempt_limit ({least}) or more is allowed."


@dataclass(frozen=True, kw_only=True)
class Webhooks(Checked):
    """Where and how often webhooks are sent."""

    targets: Annotated[
        Literal["public", "any"],
        Means("Whether private addresses may receive webhooks.", "job_server, notifier"),
    ]
    delivery_limit: Annotated[
        int, Between(1, 15), Means("Deliveries tried before a webhook is dead-lettered.", "notifier")
    ]
