"""The stack that incidents are played on: deployed once, in time lapse, with limits that are soon reached."""

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

from cli.exits import CommandError, Exit
from cli.incidents.shell import Shell
from cli.keys.tenants import Tenants
from cli.local.failures import as_command_errors
from cli.renders.api import Api
from cli.webhooks.secrets import WebhookSecrets
from handlers.jobs.store.table import Table
from local.emulator.connection import Connection
from local.stack.deployed import operator_variables
from local.stack.pulumi_runs import PulumiRuns
from local.stack.runner import LocalStack, Options, running, variables
from local.stack.stack_file import read_yaml

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef

PACE = 20.0
"""A minute of schedules and of CloudWatch lasts 3 s."""
FLEET, TENANT = "cpu", "incidents"
SOON: Mapping[str, Mapping[str, object]] = {
    "clip-it:alarms": {"queue_age_seconds": 60},
    "clip-it:webhooks": {"delivery_limit": 1},
}
"""Settings in place of those of Pulumi.local.yaml: their limits are reached within a minute or two."""
COMPOSITION = {
    "version": 1,
    "width": 320,
    "height": 180,
    "rate": 25,
    "background": "#101020",
    "scenes": [{"duration_s": 1.0, "background": "#102030"}],
}
_ROOT = Path(__file__).resolve().parents[2]
_DEPLOY_S, _API_S, _POLL_S = 300.0, 90.0, 0.2


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """A deployed stack, an operator's shell and a customer's key."""

    stack: LocalStack
    outputs: Mapping[str, object]
    settings: Path
    shell: Shell
    callers: Shell
    """Another shell, for those who call the API meanwhile."""
    key: str
    table: str
    heard_at: str
    """The queue that listens to the topic of alarms."""

    @property
    def connection(self) -> Connection:
        """The emulated AWS."""
        return self.stack.connection

    def name(self, *parts: str) -> str:
        """The physical name of a resource."""
        return "-".join(("clip-it", "local", *parts))

    def alarms(self) -> "list[MetricAlarmTypeDef]":
        """The alarms of this stack."""
        shown = self.connection.cloudwatch().describe_alarms(AlarmNamePrefix=self.name(""))
        return shown["MetricAlarms"]

    def submit(self, **more: object) -> str:
        """Submit a small render; gives its id."""
        body = {"composition": COMPOSITION, **more}
        return str(self.api().submit(body, idempotency_key=uuid.uuid4().hex)["id"])

    def api(self) -> Api:
        """The API, as a customer calls it."""
        return Api.connect(self.wait("the API", self.stack.api_url, _API_S) or "", self.key)

    def wait(self, what: str, ready: Callable[[], str | None], deadline_s: float) -> str | None:
        """Wait until there is something.

        Raises:
            CommandError: There was nothing within the deadline.
        """
        deadline = time.monotonic() + deadline_s
        while not (found := ready()):
            self.stack.check()
            if time.monotonic() > deadline:
                raise CommandError(f"{what}: not within {deadline_s:.0f} s", Exit.TOO_LATE)
            time.sleep(_POLL_S)
        return found

    def wait_for_ok(self, alarm: str) -> None:
        """Wait until an alarm of this stack is over.

        Raises:
            CommandError: It is not within two minutes.
        """

        def over() -> str | None:
            states = {one["AlarmName"]: one["StateValue"] for one in self.alarms()}
            return "OK" if states[self.name(alarm)] == "OK" else None

        self.wait(f"{alarm} is over", over, 120.0)

    def heard(self) -> list[tuple[str, str]]:
        """The notifications since the last look: alarms and their new states."""
        sqs, found = self.connection.sqs(), []
        while messages := sqs.receive_message(QueueUrl=self.heard_at, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                told = json.loads(json.loads(message["Body"])["Message"])
                found.append((str(told["AlarmName"]), str(told["NewStateValue"])))
                sqs.delete_message(QueueUrl=self.heard_at, ReceiptHandle=message["ReceiptHandle"])
        return found

    def deploy(self) -> None:
        """What the pages call *deploy*, without its questions.

        Raises:
            CommandError: It failed.
        """
        flags = f"--yes --skip-preview --refresh --config-file '{self.settings}'"
        packs = "--policy-pack policy --policy-pack-config policy/levels/local.json"
        typed = self.shell.type(f"pulumi up -s local {flags} {packs}", deadline_s=_DEPLOY_S)
        if typed.code:
            raise CommandError(f"the deployment failed:\n{typed.printed[-2000:]}")


@contextmanager
def deployed(say: Callable[[str], None]) -> Iterator[Cloud]:
    """A stack for incidents; all of its processes have ended when the block ends.

    Raises:
        CommandError: It could not be deployed.
    """
    with as_command_errors(), running(Options(pace=PACE), lambda _event: None) as stack:
        pulumi = stack.pulumi(say)
        pulumi.create_stack()
        settings = _settings(stack.folder)
        stack.serve()
        say("deploying the program under its policy pack")
        pulumi.with_settings(settings).up(lambda _progress, _name: None, deadline_s=_DEPLOY_S)
        stack.wait_for("A healthy task", lambda: bool(stack.api_url()), deadline_s=_API_S)
        shells = [_shell(stack, pulumi), _shell(stack, pulumi)]
        try:
            yield _cloud(stack, pulumi.outputs(), settings, *shells)
        finally:
            for shell in shells:
                shell.end()


def _settings(folder: Path) -> Path:
    """The stack file of the local stack with other limits."""
    sections = deepcopy(read_yaml(_ROOT / "Pulumi.local.yaml"))
    if not isinstance(sections, dict):
        raise CommandError("Pulumi.local.yaml holds no settings")
    for section, values in SOON.items():
        sections["config"][section] |= values
    path = folder / "Pulumi.incidents.yaml"
    with path.open("w") as file:
        YAML().dump(sections, file)
    return path


def _shell(stack: LocalStack, pulumi: PulumiRuns) -> Shell:
    return Shell(
        environment={**variables(pulumi), **operator_variables(stack.connection), "HOME": str(stack.folder)},
        run=stack.run,
        folder=stack.folder,
        public_url=str(pulumi.outputs()["api_url"]),
        local_url=stack.api_url() or "",
    )


def _cloud(
    stack: LocalStack, outputs: Mapping[str, object], settings: Path, shell: Shell, callers: Shell
) -> Cloud:
    connection, given = stack.connection, operator_variables(stack.connection)
    secrets = WebhookSecrets(connection.ssm(), given["CLIPIT_WEBHOOK_SECRET_PREFIX"])
    key = Tenants(Table(connection.dynamodb(), given["CLIPIT_TABLE"])).create(TENANT, secrets).key
    sqs, sns = connection.sqs(), connection.session.client("sns", endpoint_url=connection.endpoint)
    queue = sqs.create_queue(QueueName="heard-by-the-operator")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    for topic in sns.list_topics()["Topics"]:
        sns.subscribe(TopicArn=topic["TopicArn"], Protocol="sqs", Endpoint=arn)
    return Cloud(
        stack=stack,
        outputs=outputs,
        settings=settings,
        shell=shell,
        callers=callers,
        key=key,
        table=given["CLIPIT_TABLE"],
        heard_at=queue,
    )
