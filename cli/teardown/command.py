"""`clipit drain` and `clipit destroy`."""

import shlex
from typing import Annotated

import typer

from cli import aws
from cli.deployed_stack import DeployedStack
from cli.display import display
from cli.display.result import result
from cli.doctor import rounds
from cli.doctor.asking import BotoAws, pulumi_in, resolve
from cli.doctor.checks import leftovers
from cli.doctor.patient import Patient, Result
from cli.exits import MEANINGS, CommandError
from cli.options import AsJson, Deadline, Stack
from cli.pulumi import STDERR, Pulumi
from cli.stack_settings import ROOT, read
from cli.teardown.destroying import DestroyError, Destroying
from cli.teardown.draining import Draining
from cli.teardown.looking import Looking
from cli.teardown.protection import protections, require_confirmation
from cli.teardown.strays import Strays
from cli.teardown.work import Work
from components.naming import Naming
from components.settings import Settings

app = typer.Typer()

Confirm = Annotated[
    str | None,
    typer.Option(
        metavar="STACK", help="Name of the stack again, in place of a question; a protected stack needs it."
    ),
]
NOTHING = Work(tasks=0, renders={}, owing=0, webhooks=0)


@app.command(epilog=MEANINGS)
def drain(
    stack: Stack,
    confirm: Confirm = None,
    deadline: Deadline = 10_800.0,
    as_json: AsJson = False,
) -> None:
    """Stop the API of a stack, and wait for the end of its renders and webhooks.

    The load balancer answers 503 from then on. It prints first how to take that back. It ends with 5 when
    work is left at the deadline; the work goes on, and the command can be repeated.
    """
    settings = read(stack)
    shown = display.lines(as_json=as_json)
    with result(f"drain: ok {stack}", as_json=as_json, stack=stack):
        _confirm("drain", stack, settings, confirm)
        deployed = DeployedStack.read(Pulumi.of(stack))
        with aws.making_clients():
            looking = Looking.at(deployed, Naming.of(settings.deployment))
        shown.phase("drain", "Stopping the API and waiting for the renders")
        for command in way_back(looking, settings):
            shown.line(f"to take it back: {shlex.join(command)}")
        Draining(stack=looking, display=shown, deadline_s=deadline).run()


def way_back(looking: Looking, settings: Settings) -> list[list[str]]:
    """The commands that start the API again, as the stack file has it."""
    fewest, most = settings.job_server.minimum_tasks, settings.job_server.maximum_tasks
    target = f"service/{looking.cluster}/{looking.service}"
    scaling = ["--service-namespace", "ecs", "--scalable-dimension", "ecs:service:DesiredCount"]
    bounds = ["--min-capacity", str(fewest), "--max-capacity", str(most)]
    service = ["--cluster", looking.cluster, "--service", looking.service]
    register = ["aws", "application-autoscaling", "register-scalable-target"]
    return [
        [*register, *scaling, "--resource-id", target, *bounds],
        ["aws", "ecs", "update-service", *service, "--desired-count", str(fewest)],
    ]


@app.command(epilog=MEANINGS)
def destroy(stack: Stack, confirm: Confirm = None, as_json: AsJson = False) -> None:
    """Take a drained stack down, with all its data, and check that nothing is left.

    Steps: an update without the protection that the stack file states, `pulumi destroy`, and the deletion of
    what is in no state: webhook secrets, a restored copy of the table, revisions of the API's tasks. Repeat
    it after a failure. It ends with 4 when the stack is protected and --confirm does not name it, or when it
    still has work.
    """
    settings = read(stack)
    naming = Naming.of(settings.deployment)
    with result(f"destroy: ok {stack}", as_json=as_json, stack=stack):
        _confirm("destroy", stack, settings, confirm)
        cli = Pulumi.of(stack, output=STDERR if as_json else None)
        with aws.making_clients():
            strays = Strays.of(naming)
        Destroying(
            pulumi=cli,
            display=display.lines(as_json=as_json),
            protected=bool(protections(settings)),
            work=lambda: _work(cli, naming),
            strays=strays.delete,
        ).run()
        _require_nothing_left(stack, settings)


def _work(cli: Pulumi, naming: Naming) -> Work:
    """The work of a deployed stack; one that exports nothing is destroyed already, or was never deployed."""
    deployed = DeployedStack.read(cli)
    if "table_name" not in deployed.outputs:
        return NOTHING
    with aws.making_clients():
        return Looking.at(deployed, naming).left()


def _require_nothing_left(stack: str, settings: Settings) -> None:
    """Look as `clipit doctor` does.

    Raises:
        DestroyError: AWS still has something, or did not let us look.
    """
    patient = Patient(
        stack=stack,
        root=ROOT,
        settings=settings,
        aws=BotoAws(settings.deployment.region),
        pulumi=pulumi_in(ROOT),
        resolve=resolve,
    )
    for looked in rounds.run(leftovers.CHECKS, patient):
        if looked.finding.result is not Result.PASSED:
            raise DestroyError(f"{looked.check.name}: {looked.finding.result}: {looked.finding.detail}")


def _confirm(what: str, stack: str, settings: Settings, confirmed: str | None) -> None:
    if not require_confirmation(stack, settings, confirmed) and not typer.confirm(
        f"{what} {stack}?", err=True
    ):
        raise CommandError(f"{stack} was left alone")
