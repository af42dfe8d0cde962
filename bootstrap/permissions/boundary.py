"""The most that any role of a deployment may ever do: what the running service calls, on what is its own.

The boundary allows nothing by itself: a role may do what both its policies and its boundary allow. So code
that runs in the account cannot get more than this, whatever a deployment writes into its roles. Whoever may
deploy the bootstrap adds a new kind of call here first.
"""

from bootstrap.names import Names
from components.naming.store_names import StoreNames
from components.permissions import Statement, use_of_key

# Actions that know no resource (service authorization reference).
ANYWHERE = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeScalingActivities",
    "cloudwatch:PutMetricData",
    "dynamodb:ListStreams",
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:GetEndpoint",
    "ec2messages:GetMessages",
    "ec2messages:SendReply",
    "ecr:GetAuthorizationToken",
    "ssm:DescribeAssociation",
    "ssm:DescribeDocument",
    "ssm:GetDeployablePatchSnapshotForInstance",
    "ssm:GetDocument",
    "ssm:GetManifest",
    "ssm:ListAssociations",
    "ssm:ListInstanceAssociations",
    "ssm:PutComplianceItems",
    "ssm:PutConfigurePackageResult",
    "ssm:PutInventory",
    "ssm:UpdateAssociationStatus",
    "ssm:UpdateInstanceAssociationStatus",
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
ON_TABLES = (
    *("BatchGetItem", "DeleteItem", "DescribeStream", "GetItem", "GetRecords", "GetShardIterator"),
    *("PutItem", "Query", "UpdateItem"),
)
ON_QUEUES = (
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "ReceiveMessage",
    "SendMessage",
)
ON_GROUPS = (
    *("CompleteLifecycleAction", "RecordLifecycleActionHeartbeat", "SetDesiredCapacity", "SetInstanceHealth"),
    *("TerminateInstanceInAutoScalingGroup", "UpdateAutoScalingGroup"),
)
# Buckets from which Systems Manager fetches packages, documents and patch baselines, whatever the region.
PACKAGES_OF_AWS = (
    "amazon-ssm-packages-*",
    "aws-patch-manager-*",
    "aws-ssm-*",
    "patch-baseline-snapshot-*",
    "*-birdwatcher-prod",
)
PULLED = ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")


def _actions(service: str, verbs: tuple[str, ...]) -> list[str]:
    return [f"{service}:{verb}" for verb in verbs]


def boundary(names: Names) -> list[Statement]:
    """What roles of this environment may do at most."""
    of = names.deployed
    own = f"clip-it-{of.environment}-*"
    buckets = of.bucket_arn(own)
    return [
        Statement(actions=ANYWHERE, resources=["*"]),
        Statement(
            actions=_actions("autoscaling", ON_GROUPS),
            resources=[of.arn("autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{own}")],
        ),
        Statement(
            actions=_actions("dynamodb", ON_TABLES),
            resources=[of.arn("dynamodb", f"table/{own}")],
        ),
        Statement(actions=_actions("sqs", ON_QUEUES), resources=[of.arn("sqs", own)]),
        Statement(
            actions=["s3:AbortMultipartUpload", "s3:ListBucket", "s3:PutObject", "s3:PutObjectAcl"],
            resources=[buckets],
        ),
        Statement(
            actions=["s3:GetObject"],
            resources=[buckets, *(of.bucket_arn(name, "*") for name in PACKAGES_OF_AWS)],
        ),
        # What customers delete is erased; whatever else lies in the buckets stays, or expires.
        Statement(actions=["s3:ListBucketVersions"], resources=[of.bucket_arn(own)]),
        Statement(
            actions=["s3:DeleteObjectVersion"],
            resources=[
                of.bucket_arn(StoreNames.of(of).inputs, "assets/*"),
                of.bucket_arn(StoreNames.of(of).inputs, "compositions/*"),
                of.bucket_arn(StoreNames.of(of).outputs, "outputs/*"),
            ],
        ),
        use_of_key(of.arn("kms", "key/*"), StoreNames.of(of).key_alias),
        Statement(actions=["lambda:InvokeFunction"], resources=[of.arn("lambda", f"function:{own}")]),
        Statement(
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[
                of.arn("logs", f"log-group:{group}")
                for group in (f"/aws/lambda/{own}", f"/ecs/{own}", f"/clip-it/{of.environment}/*")
            ],
        ),
        Statement(
            actions=["ssm:GetParameter", "ssm:GetParameters"],
            resources=[
                of.arn("ssm", f"parameter{of.path('*')}"),
                f"arn:aws:ssm:{of.region}:*:parameter/aws/service/*",
            ],
        ),
        Statement(
            actions=["ssm:DeleteParameters", "ssm:PutParameter"],
            resources=[of.arn("ssm", f"parameter{of.path('webhook-secrets')}/*.we_*")],
        ),
        Statement(actions=_actions("ecr", PULLED), resources=[names.repository_arn]),
        # The scaler's group launches with its permissions; the role of an instance is all that it may pass.
        Statement(
            actions=["ec2:CreateTags", "ec2:RunInstances"],
            resources=[of.arn("ec2", "*"), f"arn:aws:ec2:{of.region}::*"],
        ),
        Statement(
            actions=["iam:PassRole"],
            resources=[names.global_arn(f"role/{own}")],
            conditions={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        ),
    ]
