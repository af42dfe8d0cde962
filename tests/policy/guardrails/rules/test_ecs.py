"""Services, tasks, clusters and image repositories."""

import json
from collections.abc import Callable

import pytest

from tests.policy.cases import UNKNOWN, Case, clean, found, left_open, resource

SERVICE = "aws:ecs/service:Service"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
REPOSITORY = "aws:ecr/repository:Repository"
SECRET = "arn:aws:secretsmanager:eu-central-1:1:secret:x"


def service(**props: object):
    return resource(SERVICE, "api", **props)


def task(*containers: object, **props: object):
    return resource(TASK, "api", containerDefinitions=json.dumps(containers), **props)


def cluster(**props: object):
    return resource("aws:ecs/cluster:Cluster", "main", **props)


def repository(**props: object):
    good = {
        "imageScanningConfiguration": {"scanOnPush": True},
        "imageTagMutability": "IMMUTABLE",
        "urn": "repo",
    }
    return resource(REPOSITORY, "api", **{**good, **props})


def cleaned(**props: object):
    return resource(
        "aws:ecr/lifecyclePolicy:LifecyclePolicy", **{"links": {"repository": ("repo",)}, **props}
    )


def with_variable(name: str, value: str = "hunter2"):
    return task({"name": "api", "environment": [{"name": name, "value": value}]})


def image(name: str):
    return task({"name": "api", "image": name})


CHECKED = {"healthCheck": {"command": ["CMD", "check"]}}
HEALTH = "ecs-container-health-check"
UNREADABLE = [
    case
    for rule in (HEALTH, "ecs-no-privileged", "ecs-readonly-nonroot", "ecs-logging", "ecs-image-pinned")
    for case in (
        found(rule, "no JSON", resource(TASK, containerDefinitions="[{"), mentions="not a JSON list"),
        left_open(rule, "unknown", resource(TASK, containerDefinitions=UNKNOWN)),
    )
]
CASES: list[Case] = [
    *UNREADABLE,
    clean(HEALTH, "all", task({"name": "a", **CHECKED}, {"name": "b", **CHECKED})),
    clean(
        HEALTH,
        "one that is not essential",
        task({"name": "a", **CHECKED}, {"name": "log", "essential": False}),
    ),
    clean(
        HEALTH, "in the case of the API", task({"Name": "a", "HealthCheck": {"Command": ["CMD-SHELL", "x"]}})
    ),
    clean(HEALTH, "as a list", resource(TASK, containerDefinitions=[{"name": "a", **CHECKED}])),
    found(HEALTH, "none", task({"name": "a"}), mentions="container a"),
    found(HEALTH, "essential as text", task({"name": "a", "essential": "true"})),
    found(HEALTH, "the second of two", task({"name": "a", **CHECKED}, {"name": "b"}), mentions="container b"),
    found(HEALTH, "switched off", task({"name": "a", "healthCheck": {"command": ["NONE"]}})),
    found(HEALTH, "empty", task({"name": "a", "healthCheck": {"command": []}})),
    found(HEALTH, "a shell without command", task({"name": "a", "healthCheck": {"command": ["CMD-SHELL"]}})),
    clean("ecs-service-grace", "no balancer", service()),
    clean(
        "ecs-service-grace",
        "stated, balancers unknown",
        service(loadBalancers=UNKNOWN, healthCheckGracePeriodSeconds=60.0),
    ),
    clean("ecs-service-grace", "stated", service(loadBalancers=[{}], healthCheckGracePeriodSeconds=60.0)),
    found("ecs-service-grace", "none", service(loadBalancers=[{"targetGroupArn": UNKNOWN}])),
    found(
        "ecs-service-grace",
        "zero",
        service(loadBalancers=[{"targetGroupArn": "a"}], healthCheckGracePeriodSeconds=0.0),
    ),
    left_open(
        "ecs-service-grace",
        "unknown",
        service(loadBalancers=[{"targetGroupArn": "a"}], healthCheckGracePeriodSeconds=UNKNOWN),
    ),
    left_open("ecs-service-grace", "balancers unknown", service(loadBalancers=UNKNOWN)),
    clean(
        "ecs-circuit-breaker", "both", service(deploymentCircuitBreaker={"enable": True, "rollback": True})
    ),
    clean(
        "ecs-circuit-breaker",
        "both, controller unknown",
        service(
            deploymentController={"type": UNKNOWN},
            deploymentCircuitBreaker={"enable": True, "rollback": True},
        ),
    ),
    clean("ecs-circuit-breaker", "CodeDeploy", service(deploymentController={"type": "CODE_DEPLOY"})),
    found("ecs-circuit-breaker", "none", service()),
    found(
        "ecs-circuit-breaker",
        "no rollback",
        service(deploymentCircuitBreaker={"enable": True, "rollback": False}),
        mentions="rollback",
    ),
    found(
        "ecs-circuit-breaker",
        "rollback alone",
        service(deploymentCircuitBreaker={"enable": False, "rollback": True}),
    ),
    left_open("ecs-circuit-breaker", "unknown", service(deploymentCircuitBreaker=UNKNOWN)),
    clean("ecs-min-healthy", "two tasks", service(desiredCount=2.0, deploymentMinimumHealthyPercent=100.0)),
    clean("ecs-min-healthy", "the default share", service(desiredCount=3.0)),
    clean("ecs-min-healthy", "counted elsewhere", service(ignored=("desiredCount",))),
    clean(
        "ecs-min-healthy",
        "one on each host",
        service(schedulingStrategy="DAEMON", deploymentMinimumHealthyPercent=100.0),
    ),
    found("ecs-min-healthy", "one task", service(desiredCount=1.0)),
    found(
        "ecs-min-healthy",
        "one task, counted elsewhere later",
        service(desiredCount=1.0, ignored=("desiredCount",)),
    ),
    found("ecs-min-healthy", "half", service(desiredCount=2.0, deploymentMinimumHealthyPercent=50.0)),
    found("ecs-min-healthy", "no count", service()),
    left_open("ecs-min-healthy", "count unknown", service(desiredCount=UNKNOWN)),
    clean("ecs-no-privileged", "plain", task({"name": "a"}, networkMode="awsvpc", pidMode="task")),
    found(
        "ecs-no-privileged",
        "a container",
        task({"name": "a"}, {"name": "b", "privileged": True}),
        mentions="container b",
    ),
    *(
        found("ecs-no-privileged", mode, task({"name": "a"}, **{mode: "host"}))
        for mode in ("pidMode", "ipcMode", "networkMode")
    ),
    found(
        "ecs-no-privileged",
        "mode unknown, container privileged",
        task({"name": "a", "privileged": True}, pidMode=UNKNOWN),
    ),
    clean(
        "ecs-readonly-nonroot",
        "a named user",
        task({"name": "a", "readonlyRootFilesystem": True, "user": "app"}),
    ),
    clean(
        "ecs-readonly-nonroot",
        "Windows",
        task({"name": "a"}, runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}),
    ),
    *(
        found(
            "ecs-readonly-nonroot",
            f"user {user!r}",
            task({"name": "a", "readonlyRootFilesystem": True, "user": user}),
            mentions="runs as",
        )
        for user in ("", "root", "0", "0:0", "root:root", "0:1000", "Root")
    ),
    found("ecs-readonly-nonroot", "writable", task({"name": "a", "user": "1000"}), mentions="may write"),
    clean("ecs-logging", "each", task({"name": "a", "logConfiguration": {"logDriver": "awsfirelens"}})),
    found(
        "ecs-logging",
        "one of two",
        task({"name": "a", "logConfiguration": {"logDriver": "awslogs"}}, {"name": "b"}),
        mentions="container b",
    ),
    found(
        "ecs-logging", "a driver that drops", task({"name": "a", "logConfiguration": {"logDriver": "none"}})
    ),
    *(
        found("ecs-no-env-secrets", name, with_variable(name), mentions=name)
        for name in (
            "DB_PASSWORD",
            "dbPassword",
            "API_KEY",
            "apikey",
            "GITHUB_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_ACCESS_KEY_ID",
            "PRIVATE_KEY",
            "PGPASSWORD",
            "CLIENT_SECRET",
            "SIGNING_KEY",
            "db-password",
            "CREDENTIALS",
            "API_KEYS",
            "DB_PASSWORDS",
        )
    ),
    *(
        clean("ecs-no-env-secrets", name, with_variable(name, "x"))
        for name in (
            "LOG_LEVEL",
            "MAX_TOKENS",
            "TOKENIZER",
            "DB_PASSWORD_FILE",
            "SECRET_NAME",
            "TOKEN_TTL_SECONDS",
            "PARTITION_KEY",
            "KEYBOARD",
            "SECRET_ARN",
            "MONKEY",
            "ACCESS_TOKEN_LIFETIME",
            "SECRETS_PROVIDER",
            "CLIPIT_WEBHOOK_SECRET_PREFIX",
        )
    ),
    clean("ecs-no-env-secrets", "an ARN", with_variable("DB_PASSWORD", SECRET)),
    clean("ecs-no-env-secrets", "nothing", with_variable("DB_PASSWORD", "")),
    clean(
        "ecs-no-env-secrets",
        "by reference",
        task({"name": "a", "secrets": [{"name": "DB_PASSWORD", "valueFrom": SECRET}]}),
    ),
    left_open("ecs-no-env-secrets", "unknown", resource(TASK, containerDefinitions=UNKNOWN)),
    clean("ecs-roles-separate", "two", resource(TASK, taskRoleArn="a", executionRoleArn="b")),
    clean("ecs-roles-separate", "one alone", resource(TASK, executionRoleArn="b")),
    clean(
        "ecs-roles-separate", "both left open", resource(TASK, taskRoleArn=UNKNOWN, executionRoleArn=UNKNOWN)
    ),
    found("ecs-roles-separate", "one for both", resource(TASK, taskRoleArn="a", executionRoleArn="a")),
    *(
        clean("ecs-image-pinned", name, image(name))
        for name in (
            "api:1.2.3",
            "api:v2",
            "repo.example.com:5000/api:2024-05-01",
            "api@sha256:" + "a1" * 32,
            "api:latest@sha256:" + "a1" * 32,
            "python:3.12-slim",
            "api:sha-1a2b3c4",
            "api:3f2c1d4e5b6a",
            "api:build-17",
            "api:release-1.2.3",
            "aws-for-fluent-bit:init-2.31.12",
        )
    ),
    *(
        found("ecs-image-pinned", name, image(name))
        for name in (
            "api",
            "api:latest",
            "repo.example.com:5000/api",
            "api:main",
            "api:stable",
            "api:dev",
            "api:LATEST",
            "api:release",
            "api:feature-x",
            "",
        )
    ),
    clean(
        "ecs-service-private-tagged",
        "complete",
        service(
            networkConfiguration={"assignPublicIp": False},
            propagateTags="TASK_DEFINITION",
            enableEcsManagedTags=True,
        ),
    ),
    found(
        "ecs-service-private-tagged",
        "a public address",
        service(
            networkConfiguration={"assignPublicIp": True}, propagateTags="SERVICE", enableEcsManagedTags=True
        ),
        mentions="public",
    ),
    found(
        "ecs-service-private-tagged",
        "tags kept",
        service(propagateTags="NONE", enableEcsManagedTags=True),
        mentions="propagate_tags",
    ),
    found(
        "ecs-service-private-tagged",
        "no managed tags",
        service(propagateTags="SERVICE"),
        mentions="enable_ecs_managed_tags",
    ),
    left_open(
        "ecs-service-private-tagged",
        "address unknown",
        service(
            networkConfiguration={"assignPublicIp": UNKNOWN},
            propagateTags="SERVICE",
            enableEcsManagedTags=True,
        ),
    ),
    clean(
        "ecs-insights-exec-logs",
        "enhanced",
        cluster(
            settings=[{"name": "containerInsights", "value": "enhanced"}],
            configuration={"executeCommandConfiguration": {"logging": "OVERRIDE"}},
        ),
    ),
    found("ecs-insights-exec-logs", "nothing", cluster(), mentions="insights"),
    clean(
        "ecs-insights-exec-logs",
        "logging left out, which is where the containers log",
        cluster(settings=[{"name": "containerInsights", "value": "enabled"}]),
    ),
    found(
        "ecs-insights-exec-logs",
        "insights off",
        cluster(
            settings=[{"name": "containerInsights", "value": "disabled"}],
            configuration={"executeCommandConfiguration": {"logging": "DEFAULT"}},
        ),
        mentions="insights",
    ),
    found(
        "ecs-insights-exec-logs",
        "no record",
        cluster(
            settings=[{"name": "containerInsights", "value": "enabled"}],
            configuration={"executeCommandConfiguration": {"logging": "NONE"}},
        ),
        mentions="record",
    ),
    left_open(
        "ecs-insights-exec-logs",
        "settings unknown",
        cluster(settings=UNKNOWN, configuration={"executeCommandConfiguration": {"logging": "DEFAULT"}}),
    ),
    clean("ecr-safe", "complete", repository(), cleaned()),
    clean("ecr-safe", "by name", repository(name="api"), cleaned(links={}, repository="api")),
    found("ecr-safe", "no lifecycle", repository(), mentions="forever"),
    found(
        "ecr-safe",
        "no scan",
        repository(imageScanningConfiguration={"scanOnPush": False}),
        cleaned(),
        mentions="scan",
    ),
    found("ecr-safe", "tags move", repository(imageTagMutability="MUTABLE"), cleaned(), mentions="moved"),
    found("ecr-safe", "some tags move", repository(imageTagMutability="IMMUTABLE_WITH_EXCLUSION"), cleaned()),
    found("ecr-safe", "nothing stated", resource(REPOSITORY, urn="repo"), cleaned()),
    left_open("ecr-safe", "lifecycle unknown", repository(), cleaned(links={}, repository=UNKNOWN)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_ecs(case: Case, try_case: Callable[[Case], None]):
    try_case(case)


def test_no_finding_shows_the_value_of_a_variable(judge: Callable):
    said = judge("ecs-no-env-secrets", with_variable("DB_PASSWORD", "correct horse battery"))
    assert said.findings
    assert not any("correct horse" in finding for finding in said.findings)
