"""`clipit local`: a local stack that keeps running, for manual work."""

import json
import shlex
import sys
from typing import Annotated

import typer

from cli.exits import MEANINGS, MESSAGE_PREFIX, CommandError, Exit
from cli.local import stack
from cli.options import AsJson, Port

app = typer.Typer(
    name="local",
    no_args_is_help=True,
    help="Run the whole service on this machine.",
    epilog=MEANINGS,
)

EmulatorPort = Annotated[
    int, typer.Option(min=0, max=65535, help="Port of the emulated AWS; 0 chooses a free one.")
]


@app.command(epilog=MEANINGS)
def up(
    detach: Annotated[
        bool, typer.Option("--detach", help="Return once the stack is up, and keep it in the background.")
    ] = False,
    deploy: Annotated[bool, typer.Option(help="Deploy the program, or leave the emulated AWS empty.")] = True,
    port: Port = 0,
    emulator_port: EmulatorPort = 0,
    as_json: AsJson = False,
) -> None:
    """Start the emulated AWS and deploy to it; run until Ctrl-C or `clipit local down`."""
    if port and port == emulator_port:
        raise typer.BadParameter(
            f"{port} is given for both the API and the emulated AWS. Give two different ports, or 0 for any.",
            param_hint="--port and --emulator-port",
        )
    wanted = stack.Wanted(deploy=deploy, port=port, emulator_port=emulator_port)
    if not detach:
        stack.up(wanted, as_json=as_json)
        return
    stack.up_in_background(wanted)
    status(as_json=as_json)


@app.command(epilog=MEANINGS)
def status(as_json: AsJson = False) -> None:
    """Show whether the stack is up and what runs in it; the exit code is 1 when it is not up."""
    found = stack.status()
    if as_json:
        print(json.dumps(found))
    elif found["up"]:
        print(stack.as_text(found))
    else:
        print("the local stack is not up; `clipit local up` starts it")
    if not found["up"]:
        raise typer.Exit(Exit.FAILED)


@app.command(epilog=MEANINGS)
def down(as_json: AsJson = False) -> None:
    """Stop the stack and all of its processes; its data is lost."""
    ended = stack.down()
    text = "the local stack is down" if ended else "the local stack was not up"
    print(json.dumps({"ended": ended}) if as_json else text)


@app.command(epilog=MEANINGS)
def env() -> None:
    """Print the environment variables of the stack, for eval "$(clipit local env)"."""
    variables = stack.environment()
    if variables is None:
        raise CommandError("the local stack is not up; `clipit local up --detach` starts it")
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
    if stack.DEPLOYED_WITH in variables and stack.API_URL not in variables:
        sys.stderr.write(
            f"{MESSAGE_PREFIX}the job server does not answer yet, so {stack.API_URL} is missing; "
            "`clipit local status` shows when it does\n"
        )
