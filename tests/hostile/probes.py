"""An engine that tries what it must not be able to do, and prints as JSON what came of each try.

Arguments: the agent's process id, a folder of the agent, a folder of another run.
"""

# ruff: noqa: PLW0108, PTH101, PTH102, PTH208, PTH211, S108, SIM115 - the calls themselves are the attack

import ctypes
import json
import os
import resource
import stat
import sys
from collections.abc import Callable
from pathlib import Path

AGENT, WORK, OTHER = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])


def status(name: str) -> str:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(line.partition(":")[2].strip() for line in lines if line.startswith(f"{name}:"))


def set_user_id_shell() -> str:
    """A copy of a shell that would run as its owner; the owner is the engine's own user."""
    shell = Path("shell")
    shell.write_bytes(Path("/bin/true").read_bytes())
    shell.chmod(0o4755)
    return oct(stat.S_IMODE(shell.stat().st_mode))


def becomes_root() -> str:
    os.setuid(0)
    return "root"


def deep_tree() -> str:
    """Deeper than Python's recursion and than a path may be long, and without permissions at its root."""
    start = Path.cwd()
    os.mkdir("deep")
    os.chdir("deep")
    for _ in range(1500):
        os.mkdir("d")
        os.chdir("d")
    Path("leaf").touch()
    os.chdir(start)
    os.chmod("deep", 0)
    return "made"


def plant() -> str:
    """What the agent would run next, if it looked for its code where it stands."""
    package = Path("handlers/render_agent")
    package.mkdir(parents=True)
    (package / "__main__.py").write_text("print('owned')")
    return "made"


def shared_memory() -> int:
    """A segment that outlives whoever made it (shmget(2)): a megabyte, and it could be all of the memory."""
    return int(ctypes.CDLL(None).shmget(0x0C11F17, 1 << 20, 0o1600))


TRIES: dict[str, Callable[[], object]] = {
    "reads the agent's environment": lambda: Path(f"/proc/{AGENT}/environ").read_bytes() and "read",
    "reads the agent's memory": lambda: Path(f"/proc/{AGENT}/mem").open("rb").read(1) and "read",
    "ends the agent": lambda: os.kill(AGENT, 0),
    "writes the agent's health": lambda: (WORK / "health").write_text("fine"),
    "lists the agent's folder": lambda: os.listdir(WORK),
    "puts a link beside the log": lambda: os.symlink("/etc/cron.d/owned", WORK / "agent.log"),
    "reads another run": lambda: (OTHER / "composition.json").read_text(),
    "adds to another run": lambda: (OTHER / "planted").touch(),
    "becomes root": becomes_root,
    "changes an owner": lambda: os.chown("composition.json", 0, 0),
    "lowers its score": lambda: Path("/proc/self/oom_score_adj").write_text("-1000"),
    "raises its limit": lambda: resource.setrlimit(resource.RLIMIT_NPROC, (10**6, 10**6)),
    "opens a raw socket": lambda: __import__("socket").socket(2, 3, 1),
}
FACTS: dict[str, Callable[[], object]] = {
    "user": os.getuid,
    "groups": os.getgroups,
    "no new privileges": lambda: status("NoNewPrivs"),
    "capabilities": lambda: {name: int(status(name), 16) for name in ("CapEff", "CapPrm", "CapAmb")},
    "core": lambda: resource.getrlimit(resource.RLIMIT_CORE),
    "processes": lambda: resource.getrlimit(resource.RLIMIT_NPROC),
    "score": lambda: Path("/proc/self/oom_score_adj").read_text().strip(),
    "set-user-ID": set_user_id_shell,
    "composition": lambda: Path("composition.json").read_text(),
    "asset": lambda: Path("assets/a_1").read_text(),
    "plant": plant,
    "deep tree": deep_tree,
    "shared memory": shared_memory,
    "public": lambda: Path(f"/tmp/planted.{AGENT}").write_text("for the next run"),
}


def main() -> None:
    found: dict[str, object] = {name: ask() for name, ask in FACTS.items()}
    for name, attack in TRIES.items():
        try:
            attack()
        except (OSError, ValueError) as error:
            found[name] = type(error).__name__
        else:
            found[name] = "did it"
    sys.stderr.write(json.dumps(found) + "\n")


main()
