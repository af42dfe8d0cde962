"""What the agent needs from the world, in its own words; `aws.py` and `metadata.py` are the deployed answers.

The table needs no port of its own: `WorkerJobs` and `WorkerHeartbeats` of the job domain speak these words.
"""

from pathlib import Path
from typing import Protocol

from handlers.jobs.model import Priority
from handlers.render_agent.attempt import Delivery


class Inbox(Protocol):
    """The fleet's two queues."""

    def receive(self, priority: Priority, *, wait_seconds: int, hold_seconds: int) -> Delivery | None:
        """The next message of a priority, hidden from others for `hold_seconds`; None when none came."""

    def hold(self, delivery: Delivery, seconds: int) -> None:
        """Keep the message hidden for that long from now; 0 gives it back."""

    def remove(self, delivery: Delivery) -> None:
        """The message is done with."""


class Files(Protocol):
    """The buckets."""

    def fetch(self, key: str, path: Path) -> bool:
        """Copy an input to a file; False when there is no such object."""

    def store(self, path: Path, key: str, content_type: str) -> None:
        """Copy a file to the outputs."""


class Compositions(Protocol):
    """The compositions that lie in the table."""

    def of(self, job_id: str) -> bytes | None:
        """The composition of a job; None when the buckets have it.

        Raises:
            UnreadableItemError: what lies there is no composition.
        """


class Group(Protocol):
    """The Auto Scaling group this instance belongs to."""

    def launched(self, instance_id: str) -> bool:
        """End the launch hook: the instance may serve. False when no hook was waiting."""

    def still_leaving(self, instance_id: str) -> bool:
        """Ask the termination hook for more time. False when no hook was waiting."""

    def may_terminate(self, instance_id: str) -> bool:
        """End the termination hook: the instance may go. False when no hook was waiting."""

    def unhealthy(self, instance_id: str) -> None:
        """Ask for this instance to be replaced."""


class Instance(Protocol):
    """What the machine knows about itself."""

    def instance_id(self) -> str:
        """Its name."""

    def is_terminating(self) -> bool:
        """The group wants it gone."""

    def is_interrupted(self) -> bool:
        """EC2 takes it back."""
