"""The CloudWatch agent of an instance: it ships the log files that its deployed settings name.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html
The runner reads the files, because the last lines of an instance come when nothing on it lives any more;
this tells it which. The metrics of the settings are not collected here.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

STAGE = "log-file"
"""The stage of a report whose detail is a file to ship, as JSON."""


@dataclass(frozen=True, kw_only=True)
class CollectedFile:
    """A file of the settings, in the words of this instance."""

    path: str
    group: str
    stream: str

    @classmethod
    def parse(cls, detail: str) -> "CollectedFile":
        """From the detail of a report."""
        return cls(**json.loads(detail))


@dataclass(frozen=True, kw_only=True)
class CloudWatchAgent:
    """One instance's agent."""

    instance: str
    folder: Path
    parameter: Callable[[str], str]
    announce: Callable[[str, str], None]

    def configure(self, name: str) -> None:
        """Take the settings from a parameter of the Parameter Store.

        Raises:
            LookupError: There is no such parameter.
            ValueError: It holds no settings.
        """
        for file in collected(json.loads(self.parameter(name)), self.folder, self.instance):
            self.announce(STAGE, json.dumps(asdict(file)))


def collected(settings: Mapping[str, object], folder: Path, instance: str) -> list[CollectedFile]:
    """The files that settings name; paths are relative to the folder that stands for the root."""
    found: object = settings
    for key in ("logs", "logs_collected", "files", "collect_list"):
        found = found.get(key, {}) if isinstance(found, Mapping) else {}
    return [
        CollectedFile(
            path=str(folder / str(file["file_path"]).lstrip("/")),
            group=str(file["log_group_name"]),
            stream=str(file["log_stream_name"]).replace("{instance_id}", instance),
        )
        for file in (found if isinstance(found, list) else [])
    ]
