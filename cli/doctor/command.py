"""`clipit doctor`: what a deployment needs and does not make itself."""

import json
from pathlib import Path

import typer

from cli.doctor import checks, rounds
from cli.doctor.asking import BotoAws, pulumi
from cli.doctor.patient import Patient, Verdict
from cli.exits import MEANINGS, CommandError, Exit
from cli.options import AsJson, Stack
from cli.preview.program import stacks
from components.settings import NAMESPACE, Settings, SettingsError, parse
from local.stack.stack_file import StackFileError, config_of

app = typer.Typer(epilog=MEANINGS)
ROOT = Path(__file__).resolve().parents[2]


@app.command(epilog=MEANINGS)
def doctor(stack: Stack = "prod", as_json: AsJson = False) -> None:
    """Check what a deployment needs and does not make itself.

    Reads the stack file, the state's login and the account, and changes nothing. Each check passed, failed
    with the command that mends it, or could not look. Exit code 4 means that a check failed.
    """
    settings = _settings(stack)
    patient = Patient(
        stack=stack,
        root=ROOT,
        settings=settings,
        aws=BotoAws(settings.deployment.region),
        pulumi=pulumi(ROOT),
    )
    found: list[rounds.Looked] = []
    for looked in rounds.run(checks.ALL, patient):
        found.append(looked)
        if not as_json:
            finding = looked.finding
            print(f"{finding.verdict:>14}  {looked.check.name}: {_printable(finding.detail)}")
            if finding.remedy:
                print(f"{'':>14}    {_printable(finding.remedy)}")
    if as_json:
        rows = [
            {
                "check": it.check.name,
                "verdict": it.finding.verdict,
                "detail": it.finding.detail,
                "remedy": it.finding.remedy,
            }
            for it in found
        ]
        print(json.dumps({"stack": stack, "checks": rows}, indent=2))
    else:
        counts = {verdict: sum(it.finding.verdict is verdict for it in found) for verdict in Verdict}
        print(f"{stack}: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    if any(it.finding.verdict is Verdict.FAILED for it in found):
        raise typer.Exit(Exit.REFUSED)


def _settings(stack: str) -> Settings:
    prefix = f"{NAMESPACE}:"
    if not (ROOT / f"Pulumi.{stack}.yaml").exists():
        raise CommandError(f"there is no stack {stack}; known are {', '.join(stacks(ROOT))}", Exit.USAGE)
    try:
        stated = config_of(stack, ROOT)
        return parse({key.removeprefix(prefix): stated[key] for key in stated if key.startswith(prefix)})
    except (SettingsError, StackFileError) as problem:
        raise CommandError(str(problem)) from problem


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
