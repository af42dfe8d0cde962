"""`clipit`: the table of its commands; the module of a command is imported when that command runs.

To add a command, make a package `cli/<command>/` (`__init__.py`, and `command.py` with a Typer `app`), add a
row to `COMMANDS`, and its tests to `tests/cli/<command>/`. A command of an existing group, such as
`clipit keys rotate`, needs only a function in the command.py of the group.
"""

import sys
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from importlib.metadata import version
from typing import Annotated

import typer
from typer._click import Command, Context
from typer.core import TyperGroup
from typer.main import get_group

from cli.exits import MEANINGS, MESSAGE_PREFIX, CommandError


class Panel(StrEnum):
    """Who needs a command; `clipit --help` groups by it."""

    DEVELOPERS = "Build on the API (developers)"
    OPERATORS = "Look after a deployed stack (operators)"
    PLATFORM_ENGINEERS = "Deploy, change and size a stack (platform engineers)"
    AUDITORS = "Check what may be deployed (policy auditors)"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A command, or a group of commands, with the first line of its help."""

    name: str
    module: str
    help: str
    panel: Panel


def _entries(panel: Panel, *rows: tuple[str, str, str]) -> tuple[Entry, ...]:
    return tuple(Entry(name=name, module=module, help=text, panel=panel) for name, module, text in rows)


COMMANDS = (
    *_entries(
        Panel.DEVELOPERS,
        ("batch", "cli.batch.command", "Submit up to a hundred renders together, and follow them."),
        ("submit", "cli.renders.command", "Submit a render: a composition, or a template with fields."),
        (
            "watch",
            "cli.renders.command",
            "Follow a render to its end: why it waits, its progress, its output.",
        ),
        ("get", "cli.renders.command", "Show one render; download its video with --save."),
        ("list", "cli.renders.command", "List your renders, newest first."),
        ("cancel", "cli.renders.command", "Cancel a render that has not finished."),
        ("events", "cli.renders.command", "List the events of a render, in order."),
        ("deliveries", "cli.renders.command", "List the tries to deliver a render's webhook, in order."),
        ("redeliver", "cli.renders.command", "Deliver a render's webhook again, with the same webhook-id."),
        ("endpoints", "cli.endpoints.command", "Manage the addresses that receive your webhooks."),
        ("templates", "cli.templates.command", "Manage your own templates."),
        ("usage", "cli.renders.command", "Show what your renders have used, by the day of their end."),
        ("demo", "cli.demo.command", "Render one video through the whole chain on this machine."),
        ("local", "cli.local.command", "Run the whole service on this machine."),
    ),
    *_entries(
        Panel.OPERATORS,
        (
            "smoke",
            "cli.smoke.command",
            "Check with one small render that a deployed stack works: API, fleet, video, webhook.",
        ),
        ("fleet", "cli.fleet.command", "See the fleets of a deployed stack, and manage them."),
        ("scaler", "cli.scaler.command", "See what a fleet's scaler decided."),
        ("console", "cli.console.command", "Show a stack on a read-only web page of this machine."),
        ("trace", "cli.trace.command", "Show what happened to one render, from every source."),
        ("logs", "cli.logs.command", "Show the log lines of a render or of an instance."),
        ("dashboard", "cli.dashboard.command", "Draw the dashboards of a stack to PNG files."),
        ("redrive", "cli.redrive.command", "Try failed renders again, with all their attempts."),
        (
            "restore",
            "cli.restore.command",
            "Bring back items of the table from a point-in-time copy beside it.",
        ),
        ("keys", "cli.keys.command", "Manage the API keys of tenants."),
        ("tenants", "cli.tenants.command", "Set the limits of single tenants."),
        ("webhooks", "cli.webhooks.command", "Manage the webhook secrets of tenants."),
        (
            "incidents",
            "cli.incidents.command",
            "Play an incident for each alarm, and mend it by the runbooks.",
        ),
    ),
    *_entries(
        Panel.PLATFORM_ENGINEERS,
        ("doctor", "cli.doctor.command", "Check the prerequisites of a deployment."),
        (
            "preview",
            "cli.preview.command",
            "Show what the program would deploy, without the Pulumi CLI or an account.",
        ),
        ("deploy", "cli.deploy.command", "Deploy a stack and wait until everything runs what was deployed."),
        (
            "rollback",
            "cli.deploy.command",
            "Deploy an older revision of this repository, settings included, as `clipit deploy` does.",
        ),
        (
            "drain",
            "cli.teardown.command",
            "Stop the API of a stack, and wait for the end of its renders and webhooks.",
        ),
        (
            "destroy",
            "cli.teardown.command",
            "Take a drained stack down, with all its data, and check that nothing is left.",
        ),
        ("changes", "cli.changes.command", "Show what a change of each setting does in AWS."),
        (
            "cost",
            "cli.cost.command",
            "Price a stack: a month without renders, and a rendered minute by fleet.",
        ),
        (
            "simulate",
            "cli.simulate.command",
            "Simulate the scaler with arrival traces, or replay its decisions.",
        ),
    ),
    *_entries(
        Panel.AUDITORS,
        ("policy", "cli.policy.command", "Check a stack against the rules of the policy pack."),
        ("impact", "cli.impact.command", "Show what a preview would change, the most severe changes first."),
        (
            "drift",
            "cli.drift.command",
            "Show changes made outside Pulumi, and check the state against the rules.",
        ),
    ),
)
_PACK = "guardrails"
"""The package in policy/, which is not in the wheel."""
_MODULES = {entry.name: entry.module for entry in COMMANDS}


def load(name: str) -> Command:
    """Import a command of the table: a module's `app` is the group of this name, or has the command.

    Raises:
        CommandError: The command needs the policy pack, and this is no checkout.
    """
    try:
        app: typer.Typer = import_module(_MODULES[name]).app
    except ModuleNotFoundError as problem:
        if problem.name != _PACK:
            raise
        raise CommandError(f"`clipit {name}` needs the policy pack; run it in a checkout") from problem
    group = get_group(app)
    return group if group.name == name else group.commands[name]


class LazyGroup(TyperGroup):
    """Lists commands from the table, and imports only the one that runs."""

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Replace the table's entry by the command itself."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, load(name) if name in _MODULES else listed, rest

    def invoke(self, ctx: Context) -> object:
        """Run a command; the only place where an error becomes a message and an exit code."""
        try:
            return super().invoke(ctx)
        except CommandError as problem:
            sys.stderr.write(f"{MESSAGE_PREFIX}{problem}\n")
            raise typer.Exit(problem.code) from problem


app = typer.Typer(
    name="clipit",
    cls=LazyGroup,
    help="Clip-It: render videos, operate the service, and run all of it on this machine.",
    epilog=MEANINGS,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"clipit {version('clip-it')}")
        raise typer.Exit


@app.callback()
def clipit(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before the command."""


def _listed() -> None:
    """Represent a command in help and completion; `LazyGroup` runs the command itself."""


for _entry in COMMANDS:
    app.command(_entry.name, help=_entry.help, rich_help_panel=_entry.panel)(_listed)
