"""The webhook that a customer receives, for the OpenAPI document; the notifier sends it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.json_schema import SkipJsonSchema

from handlers.job_server.schemas.responses import FailureView
from handlers.jobs.states import JobState


class Sent(BaseModel):
    """Base of what a webhook sends: fields may be added later, and a field without a value is left out."""

    model_config = ConfigDict(frozen=True)


def _without_default(schema: dict[str, JsonValue]) -> None:
    """An optional field is left out rather than null."""
    schema.pop("default")


class WebhookRender(Sent):
    """The render that ended; get the render for the link to its video."""

    id: str
    state: Literal[JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED]
    attempt: int
    trace_id: str
    batch: str | SkipJsonSchema[None] = Field(
        default=None,
        description="Present only for a render that was submitted with a batch.",
        json_schema_extra=_without_default,
    )
    test: Literal[True] | SkipJsonSchema[None] = Field(
        default=None,
        description="Present only for a render that was submitted with a test key.",
        json_schema_extra=_without_default,
    )
    metadata: dict[str, str] | SkipJsonSchema[None] = Field(
        default=None,
        description="Present only where the submission had some.",
        json_schema_extra=_without_default,
    )
    failure: FailureView | SkipJsonSchema[None] = Field(
        default=None, description="Present only for a failed render.", json_schema_extra=_without_default
    )


class TestedEndpoint(Sent):
    """The endpoint that is tested."""

    endpoint: str


class EndpointTestEvent(Sent):
    """A customer tests a webhook endpoint."""

    type: Literal["endpoint.test"]
    timestamp: datetime = Field(description="When it was sent.")
    data: TestedEndpoint


class WebhookEvent(Sent):
    """A render has ended."""

    type: Literal["render.succeeded", "render.failed", "render.cancelled"]
    timestamp: datetime = Field(description="When the render ended.")
    data: WebhookRender
