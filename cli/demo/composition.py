"""The demo's composition: three short scenes with text and a tone."""

from collections.abc import Mapping

WIDTH, HEIGHT, RATE = 1280, 720, 25
_SCENES = (
    ("#1b1464", "Clip-It", 144, "center"),
    ("#006266", "rendered by an instance that did not exist a minute ago", 40, "bottom"),
    ("#6f1e51", "and that is about to leave again", 60, "center"),
)
_SCENE_S = 3.0
_TRANSITION_S = 0.5
DURATION_S = _SCENE_S * len(_SCENES) - _TRANSITION_S * (len(_SCENES) - 1)


def composition() -> Mapping[str, object]:
    """The composition as a customer would write it."""
    return {
        "version": 1,
        "width": WIDTH,
        "height": HEIGHT,
        "rate": RATE,
        "background": "#101020",
        "audio": {"tone_hz": 440},
        "scenes": [
            {
                "duration_s": _SCENE_S,
                "background": background,
                "text": {"content": text, "size": size, "color": "#ffffff", "position": position},
                **({"transition": {"kind": "fade", "duration_s": _TRANSITION_S}} if place else {}),
            }
            for place, (background, text, size, position) in enumerate(_SCENES)
        ],
    }
