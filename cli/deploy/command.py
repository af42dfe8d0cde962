"""`clipit deploy` and `clipit rollback`."""

import subprocess
import sys
from typing import Annotated

import typer

from cli.deploy import rollback as older
from cli.deploy.deployment import Deployment
from cli.deploy.looking import Looking
from cli.deployed_stack import DeployedStack
from cli.display import display
from cli.display.display import Display
from cli.display.result import result
from cli.exits import MEANINGS
from cli.options import AsJson, Stack, Yes
from cli.pulumi import ROOT, STDERR, Pulumi
from local.ecs_service import images
from local.stack.pulumi_runs import STACK as LOCAL

app = typer.Typer()

FleetDeadline = Annotated[
    float,
    typer.Option(min=1, help="Seconds to wait for a fleet to replace its instances."),
]
_HOURS_3 = 10_800.0


@app.command(epilog=MEANINGS)
def deploy(
    stack: Stack, yes: Yes = False, fleet_deadline: FleetDeadline = _HOURS_3, as_json: AsJson = False
) -> None:
    """Deploy a stack and wait until everything runs what was deployed.

    Shows each step as the command that you could type: a preview under the policy pack, and after your yes
    `up --refresh`. Then it waits until Lambda has the new code, ECS serves the new revision (a rollback is a
    success for Pulumi), the instance refresh of each fleet has ended and every worker reports the new agent;
    at last `clipit smoke` tries it. Where something fails it says what serves now and how to go back.

    With --json, standard output has one JSON object a line, the last one with the result; the output of the
    Pulumi CLI goes to standard error.
    """
    with result(f"deploy: ok {stack}", as_json=as_json, stack=stack):
        cli = Pulumi.of(stack, output=_output(as_json=as_json))
        with display.showing(as_json=as_json) as shown:
            _deploy(cli, shown, yes=yes, fleet_deadline=fleet_deadline)


@app.command(epilog=MEANINGS)
def rollback(
    stack: Stack,
    to: Annotated[str, typer.Option("--to", metavar="REVISION", help="Git revision to deploy.")],
    yes: Yes = False,
    fleet_deadline: FleetDeadline = _HOURS_3,
    as_json: AsJson = False,
) -> None:
    """Deploy an older revision of this repository, settings included, as `clipit deploy` does.

    Refused when that code cannot read the table as the deployed code writes it.
    """
    with (
        result(f"rollback: ok {stack} {to}", as_json=as_json, stack=stack, revision=to),
        display.showing(as_json=as_json) as shown,
    ):
        commit = older.resolve(to)
        deployed = Pulumi.of(stack).outputs().get("table_format")
        older.refuse_unreadable(commit, deployed if isinstance(deployed, dict) else {})
        shown.phase("checkout", f"Checking out {commit}")
        for step in (f"git worktree add --detach <folder> {commit}", "cd <folder>", "make setup"):
            shown.line(f"$ {step}")
        with older.checked_out(commit) as tree:
            cli = Pulumi.of(stack, tree, output=_output(as_json=as_json))
            _deploy(cli, shown, yes=yes, fleet_deadline=fleet_deadline)


def _deploy(cli: Pulumi, shown: Display, *, yes: bool, fleet_deadline: float) -> None:
    if cli.stack == LOCAL:
        shown.line(f"image of the job server: {images.push(cli.root)}")
    smoke = [sys.executable, "-m", "cli.start", "smoke", "--stack", cli.stack]
    Deployment(
        pulumi=cli,
        display=shown,
        look=_look,
        smoke=lambda: subprocess.run(smoke, cwd=ROOT, stdout=cli.output, check=False).returncode,
        fleet_deadline_s=fleet_deadline,
    ).run(confirm=lambda: yes or _confirmed(cli.stack, shown))


def _confirmed(stack: str, shown: Display) -> bool:
    with shown.handed_over():
        return typer.confirm(f"Deploy this to {stack}?", err=True)


def _look(stack: DeployedStack) -> Looking:
    return Looking.at(stack)


def _output(*, as_json: bool) -> int | None:
    """Where the output of child processes goes: JSON has standard output for itself."""
    return STDERR if as_json else None
