"""Examples for the OpenAPI document: requests that are accepted, and answers made by the answers' types."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from handlers.job_server import problems
from handlers.job_server.batches.answers import AcceptedBatchView, BatchCounts, BatchView, batch_links
from handlers.job_server.problems import Kind, Problem, ProblemDetail
from handlers.job_server.schemas import responses
from handlers.job_server.schemas.usage import UsageDayView, UsageReportView
from handlers.job_server.schemas.webhook import EndpointTestEvent, TestedEndpoint, WebhookEvent, WebhookRender
from handlers.job_server.templates import views as template_views
from handlers.job_server.webhook_endpoints import examples as endpoints
from handlers.jobs.ids import job_ids_of_batch
from handlers.jobs.json_schema.values import Json
from handlers.jobs.outputs import VideoFormat
from handlers.jobs.reasons import WAIT_TEXTS, FailureCode, WaitReason
from handlers.jobs.states import EventKind, JobState
from handlers.jobs.store.customers.templates import TemplateEntry, TemplateVersion
from handlers.jobs.templates import catalog
from handlers.jobs.tracing import trace_id_of

RENDER = "r_01hf7yat00z3ghvhxwt0jccfah"
BATCH = "b_01hf7yat00z3ghvhxwt0jccf"
ASSET = "a_01hf7yat00z3ghvhxwt0jccfah"
REDELIVERY = "d_01hf7yat00z3ghvhxwt0jccfah"
WEBHOOK = f"msg_{RENDER}_1"
TRACE = trace_id_of(RENDER)
REQUEST = "0af7651916cd43dd8448eb211c80319c"
CURSOR = f"1700000000.000_{RENDER}"
TEMPLATE = "promo"
_AT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)

_DEFINITION: Mapping[str, Json] = {
    "description": "A price in large letters",
    "fields": {
        "type": "object",
        "required": ["price"],
        "additionalProperties": False,
        "properties": {
            "price": {"type": "string", "minLength": 1, "maxLength": 12},
            "color": {"type": "string", "default": "#203040"},
        },
    },
    "composition": {
        "version": 1,
        "width": 640,
        "height": 360,
        "rate": 25,
        "background": {"$field": "color"},
        "scenes": [{"duration_s": 2, "text": {"content": {"$field": "price"}}}],
    },
    "example": {"price": "19.90"},
}

COMPOSITION: dict[str, Json] = {
    "version": 1,
    "width": 640,
    "height": 360,
    "rate": 25,
    "scenes": [{"duration_s": 2, "text": {"content": "Hello"}}],
}
_PICTURE: Json = {"asset": {"url": "https://example.com/logo.png"}, "fit": "cover"}
_TITLE_CARD: Json = {"title": "Hello", "tone_hz": 440, "width": 640, "height": 360}
_SUBMISSIONS: Mapping[str, Json] = {
    "composition": {
        "composition": COMPOSITION,
        "metadata": {"order": "1042"},
        "output": {"format": "mp4", "quality": "high", "poster_at_s": 1},
    },
    "template": {"template": "title-card", "fields": _TITLE_CARD},
    "with addresses of yours": {
        "composition": {**COMPOSITION, "scenes": [{"duration_s": 2, "image": _PICTURE}]},
        "webhook_url": "https://example.com/hooks/clip-it",
    },
}
"""A browser sends the first one as it stands: it names nothing of the internet, and suits a test key."""

REQUESTS: Mapping[str, Mapping[str, Json]] = {
    "submitRender": _SUBMISSIONS,
    "submitBatch": {
        "template": {
            "shared": {
                "template": "title-card",
                "fields": {"tone_hz": 440, "width": 640, "height": 360},
                "metadata": {"order": "1042"},
            },
            "items": [{"fields": {"title": "Hello"}}, {"fields": {"title": "Goodbye"}}],
        }
    },
    "validateRender": _SUBMISSIONS,
    "announceAsset": {"picture": {"content_type": "image/png", "size": 5120}},
    **endpoints.REQUESTS,
    "putTemplate": {"promo": dict(_DEFINITION)},
}

_LINKS = responses.Links(
    self=f"/v1/renders/{RENDER}",
    events=f"/v1/renders/{RENDER}/events",
    deliveries=f"/v1/renders/{RENDER}/deliveries",
    cancel=f"/v1/renders/{RENDER}/cancel",
)
_WARNING = responses.WarningView(pointer="/composition/audio", detail="is left out: a gif has no sound")
_FAILURE = responses.FailureView(code=FailureCode.ASSET_REFUSED, detail="the image cannot be read")


_EVENTS = [
    responses.EventView(
        number=number, at=_AT + timedelta(seconds=number), kind=kind, actor=actor, detail="", trace_id=TRACE
    )
    for number, (kind, actor) in enumerate(
        [(EventKind.SUBMITTED, "api:acme"), (EventKind.CLAIMED, "i-0abc12345def67890")], 1
    )
]


def _render(state: JobState, **more: object) -> responses.RenderView:
    common = {
        "id": RENDER,
        "state": state,
        "fleet": "cpu",
        "attempt": 1,
        "attempt_limit": 3,
        "created_at": _AT,
        "updated_at": _AT,
        "expires_at": _AT + timedelta(days=30),
        "template": "title-card",
        "trace_id": TRACE,
        "links": _LINKS,
    }
    return responses.RenderView.model_validate({**common, **more})


_QUEUED = _render(
    JobState.QUEUED,
    poll_after_s=3,
    waiting=responses.WaitingView(
        code=WaitReason.INSTANCE_BOOTING,
        reason=WAIT_TEXTS[WaitReason.INSTANCE_BOOTING],
        since=_AT,
        fleet_waits=responses.FleetWaitsView(p50_s=12.5, p90_s=95.0, renders=50),
    ),
    usage=responses.UsageView(attempts=0, machine_s=0, video_s=0),
)
_RENDERING = _render(
    JobState.RENDERING,
    poll_after_s=1,
    started_at=_AT,
    progress=responses.ProgressView(
        percent=40,
        stage="encoding",
        remaining_s=6.0,
        remaining_basis=responses.RemainingBasisView(percent=40, elapsed_s=4.0),
    ),
    usage=responses.UsageView(attempts=1, machine_s=4.0, video_s=0),
)
_SUCCEEDED = _render(
    JobState.SUCCEEDED,
    started_at=_AT,
    finished_at=_AT + timedelta(seconds=9),
    output=responses.OutputView(
        url=f"https://clip-it-outputs.s3.eu-central-1.amazonaws.com/outputs/acme/{RENDER}/1/video.mp4",
        url_expires_at=_AT + timedelta(hours=1),
        duration_s=2,
        width=640,
        height=360,
        bytes=48_213,
        format=VideoFormat.MP4,
        poster=responses.PosterView(
            url=f"https://clip-it-outputs.s3.eu-central-1.amazonaws.com/outputs/acme/{RENDER}/1/poster.jpg",
            url_expires_at=_AT + timedelta(hours=1),
        ),
    ),
)
_INCLUDED = _SUCCEEDED.model_copy(
    update={
        "usage": responses.UsageView(attempts=1, machine_s=9.0, video_s=2),
        "composition": COMPOSITION,
        "events": _EVENTS,
    }
)
_FAILED = _render(JobState.FAILED, started_at=_AT, finished_at=_AT, failure=_FAILURE)
_CANCELLED = _render(JobState.CANCELLED, finished_at=_AT)

_VERSION = TemplateVersion(name=TEMPLATE, version=3, content=_DEFINITION, created_at=_AT.timestamp())
_ENTRY = TemplateEntry(
    name=TEMPLATE, version=3, description="A price in large letters", updated_at=_AT.timestamp()
)

_ANSWERS: Mapping[str, Mapping[str, BaseModel]] = {
    "submitRender": {
        "accepted": responses.AcceptedView(id=RENDER, trace_id=TRACE, links=_LINKS),
    },
    "submitBatch": {
        "accepted": AcceptedBatchView(
            id=BATCH, renders=[*job_ids_of_batch(BATCH, 2)], links=batch_links(BATCH)
        )
    },
    "getBatch": {
        "rendering": BatchView(
            id=BATCH,
            items=2,
            accepted=2,
            renders=BatchCounts(queued=0, rendering=1, succeeded=1, failed=0, cancelled=0, deleted=0),
            ended=False,
            created_at=_AT,
            expires_at=_AT + timedelta(days=30),
            poll_after_s=3,
            links=batch_links(BATCH),
        )
    },
    "validateRender": {
        "valid": responses.LengthView(duration_s=2, frames=50),
        "with a warning": responses.LengthView(duration_s=2, frames=50, warnings=[_WARNING]),
    },
    "listRenders": {
        "part": responses.RenderListView(renders=[_SUCCEEDED], next_cursor=CURSOR),
        "end": responses.RenderListView(renders=[]),
    },
    "getRender": {
        **{one.state.value: one for one in (_QUEUED, _RENDERING, _SUCCEEDED, _FAILED, _CANCELLED)},
        "included": _INCLUDED,
    },
    "cancelRender": {
        "queued": _CANCELLED,
        "rendering": _RENDERING.model_copy(update={"cancel_requested": True}),
    },
    "listEvents": {"claimed": responses.EventListView(events=_EVENTS)},
    "listDeliveries": {
        "delivered": responses.DeliveryListView(
            deliveries=[
                responses.DeliveryView(
                    number=1, at=_AT, delivered=False, error="answered 500", webhook_id=WEBHOOK
                ),
                responses.DeliveryView(
                    number=2,
                    at=_AT + timedelta(seconds=10),
                    delivered=True,
                    webhook_id=WEBHOOK,
                    redelivery=REDELIVERY,
                ),
            ]
        )
    },
    "redeliverWebhook": {
        "asked": responses.RedeliveryView(id=REDELIVERY, deliveries=_LINKS.deliveries),
    },
    "announceAsset": {
        "picture": responses.AssetView(
            id=ASSET,
            upload=responses.UploadView(
                url=f"https://clip-it-inputs.s3.eu-central-1.amazonaws.com/assets/acme/{ASSET}",
                headers={"Content-Type": "image/png", "Content-Length": "5120"},
                expires_at=_AT + timedelta(hours=1),
            ),
        )
    },
    "listTemplates": {"catalog": template_views.listed([_ENTRY])},
    "putTemplate": {"promo": template_views.own(_VERSION)},
    "getTemplate": {
        "own": template_views.own(_VERSION),
        "catalog": template_views.of_catalog(catalog()["title-card"]),
    },
    "getUsage": {
        "day": UsageReportView(
            days=[
                UsageDayView(
                    day=_AT.date(), succeeded=41, failed=1, cancelled=0, machine_s=1834.25, video_s=1290.0
                )
            ]
        )
    },
    "health": {"well": responses.HealthView()},
    **endpoints.ANSWERS,
}
_DETAILS: Mapping[Kind, str] = {
    problems.MALFORMED_REQUEST: "Send either Content-Length or, with HTTP/1.1, Transfer-Encoding: chunked.",
    problems.MALFORMED_JSON: "The body cannot be read: Expecting value: line 1 column 1 (char 0).",
    problems.UNAUTHORIZED: "Send a valid key in the header `Authorization: Bearer <key>`.",
    problems.INSUFFICIENT_SCOPE: "This key has the scope `read`, and this operation needs `submit`; "
    "ask your operator for such a key.",
    problems.NOT_FOUND: "You have no render with this id.",
    problems.TOO_SLOW: "The body was not complete after 20 s.",
    problems.KEY_REUSED: "This Idempotency-Key was used with another body; use a new key for a new render.",
    problems.JOB_FINAL: "The render has already ended (succeeded), so it cannot be cancelled.",
    problems.JOB_NOT_FINAL: "The render has not ended yet; cancel it first, or wait for its end.",
    problems.NO_WEBHOOK: "The render has no webhook_url, and none of your webhook endpoints receives it.",
    problems.ENDPOINTS_FULL: "You have 5 webhook endpoints, the maximum; change one, or delete one first.",
    problems.ROTATION_UNDER_WAY: "The secret before the newest one still signs until "
    "2023-11-15T22:13:20+00:00; rotate again after that.",
    problems.OTHER_VERSION: "The template has changed, or is there already; get it again, "
    "and put your change to that.",
    problems.TOO_MANY_TEMPLATES: "You have 200 templates, the maximum; delete one that you do not need.",
    problems.TOO_LARGE: "The body may have at most 1048576 bytes.",
    problems.UNSUPPORTED_MEDIA: "Content-Type is 'text/plain'; send application/json.",
    problems.INVALID: "The request has one mistake: /fields/title is missing.",
    problems.QUEUE_FULL: "You have 100 renders waiting for fleet cpu, the maximum; "
    "try again when one has started.",
    problems.RATE_EXCEEDED: "You may spend 600 writes in 60 s, and 80% of them with one key; "
    "wait as Retry-After says.",
    problems.INTERNAL: "The error was logged; please try again, or report the request_id.",
    problems.UNAVAILABLE: "A dependency is busy or unreachable; nothing was lost, please try again.",
}

WEBHOOKS: Mapping[str, BaseModel] = {
    "succeeded": WebhookEvent(
        type="render.succeeded",
        timestamp=_AT,
        data=WebhookRender(id=RENDER, state=JobState.SUCCEEDED, attempt=1, trace_id=TRACE),
    ),
    "failed": WebhookEvent(
        type="render.failed",
        timestamp=_AT,
        data=WebhookRender(id=RENDER, state=JobState.FAILED, attempt=1, trace_id=TRACE, failure=_FAILURE),
    ),
}


def request(operation: str) -> dict[str, Json]:
    """The examples of an operation's body, by name, as OpenAPI wants them."""
    return {name: {"value": value} for name, value in REQUESTS[operation].items()}


def answer(operation: str) -> dict[str, Json]:
    """The examples of an operation's successful responses."""
    return {name: {"value": value.model_dump(mode="json")} for name, value in _ANSWERS[operation].items()}


def problem(kinds: list[Kind]) -> dict[str, Json]:
    """An example of each kind of problem."""
    return {
        kind.name: {
            "value": problems.document(_example(kind), REQUEST).model_dump(mode="json", exclude_none=True)
        }
        for kind in kinds
    }


def webhook() -> dict[str, Json]:
    """The examples of webhooks, as they are sent."""
    return {
        name: {"value": event.model_dump(mode="json", exclude_none=True)} for name, event in WEBHOOKS.items()
    }


def test_event() -> Json:
    """The example of a test, as it is sent."""
    event = EndpointTestEvent(
        type="endpoint.test", timestamp=_AT, data=TestedEndpoint(endpoint=endpoints.ENDPOINT)
    )
    sent: Json = event.model_dump(mode="json")
    return sent


def _example(kind: Kind) -> Problem:
    missing = [ProblemDetail(pointer="/fields/title", detail="is missing")]
    return Problem(kind=kind, detail=_DETAILS[kind], errors=missing if kind is problems.INVALID else [])
