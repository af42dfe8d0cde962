"""`clipit deploy` and `clipit rollback`."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.deploy import rollback as older
from cli.deploy.deployment import Deployment
from cli.deploy.looking import Looking
from cli.deployed_stack import DeployedStack
from cli.display.display import PlainDisplay
from cli.exits import MEANINGS
from cli.options import Stack
from cli.pulumi import ROOT, Pulumi

app = typer.Typer()

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask after the preview.")]
FleetDeadline = Annotated[
    float,
    typer.Option(min=1, help="Seconds for the instances of a fleet: one after the other, each drained."),
]
_HOURS_3 = 10_800.0


@app.command(epilog=MEANINGS)
def deploy(stack: Stack, yes: Yes = False, fleet_deadline: FleetDeadline = _HOURS_3) -> None:
    """Deploy a stack and wait until everything runs what was deployed.

    Shows each step as the command that you could type: a preview under the policy pack, and after your yes
    `up --refresh`. Then it waits until Lambda has the new code, ECS serves the new revision (a rollback is a
    success for Pulumi), the instance refresh of each fleet has ended and every worker reports the new agent;
    at last `clipit smoke` tries it. Where something fails it says what serves now and how to go back.
    """
    _deploy(stack, ROOT, yes=yes, fleet_deadline=fleet_deadline)


@app.command(epilog=MEANINGS)
def rollback(
    stack: Stack,
    to: Annotated[str, typer.Option("--to", metavar="REVISION", help="Git revision to go back to.")],
    yes: Yes = False,
    fleet_deadline: FleetDeadline = _HOURS_3,
) -> None:
    """Deploy an older revision of this repository, settings included, as `clipit deploy` does.

    Refused when that code cannot read the table as the deployed code writes it.
    """
    commit = older.resolve(to)
    deployed = Pulumi.of(stack).outputs().get("table_format")
    older.refuse_unreadable(commit, deployed if isinstance(deployed, dict) else {})
    print(f"$ git worktree add --detach <folder> {commit}\n$ cd <folder>\n$ make setup")
    with older.checked_out(commit) as tree:
        _deploy(stack, tree, yes=yes, fleet_deadline=fleet_deadline)


def _deploy(stack: str, root: Path, *, yes: bool, fleet_deadline: float) -> None:
    Deployment(
        pulumi=Pulumi.of(stack, root),
        display=PlainDisplay(),
        look=_look,
        smoke=lambda: (
            subprocess.run(
                [sys.executable, "-m", "cli.start", "smoke", "--stack", stack], cwd=ROOT, check=False
            ).returncode
        ),
        fleet_deadline_s=fleet_deadline,
    ).run(confirm=lambda: yes or typer.confirm(f"Deploy this to {stack}?"))
    print(f"deploy: ok {stack}")


def _look(stack: DeployedStack) -> Looking:
    return Looking.at(stack)
