"""The parts of a function's configuration that moto ignores at creation, in updates, or both.

https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
"""

from typing import Any

from moto.awslambda.models import LambdaFunction

_KEPT = ("DeadLetterConfig", "EphemeralStorage", "LoggingConfig", "TracingConfig")

_begin = LambdaFunction.__init__
_change, _show = LambdaFunction.update_configuration, LambdaFunction.get_configuration


def _init(function: Any, account_id: str, spec: dict[str, Any], *more: Any, **named: Any) -> None:
    function.kept_configuration = _given(spec)
    _begin(function, account_id, spec, *more, **named)


def _update(function: Any, config_updates: dict[str, Any]) -> dict[str, Any]:
    kept, given = function.kept_configuration, _given(config_updates)
    logging = {**kept.get("LoggingConfig", {}), **given.get("LoggingConfig", {})}
    function.kept_configuration = {**kept, **given, **({"LoggingConfig": logging} if logging else {})}
    changed: dict[str, Any] = _change(function, config_updates)
    return changed


def _get(function: Any, *more: Any, **named: Any) -> dict[str, Any]:
    kept = function.kept_configuration
    # A dead-letter queue is taken away by an empty address.
    shown = {name: value for name, value in kept.items() if value != {"TargetArn": ""}}
    return {**_show(function, *more, **named), **shown}


def _given(configuration: dict[str, Any]) -> dict[str, Any]:
    return {name: configuration[name] for name in _KEPT if configuration.get(name)}


def install() -> None:
    """Make functions keep these parts."""
    LambdaFunction.__init__ = _init
    LambdaFunction.update_configuration, LambdaFunction.get_configuration = _update, _get
