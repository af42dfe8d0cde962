"""Address arithmetic of the network: which subnet gets which range. Knows nothing of Pulumi."""

from dataclasses import dataclass
from ipaddress import IPv4Network
from string import ascii_lowercase

PUBLIC_PREFIX_BELOW = 8
# A load balancer grows into a /27 of each zone (Elastic Load Balancing user guide, "Subnets").
NARROWEST_PUBLIC_PREFIX = 27
PRIVATE_PREFIX_BELOW = 3
# All eighths but the one of the public subnets.
MOST_ZONES = 2**PRIVATE_PREFIX_BELOW - 1


@dataclass(frozen=True, kw_only=True)
class ZoneSubnets:
    """The two ranges of one zone."""

    zone: str
    letter: str
    public_cidr: str
    private_cidr: str


def divide(cidr: str, zones: tuple[str, ...]) -> tuple[ZoneSubnets, ...]:
    """Divide a range: the first eighth holds the public subnets, each zone has an eighth of its own.

    A zone's ranges follow from its letter alone, so that other zones come and go beside it.

    Raises:
        ValueError: when the range is no network address, or a zone's letter comes after g.
    """
    network = IPv4Network(cidr)
    eighths = list(network.subnets(prefixlen_diff=PRIVATE_PREFIX_BELOW))
    prefix = min(NARROWEST_PUBLIC_PREFIX, network.prefixlen + PUBLIC_PREFIX_BELOW)
    narrow = list(eighths[0].subnets(new_prefix=prefix))
    return tuple(
        ZoneSubnets(
            zone=zone,
            letter=zone[-1],
            public_cidr=str(narrow[_position(zone)]),
            private_cidr=str(eighths[_position(zone) + 1]),
        )
        for zone in sorted(zones)
    )


def _position(zone: str) -> int:
    position = ascii_lowercase.index(zone[-1])
    if position >= MOST_ZONES:
        last = ascii_lowercase[MOST_ZONES - 1]
        raise ValueError(f"The zone {zone} has no range of its own; zones up to the letter {last} have one.")
    return position
