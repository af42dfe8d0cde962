"""Why a request about a render or an asset is refused."""

from typing import ClassVar

from handlers.jobs.states import JobState


class KeyReusedError(Exception):
    """The idempotency key belongs to another request, so `what` is asked for now is not made."""

    def __init__(self, what: str, *, why: str = "was used with another body") -> None:
        super().__init__(what)
        self.what, self.why = what, why


class NotFoundError(Exception):
    """The caller has no such job."""

    what: ClassVar[str] = "render"


class AssetNotFoundError(NotFoundError):
    """The caller has no such asset."""

    what = "asset"


class FinalError(Exception):
    """The job has already ended."""

    def __init__(self, state: JobState) -> None:
        super().__init__(state.value)
        self.state = state


class NotFinalError(Exception):
    """The job has not ended yet."""
