"""A small checkout with the scripts of .ci, two revisions of a job server, and a registry that is a file."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ci.github import ROOT, GitHub

REPOSITORY = "444455556666.dkr.ecr.eu-central-1.amazonaws.com/clip-it/job-server"
TOOLS = ("aws", "clipit", "docker", "make")
BASE = "FROM scratch\nARG BASE=python:3\n"


@dataclass(frozen=True)
class Checkout:
    """The checkout, its older and its newer revision, and who stands in for the world."""

    github: GitHub
    older: str
    newer: str

    @property
    def folder(self) -> Path:
        return self.github.checkout

    @property
    def registry(self) -> dict[str, Any]:
        path = self.github.folder / "registry.json"
        kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return {"images": {}, "calls": [], "built": []} | kept

    def put(self, **kept: object) -> None:
        (self.github.folder / "registry.json").write_text(json.dumps(self.registry | kept))

    def calls(self, tool: str) -> list[list[str]]:
        return [words for name, *words in self.registry["calls"] if name == tool]

    def commit(self) -> str:
        """Commit what was changed; the new revision."""
        return _committed(self.folder)

    def run(self, script: str, *words: str, **environment: str) -> tuple[int, str]:
        store = str(self.github.folder / "registry.json")
        return self.github.run(script, *words, at=self.folder, FAKE_REGISTRY=store, **environment)


def checkout(folder: Path) -> Checkout:
    """Make it in an empty folder."""
    tree, commands = folder / "checkout", folder / "commands"
    shutil.copytree(ROOT / ".ci", tree / ".ci")
    (tree / "components").mkdir()
    for name in ("__init__.py", "bundles.py"):
        shutil.copy(ROOT / "components" / name, tree / "components")
    for package in ("handlers", "handlers/jobs", "handlers/job_server"):
        (tree / package).mkdir()
        (tree / package / "__init__.py").touch()
    (tree / "handlers/job_server/Dockerfile").write_text(BASE)
    (tree / "handlers/job_server/base-image").write_text(f"python:3@sha256:{'0' * 64}\n")
    settings = f"config:\n  clip-it:job_server:\n    image_repository: {REPOSITORY}\n"
    for stack in ("dev", "prod"):
        (tree / f"Pulumi.{stack}.yaml").write_text(settings)
    (tree / ".gitignore").write_text(".venv\n")
    (tree / ".venv").symlink_to(ROOT / ".venv")
    commands.mkdir()
    for tool in TOOLS:
        (commands / tool).symlink_to(Path(__file__).with_name("registry"))
    older = _committed(tree, "init", "--quiet", "--initial-branch", "main")
    (tree / "handlers/job_server/app.py").write_text("NEW = True\n")
    return Checkout(github=GitHub(folder, tree), older=older, newer=_committed(tree))


def _committed(tree: Path, *before: str) -> str:
    user = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
    commit = ("commit", "--quiet", "--message", "Change something")
    for words in (*([before] if before else []), ("add", "--all"), (*user, *commit)):
        subprocess.run(["git", *words], cwd=tree, check=True, capture_output=True)
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tree, check=True, capture_output=True, text=True)
    return done.stdout.strip()
