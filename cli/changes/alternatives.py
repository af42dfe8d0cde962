"""Another value for every setting of a stack, found by what the setting may be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args, get_origin

from components.settings import Settings, SettingsError, parse
from components.settings.constraints import Between, OneOf
from components.settings.parsing import UNIONS, Checked, Field, declared
from components.settings.service import FARGATE_MEMORY

Sections: TypeAlias = dict[str, object]
Place: TypeAlias = list[str]
ANY_FLEET = "<name>"
FLEETS = "fleets"
# Texts, and elements that a list may get, cannot be derived from what is allowed.
TEXTS: Final[Mapping[str, str]] = {
    "alarms.emails": "second@ops.example",
    "alarms.runbooks_url": "https://runbooks.example.com",
    "deployment.account_id": "777788889999",
    "deployment.environment": "stage",
    "deployment.owner": "another-team",
    # The account of the local stack, which as committed has no boundary.
    "deployment.permissions_boundary": "arn:aws:iam::123456789012:policy/another-boundary",
    "deployment.region": "eu-west-1",
    "fleets.<name>.engine": "image",
    "fleets.<name>.engine_description": "mp4",
    "fleets.<name>.engine_command": "other-engine --fast",
    "fleets.<name>.image_id": "ami-00000000deadbeef",
    "fleets.<name>.install_root": "srv/clip-it",
    "fleets.<name>.instance_types": "m7a.4xlarge",
    "job_server.allowed_cidrs": "198.51.100.0/24",
    "job_server.domain": "render.example.com",
    "job_server.image_repository": "111122223333.dkr.ecr.eu-central-1.amazonaws.com/other",
    "job_server.zone_id": "Z9876543210",
    "network.cidr": "10.99.0.0/16",
}
# Names of the stack's own region and account, of which another ending makes another one.
ENDINGS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "deployment.permissions_boundary": (r"[^/]+$", ("another-boundary",)),
    "job_server.certificate_arn": (r"[^/]+$", ("00000000-0000-4000-8000-00000000000f",)),
    "network.zones": (r"[a-g]$", ("a", "b", "c")),
}
# Other settings name these two, in ARNs and zones.
NAMED_ELSEWHERE: Final = ("deployment.account_id", "deployment.region")
MOST_ZONES: Final = 3
STAGES: Final = ("launch_deadline_s", "bootstrap_deadline_s", "heartbeat_deadline_s")


class NoAlternativeError(ValueError):
    """A setting for which no other value was found; it needs an entry in `TEXTS`."""


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """The settings of a stack with another value of one setting, and what had to change with it."""

    setting: str
    value: object
    sections: Sections
    together: str | None = None


def leaves(section: type[Checked] = Settings, path: str = "") -> Iterator[tuple[str, Field]]:
    """Every setting with its path; that of a fleet has `<name>` in place of the fleet's name."""
    for field in declared(section):
        name = f"{path}.{field.name}".removeprefix(".")
        kind = field.kind
        if get_origin(kind) is Mapping or get_origin(kind) is dict:
            name, kind = f"{name}.{ANY_FLEET}", get_args(kind)[1]
        if isinstance(kind, type) and issubclass(kind, Checked):
            yield from leaves(kind, name)
        else:
            yield name, field


def alternative(
    sections: Sections, path: str, field: Field, fleet: str, texts: Mapping[str, str] = TEXTS
) -> Alternative:
    """The first other value that the settings accept, and what must change with it.

    Raises:
        NoAlternativeError: when there is none.
    """
    place = path.replace(ANY_FLEET, fleet).split(".")
    now = _get(sections, place)
    for value in _others(sections, path, field, now, texts):
        for companion in (None, *_companions(sections, place, now, value)):
            tried = deepcopy(sections)
            _set(tried, place, value)
            if companion is not None:
                _set(tried, *companion)
            if path in NAMED_ELSEWHERE:
                tried = json.loads(json.dumps(tried).replace(str(now), str(value)))
            if value != now and _accepted(tried):
                together = companion[0][-1] if companion else None
                return Alternative(setting=path, value=value, sections=tried, together=together)
    raise NoAlternativeError(f"{path}: no other value than {now!r} was found; give one in TEXTS")


def _others(
    sections: Sections, path: str, field: Field, now: object, texts: Mapping[str, str]
) -> Iterator[object]:
    """Values to try, some of which the settings refuse."""
    if isinstance(now, bool):
        yield not now
    elif path == "network.zones" and isinstance(now, list) and len(now) == MOST_ZONES:
        yield now[:-1]
    elif path == "renders.default_fleet":
        fleets = sections[FLEETS]
        yield from fleets if isinstance(fleets, dict) else ()
    elif isinstance(now, list):
        yield from ([*now, text] for text in _texts(path, now[-1] if now else "", texts))
    elif isinstance(field.constraint, OneOf):
        yield from field.constraint.values
    elif isinstance(field.constraint, Between) and isinstance(now, int | float):
        step = 1 if isinstance(now, int) else 0.01
        yield from (now + 60 * step, now + step, now - step, 2 * now, now / 2)
    else:
        yield from _choices(field.kind)
        yield from [now + 1] if isinstance(now, int | float) else _texts(path, now, texts)


def _texts(path: str, now: object, texts: Mapping[str, str]) -> Iterator[str]:
    if path in ENDINGS and now is not None:
        pattern, endings = ENDINGS[path]
        yield from (re.sub(pattern, ending, str(now)) for ending in endings)
    elif path in texts:
        yield texts[path]


def _choices(kind: object) -> Iterator[object]:
    if get_origin(kind) is Literal:
        yield from get_args(kind)
    elif get_origin(kind) in UNIONS:
        for part in get_args(kind):
            yield from _choices(part)


def _companions(
    sections: Sections, place: Place, now: object, value: object
) -> Iterator[tuple[Place, object]]:
    """What must change with it: the stages of a boot add up to its deadline, and memory fits the CPU."""
    if not (isinstance(value, int | float) and isinstance(now, int | float)):
        return
    if place[-1] == "cpu":
        yield from (([*place[:-1], "memory"], size) for size in FARGATE_MEMORY[int(value)])
    elif place[-1] in STAGES:
        yield from _moved(sections, [*place[:-2], "boot_deadline_seconds"], value - now)
    elif place[-1] == "boot_deadline_seconds":
        yield from _moved(sections, [*place[:-1], "scaling", STAGES[1]], value - now)


def _moved(sections: Sections, place: Place, more: float) -> Iterator[tuple[Place, object]]:
    before = _get(sections, place)
    if isinstance(before, int | float):
        yield place, before + more


def _accepted(sections: Sections) -> bool:
    try:
        parse(sections)
    except SettingsError:
        return False
    return True


def _get(sections: object, place: Place) -> object:
    for name in place:
        sections = sections[name] if isinstance(sections, dict) else None
    return sections


def _set(sections: Sections, place: Place, value: object) -> None:
    holder: object = sections
    for name in place[:-1]:
        holder = holder[name] if isinstance(holder, dict) else None
    if isinstance(holder, dict):
        holder[place[-1]] = value
