"""The one table of all resource types that the program may use here: the `TYPES` of each module."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from local.provider.types.resource import ResourceType

TYPES: Final[dict[str, ResourceType]] = {}
for _found in iter_modules(__path__, f"{__name__}."):
    TYPES.update(getattr(import_module(_found.name), "TYPES", {}))
