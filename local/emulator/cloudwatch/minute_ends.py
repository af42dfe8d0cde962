"""Whoever runs a local stack says when a minute of CloudWatch is over; then its alarms are judged."""

import time
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import parse_qs

from local.emulator.cloudwatch import alarms, measuring
from local.emulator.cloudwatch.minutes import Minutes
from local.emulator.connection import MINUTE_PATH, SKIPPED
from local.emulator.faults import Application, Environ, StartResponse


def served(application: Application) -> Application:
    """The application with an address that ends a minute, or skips some."""
    minutes = Minutes()

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != MINUTE_PATH:
            return application(environ, start_response)
        if skipped := parse_qs(environ.get("QUERY_STRING", "")).get(SKIPPED):
            minutes.skip(int(skipped[0]))
        else:
            measuring.measure(time.time())
            minutes.end(time.time())
            alarms.tick(minutes)
        start_response(f"{HTTPStatus.OK.value} {HTTPStatus.OK.phrase}", [("Content-Length", "0")])
        return []

    return answer
