"""The one table of all resource types that the program may use here: the `TYPES` of each module."""

from collections import ChainMap
from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from local.provider.types.resource import ResourceType

TYPES: Final[Mapping[str, ResourceType]] = ChainMap(
    *(
        dict(getattr(import_module(found.name), "TYPES", {}))
        for found in iter_modules(__path__, f"{__name__}.")
    )
)
