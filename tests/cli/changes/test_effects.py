"""Every setting, changed on a running local stack, does what the effects say, and no render is lost.

Each change goes on from the last one. The engine's own steps are compared with the effects, while an instance
renders with an engine that waits. Does not prove what AWS does beyond the measured facts.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import pytest
import yaml
from clipit_client import APIConnectionError, Client, Render

from cli.changes.alternatives import TEXTS, Alternative, Sections, alternative, leaves
from cli.changes.command import sections_of
from cli.changes.deployment import Deployment, deployment
from cli.changes.effects import Effects, effects
from cli.changes.table import FLEET_ADDED, FLEET_REMOVED, default_fleet, one_fleet_more, replaced_for_good
from cli.incidents.cloud import composition
from cli.keys.tenants import Tenants
from cli.preview.program import ProgramError, keep_bytecode
from cli.webhooks.secrets import WebhookSecrets
from handlers.jobs.store.table import Table
from local.processes import children
from local.provider.replacements import FACTS
from local.stack.deployed import operator_variables
from local.stack.pulumi_runs import PulumiRuns
from local.stack.runner import LocalStack, Options, running

pytestmark = [pytest.mark.changes, pytest.mark.pulumi_cli, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[3]
STACK, FLEET = "local", "cpu"
FIELDS = dict(leaves())
PROTECT = "deployment.protect"
# What is protected cannot be removed any more, so that this comes last.
ORDER = [*(path for path in FIELDS if path != PROTECT), FLEET_ADDED, FLEET_REMOVED, PROTECT]
TENANT = "changes"
PACE = 8.0
DEADLINE_S = 180.0
REPLACING = {"replace", "create-replacement", "delete-replaced"}


@dataclass
class World:
    """A deployed local stack, its settings, and the renders that were submitted to it."""

    stack: LocalStack
    pulumi: PulumiRuns
    folder: Path
    sections: Sections
    on_paper: Deployment
    texts: dict[str, str]
    key: str = ""
    renders: list[str] = field(default_factory=list)

    def up(self, sections: Sections) -> tuple[int, str, Effects]:
        """Deploy with these settings: the exit code, what was printed, and the engine's steps."""
        config, events = self.folder / "Pulumi.changes.yaml", self.folder / "events"
        written = yaml.safe_load((ROOT / f"Pulumi.{STACK}.yaml").read_text())
        written["config"] |= {f"clip-it:{name}": section for name, section in sections.items()}
        config.write_text(yaml.safe_dump(written))
        events.unlink(missing_ok=True)
        words = [
            "up",
            "--yes",
            "--skip-preview",
            "--suppress-outputs",
            "--non-interactive",
            "--color",
            "never",
        ]
        where = [
            "--stack",
            STACK,
            "--config-file",
            str(config),
            "--event-log",
            str(events),
            "--parallel",
            "16",
        ]
        done = subprocess.run(
            [self.pulumi.executable, *words, *where],
            check=False,
            cwd=ROOT,
            env={**self.pulumi.environment, children.RUN_MARK: self.stack.run},
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout + done.stderr, steps(events)

    def client(self) -> Client | None:
        """A client of the API, while a task of the job server is healthy."""
        url = self.stack.api_url()
        return Client(url=url, key=self.key) if url else None

    def render(self, render: str) -> Render | None:
        """A render; None while the API does not answer."""
        client = self.client()
        if client is None:
            return None
        with client, suppress(APIConnectionError):
            return client.renders.get(render)
        return None

    def state(self, render: str) -> str:
        """The state of a render, with the failure of one that failed; empty while the API does not answer."""
        found = self.render(render)
        if found is None:
            return ""
        return f"failed: {found.failure}" if found.state == "failed" else found.state

    def submit(self) -> bool:
        """Submit a render; whether the API took it."""
        client, key = self.client(), f"{len(self.renders)}"
        if client is None:
            return False
        with client, suppress(APIConnectionError):
            accepted = client.renders.create(composition=composition(2.0), idempotency_key=key)
            self.renders.append(accepted.id)
            return True
        return False

    def render_under_way(self) -> str:
        """A render that an instance is at work on."""
        if not self.renders or self.state(self.renders[-1]) not in {"queued", "rendering"}:
            self.stack.wait_for("an accepted render", self.submit, deadline_s=DEADLINE_S)
        render = self.renders[-1]
        self.stack.wait_for(
            f"the render {render} under way",
            lambda: self.state(render).startswith(("rendering", "succeeded", "failed")),
            deadline_s=DEADLINE_S,
        )
        return render

    def finish_in_other_fleets(self, kept: str) -> None:
        """Wait for the renders of fleets that will be removed, as docs/how-to/remove-a-fleet.md says."""

        def finished(render: str) -> bool:
            ended = self.state(render).startswith(("succeeded", "failed"))
            return ended or bool((found := self.render(render)) and found.fleet == kept)

        self.stack.wait_for(
            f"the end of the renders outside {kept}",
            lambda: all(finished(render) for render in self.renders),
            deadline_s=DEADLINE_S,
        )


def steps(events: Path) -> Effects:
    """What the engine did, by the URNs of resources that the facts know."""
    found: dict[str, set[str]] = {}
    for line in events.read_text().splitlines() if events.exists() else ():
        metadata = json.loads(line).get("resOutputsEvent", {}).get("metadata", {})
        if metadata.get("type") in FACTS:
            found.setdefault(metadata["op"], set()).add(metadata["urn"])
    replaced = frozenset().union(*(found.get(op, set()) for op in REPLACING))
    return Effects(
        created=frozenset(found.get("create", ())),
        deleted=frozenset(found.get("delete", ())),
        replaced=replaced,
        updated=frozenset(found.get("update", ())),
        rolling=frozenset(),
    )


def hosted_zone(stack: LocalStack) -> str:
    """The id of a zone that is there before the program names it."""
    given = {
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
        "region_name": stack.connection.region,
    }
    client = boto3.client("route53", endpoint_url=stack.connection.endpoint, **given)
    # AWS's ids begin with Z, and moto's with any letter or digit.
    while True:
        zone = client.create_hosted_zone(Name="example.com", CallerReference="once")
        name = str(zone["HostedZone"]["Id"].rpartition("/")[2])
        if name.startswith("Z"):
            return name


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    keep_bytecode()
    folder = tmp_path_factory.mktemp("changes")
    engine = folder / "bin" / "slow-engine"
    engine.parent.mkdir()
    engine.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).parent / "slow_engine.py"} "$@"\n')
    engine.chmod(0o755)
    os.environ["PATH"] = f"{engine.parent}:{os.environ['PATH']}"
    sections = deepcopy(sections_of(ROOT, STACK))
    sections["fleets"][FLEET] |= {"engine": "image", "engine_command": "slow-engine"}
    sections["fleets"]["gpu"] = deepcopy(sections["fleets"][FLEET])
    with running(Options(pace=PACE), lambda _event: None) as stack:
        pulumi = stack.pulumi(lambda _text: None)
        pulumi.create_stack()
        stack.serve()
        zone = hosted_zone(stack)
        texts = {
            **TEXTS,
            "job_server.zone_id": zone,
            "fleets.<name>.engine": "reference",
            "fleets.<name>.engine_command": "slow-engine --again",
            "fleets.<name>.install_root": "opt/other",
        }
        made = World(
            stack=stack,
            pulumi=pulumi,
            folder=folder,
            sections=sections,
            on_paper=deployment(ROOT, STACK, sections),
            texts=texts,
        )
        code, text, _ = made.up(sections)
        assert code == 0, text
        stack.wait_for("the API", lambda: stack.api_url() is not None, deadline_s=DEADLINE_S)
        variables, connection = operator_variables(stack.connection), stack.connection
        secrets = WebhookSecrets(connection.ssm(), variables["CLIPIT_WEBHOOK_SECRET_PREFIX"])
        tenants = Tenants(Table(connection.dynamodb(), variables["CLIPIT_TABLE"]))
        made.key = tenants.create(TENANT, secrets).key
        yield made


def changed(world: World, path: str) -> Alternative:
    if path in FIELDS:
        return alternative(world.sections, path, FIELDS[path], FLEET, world.texts)
    if path == FLEET_ADDED:
        return one_fleet_more(world.sections, FLEET)
    kept = default_fleet(world.sections)
    only = {**world.sections, "fleets": {kept: world.sections["fleets"][kept]}}
    return Alternative(setting=path, value=None, sections=only)


def on_paper(world: World, change: Alternative) -> Deployment | None:
    """The deployment with the change; None when it is refused."""
    try:
        return deployment(ROOT, STACK, change.sections, world.on_paper)
    except ProgramError:
        return None


@pytest.mark.parametrize("path", ORDER)
def test_a_change_does_what_the_effects_say_and_the_render_goes_on(path: str, world: World) -> None:
    change = changed(world, path)
    after = on_paper(world, change)
    if path == FLEET_REMOVED:
        world.finish_in_other_fleets(default_fleet(world.sections))
    render = world.render_under_way()

    code, text, done = world.up(change.sections)

    if after is None:
        assert code != 0
        assert "is deployed, and a stack keeps it" in text
        assert done == Effects(
            created=frozenset(),
            deleted=frozenset(),
            replaced=frozenset(),
            updated=frozenset(),
            rolling=frozenset(),
        )
        return
    assert code == 0, text
    said = effects(world.on_paper.resources, after.resources)
    world.sections, world.on_paper = change.sections, after
    assert (done.created, done.deleted, done.replaced) == (said.created, said.deleted, said.replaced)
    assert done.updated == said.updated
    assert replaced_for_good(done) == []
    assert world.state(render) in {"", "queued", "rendering", "succeeded"}


def test_every_render_has_succeeded(world: World) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        states = {render: world.state(render) for render in world.renders}
        if all(state.startswith(("succeeded", "failed", "cancelled")) for state in states.values()):
            break
        world.stack.check()
        time.sleep(1)

    assert states == dict.fromkeys(world.renders, "succeeded")
    assert world.renders
