"""What the pack costs over the wire: `python -m guardrails.bench [resources]` in the folder of the pack.

Starts the real pack and a pack of one rule as the engine does, and asks each about the same resources.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from guardrails.catalogue import RULES
from guardrails.rule import Resource

PACK = Path(__file__).parent.parent
SINGLE = "lt-imdsv2"
RESOURCES = 150
ONE_RULE = """
import sys
sys.path.insert(0, {pack!r})
from guardrails.catalogue import RULES
from guardrails.server import serve
serve([rule for rule in RULES if rule.id == {rule!r}])
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


def sample(count: int) -> list[Resource]:
    """As many resources as wanted: the rules' own examples, over and over."""
    examples = [resource for rule in RULES for resource in rule.compliant]
    return list(itertools.islice(itertools.cycle(examples), count))


def measure(folder: Path, resources: Sequence[Resource]) -> Cost:
    """Boot the pack of a folder and let it judge the resources one by one, then together."""
    begin = time.perf_counter()
    with _running(folder) as stub:
        rules = len(stub.GetAnalyzerInfo(empty_pb2.Empty()).policies)
        booted = time.perf_counter()
        for index, resource in enumerate(resources):
            stub.Remediate(_request(resource, index))
            stub.Analyze(_request(resource, index))
        judged = time.perf_counter()
        stub.AnalyzeStack(
            analyzer_pb2.AnalyzeStackRequest(resources=[_in_stack(r, i) for i, r in enumerate(resources)])
        )
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


def _request(resource: Resource, index: int) -> analyzer_pb2.AnalyzeRequest:
    request = analyzer_pb2.AnalyzeRequest(type=resource.type, name=resource.name, urn=_urn(resource, index))
    return json_format.ParseDict({"properties": resource.props}, request)


def _in_stack(resource: Resource, index: int) -> analyzer_pb2.AnalyzerResource:
    request = analyzer_pb2.AnalyzerResource(type=resource.type, name=resource.name, urn=_urn(resource, index))
    return json_format.ParseDict({"properties": resource.props}, request)


def _urn(resource: Resource, index: int) -> str:
    return f"urn:pulumi:bench::clip-it::{resource.type}::{resource.name}-{index}"


def main(arguments: list[str]) -> int:
    """Print the cost of one rule and of all rules, side by side."""
    count = int(arguments[0]) if arguments else RESOURCES
    resources = sample(count)
    with tempfile.TemporaryDirectory(prefix="clipit-bench-") as folder:
        (Path(folder) / "__main__.py").write_text(
            ONE_RULE.format(pack=str(PACK), rule=SINGLE), encoding="utf-8"
        )
        costs = [measure(Path(folder), resources), measure(PACK, resources)]
    sys.stdout.write(f"{count} resources, over the wire\n")
    sys.stdout.write("rules   boot s   resources s   stack s   added to a preview s\n")
    for cost in costs:
        times = f"{cost.boot:6.2f}   {cost.resources:11.2f}   {cost.stack:7.2f}   {cost.added:20.2f}"
        sys.stdout.write(f"{cost.rules:5}   {times}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
