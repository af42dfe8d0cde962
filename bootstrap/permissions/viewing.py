"""Seeing how things are set up, and nothing of what customers have stored.

A refresh reads each resource of the state. The wildcards are those of actions that read settings; AWS adds
settings to them and no data, and the data is denied beside them.
"""

from bootstrap.names import Names
from components.naming.store_names import StoreNames
from components.permissions import Statement

# Readings that know no resource, or whose resource has no name of ours.
ANYWHERE = (
    "application-autoscaling:Describe*",
    "application-autoscaling:ListTagsForResource",
    "autoscaling:Describe*",
    "cloudwatch:Describe*",
    "cloudwatch:GetDashboard",
    "cloudwatch:List*",
    "ec2:Describe*",
    "ecs:Describe*",
    "ecs:List*",
    "elasticloadbalancing:Describe*",
    "events:List*",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:List*",
    "lambda:GetEventSourceMapping",
    "lambda:List*",
    "logs:Describe*",
    "logs:ListTagsForResource",
    "route53:GetChange",
    "route53:GetHostedZone",
    "route53:List*",
    "sns:List*",
    "sqs:List*",
    "ssm:Describe*",
    "ssm:List*",
    "wafv2:GetWebACL",
    "wafv2:GetWebACLForResource",
    "wafv2:ListTagsForResource",
)
BUCKET_SETTINGS = (
    "s3:GetAccelerateConfiguration",
    "s3:GetBucket*",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
)
# The parameters of a fleet; the others are secrets.
PARAMETERS = ("agent-environment", "cloudwatch-agent")
DATA = (
    "dynamodb:BatchGetItem",
    "dynamodb:ExportTableToPointInTime",
    "dynamodb:GetItem",
    "dynamodb:GetRecords",
    "dynamodb:PartiQLSelect",
    "dynamodb:Query",
    "dynamodb:Scan",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetLogObject",
    "logs:GetLogRecord",
    "logs:GetQueryResults",
    "logs:StartLiveTail",
    "logs:StartQuery",
    "logs:Unmask",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage",
)


def viewing(names: Names) -> list[Statement]:
    """The settings of everything that is deployed."""
    deployed = names.deployed
    store, own = StoreNames.of(deployed), f"clip-it-{deployed.environment}-*"
    return [
        Statement(actions=ANYWHERE, resources=["*"]),
        Statement(
            actions=["dynamodb:Describe*", "dynamodb:ListTagsOfResource"],
            resources=[store.table_arn, f"{store.table_arn}/*"],
        ),
        Statement(actions=["events:DescribeRule"], resources=[deployed.arn("events", f"rule/{own}")]),
        Statement(
            actions=["iam:Get*", "iam:List*"],
            resources=[names.global_arn(f"{kind}/{own}") for kind in ("role", "instance-profile")],
        ),
        Statement(actions=["lambda:Get*"], resources=[deployed.arn("lambda", f"function:{own}")]),
        Statement(
            actions=BUCKET_SETTINGS,
            resources=[deployed.bucket_arn(own)],
        ),
        Statement(
            actions=["s3:GetObject", "s3:GetObjectTagging"],
            resources=[deployed.bucket_arn(store.artifacts, "*")],
        ),
        Statement(
            actions=["scheduler:Get*"], resources=[deployed.arn("scheduler", f"schedule/default/{own}")]
        ),
        Statement(actions=["sns:Get*"], resources=[deployed.arn("sns", own)]),
        Statement(actions=["sqs:GetQueueAttributes"], resources=[deployed.arn("sqs", own)]),
        Statement(actions=["ssm:GetDocument"], resources=[deployed.arn("ssm", f"document/{own}")]),
        Statement(
            actions=["ssm:GetParameter", "ssm:GetParameters"],
            resources=[deployed.arn("ssm", f"parameter{deployed.path('*', name)}") for name in PARAMETERS],
        ),
    ]


def no_data(names: Names) -> list[Statement]:
    """The denial of everything that customers or applications have stored, whatever else is allowed."""
    deployed = names.deployed
    store = StoreNames.of(deployed)
    contents = [deployed.bucket_arn(bucket, "*") for bucket in (store.inputs, store.outputs, store.logs)]
    secrets = deployed.arn("ssm", f"parameter{deployed.path('webhook-secrets/*')}")
    return [
        Statement(effect="Deny", actions=DATA, resources=["*"]),
        Statement(effect="Deny", actions=["s3:GetObject*"], resources=contents),
        Statement(effect="Deny", actions=["ssm:GetParameter*"], resources=[secrets]),
    ]
