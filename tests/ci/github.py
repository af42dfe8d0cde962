"""Runs the scripts of .ci with a `gh` that keeps everything in a file."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
REPOSITORY = "example/clip-it"


@dataclass(frozen=True)
class GitHub:
    """A repository on a GitHub of its own."""

    folder: Path
    checkout: Path = ROOT
    """Whose scripts run."""

    @property
    def commands(self) -> Path:
        """What stands first on PATH."""
        return self.folder / "commands"

    @property
    def store(self) -> dict[str, Any]:
        path = self.folder / "store.json"
        empty: dict[str, Any] = {
            **{key: [] for key in ("comments", "issue", "pr", "labels", "calls", "attested")},
            "releases": {},
        }
        return json.loads(path.read_text()) if path.exists() else empty

    def put(self, **kept: object) -> None:
        (self.folder / "store.json").write_text(json.dumps(self.store | kept))

    def run(self, script: str, *words: str, at: Path = ROOT, **environment: str) -> tuple[int, str]:
        """Run a script; its exit code, and everything that it printed."""
        self.commands.mkdir(exist_ok=True)
        if not (self.commands / "gh").exists():
            (self.commands / "gh").symlink_to(Path(__file__).with_name("gh"))
        done = subprocess.run(
            [str(self.checkout / ".ci" / script), *words],
            check=False,
            cwd=at,
            env={
                **os.environ,
                "PATH": f"{self.commands}:{os.environ['PATH']}",
                "FAKE_GH": str(self.folder / "store.json"),
                "GH_TOKEN": "token",
                "GITHUB_REPOSITORY": REPOSITORY,
                **environment,
            },
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout + done.stderr
