"""Address arithmetic of the network: which subnet gets which range. Knows nothing of Pulumi."""

from dataclasses import dataclass
from ipaddress import IPv4Network

PUBLIC_PREFIX_BELOW = 8
# A load balancer grows into a /27 of each zone (Elastic Load Balancing user guide, "Subnets").
NARROWEST_PUBLIC_PREFIX = 27
PRIVATE_PREFIX_BELOW = 3


@dataclass(frozen=True, kw_only=True)
class ZoneSubnets:
    """The two ranges of one zone."""

    zone: str
    letter: str
    public_cidr: str
    private_cidr: str


def divide(cidr: str, zones: tuple[str, ...]) -> tuple[ZoneSubnets, ...]:
    """Divide a range: the first eighth holds the public subnets, each zone has an eighth of its own.

    Raises:
        ValueError: when the range is no network address.
    """
    network = IPv4Network(cidr)
    eighths = list(network.subnets(prefixlen_diff=PRIVATE_PREFIX_BELOW))
    prefix = min(NARROWEST_PUBLIC_PREFIX, network.prefixlen + PUBLIC_PREFIX_BELOW)
    narrow = list(eighths[0].subnets(new_prefix=prefix))
    return tuple(
        ZoneSubnets(
            zone=zone,
            letter=zone[-1],
            public_cidr=str(narrow[position]),
            private_cidr=str(eighths[position + 1]),
        )
        for position, zone in enumerate(zones)
    )
