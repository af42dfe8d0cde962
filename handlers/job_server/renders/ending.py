"""How a customer ends a render, and removes one that has ended."""

from collections.abc import Callable

from handlers.job_server.ports import Jobs
from handlers.job_server.renders.callers import Caller
from handlers.job_server.renders.looking import Looks, Render
from handlers.job_server.renders.refusals import FinalError, NotFinalError, NotFoundError
from handlers.jobs.answers import CancelRefusal, DeleteRefusal


class Endings:
    """Cancels and deletes renders."""

    def __init__(self, *, jobs: Jobs, looks: Looks, clock: Callable[[], float]) -> None:
        self._jobs, self._looks, self._clock = jobs, looks, clock

    def cancel(self, caller: Caller, job_id: str) -> Render:
        """Cancel a render, or ask its worker to.

        Raises:
            FinalError: it has ended already.
            NotFoundError: there is none, or it is somebody else's.
        """
        job = self._looks.own(caller, job_id)
        answer = self._jobs.request_cancel(job.id, actor=caller.actor, now=round(self._clock(), 3))
        if answer is CancelRefusal.FINAL:
            raise FinalError(self._looks.own(caller, job_id).state)
        if answer in {CancelRefusal.NO_SUCH_JOB, CancelRefusal.UNREADABLE}:
            raise NotFoundError(job_id)
        return self._looks.shown([answer])[0]

    def delete(self, caller: Caller, job_id: str) -> None:
        """Delete a render that has ended; its files go within minutes. Deleting it again changes nothing.

        Raises:
            NotFinalError: it has not ended.
            NotFoundError: there is none, or it is somebody else's.
        """
        refusal = self._jobs.delete(
            job_id, tenant=caller.tenant, actor=caller.actor, now=round(self._clock(), 3)
        )
        if refusal is DeleteRefusal.NOT_FINAL:
            raise NotFinalError(job_id)
        if refusal is DeleteRefusal.NO_SUCH_JOB:
            raise NotFoundError(job_id)
