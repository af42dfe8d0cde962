"""Address arithmetic of the network: which subnet gets which range. Knows nothing of Pulumi."""

from dataclasses import dataclass
from ipaddress import IPv4Network

# A load balancer needs 8 free addresses in each of its subnets; a /24 leaves room for NAT and more.
PUBLIC_PREFIX_BELOW = 8
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
    narrow = list(eighths[0].subnets(new_prefix=min(28, network.prefixlen + PUBLIC_PREFIX_BELOW)))
    return tuple(
        ZoneSubnets(
            zone=zone,
            letter=zone[-1],
            public_cidr=str(narrow[position]),
            private_cidr=str(eighths[position + 1]),
        )
        for position, zone in enumerate(zones)
    )
