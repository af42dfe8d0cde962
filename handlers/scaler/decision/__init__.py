"""What decides and nothing that knows AWS: one pure function from a snapshot and limits to a decision."""

from handlers.scaler.decision.decision import Decision, decide
from handlers.scaler.decision.limits import Limits
from handlers.scaler.decision.snapshot import Instance, Snapshot, Stage

__all__ = ("Decision", "Instance", "Limits", "Snapshot", "Stage", "decide")
