"""The steps of the demo: one render from an empty fleet to a video, then the tear-down."""

import queue
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from clipit_client import (
    Client,
    InvalidSignatureError,
    Render,
    RenderFailedError,
    WaitTimeoutError,
    unwrap,
)
from clipit_client.webhooks import RenderEvent

from cli.demo import composition, video
from cli.demo.video import Video
from cli.demo.webhook_receiver import Receiver
from cli.display.display import Display
from cli.display.stack_events import StackEventReporter
from cli.exits import CommandError, Exit
from cli.keys.tenants import Created, Tenants
from cli.options import write
from cli.renders.api import calling
from cli.stack_place import StackPlace
from cli.trace.calls import Calls
from cli.trace.page import page
from cli.trace.reading import Reading
from cli.trace.spans import spans_of
from cli.trace.summary import Summary, summary_of
from cli.trace.timeline import rows
from cli.webhooks.secrets import WebhookSecrets
from handlers.jobs.states import JobState
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
_AGAIN = "run the demo again, on a machine with less to do"


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
            url, tenant = self._arrive(fleets)
            with calling(url, tenant.key) as client:
                render = self._submit(client, receiver.url)
                self._follow(client, render)
                found = self._fetch(client, render)
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

    def _arrive(self, fleets: Fleets) -> tuple[str, Created]:
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
        return url, created

    def _submit(self, client: Client, webhook_url: str) -> str:
        self.display.phase("upload", "Drawing the pictures, making the music, uploading both")
        assets = {}
        with tempfile.TemporaryDirectory(prefix="clipit-demo-") as folder:
            for name, content in composition.files().items():
                file = Path(folder) / name
                file.write_bytes(content)
                assets[name] = client.assets.upload(file)
                self.display.line(f"{len(content) // 1000} kB uploaded as {assets[name]}", source=name)
                self._pump()
        self.display.phase("submit", "Submitting a render")
        document = composition.composition(assets)
        render, again = (
            client.renders.create(composition=document, webhook_url=webhook_url, idempotency_key="demo-1").id
            for _ in range(2)
        )
        self.display.line(f"accepted: {render}", source="job server")
        if again != render:
            raise StoryError(f"Repeating the request with the same key created a second render, {again}.")
        return render

    def _follow(self, client: Client, render: str) -> None:
        """Show state, wait reason and progress whenever they change, until the render ends."""
        self.display.phase("render", "Following the render")
        shown: dict[str, object] = {}

        def seen(found: Render) -> None:
            self._look()
            self._show(found, shown)

        failed: RenderFailedError | None = None
        try:
            client.renders.wait(render, timeout_s=RENDER_DEADLINE_S, poll_s=_ASK_S, seen=seen)
        except RenderFailedError as error:
            failed = error
        except WaitTimeoutError as late:
            raise LateError(f"{late}; {_AGAIN}.") from None
        for event in client.renders.events(render):
            self.display.line(
                f"{event.number:>3} {event.kind} by {event.actor}: {event.detail}", source="event"
            )
        if failed:
            raise StoryError(f"{failed}.")

    def _show(self, found: Render, shown: dict[str, object]) -> None:
        state, waiting, progress = found.state, found.waiting, found.progress
        if state != shown.get("state"):
            attempt = f", attempt {found.attempt}" if state == JobState.RENDERING else ""
            self.display.line(f"{state}{attempt}", source="render")
        if waiting and waiting.code != shown.get("code"):
            self.display.line(f"waits: {waiting.reason} ({waiting.code})", source="render")
        if progress and progress != shown.get("progress"):
            self.display.progress(progress.percent, progress.stage or "")
        shown.update(state=state, code=waiting and waiting.code, progress=progress)

    def _fetch(self, client: Client, render: str) -> Video:
        self.display.phase("output", "Downloading and decoding the video")
        client.renders.download(render, self.output)
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
            event = unwrap(delivery.body, delivery.headers, tenant.webhook_secret or "")
        except (InvalidSignatureError, ValueError) as problem:
            raise StoryError(f"The webhook cannot be verified: {problem}.") from problem
        if not isinstance(event, RenderEvent) or event.data.id != render:
            raise StoryError(f"The webhook is {event!r}, expected one of the render {render}.")
        self.display.line(f"{event.type} received, signature verified", source="webhook")

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
            if found is not None:
                self._pump()
                return found
            self._look()
            if time.monotonic() > deadline:
                raise LateError(f"{what}: not within {deadline_s:.0f} s; {_AGAIN}.")
            time.sleep(_POLL_S)

    def _look(self) -> None:
        """Show every event, and see that nothing has reported that it cannot work."""
        self._pump()
        self.stack.check()
        if self.reporter.failures:
            raise StoryError(self.reporter.failures[0])

    def _pump(self) -> None:
        while True:
            try:
                self.reporter.report(self.events.get_nowait())
            except queue.Empty:
                return
