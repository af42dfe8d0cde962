"""What attacks need of other rooms: the studio in which the engine's tests render."""

from tests.render_engine.conftest import asset, studio

__all__ = ["asset", "studio"]
