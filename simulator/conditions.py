"""The constants of a simulated world: boots, billing, the group's maximum, and what goes wrong."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What goes wrong, by chance but seeded.

    Attributes:
        boot_failures: share of launches that never become ready.
        interruptions_per_hour: spot interruptions per instance-hour, each with two minutes' notice.
        stalls: intervals in which AWS launches nothing.
        duplicates: share of jobs whose message is delivered twice.
    """

    boot_failures: float = 0.0
    interruptions_per_hour: float = 0.0
    stalls: tuple[tuple[float, float], ...] = ()
    duplicates: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What every policy stands on.

    Attributes:
        boot_s: bounds of the boot time, drawn uniformly per instance (prebuilt image).
        billing_minimum_s: seconds that are paid even when an instance leaves earlier.
        maximum: instances that the group never exceeds.
        price_per_hour: money for one instance-hour.
        faults: what goes wrong.
        seed: same seed, same run.
    """

    boot_s: tuple[float, float] = (86.0, 163.0)
    billing_minimum_s: float = 60.0
    maximum: int = 200
    price_per_hour: float = 0.20
    faults: Faults = field(default_factory=Faults)
    seed: int = 1

    @property
    def mean_boot_s(self) -> float:
        """The boot time to expect."""
        return sum(self.boot_s) / 2
