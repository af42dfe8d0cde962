"""Bundles: same sources, same bytes; what an instance and a function need is inside."""

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.metadata import distribution, version
from pathlib import Path

import pytest

from components import bundles

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    for package in ("handlers", "handlers/jobs", "handlers/scaler", "handlers/telemetry"):
        folder = tmp_path / package
        folder.mkdir()
        (folder / "__init__.py").write_text(f'"""{package}"""\n')
    (tmp_path / "handlers/jobs/__pycache__").mkdir()
    (tmp_path / "handlers/jobs/__pycache__/x.pyc").write_bytes(b"cache")
    return tmp_path


def test_a_function_gets_its_package_and_the_shared_domain(sources: Path) -> None:
    bundle = bundles.function_bundle("scaler", sources)
    names = zipfile.ZipFile(sources / bundle.path).namelist()
    assert [name for name in names if name.startswith("handlers")] == [
        "handlers/__init__.py",
        "handlers/jobs/__init__.py",
        "handlers/scaler/__init__.py",
        "handlers/telemetry/__init__.py",
    ]


def test_the_name_and_the_checksum_are_those_of_the_bytes(sources: Path) -> None:
    bundle = bundles.function_bundle("scaler", sources)
    assert bundle.sha256 == hashlib.sha256((sources / bundle.path).read_bytes()).hexdigest()
    assert bundle.path == f"build/scaler-{bundle.sha256}.zip"


def test_times_and_modes_of_files_do_not_change_the_bytes(sources: Path) -> None:
    before = bundles.function_bundle("scaler", sources)
    source = sources / "handlers/jobs/__init__.py"
    os.utime(source, (0, 0))
    source.chmod(0o600)
    assert bundles.function_bundle("scaler", sources) == before


def test_nothing_is_compressed_for_versions_of_zlib_differ_in_their_bytes(sources: Path) -> None:
    bundle = bundles.function_bundle("scaler", sources)
    members = zipfile.ZipFile(sources / bundle.path).infolist()
    assert {member.compress_type for member in members} == {zipfile.ZIP_STORED}


def test_a_changed_source_is_another_bundle(sources: Path) -> None:
    before = bundles.function_bundle("scaler", sources)
    (sources / "handlers/jobs/__init__.py").write_text("X = 1\n")
    after = bundles.function_bundle("scaler", sources)
    assert after.sha256 != before.sha256
    assert (sources / before.path).exists()


def test_nothing_unfinished_stays_behind(sources: Path) -> None:
    bundles.function_bundle("scaler", sources)
    assert [path.suffix for path in (sources / "build").iterdir()] == [".zip"]


def test_a_missing_package_is_named(sources: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no package handlers/notifier"):
        bundles.function_bundle("notifier", sources)


def test_the_agent_runs_from_its_bundle_alone(tmp_path: Path) -> None:
    bundle = bundles.agent_bundle()
    zipfile.ZipFile(ROOT / bundle.path).extractall(tmp_path)
    clients = ", ".join(repr(service) for service in bundles.AGENT_SERVICES)
    script = (
        "import boto3, botocore, handlers.jobs, handlers.render_agent.entrypoint, sys\n"
        f"[boto3.client(name, region_name='eu-central-1') for name in ({clients},)]\n"
        f"assert boto3.__file__.startswith({str(tmp_path)!r}), boto3.__file__\n"
        "assert not [m for m in sys.modules if m.startswith(('pulumi', 'components'))]\n"
    )
    # -S and -I leave out everything that is installed on this machine.
    done = subprocess.run(
        [sys.executable, "-S", "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{script}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("bundle", "vendored"),
    [
        (bundles.agent_bundle, bundles.AGENT_DISTRIBUTIONS),
        (lambda: bundles.function_bundle("scaler"), bundles.FUNCTION_DISTRIBUTIONS),
    ],
    ids=["agent", "function"],
)
def test_a_bundle_says_what_it_carries_of_others_and_under_which_licenses(
    bundle: Callable[[], bundles.Bundle], vendored: tuple[str, ...]
) -> None:
    archive = zipfile.ZipFile(ROOT / bundle().path)
    listed = json.loads(archive.read("sbom.cdx.json"))["components"]
    assert {(one["name"].lower().replace("_", "-"), one["version"]) for one in listed} == {
        (name, version(name)) for name in vendored
    }
    for one in listed:
        assert re.fullmatch(r"[0-9a-f]{64}", one["hashes"][0]["content"])
        assert one["licenses"][0]["license"]["name"] != "NOASSERTION", one["name"]
    legal = {name.split("/")[1] for name in archive.namelist() if name.startswith("licenses/")}
    assert legal == {"clip-it", *(f"{name}-{version(name)}" for name in vendored)}


def test_the_agent_carries_only_the_services_it_calls() -> None:
    names = zipfile.ZipFile(ROOT / bundles.agent_bundle().path).namelist()
    services = {
        name.split("/")[2] for name in names if name.startswith("botocore/data/") and name.count("/") > 2
    }
    assert services == {"autoscaling", "dynamodb", "s3", "sqs", "sts"}


RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3")


@pytest.mark.short_form(1)
@pytest.mark.parametrize("package", ["notifier", "scaler", "sweeper"])
def test_a_function_runs_from_its_bundle_and_the_boto3_of_its_runtime(package: str, tmp_path: Path) -> None:
    zipfile.ZipFile(ROOT / bundles.function_bundle(package).path).extractall(tmp_path / "code")
    # Lambda has boto3 and what it needs, and nothing else of this machine.
    for name in RUNTIME:
        installed = distribution(name)
        for top in {Path(str(file)).parts[0] for file in installed.files or ()} - {"..", "__pycache__"}:
            link = tmp_path / "runtime" / top
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(Path(str(installed.locate_file(top))))
    script = (
        f"import sys; sys.path[:0] = [{str(tmp_path / 'code')!r}, {str(tmp_path / 'runtime')!r}]\n"
        f"import aws_lambda_powertools, handlers.{package}.entrypoint\n"
        "from aws_lambda_powertools.shared.version import VERSION\n"
        "print(VERSION, aws_lambda_powertools.__file__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-I", "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    deployed, place = done.stdout.split()
    assert deployed == version("aws-lambda-powertools"), "the tests run another version"
    assert place.startswith(str(tmp_path / "code"))


def test_the_version_of_the_image_is_that_of_its_sources(tmp_path: Path) -> None:
    for name in ("handlers/__init__.py", "handlers/jobs/__init__.py", "handlers/job_server/__init__.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    first = bundles.image_version(tmp_path)
    (tmp_path / "handlers/job_server/__pycache__").mkdir()
    (tmp_path / "handlers/job_server/__pycache__/app.pyc").write_bytes(b"made by a run")
    assert bundles.image_version(tmp_path) == first
    (tmp_path / "handlers/job_server/Dockerfile").write_text("FROM scratch")
    assert bundles.image_version(tmp_path) != first
    assert re.fullmatch(r"[0-9a-f]{40}", first)
