"""The one table of all resource types that the program may use on the local stack; a line per service."""

from collections import ChainMap

from local.provider.types import logs
from local.provider.types.resource import ResourceType

TYPES: ChainMap[str, ResourceType] = ChainMap(
    dict(logs.TYPES),
)
