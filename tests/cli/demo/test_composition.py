"""The demo's video is a composition that the API accepts, with files that a customer could upload."""

import io
import wave

import numpy as np
import pytest
from PIL import Image

from cli.demo import music, picture
from cli.demo.composition import DURATION_S, composition, files
from cli.demo.picture import DAWN, DAY, NIGHT, Light
from handlers.jobs import composition as checked

NAMES = ("dawn.jpg", "day.jpg", "night.jpg", "music.wav")
ASSETS = {name: f"a_{'0' * 25}{place}" for place, name in enumerate(NAMES)}


def test_the_composition_is_accepted_and_uses_every_file() -> None:
    document = dict(composition(ASSETS))
    assert checked.findings(document) == []
    assert checked.assets(document) == frozenset(ASSETS.values())


def test_the_video_shows_text_with_an_outline_a_box_and_motions() -> None:
    scenes = composition(ASSETS)["scenes"]
    assert isinstance(scenes, list)
    used = {name for scene in scenes for name in scene["text"]}  # type: ignore[index, call-overload]
    assert {"outline", "box", "motion"} <= used


def test_the_files_have_the_names_that_the_composition_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "jpeg", lambda *_: b"picture")
    monkeypatch.setattr(music, "wav", lambda _: b"music")
    assert tuple(files()) == NAMES


@pytest.mark.parametrize("light", [DAWN, DAY, NIGHT], ids=["dawn", "day", "night"])
def test_a_picture_has_the_size_of_the_frame_and_is_the_same_each_time(light: Light) -> None:
    drawn = picture.jpeg(light, 160, 90)
    assert Image.open(io.BytesIO(drawn)).size == (160, 90)
    assert picture.jpeg(light, 160, 90) == drawn


def test_the_music_lasts_as_long_as_the_video_and_never_clips() -> None:
    with wave.open(io.BytesIO(music.wav(DURATION_S))) as file:
        assert file.getnframes() / file.getframerate() == DURATION_S
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    assert 10_000 < np.abs(samples).max() < 30_000
    assert np.abs(samples[-200:]).max() < 200, "it has faded out"
