"""What a deployment may change: what has the environment's name, and kinds without a name in its region.

No wildcard stands for what AWS will add. `tests/contracts/test_deploy_role.py` compares this with every call
that the provider of the local stack makes for the types of the program.
"""

from bootstrap.names import PREFIX, Names
from bootstrap.permissions.viewing import PARAMETERS
from components.naming.store_names import StoreNames
from components.permissions import Statement, only_keys

# Kinds whose ids AWS makes up.
UNNAMED = {
    "application-autoscaling": """DeleteScalingPolicy DeregisterScalableTarget PutScalingPolicy
        RegisterScalableTarget TagResource UntagResource""",
    "ec2": """AllocateAddress AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupEgress
        AuthorizeSecurityGroupIngress CreateFlowLogs CreateInternetGateway CreateLaunchTemplate
        CreateNatGateway CreateRoute CreateRouteTable CreateSecurityGroup CreateSubnet CreateTags CreateVpc
        CreateVpcEndpoint DeleteFlowLogs DeleteInternetGateway DeleteNatGateway DeleteRoute DeleteRouteTable
        DeleteSecurityGroup DeleteSubnet DeleteTags DeleteVpc DeleteVpcEndpoints DetachInternetGateway
        DisassociateAddress DisassociateRouteTable ModifySecurityGroupRules ModifySubnetAttribute
        ModifyVpcAttribute ModifyVpcEndpoint ReleaseAddress ReplaceRoute ReplaceRouteTableAssociation
        RevokeSecurityGroupEgress RevokeSecurityGroupIngress""",
    "elasticloadbalancing": """AddTags CreateListener CreateLoadBalancer CreateRule CreateTargetGroup
        DeleteListener DeleteLoadBalancer DeleteRule DeleteTargetGroup ModifyListener
        ModifyListenerAttributes ModifyLoadBalancerAttributes ModifyRule ModifyTargetGroup
        ModifyTargetGroupAttributes RemoveTags SetIpAddressType SetRulePriorities SetSecurityGroups SetSubnets
        SetWebACL""",
    "kms": "CreateKey",
    "logs": "CreateLogDelivery DeleteLogDelivery",
    "lambda": "CreateEventSourceMapping DeleteEventSourceMapping UpdateEventSourceMapping",
    "ssm": "CreateAssociation DeleteAssociation UpdateAssociation",
    "wafv2": """AssociateWebACL CreateWebACL DeleteWebACL DisassociateWebACL TagResource UntagResource
        UpdateWebACL""",
}
TEMPLATES = "CreateLaunchTemplateVersion DeleteLaunchTemplate ModifyLaunchTemplate"
ALIASES = "CreateAlias DeleteAlias UpdateAlias"
KEYS = f"""{ALIASES} DisableKey DisableKeyRotation EnableKey EnableKeyRotation PutKeyPolicy
    ScheduleKeyDeletion UntagResource UpdateKeyDescription"""
ALARMS = "DeleteAlarms PutCompositeAlarm PutMetricAlarm TagResource UntagResource"
GROUPS = """CancelInstanceRefresh CreateAutoScalingGroup CreateOrUpdateTags DeleteAutoScalingGroup
    DeleteLifecycleHook DeleteTags DisableMetricsCollection EnableMetricsCollection PutLifecycleHook
    ResumeProcesses StartInstanceRefresh SuspendProcesses UpdateAutoScalingGroup"""
TABLES = """CreateTable DeleteTable TagResource UntagResource UpdateContinuousBackups UpdateTable
    UpdateTimeToLive"""
SERVICES = """CreateCluster CreateService DeleteCluster DeleteService RegisterTaskDefinition TagResource
    UntagResource UpdateCluster UpdateService"""
FUNCTIONS = """CreateFunction DeleteFunction DeleteFunctionConcurrency PublishVersion PutFunctionConcurrency
    TagResource UntagResource UpdateFunctionCode UpdateFunctionConfiguration"""
LOGS = "CreateLogGroup DeleteLogGroup DeleteRetentionPolicy PutRetentionPolicy TagResource UntagResource"
BUCKETS = """CreateBucket DeleteBucket DeleteBucketPolicy DeleteObject DeleteObjectVersion ListBucketVersions
    PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging
    PutBucketVersioning PutEncryptionConfiguration PutLifecycleConfiguration PutObject PutObjectTagging"""
TOPICS = """CreateTopic DeleteTopic SetSubscriptionAttributes SetTopicAttributes Subscribe TagResource
    Unsubscribe UntagResource"""
DOCUMENTS = """AddTagsToResource CreateDocument DeleteDocument RemoveTagsFromResource UpdateDocument
    UpdateDocumentDefaultVersion"""
PROFILES = """AddRoleToInstanceProfile CreateInstanceProfile DeleteInstanceProfile
    RemoveRoleFromInstanceProfile TagInstanceProfile UntagInstanceProfile"""
# Services to which a deployment hands roles, and those that make their own in an account the first time.
PASSED_TO = ("ec2", "ecs-tasks", "lambda", "scheduler")
LINKED_TO = (*("autoscaling", "ecs", "ecs.application-autoscaling", "elasticloadbalancing", "spot"),)


def _actions(service: str, verbs: str) -> list[str]:
    return [f"{service}:{verb}" for verb in verbs.split()]


def unnamed(names: Names) -> list[Statement]:
    """Kinds whose ids AWS makes up, in this region only; for launch templates and keys, by their tags."""
    of = names.deployed
    tags = {"aws:ResourceTag/Project": "clip-it", "aws:ResourceTag/Environment": of.environment}
    keys = [of.arn("kms", "key/*")]
    return [
        Statement(
            actions=[action for service, verbs in UNNAMED.items() for action in _actions(service, verbs)],
            resources=["*"],
            conditions={"StringEquals": {"aws:RequestedRegion": of.region}},
        ),
        Statement(actions=["route53:ChangeResourceRecordSets"], resources=["arn:aws:route53:::hostedzone/*"]),
        # ECS knows no resource here; a definition that is gone starts no new task, and that is all.
        Statement(actions=["ecs:DeregisterTaskDefinition"], resources=["*"]),
        Statement(
            actions=_actions("ec2", TEMPLATES),
            resources=[of.arn("ec2", "launch-template/*")],
            conditions={"StringEquals": tags},
        ),
        *_launching(names),
        Statement(actions=_actions("kms", KEYS), resources=keys, conditions={"StringEquals": tags}),
        # A key gets its tags as it is made, so there are none yet that a condition could ask for.
        Statement(
            actions=["kms:TagResource"],
            resources=keys,
            conditions={"StringEquals": {"aws:RequestTag/Environment": of.environment}},
        ),
        Statement(
            actions=_actions("kms", ALIASES), resources=[of.arn("kms", f"alias/clip-it-{of.environment}-*")]
        ),
    ]


def _launching(names: Names) -> list[Statement]:
    """A group is made and changed only by somebody who may launch from its template."""
    of = names.deployed
    return [
        Statement(
            actions=["ec2:RunInstances"],
            resources=[of.arn("ec2", "*"), f"arn:aws:ec2:{of.region}::*"],
            conditions={"ArnLike": {"ec2:LaunchTemplate": of.arn("ec2", "launch-template/*")}},
        ),
        Statement(
            actions=["ssm:GetParameters"], resources=[f"arn:aws:ssm:{of.region}:*:parameter/aws/service/*"]
        ),
    ]


def named(names: Names) -> list[Statement]:
    """Kinds whose names begin with those of the environment."""
    of = names.deployed
    own = f"clip-it-{of.environment}-*"

    def may(service: str, verbs: str, *resources: str) -> Statement:
        return Statement(
            actions=_actions(service, verbs), resources=[of.arn(service, one) for one in resources]
        )

    return [
        may("autoscaling", GROUPS, f"autoScalingGroup:*:autoScalingGroupName/{own}"),
        may("cloudwatch", ALARMS, f"alarm:{own}"),
        Statement(
            actions=_actions("cloudwatch", "DeleteDashboards PutDashboard"),
            resources=[f"arn:aws:cloudwatch::{of.account_id}:dashboard/{own}"],
        ),
        may("dynamodb", TABLES, f"table/{own}"),
        may("ecs", SERVICES, *(f"{kind}/{own}" for kind in ("cluster", "service", "task-definition"))),
        may("events", "DeleteRule PutRule PutTargets RemoveTargets TagResource UntagResource", f"rule/{own}"),
        may("lambda", FUNCTIONS, f"function:{own}"),
        may(
            "logs",
            LOGS,
            *(f"log-group:{place}{own}" for place in ("/aws/lambda/", "/ecs/")),
            f"log-group:{of.path('*')}",
        ),
        Statement(actions=_actions("s3", BUCKETS), resources=[of.bucket_arn(own)]),
        may("scheduler", "CreateSchedule DeleteSchedule UpdateSchedule", f"schedule/default/{own}"),
        may("sns", TOPICS, own),
        may("sqs", "CreateQueue DeleteQueue SetQueueAttributes TagQueue UntagQueue", own),
        may("ssm", DOCUMENTS, f"document/{own}"),
        may(
            "ssm",
            "AddTagsToResource DeleteParameter PutParameter RemoveTagsFromResource",
            *(f"parameter{of.path('*', name)}" for name in PARAMETERS),
        ),
    ]


def trying(names: Names) -> list[Statement]:
    """The workers that `clipit deploy` waits for, and the key and secret that `clipit smoke` makes."""
    of = names.deployed
    store, secret = StoreNames.of(of), of.path("webhook-secrets", "smoke")
    return [
        Statement(
            actions=["dynamodb:PutItem", "dynamodb:UpdateItem"],
            resources=[store.table_arn],
            conditions=only_keys("KEY#*"),
        ),
        Statement(
            actions=["dynamodb:Query"],
            resources=[store.index_arn("by-state")],
            conditions=only_keys("WORKER#*"),
        ),
        Statement(actions=["ssm:PutParameter"], resources=[of.arn("ssm", f"parameter{secret}")]),
    ]


def roles(names: Names) -> list[Statement]:
    """Roles of the environment only, made and given policies only within the boundary."""
    own = f"clip-it-{names.deployed.environment}-*"
    mine = [names.global_arn(f"role/{own}")]
    return [
        Statement(
            actions=_actions("iam", "CreateRole DeleteRolePolicy PutRolePermissionsBoundary PutRolePolicy"),
            resources=mine,
            conditions={"StringEquals": {"iam:PermissionsBoundary": names.boundary_arn}},
        ),
        Statement(
            actions=_actions("iam", "DeleteRole TagRole UntagRole UpdateAssumeRolePolicy UpdateRole"),
            resources=mine,
        ),
        Statement(actions=_actions("iam", PROFILES), resources=[names.global_arn(f"instance-profile/{own}")]),
        Statement(
            actions=["iam:PassRole"],
            resources=mine,
            conditions={"StringEquals": {"iam:PassedToService": [f"{it}.amazonaws.com" for it in PASSED_TO]}},
        ),
        Statement(
            actions=["iam:CreateServiceLinkedRole"],
            resources=[names.global_arn("role/aws-service-role/*")],
            conditions={"StringEquals": {"iam:AWSServiceName": [f"{it}.amazonaws.com" for it in LINKED_TO]}},
        ),
    ]


def untouchable(names: Names) -> list[Statement]:
    """The denial of whatever would lift the boundary, or change the bootstrap's roles and state bucket."""
    kinds = ("role", "policy")
    bucket = names.state_bucket
    return [
        Statement(effect="Deny", actions=["iam:DeleteRolePermissionsBoundary"], resources=["*"]),
        Statement(
            effect="Deny",
            actions=["iam:*"],
            resources=[
                *(names.global_arn(f"{kind}/{PREFIX}-*") for kind in kinds),
                names.identity_provider_arn,
            ],
        ),
        Statement(
            effect="Deny",
            actions=["s3:DeleteBucket*", "s3:DeleteObjectVersion", "s3:PutBucket*", "s3:Put*Configuration"],
            resources=[names.own.bucket_arn(bucket), names.own.bucket_arn(bucket, "*")],
        ),
    ]
