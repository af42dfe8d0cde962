"""Rates changes: what is lost with a resource, which protection an update removes, what rolls."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cli.impact.preview import Action, Change

_NO_ANSWER = "the API does not answer until then"
_NO_WAY = "what is behind it cannot be reached until then"

LOST_WITH: Mapping[str, str] = {
    "aws:autoscaling/group:Group": "its instances end, and the renders on them start over",
    "aws:budgets/budget:Budget": "nobody hears what the account costs until then",
    "aws:cloudwatch/logGroup:LogGroup": "its logs are gone",
    "aws:dynamodb/table:Table": "all jobs and API keys are gone",
    "aws:ec2/eip:Eip": "the address that receivers may have allowed is gone",
    "aws:ec2/internetGateway:InternetGateway": _NO_WAY,
    "aws:ec2/natGateway:NatGateway": _NO_WAY,
    "aws:ec2/route:Route": _NO_WAY,
    "aws:ec2/routeTable:RouteTable": _NO_WAY,
    "aws:ec2/securityGroup:SecurityGroup": "what it allowed is refused until then",
    "aws:ec2/subnet:Subnet": "what runs in it ends",
    "aws:ec2/vpc:Vpc": "what runs in it ends",
    "aws:ec2/vpcEndpoint:VpcEndpoint": _NO_WAY,
    "aws:ecr/repository:Repository": "its images are gone, and no task can start",
    "aws:ecs/cluster:Cluster": _NO_ANSWER,
    "aws:ecs/service:Service": _NO_ANSWER,
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "no workflow can take a role until then",
    "aws:iam/policy:Policy": "what it allowed is refused until then",
    "aws:iam/role:Role": "what runs under it is refused until then",
    "aws:kms/key:Key": "what it encrypted can no longer be read",
    "aws:lambda/eventSourceMapping:EventSourceMapping": "changes until then may be missed",
    "aws:lambda/function:Function": "nothing handles its events until then",
    "aws:lb/listener:Listener": _NO_ANSWER,
    "aws:lb/loadBalancer:LoadBalancer": _NO_ANSWER,
    "aws:lb/targetGroup:TargetGroup": _NO_ANSWER,
    "aws:route53/record:Record": "the name of the API does not resolve until then",
    "aws:s3/bucket:Bucket": "its files are gone",
    "aws:sns/topic:Topic": "its subscriptions are gone, and nobody receives alarms",
    "aws:sns/topicSubscription:TopicSubscription": "the address receives no alarms until it confirms again",
    "aws:sqs/queue:Queue": "its messages are gone",
    "aws:wafv2/webAcl:WebAcl": "the API has no firewall until then",
    "aws:wafv2/webAclAssociation:WebAclAssociation": "the API has no firewall until then",
}
"""What is lost when a resource of a type is deleted, also as the first half of a replacement."""

REBUILT = frozenset(
    {
        "aws:appautoscaling/policy:Policy",
        "aws:appautoscaling/target:Target",
        "aws:autoscaling/lifecycleHook:LifecycleHook",
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        "aws:cloudwatch/dashboard:Dashboard",
        "aws:cloudwatch/eventRule:EventRule",
        "aws:cloudwatch/eventTarget:EventTarget",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "aws:ec2/flowLog:FlowLog",
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        "aws:ecs/taskDefinition:TaskDefinition",
        "aws:iam/instanceProfile:InstanceProfile",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:kms/alias:Alias",
        "aws:lb/listenerRule:ListenerRule",
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "aws:s3/bucketObjectv2:BucketObjectv2",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:s3/bucketVersioning:BucketVersioning",
        "aws:scheduler/schedule:Schedule",
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:ssm/association:Association",
        "aws:ssm/document:Document",
        "aws:ssm/parameter:Parameter",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "pulumi:providers:aws",
    }
)
"""Types that hold nothing but what the program states, so that a deployment makes them again."""

_SAFE = {
    "deletionProtectionEnabled": True,
    "enableDeletionProtection": True,
    "pointInTimeRecovery.enabled": True,
    "versioningConfiguration.status": "Enabled",
    "forceDestroy": False,
    "forceDelete": False,
}
"""Inputs that guard data, with the value that does."""

_KEPT = ("retentionInDays", "messageRetentionSeconds", "deletionWindowInDays")
"""Inputs that say how long data is kept; 0 or none means forever."""

_ONE_BY_ONE = "every instance is replaced, one after the other"
_ROLLS = {
    (
        "aws:autoscaling/group:Group",
        "mixedInstancesPolicy",
    ): _ONE_BY_ONE,
    ("aws:autoscaling/group:Group", "launchTemplate"): _ONE_BY_ONE,
    ("aws:ecs/service:Service", "taskDefinition"): "every task is replaced; the old ones drain",
    ("aws:ssm/association:Association", "parameters"): "every instance runs its document again",
    ("aws:ssm/association:Association", "documentVersion"): "every instance runs its document again",
    ("aws:ssm/document:Document", "content"): "every instance runs it again",
}


class Impact(StrEnum):
    """The severity of a change, the most severe first."""

    DANGER = "danger"
    ROLLS = "rolls"
    ROUTINE = "routine"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A change with its impact and the reason, which is empty for routine."""

    change: Change
    impact: Impact
    reason: str = ""


def judge(change: Change) -> Judged:
    """Rate a change and say why; an unknown type counts as danger."""
    for impact, reason in ((Impact.DANGER, _danger(change)), (Impact.ROLLS, _rolls(change))):
        if reason:
            return Judged(change=change, impact=impact, reason=reason)
    return Judged(change=change, impact=Impact.ROUTINE)


def _danger(change: Change) -> str:
    if change.action in {Action.DELETE, Action.REPLACE}:
        if change.type in REBUILT:
            return ""
        return LOST_WITH.get(change.type, "it is not known what is lost with this type")
    return _lifted(change) if change.action is Action.UPDATE else ""


def _lifted(change: Change) -> str:
    """Name the guard that an update lifts, or the time for which less is kept."""
    for path, safe in _SAFE.items():
        if _at(change.before, path) == safe != _at(change.after, path):
            return f"`{path}` no longer guards it"
    before, after = _kept(change.before), _kept(change.after)
    for name, most in after.items():
        if most < before.get(name, math.inf):
            return f"`{name}` goes from {before.get(name, 'forever')} to {most}; older data is deleted"
    return ""


def _kept(inputs: Mapping[str, object]) -> dict[str, float]:
    """How long each kind of data is kept; the rules of a bucket are named by their ids."""
    kept = {name: inputs.get(name) for name in _KEPT}
    rules = inputs.get("rules")
    for rule in rules if isinstance(rules, list) else ():
        if isinstance(rule, dict) and rule.get("status") == "Enabled":
            kept[f"expiration.days of {rule.get('id')}"] = _at(rule, "expiration.days")
    return {name: most for name, most in kept.items() if isinstance(most, int | float) and most}


def _at(inputs: Mapping[str, object], path: str) -> object:
    found: object = inputs
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _rolls(change: Change) -> str:
    if change.action is not Action.UPDATE:
        return ""
    return next(
        (why for (kind, name), why in _ROLLS.items() if kind == change.type and name in change.because), ""
    )
