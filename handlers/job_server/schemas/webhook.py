"""The webhook that a customer receives, for the OpenAPI document; the notifier sends it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from handlers.job_server.schemas.responses import FailureView


class Sent(BaseModel):
    """What is sent: fields may be added, and one without a value is left out."""

    model_config = ConfigDict(frozen=True)


class WebhookRender(Sent):
    """The render that ended; ask for it to get the link to its video."""

    id: str
    state: Literal["succeeded", "failed", "cancelled"]
    attempt: int
    trace_id: str
    failure: FailureView | None = Field(default=None, description="Only of a failed render.")


class WebhookEvent(Sent):
    """A render has ended."""

    type: Literal["render.succeeded", "render.failed", "render.cancelled"]
    timestamp: datetime = Field(description="When the render ended.")
    data: WebhookRender
