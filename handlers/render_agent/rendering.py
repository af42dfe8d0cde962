"""One attempt from its inputs to a stored video, or to the reason why there is none. Changes no job."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from handlers.jobs.answers import LeaseAnswer
from handlers.jobs.composition import assets
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import ASSET_ID
from handlers.jobs.json_schema.values import Json
from handlers.jobs.model import Failure, Job, Output
from handlers.jobs.outgoing.asset_links import links, name_of, with_names
from handlers.jobs.outputs import POSTER_TYPE, OutputOptions, VideoFormat
from handlers.jobs.reasons import FailureCode
from handlers.jobs.store.keys import asset_object, output_folder, poster_object, video_object
from handlers.jobs.store.worker_jobs import WorkerJobs
from handlers.render_agent.attempt import Attempt, StopReason
from handlers.render_agent.engine.log import EngineLog
from handlers.render_agent.engine.process import DidNotStart, EngineProcess, Limits, engine_environment
from handlers.render_agent.engine.protocol import Progress, Result
from handlers.render_agent.inputs.linked_files import LinkedFiles, Wanted
from handlers.render_agent.logs import EventLog
from handlers.render_agent.outcome import Halted, Made, Outcome, judge
from handlers.render_agent.ports import Compositions, Files
from handlers.render_agent.retrying import Retries
from handlers.render_agent.workspace import Bench, Workspace, size_of_plain_file
from handlers.telemetry.metrics import ENGINE, FETCH, UPLOAD

PERCENT_WHEN_RENDERED = 95


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """Everything an attempt needs besides the job."""

    claims: WorkerJobs
    files: Files
    compositions: Compositions
    linked_files: LinkedFiles
    workspace: Workspace
    retries: Retries
    command: tuple[str, ...]
    timeout_seconds: float
    stall_seconds: float
    must_leave_now: Callable[[], bool]

    def perform(self, attempt: Attempt, event_log: EventLog) -> Outcome:
        """Fetches, renders, stores."""
        try:
            with self.workspace.bench(attempt.job.id, attempt.claim.attempt) as bench:
                began = event_log.now()
                if missing := self._fetch(attempt, bench):
                    return missing
                event_log.measure("inputs_fetched", {FETCH: event_log.since(began)})
                return self._render(attempt, bench, event_log)
        except TryAgainLater as error:
            return Failure(code=FailureCode.STORAGE_UNAVAILABLE, detail=str(error)[:300])
        except OSError as error:
            detail = f"the instance's disk: {error.strerror or type(error).__name__}"
            return Failure(code=FailureCode.DISK_UNAVAILABLE, detail=detail)

    def _fetch(self, attempt: Attempt, bench: Bench) -> Failure | Halted | None:
        """Lays out composition and assets; None when all are there."""
        job = attempt.job
        try:
            if not self._lay_out_composition(job, bench):
                detail = "the composition is no longer stored"
                return Failure(code=FailureCode.COMPOSITION_REFUSED, detail=detail)
            composition: Json = json.loads(bench.composition.read_bytes())
            named = sorted(assets(composition))
        except (ValueError, RecursionError):  # an item that cannot be read among them
            return Failure(code=FailureCode.COMPOSITION_REFUSED, detail="the composition cannot be read")
        failure = self._fetch_uploaded(attempt, named, bench) or self._fetch_linked(
            attempt, composition, bench
        )
        return self._halted(attempt) or failure

    def _fetch_uploaded(self, attempt: Attempt, named: Sequence[str], bench: Bench) -> Failure | None:
        """Lays out what the composition names by id; stops early when the attempt must."""
        for asset in named:
            if not ASSET_ID.fullmatch(asset):
                detail = f"{asset[:60]!r} is not an asset id"
                return Failure(code=FailureCode.COMPOSITION_REFUSED, detail=detail)
            if self._halted(attempt):
                return None
            if not self._copy(asset_object(attempt.job.tenant, asset), bench, f"assets/{asset}"):
                detail = f"asset {asset} was not uploaded; the composition names it"
                return Failure(code=FailureCode.ASSET_MISSING, detail=detail)
        return None

    def _fetch_linked(self, attempt: Attempt, composition: Json, bench: Bench) -> Failure | None:
        """Lays out what the composition names by URL, and for the engine a composition of names alone."""
        places = {url: place for place, url in reversed(list(links(composition)))}
        if not places or self._halted(attempt):
            return None
        bench.composition.write_text(json.dumps(with_names(composition)), encoding="utf-8")
        return self.linked_files.lay_out(
            [Wanted(url=url, place=place, into=bench.assets / name_of(url)) for url, place in places.items()],
            tenant=attempt.job.tenant,
            should_stop=lambda: self._halted(attempt) is not None,
        )

    def _render(self, attempt: Attempt, bench: Bench, event_log: EventLog) -> Outcome:
        attempt.note(0, "starting the engine")
        folder = output_folder(attempt.job.tenant, attempt.job.id, attempt.claim.attempt)
        with self._stored_log(attempt, bench, f"{folder}/engine.log", event_log) as log:
            bench.hand_over()
            place = str(bench.temporary)
            engine = EngineProcess(
                self._command(bench, attempt.job.output_options),
                folder=bench.folder,
                log=log,
                environment={**engine_environment(os.environ), "HOME": place, "TMPDIR": place},
                confinement=bench.confinement,
            )
            event_log.say("engine_started")
            began = event_log.now()
            limits = Limits(
                timeout_seconds=self.timeout_seconds,
                stall_seconds=self.stall_seconds,
                should_stop=lambda: self._halted(attempt) is not None,
            )
            try:
                end = engine.run(limits, on_progress=lambda progress: _note(attempt, progress))
            finally:
                attempt.survivors = engine.survivors
            refusal = end.detail if isinstance(end, DidNotStart) else None
            code = getattr(end, "code", None)
            took = {ENGINE: event_log.since(began)}
            event_log.measure("engine_ended", took, end=type(end).__name__, code=code, refusal=refusal)
            if engine.survivors:
                event_log.error("engine_processes_left", processes=engine.survivors)
        meaning = judge(end, attempt.stop, attempt.job.failure)
        if isinstance(meaning, Halted | Failure):
            return meaning
        if self._has_lost(attempt):
            return Halted(reason=StopReason.LEASE_LOST)
        began = event_log.now()
        kind = attempt.job.output_options.format
        key = video_object(attempt.job.tenant, attempt.job.id, attempt.claim.attempt, kind)
        outcome = self._store(attempt, bench, meaning, key)
        if isinstance(outcome, Made):
            event_log.measure("video_stored", {UPLOAD: event_log.since(began)}, bytes=outcome.output.bytes)
        return outcome

    def _store(self, attempt: Attempt, bench: Bench, result: Result, key: str) -> Outcome:
        options = attempt.job.output_options
        video = bench.output(options.format)
        size = size_of_plain_file(video)
        if not size:
            detail = "the engine said it was done but left no video"
            return Failure(code=FailureCode.OUTPUT_MISSING, detail=detail)
        attempt.note(PERCENT_WHEN_RENDERED, "storing")
        # Before the video: whoever sees the job succeeded finds both.
        if options.poster_at_s is not None:
            if not size_of_plain_file(bench.poster):
                detail = "the engine said it was done but left no picture of the video"
                return Failure(code=FailureCode.OUTPUT_MISSING, detail=detail)
            place = poster_object(key)
            self.retries.insist(
                "store the poster", lambda: self.files.store(bench.poster, place, POSTER_TYPE)
            )
        self.retries.insist(
            "store the video", lambda: self.files.store(video, key, options.format.media_type)
        )
        made = Output(duration=result.duration_s, width=result.width, height=result.height, bytes=size)
        return Made(output=made, output_key=key)

    def _has_lost(self, attempt: Attempt) -> bool:
        """Whether somebody else has the job, or its customer has deleted it: then nothing is stored.

        The heartbeat may not know yet: the machine may have stood still. While nobody answers, the video is
        stored: whoever has lost cannot complete, and the sweeper erases deleted renders once more.
        """
        with contextlib.suppress(TryAgainLater):
            return (
                self.retries.once().insist("look", lambda: self.claims.look(attempt.claim))
                is LeaseAnswer.LOST
            )
        return False

    @contextlib.contextmanager
    def _stored_log(
        self, attempt: Attempt, bench: Bench, key: str, event_log: EventLog
    ) -> Iterator[EngineLog]:
        """A log that is stored whatever becomes of the run, also when the agent itself fails meanwhile."""
        try:
            with EngineLog(bench.log) as log:
                yield log
        finally:
            # Whoever stopped the attempt waits for its end.
            retries = self.retries.once() if attempt.stop else self.retries
            self._store_log(attempt.job.id, bench, key, event_log, retries)

    def _store_log(self, job_id: str, bench: Bench, key: str, event_log: EventLog, retries: Retries) -> None:
        """The log helps people; no attempt fails for want of it, and a deleted job has none any more."""
        if size_of_plain_file(bench.log) is None:
            event_log.warn("engine_log_lost", error="the engine put something else in its place")
            return
        with contextlib.suppress(TryAgainLater):
            if retries.once().insist("look for the job", lambda: self.claims.tenant_of(job_id)) is None:
                return
        try:
            retries.insist("store the log", lambda: self.files.store(bench.log, key, "text/plain"))
        except TryAgainLater as error:
            event_log.warn("engine_log_lost", error=str(error))

    def _lay_out_composition(self, job: Job, bench: Bench) -> bool:
        """From the table, which has most, or else from the bucket; False when neither has it."""
        content = self.retries.insist("read the composition", lambda: self.compositions.of(job.id))
        if content is None:
            return self._copy(job.composition_key, bench, bench.composition.name)
        bench.composition.write_bytes(content)
        return True

    def _copy(self, key: str, bench: Bench, name: str) -> bool:
        return self.retries.insist("fetch an input", lambda: self.files.fetch(key, bench.folder / name))

    def _command(self, bench: Bench, options: OutputOptions) -> list[str]:
        """What a submission leaves open is not said, so that an engine need not know what it cannot do."""
        places = ["--composition", str(bench.composition), "--assets", str(bench.assets)]
        wanted = ["--output", str(bench.output(options.format))]
        if options.format is not VideoFormat.MP4:
            wanted += ["--format", options.format.value]
        if options.quality:
            wanted += ["--quality", options.quality.value]
        if options.poster_at_s is not None:
            wanted += ["--poster", str(bench.poster), "--poster-at", f"{options.poster_at_s:.6f}"]
        if options.mark is not None:
            wanted += ["--mark", options.mark]
        return [*self.command, "render", *places, *wanted]

    def _halted(self, attempt: Attempt) -> Halted | None:
        if attempt.stop is None and self.must_leave_now():
            attempt.ask_to_stop(StopReason.INTERRUPTED)
        return Halted(reason=attempt.stop) if attempt.stop else None


def _note(attempt: Attempt, progress: Progress) -> None:
    attempt.note(min(PERCENT_WHEN_RENDERED, progress.percent), progress.stage or "rendering")
