"""The first run of an engine on a machine: it says its version, and shows how it can be kept together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from handlers.jobs.foreign.foreign_text import printable
from handlers.render_agent.engine.confinement import Confinement
from handlers.render_agent.engine.descendants import Containment
from handlers.render_agent.engine.log import EngineOutput
from handlers.render_agent.engine.process import (
    DidNotStart,
    EngineEnd,
    EngineProcess,
    Exited,
    Limits,
    engine_environment,
)

SECONDS_TO_SAY_VERSION = 60
LONGEST_VERSION = 200


@dataclass(frozen=True, kw_only=True)
class Version:
    """The engine's version in its own words, why it cannot be used, if it cannot, and how it is contained."""

    text: str
    refusal: str | None
    containment: Containment | None


def ask_version(
    command: Sequence[str],
    environment: Mapping[str, str],
    seconds: float = SECONDS_TO_SAY_VERSION,
    *,
    confinement: Confinement = Confinement(),  # noqa: B008 - frozen
) -> Version:
    """Runs the engine's command `version` under the same limits as a render."""
    with TemporaryDirectory(prefix="clipit-engine-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with EngineOutput(folder / "said") as log:
            confinement.share(folder, writable=True)
            engine = EngineProcess(
                [*command, "version"],
                folder=folder,
                log=log,
                environment={**engine_environment(environment), "HOME": name, "TMPDIR": name},
                confinement=confinement,
            )
            end = engine.run(Limits(timeout_seconds=seconds, stall_seconds=seconds))
        output = (folder / "said").read_text(errors="replace")
        confinement.remove(folder)
    text = printable(output, LONGEST_VERSION)
    refusal = _refusal(command[0], end, text, seconds)
    if engine.survivors:
        refusal = f"{command[0]!r} version left {engine.survivors} processes that cannot be ended."
    return Version(text=text, refusal=refusal, containment=engine.containment)


def _refusal(name: str, end: EngineEnd, output: str, seconds: float) -> str | None:
    match end:
        case Exited(code=0) if output:
            return None
        case Exited(code=0):
            return f"{name!r} version said nothing; its version is expected."
        case Exited(code=code):
            return f"{name!r} version ended with code {code}; 0 is expected. It said: {output or 'nothing'}"
        case DidNotStart(detail=detail):
            return f"CLIPIT_ENGINE_COMMAND cannot be run, {detail}; install the engine."
        case _:
            return f"{name!r} version did not end within {seconds:g} s."
