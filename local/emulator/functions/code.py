"""Deployed function code can be fetched from the address that GetFunction gives, as in the real service."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from moto.awslambda.models import LambdaFunction, lambda_backends

from local.emulator.faults import Application, Environ, StartResponse

_PREFIX = "/local-stack/function-code/"

_get_code = LambdaFunction.get_code


def served(application: Application, base_url: str) -> Application:
    """The application with the code of functions beside it."""

    def get_code(function: Any) -> dict[str, Any]:
        answer: dict[str, Any] = _get_code(function)
        if "Code" in answer:
            path = f"{function.account_id}/{function.region}/{function.function_name}"
            answer["Code"]["Location"] = f"{base_url}{_PREFIX}{path}"
        return answer

    LambdaFunction.get_code = get_code

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", ""))
        if not path.startswith(_PREFIX):
            return application(environ, start_response)
        code = _code(*path.removeprefix(_PREFIX).split("/"))
        status = HTTPStatus.OK if code else HTTPStatus.NOT_FOUND
        headers = [("Content-Type", "application/zip"), ("Content-Length", str(len(code)))]
        start_response(f"{status.value} {status.phrase}", headers)
        return [code]

    return answer


def _code(account: str = "", region: str = "", name: str = "", *_more: str) -> bytes:
    try:
        code: bytes = lambda_backends[account][region].get_function(name).code_bytes
    except Exception:
        return b""
    return code
