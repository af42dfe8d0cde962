"""The commands of the pages, run against a local stack of this checkout from its start to its end."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.stack import session
from tests import checkout_stack
from tests.contracts.command_blocks import OPERATIONS, PAGES, ROOT, Block, blocks_of, in_order

pytestmark = [pytest.mark.pulumi_cli, pytest.mark.long, pytest.mark.timeout(1800)]

CLIPIT = (sys.executable, "-m", "cli.start")
BLOCK_S = 300
OTHERS = [page for page in PAGES if page not in OPERATIONS]
*_BEFORE, _TEAR_DOWN = in_order()
assert _TEAR_DOWN.name == "tear-down.md", "nothing runs after it"
RUN = [
    block for page in (*_BEFORE, *OTHERS, _TEAR_DOWN) for block in blocks_of(page) if block.code is not None
]
LONG = {
    "version": 1,
    "width": 1280,
    "height": 720,
    "rate": 25,
    "scenes": [{"duration_s": 120, "text": {"content": "Hello"}}],
}
"""A composition whose render is not over when a page cancels it."""
SEEN = 'curl -s "$CLIPIT_API_URL/v1/renders/{}" -H "Authorization: Bearer $CLIPIT_API_KEY"'
ELSEWHERE = frozenset({"api.md", "engine-protocol.md"})
"""Pages whose commands leave files behind and need none of the checkout."""


@dataclass(frozen=True, kw_only=True)
class Shell:
    """The shell of an operator of a deployed local stack that has rendered once."""

    environment: Mapping[str, str]
    scratch: Path

    def run(self, script: str, folder: Path = ROOT) -> "subprocess.CompletedProcess[str]":
        """Run a script; curl fails where the API refuses."""
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=folder,
            env={**self.environment, "CURL_HOME": str(self.scratch)},
            capture_output=True,
            text=True,
            timeout=BLOCK_S,
            check=False,
        )

    def printed(self, script: str) -> str:
        """What a script prints that ends well."""
        done = self.run(script, self.scratch)
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout.strip()


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with checkout_stack.alone():
        if session.find() is not None:
            pytest.fail("a local stack of this checkout is up; `clipit local down` ends it")
        subprocess.run([*CLIPIT, "local", "up", "--detach"], cwd=ROOT, check=True, capture_output=True)
        try:
            yield _shell(tmp_path_factory.mktemp("scratch"))
        finally:
            subprocess.run([*CLIPIT, "local", "down"], cwd=ROOT, check=False, capture_output=True)


def _shell(scratch: Path) -> Shell:
    exports = subprocess.run(
        ["bash", "-c", f'eval "$({" ".join(CLIPIT)} local env)" && env -0'],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    variables = dict(line.split("=", 1) for line in exports.split("\0") if "=" in line)
    (scratch / ".curlrc").write_text("fail-with-body\n")
    (scratch / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    shell = Shell(
        scratch=scratch,
        environment={
            **variables,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), variables["PATH"]]),
            "STACK": "local",
            "TIME": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        },
    )
    shell.printed("clipit smoke --stack local")
    key = shell.printed("clipit keys create pages --quiet")
    return Shell(scratch=scratch, environment={**shell.environment, "CLIPIT_API_KEY": key})


@pytest.fixture(scope="module")
def values(shell: Shell) -> Mapping[str, str]:
    """What stands for placeholders of the pages: by page and name, or by name for all."""
    # A page deletes the second; the first is looked at.
    traced = shell.printed("clipit submit --template title-card --field title=Hello").split()[0]
    ended = shell.printed("clipit submit --template title-card --field title=Bye --watch").split()[0]
    batch = json.loads(shell.printed(_of_the_api("/v1/batches").replace("-si", "-s")))
    upload = json.loads(shell.printed(_of_the_api("/v1/assets")))
    key = json.loads(shell.printed("clipit keys create acme --json"))
    output = json.loads(shell.printed(SEEN.format(ended)))["output"]
    return {
        "<stack>": "local",
        "<render>": traced,
        "api.md <ended id>": ended,
        "api.md <batch id>": batch["id"],
        "api.md <id>": traced,
        "api.md <asset id>": upload["id"],
        "api.md <upload url>": upload["upload"]["url"],
        "api.md <output url>": output["url"],
        "manage-api-keys.md <id>": key["id"],
    }


def _of_the_api(path: str) -> str:
    """The first block of docs/api.md that asks there."""
    return next(one.script for one in RUN if one.page.name == "api.md" and f'{path}"' in one.script)


def _not_over(shell: Shell) -> str:
    """A render for a page to cancel, made when its block comes: those before it may take longer."""
    (shell.scratch / "long.json").write_text(json.dumps(LONG))
    return shell.printed("clipit submit long.json").split()[0]


@pytest.mark.parametrize("block", RUN, ids=str)
def test_a_block_of_the_pages_ends_as_its_mark_says(
    block: Block, shell: Shell, request: pytest.FixtureRequest
) -> None:
    script = block.script
    if block.page in OTHERS:
        if "/cancel" in script:
            script = script.replace("<id>", _not_over(shell))
        for name, value in request.getfixturevalue("values").items():
            page, _, placeholder = name.rpartition(" <")
            if page in {"", block.page.name}:
                script = script.replace(f"<{placeholder}" if page else name, value)
    done = shell.run(script, shell.scratch if block.page.name in ELSEWHERE else ROOT)
    assert done.returncode == block.code, f"{block}:\n{script}\n{done.stdout}\n{done.stderr}"
