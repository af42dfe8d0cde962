"""`clipit policy`: judge the program or a deployed stack by the rules, and explain the rules."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cli.exits import MEANINGS, Exit

if TYPE_CHECKING:
    from cli.policy.report import Report
    from cli.policy.verdict import Diagnostic

app = typer.Typer(no_args_is_help=True, help="The rules a stack has to satisfy.", epilog=MEANINGS)
ROOT = Path(__file__).resolve().parents[2]

Stack = Annotated[str, typer.Option(help="The stack whose settings and levels hold.")]


def _in_a_folder(path: Path | None) -> Path | None:
    """Refuse a file that could not be written before the audit, and not after it."""
    if path and not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}")
    return path


A_FILE = {"dir_okay": False, "writable": True, "callback": _in_a_folder}
Markdown = Annotated[Path | None, typer.Option(help="Write the report as Markdown here.", **A_FILE)]
Junit = Annotated[Path | None, typer.Option(help="Write the report as JUnit XML here.", **A_FILE)]
Sarif = Annotated[Path | None, typer.Option(help="Write the report as SARIF 2.1.0 here.", **A_FILE)]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
ExistingFile = {"exists": True, "dir_okay": False, "readable": True}


@app.command(epilog=MEANINGS)
def check(stack: Stack = "prod", markdown: Markdown = None, junit: Junit = None, sarif: Sarif = None) -> None:
    """Judge the program as it stands: no CLI, no account, no network; every computed value unknown."""
    from cli.policy import check as audit  # noqa: PLC0415 - heavy
    from cli.policy.pack import PackError  # noqa: PLC0415 - heavy
    from cli.policy.report import Report, in_force  # noqa: PLC0415 - heavy
    from cli.preview import program  # noqa: PLC0415 - heavy

    _sound_levels(stack)
    program.keep_bytecode()
    try:
        judged = audit.check(ROOT, stack)
    except program.NoStackError as problem:
        _end(Exit.USAGE, str(problem))
    except (program.ProgramError, PackError) as problem:
        _end(Exit.FAILED, str(problem))
    report = Report(
        subject=stack,
        policies=judged.policies,
        diagnostics=judged.diagnostics,
        levels=in_force(judged.levels, judged.policies),
    )
    _tell(report, markdown, junit, sarif, more=f"{len(judged.resources)} resources")


@app.command(epilog=MEANINGS)
def analyze(
    state: Annotated[Path, typer.Option(help="A file made by `pulumi stack export`.", **ExistingFile)],
    stack: Annotated[str, typer.Option(help="Whose levels hold; by default the state's own stack.")] = "",
    markdown: Markdown = None,
    junit: Junit = None,
    sarif: Sarif = None,
) -> None:
    """Judge what is deployed, from its exported state: no program, no account, no network."""
    from cli.policy import state as deployed  # noqa: PLC0415 - heavy

    stack = stack or deployed.stack_of(state)
    if not stack:
        _end(
            Exit.USAGE,
            f"{state} names no stack; give a file of `pulumi stack export`, and --stack where it is empty",
        )
    _sound_levels(stack)
    try:
        found = deployed.analyze(ROOT, state, stack)
    except deployed.NoCliFoundError as problem:
        _end(Exit.NO_ENGINE, str(problem))
    except deployed.AnalyzeError as problem:
        _end(Exit.FAILED, f"the engine could not analyze {state}: {problem}")
    for warning in found.warnings:
        print(warning, file=sys.stderr)
    _tell(_report(f"{stack}, as deployed", stack, found.run.diagnostics), markdown, junit, sarif)


@app.command(epilog=MEANINGS)
def report(
    event_log: Annotated[
        Path,
        typer.Option(
            help="The file of `PULUMI_DEBUG_COMMANDS=true pulumi preview --event-log`.", **ExistingFile
        ),
    ],
    stack: Annotated[str, typer.Option(help="Whose levels hold; by default the log's own stack.")] = "",
    markdown: Markdown = None,
    junit: Junit = None,
    sarif: Sarif = None,
) -> None:
    """Report what the pack said in a preview or an update; a run that was broken off is no pass."""
    from cli.policy.event_log import EventLogError, RunFailedError, read  # noqa: PLC0415 - heavy

    try:
        run = read(event_log.read_text(encoding="utf-8"))
    except (EventLogError, UnicodeDecodeError) as problem:
        _end(Exit.USAGE, f"{event_log} is no event log of a run with the pack: {problem}")
    except RunFailedError as problem:
        _end(Exit.FAILED, f"the run failed, and no policy stopped it: {problem}")
    stack = stack or run.stack
    if not stack:
        _end(Exit.USAGE, f"{event_log} names no stack; give --stack")
    _sound_levels(stack)
    _tell(_report(stack, stack, run.diagnostics), markdown, junit, sarif)


@app.command("list", epilog=MEANINGS)
def list_rules(as_json: AsJson = False) -> None:
    """List the rules with their level for each stack."""
    from cli.policy import tables  # noqa: PLC0415 - heavy

    try:
        print(tables.rules_as_json() if as_json else tables.rules_as_text(), end="")
    except ValueError as problem:
        _end(Exit.FAILED, f"policy/levels: {problem}")


@app.command(epilog=MEANINGS)
def explain(rule: Annotated[str, typer.Argument(help="The id of a rule.", metavar="RULE")]) -> None:
    """Explain one rule: what, why, how to comply, options, examples."""
    from difflib import get_close_matches  # noqa: PLC0415 - only this command needs it

    from cli.policy import guardrails  # noqa: PLC0415 - heavy

    known = {each.id: each for each in guardrails.rules()}
    if rule not in known:
        close = get_close_matches(rule, known, n=1)
        meant = f"; did you mean {close[0]}?" if close else "; `clipit policy list` shows all"
        _end(Exit.USAGE, f"there is no rule {rule}{meant}")
    print(guardrails.page_entry(known[rule]))


def _report(subject: str, stack: str, found: "tuple[Diagnostic, ...]") -> "Report":
    from cli.policy import guardrails, tables  # noqa: PLC0415 - heavy
    from cli.policy.report import Report, in_force  # noqa: PLC0415 - heavy

    policies = tables.policies()
    levels = in_force(guardrails.levels(stack), policies)
    return Report(subject=subject, policies=policies, diagnostics=found, levels=levels)


def _sound_levels(stack: str) -> None:
    """Refuse levels that the CLI would take in silence and misread."""
    from cli.policy import guardrails  # noqa: PLC0415 - heavy

    try:
        problems = guardrails.level_problems(guardrails.levels(stack))
    except FileNotFoundError as problem:
        _end(Exit.USAGE, f"{problem}; choose one with --stack")
    except ValueError as problem:
        _end(Exit.FAILED, f"policy/levels/{stack}.json: {problem}")
    if problems:
        _end(Exit.FAILED, "\n".join(f"policy/levels/{stack}.json: {problem}" for problem in problems))


def _tell(
    found: "Report", markdown: Path | None, junit: Path | None, sarif: Path | None, *, more: str = ""
) -> NoReturn:
    """Show the report, write the files that are wanted, and end with what the outcome means."""
    from cli.policy import junit as as_junit  # noqa: PLC0415 - heavy
    from cli.policy import markdown as as_markdown  # noqa: PLC0415 - heavy
    from cli.policy import sarif as as_sarif  # noqa: PLC0415 - heavy
    from cli.policy import tables  # noqa: PLC0415 - heavy

    for path, render in ((markdown, as_markdown.render), (junit, as_junit.render), (sarif, as_sarif.render)):
        if path:
            try:
                path.write_text(render(found), encoding="utf-8")
            except OSError as problem:
                _end(Exit.FAILED, f"{path} could not be written: {problem.strerror}")
    print(tables.report_as_text(found, more=more), end="")
    raise typer.Exit(Exit.OK if found.passed else Exit.REFUSED)


def _end(code: Exit, text: str) -> NoReturn:
    print(text, file=sys.stderr)
    raise typer.Exit(code)
