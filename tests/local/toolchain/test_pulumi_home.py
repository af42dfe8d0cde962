"""The home folder in which the local plugins are found."""

import importlib.metadata
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from local.language_host import host
from local.toolchain import pulumi_build, pulumi_home
from local.toolchain.pulumi_cli import Cli


@pytest.fixture
def cli(tmp_path):
    folder = tmp_path / "cli"
    folder.mkdir()
    (folder / "pulumi").touch(0o755)
    return Cli(executable=folder / "pulumi", version="3.276.0", origin="build")


def test_a_self_built_cli_gets_provider_and_language_host(cli, tmp_path):
    pulumi_home.prepared(cli, tmp_path / "home", {"PATH": ""})
    aws = importlib.metadata.version("pulumi-aws")

    assert {one.name for one in (tmp_path / "home" / "plugins").iterdir()} == {
        f"resource-aws-v{aws}",
        f"language-python-v{pulumi_build.module_version()}",
    }


def test_the_language_host_has_the_version_of_the_cli_that_is_built():
    assert pulumi_build.module_version() == host.VERSION


def test_an_official_cli_keeps_its_own_language_host(cli, tmp_path):
    cli.executable.with_name("pulumi-language-python").touch(0o755)
    pulumi_home.prepared(cli, tmp_path / "home", {"PATH": ""})

    assert len(list((tmp_path / "home" / "plugins").iterdir())) == 1


def test_the_environment_is_offline_and_finds_the_cli_first(cli, tmp_path):
    home = pulumi_home.prepared(cli, tmp_path / "home", {"PATH": "/usr/bin"})

    assert home.environment["PATH"] == f"{cli.executable.parent}{os.pathsep}/usr/bin"
    assert home.environment["PULUMI_HOME"] == str(tmp_path / "home")
    assert home.environment["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"
    assert "PYTHONDONTWRITEBYTECODE" not in home.environment


def test_bytecode_goes_to_the_cache_where_it_may_not_lie_beside_the_sources(cli, tmp_path):
    given = {"PATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    environment = pulumi_home.prepared(cli, tmp_path / "home", given).environment

    assert environment["PYTHONDONTWRITEBYTECODE"] == ""
    assert environment["PYTHONPYCACHEPREFIX"].endswith("clip-it/bytecode")


def test_exports_can_be_read_by_a_shell(tmp_path):
    home = pulumi_home.Home(environment={"A": "it's $HOME", "B": "x"})
    text = pulumi_home.exports(home) + 'printf "%s|%s" "$A" "$B"'

    out = subprocess.run(["sh", "-c", text], check=True, capture_output=True, text=True).stdout
    assert out == "it's $HOME|x"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")
@pytest.mark.parametrize("plugin", ["pulumi-resource-aws", "pulumi-language-python"])
def test_a_plugin_prints_its_port_and_ends_with_its_parent(cli, tmp_path, plugin):
    pulumi_home.prepared(cli, tmp_path / "home", {"PATH": ""})
    (launcher,) = (tmp_path / "home").glob(f"plugins/*/{plugin}")
    text = "import subprocess, sys; p = subprocess.Popen([sys.argv[1]], stdout=subprocess.PIPE); "
    text += "print(p.pid, p.stdout.readline().decode().strip(), flush=True)"
    out = subprocess.run(
        [sys.executable, "-c", text, launcher], check=True, capture_output=True, text=True
    ).stdout
    pid, port = map(int, out.split())

    assert port > 0
    pause = threading.Event()
    while _runs(pid):
        pause.wait(0.05)


def _runs(pid):
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().split()[2] != "Z"
