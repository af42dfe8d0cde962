"""What a valid submission asks for and will not get, as far as the composition alone tells."""

from collections.abc import Iterator, Mapping

from handlers.jobs.composition import is_cut
from handlers.jobs.json_schema.values import Finding, Json
from handlers.jobs.outputs import OutputOptions, VideoFormat


def composition_warnings(composition: Json, output: OutputOptions) -> Iterator[Finding]:
    """The warnings about a checked composition, by the places of its parts."""
    if not isinstance(composition, dict):
        return
    if output.format is VideoFormat.GIF and "audio" in composition:
        yield Finding(pointer="/audio", detail="is left out: a gif has no sound")
    height, scenes = composition["height"], composition["scenes"]
    yield from _size(composition.get("captions"), "/captions", height)
    for index, scene in enumerate(scenes if isinstance(scenes, list) else []):
        if isinstance(scene, dict):
            yield from _scene(scene, f"/scenes/{index}", composition["rate"])
            yield from _size(scene.get("text"), f"/scenes/{index}/text", height)


def _scene(scene: Mapping[str, Json], at: str, rate: Json) -> Iterator[Finding]:
    transition, video = scene.get("transition"), scene.get("video")
    if isinstance(transition, dict):
        if transition["kind"] == "none" and "duration_s" in transition:
            yield Finding(pointer=f"{at}/transition/duration_s", detail="has no effect: the kind is none")
        elif transition["kind"] != "none" and is_cut(scene, rate):
            detail = f"is shorter than one frame at {rate} frames a second, so the scene begins with a cut"
            yield Finding(pointer=f"{at}/transition", detail=detail)
    if isinstance(video, dict) and video.get("mute") is True and "volume" in video:
        yield Finding(pointer=f"{at}/video/volume", detail="has no effect: the video is muted")


def _size(text: Json, at: str, height: Json) -> Iterator[Finding]:
    size = text.get("size") if isinstance(text, dict) else None
    if isinstance(size, int) and isinstance(height, int) and size > height:
        detail = f"is {size}, more than the frame's height, {height}; text that does not fit fails the render"
        yield Finding(pointer=f"{at}/size", detail=detail)
