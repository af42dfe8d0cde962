"""Import this first in a plugin: `pulumi.runtime.proto` then loads without the SDK around it.

The SDK takes half a second to import, and the Pulumi CLI waits for every plugin to start.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def _bare(name: str, folder: Path) -> None:
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules.setdefault(name, package)


_found = importlib.util.find_spec("pulumi")
if _found is not None and _found.origin is not None:
    _home = Path(_found.origin).parent
    _bare("pulumi", _home)
    _bare("pulumi.runtime", _home / "runtime")
