"""Conditions of bucket policies: moto denies what a statement's condition does not meet, even a Deny's.

In AWS a statement whose condition is not met does not apply at all. A request to the emulator
counts as one over TLS, so the usual refusal of plain transport does not apply to it.
"""

from typing import Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult

_SECURE_TRANSPORT = "aws:securetransport"

_judge = IAMPolicyStatement.is_action_permitted


def _judge_if_it_applies(statement: Any, action: str, resource: str = "*", *more: Any, **named: Any) -> Any:
    conditions = statement._statement.get("Condition")
    if not conditions:
        return _judge(statement, action, resource, *more, **named)
    if not _met(conditions):
        return PermissionResult.NEUTRAL
    unconditional = IAMPolicyStatement({k: v for k, v in statement._statement.items() if k != "Condition"})
    return _judge(unconditional, action, resource, *more, **named)


def _met(conditions: dict[str, dict[str, object]]) -> bool:
    """Only demands on the transport can be judged here; a statement with any other one does not apply."""
    for operator, demands in conditions.items():
        for key, wanted in demands.items():
            secure = str(wanted).lower() == "true"
            if operator != "Bool" or key.lower() != _SECURE_TRANSPORT or not secure:
                return False
    return True


def install() -> None:
    """Let conditions decide whether a statement applies."""
    IAMPolicyStatement.is_action_permitted = _judge_if_it_applies
