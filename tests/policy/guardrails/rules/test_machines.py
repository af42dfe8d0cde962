"""Single instances, spot requests and launch configurations, held to what holds for launch templates."""

import base64
from collections.abc import Callable

import pytest
from guardrails.resources.resource import Resource

from tests.policy.cases import TAGS, UNKNOWN, Case, clean, found, left_open, resource

INSTANCE = "aws:ec2/instance:Instance"
SPOT = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"
CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
FORMS = (INSTANCE, SPOT, CONFIGURATION)
IMDS, HOPS, PUBLIC, ENCRYPTED, PROFILE, DATA, MONITORED, DELETED, FAMILY, VOLUMES = (
    *("lt-imdsv2", "lt-imds-hop-limit", "lt-no-public-ip", "lt-ebs-encrypted", "lt-instance-profile"),
    *("lt-user-data-no-secrets", "lt-detailed-monitoring", "lt-scratch-volume-deleted"),
    *("instance-type-allowed", "lt-volume-tags"),
)
SCRIPT = "#!/bin/sh\nexport DB_PASSWORD=hunter22\n"
PLAIN, SAFE = {"encrypted": False}, {"encrypted": True}
LESS = {key: value for key, value in TAGS.items() if key != "Owner"}


def machine(**props: object) -> Resource:
    return resource(INSTANCE, "web", **{"urn": "web", **props})


def from_template(**props: object) -> Resource:
    return machine(launchTemplate={"id": "lt-1", "version": "3"}, **props)


def subnet(**props: object) -> Resource:
    return resource("aws:ec2/subnet:Subnet", "public", urn="public", **props)


def both_forms(rule: str, title: str, bad: dict[str, object], good: dict[str, object]) -> list[Case]:
    return [
        case
        for kind in FORMS
        for case in (
            found(rule, f"{title}, {kind}", resource(kind, "web", **bad)),
            clean(rule, f"{title}, {kind}", resource(kind, "web", **good)),
        )
    ]


CASES: list[Case] = [
    *both_forms(IMDS, "tokens", {}, {"metadataOptions": {"httpTokens": "required"}}),
    *both_forms(HOPS, "hops", {"metadataOptions": {"httpPutResponseHopLimit": 3.0}}, {}),
    *both_forms(PUBLIC, "an address", {"associatePublicIpAddress": True}, {}),
    *both_forms(ENCRYPTED, "the root volume", {}, {"rootBlockDevice": SAFE}),
    *both_forms(
        ENCRYPTED,
        "another volume",
        {"rootBlockDevice": SAFE, "ebsBlockDevices": [{"deviceName": "/dev/sdf", **PLAIN}]},
        {"rootBlockDevice": SAFE, "ebsBlockDevices": [{"deviceName": "/dev/sdf", **SAFE}]},
    ),
    *both_forms(PROFILE, "a role", {}, {"iamInstanceProfile": "web"}),
    *both_forms(DATA, "plain user data", {"userData": SCRIPT}, {"userData": "#!/bin/sh\n"}),
    *both_forms(DATA, "packed user data", {"userDataBase64": base64.b64encode(SCRIPT.encode()).decode()}, {}),
    *both_forms(
        DELETED, "volumes", {"rootBlockDevice": {"deleteOnTermination": False}}, {"rootBlockDevice": SAFE}
    ),
    *both_forms(FAMILY, "a family", {"instanceType": "p5.48xlarge"}, {"instanceType": "t3.micro"}),
    found(MONITORED, "an instance", machine(), mentions="`monitoring`"),
    clean(MONITORED, "an instance that is", machine(monitoring=True)),
    found(MONITORED, "a configuration", resource(CONFIGURATION, enableMonitoring=False)),
    clean(MONITORED, "a configuration unasked", resource(CONFIGURATION)),
    *(
        clean(rule, "left to the template", from_template())
        for rule in (IMDS, ENCRYPTED, PROFILE, MONITORED, DELETED, VOLUMES)
    ),
    found(IMDS, "stated beside the template", from_template(metadataOptions={"httpTokens": "optional"})),
    found(ENCRYPTED, "a volume beside the template", from_template(ebsBlockDevices=[{"deviceName": "f"}])),
    clean(PROFILE, "one that is made with it", machine(iamInstanceProfile=UNKNOWN)),
    left_open(ENCRYPTED, "volumes unknown", machine(rootBlockDevice=SAFE, ebsBlockDevices=UNKNOWN)),
    left_open(DATA, "user data unknown", machine(userData=UNKNOWN)),
    clean(DATA, "packed user data that a preview cannot know", machine(userDataBase64=UNKNOWN)),
    found(
        PUBLIC,
        "by its subnet",
        machine(subnetId=UNKNOWN, links={"subnetId": ("public",)}),
        subnet(mapPublicIpOnLaunch=True),
        mentions="from the subnet public",
    ),
    clean(
        PUBLIC,
        "none in a public subnet",
        machine(subnetId=UNKNOWN, links={"subnetId": ("public",)}, associatePublicIpAddress=False),
        subnet(mapPublicIpOnLaunch=True),
    ),
    clean(
        PUBLIC,
        "a private subnet",
        machine(subnetId=UNKNOWN, links={"subnetId": ("public",)}),
        subnet(mapPublicIpOnLaunch=False),
    ),
    found(
        PUBLIC,
        "by an address of its own",
        machine(),
        resource("aws:ec2/eip:Eip", "ip", instance=UNKNOWN, links={"instance": ("web",)}),
        mentions="the public address ip",
    ),
    found(
        PUBLIC,
        "by an association",
        machine(id="i-1"),
        resource("aws:ec2/eipAssociation:EipAssociation", "ip", instanceId="i-1"),
    ),
    clean(
        PUBLIC,
        "an address of a gateway",
        machine(),
        resource("aws:ec2/eip:Eip", "nat", instance=UNKNOWN),
    ),
    found(VOLUMES, "none of an instance", machine(tags=TAGS), mentions="the volume root lacks the tags"),
    found(VOLUMES, "one key of an instance missing", machine(volumeTags=LESS), mentions="Owner"),
    clean(VOLUMES, "together", machine(volumeTags=TAGS, ebsBlockDevices=[{"deviceName": "/dev/sdf"}])),
    clean(VOLUMES, "each by itself", machine(rootBlockDevice={"tags": TAGS})),
    clean(VOLUMES, "by the provider", machine(rootBlockDevice={"tags": {}, "tagsAll": TAGS})),
    left_open(VOLUMES, "unknown", machine(volumeTags=UNKNOWN)),
    clean("required-tags", "an instance", machine(tags=TAGS)),
    found("required-tags", "an instance", machine(tags=LESS), mentions="Owner"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_machine(case: Case, try_case: Callable[[Case], None]):
    try_case(case)
