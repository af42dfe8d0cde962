"""The catalogue of log events: name, level, fields and meaning, by the room under handlers/ that writes them.

To add an event, add it here and write it, then `make telemetry-page`. tests/contracts/test_telemetry.py reads
the rooms and proves that they write these events, with these fields and no others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

RENDER: Final = ("job", "trace_id", "attempt", "fleet")
"""The fields of every line that is about a render, under the same names everywhere."""


@dataclass(frozen=True, kw_only=True)
class LogEvent:
    """One event; `fields` are its own, beside those of every event of its room."""

    name: str
    level: str
    says: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Room:
    """What a room writes: where, under which key the event's name stands, and the fields of every line."""

    group: str
    key: str
    always: tuple[str, ...]
    events: tuple[LogEvent, ...]


def _info(name: str, says: str, *fields: str) -> LogEvent:
    return LogEvent(name=name, level="info", says=says, fields=fields)


def _warning(name: str, says: str, *fields: str) -> LogEvent:
    return LogEvent(name=name, level="warning", says=says, fields=fields)


def _error(name: str, says: str, *fields: str) -> LogEvent:
    return LogEvent(name=name, level="error", says=says, fields=fields)


_TRY = ("endpoint", "host", "message_id", "milliseconds", "status", "tries")

JOB_SERVER: Final = Room(
    group="/ecs/clip-it-<stack>-job-server",
    key="event",
    always=("request_id", "caller_trace_id"),
    events=(
        _info(
            "request",
            "A request was answered. With a render or an asset of the route: its fields; of a submission "
            "also `replayed` and `message_id`, of a batch `batch` and `replayed`.",
            *("method", "milliseconds", "route", "status", "tenant"),
            *(*RENDER, "asset", "replayed", "message_id", "batch"),
        ),
        _error(
            "fault",
            "A mistake in the program; the answer was 500.",
            *(*RENDER, "asset", "replayed", "message_id", "batch"),
        ),
        _warning(
            "dependency_failed",
            "The answer was 503.",
            *("error", *RENDER, "asset", "replayed", "message_id", "batch"),
        ),
        _warning("dependencies_silent", "`/readyz` answered 503.", "dependencies"),
        _error("item_unreadable", "An item that says what no job can was skipped; who wrote it?", "error"),
        _warning("dispatch_failed", "The sweeper will send the message.", *RENDER, "error", "passing"),
        _warning("overloaded", "A request was refused: too many are being served.", "requests", "waiting"),
    ),
)
SCALER: Final = Room(
    group="/aws/lambda/clip-it-<stack>-<fleet>-scaler",
    key="message",
    always=("fleet",),
    events=(
        _info(
            "scaler_decided",
            "A decision, with all that `clipit simulate --replay` needs.",
            *("batch", "breakers", "code", "decision", "desired", "environment", "limits", "oldest_s"),
            *("queued", "reason", "snapshot"),
        ),
        _warning(
            "boot_failed",
            "An instance is replaced before it was in service; `words` are the last failed bootstrap's.",
            *("instance", "seconds", "stage", "words"),
        ),
        _error("item_unreadable", "An item that says what no job can was skipped; who wrote it?", "error"),
        _warning("scaler_fell_short", "Orders that failed, or that a new job made void.", "failed", "spared"),
        _warning("scaler_state_lost", "A part of the record could not be read and was reset.", "lost"),
        _error("scaler_pass_failed", "The invocation failed."),
    ),
)
SWEEPER: Final = Room(
    group="/aws/lambda/clip-it-<stack>-sweeper",
    key="message",
    always=(),
    events=(
        _info(
            "swept",
            "One sweep, by ids of jobs, and of assets that were erased.",
            *("dead_letters", "ended", "environment", "erased", "left", "mistakes", "postponed", "returned"),
            *("sent_again", "webhooks"),
        ),
        _info("job_repaired", "What a sweep did for one job.", *RENDER, "repairs"),
        _error("sweep_failed", "The invocation failed.", "environment"),
    ),
)
NOTIFIER: Final = Room(
    group="/aws/lambda/clip-it-<stack>-notifier",
    key="message",
    always=(),
    events=(
        _info("webhook_queued", "A render has ended; its webhook is on the queue.", *RENDER, "host", "state"),
        _info("webhook_delivered", "The receiver accepted it.", *RENDER, *_TRY),
        _info("endpoint_tested", "A customer tried a webhook endpoint.", "endpoint", "error"),
        _info("webhook_dropped", "There is nothing to deliver.", *RENDER, *_TRY, "reason"),
        _warning("webhook_failed", "Another try follows.", *RENDER, *_TRY, "error", "retry_s"),
        _warning("webhook_given_up", "The last try failed.", *RENDER, *_TRY, "error", "retry_s"),
        _error("item_unreadable", "The item says what no job can, and nobody is sent it.", "error", "record"),
        _error("notifier_failed", "A record could not be handled; it comes again.", "record"),
    ),
)
_OF_ATTEMPT: Final = RENDER[:3]
RENDER_AGENT: Final = Room(
    group="/clip-it/<stack>/<fleet>/agent",
    key="event",
    always=("instance", "fleet", "environment"),
    events=(
        _error("settings_refused", "The environment cannot be used.", "error"),
        _error("engine_refused", "There is no working engine.", "error"),
        _warning("engine_unconfined", "The engine is the same user as the agent: there is no systemd."),
        _warning("engine_uncontained", "What an engine starts may outlive its run: this is no Linux."),
        _info(
            "agent_started",
            "Joins next.",
            *("engine", "image", "instance_type", "market", "release", "zone"),
        ),
        _info("joined_too_late", "The instance is already on its way out."),
        _info("registered", "The worker has its record.", "verdict"),
        _info("launch_completed", "The instance may serve.", "hook_was_waiting"),
        _warning(
            "clock_skewed", "The instance's clock is wrong; the table's time is used.", "seconds_behind"
        ),
        _warning("worker_unknown", "The record vanished; it is written again."),
        _error("message_unreadable", "Not a render message.", "error", "receives"),
        _info(
            "claim_refused",
            "Somebody else won, or the worker may not.",
            *(*_OF_ATTEMPT, "message_id", "reason"),
        ),
        _info(
            "job_claimed",
            "The attempt begins; `wait_s` is how long the job has waited for it.",
            *(*_OF_ATTEMPT, "message_id", "receives", "tenant", "wait_s"),
        ),
        _info("inputs_fetched", "Composition and assets are in place.", *_OF_ATTEMPT),
        _info("engine_started", "The engine runs.", *_OF_ATTEMPT),
        _info(
            "engine_ended",
            "`Exited`, `Stopped`, `TimedOut`, `Stalled` or `DidNotStart`.",
            *(*_OF_ATTEMPT, "code", "end", "refusal"),
        ),
        _error(
            "engine_processes_left",
            "They could not be ended; `quarantined` follows.",
            *(*_OF_ATTEMPT, "processes"),
        ),
        _info("video_stored", "The video is in its bucket.", *_OF_ATTEMPT, "bytes"),
        _warning("engine_log_lost", "The attempt goes on without its log.", *_OF_ATTEMPT, "error"),
        _warning("lease_lost", "The engine is being stopped.", *_OF_ATTEMPT),
        _warning("fenced_off", "The attempt counts for nothing.", *_OF_ATTEMPT),
        _warning(
            "leftover_freed",
            "The worker's record named an attempt that had ended; now it names none.",
            *_OF_ATTEMPT,
        ),
        _info(
            "attempt_ended",
            "The attempt has ended; with `outcome` the render has.",
            *(*_OF_ATTEMPT, "bytes", "duration_s", "failure_code", "failure_detail", "outcome", "state"),
            "stopped",
        ),
        _error("completion_failed", "The sweeper will give the job back.", *_OF_ATTEMPT, "error"),
        _warning("aws_trouble", "Waited out.", "error", "tries", "what"),
        _error("quarantined", "The worker asks to be replaced.", "crashed_jobs"),
        _info("draining", "Nothing more is claimed.", "reason"),
        _info("waiting_for_termination", "Idle until the group ends the instance."),
        _info("deregistered", "The record is gone, unless another must still find it.", "record_removed"),
        _info(
            "termination_completed",
            "The instance may go; `hook_was_waiting` is null when the call met trouble to the last try.",
            "hook_was_waiting",
        ),
        _info("agent_left", "Exit 0 follows."),
        _error("agent_failed", "A mistake in the program; exit 1 follows.", "error"),
    ),
)
ROOMS: Final[Mapping[str, Room]] = MappingProxyType(
    {
        "job_server": JOB_SERVER,
        "scaler": SCALER,
        "sweeper": SWEEPER,
        "notifier": NOTIFIER,
        "render_agent": RENDER_AGENT,
    }
)
