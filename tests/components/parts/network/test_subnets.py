"""Address arithmetic; the table pins what is deployed, so that nothing is re-addressed by accident."""

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.parts.network.subnets import divide

ZONES = ("eu-central-1a", "eu-central-1b", "eu-central-1c")
# A load balancer grows into its subnets: AWS asks for a /27 or wider.
SMALLEST = 32


def test_addresses_of_prod_stay_what_they_are() -> None:
    assert [(one.letter, one.public_cidr, one.private_cidr) for one in divide("10.10.0.0/16", ZONES)] == [
        ("a", "10.10.0.0/24", "10.10.32.0/19"),
        ("b", "10.10.1.0/24", "10.10.64.0/19"),
        ("c", "10.10.2.0/24", "10.10.96.0/19"),
    ]


@given(prefix=st.integers(16, 20), block=st.integers(0, 2**16 - 1), count=st.integers(2, 3))
def test_subnets_lie_inside_never_overlap_and_hold_a_balancer(prefix: int, block: int, count: int) -> None:
    network = IPv4Network((block << 16, prefix))
    subnets = [
        IPv4Network(cidr)
        for one in divide(str(network), ZONES[:count])
        for cidr in (one.public_cidr, one.private_cidr)
    ]
    assert all(subnet.subnet_of(network) for subnet in subnets)
    assert not any(left.overlaps(right) for left, right in combinations(subnets, 2))
    assert min(subnet.num_addresses for subnet in subnets) >= SMALLEST


@given(
    zones=st.permutations("abcdefg").map(lambda letters: letters[:3]),
    others=st.sets(st.sampled_from("abcdefg"), min_size=2, max_size=3),
)
def test_a_zone_keeps_its_ranges_whatever_zones_stand_beside_it(zones: list[str], others: set[str]) -> None:
    def ranges(letters: object) -> dict[str, tuple[str, str]]:
        named = tuple(f"eu-central-1{letter}" for letter in letters)
        return {one.letter: (one.public_cidr, one.private_cidr) for one in divide("10.10.0.0/16", named)}

    before, after = ranges(zones), ranges(sorted(others))
    assert {letter: before[letter] for letter in before.keys() & after.keys()} == {
        letter: after[letter] for letter in before.keys() & after.keys()
    }


def test_a_zone_beyond_the_last_range_is_refused() -> None:
    with pytest.raises(ValueError, match="eu-central-1h has no range of its own; zones up to the letter g"):
        divide("10.10.0.0/16", ("eu-central-1a", "eu-central-1h"))


def test_a_range_with_host_bits_is_refused() -> None:
    with pytest.raises(ValueError, match="host bits"):
        divide("10.10.0.1/16", ZONES)
