"""The outline that letters need to stand out from the background. Pure."""

LEAST_CONTRAST = 3.0
"""For large letters: WCAG 2.2, success criterion 1.4.3."""
BLACK, WHITE = "#000000", "#ffffff"


def outline(color: str, *, background: str, over_media: bool) -> str | None:
    """The color of the outline; none when letters stand out from a plain background by themselves."""
    if not over_media and contrast(color, background) >= LEAST_CONTRAST:
        return None
    return max((BLACK, WHITE), key=lambda other: contrast(color, other))


def contrast(one: str, other: str) -> float:
    """From 1 (alike) to 21 (black and white); WCAG 2.2, contrast ratio."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(int(color[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    if share <= 0.04045:  # noqa: PLR2004 - the figures of IEC 61966-2-1
        return share / 12.92
    return float(((share + 0.055) / 1.055) ** 2.4)
