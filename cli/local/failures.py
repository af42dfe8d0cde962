"""Turns errors of a local stack into exit codes; other exceptions keep their traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import botocore.exceptions

from cli.exits import CommandError, Exit
from local.processes.signals import Interrupted
from local.stack.deployed import NotDeployedError
from local.stack.pulumi_runs import DeployError, DeployRefusedError
from local.stack.runner import StackError
from local.stack.session import TakenError
from local.stack.stack_file import StackFileError
from local.toolchain.pulumi_cli import NoCliError

_CODES: tuple[tuple[type[Exception], Exit], ...] = (
    (NoCliError, Exit.NO_ENGINE),
    (DeployRefusedError, Exit.REFUSED),
    (DeployError, Exit.FAILED),
    (NotDeployedError, Exit.FAILED),
    (StackError, Exit.FAILED),
    (StackFileError, Exit.FAILED),
    (TakenError, Exit.FAILED),
    (botocore.exceptions.BotoCoreError, Exit.FAILED),
    (botocore.exceptions.ClientError, Exit.FAILED),
)
"""The first matching class determines the code."""


@contextmanager
def as_command_errors() -> Iterator[None]:
    """Wrap the run of a local stack; everything that it started has ended when the block ends.

    Raises:
        CommandError: The stack failed or was interrupted.
    """
    try:
        yield
    except (KeyboardInterrupt, Interrupted):
        raise CommandError("interrupted; all processes have ended", Exit.INTERRUPTED) from None
    except tuple(kind for kind, _ in _CODES) as problem:
        code = next(code for kind, code in _CODES if isinstance(problem, kind))
        raise CommandError(str(problem), code) from problem
