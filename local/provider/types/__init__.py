"""All resource types that the local stack knows: the `TYPES` of every module in this package.

To add a resource type, write its calls as a `ResourceType` (see resource.py) and put it into `TYPES` of the
module of its AWS service; this table finds it there. Add to local/provider/replacements.json which of its
inputs replace it (a condition goes into replacements.py), to cli/impact/losses.py what is lost with it, to
`LASTING` of cli/changes/effects.py if it holds data or work, and, if it costs money while idle, to
cli/cost/idle.py. Where moto lacks the API or differs from AWS, add an extension to local/emulator.
tests/test_program.py lists the types without tags and the limits of names, and
tests/contracts/test_one_owner.py the types that write a field of another resource.
`pytest tests/contracts/test_resource_types.py` names each type that a component registers and this table
lacks, and each that no component registers; tests of types are in tests/local/provider/types.
"""

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
