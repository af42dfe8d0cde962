"""The demo's music: four bars of chords, an arpeggio, bass and drums, as a WAV file."""

import io
import wave
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Sound: TypeAlias = npt.NDArray[np.float64]

_RATE = 48_000
_BEATS_A_MINUTE = 120
_BEATS_A_BAR = 4
_CHORDS = ((57, 60, 64, 67), (53, 57, 60, 64), (48, 55, 60, 64), (55, 59, 62, 69))
"""MIDI notes: A minor 7, F major 7, C major, G with a ninth."""
_PEAK = 0.7
_FADE_IN_S, _FADE_OUT_S = 0.05, 0.8
_SEED = 7


def wav(seconds: float) -> bytes:
    """Stereo, 16 bits, 48 kHz; it fades out at the end; the same bytes each time."""
    length = round(seconds * _RATE)
    left, right = np.zeros(length), np.zeros(length)
    beat = 60 / _BEATS_A_MINUTE
    for bar in range(int(seconds / (beat * _BEATS_A_BAR)) + 1):
        chord, begins = _CHORDS[bar % len(_CHORDS)], bar * beat * _BEATS_A_BAR
        pad = sum((_pad(note, beat * _BEATS_A_BAR + 0.4) for note in chord), np.zeros(1))
        for side in (left, right):
            _add(side, 0.05 * pad, begins)
        for step in range(2 * _BEATS_A_BAR):
            pluck = 0.16 * _pluck(chord[(0, 2, 1, 3)[step % 4]] + 12, 0.9)
            share = 0.35 + 0.3 * (step % 2)
            _add(left, share * pluck, begins + step * beat / 2)
            _add(right, (1 - share) * pluck, begins + step * beat / 2)
        for number in range(_BEATS_A_BAR):
            hit = 0.30 * _kick() if number % 2 == 0 else 0.10 * _brush(number)
            for side in (left, right):
                _add(side, hit, begins + number * beat)
                _add(side, 0.16 * _pluck(chord[0] - 12, 0.7), begins + number * beat)
                _add(side, 0.025 * _brush(number + 9)[: _RATE // 25], begins + (number + 0.5) * beat)
    both = np.stack([left, right], 1)
    both *= _PEAK / np.abs(both).max() * _envelope(length)[:, None]
    return _file(both)


def _envelope(length: int) -> Sound:
    now = np.arange(length) / _RATE
    ends = length / _RATE - now
    return np.clip(now / _FADE_IN_S, 0, 1) * np.clip(ends / _FADE_OUT_S, 0, 1) ** 2


def _add(side: Sound, sound: Sound, at_s: float) -> None:
    begin = round(at_s * _RATE)
    end = min(len(side), begin + len(sound))
    if end > begin:
        side[begin:end] += sound[: end - begin]


def _hertz(note: int) -> float:
    """Of a MIDI note: 69 is A at 440 Hz."""
    return float(440 * 2 ** ((note - 69) / 12))


def _pad(note: int, seconds: float) -> Sound:
    now = np.arange(round(seconds * _RATE)) / _RATE
    voices = sum(
        (np.sin(2 * np.pi * _hertz(note) * detune * now) for detune in (0.997, 1, 1.003)), np.zeros(1)
    )
    return np.asarray(voices * np.clip(now / 0.35, 0, 1) * np.clip((seconds - now) / 0.4, 0, 1))


def _pluck(note: int, seconds: float) -> Sound:
    now = np.arange(round(seconds * _RATE)) / _RATE
    tone = sum(
        (
            np.sin(2 * np.pi * _hertz(note) * part * now) * np.exp(-4 * part * now) / part
            for part in (1, 2, 3)
        ),
        np.zeros(1),
    )
    return np.asarray(tone * np.clip(now / 0.004, 0, 1) * np.clip((seconds - now) / 0.05, 0, 1))


def _kick() -> Sound:
    now = np.arange(round(0.25 * _RATE)) / _RATE
    return np.asarray(np.sin(2 * np.pi * (48 * now + 4 * (1 - np.exp(-28 * now)))) * np.exp(-14 * now))


def _brush(number: int) -> Sound:
    now = np.arange(round(0.15 * _RATE)) / _RATE
    noise = np.random.default_rng(_SEED + number).uniform(-1, 1, len(now))
    return np.asarray(np.diff(noise, prepend=0) * np.exp(-32 * now))


def _file(both: Sound) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes((both * 32767).astype("<i2").tobytes())
    return buffer.getvalue()
