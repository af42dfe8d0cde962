"""What a tenant has, so that each operation can succeed: renders that wait and have ended, and the rest."""

from dataclasses import replace

from handlers.job_server.schemas import examples
from handlers.jobs.model import Output
from handlers.jobs.outputs import OutputOptions
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from tests.handlers.job_server.fakes import World

HOOK = "https://hooks.example.com/clip-it"
QUERIES = {"getUsage": {"from": "2023-11-01", "to": "2023-11-30"}}
"""What an operation must have in its query."""


class Known:
    """The ids of what acme has."""

    def __init__(self, world: World) -> None:
        batch = world.http.post(
            "/v1/batches", json=examples.REQUESTS["submitBatch"]["template"], headers={"Idempotency-Key": "b"}
        ).json()
        self._waiting, ended = batch["renders"]
        _end(world, ended)
        world.http.put(f"/v1/templates/{examples.TEMPLATE}", json=examples.REQUESTS["putTemplate"]["promo"])
        world.objects.stored[keys.asset_object("acme", examples.ASSET)] = b"png"
        endpoint = world.http.post("/v1/webhook-endpoints", json={"url": HOOK}).json()["webhook_endpoint"]
        self._ids = {
            "render_id": ended,
            "batch_id": batch["id"],
            "asset_id": examples.ASSET,
            "name": examples.TEMPLATE,
            "endpoint_id": endpoint["id"],
        }

    def ids(self, operation: str) -> dict[str, str]:
        """Those with which the operation succeeds, by the names of its parameters."""
        return self._ids | ({"render_id": self._waiting} if operation == "cancelRender" else {})


def _end(world: World, render: str) -> None:
    job = world.jobs.jobs[render]
    world.jobs.jobs[render] = replace(
        job,
        webhook_url=HOOK,
        state=JobState.SUCCEEDED,
        started_at=job.created_at + 1,
        finished_at=job.created_at + 3,
        output_key=keys.video_object(job.tenant, job.id, 1),
        output=Output(duration=1.0, width=64, height=64, bytes=1_000),
        output_options=OutputOptions(poster_at_s=0.5),
    )
