"""What happens on a local stack, put into words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cli.display.display import Display
from local.stack_events import Trigger

_STAGES: Mapping[str, str] = {
    "launched": "launched {detail}",
    "booting": "boots; {detail}",
    "ssm-online": "Systems Manager: {detail}",
    "association": "Systems Manager: {detail}",
    "step": "bootstrap: {detail}",
    "bootstrap-passed": "bootstrap passed: all checks of {detail}",
    "bootstrap-failed": "bootstrap FAILED: {detail}",
    "trouble": "{detail}",
    "terminated": "gone: {detail}",
    "task-started": "task started: {detail}",
    "task-healthy": "task healthy: {detail}",
    "task-replaced": "task replaced: {detail}",
    "task-failed": "task FAILED: {detail}",
    "function-failed": "function FAILED: {detail}",
    "event-source-failed": "event source FAILED: {detail}",
}
_LIFECYCLE: Mapping[str, str] = {
    "Pending:Wait": "held back by the launch hook until it is verified",
    "InService": "verified by its own agent and in service",
    "Terminating:Wait": "leaving; the terminate hook waits for its agent",
    "Terminating": "leaving",
}


@dataclass
class Narrator:
    """Tells happenings to a display; remembers what a story needs to go on."""

    display: Display
    scalers: Mapping[str, str] = field(default_factory=dict)
    """Function name to fleet."""
    failures: list[str] = field(default_factory=list)
    _decisions: dict[str, tuple[object, object]] = field(default_factory=dict)

    def tell(self, happening: Trigger) -> None:
        """One happening."""
        source, kind = happening.source, happening.kind
        if kind == "function-returned":
            self._decision(happening)
        elif kind == "lifecycle":
            state = happening.detail
            self.display.line(
                f"{state}: {_LIFECYCLE.get(state, 'on its way')}", source=source, data=happening.data
            )
        elif kind in _STAGES:
            text = _STAGES[kind].format(detail=happening.detail)
            self.display.line(text, source=source, data=happening.data)
            if kind in {"bootstrap-failed", "task-failed"}:
                self.failures.append(f"{source}: {happening.detail}")

    def _decision(self, happening: Trigger) -> None:
        """What the scaler decided, whenever it is news."""
        desired, reason = happening.data.get("desired"), happening.data.get("reason")
        if desired is None or not reason:
            return
        code = happening.data.get("reason_code")
        if self._decisions.get(happening.source) != (desired, code):
            self._decisions[happening.source] = (desired, code)
            self.display.line(
                f"scaler decides: {desired} wanted; {reason}", source=happening.source, data=happening.data
            )
