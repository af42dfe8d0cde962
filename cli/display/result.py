"""The last line of a command: what a person or a program reads to know how it ended."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from cli.exits import CommandError


@contextmanager
def result(text: str, *, as_json: bool, **fields: object) -> Iterator[None]:
    """Print the text after success, or a JSON object after success and after an error, which goes on.

    Raises:
        CommandError: As the block raised it; it holds the text and the exit code.
    """
    try:
        yield
    except CommandError as problem:
        if as_json:
            _print(ok=False, error=str(problem), code=problem.code, **fields)
        raise
    if as_json:
        _print(ok=True, **fields)
    else:
        print(text)


def _print(**fields: object) -> None:
    print(json.dumps({"kind": "result", **fields}))
