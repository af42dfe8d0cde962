"""The outline that letters need to stand out from the background. Pure."""

LEAST_CONTRAST = 3.0
"""For large letters: WCAG 2.2, success criterion 1.4.3."""
BLACK, WHITE = "#000000", "#ffffff"


def outline(color: str, *, darkest: str, lightest: str) -> str | None:
    """The color of the outline; none when letters stand out from whatever is behind them by themselves.

    What is behind them is as dark as `darkest`, as light as `lightest`, or anything between.
    """
    beside = not _luminance(darkest) < _luminance(color) < _luminance(lightest)
    if beside and min(contrast(color, darkest), contrast(color, lightest)) >= LEAST_CONTRAST:
        return None
    return max((BLACK, WHITE), key=lambda other: contrast(color, other))


def blended(above: str, below: str, *, opacity: float) -> str:
    """The color of one laid over the other."""
    mixed = (
        round(opacity * one + (1 - opacity) * other)
        for one, other in zip(_rgb(above), _rgb(below), strict=True)
    )
    return "#" + "".join(f"{part:02x}" for part in mixed)


def contrast(one: str, other: str) -> float:
    """From 1 (alike) to 21 (black and white); WCAG 2.2, contrast ratio."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _rgb(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _linear(share: float) -> float:
    if share <= 0.04045:  # noqa: PLR2004 - the figures of IEC 61966-2-1
        return share / 12.92
    return float(((share + 0.055) / 1.055) ** 2.4)
