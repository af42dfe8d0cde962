"""The errors of a render, named by what the caller may do."""

EXIT_REFUSED = 2
EXIT_TRANSIENT = 3


class EngineError(Exception):
    """A render that ended without a video: a stable code, a sentence, and the exit code of the process."""

    exit_code: int = EXIT_TRANSIENT

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Refused(EngineError):  # noqa: N818 - named by what the caller may do
    """The composition or an asset cannot be rendered; retrying does not help."""

    exit_code = EXIT_REFUSED


class TryAgainLater(EngineError):  # noqa: N818 - named by what the caller may do
    """This machine cannot render now; the same composition may succeed later or elsewhere."""


class EncoderFailed(TryAgainLater):
    """The encoder ended without a whole video; `killed` when a signal ended it."""

    def __init__(self, code: str, detail: str, *, killed: bool) -> None:
        super().__init__(code, detail)
        self.killed = killed


class Cancelled(BaseException):
    """A signal asked this process to stop; no `except Exception` may swallow it."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(f"cancelled by signal {signal_number}")
        self.exit_code = 128 + signal_number
