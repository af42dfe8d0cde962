"""The program, run as if AWS had made everything: no value is unknown.

What AWS makes up is the name of the resource and the property. What an update changes, such as the latest
version of a launch template, changes with the inputs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from google.protobuf import json_format
from pulumi.runtime.proto import resource_pb2

from cli.preview import program
from cli.preview.registered import Registered
from local.provider.types import TYPES

Sections = Mapping[str, object]
HIGHEST_VERSION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What a run of the program registered and exported."""

    resources: Sequence[Registered]
    exports: Mapping[str, object]


class _Deployed(program.Recorder):
    """A resource monitor that answers as a deployment would."""

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        answer = super().RegisterResource(request)
        if request.custom:
            answer.id = f"{request.name}-id"
            made_up = _made_up(request.type, request.name, json_format.MessageToDict(request.object))
            json_format.ParseDict({**made_up, **json_format.MessageToDict(request.object)}, answer.object)
        return answer


def _made_up(token: str, name: str, inputs: Mapping[str, object]) -> dict[str, object]:
    kind = TYPES.get(token)
    changing = kind.changing if kind else frozenset()
    values: dict[str, object] = {}
    for key, words in program.outputs_of(token).items():
        if "Optional" in words or not ("str" in words or "int" in words):
            continue
        basis = {
            k: v for k, v in inputs.items() if not (kind and kind.changing_with) or k in kind.changing_with
        }
        digest = hashlib.sha256(json.dumps(basis, sort_keys=True).encode()).hexdigest()
        number = int(digest[:8], 16) % HIGHEST_VERSION if key in changing else 1
        text = f"{name}-{key}" + (f"-{digest[:8]}" if key in changing else "")
        values[key] = number if "int" in words else text
    return values


def deployment(root: Path, stack: str, sections: Sections, before: Deployment | None = None) -> Deployment:
    """Deploy the program with some settings, first or after another deployment.

    Raises:
        ProgramError: when the program refuses the settings.
    """
    given = program.configuration(root, stack) | {
        f"clip-it:{name}": json.dumps(section) for name, section in sections.items()
    }
    recorder = _Deployed("clip-it", stack)
    recorder.deployed = dict(before.exports) if before else {}
    program.run(root, stack, given, recorder)
    return Deployment(resources=recorder.registered, exports=recorder.exports)
