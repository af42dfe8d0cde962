"""The image: what goes into it is what the code needs, in the versions everything else is tested with."""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SERVER = ROOT / "handlers" / "job_server"
DOCKERFILE = (SERVER / "Dockerfile").read_text("utf-8")
BASE = re.findall(r"^ARG BASE=(.*)$", DOCKERFILE, re.MULTILINE)[0]
PINNED = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
WITH_OTHERS = {
    "anyio": "fastapi",
    "botocore": "boto3",
    "fastapi_swagger": "fastapi-swagger",
    "h11": "uvicorn",
    "starlette": "fastapi",
}
ONLY_FOR_TYPES = "mypy_boto3_"


def third_party(folder: Path) -> set[str]:
    """Top-level names of what the modules in a folder import from outside."""
    modules = sorted(folder.rglob("*.py"))
    assert modules, f"no modules in {folder}"
    found: set[str] = set()
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module.split(".")[0])
    outside = found - set(sys.stdlib_module_names) - {"handlers"}
    return {name for name in outside if not name.startswith(ONLY_FOR_TYPES)}


def test_the_domain_needs_nothing_but_boto3() -> None:
    assert third_party(ROOT / "handlers" / "jobs") == {"boto3", "botocore"}


def test_the_image_has_exactly_what_the_server_imports() -> None:
    wanted = {
        line
        for line in (SERVER / "requirements.in").read_text("utf-8").split("\n")
        if line and line[0] != "#"
    }
    imported = third_party(SERVER) | third_party(ROOT / "handlers" / "jobs")
    assert {WITH_OTHERS.get(name, name) for name in imported} == wanted


def test_the_images_lock_has_the_projects_versions_and_hashes() -> None:
    locked = (SERVER / "requirements.lock").read_text("utf-8")
    ours, projects = (
        dict(PINNED.findall(locked)),
        dict(PINNED.findall((ROOT / "requirements.lock").read_text("utf-8"))),
    )
    assert ours
    assert ours == {name: projects[name] for name in ours}, "lock again as requirements.in says"
    for part in re.split(r"\n(?=\S)", locked.strip()):
        assert "--hash=sha256:" in part


def test_the_base_is_a_release_by_number_and_every_stage_stands_on_it() -> None:
    assert re.findall(r"^ARG BASE=(.*)$", DOCKERFILE, re.MULTILINE) == [BASE]
    assert re.fullmatch(r"python:3\.13\.\d+-slim-\w+", BASE)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${BASE}"}


def test_the_image_runs_as_nobody_special_and_installs_by_hash() -> None:
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", DOCKERFILE, re.MULTILINE)
    assert "--require-hashes" in DOCKERFILE


def test_the_container_is_reached_from_outside() -> None:
    assert re.search(r"^ENV CLIPIT_HOST=0\.0\.0\.0 ", DOCKERFILE, re.MULTILINE)


def test_whatever_the_image_copies_exists_and_is_let_through() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE)
    assert copied
    let_through = re.findall(
        r"^!(\S+)", (SERVER / "Dockerfile.dockerignore").read_text("utf-8"), re.MULTILINE
    )
    for path in copied:
        assert (ROOT / path).exists()
        assert any(path == one or path.startswith(f"{one}/") for one in let_through), path


def test_nothing_is_fetched_by_address_and_no_secret_is_built_in() -> None:
    """hadolint, in `make lint-workflows`, judges the rest."""
    assert not re.search(r"^\s*ADD\b", DOCKERFILE, re.MULTILINE)
    assert not re.search(r"\b(curl|wget)\b|https?://", DOCKERFILE)
    assert not re.search(r"(?i)(secret|token|password|credential|_key)\b", DOCKERFILE)
    *_, last = re.findall(r"^(?:USER|FROM) (\S+)", DOCKERFILE, re.MULTILINE)
    assert last == "10001:10001", "the last stage ends as a user who is nobody"
