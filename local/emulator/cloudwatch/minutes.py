"""The length of CloudWatch's minute: with a pace, its periods are as much shorter than the clock's."""

from dataclasses import dataclass

_MINUTE_S = 60.0


@dataclass(frozen=True)
class Minutes:
    """How many times faster CloudWatch's minutes pass than those of the clock."""

    pace: float = 1.0

    @property
    def minute(self) -> float:
        """Seconds of the clock from one evaluation to the next."""
        return self.seconds(_MINUTE_S)

    def seconds(self, of_cloudwatch: float) -> float:
        """Seconds of the clock that stand for those of a period."""
        return of_cloudwatch / self.pace

    def boundary(self, now: float) -> float:
        """When the minute that now is in began."""
        return now // self.minute * self.minute
