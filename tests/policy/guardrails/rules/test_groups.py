"""Auto Scaling groups: tags, health, versions, sizes, owners, and what surrounds them."""

from collections.abc import Callable

import pytest

from tests.policy.cases import TAGS, UNKNOWN, Case, clean, found, left_open, resource, tag

KIND = "aws:autoscaling/group:Group"


def group(**props: object):
    return resource(KIND, "fleet", **{"urn": "fleet", **props})


def template(**props: object):
    return resource("aws:ec2/launchTemplate:LaunchTemplate", "worker", **{"urn": "worker", **props})


def mixed(*overrides: object, **specification: object):
    policy = {"launchTemplate": {"launchTemplateSpecification": specification, "overrides": list(overrides)}}
    return group(mixedInstancesPolicy=policy)


def refreshed(strategy: object = "Rolling", **changes: object):
    preferences = {"minHealthyPercentage": 90.0, "alarmSpecification": {"alarms": ["letters"]}, **changes}
    return group(
        instanceRefresh={"strategy": strategy, "preferences": preferences}, maxInstanceLifetime=604800.0
    )


def hook(**props: object):
    own = {
        "lifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
        "links": {"autoscalingGroupName": ("fleet",)},
    }
    return resource("aws:autoscaling/lifecycleHook:LifecycleHook", "drain", **{**own, **props})


def association(*targets: object):
    return resource("aws:ssm/association:Association", "bootstrap", targets=list(targets))


def by_tag(key: str, *values: object):
    return {"key": f"tag:{key}", "values": list(values)}


def instance_tags(tags: object):
    return template(tagSpecifications=[{"resourceType": "instance", "tags": tags}])


ALL = [tag(key, value) for key, value in TAGS.items()]
LESS = [each for each in ALL if each["key"] != "Owner"]
IN_GROUP = {"launchTemplate": ("worker",)}

CASES: list[Case] = [
    clean("asg-tags-propagate", "all of them", group(tags=ALL)),
    clean(
        "asg-tags-propagate",
        "true as text",
        group(tags=[{**each, "propagateAtLaunch": "true"} for each in ALL]),
    ),
    clean("asg-tags-propagate", "a value left open", group(tags=[*LESS, tag("Owner", UNKNOWN)])),
    found("asg-tags-propagate", "none", group(), mentions="Project"),
    found("asg-tags-propagate", "one missing", group(tags=LESS), mentions="Owner"),
    found("asg-tags-propagate", "one kept", group(tags=[*LESS, tag("Owner", "video", propagate=False)])),
    found("asg-tags-propagate", "one empty", group(tags=[*LESS, tag("Owner", "")])),
    found(
        "asg-tags-propagate",
        "one kept, another unknown",
        group(tags=[*LESS[1:], tag("Project", "x", propagate=UNKNOWN), tag("Owner", "x", propagate=False)]),
        mentions="does not propagate Owner to",
    ),
    left_open(
        "asg-tags-propagate",
        "a propagation unknown",
        group(tags=[*LESS, tag("Owner", "x", propagate=UNKNOWN)]),
    ),
    left_open("asg-tags-propagate", "all unknown", group(tags=UNKNOWN)),
    clean("asg-health-check-explicit", "EC2", group(healthCheckType="EC2")),
    clean("asg-health-check-explicit", "left open", group(healthCheckType=UNKNOWN)),
    found("asg-health-check-explicit", "nothing", group()),
    found("asg-health-check-explicit", "an empty text", group(healthCheckType="")),
    clean("asg-elb-health-check", "no balancer", group(healthCheckType="EC2")),
    clean(
        "asg-elb-health-check", "empty lists", group(targetGroupArns=[], loadBalancers=[], trafficSources=[])
    ),
    clean("asg-elb-health-check", "ELB", group(targetGroupArns=[UNKNOWN], healthCheckType="ELB")),
    clean(
        "asg-elb-health-check",
        "ELB among others",
        group(targetGroupArns=["a"], healthCheckType="EC2,ELB,EBS"),
    ),
    found(
        "asg-elb-health-check",
        "a target group unknown by name",
        group(targetGroupArns=[UNKNOWN], healthCheckType="EC2"),
    ),
    found("asg-elb-health-check", "nothing stated", group(targetGroupArns=["a"])),
    found("asg-elb-health-check", "a classic balancer", group(loadBalancers=["a"], healthCheckType="EC2")),
    found(
        "asg-elb-health-check",
        "a traffic source",
        group(trafficSources=[{"identifier": "a"}], healthCheckType="EC2"),
    ),
    clean(
        "asg-elb-health-check",
        "lattice",
        group(trafficSources=[{"identifier": "a", "type": "vpc-lattice"}], healthCheckType="VPC_LATTICE"),
    ),
    left_open("asg-elb-health-check", "type unknown", group(targetGroupArns=["a"], healthCheckType=UNKNOWN)),
    left_open(
        "asg-elb-health-check", "targets unknown", group(targetGroupArns=UNKNOWN, healthCheckType="EC2")
    ),
    clean("asg-health-grace", "the lowest", group(healthCheckGracePeriod=60.0)),
    clean("asg-health-grace", "the highest", group(healthCheckGracePeriod=1800.0)),
    found("asg-health-grace", "zero", group(healthCheckGracePeriod=0.0), mentions="0 s"),
    found("asg-health-grace", "an hour", group(healthCheckGracePeriod=3600.0)),
    clean("asg-health-grace", "nothing, for which the provider states five minutes", group()),
    found(
        "asg-health-grace",
        "below the boot budget",
        group(healthCheckGracePeriod=120.0),
        bootBudgetSeconds=300.0,
    ),
    left_open("asg-health-grace", "unknown", group(healthCheckGracePeriod=UNKNOWN)),
    clean("asg-desired-not-owned", "unset", group()),
    clean("asg-desired-not-owned", "ignored", group(desiredCapacity=2.0, ignored=("desiredCapacity",))),
    clean(
        "asg-desired-not-owned",
        "ignored as spelled in Python",
        group(desiredCapacity=2.0, ignored=("desired_capacity",)),
    ),
    clean("asg-desired-not-owned", "everything ignored", group(desiredCapacity=2.0, ignored=("*",))),
    clean(
        "asg-desired-not-owned", "sized by the program", group(desiredCapacity=2.0), scaledByProgram=["fl*"]
    ),
    found("asg-desired-not-owned", "set", group(desiredCapacity=2.0)),
    found("asg-desired-not-owned", "set to zero", group(desiredCapacity=0.0)),
    found("asg-desired-not-owned", "something else ignored", group(desiredCapacity=2.0, ignored=("tags",))),
    found("asg-desired-not-owned", "set to what only the deployment knows", group(desiredCapacity=UNKNOWN)),
    clean(
        "asg-desired-not-owned",
        "unknown and ignored",
        group(desiredCapacity=UNKNOWN, ignored=("desired_capacity",)),
    ),
    clean("asg-lt-version-pinned", "a number", group(launchTemplate={"id": "lt-1", "version": 3.0})),
    clean("asg-lt-version-pinned", "an output", group(launchTemplate={"id": UNKNOWN, "version": UNKNOWN})),
    clean("asg-lt-version-pinned", "no template", group(launchConfiguration="old")),
    clean("asg-lt-version-pinned", "mixed, a number", mixed(launchTemplateId="lt-1", version="3")),
    left_open(
        "asg-lt-version-pinned",
        "overrides unknown",
        group(
            mixedInstancesPolicy={
                "launchTemplate": {"launchTemplateSpecification": {"version": "7"}, "overrides": UNKNOWN}
            }
        ),
    ),
    found(
        "asg-lt-version-pinned",
        "$Latest, overrides unknown",
        group(
            mixedInstancesPolicy={
                "launchTemplate": {
                    "launchTemplateSpecification": {"version": "$Latest"},
                    "overrides": UNKNOWN,
                }
            }
        ),
    ),
    found("asg-lt-version-pinned", "$Latest", group(launchTemplate={"id": "lt-1", "version": "$Latest"})),
    found("asg-lt-version-pinned", "$Default", group(launchTemplate={"id": "lt-1", "version": "$Default"})),
    found("asg-lt-version-pinned", "no version", group(launchTemplate={"id": "lt-1"}), mentions="$Default"),
    found("asg-lt-version-pinned", "mixed, $Latest", mixed(launchTemplateId="lt-1", version="$Latest")),
    found(
        "asg-lt-version-pinned",
        "an override",
        mixed(
            {
                "instanceType": "c7g.large",
                "launchTemplateSpecification": {"launchTemplateId": "lt-2", "version": "$Latest"},
            },
            launchTemplateId="lt-1",
            version="3",
        ),
        mentions="overrides[0]",
    ),
    left_open("asg-lt-version-pinned", "template unknown", group(launchTemplate=UNKNOWN)),
    clean("asg-launch-template", "a template", group(launchTemplate={"id": UNKNOWN})),
    clean("asg-launch-template", "mixed instances", mixed(launchTemplateId="lt-1")),
    found("asg-launch-template", "a configuration", group(launchConfiguration="old")),
    found("asg-launch-template", "nothing", group(launchTemplate={"__defaults": []})),
    found("asg-launch-template", "a configuration unknown", group(launchConfiguration=UNKNOWN)),
    clean("asg-multi-az", "two subnets left open", group(vpcZoneIdentifiers=[UNKNOWN, UNKNOWN])),
    clean("asg-multi-az", "two zones", group(availabilityZones=["a", "b"])),
    found("asg-multi-az", "one subnet", group(vpcZoneIdentifiers=[UNKNOWN])),
    found("asg-multi-az", "one subnet twice", group(vpcZoneIdentifiers=["subnet-a", "subnet-a"])),
    found("asg-multi-az", "none", group()),
    left_open("asg-multi-az", "subnets unknown", group(vpcZoneIdentifiers=UNKNOWN)),
    clean(
        "asg-mixed-instances",
        "two types",
        mixed({"instanceType": "c7i.large"}, {"instanceType": "c6i.large"}),
    ),
    clean(
        "asg-mixed-instances", "requirements", mixed({"instanceRequirements": {"vcpuCount": {"min": 4.0}}})
    ),
    found(
        "asg-mixed-instances",
        "one type twice",
        mixed({"instanceType": "c7i.large"}, {"instanceType": "c7i.large"}),
    ),
    found("asg-mixed-instances", "no policy", group(launchTemplate={"id": "lt-1"})),
    left_open("asg-mixed-instances", "policy unknown", group(mixedInstancesPolicy=UNKNOWN)),
    clean("asg-size-cap", "at the cap", group(minSize=1.0, maxSize=250.0)),
    clean("asg-size-cap", "zero where allowed", group(minSize=0.0, maxSize=5.0), scaleToZero=["fleet"]),
    found("asg-size-cap", "above the cap", group(minSize=1.0, maxSize=251.0)),
    found("asg-size-cap", "above another cap", group(minSize=1.0, maxSize=21.0), maximum=20.0),
    found("asg-size-cap", "minimum above maximum", group(minSize=5.0, maxSize=2.0)),
    found("asg-size-cap", "zero", group(minSize=0.0, maxSize=5.0)),
    found("asg-size-cap", "above the cap with an unknown minimum", group(minSize=UNKNOWN, maxSize=900.0)),
    left_open("asg-size-cap", "maximum unknown", group(minSize=1.0, maxSize=UNKNOWN)),
    clean("asg-instance-refresh", "complete", refreshed()),
    clean("asg-instance-refresh", "alarms not asked for", refreshed(alarmSpecification=None), alarms=False),
    found("asg-instance-refresh", "nothing", group(), mentions="rolling"),
    found(
        "asg-instance-refresh",
        "nothing kept in service",
        refreshed(minHealthyPercentage=0.0),
        mentions="0 %",
    ),
    found(
        "asg-instance-refresh",
        "no alarm stops it",
        refreshed(alarmSpecification={"alarms": []}),
        mentions="while an alarm is in alarm",
    ),
    found(
        "asg-instance-refresh",
        "rolls back to the template that failed",
        refreshed(autoRollback=True),
        mentions="template that failed",
    ),
    clean("asg-instance-refresh", "no rollback in words", refreshed(autoRollback=False)),
    left_open("asg-instance-refresh", "strategy unknown", refreshed(UNKNOWN)),
    left_open("asg-instance-refresh", "rollback unknown", refreshed(autoRollback=UNKNOWN)),
    found(
        "instance-type-allowed",
        "an override",
        mixed({"instanceType": "c7i.large"}, {"instanceType": "p5.48xlarge"}),
    ),
    clean(
        "instance-type-allowed",
        "all overrides",
        mixed({"instanceType": "c7i.large"}, {"instanceType": "m7a.large"}),
    ),
    found(
        "instance-type-allowed",
        "requirements in an override",
        mixed({"instanceRequirements": {"vcpuCount": {"min": 1.0}}}),
    ),
    found(
        "instance-type-allowed",
        "one bad, one unknown",
        mixed({"instanceType": UNKNOWN}, {"instanceType": "x2gd.large"}),
    ),
    clean("instance-effective-tags", "from the group", group(tags=ALL)),
    clean("instance-effective-tags", "from the template", instance_tags(TAGS), group(links=IN_GROUP)),
    clean(
        "instance-effective-tags",
        "from both",
        instance_tags({"Owner": "video"}),
        group(tags=LESS, links=IN_GROUP),
    ),
    clean(
        "instance-effective-tags",
        "from a mixed policy",
        instance_tags(TAGS),
        group(mixedInstancesPolicy=UNKNOWN, links={"mixedInstancesPolicy": ("worker",)}),
    ),
    clean(
        "instance-effective-tags",
        "a template by its id",
        resource(
            "aws:ec2/launchTemplate:LaunchTemplate",
            "worker",
            id="lt-1",
            tagSpecifications=[{"resourceType": "instance", "tags": TAGS}],
        ),
        group(launchTemplate={"id": "lt-1", "version": "1"}),
    ),
    found(
        "instance-effective-tags",
        "from neither",
        template(),
        group(tags=LESS, links=IN_GROUP),
        mentions="Owner",
    ),
    found(
        "instance-effective-tags",
        "volume tags only",
        template(tagSpecifications=[{"resourceType": "volume", "tags": TAGS}]),
        group(links=IN_GROUP),
    ),
    found(
        "instance-effective-tags",
        "a contradiction",
        instance_tags({**TAGS, "Environment": "prod"}),
        group(tags=ALL, links=IN_GROUP),
        mentions="Environment",
    ),
    left_open(
        "instance-effective-tags",
        "a known value of the template and an unknown one of the group",
        instance_tags(TAGS),
        group(tags=[*LESS, tag("Owner", UNKNOWN)], links=IN_GROUP),
    ),
    left_open(
        "instance-effective-tags",
        "an unknown value of the template and a known one of the group",
        instance_tags({**TAGS, "Owner": UNKNOWN}),
        group(tags=ALL, links=IN_GROUP),
    ),
    clean(
        "instance-effective-tags",
        "an unknown value of the template alone",
        instance_tags({"Owner": UNKNOWN}),
        group(tags=LESS, links=IN_GROUP),
    ),
    found(
        "instance-effective-tags",
        "a contradiction beside an unknown value",
        instance_tags({**TAGS, "Environment": "prod", "Component": UNKNOWN}),
        group(tags=ALL, links=IN_GROUP),
        mentions="Environment",
    ),
    found(
        "instance-effective-tags",
        "a contradiction in one template, an unknown value in another",
        instance_tags({**TAGS, "Component": UNKNOWN}),
        resource(
            "aws:ec2/launchTemplate:LaunchTemplate",
            "other",
            urn="other",
            tagSpecifications=[{"resourceType": "instance", "tags": {**TAGS, "Environment": "prod"}}],
        ),
        group(tags=ALL, mixedInstancesPolicy=UNKNOWN, links={"mixedInstancesPolicy": ("worker", "other")}),
        mentions="Environment",
    ),
    left_open("instance-effective-tags", "group tags unknown", group(tags=UNKNOWN)),
    left_open(
        "instance-effective-tags",
        "a template id unknown",
        instance_tags(TAGS),
        group(launchTemplate={"id": UNKNOWN}, tags=LESS),
    ),
    clean(
        "ssm-association-target-matches",
        "a propagated tag",
        group(tags=[tag("Fleet", "cpu")]),
        association(by_tag("Fleet", "cpu")),
    ),
    clean(
        "ssm-association-target-matches",
        "one of several values",
        group(tags=[tag("Fleet", "cpu")]),
        association(by_tag("Fleet", "gpu", "cpu")),
    ),
    clean(
        "ssm-association-target-matches",
        "a template tag",
        instance_tags({"Fleet": "cpu"}),
        group(links=IN_GROUP),
        association(by_tag("Fleet", "cpu")),
    ),
    clean(
        "ssm-association-target-matches",
        "an instance",
        resource("aws:ec2/instance:Instance", tags={"Fleet": "cpu"}),
        association(by_tag("Fleet", "cpu")),
    ),
    clean(
        "ssm-association-target-matches",
        "all instances",
        association({"key": "InstanceIds", "values": ["*"]}),
    ),
    clean(
        "ssm-association-target-matches",
        "a tag key",
        group(tags=[tag("Fleet", "cpu")]),
        association({"key": "tag-key", "values": ["Fleet"]}),
    ),
    clean(
        "ssm-association-target-matches",
        "the group's own name",
        group(name="cpu-fleet"),
        association(by_tag("aws:autoscaling:groupName", "cpu-fleet")),
    ),
    found(
        "ssm-association-target-matches",
        "another value",
        group(tags=[tag("Fleet", "cpu")]),
        association(by_tag("Fleet", "gpu")),
    ),
    found(
        "ssm-association-target-matches",
        "a value in another case",
        group(tags=[tag("Fleet", "cpu")]),
        association(by_tag("Fleet", "CPU")),
    ),
    found(
        "ssm-association-target-matches",
        "not propagated",
        group(tags=[tag("Fleet", "cpu", propagate=False)]),
        association(by_tag("Fleet", "cpu")),
    ),
    found(
        "ssm-association-target-matches",
        "the group's value wins",
        instance_tags({"Fleet": "cpu"}),
        group(tags=[tag("Fleet", "gpu")], links=IN_GROUP),
        association(by_tag("Fleet", "cpu")),
    ),
    found(
        "ssm-association-target-matches",
        "two tags on two groups",
        group(tags=[tag("Fleet", "cpu")]),
        resource(KIND, "other", urn="other", tags=[tag("Environment", "dev")]),
        association(by_tag("Fleet", "cpu"), by_tag("Environment", "dev")),
    ),
    found("ssm-association-target-matches", "no group at all", association(by_tag("Fleet", "cpu"))),
    left_open(
        "ssm-association-target-matches",
        "value unknown",
        group(tags=[tag("Fleet", "cpu")]),
        association(by_tag("Fleet", UNKNOWN)),
    ),
    clean(
        "asg-ecs-managed-tag",
        "declared",
        group(tags=[tag("AmazonECSManaged", "")]),
        resource("aws:ecs/capacityProvider:CapacityProvider", links={"autoScalingGroupProvider": ("fleet",)}),
    ),
    clean("asg-ecs-managed-tag", "no provider", group()),
    found(
        "asg-ecs-managed-tag",
        "by ARN",
        group(arn="arn:aws:autoscaling:::fleet"),
        resource(
            "aws:ecs/capacityProvider:CapacityProvider",
            autoScalingGroupProvider={"autoScalingGroupArn": "arn:aws:autoscaling:::fleet"},
        ),
    ),
    left_open(
        "asg-ecs-managed-tag",
        "tags unknown",
        group(tags=UNKNOWN),
        resource("aws:ecs/capacityProvider:CapacityProvider", links={"autoScalingGroupProvider": ("fleet",)}),
    ),
    clean("asg-termination-hook", "a hook beside it", group(), hook()),
    clean(
        "asg-termination-hook",
        "a hook of its own",
        group(initialLifecycleHooks=[{"lifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING"}]),
    ),
    clean("asg-termination-hook", "protected from scale-in", group(protectFromScaleIn=True)),
    clean("asg-termination-hook", "another component", group(tags=[tag("Component", "build")])),
    clean(
        "asg-termination-hook",
        "by the group's name",
        group(name="cpu"),
        hook(links={}, autoscalingGroupName="cpu"),
    ),
    found("asg-termination-hook", "no hook", group(tags=[tag("Component", "render-fleet")])),
    found(
        "asg-termination-hook",
        "a launching hook",
        group(),
        hook(lifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING"),
    ),
    found(
        "asg-termination-hook",
        "another group's hook",
        group(name="cpu"),
        hook(links={}, autoscalingGroupName="gpu"),
    ),
    left_open("asg-termination-hook", "protection unknown", group(protectFromScaleIn=UNKNOWN)),
    left_open("asg-termination-hook", "own hooks unknown", group(initialLifecycleHooks=UNKNOWN)),
    left_open(
        "asg-termination-hook",
        "the hook's group unknown",
        group(),
        hook(links={}, autoscalingGroupName=UNKNOWN),
    ),
    clean(
        "asg-tag-not-standalone",
        "somebody else's group",
        group(name="cpu"),
        resource("aws:autoscaling/tag:Tag", autoscalingGroupName="eks-nodes"),
    ),
    found(
        "asg-tag-not-standalone",
        "by name",
        group(name="cpu"),
        resource("aws:autoscaling/tag:Tag", autoscalingGroupName="cpu"),
    ),
    left_open(
        "asg-tag-not-standalone",
        "the group unknown",
        group(name="cpu"),
        resource("aws:autoscaling/tag:Tag", autoscalingGroupName=UNKNOWN),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_group(case: Case, try_case: Callable[[Case], None]):
    try_case(case)
