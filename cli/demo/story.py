"""The steps of the demo: one render from an empty fleet to a video, then the tear-down."""

import queue
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from cli.demo import composition, video
from cli.demo.video import Video
from cli.demo.webhook_receiver import Receiver, WebhookVerificationError
from cli.display.display import Display
from cli.display.stack_events import StackEventReporter
from cli.exits import CommandError, Exit
from cli.keys.tenants import Created, Tenants
from cli.options import write
from cli.renders.api import Api, Document, UnreachableError, part
from cli.stack_place import StackPlace
from cli.trace.calls import Calls
from cli.trace.page import page
from cli.trace.reading import Reading
from cli.trace.spans import spans_of
from cli.trace.summary import Summary, summary_of
from cli.trace.timeline import rows
from cli.webhooks.secrets import WebhookSecrets
from handlers.jobs.states import TERMINAL, JobState
from handlers.jobs.store.table import Table
from local.stack.deployed import Fleets, operator_variables
from local.stack.pulumi_events import Progress
from local.stack.pulumi_runs import STACK as LOCAL
from local.stack.pulumi_runs import PulumiRuns
from local.stack.runner import LocalStack
from local.stack_events import StackEvent

Found = TypeVar("Found")

TENANT = "demo"
_POLL_S = 0.1
_ASK_S = 0.25
DEPLOY_DEADLINE_S = 180.0
API_DEADLINE_S = 60.0
RENDER_DEADLINE_S = 120.0
WEBHOOK_DEADLINE_S = 30.0
DRAIN_DEADLINE_S = 90.0
DESTROY_DEADLINE_S = 120.0


class StoryError(CommandError):
    """The demo failed; the text says at which step and why."""


class LateError(StoryError):
    """Something did not happen within its deadline."""

    code = Exit.TOO_LATE


@dataclass(frozen=True, kw_only=True)
class Result:
    """The demo's result."""

    path: Path
    video: Video
    render: str
    trace: Path
    summary: Summary
    seconds: float


@dataclass
class Story:
    """Plays the demo on a local stack and shows it on a display."""

    stack: LocalStack
    display: Display
    output: Path
    events: "queue.SimpleQueue[StackEvent]"
    reporter: StackEventReporter = field(init=False)

    def __post_init__(self) -> None:
        self.reporter = StackEventReporter(display=self.display)

    def play(self) -> Result:
        """Run all steps, from deployment to tear-down.

        Raises:
            StoryError: A step failed; the text says which and why.
        """
        began = time.monotonic()
        pulumi = self._prepare()
        self._deploy(pulumi)
        fleets = Fleets.read(pulumi.outputs(), self.stack.connection)
        with Receiver() as receiver:
            tenant, api = self._arrive(fleets)
            render = self._submit(api, receiver.url)
            finished = self._follow(api, render)
            found = self._fetch(api, finished)
            self._webhook(receiver, tenant, render)
        trace = self.output.with_name("render.html")
        summary = self._trace(render, trace)
        self._drain(fleets)
        self._destroy(pulumi)
        return Result(
            path=self.output,
            video=found,
            render=render,
            trace=trace,
            summary=summary,
            seconds=time.monotonic() - began,
        )

    def _prepare(self) -> PulumiRuns:
        self.display.phase("prepare", "Preparing the Pulumi CLI and the emulated AWS")
        pulumi = self.stack.pulumi(lambda text: self.display.line(text, source="pulumi"))
        pulumi.create_stack()
        self.stack.serve()
        return pulumi

    def _deploy(self, pulumi: PulumiRuns) -> None:
        self.display.phase("deploy", "Deploying the program under its policy pack")
        progress = pulumi.up(self._component, deadline_s=DEPLOY_DEADLINE_S)
        self._sum_up(progress, "deployed without policy violations")

    def _arrive(self, fleets: Fleets) -> tuple[Created, Api]:
        """The fleet is empty, the API answers, and a tenant gets a key."""
        self.display.phase("fleet", "Looking at the fleet and the API")
        for fleet in fleets.groups:
            size = fleets.size(fleet)
            self.display.line(f"{size.instances} instances, {size.desired} desired", source=f"fleet {fleet}")
            if size.instances or size.desired:
                raise StoryError(f"The fleet {fleet} should have started empty.")
        url = self._until("A healthy task of the job server", self.stack.api_url, API_DEADLINE_S)
        self.display.line(f"answers at {url}", source="job server")
        connection = self.stack.connection
        variables = operator_variables(connection)
        secrets = WebhookSecrets(connection.ssm(), variables["CLIPIT_WEBHOOK_SECRET_PREFIX"])
        created = Tenants(Table(connection.dynamodb(), variables["CLIPIT_TABLE"])).create(TENANT, secrets)
        self.display.line(f"API key created; only its hash {created.key_id[:12]}… is stored", source=TENANT)
        return created, Api.connect(url, created.key)

    def _submit(self, api: Api, webhook_url: str) -> str:
        self.display.phase("upload", "Drawing the pictures, making the music, uploading both")
        assets = {}
        for name, content in composition.files().items():
            assets[name] = api.upload(name, content)
            self.display.line(f"{len(content) // 1000} kB uploaded as {assets[name]}", source=name)
            self._pump()
        self.display.phase("submit", "Submitting a render")
        body = {"composition": composition.composition(assets), "webhook_url": webhook_url}
        render = str(api.submit(body, idempotency_key="demo-1")["id"])
        self.display.line(f"accepted: {render}", source="job server")
        again = str(api.submit(body, idempotency_key="demo-1")["id"])
        if again != render:
            raise StoryError(f"Repeating the request with the same key created a second render, {again}.")
        return render

    def _follow(self, api: Api, render: str) -> Document:
        """Show state, wait reason and progress whenever they change, until the render ends."""
        self.display.phase("render", "Following the render")
        shown: dict[str, object] = {}
        last_asked = 0.0

        def finished() -> Document | None:
            nonlocal last_asked
            if time.monotonic() - last_asked < _ASK_S:
                return None
            last_asked = time.monotonic()
            found = _asked(api, render)
            self._show(found, shown)
            return found if found.get("state") in TERMINAL else None

        ended = self._until(f"The end of the render {render}", finished, RENDER_DEADLINE_S)
        for event in api.events(render):
            self.display.line(
                f"{event['number']:>3} {event['kind']} by {event['actor']}: {event['detail']}", source="event"
            )
        if ended.get("state") != JobState.SUCCEEDED:
            raise StoryError(
                f"The render ended as {ended.get('state')}: {part(ended, 'failure').get('detail')}"
            )
        return ended

    def _show(self, found: Document, shown: dict[str, object]) -> None:
        state, waiting, progress = found.get("state"), part(found, "waiting"), part(found, "progress")
        if state != shown.get("state"):
            attempt = f", attempt {found.get('attempt')}" if state == JobState.RENDERING else ""
            self.display.line(f"{state}{attempt}", source="render")
        if waiting and waiting.get("code") != shown.get("code"):
            self.display.line(f"waits: {waiting.get('reason')} ({waiting.get('code')})", source="render")
        stage = (progress.get("percent"), progress.get("stage"))
        if progress and stage != shown.get("progress"):
            self.display.progress(int(str(progress.get("percent"))), str(progress.get("stage") or ""))
        shown.update(state=state, code=waiting.get("code"), progress=stage)

    def _fetch(self, api: Api, finished: Document) -> Video:
        self.display.phase("output", "Downloading and decoding the video")
        api.download(str(part(finished, "output")["url"]), self.output)
        found = video.expect(
            self.output,
            width=composition.WIDTH,
            height=composition.HEIGHT,
            duration_s=composition.DURATION_S,
        )
        self.display.line(
            f"{found.frames} frames of {found.width}x{found.height} decoded", source=self.output.name
        )
        return found

    def _webhook(self, receiver: Receiver, tenant: Created, render: str) -> None:
        self.display.phase("webhook", "Waiting for the signed webhook")
        delivery = self._until(
            "The webhook", lambda: next(iter(receiver.deliveries), None), WEBHOOK_DEADLINE_S
        )
        try:
            payload = delivery.verified(tenant.webhook_secret or "")
        except WebhookVerificationError as problem:
            raise StoryError(f"The webhook's signature cannot be verified: {problem}") from problem
        data = payload.get("data")
        if not isinstance(data, Mapping) or data.get("id") != render:
            raise StoryError(f"The webhook is about {data!r}, expected the render {render}.")
        self.display.line(f"{payload.get('type')} received, signature verified", source="webhook")

    def _trace(self, render: str, target: Path) -> Summary:
        """Keep the render's trace as a page, as `clipit trace --html` does."""
        self.display.phase("trace", "Tracing the render")
        place, connection = StackPlace.of(LOCAL), self.stack.connection
        facts = Reading(place=place, calls=Calls(connection.session, connection.endpoint)).of(render)
        for one in facts.unread:
            self.display.line(f"not read: {one.what}: {one.why}", source="trace")
        summary = summary_of(facts, place)
        write(target, page(facts, rows(facts), spans_of(facts, place), summary))
        self.display.line(f"{len(rows(facts))} facts from {len(facts.calls)} calls", source=target.name)
        return summary

    def _drain(self, fleets: Fleets) -> None:
        self.display.phase("drain", "Waiting until the scaler has emptied the fleet")

        def empty() -> bool | None:
            sizes = [fleets.size(fleet) for fleet in fleets.groups]
            return not any(size.instances or size.desired for size in sizes) or None

        self._until("An empty fleet", empty, DRAIN_DEADLINE_S)
        for fleet in fleets.groups:
            self.display.line("0 instances, 0 wanted", source=f"fleet {fleet}")

    def _destroy(self, pulumi: PulumiRuns) -> None:
        self.display.phase("destroy", "Taking everything down")
        progress = pulumi.destroy(self._component, deadline_s=DESTROY_DEADLINE_S)
        self._sum_up(progress, "deleted")

    def _component(self, progress: Progress, name: str) -> None:
        component = progress.components[name]
        self.display.component(name, component.done, component.started)
        self._pump()

    def _sum_up(self, progress: Progress, verb: str) -> None:
        for component in progress.components.values():
            self.display.line(f"{component.done} resources", source=component.name)
        self.display.line(f"{progress.done} resources {verb}")

    def _until(self, what: str, ready: Callable[[], Found | None], deadline_s: float) -> Found:
        """Wait until `ready` returns a value, and show every event while waiting.

        Raises:
            LateError: There was no value within the deadline.
            StoryError: An instance or a task reported that it cannot work.
        """
        deadline = time.monotonic() + deadline_s
        while True:
            found = ready()
            self._pump()
            if found is not None:
                return found
            self.stack.check()
            if self.reporter.failures:
                raise StoryError(self.reporter.failures[0])
            if time.monotonic() > deadline:
                raise LateError(f"{what}: not within {deadline_s:.0f} s.")
            time.sleep(_POLL_S)

    def _pump(self) -> None:
        while True:
            try:
                self.reporter.report(self.events.get_nowait())
            except queue.Empty:
                return


def _asked(api: Api, render: str) -> Document:
    """The render's current state; None while a task is being replaced."""
    try:
        return api.get(render)
    except UnreachableError:
        return {}
