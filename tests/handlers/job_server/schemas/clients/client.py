"""What a customer's program does, on types and calls that are generated from the document alone."""

import json
import os
import sys

from clip_it_client.api.assets import announce_asset
from clip_it_client.api.renders import cancel_render, get_render, list_renders, submit_render
from clip_it_client.api.templates import list_templates
from clip_it_client.client import AuthenticatedClient
from clip_it_client.models import (
    AssetRequest,
    AssetRequestContentType,
    Composition,
    CompositionRequest,
    CompositionScene,
    CompositionText,
    CompositionTextPosition,
    CompositionTransition,
    CompositionTransitionKind,
    JobState,
    SlideshowFields,
    SlideshowRequest,
    SlideshowRequestTemplate,
    TitleCardFields,
    TitleCardRequest,
    TitleCardRequestTemplate,
)

client = AuthenticatedClient(base_url=os.environ["CLIPIT_API_URL"], token=os.environ["CLIPIT_API_KEY"])
card = TitleCardRequest(
    template=TitleCardRequestTemplate.TITLE_CARD, fields=TitleCardFields(title="Hello", tone_hz=440)
)
slides = SlideshowRequest(
    template=SlideshowRequestTemplate.SLIDESHOW,
    fields=SlideshowFields.from_dict({"slides": [{"text": "One"}, {"text": "Two"}]}),
)
composition = CompositionRequest(
    composition=Composition(
        version=1,
        width=64,
        height=64,
        rate=10,
        scenes=[
            CompositionScene(
                duration_s=1, text=CompositionText(content="Hello", position=CompositionTextPosition.TOP)
            ),
            CompositionScene(
                duration_s=1, transition=CompositionTransition(kind=CompositionTransitionKind.FADE)
            ),
        ],
    )
)
ids = [
    submit_render.sync(client=client, body=body, idempotency_key=f"order-{number}").id
    for number, body in enumerate([card, slides, composition])
]
seen = get_render.sync(ids[0], client=client)
part = list_renders.sync(client=client, limit=2, state=JobState.QUEUED)
rest = list_renders.sync(client=client, limit=2, cursor=part.next_cursor)
cancelled = cancel_render.sync(ids[0], client=client)
asset = announce_asset.sync(
    client=client, body=AssetRequest(content_type=AssetRequestContentType.IMAGEPNG, size=5)
)
mistaken = TitleCardRequest.from_dict({"template": "title-card", "fields": {"title": " "}})
refused = submit_render.sync_detailed(client=client, body=mistaken)
sys.stdout.write(
    json.dumps(
        {
            "waiting": seen.waiting.code,
            "listed": len(part.renders) + len(rest.renders),
            "cancelled": cancelled.state,
            "method": asset.upload.method,
            "templates": [one.name for one in list_templates.sync(client=client).templates],
            "status": refused.status_code,
            "pointers": [one.pointer for one in refused.parsed.errors],
        }
    )
)
