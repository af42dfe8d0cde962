"""The incidents that are played: for each alarm one way to make it ring.

To add one, write a function that breaks something, yields, and mends it as the page says; then add a row to
`INCIDENTS`.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cli.incidents.cloud import FLEET, Cloud
from cli.incidents.incident import Incident
from cli.incidents.pages import Page
from local.processes import children

_EVERY_S = 0.3


@contextmanager
def _repeatedly(act: Callable[[], object]) -> Iterator[None]:
    """Do something again and again while the block lasts."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(_EVERY_S):
            act()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def nobody_serves(cloud: Cloud) -> Iterator[None]:
    """Somebody sets the count of the API's tasks to 0."""
    name = cloud.name("job-server")
    cloud.connection.ecs().update_service(cluster=name, service=name, desiredCount=0)
    yield
    cloud.shell.type(Page.read("ApiWithoutHosts").command("aws ecs update-service", "--desired-count"))


@contextmanager
def callers_meet_nobody(cloud: Cloud) -> Iterator[None]:
    """The same, with callers."""
    url = f"{cloud.stack.api_url()}/healthz"
    command = f"curl -s -o /dev/null '{url}'"
    with nobody_serves(cloud), _repeatedly(lambda: cloud.callers.type(command)):
        yield


@contextmanager
def nobody_calls_the_sweeper(cloud: Cloud) -> Iterator[None]:
    """Somebody disables the schedule of the sweeper."""
    scheduler, name = cloud.connection.scheduler(), cloud.name("sweeper")
    shown = scheduler.get_schedule(Name=name)
    scheduler.update_schedule(
        Name=name,
        ScheduleExpression=shown["ScheduleExpression"],
        FlexibleTimeWindow=shown["FlexibleTimeWindow"],
        Target=shown["Target"],
        State="DISABLED",
    )
    yield
    cloud.deploy()


@contextmanager
def the_scaler_lacks_a_setting(cloud: Cloud) -> Iterator[None]:
    """A deployment takes a variable out of the scaler's environment."""
    functions, name = cloud.connection.functions(), cloud.name(FLEET, "scaler")
    given = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    less = {key: value for key, value in given.items() if key != "CLIPIT_TABLE"}
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": less})
    yield
    cloud.deploy()


@contextmanager
def engines_die(cloud: Cloud) -> Iterator[None]:
    """Every engine is killed while it renders, until the render is given up."""
    with _repeatedly(lambda: children.kill_named(cloud.stack.run, b"clipit-engine")):
        cloud.submit()
        yield
    cloud.shell.type(Page.read("RenderDeadLetters").command("clipit redrive --fleet"))


@contextmanager
def the_receiver_is_down(cloud: Cloud) -> Iterator[None]:
    """A customer's receiver answers 500 until it is mended."""
    answers = {"status": HTTPStatus.INTERNAL_SERVER_ERROR}

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.send_response(answers["status"])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, args=(_EVERY_S,), daemon=True).start()
    try:
        cloud.submit(webhook_url=f"http://127.0.0.1:{server.server_port}/hook")
        yield
        answers["status"] = HTTPStatus.NO_CONTENT
        page = Page.read("WebhookDeadLetters")
        for begins in ("dead=", "aws sqs start-message-move-task"):
            cloud.shell.type(page.command(begins))
        cloud.wait_for_ok("webhooks-WebhookDeadLetters")
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def nothing_launches(cloud: Cloud) -> Iterator[None]:
    """AWS launches no instance for the fleet while a render waits."""
    group, scaling = cloud.name(FLEET), cloud.connection.autoscaling()
    scaling.suspend_processes(AutoScalingGroupName=group, ScalingProcesses=["Launch"])
    cloud.submit()
    yield
    scaling.resume_processes(AutoScalingGroupName=group, ScalingProcesses=["Launch"])


INCIDENTS = (
    Incident(
        alarm="ApiWithoutHosts",
        cause="Somebody set the count to 0",
        tells=("desiredCount", "0"),
        breaks=nobody_serves,
    ),
    Incident(
        alarm="ApiBalancerErrors",
        cause="No healthy task",
        tells=("503",),
        breaks=callers_meet_nobody,
    ),
    Incident(
        alarm="FunctionSilent",
        subject="sweeper",
        function="sweeper",
        cause="Somebody stopped it",
        tells=("DISABLED",),
        breaks=nobody_calls_the_sweeper,
    ),
    Incident(
        alarm="FunctionErrors",
        subject=f"{FLEET}-scaler",
        cause="The last deployment",
        tells=("SettingsError",),
        breaks=the_scaler_lacks_a_setting,
    ),
    Incident(
        alarm="RenderDeadLetters",
        subject=FLEET,
        cause="`engine_crashed`",
        tells=("engine_crashed",),
        breaks=engines_die,
        brews_s=60,
    ),
    Incident(
        alarm="WebhookDeadLetters",
        subject="webhooks",
        function="notifier",
        cause="The receiver is down or slow",
        tells=("answered 5",),
        breaks=the_receiver_is_down,
        brews_s=60,
    ),
    Incident(
        alarm="ScalerBreakerOpen",
        subject=FLEET,
        cause="*capacity*: AWS has none",
        tells=("instances not launched for",),
        breaks=nothing_launches,
        brews_s=60,
    ),
    Incident(
        alarm="RenderWaitsTooLong",
        subject=FLEET,
        cause="`no_capacity`",
        tells=("capacity_breaker_open",),
        breaks=nothing_launches,
        brews_s=90,
    ),
)
