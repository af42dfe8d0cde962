"""The wheels of this repository: whole, without the policy pack, and enough for customers and operators.

Does not prove that what it depends on can be installed: the packages of this environment are used.
"""

import json
import os
import shutil
import site
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest

from tests.web_server import serving

ROOT = Path(__file__).parents[2]
PACKAGES = ("cli", "components", "handlers", "local", "render_engine", "simulator")
CLIENT = Path("clients/python")
"""The distribution of the API's client, which the command line needs."""
BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
# What the console script does, with the wheel before the packages.
# `.pth` files are not read (-S), for one of them finds this checkout.
RUN = """
import sys
wheel, packages, *words = sys.argv[1:]
sys.path[:0], sys.argv[1:] = [wheel], words
sys.path.append(packages)
from importlib.metadata import distribution
(script,) = distribution("clip-it").entry_points.select(name="clipit")
script.load()()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both wheels, unpacked into one folder; built from a copy, for setuptools writes beside the sources."""
    copy, built = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("built")
    for folder in (*PACKAGES, CLIENT):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for sources in (copy, copy / CLIENT):
        done = subprocess.run(
            [sys.executable, "-c", BUILD, built], check=False, cwd=sources, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    for archive in built.glob("*.whl"):
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(built / "site")
    return built / "site"


@pytest.fixture
def clipit(wheel: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The wheel's command, in a folder of its own."""

    def run(*words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-I", "-S", "-c", RUN, wheel, site.getsitepackages()[0], *words],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.long
def test_the_wheel_holds_every_file_of_its_packages_and_nothing_else(wheel: Path) -> None:
    held = {path.relative_to(wheel) for path in wheel.rglob("*") if path.is_file()}
    held = {path for path in held if not path.parts[0].endswith(".dist-info")}
    there = {
        path.relative_to(root)
        for root, packages in ((ROOT, PACKAGES), (ROOT / CLIENT, ("clipit_client",)))
        for package in packages
        for path in (root / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert len(there) > 200
    assert held == there


def test_the_command_line_needs_the_client_of_its_own_release(wheel: Path) -> None:
    (wanted,) = (
        requirement
        for requirement in distribution("clip-it", wheel).requires or ()
        if requirement.startswith("clipit-client")
    )
    assert wanted == f"clipit-client=={distribution('clipit-client', wheel).version}"


def distribution(name: str, folder: Path) -> Distribution:
    """A distribution of this folder, whatever the environment holds."""
    (found,) = distributions(name=name, path=[str(folder)])
    return found


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    "words", [("--help",), ("--version",), ("keys", "--help"), ("webhooks", "secret", "--help")], ids=" ".join
)
def test_help_needs_neither_the_pack_nor_a_checkout(
    clipit: Callable[..., subprocess.CompletedProcess[str]], words: tuple[str, ...]
) -> None:
    done = clipit(*words)
    assert (done.returncode, done.stderr) == (0, "")


ACCEPTED = {
    "id": "r_1",
    "state": "queued",
    "trace_id": "0",
    "links": dict.fromkeys(("self", "events", "deliveries", "cancel"), ""),
}


@dataclass
class Api:
    """A job server that accepts everything."""

    url: str = ""
    bodies: list[object] = field(default_factory=list)


@pytest.fixture
def api() -> Iterator[Api]:
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            api.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            answer = json.dumps(ACCEPTED).encode()
            self.send_response(202)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            pass

    with serving(Handler) as server:
        api.url = f"http://127.0.0.1:{server.server_port}"
        yield api


def test_a_render_is_submitted_without_the_pack(
    clipit: Callable[..., subprocess.CompletedProcess[str]], api: Api, tmp_path: Path
) -> None:
    (tmp_path / "composition.json").write_text('{"version": 1}')
    done = clipit("submit", "composition.json", CLIPIT_API_URL=api.url, CLIPIT_API_KEY="ck_1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "r_1\n", "")
    assert api.bodies == [{"composition": {"version": 1}}]


def test_what_needs_the_pack_says_so(clipit: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = clipit("policy", "list")
    assert (done.returncode, done.stderr) == (
        1,
        "clipit: `clipit policy` needs the policy pack; run it in a checkout\n",
    )
