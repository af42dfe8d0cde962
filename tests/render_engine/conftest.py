"""One way to run the engine in these tests: as the child process that an agent would start."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from render_engine.children import find_ffmpeg
from render_engine.probe import frame_at

ENGINE = (sys.executable, "-m", "render_engine")
Json = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What the engine said and how it ended."""

    code: int
    events: list[Json]
    complaints: str

    def only(self, kind: str) -> list[Json]:
        return [event for event in self.events if event["event"] == kind]

    @property
    def error(self) -> str:
        return str(self.only("error")[0]["code"])

    @property
    def detail(self) -> str:
        return str(self.only("error")[0]["detail"])


@dataclass(frozen=True, kw_only=True)
class Studio:
    """A folder with assets, a composition and the place of the output."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def output(self) -> Path:
        return self.folder / "video.mp4"

    @property
    def assets(self) -> Path:
        return self.folder / "assets"

    def command(self, composition: object) -> list[str]:
        source = self.folder / "composition.json"
        raw = composition if isinstance(composition, bytes) else json.dumps(composition).encode()
        source.write_bytes(raw)
        places = ["--composition", str(source), "--assets", str(self.assets), "--output", str(self.output)]
        return [*ENGINE, "render", *places]

    def start(self, composition: object) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            self.command(composition),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )
        self.started.append(child)
        return child

    def render(self, composition: object) -> Ended:
        child = self.start(composition)
        said, complaints = child.communicate(timeout=50)
        events = [json.loads(line) for line in said.splitlines()]
        return Ended(code=child.returncode, events=events, complaints=complaints)

    def frame(self, second: float, *, width: int, height: int) -> Image.Image:
        """The finished video's picture at a time."""
        return Image.frombytes("RGB", (width, height), frame_at(self.output, second))

    def loudness(self, begin: float, end: float) -> tuple[float, float]:
        """The highest amplitude, left and right, between two times of the finished video; 1 is full scale."""
        command = [find_ffmpeg(), "-v", "error", "-i", str(self.output), "-map", "0:a:0"]
        raw = subprocess.run(
            [*command, "-f", "f32le", "-ac", "2", "-ar", "48000", "-"], check=True, capture_output=True
        ).stdout
        samples: npt.NDArray[np.float32] = np.frombuffer(raw, dtype="<f4").reshape(-1, 2)
        left, right = np.abs(samples[int(begin * 48000) : int(end * 48000)]).max(axis=0)
        return float(left), float(right)

    def leftovers(self) -> list[str]:
        return sorted(
            path.name
            for path in self.folder.iterdir()
            if path.name not in {"assets", "composition.json", "temporary"}
        )


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    (tmp_path / "assets").mkdir()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    place = Studio(folder=tmp_path, environment={"TMPDIR": str(temporary), "PYTHONPATH": "."})
    yield place
    for child in place.started:
        child.kill()
        child.wait()
    assert list(temporary.iterdir()) == [], "the engine left temporary files behind"


@pytest.fixture
def asset(studio: Studio) -> Callable[..., None]:
    """Makes an asset with ffmpeg's own sources."""

    def make(name: str, source: str, *arguments: str) -> None:
        command = [find_ffmpeg(), "-v", "error", "-y", "-f", "lavfi", "-i", source, *arguments]
        subprocess.run([*command, str(studio.assets / name)], check=True)

    return make
