"""Settings of account, network, storage and alarms."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from components.settings.constraints import Between, Cidr, Matching, OneOf
from components.settings.parsing import Checked, Means

# CloudWatch Logs accepts these periods and no others (API reference, PutRetentionPolicy).
RETENTION_DAYS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)
# The description of an event rule, which this is a part of, holds 512 (EventBridge API reference, PutRule).
HTTPS = Matching(
    r"https://[^\s]{1,291}[^/\s]", "an https address of at most 300 characters without a slash at its end"
)
MAIL = Matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "mail addresses such as on-call@example.com")
NAME = Matching(r"[a-z][a-z0-9]{1,7}", "2 to 8 lower-case letters and digits, a letter first")
FEWEST_ZONES, MOST_ZONES = 2, 3


@dataclass(frozen=True, kw_only=True)
class Deployment(Checked):
    """Where the stack lives, whose it is and how careful one must be with it."""

    environment: Annotated[
        str,
        NAME,
        Means("Name of the environment; part of every physical name and tag.", "naming/stack_names"),
    ]
    owner: Annotated[
        str,
        Matching(r"[\w.@-]{2,64}", "2 to 64 letters, digits and . @ _ -"),
        Means("Owner of the stack; the tag `Owner`.", "naming/stack_names"),
    ]
    account_id: Annotated[
        str,
        Matching(r"\d{12}", "12 digits in quotes"),
        Means("The only AWS account the program may touch.", "naming/stack_names, cloud"),
    ]
    region: Annotated[
        str,
        Matching(r"(eu|us)-[a-z]+-\d", "a commercial region of the EU or the US"),
        Means("The only AWS region of the stack.", "naming/stack_names, cloud"),
    ]
    permissions_boundary: Annotated[
        str | None,
        Matching(r"arn:aws:iam::\d{12}:policy/[\w+=,.@-]{1,128}", "the ARN of a policy"),
        Means(
            "Policy that bounds every role: the bootstrap's output of this name; null for none.",
            "naming/stack_names",
        ),
    ]
    protect: Annotated[
        bool,
        Means(
            "Refuse to delete what holds data (table, buckets, key, logs).",
            "job_store, parts/functions/functions, parts/job_server/tasks, "
            "parts/render_fleet/cloudwatch_agent",
        ),
    ]
    log_retention_days: Annotated[
        int,
        OneOf(RETENTION_DAYS),
        Means(
            "Days for which log groups keep events.",
            "parts/functions/functions, parts/job_server/tasks, parts/render_fleet/cloudwatch_agent",
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class Network(Checked):
    """Addresses, zones and the way out."""

    cidr: Annotated[str, Cidr(16, 20), Means("Address range of the VPC.", "network")]
    zones: Annotated[
        tuple[str, ...],
        Matching(r"[a-z]{2}-[a-z]+-\d[a-g]", "availability zones from a to g such as eu-central-1a"),
        Means("Two or three zones.", "network"),
    ]
    nat: Annotated[Literal["none", "one", "per_zone"], Means("Which NAT gateways exist.", "network")]
    interface_endpoints: Annotated[bool, Means("Reach AWS services through interface endpoints.", "network")]
    flow_logs: Annotated[bool, Means("Keep flow logs of the VPC in a bucket of their own.", "network")]

    def conflicts(self) -> Iterator[str]:
        """There must be enough zones, and a way to the AWS services."""
        if not FEWEST_ZONES <= len(self.zones) <= MOST_ZONES:
            yield f"zones: {list(self.zones)} given; two or three zones are allowed."
        if self.nat == "none" and not self.interface_endpoints:
            yield "nat: 'none' given without interface_endpoints; private subnets need one of the two."


@dataclass(frozen=True, kw_only=True)
class Storage(Checked):
    """How long things are kept and how hard it is to lose them."""

    point_in_time_recovery: Annotated[bool, Means("Continuous backups of the table.", "job_store")]
    deletion_protection: Annotated[bool, Means("The table refuses to be deleted.", "job_store")]
    disposable: Annotated[bool, Means("Buckets may be deleted with what they hold.", "job_store, network")]
    job_retention_days: Annotated[
        int, Between(1, 3650), Means("Days after which finished jobs expire.", "job_server")
    ]
    input_retention_days: Annotated[
        int, Between(1, 3650), Means("Days for which assets and large compositions are kept.", "job_store")
    ]
    output_retention_days: Annotated[
        int, Between(1, 3650), Means("Days for which videos are kept.", "job_store")
    ]
    log_retention_days: Annotated[
        int,
        Between(1, 3650),
        Means("Days for which access and flow logs in S3 are kept.", "job_store, network"),
    ]
    key_deletion_days: Annotated[
        int, Between(7, 30), Means("Waiting period before a deleted key is gone.", "job_store")
    ]


@dataclass(frozen=True, kw_only=True)
class Alarms(Checked):
    """Who hears of trouble and from when on it is trouble."""

    runbooks_url: Annotated[
        str,
        HTTPS,
        Means("Where `docs/runbooks/` is published; every alarm links to its page.", "observability"),
    ]
    emails: Annotated[tuple[str, ...], Means("Addresses that receive alarms; may be empty.", "observability")]
    queue_age_seconds: Annotated[
        int,
        Between(60, 86_400),
        Means("Age of the oldest waiting message, in seconds, at which an alarm rings.", "observability"),
    ]

    def conflicts(self) -> Iterator[str]:
        """SNS refuses a subscription without a mail address; no address at all is allowed."""
        if wrong := [address for address in self.emails if MAIL.refuses(address)]:
            yield f"emails: {wrong} given; {MAIL} are allowed."
