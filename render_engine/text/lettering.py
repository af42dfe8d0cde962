"""Lays the pictures of all words into the folder of the encoder."""

from pathlib import Path

from render_engine.composition import Composition
from render_engine.motion import entrance
from render_engine.plan import Placed
from render_engine.text.fonts import find_fonts
from render_engine.text.typesetting import typeset


def letter(composition: Composition, folder: Path) -> dict[int, Placed]:
    """The words of every scene that has some, as files in `folder`.

    Raises:
        EngineError: a text cannot be shown as it is, or this machine has no fonts.
    """
    if not any(scene.text for scene in composition.scenes):
        return {}
    fonts = find_fonts()
    placed = {}
    for index in range(len(composition.scenes)):
        if words := typeset(composition, index, fonts):
            name = f"words{index}.png"
            (folder / name).write_bytes(words.picture)
            motion = entrance(composition, index, x=words.x, bottom=words.y + words.height)
            placed[index] = Placed(name=name, x=words.x, y=words.y, motion=motion)
    return placed
