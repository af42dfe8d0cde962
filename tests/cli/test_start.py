"""The process of `clipit`: Ctrl-C is heeded from its first moment to its last, and no letter ends it."""

import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_a_letter_that_the_terminal_has_not_ends_no_command() -> None:
    code = (
        "import sys, types\n"
        "commands = types.ModuleType('cli.main')\n"
        "commands.app = lambda: print('a hash \\u2026, a byte \\udcff')\n"
        "sys.modules['cli.main'] = commands\n"
        "from cli.start import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"a hash \\u2026, a byte \\udcff\n"


def test_ctrl_c_during_the_imports_ends_quietly(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("import time\nprint('importing', flush=True)\ntime.sleep(600)\n")
    module, name = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]["clipit"].split(
        ":"
    )
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"from {module} import {name}; {name}()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"importing\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, b"")


def test_ctrl_c_after_the_last_line_ends_quietly_with_the_commands_own_code(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(
        "import threading, time\n"
        "def finish():\n"
        "    threading.main_thread().join()\n"
        "    print('ending', flush=True)\n"
        "    time.sleep(1)\n"
        "threading.Thread(target=finish).start()\n"
    )
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import slow\n"
        "sys.argv = ['clipit', 'local', '--help']\n"
        "from cli.start import main; main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if line == b"ending\n":
                break
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("arguments", [["--version"], ["keys", "--help"]], ids=" ".join)
def test_a_full_disk_under_the_output_is_told_in_one_line(arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "cli.start", *arguments],
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
        )
    said = b"clipit: the output cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (1, said)
