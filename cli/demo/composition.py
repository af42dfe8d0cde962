"""The demo's video: a short advertisement with pictures, text that moves, transitions and music.

Its files are made here, and uploaded as a customer's would be.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cli.demo import music, picture
from cli.demo.picture import DAWN, DAY, NIGHT, Light
from handlers.jobs.json_schema.values import Json

WIDTH, HEIGHT, RATE = 1280, 720, 25
_TRANSITION_S = 1.0
_MUSIC = "music.wav"


@dataclass(frozen=True, kw_only=True)
class _Scene:
    picture: str
    light: Light
    duration_s: float
    text: Mapping[str, Json]


_SCENES = (
    _Scene(
        picture="dawn.jpg",
        light=DAWN,
        duration_s=3.0,
        text={
            "content": "Find your summit",
            "size": 116,
            "position": "top",
            "outline": {"color": "#3b2a63", "width": 5},
            "motion": "rise",
        },
    ),
    _Scene(
        picture="day.jpg",
        light=DAY,
        duration_s=3.5,
        text={
            "content": "Forty guided routes, open from May 1",
            "size": 54,
            "position": "bottom",
            "box": {"color": "#06282d", "opacity": 0.78, "padding": 28},
            "motion": "slide",
        },
    ),
    _Scene(
        picture="night.jpg",
        light=NIGHT,
        duration_s=3.5,
        text={
            "content": "Book your trip tonight",
            "size": 88,
            "color": "#ffe9c4",
            "outline": {"color": "#0a1030", "width": 5},
            "motion": "rise",
        },
    ),
)
DURATION_S = sum(scene.duration_s for scene in _SCENES) - _TRANSITION_S * (len(_SCENES) - 1)


def files() -> Mapping[str, bytes]:
    """The pictures and the music, by file name; made in about a second."""
    pictures = {scene.picture: picture.jpeg(scene.light, WIDTH, HEIGHT) for scene in _SCENES}
    return {**pictures, _MUSIC: music.wav(DURATION_S)}


def composition(assets: Mapping[str, str]) -> Mapping[str, Json]:
    """The composition as a customer would write it, with the id of each file."""
    fade: Json = {"kind": "fade", "duration_s": _TRANSITION_S}
    return {
        "version": 1,
        "width": WIDTH,
        "height": HEIGHT,
        "rate": RATE,
        "audio": {"asset": assets[_MUSIC]},
        "scenes": [
            {
                "duration_s": scene.duration_s,
                "image": {"asset": assets[scene.picture]},
                "text": dict(scene.text),
                **({"transition": fade} if place else {}),
            }
            for place, scene in enumerate(_SCENES)
        ],
    }
