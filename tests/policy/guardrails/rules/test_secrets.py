"""Secrets in whatever text is deployed: found by name and by shape, never shown, and not where none are."""

import base64
import json
import time
from collections.abc import Callable

import pytest
from guardrails.aws.texts import TEXT_PLACES
from guardrails.resources.secrecy.names import names_a_secret
from guardrails.resources.secrecy.scripts import secrets_in

from tests.policy.cases import UNKNOWN, Case, clean, found, left_open, resource

ECS, TEXT, PARAMETER = "ecs-no-env-secrets", "deployed-text-no-secrets", "ssm-parameter-secure"
PASSWORD = "hunter2-correct-horse"
URN = "urn:pulumi:dev::clip-it::"
RANDOM = f"{URN}random:index/randomPassword:RandomPassword::pw"
# Each is made of parts, so that no scanner takes this file for a leak.
SHAPES = {
    "a database's address": f"postgres://app:{PASSWORD}@db.internal:5432/app",
    "an address without a user": f"redis://:{PASSWORD}@cache.internal:6379/0",
    "an address in capitals": f"MONGODB+SRV://app:{PASSWORD}@db.internal/app",
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
    "an AWS key": "AKIA" + "QWERTYUIOPASDFGH",
    "a GitHub token": "ghp_" + "a1B2" * 9,
    "a fine-grained GitHub token": "github_pat_" + "a1B2" * 9,
    "a GitLab token": "glpat-" + "a1B2" * 5,
    "a Slack token": "xoxb-" + "1234567890-abcdef",
    "a Slack webhook": "https://hooks.slack.com/services/T" + "0000000/B0000000/" + "a1B2" * 6,
    "a Stripe key": "sk_live_" + "a1B2" * 6,
    "a Stripe test key": "rk_test_" + "a1B2" * 6,
    "an OpenAI key": "sk-" + "a1B2" * 8,
    "a Google key": "AIza" + "a1B2" * 9,
    "a SendGrid key": "SG." + "a1B2" * 5 + "." + "a1B2" * 8,
    "an npm token": "npm_" + "a1B2" * 9,
    "a signed token": "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "dozjgNryP4J3jVmNHl0w5N",
    "a Vault token": "hvs." + "a1B2" * 6,
    "an Azure storage key": "DefaultEndpointsProtocol=https;AccountKey=" + "a1B2" * 15 + "==",
    "a connection string": f"Server=db;User Id=app;Password={PASSWORD};",
    "options of a virtual machine": f"-Xmx1g -Ddb.password={PASSWORD}",
    "a header": f"Authorization: Basic {base64.b64encode(b'app:hunter2').decode()}",
}
HARMLESS = {
    "an endpoint": "https://auth.example.com/oauth/token",
    "an address without a password": "postgres://app@db.internal/app",
    "an address with a placeholder": "postgres://app:${DB_PASSWORD}@db.internal/app",
    "an address with a variable": "postgres://app:$DB_PASSWORD@db.internal/app",
    "an image": "111122223333.dkr.ecr.eu-central-1.amazonaws.com/api:1.2.3",
    "an image by digest": "repo/api@sha256:" + "0" * 64,
    "a time": "10:30:00",
    "a mail address": "https://example.com/?to=ops@example.com",
    "a dynamic reference": "{{resolve:secretsmanager:db:SecretString:password}}",
    "an ARN": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:db-a1b2c3",
    "words": "Resets the password of a user.",
    "a name that begins like a key": "sk-slovak-translations-of-the-shop",
    "several hosts": "mongodb://one:27017,two:27017/app?replicaSet=a",
    "an address of a repository": "ssh://git@github.com:22/clip-it.git",
    "a public key": "-----BEGIN PUBLIC KEY-----",
    "a path of a key": "/run/secrets/db-password",
}
SECRET = "aws:secretsmanager/secret:Secret"
LAMBDA, TASK = "aws:lambda/function:Function", "aws:ecs/taskDefinition:TaskDefinition"


def task(**container: object):
    return resource(TASK, "server", containerDefinitions=json.dumps([{"name": "server", **container}]))


def variable(value: object, name: str = "SETTING"):
    return task(environment=[{"name": name, "value": value}])


def function(name: str, value: object, **props: object):
    return resource(LAMBDA, "f", environment={"variables": {name: value}}, **props)


def build(*variables: object, **props: object):
    return resource(
        "aws:codebuild/project:Project", environment={"environmentVariables": list(variables)}, **props
    )


def machine(definition: object):
    return resource("aws:sfn/stateMachine:StateMachine", definition=json.dumps(definition))


def document(content: str):
    return resource("aws:ssm/document:Document", content=content)


def parameter(name: object, value: object = PASSWORD, kind: object = "String", **props: object):
    return resource("aws:ssm/parameter:Parameter", "p", name=name, type=kind, value=value, **props)


def packed(script: str) -> str:
    return base64.b64encode(script.encode()).decode()


NAMED = {"name": "DB_PASSWORD", "value": PASSWORD}
CALL = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}
COMMANDS: tuple[dict[str, object], ...] = (
    {"command": ["server", "--password", PASSWORD]},
    {"command": ["server", f"--api-key={PASSWORD}"]},
    {"command": ["sh", "-c", f"export TOKEN={PASSWORD} && server"]},
    {"entryPoint": ["server", "--db", SHAPES["a database's address"]]},
    {"healthCheck": {"command": ["CMD-SHELL", f"curl -u admin:{PASSWORD} http://localhost/"]}},
    {"logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": PASSWORD}}},
    {"dockerLabels": {"token": PASSWORD}},
    {
        "command": [
            "sh",
            "-c",
            f"echo {packed(f'database: app, password: {PASSWORD}')} | base64 -d > /etc/app",
        ]
    },
)
QUIET: tuple[dict[str, object], ...] = (
    {"command": ["server", "--password-file", "/run/secrets/db"]},
    {"command": ["server", "--token", "$TOKEN"]},
    {"command": ["server", "--token", "--verbose"]},
    {"healthCheck": {"command": ["CMD-SHELL", "curl -f http://localhost/healthz || exit 1"]}},
    {"secrets": [{"name": "DB_PASSWORD", "valueFrom": HARMLESS["an ARN"]}]},
    {"logConfiguration": {"secretOptions": [{"name": "splunk-token", "valueFrom": HARMLESS["an ARN"]}]}},
    {"repositoryCredentials": {"credentialsParameter": HARMLESS["an ARN"]}},
)
CASES: list[Case] = [
    *(
        found(ECS, f"{kind} as a value", variable(value), mentions="SETTING")
        for kind, value in SHAPES.items()
    ),
    *(clean(ECS, f"{kind} as a value", variable(value)) for kind, value in HARMLESS.items()),
    *(found(ECS, f"{next(iter(it))} {index}", task(**it)) for index, it in enumerate(COMMANDS)),
    *(clean(ECS, f"{next(iter(it))} {index}", task(**it)) for index, it in enumerate(QUIET)),
    found(
        ECS,
        "a generated password in definitions that are not known yet",
        resource(TASK, "server", containerDefinitions=UNKNOWN, links={"containerDefinitions": (RANDOM,)}),
        resource("random:index/randomPassword:RandomPassword", "pw", urn=RANDOM),
        mentions="the secret of pw",
    ),
    found(
        TEXT, "a variable of a function", function("DB_PASSWORD", PASSWORD), mentions="variables.DB_PASSWORD"
    ),
    *(found(TEXT, f"{kind} in a function", function("SETTING", value)) for kind, value in SHAPES.items()),
    *(clean(TEXT, f"{kind} in a function", function("SETTING", value)) for kind, value in HARMLESS.items()),
    clean(TEXT, "an output under a harmless name", function("TABLE", UNKNOWN)),
    clean(TEXT, "no variables", resource(LAMBDA, "f")),
    left_open(TEXT, "an output under a secret's name", function("DB_PASSWORD", UNKNOWN)),
    *(
        clean(
            TEXT,
            f"the identity of {kind} under a secret's name",
            function("DB_SECRET", UNKNOWN, urn="f", links={"environment": (f"{URN}{kind}::it",)}),
            resource(kind, urn=f"{URN}{kind}::it"),
        )
        for kind in ("aws:secretsmanager/secret:Secret", "aws:dynamodb/table:Table", "aws:kms/key:Key")
    ),
    *(
        left_open(
            TEXT,
            f"an output of {kind} under a secret's name",
            function("DB_SECRET", UNKNOWN, urn="f", links={"environment": (f"{URN}{kind}::it",)}),
            resource(kind, urn=f"{URN}{kind}::it"),
        )
        for kind in (
            *("aws:rds/instance:Instance", "aws:secretsmanager/secretVersion:SecretVersion"),
            *("aws:ssm/parameter:Parameter", "aws:apigateway/apiKey:ApiKey", "shop:net:Network"),
        )
    ),
    left_open(
        TEXT,
        "variables unknown, although what they depend on has no secrets",
        resource(
            LAMBDA, "f", urn="f", environment=UNKNOWN, links={"environment": (f"{URN}aws:kms/key:Key::k",)}
        ),
    ),
    left_open(TEXT, "variables unknown", resource(LAMBDA, "f", environment=UNKNOWN)),
    found(
        TEXT,
        "a generated password under any name",
        function("SETTING", UNKNOWN, urn="f", links={"environment": (RANDOM,)}),
        resource("random:index/randomPassword:RandomPassword", "pw", urn=RANDOM),
        mentions="the secret of pw in plain text",
    ),
    found(
        TEXT,
        "one variable unknown, the next a secret",
        function("A", "x", imageConfig={"commands": ["--token", "abc123"]}),
    ),
    found(TEXT, "a variable of a build", build(NAMED), mentions="DB_PASSWORD"),
    found(TEXT, "a variable of a build, in words", build({**NAMED, "type": "PLAINTEXT"})),
    *(
        clean(TEXT, f"a variable of a build from {place}", build({**NAMED, "type": place}))
        for place in ("PARAMETER_STORE", "SECRETS_MANAGER")
    ),
    *(
        clean(TEXT, f"a build's variables from the {place}", build(source={"buildspec": spec}))
        for place in ("secrets-manager", "parameter-store")
        for spec in (
            f"env:\n  {place}:\n    DOCKER_PASSWORD: prod/docker:password\n    # more\n    A_TOKEN: tokens\n",
            json.dumps({"env": {place: {"DOCKER_PASSWORD": "prod/docker:password"}}}),
        )
    ),
    found(
        TEXT,
        "a build's own variables beside those from elsewhere",
        build(
            source={
                "buildspec": "env:\n  secrets-manager:\n    A_TOKEN: prod/a:token\n"
                f"  variables:\n    B_TOKEN: {PASSWORD}\n"
            }
        ),
        mentions="line 5",
    ),
    found(
        TEXT,
        "a key where the name of a secret is expected",
        build(source={"buildspec": f"env:\n  parameter-store:\n    A: {SHAPES['an AWS key']}\n"}),
    ),
    found(
        TEXT,
        "a build's commands",
        build(source={"buildspec": f"phases:\n  build:\n    - export TOKEN={PASSWORD}\n"}),
    ),
    found(
        TEXT,
        "a payload of a state machine",
        machine({"States": {"A": {**CALL, "Parameters": {"Payload": {"apiKey": PASSWORD}}}}}),
    ),
    clean(
        TEXT,
        "references of a state machine",
        machine(
            {
                "States": {
                    "A": {
                        **CALL,
                        "Parameters": {
                            "token.$": "$.token",
                            "TaskToken.$": "$$.Task.Token",
                            "SecretId": "db",
                        },
                    }
                }
            }
        ),
    ),
    left_open(
        TEXT, "a definition unknown", resource("aws:sfn/stateMachine:StateMachine", definition=UNKNOWN)
    ),
    found(
        TEXT,
        "a document in JSON",
        document(json.dumps({"mainSteps": [{"inputs": {"runCommand": [f"export PGPASSWORD={PASSWORD}"]}}]})),
    ),
    found(
        TEXT,
        "a document in YAML",
        document(f"mainSteps:\n- inputs:\n    runCommand:\n    - mysql --password={PASSWORD}\n"),
        mentions="line 4",
    ),
    found(
        TEXT,
        "a default of a document's parameter",
        document(json.dumps({"parameters": {"DbPassword": {"type": "String", "default": PASSWORD}}})),
    ),
    clean(
        TEXT,
        "a document's parameter",
        document(
            json.dumps({"parameters": {"DbPassword": {"type": "String", "default": "{{ ssm-secure:db }}"}}})
        ),
    ),
    found(
        TEXT,
        "a template's parameter",
        resource(
            "aws:cloudformation/stack:Stack",
            templateBody=json.dumps({"Parameters": {"Password": {"Default": PASSWORD}}}),
        ),
    ),
    found(
        TEXT,
        "a batch job",
        resource(
            "aws:batch/jobDefinition:JobDefinition", containerProperties=json.dumps({"environment": [NAMED]})
        ),
    ),
    found(
        TEXT,
        "a setting of Elastic Beanstalk",
        resource(
            "aws:elasticbeanstalk/environment:Environment",
            settings=[{"namespace": "aws:elasticbeanstalk:application:environment", **NAMED}],
        ),
    ),
    found(
        TEXT,
        "App Runner",
        resource(
            "aws:apprunner/service:Service",
            sourceConfiguration={
                "imageRepository": {
                    "imageConfiguration": {"runtimeEnvironmentVariables": {"API_KEY": PASSWORD}}
                }
            },
        ),
    ),
    found(
        TEXT,
        "a script in base64",
        resource(
            "aws:sagemaker/notebookInstanceLifecycleConfiguration:NotebookInstanceLifecycleConfiguration",
            onStart=packed(f"#!/bin/sh\nexport TOKEN={PASSWORD}\n"),
        ),
    ),
    found(
        TEXT,
        "a key in code",
        resource("aws:cloudfront/function:Function", code=f"const k = '{SHAPES['a Stripe key']}';"),
    ),
    clean(
        TEXT,
        "a name in code",
        resource(
            "aws:cloudfront/function:Function", code="const token = request.headers.authorization.value;"
        ),
    ),
    found(TEXT, "a file", resource("aws:s3/bucketObjectv2:BucketObjectv2", content=SHAPES["a private key"])),
    clean(
        TEXT,
        "a form",
        resource("aws:s3/bucketObjectv2:BucketObjectv2", content='<input type="password" name="password">'),
    ),
    *(
        found(TEXT, f"{kind} in a tag", resource("aws:sqs/queue:Queue", tags={"Note": value}))
        for kind, value in SHAPES.items()
    ),
    found(
        TEXT,
        "a tag of what a template launches",
        resource(
            "aws:ec2/launchTemplate:LaunchTemplate",
            tagSpecifications=[{"resourceType": "instance", "tags": {"DbPassword": PASSWORD}}],
        ),
    ),
    found(
        TEXT,
        "a tag of a group",
        resource("aws:autoscaling/group:Group", tags=[{"key": "DbPassword", "value": PASSWORD}]),
    ),
    clean(TEXT, "tags", resource("aws:sqs/queue:Queue", tags={"Owner": "video", "Component": UNKNOWN})),
    clean(TEXT, "tags unknown", resource("aws:sqs/queue:Queue", tags=UNKNOWN)),
    *(
        clean(PARAMETER, name, parameter(name, "https://auth.example.com/token"))
        for name in ("/app/token-endpoint-url", "/app/token_url", "/app/secret-name", "/app/api-key-id")
    ),
    *(
        clean(PARAMETER, f"{name} of {value}", parameter(name, value))
        for name, value in (
            ("/app/password-policy/min-length", "12"),
            ("/llm/max-tokens", "4096"),
            ("/app/token-validity-days", "30"),
            ("/app/db/secret", HARMLESS["an ARN"]),
            ("/app/token-refresh/enabled", "true"),
        )
    ),
    *(
        found(PARAMETER, f"{kind} as a value", parameter("/app/setting", value))
        for kind, value in SHAPES.items()
    ),
    *(
        clean(PARAMETER, f"{kind} as a value", parameter("/app/setting", value))
        for kind, value in HARMLESS.items()
    ),
    found(PARAMETER, "a password of digits", parameter("/app/db-password", "1234567")),
    found(PARAMETER, "a name that is not known yet, a shape", parameter(UNKNOWN, SHAPES["an AWS key"])),
    left_open(PARAMETER, "a name that is not known yet", parameter(UNKNOWN)),
    found(PARAMETER, "a value that is not known yet", parameter("/app/db-password", UNKNOWN)),
    clean(
        PARAMETER,
        "the ARN of a secret that is not known yet",
        parameter("/app/db/secret", UNKNOWN, urn="p", links={"value": (f"{URN}{SECRET}::s",)}),
        resource(SECRET, "s", urn=f"{URN}{SECRET}::s"),
    ),
    found(
        PARAMETER,
        "a generated password that is not known yet",
        parameter("/app/db/secret", UNKNOWN, urn="p", links={"value": (RANDOM,)}),
        resource("random:index/randomPassword:RandomPassword", "pw", urn=RANDOM),
    ),
    found(
        PARAMETER,
        "a value that is not kept secret",
        parameter("/app/setting", None, insecureValue=SHAPES["an AWS key"]),
    ),
    clean(PARAMETER, "a harmless name, value unknown", parameter("/app/setting", UNKNOWN)),
    clean(PARAMETER, "a shape, encrypted", parameter("/app/setting", SHAPES["an AWS key"], "SecureString")),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_secret(case: Case, try_case: Callable[[Case], None]):
    try_case(case)


@pytest.mark.parametrize("case", [it for it in CASES if it.outcome == "found"], ids=str)
def test_no_finding_shows_what_it_found(case: Case, judge: Callable):
    said = " ".join(judge(case.rule, *case.resources).findings)
    assert PASSWORD not in said
    assert not any(part in said for value in SHAPES.values() for part in value.split() if len(part) > 14)


@pytest.mark.parametrize("kind", SHAPES)
def test_each_shape_is_found_wherever_it_stands(kind: str, judge: Callable):
    places = [(TEXT, kind_of_resource, key) for kind_of_resource, keys in TEXT_PLACES.items() for key in keys]
    places.append(("lt-user-data-no-secrets", "aws:ec2/launchTemplate:LaunchTemplate", "userData"))
    missed = [
        (it, key)
        for rule, it, key in places
        if not judge(rule, resource(it, **{key: f"x {SHAPES[kind]} y"})).findings
    ]
    assert missed == []


@pytest.mark.parametrize(
    "name",
    [
        "tokenEndpointUrl",
        "PASSWORD_MIN_LENGTH",
        "SECRET_ROTATION_DAYS",
        "OAUTH_TOKEN_URL",
        "JWT_TOKEN_EXPIRY",
        "passwordPolicy",
        "TOKEN_CACHE_TTL",
        "secretsVaultNames",
        "PARAMETERS_SECRETS_EXTENSION_LOG_LEVEL",
        "AUTH_TOKEN_COOKIE",
        "TOKEN_USE",
        "DB_SECRET_ALIAS",
        "SECRET_STAGE",
        "MAX_TOKEN",
        "existingSecret",
        "numOutputToken",
    ],
)
def test_a_name_about_a_secret_is_none(name: str):
    assert not names_a_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "DBPassword",
        "MASTER_PASSWORD_V2",
        "ECS_ENGINE_AUTH_DATA",
        "AWS_SECRET_ACCESS_KEY",
        "api-secret",
        "APIKey",
    ],
)
def test_a_name_of_a_secret_is_one(name: str):
    assert names_a_secret(name)


@pytest.mark.short_form(5)
@pytest.mark.parametrize(
    "part",
    [
        *("a:", "a", "://", "=", "-", " ", "eyJ.", "sk-", "curl -u ", "--a", "a b:", "<a>", "a.", "mysql "),
        *("Basic a", "M.", "jdbc:oracle:", "echo '", "ENV a ", "://a:", "https://a.", "pass:", "\"key='a"),
    ],
)
def test_looking_at_a_long_text_takes_time_in_proportion(part: str):
    def seconds(times: int) -> float:
        begin = time.process_time()
        list(secrets_in(part * times))
        return time.process_time() - begin

    short = max(seconds(1_000), 0.002)
    assert seconds(10_000) < 40 * short
