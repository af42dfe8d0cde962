"""The operator's shell keeps its variables, says what a command came to, and ends."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.incidents.shell import Shell, ShellError
from local.processes import children


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    run = uuid.uuid4().hex
    environment = {"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    shell = Shell(
        environment=environment,
        run=run,
        public_url="https://api.example.com",
        local_url="http://127.0.0.1:1",
        settings=tmp_path / "Pulumi.incidents.yaml",
    )
    yield shell
    shell.end()
    assert children.marked(run) == set()


def test_a_command_sees_what_earlier_ones_set(shell: Shell) -> None:
    shell.type('queue() { echo "the queue $1"; }\nname=x')
    typed = shell.type('queue "$name" && echo wrong >&2 && false')
    assert (typed.code, typed.printed) == (1, "the queue x\nwrong\n")


def test_a_command_that_reads_gets_nothing_of_what_is_typed_next(shell: Shell) -> None:
    assert shell.type("cat").printed == ""
    assert shell.type("echo on").printed == "on\n"


def test_an_answer_without_an_end_of_line_is_whole(shell: Shell) -> None:
    assert shell.type("printf abc").printed == "abc"


def test_curl_and_the_aws_cli_reach_the_stack_where_it_is(shell: Shell) -> None:
    shell.type('command() { echo "$@"; }')
    assert "http://127.0.0.1:1/readyz" in shell.type('curl -s "https://api.example.com/readyz"').printed
    assert "--endpoint-url http://127.0.0.1:9 sqs list-queues" in shell.type("aws sqs list-queues").printed


def test_a_deployment_reads_the_settings_of_the_stack_and_asks_nobody(shell: Shell) -> None:
    shell.type('command() { echo "$@"; }')
    settings = f"--config-file {shell.settings}"
    assert shell.type("pulumi up -s local").printed == f"pulumi up -s local {settings} --yes --skip-preview\n"
    assert shell.type("pulumi config set a b").printed == f"pulumi config set a b {settings}\n"
    assert shell.type("pulumi stack output x").printed == "pulumi stack output x\n"


def test_a_command_that_does_not_end_is_an_error_and_the_next_one_is_answered(shell: Shell) -> None:
    with pytest.raises(ShellError, match="'sleep 60; echo late' did not end within 0 s"):
        shell.type("sleep 60; echo late", deadline_s=0.2)
    assert shell.type("echo next").printed == "next\n"
