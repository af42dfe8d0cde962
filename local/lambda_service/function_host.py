"""The child process of one function: it runs the handler that it is started with.

`python -m local.lambda_service.function_host CODE HANDLER`: an invocation is a JSON line on standard input,
its result a JSON line on standard output. What the handler prints or logs goes to standard error. Nothing of
the checkout can be imported, only the deployed code and the installed libraries (which stand for the Lambda
runtime).
"""

import argparse
import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias

Handler: TypeAlias = Callable[[object, "Context"], object]

_CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a handler may ask about its invocation, under Lambda's own names."""

    aws_request_id: str
    deadline: float
    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    function_version: str = "$LATEST"
    log_group_name: str = ""
    log_stream_name: str = ""

    def get_remaining_time_in_millis(self) -> int:
        """Time until the invocation is ended by force."""
        return max(0, int((self.deadline - time.time()) * 1000))


def main() -> None:
    """Load the handler, then serve invocations until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("code", type=Path)
    parser.add_argument("handler")
    arguments = parser.parse_args()
    results = _claim_standard_output()
    _leave_checkout(arguments.code)
    try:
        handler = _load(arguments.handler)
    except Exception as problem:
        _log(problem)
        _say(results, {"ready": False, "error": _described(problem)})
        sys.exit(1)
    _say(results, {"ready": True})
    for line in sys.stdin:
        answer = _invoke(handler, json.loads(line))
        sys.stdout.flush()
        _say(results, answer)


def _claim_standard_output() -> IO[str]:
    """Keep standard output for results; what the handler prints goes to standard error."""
    results = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return results


def _leave_checkout(code: Path) -> None:
    """Import from the deployed code first and from the checkout never."""
    sys.path[:] = [str(code), *(entry for entry in sys.path if Path(entry or ".").resolve() != _CHECKOUT)]
    sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in repr(finder)]
    for name in [name for name in sys.modules if name.partition(".")[0] in {"local", "handlers"}]:
        del sys.modules[name]
    os.chdir(code)


def _load(name: str) -> Handler:
    module, _, attribute = name.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), attribute)
    return handler


def _invoke(handler: Handler, call: dict[str, object]) -> dict[str, object]:
    context = Context(
        aws_request_id=str(call["request_id"]),
        deadline=float(str(call["deadline"])),
        function_name=str(call["function_name"]),
        invoked_function_arn=str(call["function_arn"]),
        memory_limit_in_mb=int(str(call["memory"])),
        log_group_name=f"/aws/lambda/{call['function_name']}",
        log_stream_name=str(call["request_id"]),
    )
    try:
        result = handler(call["event"], context)
        return {"result": json.loads(json.dumps(result, default=str))}
    except Exception as problem:
        _log(problem, str(call["request_id"]))
        return {"error": _described(problem)}


def _log(problem: Exception, request_id: str = "") -> None:
    """Log an error that the handler let through, in one line as the runtime for Python does.

    https://github.com/aws/aws-lambda-python-runtime-interface-client (bootstrap.py, `log_error`, JSON)
    """
    unloaded = isinstance(problem, ImportError) and not request_id
    line = {
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "level": "ERROR",
        "errorMessage": f"Unable to import module: {problem}" if unloaded else str(problem),
        "errorType": "Runtime.ImportModuleError" if unloaded else type(problem).__name__,
        "requestId": request_id,
        "stackTrace": traceback.format_tb(problem.__traceback__),
    }
    sys.stderr.write(json.dumps(line) + "\n")
    sys.stderr.flush()


def _described(problem: BaseException) -> str:
    return f"{type(problem).__name__}: {problem}"


def _say(results: IO[str], message: dict[str, object]) -> None:
    results.write(json.dumps(message) + "\n")
    results.flush()


if __name__ == "__main__":
    main()
