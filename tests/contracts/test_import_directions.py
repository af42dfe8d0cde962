"""Which room may know which: read from the syntax trees, so that nothing needs to be imported.

Proves the arrows of docs/architecture.md. Does not prove that what is imported is used well.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
OURS = {
    "bootstrap",
    "components",
    "handlers",
    "policy",
    "guardrails",
    "clipit_client",
    "render_engine",
    "simulator",
    "local",
    "cli",
    "benchmarks",
    "pages",
}
BOXES = ("Network", "JobStore", "JobServer", "RenderFleet", "Scaler", "Notifier", "Observability")
STANDARD_LIBRARY = sys.stdlib_module_names


def sources(room: str) -> list[Path]:
    found = sorted((ROOT / room).rglob("*.py"))
    assert found, f"{room} holds no Python file: this test would prove nothing"
    return found


# What imports a module that a variable names: a command of the table, a deployed function's own code, and
# every module of the own room.
BY_VARIABLE = {
    *("cli/main.py", "local/lambda_service/function_host.py"),
    *("local/emulator/extensions.py", "local/provider/types/__init__.py"),
}


def imported(path: Path) -> Iterator[str]:
    """Every module a file imports, also by `import_module`, with relative imports spelled out."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            match node.args[0]:
                case (
                    ast.Constant(value=str(name)) | ast.JoinedStr(values=[ast.Constant(value=str(name)), *_])
                ):
                    yield name.rstrip(".")
                case other:
                    known = path.relative_to(ROOT).as_posix() in BY_VARIABLE
                    assert known, f"{path}: {ast.unparse(other)} may be any module; name the module"
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def ours(path: Path) -> set[str]:
    return {module for module in imported(path) if module.split(".")[0] in OURS}


def room_of(module: str) -> str:
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "handlers" else parts[0]


def defines_a_component(path: Path) -> bool:
    classes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)]
    return any("ComponentResource" in ast.unparse(base) for node in classes for base in node.bases)


PROGRAMS = ("components", "bootstrap")


def test_a_component_never_imports_another_component() -> None:
    owners = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for room in PROGRAMS
        for path in sources(room)
        if defines_a_component(path)
    }
    assert len(owners) >= len(BOXES), f"components are missing, found only {sorted(owners)}"
    for path in (path for room in PROGRAMS for path in sources(room) if path.name != "__main__.py"):
        own = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for module in ours(path):
            room = path.relative_to(ROOT).parts[0]
            assert module.split(".")[0] in {"components", room}, f"{path.name} imports {module}"
            other = next(
                (owner for owner in owners if module == owner or module.startswith(f"{owner}.")), own
            )
            assert other == own, f"{path.name} imports the component {module}"


@pytest.mark.parametrize("name", ["settings", "naming"])
def test_settings_and_names_do_not_know_pulumi(name: str) -> None:
    paths = [*(ROOT / "components").glob(f"{name}.py"), *(ROOT / "components" / name).glob("*.py")]
    assert paths
    for path in paths:
        assert not [module for module in imported(path) if module.split(".")[0].startswith("pulumi")]


def test_handlers_know_the_jobs_domain_and_the_catalogue_and_no_other_handler() -> None:
    shared = {"handlers", "handlers.jobs", "handlers.telemetry"}
    for path in sources("handlers"):
        own = "handlers." + path.relative_to(ROOT / "handlers").parts[0].removesuffix(".py")
        for module in ours(path):
            assert room_of(module) in {*shared, own}, f"{path} imports {module}"


def test_handlers_never_import_pulumi() -> None:
    for path in sources("handlers"):
        assert not [module for module in imported(path) if module.split(".")[0].startswith("pulumi")], path


def test_the_jobs_domain_imports_no_handler() -> None:
    for path in sources("handlers/jobs"):
        assert {room_of(module) for module in ours(path)} <= {"handlers.jobs", "handlers"}


def test_the_policy_pack_reads_neither_the_program_nor_the_handlers() -> None:
    for path in sources("policy"):
        assert {module.split(".")[0] for module in ours(path)} <= {"guardrails"}, path


def test_the_policy_pack_does_not_load_the_provider_sdk() -> None:
    for path in sources("policy"):
        assert not [module for module in imported(path) if module.split(".")[0] == "pulumi_aws"], path


def source_of(module: str) -> Path | None:
    """The file of a module or of a package; None for what is no file of ours."""
    path = ROOT / Path(*module.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((one for one in candidates if one.exists()), None)


def reached_from(module: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """All modules that importing this one of the scaler's loads, within the scaler's room."""
    path = source_of(module)
    if module in seen or path is None:
        return seen
    seen |= {module}
    for other in imported(path):
        seen = reached_from(other, seen) if other.startswith("handlers.scaler.") else seen | {other}
    return seen


def test_the_simulator_runs_the_decision_and_nothing_that_could_call_aws() -> None:
    reached = {m for path in sources("simulator") for m in imported(path) if m.startswith("handlers.")}
    assert "handlers.scaler.decision" in reached
    for module in reached:
        assert room_of(module) in {"handlers.scaler", "handlers.jobs"}, module
        loaded = {name.split(".")[0] for name in reached_from(module)}
        assert loaded <= STANDARD_LIBRARY | {"handlers"}, f"{module} loads {loaded - STANDARD_LIBRARY}"


def test_the_decision_reads_no_clock_no_environment_and_no_chance() -> None:
    loaded = reached_from("handlers.scaler.decision")
    assert len(loaded) >= len(sources("handlers/scaler/decision")), "the room was not read"
    assert not loaded & {"time", "os", "random", "logging", "datetime", "secrets"}


def test_the_render_engine_stands_alone() -> None:
    for path in sources("render_engine"):
        assert {module.split(".")[0] for module in ours(path)} <= {"render_engine"}, path


def test_the_client_stands_alone_and_only_who_calls_the_api_imports_it() -> None:
    for path in sources("clients/python"):
        assert {module.split(".")[0] for module in ours(path)} <= {"clipit_client"}, path
    for room in (
        *("bootstrap", "components", "handlers", "local", "pages"),
        *("policy", "render_engine", "simulator"),
    ):
        for path in sources(room):
            assert not {m for m in ours(path) if m.split(".")[0] == "clipit_client"}, path


def test_nothing_imports_the_local_stack_or_the_command_line() -> None:
    for room in ("bootstrap", "components", "handlers", "policy", "render_engine", "simulator"):
        for path in sources(room):
            assert not {m for m in ours(path) if m.split(".")[0] in {"local", "cli", "benchmarks"}}, path
    for path in sources("local"):
        assert not {m for m in ours(path) if m.split(".")[0] in {"cli", "benchmarks"}}, path


def test_the_command_line_imports_no_benchmark() -> None:
    """Benchmarks are not in the wheel; they are run by make targets."""
    for path in sources("cli"):
        assert not {m for m in ours(path) if m.split(".")[0] == "benchmarks"}, path


def loaded_by(module: str) -> set[str]:
    """All modules of ours that importing this one loads, with the packages they stand in."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = source_of(name)
        if name in seen or (path is None and name.split(".")[0] not in {"policy", "guardrails"}):
            continue
        seen.add(name)
        parts = name.split(".")
        waiting += [".".join(parts[:length]) for length in range(1, len(parts))]
        waiting += ours(path) if path else ()
    return seen


def test_no_command_but_those_that_judge_a_stack_can_load_the_policy_pack() -> None:
    loaded = {entry.module: loaded_by(entry.module) for entry in COMMANDS}
    assert all(len(modules) > 3 for modules in loaded.values()), "the modules of a command were not read"
    packs = {"policy", "guardrails"}
    assert {module for module, modules in loaded.items() if packs & {m.split(".")[0] for m in modules}} == {
        "cli.drift.command",
        "cli.policy.command",
    }


@pytest.mark.parametrize(
    "room",
    ["handlers/jobs", "handlers/telemetry", "handlers/scaler", "handlers/sweeper", "handlers/notifier"],
)
def test_what_runs_in_lambda_needs_only_what_lambda_has(room: str) -> None:
    there = {"boto3", "botocore", "aws_lambda_powertools", "urllib3", "handlers"}
    for path in sources(room):
        for module in imported(path):
            top = module.split(".")[0]
            known = (
                top in there or top in STANDARD_LIBRARY or module.startswith(("mypy_boto3", "types_boto3"))
            )
            assert known, (
                f"{path.relative_to(ROOT)} imports {module}, which the function's runtime does not have"
            )


def test_the_agent_needs_only_the_standard_library_and_boto3() -> None:
    for path in [*sources("handlers/render_agent"), *sources("handlers/telemetry")]:
        if path.name == "powertools.py":
            continue  # for functions; the agent's modules import it nowhere
        for module in imported(path):
            assert module != "handlers.telemetry.powertools"
            top = module.split(".")[0]
            known = top in {"boto3", "botocore", "handlers"} or top in STANDARD_LIBRARY
            assert known or module.startswith(("mypy_boto3", "types_boto3")), f"{path.name} imports {module}"
