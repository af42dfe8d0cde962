"""A trace: when each job arrives and how long it really takes, which no policy knows."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

COLUMNS = ("arrival_s", "service_s", "tenant", "template")


@dataclass(frozen=True, kw_only=True)
class Trace:
    """Jobs in the order of their arrival; `templates` is empty when no job has one."""

    name: str
    arrival: NDArray[np.float64]
    service: NDArray[np.float64]
    templates: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is not a trace.

        Raises:
            ValueError: naming the first job that is out of order or takes no time.
        """
        if self.arrival.shape != self.service.shape:
            raise ValueError(
                f"trace {self.name}: {self.arrival.size} arrivals but {self.service.size} services"
            )
        if self.templates and len(self.templates) != self.arrival.size:
            raise ValueError(
                f"trace {self.name}: {self.arrival.size} jobs but {len(self.templates)} templates"
            )
        backwards = np.flatnonzero(np.diff(self.arrival) < 0)
        if backwards.size:
            raise ValueError(
                f"trace {self.name}: job {int(backwards[0]) + 1} arrives before the one above it"
            )
        idle = np.flatnonzero(~(self.service > 0))
        if idle.size:
            raise ValueError(
                f"trace {self.name}: job {int(idle[0])} takes {self.service[idle[0]]} s, must be above 0"
            )

    def __len__(self) -> int:
        return int(self.arrival.size)

    @property
    def halves(self) -> tuple["Trace", "Trace"]:
        """The jobs until the middle of the time, and those from there on, with the middle as their zero."""
        middle = float(self.arrival[0] + self.arrival[-1]) / 2
        n = int(np.searchsorted(self.arrival, middle))
        first = replace(
            self, arrival=self.arrival[:n], service=self.service[:n], templates=self.templates[:n]
        )
        second = replace(
            self, arrival=self.arrival[n:] - middle, service=self.service[n:], templates=self.templates[n:]
        )
        return first, second

    @property
    def work_s(self) -> float:
        """Seconds of rendering in all."""
        return float(self.service.sum())


def sorted_trace(
    name: str, arrival: NDArray[np.float64], service: NDArray[np.float64], templates: tuple[str, ...] = ()
) -> Trace:
    """A trace of jobs in any order."""
    order = np.argsort(arrival, kind="stable")
    named = tuple(templates[n] for n in order) if templates else ()
    return Trace(name=name, arrival=arrival[order], service=service[order], templates=named)


def read(path: Path) -> Trace:
    """A trace from CSV with the columns `arrival_s,service_s[,tenant,template]`.

    Raises:
        ValueError: naming the line that is not a job.
    """
    with path.open(newline="") as lines:
        return _parsed(path.stem, lines)


def _parsed(name: str, lines: Iterable[str]) -> Trace:
    rows = csv.DictReader(lines)
    header = tuple(rows.fieldnames or ())
    if header[:2] != COLUMNS[:2] or not set(header) <= set(COLUMNS):
        raise ValueError(
            f"trace {name}: columns are {','.join(header)}, must be arrival_s,service_s[,tenant,template]"
        )
    arrival, service, templates = [], [], []
    for row in rows:
        try:
            arrival.append(float(row["arrival_s"]))
            service.append(float(row["service_s"]))
        except (TypeError, ValueError) as error:
            raise ValueError(f"trace {name}, line {rows.line_num}: {error}") from error
        templates.append(row.get("template") or "")
    if not arrival:
        raise ValueError(f"trace {name}: no jobs")
    return sorted_trace(
        name, np.array(arrival), np.array(service), tuple(templates) if any(templates) else ()
    )


def write(trace: Trace, path: Path) -> None:
    """The trace as CSV that `read` takes."""
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS[:2] if not trace.templates else (*COLUMNS[:2], "template"))
        for n in range(len(trace)):
            row = [f"{trace.arrival[n]:.3f}", f"{trace.service[n]:.3f}"]
            out.writerow([*row, trace.templates[n]] if trace.templates else row)
