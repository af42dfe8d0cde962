"""ECS services."""

from local.provider.types.aws import Aws, RefusedError
from local.provider.types.checks import between, one_of
from local.provider.types.ecs import ACTIVE, seen, sent, set_tags, tags_seen, tags_sent
from local.provider.types.ecs_checks import SERVICE_CHECKS
from local.provider.types.props import Props
from local.provider.types.resource import Change, Created, Existing, Outputs, ResourceType, Types


def _create(aws: Aws, new: Props) -> Created:
    _match_containers(aws, new)
    answer = aws.call(
        "ecs",
        "create_service",
        cluster=new.maybe_text("cluster"),
        serviceName=new.text("name"),
        launchType=new.maybe_text("launchType"),
        schedulingStrategy=new.maybe_text("schedulingStrategy"),
        deploymentController=sent(dict(new.block("deploymentController"))) or None,
        enableECSManagedTags=new.maybe_flag("enableEcsManagedTags"),
        tags=tags_sent(new),
        **_changeable(new),
    )
    return Created(id=answer.block("service").text("serviceArn"))


def _changeable(new: Props) -> dict[str, object]:
    return {
        "taskDefinition": new.maybe_text("taskDefinition"),
        "desiredCount": new.maybe_number("desiredCount"),
        "capacityProviderStrategy": sent(new.items_of("capacityProviderStrategies")) or None,
        "deploymentConfiguration": _deployment(new),
        "enableExecuteCommand": new.maybe_flag("enableExecuteCommand"),
        "healthCheckGracePeriodSeconds": new.maybe_number("healthCheckGracePeriodSeconds"),
        "loadBalancers": sent(new.items_of("loadBalancers")) or None,
        "networkConfiguration": _network(new),
        "platformVersion": new.maybe_text("platformVersion"),
        "propagateTags": new.maybe_text("propagateTags"),
    }


def _changed(change: Change) -> dict[str, object]:
    """The count only when the program changed it, as by the provider of AWS: else it has another owner."""
    changeable = _changeable(change.inputs)
    return changeable if change.touches("desiredCount") else {**changeable, "desiredCount": None}


def _deployment(new: Props) -> dict[str, object] | None:
    breaker = new.block("deploymentCircuitBreaker")
    alarms = new.block("alarms")
    settings = {
        "maximumPercent": new.maybe_number("deploymentMaximumPercent"),
        "minimumHealthyPercent": new.maybe_number("deploymentMinimumHealthyPercent"),
        "deploymentCircuitBreaker": sent(dict(breaker)) if breaker else None,
        "alarms": sent(dict(alarms)) if alarms else None,
    }
    return {key: value for key, value in settings.items() if value is not None} or None


def _network(new: Props) -> dict[str, object] | None:
    block = new.block("networkConfiguration")
    if not block:
        return None
    placement = {
        "subnets": block.texts("subnets"),
        "securityGroups": block.texts("securityGroups"),
        "assignPublicIp": "ENABLED" if block.flag("assignPublicIp") else "DISABLED",
    }
    return {"awsvpcConfiguration": placement}


def _match_containers(aws: Aws, new: Props) -> None:
    """Refuse a load balancer for a container or port that the task definition does not have, as ECS does."""
    balancers = new.blocks("loadBalancers")
    if not balancers or not new.has("taskDefinition"):
        return
    answer = aws.call("ecs", "describe_task_definition", taskDefinition=new.text("taskDefinition"))
    containers = answer.block("taskDefinition").blocks("containerDefinitions")
    open_ports = {
        (container.text("name"), port.number("containerPort"))
        for container in containers
        for port in container.blocks("portMappings")
    }
    for balancer in balancers:
        wanted = (balancer.text("containerName"), balancer.number("containerPort"))
        if wanted not in open_ports:
            known = ", ".join(f"{name}:{port}" for name, port in sorted(open_ports)) or "none"
            reason = f"the task definition has no container port {wanted[0]}:{wanted[1]}; it has {known}"
            raise RefusedError("ecs:create_service", "InvalidParameterException", reason)


def _read(aws: Aws, it: Existing) -> Outputs | None:
    cluster = it.id.split(":service/", 1)[1].rsplit("/", 1)[0]
    answer = aws.call("ecs", "describe_services", cluster=cluster, services=[it.id], include=["TAGS"])
    found = answer.blocks("services")
    if not found or found[0].text("status") != ACTIVE:
        return None
    service = found[0]
    return {
        "name": service.text("serviceName"),
        "arn": it.id,
        "cluster": _as_named(it.state, "cluster", service.text("clusterArn")),
        "taskDefinition": _as_named(it.state, "taskDefinition", service.maybe_text("taskDefinition") or ""),
        "desiredCount": service.number("desiredCount"),
        "loadBalancers": seen(service.items_of("loadBalancers")),
        "propagateTags": service.maybe_text("propagateTags") or "NONE",
        "schedulingStrategy": service.maybe_text("schedulingStrategy") or "REPLICA",
        **_seen_network(service),
        "tags": tags_seen(service),
    }


def _as_named(state: Props, key: str, arn: str) -> str:
    """The ARN, in the program's own short spelling when that means the same."""
    given = state.maybe_text(key) or ""
    return given if given and arn.endswith(f"/{given}") else arn


def _seen_network(service: Props) -> Outputs:
    block = service.block("networkConfiguration").block("awsvpcConfiguration")
    if not block:
        return {}
    seen = {
        "subnets": block.texts("subnets"),
        "securityGroups": block.texts("securityGroups"),
        "assignPublicIp": block.maybe_text("assignPublicIp") == "ENABLED",
    }
    return {"networkConfiguration": seen}


def _update(aws: Aws, it: Existing, change: Change) -> None:
    cluster = it.state.maybe_text("cluster")
    if change.keys - {"tags", "forceDelete", "waitForSteadyState"}:
        _match_containers(aws, change.inputs)
        aws.call(
            "ecs",
            "update_service",
            cluster=cluster,
            service=it.id,
            forceNewDeployment=change.inputs.maybe_flag("forceNewDeployment"),
            **_changed(change),
        )
    if change.touches("tags"):
        set_tags(aws, it.id, it, change)


def _delete(aws: Aws, it: Existing) -> None:
    cluster = it.state.maybe_text("cluster")
    aws.call("ecs", "update_service", cluster=cluster, service=it.id, desiredCount=0)
    aws.call("ecs", "delete_service", cluster=cluster, service=it.id, force=True)


TYPES: Types = {
    "aws:ecs/service:Service": ResourceType(
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        checks=(
            one_of("launchType", ("EC2", "FARGATE", "EXTERNAL")),
            one_of("propagateTags", ("NONE", "SERVICE", "TASK_DEFINITION")),
            one_of("availabilityZoneRebalancing", ("ENABLED", "DISABLED")),
            between("deploymentMinimumHealthyPercent", 0, 100),
            between("deploymentMaximumPercent", 100, 400),
            *SERVICE_CHECKS,
        ),
        autoname="name",
    ),
}
