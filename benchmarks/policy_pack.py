"""What the pack costs over the wire: `python -m benchmarks.policy_pack RESOURCES`.

RESOURCES is a file made by `clipit preview --json`. Three packs are started as the engine does it
and asked the same: one of a single rule, the real one, and its rules under the SDK's own server.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

PACK = Path(__file__).parents[1] / "policy"
RESOURCES = 150
BEGIN = f"""
import sys
sys.path.insert(0, {str(PACK)!r})
from guardrails.catalogue import RULES
"""
SINGLE = """
from guardrails.pack.server import serve
serve([rule for rule in RULES if rule.id == "lt-imdsv2"])
"""
PLAIN = """
from guardrails.pack.policies import validation
from pulumi_policy import PolicyPack
PolicyPack("clip-it", [validation(rule) for rule in RULES])
"""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Seconds that one pack took for one preview's worth of questions."""

    rules: int
    boot: float
    resources: float
    stack: float

    @property
    def added(self) -> float:
        """What a preview takes longer, beside the boot that runs meanwhile."""
        return self.resources + self.stack


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the engine asks about one resource, alone and within its stack."""

    alone: analyzer_pb2.AnalyzeRequest
    within: analyzer_pb2.AnalyzerResource

    @classmethod
    def of(cls, listed: Mapping[str, object]) -> Asked:
        """The questions about a resource as `clipit preview --json` lists it."""
        named = {key: listed[key] for key in ("type", "name", "urn")} | {"properties": listed["inputs"]}
        depends = listed["dependencies"]
        links = {key: {"urns": urns} for key, urns in depends.items()} if isinstance(depends, dict) else {}
        return cls(
            alone=json_format.ParseDict(named, analyzer_pb2.AnalyzeRequest()),
            within=json_format.ParseDict(
                {**named, "propertyDependencies": links}, analyzer_pb2.AnalyzerResource()
            ),
        )


def measure(folder: Path, resources: Sequence[Asked]) -> Cost:
    """Boot the pack of a folder and let it judge the resources one by one, then together."""
    begin = time.perf_counter()
    with _running(folder) as stub:
        rules = len(stub.GetAnalyzerInfo(empty_pb2.Empty()).policies)
        booted = time.perf_counter()
        for resource in resources:
            stub.Remediate(resource.alone)
            stub.Analyze(resource.alone)
        judged = time.perf_counter()
        stub.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=[each.within for each in resources]))
        done = time.perf_counter()
    return Cost(rules=rules, boot=booted - begin, resources=judged - booted, stack=done - judged)


@contextmanager
def _running(folder: Path) -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(folder)]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        port = process.stdout.readline().strip() if process.stdout else ""
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            try:
                yield analyzer_pb2_grpc.AnalyzerStub(channel)
            finally:
                process.kill()


def main(arguments: list[str]) -> int:
    """Print the cost of one rule, of all rules, and of all rules under the SDK's own server."""
    listed = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))[:RESOURCES]
    resources = [Asked.of(each) for each in listed]
    with tempfile.TemporaryDirectory(prefix="clipit-bench-") as folder:
        folders = {
            "one rule": Path(folder) / "one",
            "the pack": PACK,
            "the SDK's server": Path(folder) / "sdk",
        }
        for name, code in (("one rule", SINGLE), ("the SDK's server", PLAIN)):
            folders[name].mkdir()
            (folders[name] / "__main__.py").write_text(BEGIN + code, encoding="utf-8")
        costs = {name: measure(where, resources) for name, where in folders.items()}
    sys.stdout.write(f"{len(resources)} resources, over the wire\n")
    sys.stdout.write("                   rules   boot s   resources s   stack s   added to a preview s\n")
    for name, cost in costs.items():
        times = f"{cost.boot:6.2f}   {cost.resources:11.2f}   {cost.stack:7.2f}   {cost.added:20.2f}"
        sys.stdout.write(f"{name:16}   {cost.rules:5}   {times}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
