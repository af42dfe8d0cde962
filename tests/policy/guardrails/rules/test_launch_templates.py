"""Launch templates: tags, metadata service, addresses, volumes, roles and user data."""

import base64
import gzip
from collections.abc import Callable

import pytest

from tests.policy.cases import TAGS, UNKNOWN, Case, clean, found, left_open, resource

KIND = "aws:ec2/launchTemplate:LaunchTemplate"


def template(**props: object):
    return resource(KIND, "worker", **props)


def disk(**ebs: object):
    return template(blockDeviceMappings=[{"deviceName": "/dev/xvda", "ebs": ebs}])


def script(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def with_script(text: str):
    return template(userData=script(text))


def specification(kind: str, tags: object):
    return {"resourceType": kind, "tags": tags}


LESS = {key: value for key, value in TAGS.items() if key != "Owner"}
TAG_CASES = [
    case
    for kind, other in (("instance", "volume"), ("volume", "instance"))
    for rule in [f"lt-{kind}-tags"]
    for case in (
        clean(rule, "all tags", template(tagSpecifications=[specification(kind, TAGS)])),
        clean(
            rule,
            "tags spread over two specifications",
            template(tagSpecifications=[specification(kind, LESS), specification(kind, {"Owner": "video"})]),
        ),
        clean(
            rule,
            "a value left open",
            template(tagSpecifications=[specification(kind, {**TAGS, "Owner": UNKNOWN})]),
        ),
        found(rule, "no specification", template(), mentions="Owner"),
        found(rule, "tags of the other kind", template(tagSpecifications=[specification(other, TAGS)])),
        found(rule, "tags of the template itself", template(tags=TAGS), mentions="Project"),
        found(
            rule, "one key missing", template(tagSpecifications=[specification(kind, LESS)]), mentions="Owner"
        ),
        found(
            rule, "an empty value", template(tagSpecifications=[specification(kind, {**TAGS, "Owner": " "})])
        ),
        found(
            rule,
            "a key in another case",
            template(tagSpecifications=[specification(kind, {**LESS, "owner": "video"})]),
            mentions="lacks Owner;",
        ),
        found(
            rule,
            "a key of the options missing",
            template(tagSpecifications=[specification(kind, TAGS)]),
            keys=["CostCenter"],
            mentions="CostCenter",
        ),
        left_open(rule, "specifications unknown", template(tagSpecifications=UNKNOWN)),
        left_open(rule, "tags unknown", template(tagSpecifications=[specification(kind, UNKNOWN)])),
        left_open(
            rule,
            "one specification unknown and one short",
            template(tagSpecifications=[UNKNOWN, specification(kind, LESS)]),
        ),
    )
]
CASES: list[Case] = [
    *TAG_CASES,
    clean("lt-imdsv2", "tokens required", template(metadataOptions={"httpTokens": "required"})),
    clean("lt-imdsv2", "the service off", template(metadataOptions={"httpEndpoint": "disabled"})),
    found("lt-imdsv2", "nothing stated", template()),
    found("lt-imdsv2", "only the bridge's key", template(metadataOptions={"__defaults": []})),
    found("lt-imdsv2", "tokens optional", template(metadataOptions={"httpTokens": "optional"})),
    clean(
        "lt-imdsv2",
        "no endpoint, tokens unknown",
        template(metadataOptions={"httpTokens": UNKNOWN, "httpEndpoint": "disabled"}),
    ),
    left_open("lt-imdsv2", "tokens unknown", template(metadataOptions={"httpTokens": UNKNOWN})),
    left_open("lt-imdsv2", "options unknown", template(metadataOptions=UNKNOWN)),
    clean("lt-imds-hop-limit", "not stated", template()),
    clean("lt-imds-hop-limit", "one hop", template(metadataOptions={"httpPutResponseHopLimit": 1.0})),
    clean(
        "lt-imds-hop-limit",
        "two hops where allowed",
        template(metadataOptions={"httpPutResponseHopLimit": 2.0}),
        maximum=2.0,
    ),
    found("lt-imds-hop-limit", "two hops", template(metadataOptions={"httpPutResponseHopLimit": 2.0})),
    found("lt-imds-hop-limit", "64 as text", template(metadataOptions={"httpPutResponseHopLimit": "64"})),
    left_open("lt-imds-hop-limit", "unknown", template(metadataOptions={"httpPutResponseHopLimit": UNKNOWN})),
    clean("lt-no-public-ip", "no interface", template()),
    clean(
        "lt-no-public-ip",
        "false as text",
        template(networkInterfaces=[{"associatePublicIpAddress": "false"}]),
    ),
    clean("lt-no-public-ip", "not stated", template(networkInterfaces=[{"deviceIndex": 0.0}])),
    found(
        "lt-no-public-ip", "true as text", template(networkInterfaces=[{"associatePublicIpAddress": "true"}])
    ),
    found("lt-no-public-ip", "true", template(networkInterfaces=[{"associatePublicIpAddress": True}])),
    found(
        "lt-no-public-ip",
        "the second interface, the first unknown",
        template(networkInterfaces=[UNKNOWN, {"associatePublicIpAddress": "true"}]),
        mentions="network_interfaces[1]",
    ),
    left_open(
        "lt-no-public-ip", "unknown", template(networkInterfaces=[{"associatePublicIpAddress": UNKNOWN}])
    ),
    clean("lt-ebs-encrypted", "encrypted as text", disk(encrypted="true")),
    clean("lt-ebs-encrypted", "no mapping", template()),
    clean(
        "lt-ebs-encrypted",
        "an instance store and a removed device",
        template(
            blockDeviceMappings=[
                {"deviceName": "/dev/sdb", "virtualName": "ephemeral0"},
                {"deviceName": "/dev/sdc", "noDevice": "true"},
            ]
        ),
    ),
    found("lt-ebs-encrypted", "not encrypted", disk(encrypted="false"), mentions="/dev/xvda"),
    found("lt-ebs-encrypted", "a key without encryption", disk(kmsKeyId="arn:aws:kms:::key/1")),
    found("lt-ebs-encrypted", "an empty block", disk(__defaults=[])),
    found(
        "lt-ebs-encrypted",
        "the second of two",
        template(
            blockDeviceMappings=[
                {"deviceName": "/dev/xvda", "ebs": {"encrypted": True}},
                {"deviceName": "/dev/xvdb", "ebs": {"volumeSize": 100.0}},
            ]
        ),
        mentions="/dev/xvdb",
    ),
    found("lt-ebs-encrypted", "no key where demanded", disk(encrypted=True), requireCustomerKey=True),
    clean(
        "lt-ebs-encrypted", "a key left open", disk(encrypted=True, kmsKeyId=UNKNOWN), requireCustomerKey=True
    ),
    left_open("lt-ebs-encrypted", "unknown", disk(encrypted=UNKNOWN)),
    clean("lt-instance-profile", "by name", template(iamInstanceProfile={"name": "worker"})),
    clean("lt-instance-profile", "by an ARN left open", template(iamInstanceProfile={"arn": UNKNOWN})),
    found("lt-instance-profile", "none", template()),
    found("lt-instance-profile", "an empty name", template(iamInstanceProfile={"name": ""})),
    found("lt-instance-profile", "only the bridge's key", template(iamInstanceProfile={"__defaults": []})),
    clean("lt-instance-profile", "wholly left open", template(iamInstanceProfile=UNKNOWN)),
    clean("lt-user-data-no-secrets", "none", template()),
    clean("lt-user-data-no-secrets", "a harmless script", with_script("#!/bin/sh\nyum install -y ffmpeg\n")),
    clean(
        "lt-user-data-no-secrets",
        "secrets by reference",
        with_script(
            "export DB_PASSWORD=$(aws ssm get-parameter --name /clip-it/db-password --with-decryption)\n"
            "TOKEN=`curl -X PUT http://imds/latest/api/token -H 'X-aws-ec2-metadata-token-ttl-seconds: 60'`\n"
            "SECRET_ARN=arn:aws:secretsmanager:eu-central-1:1:secret:x\nexport API_TOKEN=${TOKEN}\n"
            "password: {{ssm:/clip-it/dev/password}}\n"
        ),
    ),
    found(
        "lt-user-data-no-secrets", "an access key", with_script("#!/bin/sh\nexport K=AKIAIOSFODNN7EXAMPLE")
    ),
    found("lt-user-data-no-secrets", "a private key", with_script("-----BEGIN RSA PRIVATE KEY-----\nMIIE")),
    found(
        "lt-user-data-no-secrets", "a password", with_script("a\nDB_PASSWORD=hunter2\n"), mentions="line 2"
    ),
    found("lt-user-data-no-secrets", "a password in YAML", with_script("db:\n  password: hunter2\n")),
    found("lt-user-data-no-secrets", "a flag", with_script("mysql --password=hunter2")),
    found(
        "lt-user-data-no-secrets",
        "a secret key",
        with_script("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG"),
    ),
    found("lt-user-data-no-secrets", "an address", with_script("curl https://bot:hunter2@example.com/x")),
    found("lt-user-data-no-secrets", "plain text", template(userData="#!/bin/sh\nTOKEN=abcdef123456\n")),
    found(
        "lt-user-data-no-secrets",
        "compressed",
        template(userData=base64.b64encode(gzip.compress(b"API_KEY=abcdef0123456789")).decode()),
    ),
    found(
        "lt-user-data-no-secrets",
        "within a MIME part",
        with_script(
            "Content-Type: multipart/mixed\n\n"
            + script("#!/bin/bash\nexport DB_PASSWORD=hunter2secret\n")
            + "\n"
        ),
    ),
    left_open("lt-user-data-no-secrets", "unknown", template(userData=UNKNOWN)),
    clean("lt-detailed-monitoring", "on", template(monitoring={"enabled": True})),
    found("lt-detailed-monitoring", "off", template(monitoring={"enabled": False})),
    found("lt-detailed-monitoring", "not stated", template()),
    left_open("lt-detailed-monitoring", "unknown", template(monitoring={"enabled": UNKNOWN})),
    clean("lt-scratch-volume-deleted", "deleted", disk(deleteOnTermination="true")),
    clean("lt-scratch-volume-deleted", "no volume", template()),
    found("lt-scratch-volume-deleted", "kept", disk(deleteOnTermination="false")),
    found("lt-scratch-volume-deleted", "not stated", disk(volumeSize=20.0)),
    left_open("lt-scratch-volume-deleted", "unknown", disk(deleteOnTermination=UNKNOWN)),
    clean("instance-type-allowed", "a listed family", template(instanceType="c7i.4xlarge")),
    clean("instance-type-allowed", "no type", template()),
    clean("instance-type-allowed", "upper case", template(instanceType="C7I.LARGE")),
    found("instance-type-allowed", "another family", template(instanceType="p4d.24xlarge"), mentions="p4d"),
    found("instance-type-allowed", "a family that begins alike", template(instanceType="c7id.large")),
    found(
        "instance-type-allowed",
        "requirements that admit anything",
        template(instanceRequirements={"vcpuCount": {"min": 2.0}}),
        mentions="any instance type",
    ),
    clean(
        "instance-type-allowed",
        "requirements within a family",
        template(instanceRequirements={"allowedInstanceTypes": ["c7i.*", "m7i.*"]}),
    ),
    found(
        "instance-type-allowed",
        "requirements of an unknown type and of a foreign one",
        template(instanceRequirements={"allowedInstanceTypes": [UNKNOWN, "p4d.*"]}),
        mentions="p4d",
    ),
    found(
        "instance-type-allowed",
        "requirements with a wildcard for the family",
        template(instanceRequirements={"allowedInstanceTypes": ["c7*"]}),
    ),
    clean(
        "instance-type-allowed",
        "a family of the options",
        template(instanceType="p5.48xlarge"),
        families=["p5"],
    ),
    left_open("instance-type-allowed", "unknown", template(instanceType=UNKNOWN)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_launch_template(case: Case, try_case: Callable[[Case], None]):
    try_case(case)


@pytest.mark.parametrize("secret", ["hunter2", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG"])
def test_no_finding_shows_the_secret_it_found(secret: str, judge: Callable):
    said = judge("lt-user-data-no-secrets", with_script(f"export DB_PASSWORD={secret}\n"))
    assert said.findings
    assert not any(secret in finding for finding in said.findings)
