"""What attacks need of other rooms: the engine's studio, and the job server on fakes."""

from tests.handlers.conftest import clock
from tests.handlers.job_server.conftest import logged, world
from tests.render_engine.conftest import asset, studio

__all__ = ["asset", "clock", "logged", "studio", "world"]
