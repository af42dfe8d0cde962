"""The job server and its entrance."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from components.job_server import JobServer, JobServerArgs, job_server_environment
from components.naming import Naming
from components.settings import Settings

VERSION = "0123456789abcdef0123456789abcdef01234567"
Deployed = Callable[[Callable[[], object]], Any]


@pytest.fixture(scope="module")
def build(deployed: Deployed, naming: Naming, prod: Settings) -> Callable[..., Any]:
    def build(**changes: Any) -> Any:
        args = JobServerArgs(
            naming=naming,
            settings=replace(prod, job_server=replace(prod.job_server, **changes)),
            image_version=VERSION,
            vpc_id="vpc-1",
            public_subnet_ids=["public-a", "public-b"],
            private_subnet_ids=["private-a", "private-b"],
            logs_bucket="logs",
        )
        return deployed(lambda: JobServer("job-server", args))

    return build


@pytest.fixture(scope="module")
def world(build: Callable[..., Any]) -> Any:
    return build()


@pytest.fixture(scope="module")
def container(world: Any) -> dict[str, Any]:
    (definition,) = world.of("aws:ecs/taskDefinition:TaskDefinition")
    (container,) = json.loads(definition.inputs["containerDefinitions"])
    found: dict[str, Any] = container
    return found


def test_plain_http_is_only_redirected(world: Any) -> None:
    listener = world.one("aws:lb/listener:Listener", "job-server-http")
    (action,) = listener.inputs["defaultActions"]
    assert action["type"] == "redirect"
    assert action["redirect"]["protocol"] == "HTTPS"


def test_https_forwards_with_the_certificate_of_the_settings(world: Any, prod: Settings) -> None:
    listener = world.one("aws:lb/listener:Listener", "job-server-https")
    assert listener.inputs["certificateArn"] == prod.job_server.certificate_arn
    assert listener.inputs["sslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-")
    assert listener.inputs["defaultActions"][0]["targetGroupArn"] == "arn:aws:test:::job-server"


def test_readiness_is_not_for_callers_from_outside(world: Any) -> None:
    (rule,) = world.of("aws:lb/listenerRule:ListenerRule")
    assert rule.inputs["listenerArn"] == "arn:aws:test:::job-server-https"
    assert rule.inputs["conditions"] == [{"pathPattern": {"values": ["/readyz"]}}]
    (action,) = rule.inputs["actions"]
    assert action["type"] == "fixed-response"
    assert action["fixedResponse"]["statusCode"] == "404"


def test_the_balancer_keeps_logs_and_refuses_odd_requests(world: Any) -> None:
    (balancer,) = world.of("aws:lb/loadBalancer:LoadBalancer")
    assert balancer.inputs["accessLogs"] == {"bucket": "logs", "prefix": "balancer", "enabled": True}
    assert balancer.inputs["dropInvalidHeaderFields"]
    assert balancer.inputs["desyncMitigationMode"] == "defensive"
    assert balancer.inputs["enableDeletionProtection"]
    assert len(balancer.inputs["name"]) <= 32


def test_a_target_is_replaced_when_its_process_is_gone_and_not_when_a_dependency_is(world: Any) -> None:
    (group,) = world.of("aws:lb/targetGroup:TargetGroup")
    check = group.inputs["healthCheck"]
    assert (check["path"], check["matcher"]) == ("/healthz", "200")
    assert check["timeout"] < check["interval"]
    # AWS adds eight characters to this name and allows 32.
    assert len(group.name) <= 24


def test_tasks_accept_the_balancer_and_nobody_else(world: Any) -> None:
    rule = world.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "job-server-tasks")
    assert rule.inputs["referencedSecurityGroupId"] == "job-server-public-id"
    assert rule.inputs["securityGroupId"] == "job-server-tasks-id"
    assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (8080, 8080)


def test_the_container_runs_without_privileges_on_a_read_only_disk(container: dict[str, Any]) -> None:
    assert container["readonlyRootFilesystem"] is True
    assert container["privileged"] is False
    assert container["user"] == "10001:10001"


def test_the_container_checks_its_own_health(container: dict[str, Any]) -> None:
    assert container["healthCheck"]["command"] == ["CMD", "python", "-m", "handlers.job_server.healthcheck"]


def test_the_image_is_that_of_the_sources_in_the_repository_of_all_environments(
    container: dict[str, Any],
) -> None:
    registry = "444455556666.dkr.ecr.eu-central-1.amazonaws.com"
    assert container["image"] == f"{registry}/clip-it/job-server:{VERSION}"


def test_the_container_is_told_names_and_no_secrets(container: dict[str, Any]) -> None:
    told = {one["name"]: one["value"] for one in container["environment"]}
    assert json.loads(told["CLIPIT_QUEUE_URLS"]) == {
        fleet: f"https://sqs.eu-central-1.amazonaws.com/444455556666/clip-it-prod-{fleet}-renders"
        for fleet in ("cpu", "gpu")
    }
    assert told["CLIPIT_TABLE"] == "clip-it-prod-jobs"
    assert told.pop("CLIPIT_WEBHOOK_SECRET_PREFIX") == "/clip-it/prod/webhook-secrets", "a name"
    assert not [name for name in told if "SECRET" in name or "KEY" in name or "TOKEN" in name]


def test_a_bad_deployment_rolls_back(world: Any) -> None:
    (service,) = world.of("aws:ecs/service:Service")
    assert service.inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert service.inputs["deploymentMinimumHealthyPercent"] == 100
    assert service.inputs["healthCheckGracePeriodSeconds"] > 0
    (definition,) = world.of("aws:ecs/taskDefinition:TaskDefinition")
    assert definition.inputs["skipDestroy"] is True, "there must be a revision to roll back to"


def test_tasks_stand_in_private_subnets_and_carry_tags(world: Any) -> None:
    (service,) = world.of("aws:ecs/service:Service")
    assert service.inputs["networkConfiguration"]["subnets"] == ["private-a", "private-b"]
    assert service.inputs["networkConfiguration"]["assignPublicIp"] is False
    assert (service.inputs["propagateTags"], service.inputs["enableEcsManagedTags"]) == ("SERVICE", True)


def test_the_count_of_tasks_belongs_to_the_scaling(world: Any) -> None:
    (service,) = world.of("aws:ecs/service:Service")
    assert (service.inputs["desiredCount"], service.ignore_changes) == (2, ("desiredCount",))
    (target,) = world.of("aws:appautoscaling/target:Target")
    assert (target.inputs["minCapacity"], target.inputs["maxCapacity"]) == (2, 12)
    assert target.inputs["resourceId"] == "service/clip-it-prod-job-server/clip-it-prod-job-server"


def test_the_task_and_its_start_have_separate_roles(world: Any) -> None:
    (definition,) = world.of("aws:ecs/taskDefinition:TaskDefinition")
    assert definition.inputs["taskRoleArn"] != definition.inputs["executionRoleArn"]


def test_tasks_pull_from_the_repository_of_all_environments_and_no_other(world: Any) -> None:
    policy = json.loads(world.one("aws:iam/rolePolicy:RolePolicy", "job-server-execution").inputs["policy"])
    (pull,) = [one for one in policy["Statement"] if "ecr:BatchGetImage" in one["Action"]]
    assert pull["Resource"] == ["arn:aws:ecr:eu-central-1:444455556666:repository/clip-it/job-server"]


def test_a_firewall_stands_where_it_is_wanted(world: Any, build: Callable[..., Any]) -> None:
    (association,) = world.of("aws:wafv2/webAclAssociation:WebAclAssociation")
    assert association.inputs["resourceArn"] == "arn:aws:test:::job-server"
    assert build(firewall=False).of("aws:wafv2/webAcl:WebAcl") == []


def test_the_name_is_made_only_in_a_zone_of_ours(world: Any, build: Callable[..., Any]) -> None:
    (record,) = world.of("aws:route53/record:Record")
    assert record.inputs["name"] == "api.clip-it.example.com"
    assert record.inputs["aliases"][0]["evaluateTargetHealth"] is True
    assert build(zone_id=None).of("aws:route53/record:Record") == []


@pytest.mark.parametrize("type_", ["aws:wafv2/webAclAssociation:WebAclAssociation"])
def test_what_another_resource_has_once_is_deleted_before_its_replacement(build: Any, type_: str) -> None:
    """Created first, the new one would overwrite the old one and go with it."""
    (found,) = build(firewall=True).of(type_)
    assert found.request.deleteBeforeReplace


@pytest.mark.parametrize(("nat", "linked"), [("none", "none"), ("one", "public"), ("per_zone", "public")])
def test_the_server_is_told_whether_instances_reach_the_internet(
    naming: Naming, prod: Settings, nat: Any, linked: str
) -> None:
    settings = replace(prod, network=replace(prod.network, nat=nat, interface_endpoints=True))
    assert job_server_environment(naming, settings)["CLIPIT_LINKED_ASSETS"] == linked
