"""How a protection is removed."""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Final, TypeAlias

import pytest

from handlers.jobs.store.attributes import Value
from handlers.jobs.store.keys import Key
from handlers.jobs.store.table import Condition, Update

Patch: TypeAlias = pytest.MonkeyPatch
Removal: TypeAlias = Callable[[Patch], None]

ALWAYS: Final = Condition("attribute_exists(#pk) OR attribute_not_exists(#pk)", {})
"""A condition that holds for every item, and where there is none."""


def always(*_: object, **__: object) -> Condition:
    """In place of a function that makes a condition."""
    return ALWAYS


def nothing(*_: object, **__: object) -> tuple[()]:
    """In place of a function that finds something."""
    return ()


def update_always(
    patch: Patch, module: ModuleType, when: Callable[[Mapping[str, Value | None]], bool]
) -> None:
    """Let a module make the updates whose changes are chosen on no condition."""

    def update(*, key: Key, changes: Mapping[str, Value | None], condition: Condition) -> Update:
        return Update(key=key, changes=changes, condition=ALWAYS if when(changes) else condition)

    patch.setattr(module, "Update", update)
