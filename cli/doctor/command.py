"""`clipit doctor`: checks the prerequisites of a deployment."""

import json

import typer

from cli.doctor import checks, rounds
from cli.doctor.asking import BotoAws, pulumi_in, resolve
from cli.doctor.patient import Patient, Result
from cli.exits import MEANINGS, Exit
from cli.options import AsJson, Stack
from cli.stack_settings import ROOT, read
from cli.terminal import printable

app = typer.Typer(epilog=MEANINGS)


@app.command(epilog=MEANINGS)
def doctor(stack: Stack = "prod", as_json: AsJson = False) -> None:
    """Check the prerequisites of a deployment.

    Reads the stack file, the state's login and the account, and changes nothing. Each check passed, failed
    with the command that mends it, or could not look. Exit code 4 means that a check failed.
    """
    settings = read(stack)
    patient = Patient(
        stack=stack,
        root=ROOT,
        settings=settings,
        aws=BotoAws(settings.deployment.region),
        pulumi=pulumi_in(ROOT),
        resolve=resolve,
    )
    found: list[rounds.Looked] = []
    for looked in rounds.run(checks.ALL, patient):
        found.append(looked)
        if not as_json:
            finding = looked.finding
            print(f"{finding.result:>14}  {looked.check.name}: {printable(finding.detail)}")
            if finding.remedy:
                print(f"{'':>14}    {printable(finding.remedy)}")
    if as_json:
        rows = [
            {
                "check": it.check.name,
                "result": it.finding.result,
                "detail": it.finding.detail,
                "remedy": it.finding.remedy,
            }
            for it in found
        ]
        print(json.dumps({"stack": stack, "checks": rows}, indent=2))
    else:
        counts = {result: sum(it.finding.result is result for it in found) for result in Result}
        print(f"{stack}: " + ", ".join(f"{count} {result}" for result, count in counts.items()))
    if any(it.finding.result is Result.FAILED for it in found):
        raise typer.Exit(Exit.REFUSED)
