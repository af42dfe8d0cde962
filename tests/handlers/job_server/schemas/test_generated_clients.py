"""Linters find nothing in the OpenAPI document, and clients generated from it work against the server.

Not part of `make test`, because it takes a minute and the package registries: `make test-clients` runs it.
"""

import json
import shutil
from pathlib import Path

import pytest

from handlers.job_server.schemas.openapi import COMMITTED
from local.toolchain.environment import uv
from tests.handlers.job_server.schemas.client_tools import (
    FOLDER,
    GO_GENERATOR,
    GO_RUNTIME,
    PYTHON_GENERATOR,
    READY,
    needed,
    node_command,
    run,
)

pytestmark = [
    pytest.mark.client_tools,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not READY.exists(), reason="`make test-clients` gets the tools"),
]

CLIENTS = Path(__file__).parent / "clients"
SEEN = {
    "waiting": "starting",
    "listed": 3,
    "cancelled": "cancelled",
    "method": "PUT",
    "templates": ["lower-third", "slideshow", "title-card"],
    "status": 422,
}


def test_spectral_finds_nothing(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text('extends: ["spectral:oas"]\n', "utf-8")
    run([node_command("spectral"), "lint", "--fail-severity=hint", "-r", rules, COMMITTED], at=tmp_path)


def test_redocly_finds_nothing(tmp_path: Path) -> None:
    found = run([node_command("redocly"), "lint", COMMITTED, "--format=json"], at=tmp_path)
    assert json.loads(found[found.index("{") :])["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}


def test_a_typescript_client_is_compiled_and_used(tmp_path: Path, environment: dict[str, str]) -> None:
    generate, compile_it = node_command("openapi-typescript"), node_command("tsc")
    (tmp_path / "node_modules").symlink_to(FOLDER / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}', "utf-8")
    shutil.copy(CLIENTS / "client.ts", tmp_path)
    run([generate, COMMITTED, "-o", "schema.d.ts"], at=tmp_path)
    options = ["--strict", "--noUncheckedIndexedAccess", "--target", "es2022", "--module", "nodenext"]
    run([compile_it, *options, "client.ts"], at=tmp_path)
    seen = json.loads(run([needed("node"), "client.js"], at=tmp_path, env=environment))
    assert seen == {**SEEN, "pointers": ["/fields/title", "/fields/titel"], "webhook": "render.succeeded"}


def test_a_go_client_is_compiled_and_used(tmp_path: Path, environment: dict[str, str]) -> None:
    go = needed("go")
    shutil.copy(CLIENTS / "client.go", tmp_path)
    run([go, "mod", "init", "example.com/client"], at=tmp_path)
    generate = [go, "run", GO_GENERATOR, "-generate", "types,client", "-package", "main"]
    run([*generate, "-o", "generated.go", COMMITTED], at=tmp_path)
    run([go, "get", GO_RUNTIME], at=tmp_path)
    run([go, "mod", "tidy"], at=tmp_path)
    seen = json.loads(run([go, "run", "."], at=tmp_path, env=environment))
    assert seen == {**SEEN, "pointers": ["/fields/title", "/fields/titel"]}


def test_a_python_client_is_used(tmp_path: Path, environment: dict[str, str]) -> None:
    shutil.copy(CLIENTS / "client.py", tmp_path)
    generate = ["openapi-python-client", "generate", "--meta", "none", "--output-path", "clip_it_client"]
    run([uv(), "tool", "run", "--from", PYTHON_GENERATOR, *generate, "--path", COMMITTED], at=tmp_path)
    needs = [option for name in ("attrs", "httpx", "python-dateutil") for option in ("--with", name)]
    seen = json.loads(run([uv(), "run", "--no-project", *needs, "client.py"], at=tmp_path, env=environment))
    assert seen == {**SEEN, "pointers": ["/fields/title"]}
