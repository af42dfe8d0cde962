"""The events of a local stack as lines of text."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cli.display.display import Display
from local.stack_events import StackEvent

_STAGES: Mapping[str, str] = {
    "launched": "launched {detail}",
    "booting": "boots; {detail}",
    "ssm-online": "Systems Manager: {detail}",
    "association": "Systems Manager: {detail}",
    "step": "bootstrap: {detail}",
    "bootstrap-passed": "association applied: {detail}",
    "bootstrap-failed": "association FAILED: {detail}",
    "trouble": "{detail}",
    "terminated": "gone: {detail}",
    "task-started": "task started: {detail}",
    "task-healthy": "task healthy: {detail}",
    "task-replaced": "task replaced: {detail}",
    "task-ended": "task ended: {detail}",
    "task-failed": "task FAILED: {detail}",
    "function-failed": "function FAILED: {detail}",
    "event-source-failed": "event source FAILED: {detail}",
}
_LIFECYCLE: Mapping[str, str] = {
    "Pending:Wait": "held back by the launch hook until it is verified",
    "InService": "verified by its own agent and in service",
    "Terminating:Wait": "terminating; the hook waits for its agent",
    "Terminating": "leaving",
}


@dataclass
class StackEventReporter:
    """Shows a stack's events on a display, and collects the failures."""

    display: Display
    scalers: Mapping[str, str] = field(default_factory=dict)
    """Function name to fleet."""
    failures: list[str] = field(default_factory=list)
    _decisions: dict[str, tuple[object, object]] = field(default_factory=dict)

    def report(self, event: StackEvent) -> None:
        """Show one event."""
        source, kind = event.source, event.kind
        if kind == "function-returned":
            self._decision(event)
        elif kind == "lifecycle":
            state = event.detail
            self.display.line(
                f"{state}: {_LIFECYCLE.get(state, 'in transition')}", source=source, data=event.data
            )
        elif kind in _STAGES:
            text = _STAGES[kind].format(detail=event.detail)
            self.display.line(text, source=source, data=event.data)
            if kind in {"bootstrap-failed", "task-failed"}:
                self.failures.append(f"{source}: {event.detail}")

    def _decision(self, event: StackEvent) -> None:
        """Show the scaler's decision when it differs from the previous one."""
        desired, reason = event.data.get("desired"), event.data.get("reason")
        if desired is None or not reason:
            return
        code = event.data.get("reason_code")
        if self._decisions.get(event.source) != (desired, code):
            self._decisions[event.source] = (desired, code)
            self.display.line(
                f"scaler decides: {desired} desired; {reason}", source=event.source, data=event.data
            )
