"""The pack in somebody else's project: a copy of its folder is all that it needs."""

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from google.protobuf import json_format
from packaging.requirements import Requirement
from pulumi.runtime.proto import analyzer_pb2

from cli.policy.pack import running
from local.emulator import server
from tests.pulumi_project import Project, project

ROOT = Path(__file__).parents[2]
POLICY = ROOT / "policy"
PAGE = (ROOT / "docs" / "how-to" / "use-the-pack-elsewhere.md").read_text(encoding="utf-8")
# Of somebody who has never heard of Clip-It.
PROGRAM = """
from pulumi_aws import ec2, sqs

network = ec2.Vpc("shop", cidr_block="10.0.0.0/16", tags={"Owner": "shop"})
ec2.SecurityGroup(
    "ssh",
    vpc_id=network.id,
    ingress=[{"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": [%r]}],
    tags={"Owner": "shop"},
)
sqs.Queue("jobs", tags=%r)
"""
BAD, GOOD = PROGRAM % ("0.0.0.0/0", {}), PROGRAM % ("10.0.0.0/16", {"Owner": "shop"})
# Lines of the page that need a network; the environment of the tests has the same packages.
REPLACED = {
    "python3 -m venv guardrails/.venv": f"ln -s {sys.prefix} guardrails/.venv",
    "guardrails/.venv/bin/pip install -r guardrails/requirements.txt": "true",
}


def copied(folder: Path) -> Path:
    return shutil.copytree(POLICY, folder / "guardrails", ignore=shutil.ignore_patterns("__pycache__"))


def test_a_copy_of_the_folder_judges_without_the_repository(tmp_path: Path):
    queue = analyzer_pb2.AnalyzeRequest(
        type="aws:sqs/queue:Queue", name="q", urn="urn:pulumi:live::shop::aws:sqs/queue:Queue::q"
    )
    json_format.ParseDict({"sqsManagedSseEnabled": False}, queue.properties)
    with running(copied(tmp_path)) as pack:
        assert "sqs-sse" in {said.policy for said in pack.analyze(queue)}


def test_the_folder_names_no_environment_that_a_copy_would_not_have():
    assert "virtualenv" not in (POLICY / "PulumiPolicy.yaml").read_text().split("runtime:")[1]


def imported() -> set[str]:
    """What the pack imports from elsewhere, by the names of modules."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in POLICY.rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    whole = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    tops = {name.split(".")[0] for name in whole | parts}
    return tops - set(sys.stdlib_module_names) - {"guardrails"}


def named(requirement: str) -> str:
    return Requirement(requirement).name.lower().replace("_", "-").replace(".", "-")


def test_the_requirements_are_what_the_pack_imports_and_what_this_project_pins():
    lines = (POLICY / "requirements.txt").read_text().splitlines()
    stated = {line for line in lines if line and not line.startswith("#")}
    assert stated <= set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])
    # Pulumi's own packages bring the other ones along.
    allowed = {*map(named, stated), "pulumi", "grpcio", "protobuf", "pyyaml"}
    owners = packages_distributions()
    unknown = {it for it in imported() if not {named(owner) for owner in owners.get(it, [])} & allowed}
    assert unknown == set()


def steps() -> Iterator[str]:
    """The commands of the page, in order, as they are to be typed."""
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL):
        yield "".join(f"{REPLACED.get(line, line)}\n" for line in block.splitlines())


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("elsewhere")
    with server.running() as endpoint:
        made = project(folder, endpoint)
        shutil.copytree(POLICY, folder / "clip-it" / "policy", ignore=shutil.ignore_patterns("__pycache__"))
        yield made


@pytest.mark.long
@pytest.mark.pulumi_cli
@pytest.mark.timeout(300)
def test_the_page_leads_from_nothing_to_a_blocked_preview(shop: Project):
    assert set(REPLACED) <= set(PAGE.splitlines())
    shop.program(BAD)
    environment = {**shop.environment, "PATH": f"{shop.cli.parent}:{shop.environment['PATH']}"}
    *preparing, preview = steps()
    for step in preparing:
        subprocess.run(["bash", "-euc", step], cwd=shop.folder, env=environment, check=True)
    assert json.loads((shop.folder / "guardrails" / "levels" / "dev.json").read_text())["all"] == "advisory"
    assert "\nname: guardrails\n" in "\n" + (shop.folder / "guardrails" / "PulumiPolicy.yaml").read_text()

    def previewed() -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-euc", preview.replace("preview", "preview --non-interactive", 1)],
            cwd=shop.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    code, text = previewed()
    assert code != 0, text
    (printed,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    for line in printed.splitlines():
        assert line in text, text
    assert "clip-it" not in text.lower()

    shop.program(GOOD)
    code, text = previewed()
    assert code == 0, text
