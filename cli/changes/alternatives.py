"""Another value for every setting of a stack, found by what the setting may be."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal, get_args, get_origin

from components.settings import Settings, SettingsError, parse
from components.settings.constraints import Between, OneOf
from components.settings.parsing import UNIONS, Checked, Field, declared

Sections = dict[str, object]
ANY_FLEET = "<name>"
FLEETS = "fleets"
# Texts and elements of lists, which cannot be derived from what is allowed.
TEXTS: Mapping[str, str] = {
    "deployment.environment": "stage",
    "deployment.owner": "another-team",
    "deployment.account_id": "444455556666",
    "deployment.region": "eu-west-1",
    "network.cidr": "10.99.0.0/16",
    "network.zones": "c",
    "job_server.domain": "render.example.com",
    "renders.default_fleet": "gpu",
    "job_server.zone_id": "Z9876543210",
    "job_server.certificate_arn": "00000000-0000-4000-8000-00000000000f",
    "job_server.image_tag": "9.9.9",
    "job_server.allowed_cidrs": "198.51.100.0/24",
    "alarms.runbooks_url": "https://runbooks.example.com",
    "alarms.emails": "second@ops.example",
    "fleets.<name>.image_id": "ami-00000000deadbeef",
    "fleets.<name>.instance_types": "m7a.4xlarge",
    "fleets.<name>.engine": "image",
    "fleets.<name>.engine_command": "other-engine --fast",
    "fleets.<name>.install_root": "srv/clip-it",
}


class NoAlternativeError(ValueError):
    """A setting for which no other value was found; it needs an entry in `TEXTS`."""


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """The settings of a stack with another value of one setting, and what had to change with it."""

    setting: str
    value: object
    sections: Sections
    together: tuple[str, ...] = ()


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


def alternatives(sections: Sections, fleet: str) -> Iterator[Alternative]:
    """For each setting the settings with another value of it, of the fleet where it is a fleet's.

    Raises:
        NoAlternativeError: when no other value can be found that the settings accept.
    """
    for path, field in leaves():
        yield alternative(sections, path, field, fleet)


def alternative(
    sections: Sections, path: str, field: Field, fleet: str, texts: Mapping[str, str] = TEXTS
) -> Alternative:
    """The first other value that the settings accept, with what must change with it.

    Raises:
        NoAlternativeError: when there is none.
    """
    place = path.replace(ANY_FLEET, fleet).split(".")
    now = _get(sections, place)
    for value in _others(path, field, now, texts):
        for changes, together in (({}, ()), *_companions(sections, place, value)):
            tried = deepcopy(sections)
            _set(tried, place, value)
            for other, companion in changes.items():
                _set(tried, other.split("."), companion)
            if path in {"deployment.account_id", "deployment.region"}:
                tried = json.loads(json.dumps(tried).replace(str(now), str(value)))
            if _accepted(tried):
                return Alternative(setting=path, value=value, sections=tried, together=together)
    raise NoAlternativeError(f"{path}: no other value than {now!r} was found; give one in TEXTS")


def _others(path: str, field: Field, now: object, texts: Mapping[str, str]) -> Iterator[object]:
    if isinstance(now, bool):
        yield not now
    elif get_origin(field.kind) is tuple and isinstance(now, list):
        # Three zones are the most that there may be.
        yield now[:-1] if path == "network.zones" and len(now) > 2 else [*now, _text(path, now, texts)]  # noqa: PLR2004
    elif isinstance(field.constraint, OneOf):
        yield from field.constraint.values
    elif isinstance(field.constraint, Between) and isinstance(now, int | float):
        step = 1 if isinstance(now, int) else 0.01
        yield from (now + 60 * step, now + step, now - step, 2 * now, now / 2)
    else:
        yield from (one for one in _choices(field.kind) if one != now)
        if isinstance(now, int | float):
            yield now + 1
        if path in texts:
            yield _text(path, now, texts)


def _text(path: str, now: object, texts: Mapping[str, str]) -> str:
    given = texts[path]
    if path in {"network.zones", "job_server.certificate_arn", "deployment.powertools_layer_arn"}:
        first = str(now[-1] if isinstance(now, list) else now)
        keep = {"network.zones": first[:-1], "job_server.certificate_arn": first.rpartition("/")[0] + "/"}
        return keep.get(path, first.rpartition(":")[0] + ":") + given
    return given


def _choices(kind: object) -> Iterator[object]:
    if get_origin(kind) is Literal:
        yield from get_args(kind)
    elif get_origin(kind) in UNIONS:
        for part in get_args(kind):
            yield from _choices(part)


def _companions(
    sections: Sections, place: list[str], value: object
) -> Iterator[tuple[dict[str, object], tuple[str, ...]]]:
    """The stages of a boot add up to its deadline: one changes with the other."""
    stages = ("launch_deadline_s", "bootstrap_deadline_s", "heartbeat_deadline_s")
    now = _get(sections, place)
    if not (isinstance(value, int | float) and isinstance(now, int | float)):
        return
    more, name = value - now, place[-1]
    if name in stages:
        other = [*place[:-2], "boot_deadline_seconds"]
    elif name == "boot_deadline_seconds":
        other = [*place[:-1], "scaling", stages[1]]
    else:
        return
    before = _get(sections, other)
    if isinstance(before, int | float):
        yield {".".join(other): before + more}, (other[-1],)


def _accepted(sections: Sections) -> bool:
    try:
        parse(sections)
    except SettingsError:
        return False
    return True


def _get(sections: object, place: list[str]) -> object:
    for name in place:
        sections = sections[name] if isinstance(sections, dict) else None
    return sections


def _set(sections: Sections, place: list[str], value: object) -> None:
    holder: object = sections
    for name in place[:-1]:
        holder = holder[name] if isinstance(holder, dict) else None
    if isinstance(holder, dict):
        holder[place[-1]] = value
