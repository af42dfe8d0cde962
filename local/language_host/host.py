"""Pulumi's language protocol for Python: runs programs and policy packs as child processes."""

import json
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import language_pb2, plugin_pb2

from local.language_host.children import Children, lines_of
from local.language_host.interpreter import Interpreter, NoInterpreterError, interpreter_for
from local.pulumi_plugins import plugin
from local.pulumi_plugins.plugin import Method, Methods, Streaming

SERVICE: Final = "pulumirpc.LanguageRuntime"
VERSION: Final = "3.259.0"
ERROR_WAS_SHOWN: Final = 32
PROGRAM: Final = Path(__file__).with_name("program.py")


class Host:
    """Answers the Pulumi CLI; one method for each call of the protocol that is used."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.children = Children()
        self._environment = environment
        self._cli_address = ""

    def handshake(
        self, request: language_pb2.LanguageHandshakeRequest, _context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        """Learn where the Pulumi CLI listens."""
        self._cli_address = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    def get_plugin_info(
        self, _request: empty_pb2.Empty, _context: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        """Say which official host this one stands for."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def get_required_packages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        """The providers that the installed SDKs ask for."""
        found = _interpreter(request.info, context).packages()
        wire = [
            plugin_pb2.PackageDependency(
                name=one.name, kind="resource", version=one.version, server=one.server
            )
            for one in found
        ]
        return language_pb2.GetRequiredPackagesResponse(packages=wire)

    def runtime_options_prompts(
        self, _request: language_pb2.RuntimeOptionsRequest, _context: grpc.ServicerContext
    ) -> language_pb2.RuntimeOptionsResponse:
        """There is nothing to choose."""
        return language_pb2.RuntimeOptionsResponse()

    def about(
        self, request: language_pb2.AboutRequest, context: grpc.ServicerContext
    ) -> language_pb2.AboutResponse:
        """Say which Python is used."""
        found = _interpreter(request.info, context)
        return language_pb2.AboutResponse(executable=str(found.executable), version=platform.python_version())

    def get_program_dependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        """What is installed; without transitive ones, Pulumi's own packages."""
        found = _interpreter(request.info, context).distributions()
        wire = [
            language_pb2.DependencyInfo(name=name, version=version)
            for name, version in found.items()
            if request.transitiveDependencies or name.startswith("pulumi")
        ]
        return language_pb2.GetProgramDependenciesResponse(dependencies=wire)

    def install_dependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Check that the environment is there; making it is the project's own business."""
        found = _interpreter(request.info, context)
        yield language_pb2.InstallDependenciesResponse(stdout=f"using {found.executable}\n".encode())

    def run(
        self, request: language_pb2.RunRequest, context: grpc.ServicerContext
    ) -> language_pb2.RunResponse:
        """Run the program to its end."""
        info = request.info
        command = [str(_interpreter(info, context).executable), "-u", str(PROGRAM)]
        child = self.children.start(
            command,
            folder=request.pwd or info.program_directory,
            environment=self._environment,
            pipes=(subprocess.PIPE, None),
        )
        context.add_callback(child.terminate)
        child.communicate(json.dumps(self._settings(request)).encode())
        self.children.forget(child)
        if child.returncode == ERROR_WAS_SHOWN:
            return language_pb2.RunResponse(bail=True)
        if child.returncode:
            return language_pb2.RunResponse(error=f"the program ended with exit code {child.returncode}")
        return language_pb2.RunResponse()

    def run_plugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Run a plugin written in Python, such as a policy pack, and pass on what it prints."""
        info = request.info
        python = [str(_interpreter(info, context).executable), "-u"]
        if request.kind == "analyzer":
            command = [*python, "-m", "pulumi.policy", *request.args, info.program_directory]
        else:
            command = [*python, str(Path(info.program_directory) / info.entry_point), *request.args]
        given = dict(one.split("=", 1) for one in request.env)
        child = self.children.start(
            command,
            folder=request.pwd or info.program_directory,
            environment={**self._environment, **given},
            pipes=(subprocess.DEVNULL, subprocess.PIPE),
        )
        context.add_callback(child.terminate)
        for is_error, line in lines_of(child):
            yield (
                language_pb2.RunPluginResponse(stderr=line)
                if is_error
                else language_pb2.RunPluginResponse(stdout=line)
            )
        self.children.forget(child)
        yield language_pb2.RunPluginResponse(exitcode=child.wait())

    def cancel(self, _request: empty_pb2.Empty, _context: grpc.ServicerContext) -> empty_pb2.Empty:
        """End what runs."""
        self.children.end()
        return empty_pb2.Empty()

    def _settings(self, request: language_pb2.RunRequest) -> dict[str, object]:
        info = request.info
        entry = info.entry_point or "."
        settings = {
            "project": request.project,
            "stack": request.stack,
            "organization": request.organization,
            "monitor": request.monitor_address,
            "engine": self._cli_address,
            "parallel": request.parallel,
            "dry_run": request.dryRun,
            "root_directory": info.root_directory,
        }
        return {
            "settings": settings,
            "config": dict(request.config),
            "secret_keys": list(request.configSecretKeys),
            "program": str(Path(info.program_directory) / entry),
            "args": list(request.args),
        }


def serve() -> None:
    """Serve until the Pulumi CLI ends; no child outlives the host."""
    host = Host(os.environ)
    plugin.serve(SERVICE, methods(host), at_end=host.children.end)


def methods(host: Host) -> Methods:
    """The calls of the protocol that a host answers."""
    wire = language_pb2
    return {
        "Handshake": Method(request=wire.LanguageHandshakeRequest, answer=host.handshake),
        "GetPluginInfo": Method(request=empty_pb2.Empty, answer=host.get_plugin_info),
        "GetRequiredPackages": Method(
            request=wire.GetRequiredPackagesRequest, answer=host.get_required_packages
        ),
        "RuntimeOptionsPrompts": Method(
            request=wire.RuntimeOptionsRequest, answer=host.runtime_options_prompts
        ),
        "About": Method(request=wire.AboutRequest, answer=host.about),
        "GetProgramDependencies": Method(
            request=wire.GetProgramDependenciesRequest, answer=host.get_program_dependencies
        ),
        "InstallDependencies": Streaming(
            request=wire.InstallDependenciesRequest, answer=host.install_dependencies
        ),
        "Run": Method(request=wire.RunRequest, answer=host.run),
        "RunPlugin": Streaming(request=wire.RunPluginRequest, answer=host.run_plugin),
        "Cancel": Method(request=empty_pb2.Empty, answer=host.cancel),
    }


def _interpreter(info: language_pb2.ProgramInfo, context: grpc.ServicerContext) -> Interpreter:
    options = json_format.MessageToDict(info.options)
    try:
        return interpreter_for(Path(info.root_directory), options)
    except NoInterpreterError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        raise
