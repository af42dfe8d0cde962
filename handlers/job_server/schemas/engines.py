"""What the engine of each fleet can do, as the settings of the fleets say."""

import json

from handlers.jobs.json_schema.checker import Checker
from handlers.jobs.json_schema.values import Json, shown
from handlers.jobs.outputs import Abilities, Engines, Feature, VideoFormat


def engines(value: str) -> Engines:
    """The abilities by fleet, from a JSON object such as `{"cpu": {"formats": ["mp4"], "features": []}}`.

    Raises:
        ValueError: it is something else; a format or a feature that this release does not know is left out.
    """
    wanted = "expected a JSON object of fleets, each with lists `formats` and `features`"
    try:
        parsed = json.loads(value)
    except ValueError as error:
        raise ValueError(wanted) from error
    match parsed:
        case dict():
            return {str(fleet): _abilities(described, wanted) for fleet, described in parsed.items()}
        case _:
            raise ValueError(wanted)


def _own_compositions(described: Json) -> Checker | None:
    match described:
        case {"composition": dict(schema)}:
            return Checker(schema)
        case {"composition": other}:
            raise ValueError(f"expected `composition` to be a JSON Schema, not {shown(other)}")
    return None


def _abilities(described: Json, wanted: str) -> Abilities:
    match described:
        case {"formats": list(formats), "features": list(features)}:
            return Abilities(
                formats=frozenset(kind for kind in VideoFormat if kind.value in formats),
                features=frozenset(one for one in Feature if one.value in features),
                composition=_own_compositions(described),
            )
        case _:
            raise ValueError(wanted)
