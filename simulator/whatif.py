"""An operator's question: what would other limits do to waits and cost?"""

from dataclasses import fields, replace
from typing import get_type_hints

from handlers.scaler.decision import Limits
from simulator.conditions import Conditions
from simulator.ours import ClipIt
from simulator.run import run
from simulator.score import Score
from simulator.trace import Trace

SHORT_NAMES = {"max": "maximum", "min": "minimum", "objective": "wait_objective_s", "boot": "boot_s"}


def changed(limits: Limits, text: str) -> Limits:
    """The limits with changes such as `max=50,objective=30s`.

    Raises:
        ValueError: naming what is unknown or not a number.
    """
    hints = get_type_hints(Limits)
    known = {one.name for one in fields(Limits)}
    changes: dict[str, float | int | str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = part.partition("=")
        name = SHORT_NAMES.get(name, name)
        if name not in known:
            raise ValueError(f"{name!r} is no limit; known are {', '.join(sorted(known | set(SHORT_NAMES)))}")
        changes[name] = _value(name, value.removesuffix("s") if name.endswith("_s") else value, hints[name])
    return replace(limits, **changes)  # type: ignore[arg-type]


def _value(name: str, text: str, hint: object) -> float | int | str:
    if hint not in (int, float) and text.replace(" ", "").isalpha():
        return text
    try:
        return int(text) if hint is int else float(text)
    except ValueError as error:
        raise ValueError(f"{name} is {text!r}, must be a number") from error


def answer(trace: Trace, limits: Limits, other: Limits, conditions: Conditions) -> tuple[Score, Score]:
    """The scores with the present limits and with the others."""
    return tuple(  # type: ignore[return-value]
        run(
            trace,
            ClipIt(limits=chosen, trace=trace, name=name),
            replace(conditions, maximum=max(chosen.maximum, 1)),
        )
        for name, chosen in (("as deployed", limits), ("what if", other))
    )
