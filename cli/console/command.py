"""`clipit console`: look at a stack in a browser of this machine."""

import socket
from typing import Annotated

import typer

from cli.console.allowed import ReadOnlyCalls
from cli.console.reading.limits import limits_of
from cli.console.reading.source import Source
from cli.console.serving import ADDRESS, door
from cli.exits import MEANINGS, CommandError
from cli.options import Stack
from cli.stack_place import StackPlace
from cli.stack_session import session_of

app = typer.Typer()


@app.command(name="console", epilog=MEANINGS)
def show(
    stack: Stack,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page; 0 chooses a free one.")] = 0,
) -> None:
    """Show a stack on a read-only web page of this machine.

    Who waits and why, what each instance does, why the fleet has its size, and what happened to a render.
    It serves until Ctrl-C, reads with your AWS credentials, and can call nothing that changes something.
    The printed address works once, in one browser.
    """
    place = StackPlace.of(stack)
    session, endpoint = session_of(stack, place)
    source = Source(
        stack=stack,
        place=place,
        limits=limits_of(stack),
        calls=lambda: ReadOnlyCalls(session, endpoint),
        emulated=endpoint is not None,
    )
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((ADDRESS, port))
        except OSError as problem:
            raise CommandError(
                f"port {port} cannot be used: {problem.strerror}; give another --port, or 0"
            ) from problem
        made = door(source, listening)
        print(f"Open {made.opening} (works once); Ctrl-C ends the console.", flush=True)
        made.server.run(sockets=[listening])
