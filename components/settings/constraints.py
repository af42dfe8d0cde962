"""What a setting may be: ranges and forms, each with its own words for error texts and pages."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network


@dataclass(frozen=True)
class Between:
    """Both ends are allowed."""

    low: float
    high: float

    def refuses(self, value: object) -> bool:
        """Whether the value lies outside; a value of another type is somebody else's finding."""
        return isinstance(value, int | float) and not self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{_plain(self.low)} to {_plain(self.high)}"


@dataclass(frozen=True)
class Matching:
    """Text of a form that is also said in words; of letters and digits, only those of ASCII match."""

    pattern: str
    words: str

    def refuses(self, value: object) -> bool:
        """Whether the text has another form."""
        return isinstance(value, str) and re.fullmatch(self.pattern, value, re.ASCII) is None

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Cidr:
    """An IPv4 network address with a prefix within bounds, in the one spelling that AWS takes."""

    widest: int
    narrowest: int

    def refuses(self, value: object) -> bool:
        """Whether it is no network address, is spelled in another way, or is too wide or too narrow."""
        if not isinstance(value, str):
            return True
        try:
            network = IPv4Network(value)
        except ValueError:
            return True
        return str(network) != value or not self.widest <= network.prefixlen <= self.narrowest

    def __str__(self) -> str:
        return f"an IPv4 range from /{self.widest} to /{self.narrowest} such as 10.20.0.0/16"


@dataclass(frozen=True)
class OneOf:
    """One of a few numbers."""

    values: tuple[int, ...]

    def refuses(self, value: object) -> bool:
        """Whether the number is none of them."""
        return isinstance(value, int) and value not in self.values

    def __str__(self) -> str:
        return "one of " + ", ".join(str(value) for value in self.values)


Constraint = Between | Cidr | Matching | OneOf


def _plain(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else str(number)
