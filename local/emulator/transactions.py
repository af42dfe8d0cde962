"""Conditional writes are one step each: moto serves requests from many threads and locks nothing."""

import threading

from moto.dynamodb.responses import DynamoHandler

from local.emulator.registering import Request

_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"})
_lock = threading.RLock()
_call = DynamoHandler.call_action


def _call_alone(request: Request) -> Request:
    if request._get_action() not in _WRITES:
        return _call(request)
    with _lock:
        return _call(request)


def install() -> None:
    """Serialize the writes."""
    DynamoHandler.call_action = _call_alone
