"""The Systems Manager agent: parameters put in, steps run, results reported, applied when due."""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from local.ec2_service.ssm_agent.agent import Agent, Assignment, OutputLocation
from local.ec2_service.ssm_agent.documents import DocumentError, Step, Value, steps
from local.ec2_service.ssm_agent.steps import Machine, StepResult, run

DOCUMENT = """
schemaVersion: "2.2"
parameters:
  Root: {type: String, default: "opt", allowedPattern: "^[a-z]+$"}
  Settings: {type: String, default: ""}
  Words: {type: StringList, default: [one, two]}
mainSteps:
  - action: aws:runShellScript
    name: Write
    inputs:
      runCommand: ["mkdir -p {{ Root }}", "printf '%s' '{{ Settings }}' > {{ Root }}/settings"]
  - action: aws:runShellScript
    name: Say
    inputs:
      runCommand: ["echo {{ Words }}"]
"""


@dataclass
class Objects:
    """A storage of a few objects."""

    content: Mapping[tuple[str, str], bytes] = field(default_factory=dict)

    def fetch(self, bucket: str, key: str, target: Path) -> None:
        target.write_bytes(self.content[bucket, key])


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    environment = {"PATH": "/usr/bin:/bin"}
    return Machine(
        folder=tmp_path,
        environment=environment,
        log=tmp_path / "ssm.log",
        storage=Objects(),
        configure_cloudwatch=no_parameter,
    )


def no_parameter(name: str) -> str:
    raise LookupError(f"no parameter {name}")


def shell(*lines: str, **inputs: str) -> Step:
    return Step(name="Step", action="aws:runShellScript", inputs={"runCommand": list(lines), **inputs})


def test_arguments_and_defaults_are_put_into_the_steps() -> None:
    write, say = steps(DOCUMENT, {"Root": ["srv"]}, no_parameter)
    assert write.lines("runCommand")[0] == "mkdir -p srv"
    assert say.lines("runCommand") == ["echo one two"]


def test_an_argument_may_name_a_parameter_of_the_store() -> None:
    arguments = {"Settings": ["{{ssm:/clip-it/local/cpu/agent-environment}}"]}
    write, _ = steps(DOCUMENT, arguments, {"/clip-it/local/cpu/agent-environment": "A=1"}.__getitem__)
    assert "'A=1'" in write.lines("runCommand")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"Rooot": ["srv"]}, r"has no parameters \['Rooot'\]"),
        ({"Root": ["/etc"]}, r"Root is '/etc'; it must match"),
    ],
    ids=["unknown", "not allowed"],
)
def test_wrong_arguments_are_refused_by_name(arguments: Mapping[str, list[str]], message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        steps(DOCUMENT, arguments, no_parameter)


def test_a_placeholder_that_is_not_declared_is_refused() -> None:
    with pytest.raises(DocumentError, match="Elsewhere }}, which the document does not declare"):
        steps(DOCUMENT.replace("{{ Words }}", "{{ Elsewhere }}"), {}, no_parameter)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: [", "is no YAML: .*line 1"),
        ("day: 2027-02-30", "is no YAML: day is out of range"),
        ("a: !!python/object/apply:os.system [ls]", "is no YAML: could not determine a constructor"),
        ("? {a: 1}\n: 2", "is no YAML: "),
        ("[" * 5000, "is no YAML: "),
        (DOCUMENT.replace('"^[a-z]+$"', '"["'), "allowedPattern of .* is no regular"),
    ],
    ids=["broken", "no day", "a tag of Python", "a mapping as a key", "deep", "a pattern that is none"],
)
def test_a_document_that_cannot_be_read_is_refused(content: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        steps(content, {}, no_parameter)


def test_a_script_runs_in_the_working_folder_with_the_given_environment_only(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPIT_TABLE", "of somebody else")
    result = run(shell("pwd", "echo [${CLIPIT_TABLE-}]"), machine)
    assert result.ok
    assert result.message.splitlines() == [str(machine.folder), "[]"]


def test_a_script_that_fails_says_so_with_its_last_words(machine: Machine) -> None:
    result = run(shell("echo 'checks: 3 MiB free' >&2", "exit 7"), machine)
    assert not result.ok
    assert result.message == "checks: 3 MiB free\nexit code 7"


def test_a_script_that_takes_too_long_is_killed(machine: Machine) -> None:
    result = run(shell("exec sleep 60", timeoutSeconds="1"), machine)
    assert not result.ok
    assert "did not end within 1 s" in result.message


def test_what_a_script_leaves_in_the_background_does_not_hold_it_up(machine: Machine) -> None:
    assert run(shell("sleep 60 &", "echo $!"), machine).ok


@pytest.mark.parametrize(
    "address",
    [
        "https://artifacts.s3.eu-central-1.amazonaws.com/agent/a.zip",
        "https://s3.amazonaws.com/artifacts/agent/a.zip",
    ],
    ids=["bucket in the host", "bucket in the path"],
)
@pytest.mark.parametrize("destination", ["downloads/", "downloads/a.zip"])
def test_content_is_downloaded_from_storage(machine: Machine, address: str, destination: str) -> None:
    machine = replace(machine, storage=Objects({("artifacts", "agent/a.zip"): b"zip"}))
    inputs = {"sourceType": "S3", "sourceInfo": f'{{"path": "{address}"}}', "destinationPath": destination}
    result = run(Step(name="Download", action="aws:downloadContent", inputs=inputs), machine)
    assert result.ok, result.message
    assert (machine.folder / "downloads" / "a.zip").read_bytes() == b"zip"


def test_content_that_is_not_there_fails_the_step(machine: Machine) -> None:
    inputs = {"sourceType": "S3", "sourceInfo": '{"path": "https://s3.amazonaws.com/b/k"}'}
    result = run(Step(name="Download", action="aws:downloadContent", inputs=inputs), machine)
    assert not result.ok
    assert result.message.startswith("Download failed")


@pytest.mark.parametrize("action", ["aws:configurePackage", "aws:runDocument"])
def test_packages_and_documents_of_aws_are_passed_over(
    action: str, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.ec2_service.ssm_agent.steps.SECONDS_OF_AWS", 0.0)
    inputs: dict[str, Value] = {"documentPath": "AWS-RunPatchBaseline"}
    result = run(Step(name="Install", action=action, inputs=inputs), machine)
    assert result.ok
    assert result.message.endswith("is not run here")


def configured(machine: Machine, location: str) -> StepResult:
    parameters: dict[str, Value] = {"optionalConfigurationLocation": location}
    inputs: dict[str, Value] = {
        "documentPath": "AmazonCloudWatch-ManageAgent",
        "documentParameters": parameters,
    }
    return run(Step(name="Configure", action="aws:runDocument", inputs=inputs), machine)


def test_the_cloudwatch_agent_gets_the_parameter_with_its_settings(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.ec2_service.ssm_agent.steps.SECONDS_OF_AWS", 0.0)
    seen: list[str] = []
    assert configured(replace(machine, configure_cloudwatch=seen.append), "/settings").ok
    assert seen == ["/settings"]
    assert configured(machine, "/gone").message == "no parameter /gone"


def test_an_action_that_is_not_known_fails_and_names_those_that_are(machine: Machine) -> None:
    result = run(Step(name="Odd", action="aws:applications", inputs={}), machine)
    assert not result.ok
    assert "aws:runShellScript" in result.message


@dataclass
class Service:
    """Systems Manager with one association."""

    document_text: str = DOCUMENT
    schedule: str = "rate(30 minutes)"
    only_at_interval: bool = False
    others: tuple[Assignment, ...] = ()
    document_name: str = "bootstrap"
    version: str = "1"
    pings: int = 0
    reports: list[tuple[str, str]] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)

    def ping(self) -> None:
        self.pings += 1

    def assignments(self) -> list[Assignment]:
        return [
            Assignment(
                association="a-1",
                version=self.version,
                name="cpu-bootstrap",
                document=self.document_name,
                arguments={"Settings": ["{{ssm:settings}}"]},
                schedule=self.schedule,
                only_at_interval=self.only_at_interval,
                updated_at=0.0,
                output=OutputLocation(bucket="logs", prefix="ssm"),
            ),
            *self.others,
        ]

    def document(self, name: str) -> str:
        assert name == self.document_name
        return self.document_text

    def parameter(self, name: str) -> str:
        return f"value of {name}"

    def report(self, association: str, *, execution: str, status: str, summary: str) -> None:
        self.reports.append((status, summary))

    def keep(self, to: OutputLocation, name: str, text: str) -> None:
        self.kept[f"{to.bucket}/{to.prefix}/{name}"] = text


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


def agent_of(
    service: Service, machine: Machine, clock: Clock, told: list[str], *, seed: str = "i-1"
) -> Agent:
    return Agent(
        service=service,
        machine=machine,
        announce=lambda stage, detail: told.append(f"{stage}: {detail}"),
        order=random.Random(seed),  # noqa: S311 - orders, hides nothing
        clock=clock,
        pause=clock.wait,
    )


def test_an_association_is_applied_once_when_it_appears_and_again_at_its_rate(machine: Machine) -> None:
    service, clock = Service(), Clock()
    agent = agent_of(service, machine, clock, [])
    for now in (1000.0, 1001.0, 1000.0 + 1799, 1000.0 + 1801):
        clock.now = now
        agent.round()
    assert [status for status, _ in service.reports] == ["InProgress", "Success"] * 2
    assert (machine.folder / "opt" / "settings").read_text() == "value of settings"


def test_a_new_version_of_an_association_is_applied_at_once(machine: Machine) -> None:
    service, clock = Service(), Clock()
    agent = agent_of(service, machine, clock, [])
    agent.round()
    service.version = "2"
    agent.round()
    assert len(service.reports) == 4


def test_the_stages_of_a_boot_are_told_in_order(machine: Machine) -> None:
    told: list[str] = []
    agent_of(Service(), machine, Clock(), told).round()
    assert [line.partition(":")[0] for line in told] == [
        "ssm-online",
        "association",
        "step",
        "step",
        "bootstrap-passed",
    ]


def failing(on_failure: str) -> str:
    return DOCUMENT.replace(
        'runCommand: ["mkdir -p {{ Root }}", ', f'{on_failure}runCommand: ["echo too small >&2; exit 1", '
    )


def test_a_failed_step_with_exit_ends_the_document_and_is_reported_with_its_message(machine: Machine) -> None:
    told: list[str] = []
    service = Service(document_text=failing("onFailure: exit\n      "))
    agent_of(service, machine, Clock(), told).round()
    assert service.reports[-1] == ("Failed", "Write: too small\nexit code 1")
    assert told[-1] == "bootstrap-failed: Write: too small\nexit code 1"
    assert [line for line in told if line.startswith("step")] == ["step: Write"]


def test_after_a_failed_step_without_exit_the_next_one_still_runs(machine: Machine) -> None:
    told: list[str] = []
    service = Service(document_text=failing(""))
    agent_of(service, machine, Clock(), told).round()
    assert service.reports[-1][0] == "Failed"
    assert [line for line in told if line.startswith("step")] == ["step: Write", "step: Say"]


def test_a_document_that_cannot_be_used_is_a_failed_bootstrap(machine: Machine) -> None:
    service = Service(document_text="schemaVersion: '1.2'")
    agent_of(service, machine, Clock(), []).round()
    assert service.reports[-1] == ("Failed", "bootstrap: The document's schemaVersion must be 2.2.")


def test_what_a_step_prints_is_kept_by_association_time_action_and_step(machine: Machine) -> None:
    service = Service()
    agent_of(service, machine, Clock(), []).round()
    assert service.kept == {"logs/ssm/a-1/1970-01-01T00-16-40.000Z/awsrunShellScript/Say/stdout": "one two\n"}


def test_a_document_of_aws_is_passed_over_and_told_once(machine: Machine) -> None:
    told: list[str] = []
    service = Service(document_name="AWS-RunPatchBaseline")
    agent = agent_of(service, machine, Clock(), told)
    agent.round()
    agent.round()
    assert service.reports == []
    assert len([line for line in told if "not run here" in line]) == 1


def of_aws(number: int, updated_at: float = 0.0) -> Assignment:
    return Assignment(
        association=f"aws-{number}",
        version="1",
        name=f"upkeep-{number}",
        document="AWS-RunPatchBaseline",
        arguments={},
        schedule="rate(1 day)",
        only_at_interval=False,
        updated_at=updated_at,
    )


def names(told: list[str]) -> list[str]:
    lines = [line.removeprefix("association: ") for line in told if line.startswith("association: ")]
    return [line.removeprefix("applying ").split(" ")[0] for line in lines]


def test_nobody_may_rely_on_the_order_of_associations_that_are_new_to_an_instance(machine: Machine) -> None:
    orders = set()
    for seed in map(str, range(20)):
        told: list[str] = []
        service = Service(others=(of_aws(1), of_aws(2)))
        agent_of(service, machine, Clock(), told, seed=seed).round()
        orders.add(tuple(names(told)))
    assert len(orders) == 6


def test_one_association_waits_for_the_end_of_another(machine: Machine) -> None:
    clock = Clock()
    agent_of(Service(others=(of_aws(1), of_aws(2))), machine, clock, []).round()
    assert clock.now == 1002.0


def test_what_is_applied_at_its_hour_only_is_not_applied_to_a_new_instance(machine: Machine) -> None:
    service = Service(schedule="cron(30 3 ? * * *)", only_at_interval=True)
    agent_of(service, machine, Clock(), []).round()
    assert service.reports == []


def test_what_a_late_tag_brings_is_seen_with_the_next_list_and_what_is_new_at_once(machine: Machine) -> None:
    told: list[str] = []
    service, clock = Service(), Clock()
    agent = agent_of(service, machine, clock, told)
    agent.round()
    service.others = (of_aws(1, updated_at=10.0), of_aws(2, updated_at=1001.0))
    clock.now = 1002.0
    agent.round()
    assert names(told) == ["cpu-bootstrap", "upkeep-2"]
    clock.now = 1601.0
    agent.round()
    assert names(told) == ["cpu-bootstrap", "upkeep-2", "upkeep-1"]


def test_a_service_that_fails_is_tried_again_and_complained_about_once(machine: Machine) -> None:
    told: list[str] = []
    stop = threading.Event()

    @dataclass
    class Broken(Service):
        def ping(self) -> None:
            self.pings += 1
            if self.pings == 3:
                stop.set()
            raise ConnectionError("refused")

    service = Broken()
    agent_of(service, machine, Clock(), told).work(stop)
    assert service.pings == 3
    assert len(told) == 1
