"""The language host as the Pulumi CLI speaks to it: programs and packs as real child processes."""

import os
import sys
import threading
import time

import grpc
import pytest
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from local.language_host import host as module
from local.language_host.host import Host
from local.pulumi_plugins import plugin


@pytest.fixture
def host():
    return Host(dict(os.environ))


@pytest.fixture
def stub(host):
    server, port = plugin.started_server(module.SERVICE, module.methods(host))
    yield language_pb2_grpc.LanguageRuntimeStub(grpc.insecure_channel(f"127.0.0.1:{port}"))
    host.children.end()
    server.stop(None)


def program(folder, text, *, entry="__main__.py", **options):
    """What the Pulumi CLI says of a program."""
    (folder / entry).write_text(text)
    wire = struct_pb2.Struct()
    json_format.ParseDict(options, wire)
    where = {"root_directory": str(folder), "program_directory": str(folder), "entry_point": entry}
    return language_pb2.ProgramInfo(**where, options=wire)


def printed(stub, info, **more):
    """What a plugin prints, and its exit code."""
    out = {"stdout": b"", "stderr": b"", "exitcode": None}
    for answer in stub.RunPlugin(language_pb2.RunPluginRequest(info=info, **more)):
        kind = answer.WhichOneof("output")
        out[kind] = answer.exitcode if kind == "exitcode" else out[kind] + getattr(answer, kind)
    return out


def test_the_host_says_which_python_and_packages_it_uses(stub, tmp_path):
    info = program(tmp_path, "")
    about = stub.About(language_pb2.AboutRequest(info=info))
    needed = stub.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest(info=info)).packages
    own = stub.GetProgramDependencies(language_pb2.GetProgramDependenciesRequest(info=info)).dependencies
    everything = stub.GetProgramDependencies(
        language_pb2.GetProgramDependenciesRequest(info=info, transitiveDependencies=True)
    ).dependencies

    assert about.executable == sys.executable
    assert "aws" in {package.name for package in needed}
    assert {"pulumi", "pulumi-aws"} <= {one.name for one in own}
    assert len(everything) > len(own)


def test_an_environment_that_is_not_there_is_an_error_that_says_how_to_make_it(stub, tmp_path):
    info = program(tmp_path, "", virtualenv="venv")

    with pytest.raises(grpc.RpcError) as caught:
        stub.About(language_pb2.AboutRequest(info=info))
    assert "there is no venv/bin/python" in caught.value.details()
    assert "make setup" in caught.value.details()


def test_the_option_virtualenv_chooses_the_python(stub, tmp_path):
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").symlink_to(sys.executable)
    info = program(tmp_path, "", virtualenv="venv")

    about = stub.About(language_pb2.AboutRequest(info=info))
    assert about.executable == str(tmp_path / "venv" / "bin" / "python")


def test_nothing_has_to_be_chosen_or_installed(stub, tmp_path):
    info = program(tmp_path, "")

    assert list(stub.RuntimeOptionsPrompts(language_pb2.RuntimeOptionsRequest(info=info)).prompts) == []
    said = b"".join(
        one.stdout for one in stub.InstallDependencies(language_pb2.InstallDependenciesRequest(info=info))
    )
    assert sys.executable in said.decode()


def test_a_plugin_s_two_outputs_and_its_exit_code_are_passed_on(stub, tmp_path):
    text = (
        "import os, sys\nprint(sys.argv[1], os.environ['GIVEN'])\nprint('bad', file=sys.stderr)\nsys.exit(3)"
    )
    info = program(tmp_path, text)

    out = printed(stub, info, kind="resource", args=["hello"], env=["GIVEN=there"], pwd=str(tmp_path))
    assert out == {"stdout": b"hello there\n", "stderr": b"bad\n", "exitcode": 3}


def test_cancel_ends_what_runs(stub, tmp_path):
    info = program(tmp_path, "import time\nprint('up', flush=True)\ntime.sleep(60)")
    answers = stub.RunPlugin(language_pb2.RunPluginRequest(info=info, kind="resource", pwd=str(tmp_path)))
    assert next(answers).stdout == b"up\n"
    started = time.monotonic()
    stub.Cancel(empty_pb2.Empty())

    assert [one.exitcode for one in answers][-1] != 0
    assert time.monotonic() - started < 5


def test_a_caller_that_hangs_up_ends_what_it_started(stub, host, tmp_path):
    info = program(tmp_path, "import time\nprint('up', flush=True)\ntime.sleep(60)")
    answers = stub.RunPlugin(language_pb2.RunPluginRequest(info=info, kind="resource", pwd=str(tmp_path)))
    next(answers)
    (child,) = host.children.running()
    answers.cancel()

    assert child.wait(timeout=5) != 0


@pytest.fixture
def run(stub, pulumi_cli, tmp_path):
    """Run a program of this text in the temporary folder."""
    stub.Handshake(language_pb2.LanguageHandshakeRequest(engine_address=pulumi_cli.address))

    def start(text, **more):
        info = program(tmp_path, text)
        where = {"info": info, "pwd": str(tmp_path), "monitor_address": pulumi_cli.address}
        return stub.Run.future(language_pb2.RunRequest(**where, project="p", stack="s", **more))

    return start


def test_settings_and_secrets_reach_the_program_without_argv_or_environment(run, pulumi_cli, tmp_path):
    text = (
        "import os, pathlib, sys\nimport pulumi\n"
        "seen = pulumi.Config('p').require('key')\n"
        "exposed = [*sys.argv, *os.environ.values(), pathlib.Path('/proc/self/cmdline').read_text()]\n"
        "hidden = not any(seen in text for text in exposed)\n"
        "secret = pulumi.Config('p').require_secret('key')\n"
        "said = f'{seen} {hidden} {pulumi.get_project()} {pulumi.get_stack()} {os.getcwd()}'\n"
        "pathlib.Path('said').write_text(said)\n"
    )
    answer = run(text, config={"p:key": "hunter22"}, configSecretKeys=["p:key"]).result()

    assert (answer.error, answer.bail, pulumi_cli.errors) == ("", False, [])
    assert (tmp_path / "said").read_text() == f"hunter22 True p s {tmp_path}"
    assert pulumi_cli.registered == ["pulumi:pulumi:Stack"]


def test_a_program_may_be_a_folder_below_the_project(stub, pulumi_cli, tmp_path):
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "beside.py").write_text("NAME = 'beside'")
    (tmp_path / "infra" / "__main__.py").write_text(
        "import beside, pathlib\npathlib.Path(beside.NAME).touch()"
    )
    where = {
        "root_directory": str(tmp_path),
        "program_directory": str(tmp_path / "infra"),
        "entry_point": ".",
    }
    stub.Handshake(language_pb2.LanguageHandshakeRequest(engine_address=pulumi_cli.address))
    info = language_pb2.ProgramInfo(**where)
    stub.Run(language_pb2.RunRequest(info=info, monitor_address=pulumi_cli.address, project="p", stack="s"))

    assert pulumi_cli.errors == []
    assert (tmp_path / "infra" / "beside").exists()


def test_an_unhandled_exception_is_told_once_from_the_program_s_own_line_on(run, pulumi_cli):
    answer = run("import json\n\ndef fail():\n    json.loads('{')\n\nfail()\n").result()

    (said,) = pulumi_cli.errors
    assert answer.bail
    assert "JSONDecodeError" in said
    assert '__main__.py", line 6' in said
    assert "language_host" not in said
    assert "pulumi/runtime" not in said


def test_an_exit_of_the_program_s_own_is_told_with_its_code(run):
    assert "exit code 7" in run("import os\nos._exit(7)").result().error


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interrupted_program_ends_quietly(run, pulumi_cli, capfd, name):
    text = f"import os, signal, time\nos.kill(os.getpid(), signal.{name})\ntime.sleep(60)"
    answer = run(text).result()

    assert answer.bail
    assert pulumi_cli.errors == []
    assert "Traceback" not in capfd.readouterr().err


def test_a_program_ends_with_the_call_that_started_it(run, host, tmp_path):
    call = run("import pathlib, time\npathlib.Path('up').touch()\ntime.sleep(60)")
    pause = threading.Event()
    while not (tmp_path / "up").exists():
        pause.wait(0.02)
    (child,) = host.children.running()
    call.cancel()

    assert child.wait(timeout=5) == 32
