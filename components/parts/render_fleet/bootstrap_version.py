"""What the instances of a fleet install and are told, as one checksum: another one replaces them."""

import hashlib
import json
from collections.abc import Mapping, Sequence

import pulumi


def bootstrap_version(installed: Sequence[str], environment: Mapping[str, pulumi.Input[str]]) -> str:
    """The checksum of what is known before a deployment.

    What is not, such as the URL of a queue, never changes while the fleet has its name.
    """
    known = {name: value for name, value in environment.items() if isinstance(value, str)}
    return hashlib.sha256(json.dumps([list(installed), known], sort_keys=True).encode()).hexdigest()
