"""What ECS refuses about task definitions and services, as far as the inputs show it."""

from collections.abc import Iterator

from local.provider.types.props import Props
from local.provider.types.resource import Check, CheckFailure

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
FARGATE_MEMORY = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}
FARGATE_STORAGE_GIB = range(21, 201)
HEALTH_RANGES = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}


def _is_fargate(inputs: Props) -> bool:
    return "FARGATE" in inputs.texts("requiresCompatibilities")


def _fargate_size(inputs: Props) -> Iterator[CheckFailure]:
    if not _is_fargate(inputs):
        return
    cpu, memory = inputs.maybe_number("cpu"), inputs.maybe_number("memory")
    if cpu not in FARGATE_MEMORY:
        reason = f"{cpu} is not a Fargate size; use one of {', '.join(map(str, FARGATE_MEMORY))}"
        yield CheckFailure(property="cpu", reason=reason)
    elif memory not in FARGATE_MEMORY[cpu]:
        allowed = FARGATE_MEMORY[cpu]
        reason = (
            f"{memory} MiB does not go with {cpu} CPU units; {allowed[0]} to {allowed[-1]} MiB in steps do"
        )
        yield CheckFailure(property="memory", reason=reason)


def _fargate_network(inputs: Props) -> Iterator[CheckFailure]:
    if _is_fargate(inputs) and inputs.maybe_text("networkMode") != "awsvpc":
        reason = f"{inputs.maybe_text('networkMode')!r} is not allowed on Fargate; use awsvpc"
        yield CheckFailure(property="networkMode", reason=reason)
    if _is_fargate(inputs) and not inputs.has("executionRoleArn"):
        reason = "is required on Fargate, which pulls the image and writes the log under that role"
        yield CheckFailure(property="executionRoleArn", reason=reason)
    size = inputs.block("ephemeralStorage").maybe_number("sizeInGib")
    if size is not None and size not in FARGATE_STORAGE_GIB:
        reason = f"{size} GiB is out of range; 21 to 200 are allowed"
        yield CheckFailure(property="ephemeralStorage.sizeInGib", reason=reason)


def containers(definitions: object) -> list[Props]:
    """The containers of a task definition, from its parsed JSON."""
    return Props({"it": definitions}).blocks("it")


def _containers_are_whole(inputs: Props) -> Iterator[CheckFailure]:
    found = containers(inputs.json("containerDefinitions"))
    if not found:
        yield CheckFailure(property="containerDefinitions", reason="names no container; give at least one")
    names = [container.maybe_text("name") for container in found]
    for container in found:
        name = container.maybe_text("name")
        for key in ("name", "image"):
            if not container.maybe_text(key):
                yield CheckFailure(property="containerDefinitions", reason=f"container {name!r} has no {key}")
        for reason in (
            *_port_faults(inputs, container),
            *_health_faults(container),
            *_dependency_faults(container, names),
        ):
            yield CheckFailure(property="containerDefinitions", reason=f"container {name!r}: {reason}")


def _port_faults(inputs: Props, container: Props) -> Iterator[str]:
    for port in container.blocks("portMappings"):
        inside, outside = port.maybe_number("containerPort"), port.maybe_number("hostPort")
        if inputs.maybe_text("networkMode") == "awsvpc" and outside not in {None, inside}:
            yield f"hostPort {outside} must be containerPort {inside} (or left out) with awsvpc"


def _health_faults(container: Props) -> Iterator[str]:
    health = container.block("healthCheck")
    if health and (health.items_of("command") or [None])[0] not in {"CMD", "CMD-SHELL", "NONE"}:
        yield "healthCheck.command must begin with CMD, CMD-SHELL or NONE"
    for key, (low, high) in HEALTH_RANGES.items():
        value = health.maybe_number(key)
        if value is not None and not low <= value <= high:
            yield f"healthCheck.{key} {value} is out of range; {low} to {high} are allowed"


def _dependency_faults(container: Props, names: list[str | None]) -> Iterator[str]:
    for dependency in container.blocks("dependsOn"):
        if dependency.maybe_text("containerName") not in names:
            yield f"depends on {dependency.maybe_text('containerName')!r}, which is no container of this task"


def _volumes_exist(inputs: Props) -> Iterator[CheckFailure]:
    volumes = {block.text("name") for block in inputs.blocks("volumes")}
    for container in containers(inputs.json("containerDefinitions")):
        for mount in container.blocks("mountPoints"):
            if mount.maybe_text("sourceVolume") not in volumes:
                reason = f"mounts {mount.maybe_text('sourceVolume')!r}, which is no volume of this task"
                yield CheckFailure(property="containerDefinitions", reason=reason)


def _service_network(inputs: Props) -> Iterator[CheckFailure]:
    if inputs.maybe_text("launchType") == "FARGATE" and not inputs.has("networkConfiguration"):
        yield CheckFailure(property="networkConfiguration", reason="is required on Fargate")
    if inputs.has("launchType") and inputs.items_of("capacityProviderStrategies"):
        yield CheckFailure(property="launchType", reason="is not allowed beside capacityProviderStrategies")


def _service_deployment(inputs: Props) -> Iterator[CheckFailure]:
    low = inputs.maybe_number("deploymentMinimumHealthyPercent")
    high = inputs.maybe_number("deploymentMaximumPercent")
    if low is not None and high is not None and low >= high:
        reason = f"{low} leaves no room below the maximum of {high}; a deployment could not move"
        yield CheckFailure(property="deploymentMinimumHealthyPercent", reason=reason)
    if inputs.has("healthCheckGracePeriodSeconds") and not inputs.items_of("loadBalancers"):
        reason = "is allowed only with a load balancer"
        yield CheckFailure(property="healthCheckGracePeriodSeconds", reason=reason)


TASK_CHECKS: tuple[Check, ...] = (_fargate_size, _fargate_network, _containers_are_whole, _volumes_exist)
SERVICE_CHECKS: tuple[Check, ...] = (_service_network, _service_deployment)
