"""Tables, buckets, keys, permissions, documents, parameters, logs, alarms and topics."""

import json
from collections.abc import Callable

import pytest

from tests.policy.cases import UNKNOWN, Case, allow, clean, document, found, left_open, resource, tag

BUCKET = "aws:s3/bucket:Bucket"
RANDOM = "urn:pulumi:dev::clip-it::random:index/randomId:RandomId::name"
OTHER = f"urn:pulumi:dev::clip-it::clip-it:components:Store${BUCKET}::other"
IN_BUCKET = {"bucket": ("b",)}
NO_TLS = {"Bool": {"aws:SecureTransport": "false"}}
DENY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
    "Condition": NO_TLS,
}
SWITCHES = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
GROUP_ARN = "arn:aws:autoscaling:eu-central-1:1:autoScalingGroup:*:autoScalingGroupName/"


def table(**changed: object):
    good = {
        "pointInTimeRecovery": {"enabled": True},
        "deletionProtectionEnabled": True,
        "serverSideEncryption": {"enabled": True},
        "billingMode": "PAY_PER_REQUEST",
    }
    return resource("aws:dynamodb/table:Table", "jobs", **{**good, **changed})


def bucket(label: str = "b", **props: object):
    return resource(BUCKET, label, **{"urn": "b", **props})


def of_bucket(kind: str, **props: object):
    return resource(f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}", kind, **{"links": IN_BUCKET, **props})


def blocked(**changed: object):
    return of_bucket("BucketPublicAccessBlock", **{**dict.fromkeys(SWITCHES, True), **changed})


def owned(how: object = "BucketOwnerEnforced", **props: object):
    return of_bucket("BucketOwnershipControls", rule={"objectOwnership": how}, **props)


def policy_of_bucket(*statements: object):
    return of_bucket("BucketPolicy", policy=document(*statements))


def encrypted(**props: object):
    default = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
    return of_bucket("BucketServerSideEncryptionConfiguration", **{"rules": [default], **props})


def tidy(status: str = "Enabled", **props: object):
    rule = {"status": status, "abortIncompleteMultipartUpload": {"daysAfterInitiation": 3.0}}
    return of_bucket("BucketLifecycleConfiguration", **{"rules": [rule], **props})


def versioned(status: object = "Enabled"):
    return of_bucket("BucketVersioning", versioningConfiguration={"status": status})


def granted(*statements: object):
    return resource("aws:iam/rolePolicy:RolePolicy", "may", policy=document(*statements))


def trusted(principal: object, **more: object):
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **more}
    return resource("aws:iam/role:Role", "role", assumeRolePolicy=document(statement))


def key(**changed: object):
    return resource(
        "aws:kms/key:Key", "key", **{"enableKeyRotation": True, "deletionWindowInDays": 30.0, **changed}
    )


def association(**changed: object):
    good = {
        "complianceSeverity": "HIGH",
        "maxErrors": "10%",
        "maxConcurrency": "2",
        "scheduleExpression": "rate(30 minutes)",
        "outputLocation": {"s3BucketName": UNKNOWN},
        "documentVersion": UNKNOWN,
    }
    return resource("aws:ssm/association:Association", "boot", **{**good, **changed})


def parameter(name: object, kind: object = "String"):
    return resource("aws:ssm/parameter:Parameter", "p", name=name, type=kind, value="hunter2")


def logs(**props: object):
    return resource("aws:cloudwatch/logGroup:LogGroup", "logs", **props)


def alarm(kind: str = "metricAlarm:MetricAlarm", **changed: object):
    good = {
        "alarmActions": [UNKNOWN],
        "treatMissingData": "breaching",
        "alarmDescription": "Too old. https://docs.example.com/runbooks/queue-old",
    }
    return resource(f"aws:cloudwatch/{kind}", "old", **{**good, **changed})


def topic(**props: object):
    return resource("aws:sns/topic:Topic", "alarms", **{"kmsMasterKeyId": UNKNOWN, **props})


def policy_of_topic(*statements: object):
    return resource("aws:sns/topicPolicy:TopicPolicy", "alarms", policy=document(*statements))


def attached(policy: str):
    return resource(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment", policyArn=f"arn:aws:iam::aws:policy/{policy}"
    )


ACTIONS = "token.actions.githubusercontent.com"
GITHUB = f"arn:aws:iam::123456789012:oidc-provider/{ACTIONS}"
SERVICE = {"Service": "ec2.amazonaws.com"}
PRIVATE, SECURE, KEPT, STAR, SCALER = (
    "s3-private",
    "s3-tls-and-encryption",
    "s3-lifecycle-versioning",
    "iam-no-star",
    "scaler-least-privilege",
)
PRIVATE_REST = (blocked(), owned())
SOME = {
    "status": "Enabled",
    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 3.0},
    "filter": {"prefix": "tmp/"},
}
CASES: list[Case] = [
    clean("dynamodb-durable", "all", table()),
    clean(
        "dynamodb-durable",
        "autoscaled",
        table(billingMode="PROVISIONED", ignored=("readCapacity", "write_capacity")),
    ),
    found(
        "dynamodb-durable", "no recovery", table(pointInTimeRecovery={"enabled": False}), mentions="restored"
    ),
    found("dynamodb-durable", "no protection", table(deletionProtectionEnabled=None), mentions="deleted"),
    clean("dynamodb-durable", "a key of AWS", table(serverSideEncryption=None)),
    found(
        "dynamodb-durable",
        "a key of AWS where one of the account is demanded",
        table(serverSideEncryption=None),
        mentions="is encrypted with a key that is not the account's",
        kmsKey=True,
    ),
    found("dynamodb-durable", "provisioned", table(billingMode="PROVISIONED"), mentions="capacity"),
    found("dynamodb-durable", "no billing mode", table(billingMode=None)),
    found(
        "dynamodb-durable",
        "one unknown, one off",
        table(pointInTimeRecovery=UNKNOWN, deletionProtectionEnabled=False),
    ),
    left_open("dynamodb-durable", "unknown", table(deletionProtectionEnabled=UNKNOWN)),
    clean(PRIVATE, "complete", bucket(acl=UNKNOWN, policy=UNKNOWN), *PRIVATE_REST),
    clean(PRIVATE, "by name", bucket(bucket="x"), blocked(links={}, bucket="x"), owned(links={}, bucket="x")),
    clean(PRIVATE, "older spelling", resource("aws:s3/bucketV2:BucketV2", urn="b"), *PRIVATE_REST),
    clean(
        PRIVATE,
        "a policy for one account",
        bucket(),
        *PRIVATE_REST,
        policy_of_bucket(allow("s3:GetObject", Principal={"AWS": "1"})),
    ),
    clean(
        PRIVATE,
        "everybody of an organization",
        bucket(),
        *PRIVATE_REST,
        policy_of_bucket(
            allow("s3:GetObject", Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})
        ),
    ),
    clean(PRIVATE, "everybody denied", bucket(), *PRIVATE_REST, policy_of_bucket(DENY)),
    found(PRIVATE, "no block", bucket(), owned(), mentions="block all"),
    *(
        found(PRIVATE, f"without {switch}", bucket(), owned(), blocked(**{switch: False}))
        for switch in SWITCHES
    ),
    found(PRIVATE, "one switch not stated", bucket(), owned(), blocked(ignorePublicAcls=None)),
    found(PRIVATE, "another bucket's block", bucket(bucket="x"), owned(), blocked(links={}, bucket="y")),
    found(
        PRIVATE,
        "two blocks, one of them open",
        bucket(),
        owned(),
        blocked(urn="one"),
        blocked(urn="two", restrictPublicBuckets=False),
        mentions="block all",
    ),
    clean(
        PRIVATE,
        "an ACL that a preview cannot know whole",
        bucket(),
        *PRIVATE_REST,
        of_bucket("BucketAcl", acl="private", accessControlPolicy=UNKNOWN),
    ),
    left_open(
        PRIVATE,
        "an ACL that is not known",
        bucket(),
        *PRIVATE_REST,
        of_bucket("BucketAcl", acl=UNKNOWN, links={**IN_BUCKET, "acl": ("x",)}),
        resource("aws:ssm/parameter:Parameter", "x", urn="x"),
    ),
    found(PRIVATE, "no ownership", bucket(), blocked(), mentions="own"),
    found(PRIVATE, "ownership preferred", bucket(), blocked(), owned("BucketOwnerPreferred")),
    found(PRIVATE, "a public ACL", bucket(acl="public-read"), *PRIVATE_REST, mentions="ACL"),
    found(
        PRIVATE,
        "a public ACL beside",
        bucket(),
        *PRIVATE_REST,
        of_bucket("BucketAcl", acl="public-read-write"),
    ),
    found(
        PRIVATE,
        "a public grant",
        bucket(),
        *PRIVATE_REST,
        of_bucket(
            "BucketAclV2",
            accessControlPolicy={
                "grants": [{"grantee": {"uri": "http://acs.amazonaws.com/groups/global/AllUsers"}}]
            },
        ),
    ),
    found(
        PRIVATE,
        "a public policy",
        bucket(),
        *PRIVATE_REST,
        policy_of_bucket(allow("s3:GetObject", Principal="*")),
        mentions="policy",
    ),
    found(
        PRIVATE,
        "a public policy that demands TLS",
        bucket(),
        *PRIVATE_REST,
        policy_of_bucket(
            allow("s3:GetObject", Principal={"AWS": "*"}, Condition={"Bool": {"aws:SecureTransport": "true"}})
        ),
    ),
    found(
        PRIVATE,
        "a public policy for every address",
        bucket(),
        *PRIVATE_REST,
        policy_of_bucket(
            allow("s3:GetObject", Principal="*", Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})
        ),
    ),
    left_open(PRIVATE, "block of an unknown bucket", bucket(), owned(), blocked(links={}, bucket=UNKNOWN)),
    left_open(
        PRIVATE,
        "block of a bucket whose name both get from elsewhere",
        bucket(bucket=UNKNOWN, links={"bucket": (RANDOM,)}),
        owned(),
        blocked(bucket=UNKNOWN, links={"bucket": (RANDOM,)}),
        resource("random:index/randomId:RandomId", "name", urn=RANDOM),
    ),
    found(
        PRIVATE,
        "block of a bucket that is another resource",
        bucket(),
        owned(),
        blocked(bucket=UNKNOWN, links={"bucket": (OTHER,)}),
        resource(BUCKET, "other", urn=OTHER),
        mentions="b: does not block",
    ),
    left_open(PRIVATE, "policy unknown", bucket(), *PRIVATE_REST, of_bucket("BucketPolicy", policy=UNKNOWN)),
    clean(SECURE, "complete", bucket(), policy_of_bucket(DENY), encrypted()),
    clean(
        SECURE,
        "encrypted inline",
        bucket(serverSideEncryptionConfiguration={"rule": {"x": 1.0}}),
        policy_of_bucket(DENY),
    ),
    clean(
        SECURE,
        "a single statement",
        bucket(),
        of_bucket("BucketPolicy", policy=json.dumps({"Statement": DENY})),
        encrypted(),
    ),
    found(SECURE, "nothing", bucket()),
    found(SECURE, "no policy", bucket(), encrypted(), mentions="TLS"),
    found(
        SECURE,
        "a policy about something else",
        bucket(),
        encrypted(),
        policy_of_bucket(allow("s3:GetObject", Principal={"AWS": "1"})),
    ),
    found(
        SECURE,
        "no encryption",
        bucket(serverSideEncryptionConfiguration=UNKNOWN),
        policy_of_bucket(DENY),
        mentions="encryption",
    ),
    found(
        SECURE,
        "encryption without algorithm",
        bucket(),
        policy_of_bucket(DENY),
        encrypted(rules=[{"bucketKeyEnabled": True}]),
    ),
    clean(
        SECURE,
        "a denial for each of both",
        bucket(),
        encrypted(),
        policy_of_bucket({**DENY, "Resource": "arn:aws:s3:::b"}, {**DENY, "Resource": "arn:aws-cn:s3:::b/*"}),
    ),
    clean(
        SECURE,
        "a denial for all that begins so",
        bucket(),
        encrypted(),
        policy_of_bucket({**DENY, "Resource": "arn:aws:s3:::b*"}),
    ),
    clean(SECURE, "everything denied", bucket(), encrypted(), policy_of_bucket({**DENY, "Resource": "*"})),
    clean(
        SECURE,
        "encryption inline, from another resource",
        bucket(
            serverSideEncryptionConfiguration=UNKNOWN, links={"serverSideEncryptionConfiguration": ("k",)}
        ),
        resource("aws:kms/key:Key", "k", urn="k"),
        policy_of_bucket(DENY),
    ),
    clean(
        SECURE,
        "inline in the older spelling",
        resource(
            "aws:s3/bucketV2:BucketV2",
            urn="b",
            serverSideEncryptionConfigurations=[
                {"rules": [{"applyServerSideEncryptionByDefaults": [{"sseAlgorithm": "AES256"}]}]}
            ],
        ),
        policy_of_bucket(DENY),
    ),
    *(
        found(
            SECURE, f"{what} alone denied", bucket(), encrypted(), policy_of_bucket({**DENY, "Resource": on})
        )
        for what, on in (
            ("the objects", "arn:aws:s3:::b/*"),
            ("the bucket", "arn:aws:s3:::b"),
            ("the bucket and some objects", ["arn:aws:s3:::b", "arn:aws:s3:::b/outputs/*"]),
        )
    ),
    found(
        SECURE,
        "TLS in each permission, no denial",
        bucket(),
        encrypted(),
        policy_of_bucket(
            allow(
                "s3:GetObject",
                "arn:aws:s3:::b/*",
                Principal=SERVICE,
                Condition={"Bool": {"aws:SecureTransport": "true"}},
            )
        ),
    ),
    found(
        SECURE,
        "a denial with a second condition",
        bucket(),
        encrypted(),
        policy_of_bucket({**DENY, "Condition": {**NO_TLS, "NumericLessThan": {"s3:TlsVersion": "1.2"}}}),
        mentions="TLS",
    ),
    left_open(SECURE, "policy unknown", bucket(), encrypted(), of_bucket("BucketPolicy", policy=UNKNOWN)),
    clean(KEPT, "inputs", bucket("inputs"), tidy()),
    clean(KEPT, "outputs", bucket("outputs"), tidy(), versioned()),
    clean(
        KEPT,
        "inline",
        bucket(
            "outputs",
            versioning={"enabled": True},
            lifecycleRules=[{"enabled": True, "abortIncompleteMultipartUploadDays": 1.0}],
        ),
    ),
    clean(
        KEPT, "destroyed where allowed", bucket("inputs", forceDestroy=True), tidy(), allowForceDestroy=True
    ),
    clean(
        KEPT,
        "all inline in the older spelling",
        resource(
            "aws:s3/bucketV2:BucketV2",
            "outputs",
            versionings=[{"enabled": True}],
            lifecycleRules=[{"enabled": True, "abortIncompleteMultipartUploadDays": 3.0}],
        ),
    ),
    clean(
        KEPT,
        "versioned, tags unknown",
        bucket("store", tags=UNKNOWN, tagsAll=UNKNOWN),
        tidy(),
        versioned(),
    ),
    left_open(
        KEPT,
        "inline rules from another resource",
        bucket("inputs", lifecycleRules=UNKNOWN, links={"lifecycleRules": ("rules",)}),
        resource("clip-it:components:Rules", "rules", urn="rules"),
    ),
    left_open(
        KEPT,
        "inline versions from another resource",
        bucket("outputs", versioning=UNKNOWN, links={"versioning": ("rules",)}),
        tidy(),
        resource("clip-it:components:Rules", "rules", urn="rules"),
    ),
    found(KEPT, "no lifecycle", bucket("inputs"), mentions="unfinished"),
    found(KEPT, "a rule for some objects", bucket("inputs"), tidy(rules=[SOME])),
    found(
        KEPT,
        "a rule for some objects inline",
        bucket(
            "inputs",
            lifecycleRules=[{"enabled": True, "abortIncompleteMultipartUploadDays": 1.0, "prefix": "a/"}],
        ),
    ),
    clean(
        KEPT,
        "a rule for all objects by an empty filter",
        bucket("inputs"),
        tidy(rules=[{**SOME, "filter": {"prefix": ""}}]),
    ),
    found(KEPT, "a rule that is off", bucket("inputs"), tidy("Disabled")),
    found(
        KEPT,
        "a rule about something else",
        bucket("inputs"),
        tidy(rules=[{"status": "Enabled", "expiration": {"days": 9.0}}]),
    ),
    found(KEPT, "outputs without versions", bucket("outputs"), tidy(), mentions="versions"),
    found(KEPT, "outputs by tag", bucket("store", tags={"Component": "job-store"}), tidy()),
    found(KEPT, "outputs by name", bucket("store", bucket="clip-it-outputs-1"), tidy()),
    found(
        KEPT,
        "versions enabled and suspended",
        bucket("outputs"),
        tidy(),
        versioned(),
        of_bucket("BucketVersioning", urn="again", versioningConfiguration={"status": "Suspended"}),
    ),
    found(KEPT, "versions suspended", bucket("outputs"), tidy(), versioned("Suspended")),
    found(KEPT, "destroyed by force", bucket("inputs", forceDestroy=True), tidy(), mentions="together"),
    left_open(KEPT, "force unknown", bucket("inputs", forceDestroy=UNKNOWN), tidy()),
    clean(STAR, "named", granted(allow("sqs:SendMessage", "arn:aws:sqs:eu:1:q"))),
    clean(STAR, "a named action on everything", granted(allow("cloudwatch:PutMetricData"))),
    clean(
        STAR, "reading what has no resource level", granted(allow(["ec2:Describe*", "autoscaling:Describe*"]))
    ),
    clean(STAR, "a prefix on a named resource", granted(allow("s3:Get*", "arn:aws:s3:::b/*"))),
    clean(STAR, "everything denied", granted({"Effect": "Deny", "Action": "*", "Resource": "*"})),
    clean(
        STAR,
        "a role passed to one service",
        granted(
            allow(
                "iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
            )
        ),
    ),
    clean(STAR, "one role passed", granted(allow("iam:PassRole", "arn:aws:iam::1:role/task"))),
    clean(STAR, "a service trusted", trusted(SERVICE)),
    clean(
        STAR,
        "an account trusted on condition",
        trusted(
            {"AWS": "arn:aws:iam::123456789012:root"}, Condition={"StringEquals": {"sts:ExternalId": "x"}}
        ),
    ),
    *(
        found(STAR, f"action {action}", granted(allow(action)), mentions="allows")
        for action in ("*", "*:*", "s3:*", "S3:*", "dynamodb:*", "ec2:Run*", "s3:Get*", "iam:*")
    ),
    *(
        found(STAR, f"{actions} on everything", granted(allow(actions)), mentions=says)
        for actions, says in (
            (["iam:CreateAccessKey", "iam:AttachUserPolicy"], "may raise its own privileges by iam:Create"),
            ("kms:Decrypt", "may read all data by kms:Decrypt"),
            ("secretsmanager:GetSecretValue", "may read all data"),
            ("sts:AssumeRole", "may get credentials by sts:AssumeRole"),
            ("kms:D*", "kms:Decrypt"),
            ("dynamodb:*Item", "dynamodb:GetItem"),
            ("ec2:Get*", "ec2:GetPasswordData"),
            ("kms:CreateGrant", "may give others access"),
            ("s3:getobject", "may read all data"),
        )
    ),
    *(
        found(STAR, f"{action} on {on}", granted(allow(action, on)))
        for action, on in (
            ("s3:Get*", "arn:aws:s3:::*"),
            ("s3:GetObject", "arn:aws:s3:::*/*"),
            ("s3:GetObject", ["arn:aws:s3:::b/*", "arn:aws:s3:::*"]),
            ("sts:AssumeRole", "arn:aws:iam::*:role/*"),
            ("kms:Decrypt", "arn:aws:kms:eu-central-1:111122223333:key/*"),
            ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:*"),
            ("ssm:GetParameter", "arn:aws-cn:ssm:*:*:parameter/*"),
            ("sqs:Send*", "arn:aws:sqs:*:*:*"),
            ("sqs:Send*", "arn:aws:*:*:*:*"),
        )
    ),
    *(
        clean(STAR, f"{action} on {on}", granted(allow(action, on)))
        for action, on in (
            ("s3:GetObject", "arn:aws:s3:::b/*"),
            ("s3:GetObject", "arn:aws:s3:::clip-it-*/*"),
            ("sts:AssumeRole", "arn:aws:iam::111122223333:role/deploy"),
            ("kms:Decrypt", "arn:aws:kms:eu-central-1:111122223333:key/0000-0001"),
            ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:clip-it/*"),
            ("ssm:GetParameter", "arn:aws:ssm:*:*:parameter/clip-it/*"),
            ("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}"),
            ("ecr:GetAuthorizationToken", "*"),
            (["logs:CreateLogStream", "logs:PutLogEvents"], "arn:aws:logs:*:*:*"),
            (["xray:PutTraceSegments", "ec2:DescribeInstances"], "*"),
            (["kms:Decrypt", "sqs:SendMessage"], ["arn:aws:kms:eu:1:key/a", "arn:aws:sqs:*:*:*"]),
        )
    ),
    clean(
        STAR,
        "keys that another service uses",
        granted(allow("kms:Decrypt", Condition={"StringEquals": {"kms:ViaService": "sqs.eu.amazonaws.com"}})),
    ),
    clean(
        STAR,
        "secrets with a tag",
        granted(
            allow(
                "secretsmanager:GetSecretValue",
                Condition={"StringEquals": {"aws:ResourceTag/App": "clip-it"}},
            )
        ),
    ),
    found(
        STAR,
        "secrets of a region",
        granted(
            allow("secretsmanager:GetSecretValue", Condition={"StringEquals": {"aws:RequestedRegion": "eu"}})
        ),
    ),
    found(
        STAR,
        "a way whose steps lie in two statements",
        granted(allow("cloudformation:CreateChangeSet"), allow("cloudformation:ExecuteChangeSet")),
        mentions="cloudformation:CreateChangeSet with cloudformation:ExecuteChangeSet",
    ),
    clean(STAR, "one step of a way", granted(allow("cloudformation:CreateChangeSet"))),
    clean(
        STAR, "denied on everything", granted({"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"})
    ),
    found(STAR, "a service wildcard on a named resource", granted(allow("s3:*", "arn:aws:s3:::b/*"))),
    found(STAR, "one of several", granted(allow(["sqs:SendMessage", "sqs:*"], "arn:q"))),
    found(
        STAR,
        "a single statement",
        resource("aws:iam/policy:Policy", policy=json.dumps({"Statement": allow("*")})),
    ),
    found(
        STAR,
        "keys in another case",
        resource(
            "aws:iam/policy:Policy",
            policy=json.dumps({"statement": [{"effect": "Allow", "action": "*", "resource": "*"}]}),
        ),
    ),
    found(
        STAR,
        "NotAction",
        granted({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
        mentions="NotAction",
    ),
    found(
        STAR,
        "NotResource",
        granted({"Effect": "Allow", "Action": "sqs:SendMessage", "NotResource": "arn:q"}),
        mentions="NotResource",
    ),
    found(STAR, "any role passed", granted(allow("iam:PassRole")), mentions="PassRole"),
    found(STAR, "any role passed by ARN", granted(allow("iam:PassRole", "arn:aws:iam::123456789012:role/*"))),
    found(
        STAR,
        "any role passed to anything",
        granted(allow("iam:PassRole", Condition={"StringLike": {"iam:PassedToService": "*"}})),
    ),
    found(
        STAR,
        "an inline policy",
        resource("aws:iam/role:Role", inlinePolicies=[{"name": "x", "policy": document(allow("*"))}]),
        mentions="inline_policies[0]",
    ),
    found(STAR, "a user's policy", resource("aws:iam/userPolicy:UserPolicy", policy=document(allow("*")))),
    found(STAR, "a group's policy", resource("aws:iam/groupPolicy:GroupPolicy", policy=document(allow("*")))),
    *(
        found(STAR, f"trust of {json.dumps(principal)}", trusted(principal), mentions="assumed")
        for principal in (
            "*",
            {"AWS": "*"},
            {"AWS": ["1", "*"]},
            {"AWS": "arn:aws:iam::123456789012:root"},
            {"AWS": "123456789012"},
            {"Service": "*.amazonaws.com"},
        )
    ),
    found(
        STAR,
        "every identity of a provider",
        trusted({"Federated": "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"}),
    ),
    found(
        STAR,
        "everybody but some",
        resource(
            "aws:iam/role:Role",
            assumeRolePolicy=document(
                {"Effect": "Allow", "Action": "sts:AssumeRole", "NotPrincipal": {"AWS": "1"}}
            ),
        ),
    ),
    found(STAR, "no document", resource("aws:iam/policy:Policy", policy="nothing")),
    found(
        STAR,
        "any role to all services but one",
        granted(
            allow("iam:PassRole", Condition={"StringNotEquals": {"iam:PassedToService": "ec2.amazonaws.com"}})
        ),
        mentions="PassRole",
    ),
    found(
        STAR,
        "any role to any service",
        granted(allow("iam:PassRole", Condition={"StringLike": {"iam:PassedToService": "*.amazonaws.com"}})),
        mentions="PassRole",
    ),
    found(
        STAR,
        "any role if the service is stated",
        granted(allow("iam:PassRole", Condition={"Null": {"iam:PassedToService": "false"}})),
    ),
    found(STAR, "any role of any account", granted(allow("iam:PassRole", "arn:aws:iam::*:role/*"))),
    clean(STAR, "no role among the resources", granted(allow(["iam:PassRole"], "arn:aws:s3:::*"))),
    clean(
        STAR,
        "roles of a prefix to one service",
        granted(
            allow(
                "iam:PassRole",
                "arn:aws:iam::123456789012:role/clip-it-*",
                Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
            )
        ),
    ),
    found(
        STAR,
        "every repository of GitHub",
        trusted({"Federated": GITHUB}, Condition={"StringEquals": {f"{ACTIONS}:aud": "sts.amazonaws.com"}}),
        mentions="identity",
    ),
    found(
        STAR,
        "every repository of GitHub by a star",
        trusted({"Federated": GITHUB}, Condition={"StringLike": {f"{ACTIONS}:sub": "repo:*"}}),
    ),
    clean(
        STAR,
        "one repository of GitHub",
        trusted({"Federated": GITHUB}, Condition={"StringLike": {f"{ACTIONS}:sub": "repo:clip-it/*"}}),
    ),
    found(STAR, "administrators", attached("AdministratorAccess"), mentions="AdministratorAccess"),
    found(STAR, "everything of a service", attached("AmazonS3FullAccess")),
    found(
        STAR,
        "administrators by the role's argument",
        resource(
            "aws:iam/role:Role",
            managedPolicyArns=[UNKNOWN, "arn:aws:iam::aws:policy/AdministratorAccess"],
        ),
    ),
    clean(STAR, "a policy of AWS for one purpose", attached("AmazonSSMManagedInstanceCore")),
    clean(
        STAR,
        "a policy of our own",
        resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", policyArn=UNKNOWN),
    ),
    left_open(STAR, "unknown", resource("aws:iam/policy:Policy", policy=UNKNOWN)),
    left_open(
        STAR,
        "an inline policy unknown",
        resource("aws:iam/role:Role", inlinePolicies=[{"name": "x", "policy": UNKNOWN}]),
    ),
    clean(
        SCALER,
        "the group's ARN",
        granted(allow("autoscaling:SetDesiredCapacity", f"{GROUP_ARN}fleet")),
        resource("aws:autoscaling/group:Group", name="fleet"),
    ),
    clean(
        SCALER,
        "a group of unknown name",
        granted(allow("autoscaling:SetDesiredCapacity", f"{GROUP_ARN}fleet")),
        resource("aws:autoscaling/group:Group", name=UNKNOWN),
    ),
    clean(
        SCALER,
        "by tag",
        granted(
            allow(
                "autoscaling:SetDesiredCapacity", Condition={"StringEquals": {"aws:ResourceTag/Fleet": "cpu"}}
            )
        ),
    ),
    clean(SCALER, "reading", granted(allow("autoscaling:DescribeAutoScalingGroups"))),
    clean(SCALER, "denied", granted({"Effect": "Deny", "Action": "autoscaling:*", "Resource": "*"})),
    found(SCALER, "every group", granted(allow("autoscaling:SetDesiredCapacity"))),
    found(
        SCALER, "every group by ARN", granted(allow("autoscaling:UpdateAutoScalingGroup", f"{GROUP_ARN}*"))
    ),
    found(SCALER, "by a wildcard action", granted(allow("autoscaling:Set*"))),
    found(SCALER, "by NotAction", granted({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})),
    found(
        SCALER,
        "one good, one bad",
        granted(allow("autoscaling:SetDesiredCapacity", [f"{GROUP_ARN}fleet", "*"])),
    ),
    found(
        SCALER,
        "another stack's group",
        granted(allow("autoscaling:SetDesiredCapacity", f"{GROUP_ARN}other")),
        resource("aws:autoscaling/group:Group", name="fleet"),
    ),
    found(
        SCALER,
        "a pattern that also names a group that renders nothing",
        granted(allow("autoscaling:SetDesiredCapacity", f"{GROUP_ARN}clip-*")),
        resource("aws:autoscaling/group:Group", urn="web", name="clip-web", tags=[tag("Component", "web")]),
        resource("aws:autoscaling/group:Group", name="clip-fleet", tags=[tag("Component", "render-fleet")]),
    ),
    clean(
        SCALER,
        "a pattern for the render groups alone",
        granted(allow("autoscaling:SetDesiredCapacity", f"{GROUP_ARN}clip-fleet-*")),
        resource("aws:autoscaling/group:Group", urn="web", name="clip-web", tags=[tag("Component", "web")]),
        resource("aws:autoscaling/group:Group", name="clip-fleet-1", tags=[tag("Component", "render-fleet")]),
    ),
    found(
        SCALER,
        "an inline policy",
        resource(
            "aws:iam/role:Role",
            inlinePolicies=[{"policy": document(allow("autoscaling:SetDesiredCapacity"))}],
        ),
    ),
    found(
        SCALER,
        "every group without a tag",
        granted(
            allow(
                "autoscaling:SetDesiredCapacity",
                Condition={"StringEqualsIfExists": {"aws:ResourceTag/Fleet": "cpu"}},
            )
        ),
    ),
    found(
        SCALER,
        "every group but some",
        granted(
            allow(
                "autoscaling:SetDesiredCapacity",
                Condition={"StringNotEquals": {"aws:ResourceTag/Fleet": "cpu"}},
            )
        ),
    ),
    found(
        SCALER,
        "a group of the stack that renders nothing",
        granted(allow("autoscaling:SetDesiredCapacity", f"{GROUP_ARN}web")),
        resource("aws:autoscaling/group:Group", urn="web", name="web", tags=[tag("Component", "job-server")]),
        resource("aws:autoscaling/group:Group", name="fleet", tags=[tag("Component", "render-fleet")]),
        mentions="autoScalingGroupName/web",
    ),
    clean(
        SCALER,
        "a group that may render",
        granted(allow("autoscaling:SetDesiredCapacity", f"{GROUP_ARN}web")),
        resource("aws:autoscaling/group:Group", urn="web", name="web", tags=UNKNOWN),
        resource("aws:autoscaling/group:Group", name="fleet", tags=[tag("Component", "render-fleet")]),
    ),
    found(
        SCALER,
        "one inline policy unknown, the next too wide",
        resource(
            "aws:iam/role:Role",
            inlinePolicies=[
                {"policy": UNKNOWN},
                {"policy": document(allow("autoscaling:SetDesiredCapacity"))},
            ],
        ),
    ),
    left_open(SCALER, "unknown", resource("aws:iam/rolePolicy:RolePolicy", policy=UNKNOWN)),
    clean(
        "iam-no-mixed-policies",
        "attachments alone",
        resource("aws:iam/role:Role", urn="r", managedPolicyArns=UNKNOWN),
        resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", links={"role": ("r",)}),
    ),
    clean(
        "iam-no-mixed-policies",
        "arguments alone",
        resource("aws:iam/role:Role", urn="r", managedPolicyArns=["arn:a"]),
    ),
    clean(
        "iam-no-mixed-policies",
        "attached beside, shown again after a refresh",
        resource("aws:iam/role:Role", name="r", managedPolicyArns=["arn:a"]),
        resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", role="r", policyArn="arn:a"),
    ),
    clean(
        "iam-no-mixed-policies",
        "both kinds, each in one form",
        resource("aws:iam/role:Role", urn="r", managedPolicyArns=["arn:a"]),
        resource("aws:iam/rolePolicy:RolePolicy", links={"role": ("r",)}),
    ),
    found(
        "iam-no-mixed-policies",
        "attached twice",
        resource("aws:iam/role:Role", name="r", managedPolicyArns=["arn:a"]),
        resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", role="r", policyArn="arn:b"),
    ),
    found(
        "iam-no-mixed-policies",
        "attached to many",
        resource("aws:iam/role:Role", name="r", managedPolicyArns=["arn:a"]),
        resource("aws:iam/policyAttachment:PolicyAttachment", roles=["r"], policyArn="arn:b"),
    ),
    found(
        "iam-no-mixed-policies",
        "inline twice",
        resource("aws:iam/role:Role", urn="r", inlinePolicies=[{"name": "x"}]),
        resource("aws:iam/rolePolicy:RolePolicy", name="y", links={"role": ("r",)}),
    ),
    left_open(
        "iam-no-mixed-policies",
        "role unknown",
        resource("aws:iam/role:Role", urn="r", managedPolicyArns=["arn:a"]),
        resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", role=UNKNOWN),
    ),
    clean("ssm-document-private", "not shared", resource("aws:ssm/document:Document")),
    found(
        "ssm-document-private",
        "everybody",
        resource("aws:ssm/document:Document", permissions={"type": "Share", "accountIds": "All"}),
    ),
    found(
        "ssm-document-private",
        "everybody, in the map's other spelling",
        resource("aws:ssm/document:Document", permissions={"type": "Share", "account_ids": "All"}),
    ),
    found(
        "ssm-document-private",
        "everybody among others",
        resource(
            "aws:ssm/document:Document", permissions={"type": "Share", "accountIds": "123456789012, all"}
        ),
    ),
    found(
        "ssm-document-private",
        "everybody in a list",
        resource("aws:ssm/document:Document", permissions={"account_ids": ["123456789012", "All"]}),
    ),
    left_open(
        "ssm-document-private",
        "unknown",
        resource("aws:ssm/document:Document", permissions={"accountIds": UNKNOWN}),
    ),
    clean("ssm-association-hygiene", "complete", association()),
    *(
        found("ssm-association-hygiene", f"no {argument}", association(**{argument: None}))
        for argument in (
            "complianceSeverity",
            "maxErrors",
            "maxConcurrency",
            "scheduleExpression",
            "outputLocation",
            "documentVersion",
        )
    ),
    found(
        "ssm-association-hygiene", "no severity to speak of", association(complianceSeverity="UNSPECIFIED")
    ),
    *(
        found("ssm-association-hygiene", version, association(documentVersion=version), mentions=version)
        for version in ("$LATEST", "$DEFAULT")
    ),
    *(
        clean(
            "ssm-association-hygiene",
            f"default of {name}",
            association(documentVersion="$DEFAULT", name=name),
        )
        for name in ("AWS-RunPatchBaseline", "AmazonCloudWatch-ManageAgent")
    ),
    found(
        "ssm-association-hygiene",
        "latest of a document of AWS",
        association(documentVersion="$LATEST", name="AWS-RunPatchBaseline"),
        mentions="$LATEST",
    ),
    left_open("ssm-association-hygiene", "severity unknown", association(complianceSeverity=UNKNOWN)),
    left_open(
        "ssm-association-hygiene",
        "default of an unknown document",
        association(documentVersion="$DEFAULT", name=UNKNOWN),
    ),
    *(
        found("ssm-parameter-secure", str(name), parameter(name))
        for name in (
            "/a/db-password",
            "/a/secrets/db/user",
            "/a/apiKey",
            "/a/api_key",
            "/a/github/token",
            "/a/PASSWORD",
            "/a/passwords/x",
            "/a/private-key",
        )
    ),
    *(
        clean("ssm-parameter-secure", str(name), parameter(name))
        for name in ("/a/engine-version", "/a/keyboard", "/a/tokenizer", "/a/partition-key")
    ),
    clean("ssm-parameter-secure", "encrypted", parameter("/a/db-password", "SecureString")),
    found("ssm-parameter-secure", "a list", parameter("/a/tokens", "StringList")),
    left_open("ssm-parameter-secure", "type unknown", parameter("/a/db-password", UNKNOWN)),
    clean("ssm-parameter-secure", "type unknown, name harmless", parameter("/a/version", UNKNOWN)),
    clean("log-retention", "the class whose retention AWS sets", logs(logGroupClass="DELIVERY")),
    clean(
        "log-retention",
        "the class whose retention AWS sets, stated",
        logs(logGroupClass="DELIVERY", retentionInDays=2.0),
    ),
    found("log-retention", "another class", logs(logGroupClass="INFREQUENT_ACCESS")),
    left_open("log-retention", "class unknown", logs(logGroupClass=UNKNOWN)),
    clean("log-retention", "kept, class unknown", logs(logGroupClass=UNKNOWN, retentionInDays=400.0)),
    clean("kms-key-safe", "the default window", key(deletionWindowInDays=None)),
    clean("kms-key-safe", "asymmetric", key(enableKeyRotation=False, customerMasterKeySpec="RSA_2048")),
    clean(
        "kms-key-safe",
        "HMAC",
        key(enableKeyRotation=None, customerMasterKeySpec="HMAC_256", keyUsage="GENERATE_VERIFY_MAC"),
    ),
    clean(
        "kms-key-safe",
        "everybody on condition",
        key(
            policy=document(
                allow("kms:*", Principal="*", Condition={"StringEquals": {"kms:CallerAccount": "1"}})
            )
        ),
    ),
    clean(
        "kms-key-safe",
        "the account",
        key(policy=document(allow("kms:*", Principal={"AWS": "arn:aws:iam::123456789012:root"}))),
    ),
    found("kms-key-safe", "no rotation", key(enableKeyRotation=None), mentions="rotated"),
    found("kms-key-safe", "a week", key(deletionWindowInDays=7.0), mentions="7 days"),
    clean("kms-key-safe", "a week where allowed", key(deletionWindowInDays=7.0), minimumDays=7.0),
    found(
        "kms-key-safe",
        "everybody",
        key(policy=document(allow("kms:*", Principal={"AWS": "*"}))),
        mentions="everybody",
    ),
    found(
        "kms-key-safe",
        "everybody, beside",
        resource("aws:kms/keyPolicy:KeyPolicy", policy=document(allow("kms:Decrypt", Principal="*"))),
    ),
    found(
        "kms-key-safe",
        "a key with material from outside, gone in a week",
        resource("aws:kms/externalKey:ExternalKey", deletionWindowInDays=7.0),
        mentions="7 days",
    ),
    clean("kms-key-safe", "a key with material from outside", resource("aws:kms/externalKey:ExternalKey")),
    found(
        "kms-key-safe",
        "everybody with TLS",
        key(
            policy=document(
                allow("kms:Decrypt", Principal="*", Condition={"Bool": {"aws:SecureTransport": "true"}})
            )
        ),
    ),
    left_open("kms-key-safe", "policy unknown", key(policy=UNKNOWN)),
    left_open("kms-key-safe", "rotation unknown", key(enableKeyRotation=UNKNOWN)),
    clean("log-retention", "ten years", logs(retentionInDays=3653.0)),
    clean("log-retention", "a month where enough", logs(retentionInDays=30.0), minimumDays=30.0),
    found("log-retention", "forever", logs()),
    found("log-retention", "zero", logs(retentionInDays=0.0), mentions="forever"),
    found("log-retention", "a month", logs(retentionInDays=30.0)),
    left_open("log-retention", "unknown", logs(retentionInDays=UNKNOWN)),
    clean("alarm-actions", "complete", alarm()),
    clean("alarm-actions", "a composite", alarm("compositeAlarm:CompositeAlarm", treatMissingData=None)),
    found("alarm-actions", "muted", alarm(actionsEnabled=False)),
    found("alarm-actions", "no action", alarm(alarmActions=[])),
    found("alarm-actions", "actions for recovery alone", alarm(alarmActions=None, okActions=["arn:t"])),
    found("alarm-actions", "missing data missing", alarm(treatMissingData="missing")),
    found("alarm-actions", "missing data not stated", alarm(treatMissingData=None)),
    found("alarm-actions", "no link", alarm(alarmDescription="Too old.")),
    found("alarm-actions", "a plain link", alarm(alarmDescription="http://docs.example.com/x")),
    found("alarm-actions", "no description", alarm(alarmDescription=None)),
    found(
        "alarm-actions",
        "a composite without link",
        alarm("compositeAlarm:CompositeAlarm", alarmDescription="x"),
    ),
    left_open("alarm-actions", "description unknown", alarm(alarmDescription=UNKNOWN)),
    clean("sns-topic-safe", "a key left open", topic()),
    clean(
        "sns-topic-safe",
        "the default policy",
        topic(
            policy=document(
                allow(
                    "SNS:Publish",
                    Principal={"AWS": "*"},
                    Condition={"StringEquals": {"AWS:SourceOwner": "1"}},
                )
            )
        ),
    ),
    clean(
        "sns-topic-safe",
        "a service",
        policy_of_topic(allow("sns:Publish", Principal={"Service": "cloudwatch.amazonaws.com"})),
    ),
    found("sns-topic-safe", "no key", topic(kmsMasterKeyId=None)),
    found("sns-topic-safe", "everybody", policy_of_topic(allow("sns:Publish", Principal="*"))),
    found(
        "sns-topic-safe",
        "everybody, on the topic",
        topic(policy=document(allow("sns:Subscribe", Principal={"AWS": "*"}))),
    ),
    left_open("sns-topic-safe", "policy unknown", topic(policy=UNKNOWN)),
]


@pytest.mark.short_form(5)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_data_and_access(case: Case, try_case: Callable[[Case], None]):
    try_case(case)


def test_no_finding_shows_the_value_of_a_parameter(judge: Callable):
    said = judge("ssm-parameter-secure", parameter("/a/db-password"))
    assert said.findings
    assert not any("hunter2" in finding for finding in said.findings)
