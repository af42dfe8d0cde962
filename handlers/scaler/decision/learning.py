"""The step before a decision: what the news teach. The Lambda and the simulator take it at every look."""

from handlers.scaler.decision.history import History, News
from handlers.scaler.decision.limits import Limits
from handlers.scaler.decision.memory import Memory


def learned(history: History, memory: Memory, news: News, limits: Limits, now: float) -> History:
    """The history at this look; what the last decision could not help is no reason to pay more."""
    return history.after(news, limits, now=now, beyond_help=memory.beyond_help)
