"""`clipit local`: a local stack that stays, to work with by hand."""

import json
import sys
from typing import Annotated, NoReturn

import typer

from cli.exits import MEANINGS, Exit

app = typer.Typer(
    no_args_is_help=True, help="The whole service on this machine, to work with.", epilog=MEANINGS
)

Port = Annotated[int, typer.Option(help="Port of the API; 0 takes a free one.", min=0, max=65535)]
EmulatorPort = Annotated[
    int, typer.Option(help="Port of the emulated AWS; 0 takes a free one.", min=0, max=65535)
]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.command(epilog=MEANINGS)
def up(
    detach: Annotated[bool, typer.Option("--detach", help="Stay in the background once it is up.")] = False,
    deploy: Annotated[
        bool, typer.Option(help="Deploy the program; without, the emulated AWS stays empty.")
    ] = True,
    port: Port = 0,
    emulator_port: EmulatorPort = 0,
    as_json: AsJson = False,
) -> None:
    """Start the emulated AWS and deploy to it; stay until Ctrl-C, or until `clipit local down`."""
    if port and port == emulator_port:
        raise typer.BadParameter(
            f"{port} is asked for twice, for the API and for the emulated AWS. Choose two, or 0 for any.",
            param_hint="--port and --emulator-port",
        )
    from cli.local import stack  # noqa: PLC0415 - heavy

    options = stack.Wanted(deploy=deploy, port=port, emulator_port=emulator_port)
    problem = stack.up_in_background(options) if detach else stack.up(options, as_json=as_json)
    if problem:
        _end(problem.code, problem.text)
    if detach:
        status(as_json=as_json)


@app.command(epilog=MEANINGS)
def status(as_json: AsJson = False) -> None:
    """See whether the stack is up and what runs in it; exit code 1 when it is not."""
    from cli.local import stack  # noqa: PLC0415 - heavy

    seen = stack.status()
    if as_json:
        print(json.dumps(seen))
    elif seen["up"]:
        print(stack.sheet(seen))
    else:
        print("the local stack is not up; `clipit local up` starts it")
    if not seen["up"]:
        raise typer.Exit(Exit.FAILED)


@app.command(epilog=MEANINGS)
def down(as_json: AsJson = False) -> None:
    """End the stack with all of its processes; nothing of it is kept."""
    from cli.local import stack  # noqa: PLC0415 - heavy
    from local.stack.session import TakenError  # noqa: PLC0415 - only where a stack is looked for

    try:
        ended = stack.down()
    except TakenError as problem:
        _end(Exit.FAILED, str(problem))
    print(
        json.dumps({"ended": ended}) if as_json else ("the local stack is down" if ended else "it was not up")
    )


@app.command(epilog=MEANINGS)
def env() -> None:
    """Print what a shell needs to work with the stack: eval "$(clipit local env)"."""
    import shlex  # noqa: PLC0415 - only this command needs it

    from cli.local import stack  # noqa: PLC0415 - heavy

    variables = stack.environment()
    if variables is None:
        _end(Exit.FAILED, "the local stack is not up; `clipit local up --detach` starts it")
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
    if stack.DEPLOYED_WITH in variables and stack.API_URL not in variables:
        sys.stderr.write(
            f"{stack.PREFIX}the job server does not answer yet, so {stack.API_URL} is missing; "
            "`clipit local status` shows when it does\n"
        )


def _end(code: Exit, message: str) -> NoReturn:
    from cli.local.stack import PREFIX  # noqa: PLC0415 - heavy

    sys.stderr.write(f"{PREFIX}{message}\n")
    raise typer.Exit(code)
