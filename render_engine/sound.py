"""The sound of a video: that of its scenes' videos, and the sound under the whole video. Pure."""

from collections.abc import Callable, Mapping

from render_engine.composition import Audio, Composition

SAMPLE_RATE = 48000
MONO = "mono"


def mixed(
    composition: Composition, sounds: Mapping[str, str], read: Callable[[str, float], str]
) -> list[str]:
    """Chains of filters that end in the pad `sound`; none for a silent video.

    `sounds` are the channel layouts of the assets that are heard; `read` opens an asset at a second.
    """
    voices = [
        f"[{read(media.asset, media.trim)}:a:0]{_of_film(composition, index, sounds[media.asset])}"
        for index, scene in enumerate(composition.scenes)
        if (media := scene.media) and media.volume and media.asset in sounds
    ]
    if composition.audio and composition.audio.volume:
        voices.append(_under_all(composition, composition.audio, sounds, read))
    if not voices:
        return []
    pads = "".join(f"[voice{number}]" for number in range(len(voices)))
    # A limiter, so that a sum above full scale does not clip.
    together = f"{pads}amix=inputs={len(voices)}:normalize=0,alimiter=level=false:latency=true"
    # By samples, not by time: under load `amix` may lose the time, and then nothing would ever end.
    samples = round(composition.frames * SAMPLE_RATE / composition.rate)
    exact = f"apad=whole_len={samples},atrim=end_sample={samples},asetpts=N/SR/TB"
    return [
        *(f"{voice}[voice{number}]" for number, voice in enumerate(voices)),
        f"{together},{exact}[sound]",
    ]


def stereo(layout: str) -> str:
    """Filters to two channels; ffmpeg by itself would make one channel quieter as it doubles it."""
    doubled = "pan=stereo|c0=c0|c1=c0," if layout == MONO else ""
    return f"{doubled}aformat=sample_fmts=fltp:sample_rates={SAMPLE_RATE}:channel_layouts=stereo"


def _of_film(composition: Composition, index: int, layout: str) -> str:
    """The video's sound from its beginning to the end of its scene, fading with the picture."""
    scene, rate = composition.scenes[index], composition.rate
    after = composition.scenes[index + 1].entrance if index + 1 < len(composition.scenes) else None
    volume = scene.media.volume if scene.media else 0
    chain = f"aresample={SAMPLE_RATE}:async=1:first_pts=0,{stereo(layout)},volume={volume:g}"
    chain += f",atrim=end={scene.frames / rate:.6f}"
    if scene.entrance and scene.entrance.frames:
        chain += f",afade=t=in:d={scene.entrance.frames / rate:.6f}"
    if after and after.frames:
        begins = (scene.frames - after.frames) / rate
        chain += f",afade=t=out:st={begins:.6f}:d={after.frames / rate:.6f}"
    return f"{chain},adelay={round(composition.starts[index] * SAMPLE_RATE / rate)}S:all=true"


def _under_all(
    composition: Composition, audio: Audio, sounds: Mapping[str, str], read: Callable[[str, float], str]
) -> str:
    if audio.asset:
        chain = f"[{read(audio.asset, audio.trim)}:a:0]{stereo(sounds[audio.asset])}"
    else:
        chain = f"sine=frequency={audio.tone_hz:g}:sample_rate={SAMPLE_RATE},{stereo(MONO)}"
    chain += f",volume={audio.volume:g}"
    if audio.fade_in:
        chain += f",afade=t=in:d={audio.fade_in:.6f}"
    if audio.fade_out:
        chain += f",afade=t=out:st={composition.seconds - audio.fade_out:.6f}:d={audio.fade_out:.6f}"
    return chain
