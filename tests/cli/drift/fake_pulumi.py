"""A Pulumi CLI that ends as it is told and leaves the event log that it is given."""

import json
from dataclasses import dataclass
from pathlib import Path

SCRIPT = """#!/usr/bin/env python3
import json, pathlib, shutil, sys
told = json.loads(pathlib.Path(__file__).with_name("told.json").read_text())
words = sys.argv[1:]
if words == ["version"]:
    print("v3.259.0")
    sys.exit()
with open(told["calls"], "a") as calls:
    calls.write(json.dumps(words) + "\\n")
for option, key in (("--event-log", "log"), ("--file", "state")):
    if option in words and told[key]:
        shutil.copy(told[key], words[words.index(option) + 1])
print(told["complaint"], file=sys.stderr)
sys.exit(told["code"] if words[0] == told["command"] else 0)
"""


@dataclass(frozen=True)
class FakePulumi:
    """Where it stands, and what was asked of it."""

    folder: Path

    @property
    def executable(self) -> Path:
        return self.folder / "pulumi"

    @property
    def calls(self) -> list[list[str]]:
        path = self.folder / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def fake(
    folder: Path,
    *,
    command: str = "refresh",
    code: int = 0,
    log: Path | None = None,
    complaint: str = "",
) -> FakePulumi:
    """Make one; the command ends with the code, every other one with 0."""
    folder.mkdir(exist_ok=True)
    script = folder / "pulumi"
    script.write_text(SCRIPT)
    script.chmod(0o755)
    told = {
        "command": command,
        "code": code,
        "log": log and str(log),
        "state": None,
        "complaint": complaint,
        "calls": str(folder / "calls"),
    }
    (folder / "told.json").write_text(json.dumps(told))
    return FakePulumi(folder)
