"""What the services of a local stack tell CloudWatch about what they run."""

from dataclasses import dataclass

from local.emulator.connection import Connection
from local.telemetry.log_files import LogFiles
from local.telemetry.measurements import Measurements


@dataclass(frozen=True, kw_only=True)
class Telemetry:
    """The lines of log files, and measurements."""

    logs: LogFiles
    measurements: Measurements

    @classmethod
    def to(cls, connection: Connection) -> "Telemetry":
        """To the CloudWatch of an emulator."""
        return cls(logs=LogFiles(connection), measurements=Measurements(connection))

    def flush(self) -> None:
        """Send now what waits to be sent."""
        self.logs.flush()
        self.measurements.flush()
