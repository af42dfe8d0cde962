"""DynamoDB Local and ElasticMQ as child processes, from the archives of Maven Central."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.ecs_service.tasks import free_port

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "build" / "second-implementations"
STARTS_WITHIN_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Server:
    """One implementation.

    Attributes:
        name: the folder of its `pom.xml`, which pins its version.
        variable: what botocore reads its address from.
        command: the words after `java`; `PORT` stands for its port, `LIB` for the folder of its archives.
    """

    name: str
    variable: str
    command: Sequence[str]


SERVERS = (
    Server(
        name="dynamodb",
        variable="AWS_ENDPOINT_URL_DYNAMODB",
        command=(
            "-Djava.library.path=LIB",
            "-cp",
            "LIB/*",
            "software.amazon.dynamodb.services.local.main.ServerRunner",
            "-inMemory",
            "-sharedDb",
            "-disableTelemetry",
            "-port",
            "PORT",
        ),
    ),
    Server(
        name="elasticmq",
        variable="AWS_ENDPOINT_URL_SQS",
        command=(
            "-Dnode-address.port=PORT",
            "-Drest-sqs.bind-port=PORT",
            "-Drest-stats.enabled=false",
            "-cp",
            "LIB/*",
            "org.elasticmq.server.Main",
        ),
    ),
)


def missing() -> tuple[str, ...]:
    """The programs that are needed and not on PATH."""
    return tuple(program for program in ("java", "mvn") if shutil.which(program) is None)


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """Both servers, until the block ends; yields the variables that lead botocore to them.

    Raises:
        CalledProcessError: the archives cannot be fetched.
        TimeoutError: a server does not listen within a minute; its log is named.
    """
    addresses: dict[str, str] = {}
    processes: list[subprocess.Popen[bytes]] = []
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        for server in SERVERS:
            port, log = free_port(), FOLDER / f"{server.name}.log"
            words = [
                word.replace("LIB", str(_archives(server))).replace("PORT", str(port))
                for word in server.command
            ]
            with log.open("wb") as output:
                process = subprocess.Popen(["java", *words], stdout=output, stderr=subprocess.STDOUT)
            processes.append(process)
            _await_listening(process, port, log)
            addresses[server.variable] = f"http://127.0.0.1:{port}"
        yield addresses
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def _archives(server: Server) -> Path:
    """The folder of its archives; they are fetched when `pom.xml` has changed since."""
    pom, folder = HERE / server.name / "pom.xml", FOLDER / server.name
    fetched = folder / "pom.xml"
    if not fetched.exists() or fetched.read_bytes() != pom.read_bytes():
        shutil.rmtree(folder, ignore_errors=True)
        options = ("--batch-mode", "--quiet", "--strict-checksums", f"-DoutputDirectory={folder}")
        subprocess.run(
            ["mvn", *options, "-f", pom, "dependency:copy-dependencies", "-DincludeScope=runtime"], check=True
        )
        shutil.copy(pom, fetched)
    return folder


def _await_listening(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"nothing listens on port {port} of this machine; see {log}")
