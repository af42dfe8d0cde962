"""What the demo renders: three short scenes with text and a tone."""

from collections.abc import Mapping

WIDTH, HEIGHT, RATE = 640, 360, 25
_SCENES = (
    ("#1b1464", "Clip-It", 72, "center"),
    ("#006266", "rendered by an instance that did not exist a minute ago", 22, "bottom"),
    ("#6f1e51", "and that is about to leave again", 32, "center"),
)
_SCENE_S = 2.0
_TRANSITION_S = 0.5
DURATION_S = _SCENE_S * len(_SCENES) - _TRANSITION_S * (len(_SCENES) - 1)


def composition() -> Mapping[str, object]:
    """The composition, as a customer would write it."""
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
