"""`clipit policy`: the only command that loads the policy pack.

The pack is not an installed package: Pulumi runs it with its own folder as the first import path, so its
modules are called `guardrails`. Importing this package makes them importable in the same way.
"""

import sys
from pathlib import Path

PACK = Path(__file__).parents[2] / "policy"

if str(PACK) not in sys.path:
    sys.path.insert(0, str(PACK))
