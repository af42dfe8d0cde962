"""Opens the stack that incidents are played on: deployed in time lapse, with limits that are soon reached."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from cli.exits import CommandError
from cli.incidents.cloud import TENANT, WAIT_OBJECTIVE_S, Cloud
from cli.incidents.shell import Shell
from cli.keys.tenants import Tenants
from cli.local.failures import as_command_errors
from cli.webhooks.secrets import WebhookSecrets
from handlers.jobs.store.table import Table
from local.processes import children
from local.stack import session
from local.stack.deployed import operator_variables
from local.stack.pulumi_runs import PulumiRuns
from local.stack.runner import LocalStack, Options, running, variables
from local.stack.stack_file import read_yaml

PACE = 20.0
"""A minute lasts 3 s, or longer where the machine takes longer for what happens in each."""
SOON: Mapping[str, object] = {
    "clip-it:alarms": {"queue_age_seconds": 60},
    "clip-it:webhooks": {"delivery_limit": 1},
    "clip-it:renders": {"lease_seconds": 60},
    "clip-it:fleets": {
        "cpu": {
            "boot_deadline_seconds": 840,
            "scaling": {
                "wait_objective_s": WAIT_OBJECTIVE_S,
                "idle_before_scale_in_s": 10,
                "launch_deadline_s": 240,
                "bootstrap_deadline_s": 480,
                "heartbeat_deadline_s": 120,
            },
        }
    },
}
"""In place of settings of Pulumi.local.yaml: limits that ring are reached within a minute or two, and those
that only a slow machine reaches are wide."""
_ROOT = Path(__file__).resolve().parents[2]
_DEPLOY_S, _API_S = 600.0, 300.0


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A local stack that serves, the CLI that deployed it, and the stack file that it was deployed with."""

    stack: LocalStack
    pulumi: PulumiRuns
    settings: Path


@contextmanager
def opened(say: Callable[[str], None]) -> Iterator[Cloud]:
    """A stack for incidents, this checkout's local stack meanwhile; it has ended when the block ends.

    Raises:
        CommandError: It could not be deployed, or this checkout has a local stack already.
    """
    with deployed(say, SOON, pace=PACE) as found:
        shell = _shell(found.stack, found.pulumi, found.settings)
        try:
            yield _cloud(found.stack, found.settings, shell)
        finally:
            shell.end()


@contextmanager
def deployed(say: Callable[[str], None], changes: Mapping[str, object], *, pace: float) -> Iterator[Deployed]:
    """This checkout's local stack with other settings than its stack file's, for as long as the block.

    Raises:
        CommandError: It could not be deployed, or this checkout has a local stack already.
    """
    options = Options(pace=pace, folder=session.FOLDER)
    with as_command_errors(), session.alone(), running(options, lambda _event: None) as stack:
        pulumi = stack.pulumi(say)
        pulumi.create_stack()
        settings = _settings(stack.folder, changes)
        stack.serve()
        say("deploying the program under its policy pack")
        pulumi.with_settings(settings).up(lambda _progress, _name: None, deadline_s=_DEPLOY_S)
        stack.wait_for("A healthy task", lambda: bool(stack.api_url()), deadline_s=_API_S)
        _let_commands_find(stack, pulumi)
        yield Deployed(stack=stack, pulumi=pulumi, settings=settings)


def _let_commands_find(stack: LocalStack, pulumi: PulumiRuns) -> None:
    """Let `clipit ... --stack local` find the stack, as it finds that of `clipit local up`."""
    process = os.getpid()
    session.save(
        session.Session(
            pid=process,
            birth=children.birth(process),
            emulator_url=stack.connection.endpoint,
            api_url=stack.api_url(),
            exports=variables(pulumi),
        )
    )


def _settings(folder: Path, changes: Mapping[str, object]) -> Path:
    """The stack file of the local stack with other limits."""
    stack_file = read_yaml(_ROOT / "Pulumi.local.yaml")
    if not isinstance(stack_file, dict):
        raise CommandError("Pulumi.local.yaml holds no settings")
    sections = deepcopy(stack_file)
    _merge(sections["config"], changes)
    path = folder / "Pulumi.changed.yaml"
    with path.open("w") as file:
        YAML().dump(sections, file)
    return path


def _merge(into: dict[str, object], values: Mapping[str, object]) -> None:
    for name, value in values.items():
        inner = into[name]
        if isinstance(value, Mapping) and isinstance(inner, dict):
            _merge(inner, value)
        else:
            into[name] = value


def _shell(stack: LocalStack, pulumi: PulumiRuns, settings: Path) -> Shell:
    return Shell(
        environment={**variables(pulumi), **operator_variables(stack.connection), "HOME": str(stack.folder)},
        run=stack.run,
        public_url=str(pulumi.outputs()["api_url"]),
        local_url=stack.api_url() or "",
        settings=settings,
    )


def _cloud(stack: LocalStack, settings: Path, shell: Shell) -> Cloud:
    connection, given = stack.connection, operator_variables(stack.connection)
    secrets = WebhookSecrets(connection.ssm(), given["CLIPIT_WEBHOOK_SECRET_PREFIX"])
    key = Tenants(Table(connection.dynamodb(), given["CLIPIT_TABLE"])).create(TENANT, secrets).key
    sqs, sns = connection.sqs(), connection.session.client("sns", endpoint_url=connection.endpoint)
    queue = sqs.create_queue(QueueName="heard-by-the-operator")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    for topic in sns.list_topics()["Topics"]:
        sns.subscribe(TopicArn=topic["TopicArn"], Protocol="sqs", Endpoint=arn)
    return Cloud(stack=stack, settings=settings, shell=shell, key=key, heard_at=queue)
