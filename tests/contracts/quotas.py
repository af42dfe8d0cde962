"""The default quotas of AWS that docs/operations/scale.md names, each with its source."""

from dataclasses import dataclass
from datetime import date

_AWS = "https://docs.aws.amazon.com/"
_SPOT = ("Spot Instance quotas", "AWSEC2/latest/UserGuide/using-spot-limits.html")
_THROTTLING = ("Request throttling for the Amazon EC2 API", "ec2/latest/devguide/ec2-api-throttling.html")
_GROUPS = (
    "Quotas for Auto Scaling resources and groups",
    "autoscaling/ec2/userguide/ec2-auto-scaling-quotas.html",
)
_ECS = ("Amazon ECS service quotas", "AmazonECS/latest/developerguide/service-quotas.html")
_TABLES = ("Quotas in Amazon DynamoDB", "amazondynamodb/latest/developerguide/ServiceQuotas.html")
_ON_DEMAND = (
    "DynamoDB on-demand capacity mode",
    "amazondynamodb/latest/developerguide/on-demand-capacity-mode.html",
)
_WARM = (
    "Understanding DynamoDB warm throughput in different scenarios",
    "amazondynamodb/latest/developerguide/warm-throughput-scenarios.html",
)
_QUEUES = (
    "Amazon SQS standard queue quotas",
    "AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html",
)
_SUBNETS = ("CreateSubnet", "AWSEC2/latest/APIReference/API_CreateSubnet.html")


@dataclass(frozen=True)
class Quota:
    """A figure of AWS in the unit of its name.

    `source` is the title of a page at docs.aws.amazon.com, and its path.
    """

    name: str
    figure: int
    source: tuple[str, str]
    read: date = date(2026, 11, 30)

    def row(self) -> str:
        """The quota as a row of the page's table."""
        title, path = self.source
        return f"| {self.name} | {self.figure:,} | [{title}]({_AWS}{path}) | {self.read} |"


LAUNCHES_AT_ONCE = Quota("Launches at once, of an account in a region", 1_000, _THROTTLING)
LAUNCHES_A_SECOND = Quota("Launches a second after that", 2, _THROTTLING)
PARTITION_UNITS = Quota("Write units a second of one partition", 1_000, _WARM)
TABLE_UNITS = Quota("Write units a second of an on-demand table", 40_000, _TABLES)
IN_FLIGHT = Quota("Messages in flight of a standard queue", 120_000, _QUEUES)
RESERVED_ADDRESSES = Quota("Addresses of a subnet that AWS keeps", 5, _SUBNETS)

ALL = (
    Quota("vCPU of Standard spot instances", 5, _SPOT),
    Quota("vCPU of G and VT spot instances", 0, _SPOT),
    LAUNCHES_AT_ONCE,
    LAUNCHES_A_SECOND,
    Quota("Auto Scaling groups of a region", 500, _GROUPS),
    Quota("Tasks that a service launches on Fargate in a minute", 500, _ECS),
    TABLE_UNITS,
    Quota("Writes a second of a new on-demand table", 4_000, _ON_DEMAND),
    PARTITION_UNITS,
    Quota("Readers of a shard of a table's stream", 2, _TABLES),
    IN_FLIGHT,
    RESERVED_ADDRESSES,
)
"""In the order of the page."""
