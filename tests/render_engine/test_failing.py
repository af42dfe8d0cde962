"""How a render ends without a video: codes, exit codes, and nothing left behind."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from render_engine.children import find_ffmpeg

if TYPE_CHECKING:
    from tests.render_engine.conftest import Studio

SMALL: dict[str, object] = {"version": 1, "width": 160, "height": 90, "rate": 10}
ENDLESS = {**SMALL, "width": 1920, "height": 1080, "rate": 60, "scenes": [{"duration_s": 600}]}


def with_video(name: str) -> dict[str, object]:
    return {**SMALL, "scenes": [{"duration_s": 1, "video": {"asset": name}}]}


def script(path: Path, *lines: str) -> str:
    path.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    path.chmod(0o755)
    return str(path)


def test_a_wrong_composition_is_refused_for_good(studio: "Studio") -> None:
    ended = studio.render({**SMALL, "scenes": []})
    assert (ended.code, ended.error) == (2, "composition_invalid")
    assert "scenes" in ended.detail
    assert studio.leftovers() == []


def test_a_composition_that_is_not_there_is_refused(studio: "Studio") -> None:
    command = studio.command({})
    (studio.folder / "composition.json").unlink()
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ended.returncode == 2
    assert "cannot be read" in ended.stdout


def test_a_missing_asset_is_named(studio: "Studio") -> None:
    ended = studio.render(with_video("film"))
    assert (ended.code, ended.error) == (2, "asset_missing")
    assert "film" in ended.detail


HOSTILE = {
    "text": "hello",
    "playlist": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile 'composition.json'\n",
    "svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/hostname"/></svg>',
    "empty": "",
}


@pytest.mark.short_form(2)
@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_an_asset_that_is_no_film_is_refused_and_never_followed(studio: "Studio", kind: str) -> None:
    (studio.assets / "film").write_text(HOSTILE[kind])
    ended = studio.render(with_video("film"))
    assert (ended.code, ended.error) == (2, "asset_unreadable")
    assert str(studio.folder) not in ended.detail
    assert studio.leftovers() == []


def test_sound_is_not_accepted_as_a_film(studio: "Studio", asset: Callable[..., None]) -> None:
    asset("film", "sine=d=1", "-f", "wav")
    assert studio.render(with_video("film")).error == "asset_unreadable"


def test_a_machine_without_font_is_at_fault_and_not_the_composition(studio: "Studio") -> None:
    studio.environment["CLIPIT_ENGINE_FONTS"] = "nowhere"
    ended = studio.render({**SMALL, "scenes": [{"duration_s": 1, "text": {"content": "hello"}}]})
    assert (ended.code, ended.error) == (3, "font_missing")
    assert "CLIPIT_ENGINE_FONTS" in ended.detail


def test_a_machine_without_encoder_is_at_fault(studio: "Studio") -> None:
    studio.environment["CLIPIT_ENGINE_FFMPEG"] = str(studio.folder / "nowhere")
    ended = studio.render({**SMALL, "scenes": [{"duration_s": 1}]})
    assert (ended.code, ended.error) == (3, "encoder_missing")


def test_an_encoder_that_fails_is_reported_with_its_last_words(studio: "Studio") -> None:
    studio.environment["CLIPIT_ENGINE_FFMPEG"] = script(
        studio.assets / "ffmpeg", "echo no space left >&2", "exit 7"
    )
    ended = studio.render({**SMALL, "scenes": [{"duration_s": 1}]})
    assert (ended.code, ended.error) == (3, "encoder_failed")
    assert "code 7" in ended.detail
    assert "no space left" in ended.detail


def test_an_encoder_that_claims_success_without_a_file_is_a_failure(studio: "Studio") -> None:
    studio.environment["CLIPIT_ENGINE_FFMPEG"] = script(studio.assets / "ffmpeg", "exit 0")
    assert studio.render({**SMALL, "scenes": [{"duration_s": 1}]}).error == "encoder_failed"


def test_an_encoder_that_leaves_frames_out_is_a_failure(studio: "Studio") -> None:
    lines = ("for output; do :; done", 'echo video > "${output#file:}"', "echo frame=7")
    studio.environment["CLIPIT_ENGINE_FFMPEG"] = script(studio.assets / "ffmpeg", *lines)
    ended = studio.render({**SMALL, "scenes": [{"duration_s": 1}]})
    assert (ended.code, ended.error) == (3, "encoder_failed")
    assert "it wrote 7 of 10 frames" in ended.detail
    assert studio.leftovers() == []


def test_colors_that_this_encoder_cannot_convert_are_refused_instead_of_washed_out(
    studio: "Studio", asset: Callable[..., None]
) -> None:
    hdr = (
        "color=red:s=64x36:r=10:d=1,setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"
    )
    asset("film", hdr, "-c:v", "libx264", "-pix_fmt", "yuv420p10le", "-f", "mp4")
    lines = ('case "$*" in *-filters*) exit 0;; esac', f'exec {find_ffmpeg()} "$@"')
    studio.environment["CLIPIT_ENGINE_FFMPEG"] = script(studio.assets / "ffmpeg", *lines)
    ended = studio.render(with_video("film"))
    assert (ended.code, ended.error) == (2, "asset_colors_unsupported")
    assert "film" in ended.detail
    assert "smpte2084" in ended.detail


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ({"content": "big", "size": 1000}, "text_does_not_fit"),
        ({"content": "\u1820\u1821"}, "glyphs_missing"),
        ({"content": "\u2800"}, "text_invisible"),
    ],
)
def test_words_that_cannot_be_shown_whole_are_refused_for_good_with_their_place(
    studio: "Studio", text: dict[str, object], code: str
) -> None:
    ended = studio.render({**SMALL, "scenes": [{"duration_s": 1}, {"duration_s": 1, "text": text}]})
    assert (ended.code, ended.error) == (2, code)
    assert "scenes[1].text" in ended.detail
    assert studio.leftovers() == []


def test_an_output_folder_that_is_not_there_is_a_failure_of_the_machine(studio: "Studio") -> None:
    command = studio.command({**SMALL, "scenes": [{"duration_s": 1}]})
    command[-1] = str(studio.folder / "nowhere" / "video.mp4")
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ended.returncode == 3
    assert "encoder_failed" in ended.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_cancelled_render_ends_its_encoder_and_removes_what_it_wrote(
    studio: "Studio", number: signal.Signals
) -> None:
    pid_file = studio.assets / "pid"
    lines = ["echo $$ > pid.tmp", f"mv pid.tmp {pid_file}", "echo frame=50", "exec sleep 60"]
    studio.environment["CLIPIT_ENGINE_FFMPEG"] = script(studio.assets / "ffmpeg", *lines)
    child = studio.start({**SMALL, "scenes": [{"duration_s": 10}]})
    assert child.stdout is not None
    while json.loads(child.stdout.readline()).get("stage") != "encoding":
        pass
    child.send_signal(number)
    said, _ = child.communicate(timeout=10)
    assert child.returncode == 128 + number
    assert json.loads(said.splitlines()[-1])["code"] == "cancelled"
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)
    assert studio.leftovers() == []


def test_a_real_encoder_obeys_a_cancel_within_seconds(studio: "Studio") -> None:
    child = studio.start(ENDLESS)
    assert child.stdout is not None
    while json.loads(child.stdout.readline()).get("stage") != "encoding":
        pass
    child.terminate()
    child.communicate(timeout=10)
    assert child.returncode == 128 + signal.SIGTERM
    assert studio.leftovers() == []


def test_an_agent_that_stops_listening_stops_the_render(studio: "Studio") -> None:
    child = studio.start(ENDLESS)
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.readline()
    child.stdout.close()
    child.wait(timeout=30)
    child.stderr.close()
    assert child.returncode not in {0, 2}
    assert studio.leftovers() == []
