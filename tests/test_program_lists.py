"""What is made from the elements of a list setting is named and computed by the element, not by its position.

Does not prove what AWS replaces: `docs/configuration.md` and the local stack's tables do.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, get_origin

import pytest

from components.settings import NAMESPACE, Settings
from components.settings.parsing import Checked, declared
from tests.conftest import Recorded, built_with, stack_config

STACK = "prod"
# Other elements that each list may have; what a list holds is replaced by these.
ELEMENTS = {
    "network.zones": ("eu-central-1a", "eu-central-1b", "eu-central-1c"),
    "job_server.allowed_cidrs": ("10.0.0.0/8", "192.0.2.0/24", "198.51.100.0/24"),
    "alarms.emails": ("a@ops.example", "b@ops.example", "c@ops.example"),
    "fleets.cpu.instance_types": ("c7i.2xlarge", "c7a.2xlarge", "m7i.2xlarge"),
}
CHANGES: dict[str, Callable[[Sequence[str]], list[str]]] = {
    "the first is removed": lambda items: [*items[1:]],
    "the middle one is removed": lambda items: [items[0], items[-1]],
    "the order is turned around": lambda items: [*reversed(items)],
}


def lists(section: type[Checked], path: str) -> Iterator[str]:
    """The paths of all list settings below a section."""
    for field in declared(section):
        name = f"{path}.{field.name}".removeprefix(".")
        if get_origin(field.kind) is tuple:
            yield name
        elif isinstance(field.kind, type) and issubclass(field.kind, Checked):
            yield from lists(field.kind, name)


def with_lists(change: Callable[[Sequence[str]], list[str]]) -> Recorded:
    """The program with every list exchanged for some of its possible elements."""
    config = {key: json.loads(value) for key, value in stack_config(STACK).items() if value.startswith("{")}
    for path, elements in ELEMENTS.items():
        section, *between, last = path.split(".")
        holder: Any = config[f"{NAMESPACE}:{section}"]
        for name in between:
            holder = holder[name]
        holder[last] = change(elements)
    return built_with(stack_config(STACK) | {key: json.dumps(value) for key, value in config.items()}, STACK)


@pytest.fixture(scope="module")
def before() -> Recorded:
    return with_lists(list)


def test_every_list_setting_is_tried() -> None:
    fleets = {path.rpartition(".")[2] for path in ELEMENTS if path.startswith("fleets.")}
    tried = {path for path in ELEMENTS if not path.startswith("fleets.")}
    known = set(lists(Settings, ""))
    assert known == tried, "a list setting outside the fleets is new: add its elements"
    fleet = next(iter(Settings.__dataclass_fields__["fleets"].type.__args__[1:]))  # type: ignore[union-attr]
    assert set(lists(fleet, "")) == fleets


def differs(old: object, new: object) -> bool:
    """Whether a plain value is another one; lists may hold the elements themselves, bundles are objects."""
    plain = (str, int, float, bool, type(None))
    return isinstance(old, plain) and isinstance(new, plain) and old != new


@pytest.mark.short_form(1)
@pytest.mark.parametrize("change", CHANGES)
def test_what_belongs_to_the_other_elements_stays_as_it_is(change: str, before: Recorded) -> None:
    after = with_lists(CHANGES[change])
    old, new = (
        {(one.type, one.name): one.inputs for one in world.resources if one.custom}
        for world in (before, after)
    )
    moved = {
        (*key, name): (old[key].get(name), new[key].get(name))
        for key in old.keys() & new.keys()
        for name in old[key].keys() | new[key].keys()
        if differs(old[key].get(name), new[key].get(name))
    }
    assert moved == {}
