"""What one try of a webhook measures. Pure."""

from collections.abc import Mapping

from handlers.jobs.model import Job
from handlers.notifier.results import Delivered, DeliveryResult, Failed, Post, Refused, Tested
from handlers.telemetry.metrics import DELIVERY, FIRST_TRY, TRIES_FAILED, Metric


def measured(result: DeliveryResult, *, tries: int, again: bool = False) -> Mapping[Metric, float]:
    """The values of a try; none for a message that asked no receiver, and none for a redelivery.

    A customer may ask for one days after the end, and for as many that fail as it likes.
    """
    if again or isinstance(result, Refused | Tested) or result.job is None or result.post is None:
        return {}
    seconds = _since_end(result.job, result.post)
    return {
        **({FIRST_TRY: seconds} if tries == 1 else {}),
        **({DELIVERY: seconds} if isinstance(result, Delivered) else {}),
        **({TRIES_FAILED: 1.0} if isinstance(result, Failed) else {}),
    }


def _since_end(job: Job, post: Post) -> float:
    ended = job.updated_at if job.finished_at is None else job.finished_at
    return round(max(0.0, post.at - ended), 3)
