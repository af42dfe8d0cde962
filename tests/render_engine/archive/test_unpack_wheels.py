"""The installer of the reference engine's archive: one wheel of each distribution, as the Python needs it."""

import stat
import zipfile
from pathlib import Path

import pytest

from render_engine.archive.unpack_wheels import NoWheelError, fitting, unpack

WHEELS = [
    Path("wheels") / name
    for name in (
        "fonts-1-py3-none-any.whl",
        "pillow-13.0.0-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
        "pillow-13.0.0-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
        "typst-0.15.2-cp39-abi3-manylinux2014_x86_64.whl",
    )
]


def test_each_python_gets_its_own_wheel_and_those_for_all() -> None:
    chosen = [wheel.name for wheel in fitting(WHEELS, (3, 12))]
    assert chosen == [WHEELS[0].name, WHEELS[2].name, WHEELS[3].name]


def test_a_python_without_a_wheel_is_named() -> None:
    with pytest.raises(NoWheelError, match=r"no wheel of pillow for Python 3\.15"):
        fitting(WHEELS, (3, 15))


def test_programs_stay_programs(tmp_path: Path) -> None:
    wheel = tmp_path / "ffmpeg.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        program = zipfile.ZipInfo("binaries/ffmpeg")
        program.external_attr = 0o755 << 16
        archive.writestr(program, "elf")
        archive.writestr("binaries/__init__.py", "")
    unpack(wheel, tmp_path / "lib")
    modes = {path.name: path.stat().st_mode for path in (tmp_path / "lib/binaries").iterdir()}
    assert modes["ffmpeg"] & stat.S_IXUSR
    assert not modes["__init__.py"] & stat.S_IXUSR
