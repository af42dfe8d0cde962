"""`clipit policy`: check the program or a deployed stack against the rules, and explain the rules."""

import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from guardrails.catalogue import RULES
from guardrails.pack import page

from cli.event_log import EventLogError
from cli.exits import MEANINGS, CommandError, Exit
from cli.options import A_FILE, AsJson, Markdown, Stack, write
from cli.policy import check as audit
from cli.policy import junit as as_junit
from cli.policy import markdown as as_markdown
from cli.policy import sarif as as_sarif
from cli.policy import state as deployed
from cli.policy import tables
from cli.policy.event_log import RunFailedError, read
from cli.policy.report import Report, in_force
from cli.policy.weakening import weakened
from cli.preview import program

app = typer.Typer(
    name="policy",
    no_args_is_help=True,
    help="Check a stack against the rules of the policy pack.",
    epilog=MEANINGS,
)
ROOT = Path(__file__).resolve().parents[2]


PACK = ROOT / "policy"
A_FOLDER = {"metavar": "FOLDER", "exists": True, "file_okay": False, "resolve_path": True}
EXISTING = {"metavar": "FILE", "exists": True, "dir_okay": False, "readable": True}
Junit = Annotated[Path | None, typer.Option(help="File for the report as JUnit XML.", **A_FILE)]
Sarif = Annotated[Path | None, typer.Option(help="File for the report as SARIF 2.1.0.", **A_FILE)]
OwnStack = Annotated[
    str,
    typer.Option(metavar="STACK", help="Stack whose levels apply; by default the one in the file."),
]


@app.command(epilog=MEANINGS)
def check(  # noqa: PLR0913, PLR0917 - one parameter an option
    stack: Stack = "prod",
    levels: Annotated[
        str, typer.Option(metavar="NAME", help="Levels of the pack that apply; by default the stack's.")
    ] = "",
    folder: Annotated[
        Path,
        typer.Option("--program", help="Folder of the program; by default this checkout's.", **A_FOLDER),
    ] = ROOT,
    pack: Annotated[
        Path, typer.Option(help="Folder of the policy pack; by default this checkout's.", **A_FOLDER)
    ] = PACK,
    markdown: Markdown = None,
    junit: Junit = None,
    sarif: Sarif = None,
    base: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Checkout whose levels count: a rule that is weaker here fails.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
) -> None:
    """Check the program without the Pulumi CLI, an account or a network; computed values are unknown."""
    if pack == PACK:  # another pack has other rules, and its own tests
        tables.require_sound_levels(levels or stack)
    program.keep_bytecode()
    judged = audit.check(audit.Subject(program=folder, stack=stack, pack=pack, levels=levels or stack))
    report = Report(
        subject=stack if folder == ROOT else f"{stack} of {folder.name}",
        policies=judged.policies,
        diagnostics=judged.diagnostics,
        levels=in_force(judged.levels, judged.policies),
        weaker=weakened(base, levels or stack) if base else (),
    )
    _end_with(report, markdown, junit, sarif, more=f"{len(judged.resources)} resources")


@app.command(epilog=MEANINGS)
def analyze(
    state: Annotated[Path, typer.Option(help="File made by `pulumi stack export`.", **EXISTING)],
    stack: OwnStack = "",
    markdown: Markdown = None,
    junit: Junit = None,
    sarif: Sarif = None,
) -> None:
    """Check a deployed stack from its exported state, without its program, an account or a network."""
    stack = stack or deployed.stack_of(state)
    if not stack:
        raise CommandError(
            f"{state} names no stack; give a file from `pulumi stack export`, and --stack if that is empty",
            Exit.USAGE,
        )
    tables.require_sound_levels(stack)
    found = deployed.analyze(ROOT, state, stack)
    for warning in found.warnings:
        print(warning, file=sys.stderr)
    _end_with(tables.report_of(f"{stack}, as deployed", stack, found.run.diagnostics), markdown, junit, sarif)


@app.command(epilog=MEANINGS)
def report(
    event_log: Annotated[
        Path,
        typer.Option(help="File of `PULUMI_DEBUG_COMMANDS=true pulumi preview --event-log`.", **EXISTING),
    ],
    stack: OwnStack = "",
    markdown: Markdown = None,
    junit: Junit = None,
    sarif: Sarif = None,
) -> None:
    """Report the pack's diagnostics from a preview or an update; an interrupted run does not pass."""
    try:
        run = read(event_log.read_text(encoding="utf-8"))
    except (EventLogError, UnicodeDecodeError) as problem:
        raise CommandError(
            f"{event_log} is not an event log of a run with the pack: {problem}", Exit.USAGE
        ) from problem
    except RunFailedError as problem:
        raise CommandError(f"the run failed for another reason than a policy: {problem}") from problem
    stack = stack or run.stack
    if not stack:
        raise CommandError(f"{event_log} names no stack; give --stack", Exit.USAGE)
    tables.require_sound_levels(stack)
    _end_with(tables.report_of(stack, stack, run.diagnostics), markdown, junit, sarif)


@app.command("list", epilog=MEANINGS)
def list_rules(as_json: AsJson = False) -> None:
    """List the rules with their level for each stack."""
    try:
        print(tables.rules_as_json() if as_json else tables.rules_as_text(), end="")
    except ValueError as problem:
        raise CommandError(f"policy/levels: {problem}") from problem


@app.command(epilog=MEANINGS)
def explain(rule: Annotated[str, typer.Argument(metavar="RULE", help="Id of the rule.")]) -> None:
    """Explain one rule: what it demands, why, how to comply, its options and examples."""
    known = {each.id: each for each in RULES}
    if rule not in known:
        close = get_close_matches(rule, known, n=1)
        meant = f"; did you mean {close[0]}?" if close else "; `clipit policy list` shows all"
        raise CommandError(f"there is no rule {rule}{meant}", Exit.USAGE)
    print(page.entry(known[rule]))


def _end_with(
    found: Report, markdown: Path | None, junit: Path | None, sarif: Path | None, *, more: str = ""
) -> NoReturn:
    """Show the report, write the requested files, and end with the exit code of the outcome."""
    for path, render in ((markdown, as_markdown.render), (junit, as_junit.render), (sarif, as_sarif.render)):
        if path:
            write(path, render(found))
    print(tables.report_as_text(found, more=more), end="")
    raise typer.Exit(Exit.OK if found.passed else Exit.REFUSED)
