"""What the API answers: frozen, and tolerant of fields and values that a newer server adds.

tests/clients/python/test_models.py holds each model against the committed OpenAPI document.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue

ENDED: Final = frozenset({"succeeded", "failed", "cancelled"})
"""The states in which nothing more happens to a render."""


class Model(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True)


class Links(Model):
    """Paths of related resources."""

    self: str
    events: str
    deliveries: str
    cancel: str


class Accepted(Model):
    """A render that was accepted."""

    id: str
    state: str
    trace_id: str
    links: Links


class FleetWaits(Model):
    """How long the latest renders of the fleet waited: half of them at most `p50_s`."""

    p50_s: float
    p90_s: float
    renders: int


class Waiting(Model):
    """Why a render waits, and since when."""

    code: str
    reason: str
    since: datetime
    fleet_waits: FleetWaits | None = None


class RemainingBasis(Model):
    """What the remaining seconds follow from: the attempt took `elapsed_s` for `percent`."""

    percent: int
    elapsed_s: float


class Progress(Model):
    """How far the current attempt is."""

    percent: int
    stage: str | None
    remaining_s: float | None = None
    remaining_basis: RemainingBasis | None = None


class Usage(Model):
    """What a render has used until now."""

    attempts: int
    machine_s: float
    video_s: float


class Event(Model):
    """One event in the history of a render."""

    number: int
    at: datetime
    kind: str
    actor: str
    detail: str
    trace_id: str


class Poster(Model):
    """A link to the picture of a video that works until `url_expires_at`."""

    url: str = Field(repr=False)
    url_expires_at: datetime


class Output(Model):
    """The finished video, and a link to it that works until `url_expires_at`."""

    url: str = Field(repr=False)
    url_expires_at: datetime
    duration_s: float
    width: int
    height: int
    bytes: int
    format: str = "mp4"
    poster: Poster | None = None


class Warned(Model):
    """Something that a submission asks for and will not get; `pointer` is its place in the body."""

    pointer: str
    detail: str


class Length(Model):
    """How long the video of a submission would be; None where only the fleet's own engine knows."""

    duration_s: float | None
    frames: int | None
    warnings: list[Warned] = []


class Failure(Model):
    """Why a render, or its latest attempt, failed."""

    code: str
    detail: str


class Render(Model):
    """A render in its current state."""

    id: str
    state: str
    fleet: str
    attempt: int
    attempt_limit: int
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime = datetime.max.replace(tzinfo=UTC)
    poll_after_s: int | None = None
    template: str | None
    priority: str = "normal"
    batch: str | None = None
    webhook_url: str | None = Field(repr=False)
    metadata: Mapping[str, str] = Field(default={}, repr=False)
    test: bool = False
    trace_id: str
    caller_traceparent: str | None = None
    cancel_requested: bool
    waiting: Waiting | None
    progress: Progress | None
    output: Output | None
    failure: Failure | None
    usage: Usage | None = None
    composition: dict[str, JsonValue] | None = Field(default=None, repr=False)
    events: list[Event] | None = Field(default=None, repr=False)
    links: Links

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED


class RenderList(Model):
    """A page of renders, newest first."""

    renders: list[Render]
    next_cursor: str | None


class EventList(Model):
    """The events of a render, in order."""

    events: list[Event]


class Delivery(Model):
    """One attempt to deliver a render's webhook."""

    number: int
    at: datetime
    delivered: bool
    error: str | None
    webhook_id: str | None = None
    endpoint: str | None = None
    redelivery: str | None = None


class DeliveryList(Model):
    """Every attempt to deliver a render's webhook, in order."""

    deliveries: list[Delivery]


class Redelivery(Model):
    """A new delivery of a render's webhook; its attempts have the id as `redelivery`."""

    id: str
    deliveries: str


class WebhookEndpointTest(Model):
    """The latest test of a webhook endpoint."""

    webhook_id: str
    at: datetime
    delivered: bool
    error: str | None


class WebhookEndpoint(Model):
    """An address that receives the webhooks of all renders."""

    id: str
    url: str = Field(repr=False)
    events: list[str]
    enabled: bool
    disabled_at: datetime | None
    reason: str | None
    exhausted_deliveries: int
    created_at: datetime
    updated_at: datetime
    secret_overlap_ends_at: datetime | None
    last_test: WebhookEndpointTest | None


class WebhookEndpointList(Model):
    """The webhook endpoints, the oldest first."""

    webhook_endpoints: list[WebhookEndpoint]


class WebhookEndpointSecret(Model):
    """A webhook endpoint and its newest secret, which the API does not show again."""

    webhook_endpoint: WebhookEndpoint
    secret: str = Field(repr=False)


class WebhookEndpointTestRequested(Model):
    """A test that is on its way; the endpoint's `last_test` has its id when it was tried."""

    webhook_id: str


class Template(Model):
    """A template in the list, and the JSON Schema of its fields; of your own, get the template for these."""

    name: str
    description: str
    fields: dict[str, JsonValue] | None
    version: int | None = None
    updated_at: datetime | None = None


class TemplateVersion(Model):
    """One version of a template; one of the catalog has neither number nor example."""

    name: str
    version: int | None
    description: str
    fields: dict[str, JsonValue]
    composition: dict[str, JsonValue]
    example: dict[str, JsonValue] | None
    created_at: datetime | None


class TemplateList(Model):
    """The catalog of templates, and after it your own."""

    templates: list[Template]


class UsageDay(Model):
    """What renders that ended on a day, in UTC, have used."""

    day: date
    succeeded: int
    failed: int
    cancelled: int
    machine_s: float
    video_s: float


class UsageReport(Model):
    """The days on which renders have ended, in order."""

    days: list[UsageDay]


class Upload(Model):
    """The one request that uploads a file, until `expires_at`."""

    method: str
    url: str = Field(repr=False)
    headers: Mapping[str, str]
    expires_at: datetime


class Asset(Model):
    """The id of a file, and the request that uploads it."""

    id: str
    upload: Upload


class Health(Model):
    """The server can answer."""

    status: str


class ProblemDetail(Model):
    """One mistake in a request: in its body, or in a parameter or header."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None


class Problem(Model):
    """What went wrong."""

    type: str = "about:blank"
    title: str = ""
    status: int = 0
    detail: str = ""
    request_id: str = ""
    errors: list[ProblemDetail] | None = None
