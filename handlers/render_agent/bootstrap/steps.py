"""What the steps of the bootstrap share: where things lie, and how a step fails.

To change what an instance installs, begin at components/fleet_bootstrap.py.
"""

from dataclasses import dataclass
from pathlib import Path


class BootError(Exception):
    """The instance cannot serve; the text says why, for operators and for whoever waits."""


@dataclass(frozen=True, kw_only=True)
class Folders:
    """The folder InstallRoot of the document, and what lies in it."""

    root: Path

    @property
    def downloads(self) -> Path:
        """Files on their way; empty between two runs."""
        return self.root / "downloads"

    @property
    def engines(self) -> Path:
        """One folder for each engine archive, named by its checksum."""
        return self.root / "engines"

    @property
    def environment(self) -> Path:
        """The agent's environment, KEY=VALUE lines."""
        return self.root / "agent.env"

    @property
    def engine(self) -> Path:
        """The file that names the folder of the engine in use."""
        return self.root / "state" / "engine"

    @property
    def pid(self) -> Path:
        """The file with the agent's process id, where the document started it in the background."""
        return self.root / "state" / "pid"

    @property
    def supervisor(self) -> Path:
        """The file that says who runs the agent: `systemd` or `background`."""
        return self.root / "state" / "supervisor"

    @property
    def log(self) -> Path:
        """What the agent says."""
        return self.root / "log" / "agent.log"
