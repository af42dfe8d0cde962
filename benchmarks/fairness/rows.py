"""One row for each attack: what another tenant notices of it, and the verdict."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median, quantiles
from typing import Final

MOST: Final = 2.0
"""The factor by which the median may grow under an attack."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """The victim's seconds without the attack and under it."""

    measured: str
    attack: str
    quiet_s: float
    attacked_s: float
    attacked_p95_s: float
    samples: int

    @property
    def factor(self) -> float:
        """By how much the median has grown."""
        return self.attacked_s / self.quiet_s

    @property
    def is_fair(self) -> bool:
        """Whether another tenant hardly notices."""
        return self.factor <= MOST

    def as_json(self) -> dict[str, object]:
        """The row with its factor and verdict."""
        return {**asdict(self), "factor": round(self.factor, 3), "fair": self.is_fair}


def row(measured: str, attack: str, quiet: Sequence[float], attacked: Sequence[float]) -> Row:
    """The row of two series of measurements."""
    return Row(
        measured=measured,
        attack=attack,
        quiet_s=median(quiet),
        attacked_s=median(attacked),
        attacked_p95_s=quantiles(attacked, n=20)[-1] if len(attacked) > 1 else attacked[0],
        samples=len(attacked),
    )


def as_text(rows: Iterable[Row]) -> str:
    """The table as people read it; a row beyond the factor is marked."""
    lines = [f"{'measured':<11} {'one tenant':<48} {'alone':>9} {'attacked':>9} {'p95':>9} {'factor':>7}"]
    lines += [
        f"{one.measured:<11} {one.attack:<48} {_time(one.quiet_s):>9} {_time(one.attacked_s):>9} "
        f"{_time(one.attacked_p95_s):>9} {one.factor:>6.2f}{' ' if one.is_fair else '!'}"
        for one in rows
    ]
    return "\n".join(lines)


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
