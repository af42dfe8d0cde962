"""What an operator allows and expects of one fleet; every field comes from the stack file."""

from dataclasses import dataclass
from math import inf
from typing import Literal

_POSITIVE = (
    "service_s",
    "boot_s",
    "look_s",
    "silence_s",
    "launch_deadline_s",
    "bootstrap_deadline_s",
    "heartbeat_deadline_s",
    "replacement_window_s",
    "unfulfilled_s",
    "breaker_open_s",
    "on_demand_price",
)
_COUNTS = ("replacements", "launches_per_minute")
_NOT_NEGATIVE = (
    "minimum",
    "billing_minimum_s",
    "wait_objective_s",
    "wait_price",
    "on_demand_base",
    "spot_price",
)
_QUANTILES = (0.5, 0.999)

IdleTime = float | Literal["priced", "never"]
Ceiling = float | Literal["unlimited"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The operator's side of a decision: bounds, objectives, prices and deadlines.

    Attributes:
        minimum: instances kept even when nothing is queued.
        maximum: instances never exceeded.
        wait_objective_s: a render should start within this many seconds of its acceptance ...
        wait_quantile: ... in this share of all cases (0.95 means p95).
        service_s: expected seconds of one render, believed until renders have finished.
        boot_s: expected seconds from launch to ready, believed until boots were measured.
        idle_before_scale_in_s: how long an instance may idle before scale-in: seconds (0 means at once),
            "priced" (as long as would have cost least in the idle gaps seen) or "never".
        billing_minimum_s: seconds that are paid even when an instance leaves earlier.
        wait_price: what one second of a customer's waiting may cost, in seconds of an instance.
        look_s: interval of the schedule that wakes the scaler when nothing else does.
        silence_s: a worker without heartbeat for this long is replaced (three heartbeats).
        launch_deadline_s: from launch until the instance is running and its bootstrap has begun, which
            nothing tells, so that it counts together with the next.
        bootstrap_deadline_s: from there until the bootstrap has passed and the agent registered.
        heartbeat_deadline_s: from registration until the worker is in service.
        replacements: instances replaced per window before the fleet breaker opens.
        replacement_window_s: length of that window.
        launches_per_minute: instances launched per minute while all boots succeed.
        unfulfilled_s: how long desired instances may stay unlaunched before the capacity breaker opens.
        breaker_open_s: seconds an open breaker waits before it lets one probe through.
        on_demand_price: price of one on-demand instance-hour.
        spot_price: price of one spot instance-hour.
        on_demand_base: instances of the group that are on-demand before the mix begins.
        spot_share: share of spot among the instances above the base (0 to 1).
        spend_ceiling: money per hour that is never exceeded, or "unlimited"; it must pay for the minimum when
            all of it is on-demand, for the group keeps its minimum whatever happens to spot.
    """

    minimum: int
    maximum: int
    wait_objective_s: float
    wait_quantile: float
    service_s: float
    boot_s: float
    idle_before_scale_in_s: IdleTime
    billing_minimum_s: float
    wait_price: float
    look_s: float
    silence_s: float
    launch_deadline_s: float
    bootstrap_deadline_s: float
    heartbeat_deadline_s: float
    replacements: int
    replacement_window_s: float
    launches_per_minute: int
    unfulfilled_s: float
    breaker_open_s: float
    on_demand_price: float
    spot_price: float
    on_demand_base: int
    spot_share: float
    spend_ceiling: Ceiling

    def __post_init__(self) -> None:
        """Refuse contradictions, all at once.

        Raises:
            ValueError: naming every field that is out of range.
        """
        wrong = [text for text, fine in self._rules() if not fine]
        if wrong:
            raise ValueError("limits of the scaler: " + "; ".join(wrong))

    def _rules(self) -> list[tuple[str, bool]]:
        lows = {**dict.fromkeys(_POSITIVE, "above 0"), **dict.fromkeys(_COUNTS, "at least 1")}
        lows |= dict.fromkeys(_NOT_NEGATIVE, "0 or more")
        fine = {"above 0": lambda value: 0 < value < inf, "at least 1": lambda value: value >= 1}
        low, high = _QUANTILES
        return [
            *(
                (
                    f"{name} is {getattr(self, name)}, must be {bound}",
                    fine.get(bound, _not_negative)(getattr(self, name)),
                )
                for name, bound in lows.items()
            ),
            (
                f"maximum is {self.maximum}, must be at least minimum {self.minimum}",
                self.maximum >= self.minimum,
            ),
            (
                f"wait_quantile is {self.wait_quantile}, must lie in {low}..{high}",
                low <= self.wait_quantile <= high,
            ),
            (f"spot_share is {self.spot_share}, must lie in 0..1", 0 <= self.spot_share <= 1),
            (
                f"idle_before_scale_in_s is {self.idle_before_scale_in_s!r}: seconds, 'priced' or 'never'",
                self.idle_before_scale_in_s in ("priced", "never")
                if isinstance(self.idle_before_scale_in_s, str)
                else _not_negative(self.idle_before_scale_in_s),
            ),
            (
                f"spend_ceiling is {self.spend_ceiling!r}, must be money per hour or 'unlimited'",
                self.spend_ceiling == "unlimited"
                if isinstance(self.spend_ceiling, str)
                else 0 < self.spend_ceiling < inf,
            ),
            (
                (
                    f"spend_ceiling is {self.spend_ceiling}, must pay for the minimum: {self.minimum} "
                    f"instances of {self.on_demand_price} an hour"
                ),
                isinstance(self.spend_ceiling, str)
                or self.spend_ceiling >= self.minimum * self.on_demand_price,
            ),
        ]


def _not_negative(value: float) -> bool:
    return 0 <= value < inf
