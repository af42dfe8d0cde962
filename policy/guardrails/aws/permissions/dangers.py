"""Actions that, on every resource, give away the account: its privileges, its credentials, its data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guardrails.aws.permissions.reach import reaches
from guardrails.resources.documents import Statement

# Each line is one way to higher privileges, the actions that it takes together (Rhino Security Labs, "AWS IAM
# Privilege Escalation", and pathfinding.cloud). What goes by iam:PassRole is judged by the roles passed.
ESCALATING = """
iam:CreateAccessKey
iam:UpdateAccessKey
iam:CreateLoginProfile
iam:UpdateLoginProfile
iam:CreateServiceSpecificCredential
iam:ResetServiceSpecificCredential
iam:AddUserToGroup
iam:CreatePolicyVersion
iam:SetDefaultPolicyVersion
iam:AttachUserPolicy
iam:AttachGroupPolicy
iam:AttachRolePolicy
iam:PutUserPolicy
iam:PutGroupPolicy
iam:PutRolePolicy
iam:UpdateAssumeRolePolicy
iam:DeleteRolePermissionsBoundary
iam:DeleteUserPermissionsBoundary
iam:PutRolePermissionsBoundary
iam:PutUserPermissionsBoundary
codestar:CreateProjectFromTemplate
codestar:CreateProject codestar:AssociateTeamMember
glue:UpdateDevEndpoint
lambda:UpdateFunctionCode
sagemaker:CreatePresignedNotebookInstanceUrl
ssm:SendCommand
ssm:StartSession
ecs:ExecuteCommand
ec2-instance-connect:SendSSHPublicKey
cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet
ec2:ModifyInstanceAttribute ec2:StopInstances ec2:StartInstances
ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate
"""
# Actions whose answer is a credential; ecr:GetAuthorizationToken takes no resource but the star.
CREDENTIALS = """
airflow:CreateCliToken airflow:CreateWebLoginToken appsync:CreateApiKey chime:CreateApiKey
cloud9:CreateEnvironmentToken codeartifact:GetAuthorizationToken codepipeline:PollForJobs
cognito-identity:GetOpenIdToken cognito-identity:GetOpenIdTokenForDeveloperIdentity
cognito-identity:GetCredentialsForIdentity connect:GetFederationToken connect:GetFederationTokens
ec2:GetPasswordData emr-containers:GetManagedEndpointSessionCredentials
gamelift:GetInstanceAccess gamelift:RequestUploadCredentials grafana:CreateWorkspaceApiKey
iam:CreateAccessKey iam:CreateLoginProfile iam:CreateServiceSpecificCredential
iam:ResetServiceSpecificCredential iam:UpdateAccessKey lightsail:CreateBucketAccessKey
lightsail:DownloadDefaultKeyPair lightsail:GetInstanceAccessDetails
lightsail:GetRelationalDatabaseMasterUserPassword mediapackage:RotateChannelCredentials
mediapackage:RotateIngestEndpointCredentials rds-db:Connect redshift:GetClusterCredentials
redshift:GetClusterCredentialsWithIAM redshift-serverless:GetCredentials sso:GetRoleCredentials
sts:AssumeRole sts:AssumeRoleWithSAML sts:AssumeRoleWithWebIdentity sts:GetFederationToken sts:GetSessionToken
"""
# Actions whose answer is what somebody has stored, or makes it readable.
DATA = """
s3:GetObject s3:GetObjectVersion ssm:GetParameter ssm:GetParameters ssm:GetParametersByPath
ssm:GetParameterHistory secretsmanager:GetSecretValue secretsmanager:BatchGetSecretValue
kms:Decrypt kms:ReEncryptFrom dynamodb:GetItem dynamodb:BatchGetItem dynamodb:Query dynamodb:Scan
dynamodb:PartiQLSelect dynamodb:ExportTableToPointInTime kinesis:GetRecords sqs:ReceiveMessage
rds:CopyDBSnapshot rds:CreateDBSnapshot
"""
# Actions that let others in: resource policies, grants, public access.
SHARING = """
s3:PutBucketPolicy s3:PutBucketAcl s3:PutObjectAcl s3:PutBucketPublicAccessBlock
s3:PutAccountPublicAccessBlock s3:DeleteBucketPolicy kms:CreateGrant kms:PutKeyPolicy
secretsmanager:PutResourcePolicy sqs:AddPermission sns:AddPermission lambda:AddPermission
lambda:AddLayerVersionPermission ecr:SetRepositoryPolicy ec2:ModifySnapshotAttribute
ec2:ModifyImageAttribute rds:ModifyDBSnapshotAttribute ssm:ModifyDocumentPermission
"""
WAYS = tuple(tuple(line.split()) for line in ESCALATING.strip().splitlines())
KINDS = (
    ("may raise its own privileges", WAYS),
    ("may get credentials", tuple((action,) for action in CREDENTIALS.split())),
    ("may read all data", tuple((action,) for action in DATA.split())),
    ("may give others access", tuple((action,) for action in SHARING.split())),
)
SHOWN = 4


def dangers(document: Sequence[Statement]) -> Iterator[tuple[str, str]]:
    """What the statements of a document together allow on everything: observed, and expected instead."""
    for what, ways in KINDS:
        open_ways = [way for way in ways if all(_reached(document, action) for action in way)]
        named = [" with ".join(way) for way in open_ways]
        if named:
            more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
            yield (
                f"{what} by {', '.join(named[:SHOWN])}{more} on every resource",
                "named resources, or a condition on them",
            )


def _reached(document: Sequence[Statement], action: str) -> bool:
    return any(reaches(statement, action) for statement in document)
