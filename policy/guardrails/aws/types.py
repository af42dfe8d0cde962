"""Resource types by what they are, in every spelling under which the provider knows them.

The texts beside this file list all types of the provider's SDK (tests/policy/guardrails/aws/test_types.py
compares them), so a type that the program registers for the first time needs nothing here.
"""

from pathlib import Path

from guardrails.aws.texts import CODE_PLACES, TEXT_PLACES

FOLDER = Path(__file__).parent
TAGGABLE = frozenset((FOLDER / "taggable.txt").read_text(encoding="utf-8").split())
# Where the types name the security groups that they use: a type and its properties on each line.
GROUP_USES: dict[str, tuple[str, ...]] = {
    kind: tuple(keys)
    for kind, *keys in map(
        str.split, (FOLDER / "security_group_users.txt").read_text(encoding="utf-8").splitlines()
    )
}
GROUP_USERS = frozenset(GROUP_USES)

PROVIDERS = frozenset({"pulumi:providers:aws"})

GROUPS = frozenset({"aws:autoscaling/group:Group"})
GROUP_TAGS = frozenset({"aws:autoscaling/tag:Tag"})
GROUP_ATTACHMENTS = frozenset(
    {
        "aws:autoscaling/attachment:Attachment",
        "aws:autoscaling/trafficSourceAttachment:TrafficSourceAttachment",
    }
)
LIFECYCLE_HOOKS = frozenset({"aws:autoscaling/lifecycleHook:LifecycleHook"})
LAUNCH_TEMPLATES = frozenset({"aws:ec2/launchTemplate:LaunchTemplate"})
INSTANCES = frozenset({"aws:ec2/instance:Instance"})
LAUNCH_CONFIGURATIONS = frozenset({"aws:ec2/launchConfiguration:LaunchConfiguration"})
# Whatever states how an instance is launched.
SINGLE_MACHINES = INSTANCES | frozenset({"aws:ec2/spotInstanceRequest:SpotInstanceRequest"})
MACHINES = LAUNCH_TEMPLATES | LAUNCH_CONFIGURATIONS | SINGLE_MACHINES
ADDRESSES = frozenset({"aws:ec2/eip:Eip"})
ADDRESS_ASSOCIATIONS = frozenset({"aws:ec2/eipAssociation:EipAssociation"})

LOAD_BALANCERS = frozenset({"aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"})
LISTENERS = frozenset({"aws:lb/listener:Listener", "aws:alb/listener:Listener"})
LISTENER_RULES = frozenset({"aws:lb/listenerRule:ListenerRule", "aws:alb/listenerRule:ListenerRule"})
TARGET_GROUPS = frozenset({"aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup"})
WEB_ACL_ASSOCIATIONS = frozenset(
    {"aws:wafv2/webAclAssociation:WebAclAssociation", "aws:wafregional/webAclAssociation:WebAclAssociation"}
)

CLUSTERS = frozenset({"aws:ecs/cluster:Cluster"})
CAPACITY_PROVIDERS = frozenset({"aws:ecs/capacityProvider:CapacityProvider"})
SERVICES = frozenset({"aws:ecs/service:Service"})
TASK_DEFINITIONS = frozenset({"aws:ecs/taskDefinition:TaskDefinition"})
REPOSITORIES = frozenset({"aws:ecr/repository:Repository"})
REPOSITORY_LIFECYCLES = frozenset({"aws:ecr/lifecyclePolicy:LifecyclePolicy"})

VPCS = frozenset({"aws:ec2/vpc:Vpc", "aws:ec2/defaultVpc:DefaultVpc"})
SUBNETS = frozenset({"aws:ec2/subnet:Subnet", "aws:ec2/defaultSubnet:DefaultSubnet"})
FLOW_LOGS = frozenset({"aws:ec2/flowLog:FlowLog"})
DEFAULT_SECURITY_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
SECURITY_GROUPS = frozenset({"aws:ec2/securityGroup:SecurityGroup", DEFAULT_SECURITY_GROUP})
EITHER_WAY_RULES = frozenset({"aws:ec2/securityGroupRule:SecurityGroupRule"})
INGRESS_RULES = frozenset({"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"})
EGRESS_RULES = frozenset({"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"})
STANDALONE_RULES = EITHER_WAY_RULES | INGRESS_RULES | EGRESS_RULES
RECORDS = frozenset({"aws:route53/record:Record"})
API_DOMAINS = frozenset({"aws:apigateway/domainName:DomainName"})
BEHIND_CLOUDFRONT = frozenset(
    {
        "aws:cloudfront/distribution:Distribution",
        "aws:cognito/userPoolDomain:UserPoolDomain",
        "aws:appsync/domainName:DomainName",
    }
)
ALIAS_TARGETS = API_DOMAINS | BEHIND_CLOUDFRONT

FUNCTIONS = frozenset({"aws:lambda/function:Function"})
FUNCTION_ALIASES = frozenset({"aws:lambda/alias:Alias"})
FUNCTION_PERMISSIONS = frozenset({"aws:lambda/permission:Permission"})
FUNCTION_URLS = frozenset({"aws:lambda/functionUrl:FunctionUrl"})
REST_INTEGRATIONS = frozenset({"aws:apigateway/integration:Integration"})
HTTP_INTEGRATIONS = frozenset({"aws:apigatewayv2/integration:Integration"})
TARGET_ATTACHMENTS = frozenset(
    {
        "aws:lb/targetGroupAttachment:TargetGroupAttachment",
        "aws:alb/targetGroupAttachment:TargetGroupAttachment",
    }
)
BUCKET_NOTIFICATIONS = frozenset({"aws:s3/bucketNotification:BucketNotification"})
LOG_SUBSCRIPTIONS = frozenset({"aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter"})
# Whatever else calls a function.
AUTHORIZERS = frozenset({"aws:apigateway/authorizer:Authorizer", "aws:apigatewayv2/authorizer:Authorizer"})
USER_POOLS = frozenset({"aws:cognito/userPool:UserPool"})
DATA_SOURCES = frozenset({"aws:appsync/dataSource:DataSource"})
STATE_MACHINES = frozenset({"aws:sfn/stateMachine:StateMachine"})
DISTRIBUTIONS = frozenset({"aws:cloudfront/distribution:Distribution"})
ROTATIONS = frozenset({"aws:secretsmanager/secretRotation:SecretRotation"})
INVOCATIONS = frozenset({"aws:lambda/invocation:Invocation"})
DELIVERY_STREAMS = frozenset({"aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"})
ACTION_GROUPS = frozenset({"aws:bedrock/agentAgentActionGroup:AgentAgentActionGroup"})
OBJECT_LAMBDAS = frozenset({"aws:s3control/objectLambdaAccessPoint:ObjectLambdaAccessPoint"})
CONNECT_FUNCTIONS = frozenset({"aws:connect/lambdaFunctionAssociation:LambdaFunctionAssociation"})
CONFIG_RULES = frozenset({"aws:cfg/rule:Rule"})
TOPIC_RULES = frozenset({"aws:iot/topicRule:TopicRule"})
RECEIPT_RULES = frozenset({"aws:ses/receiptRule:ReceiptRule"})
INVOKE_CONFIGS = frozenset({"aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"})
EVENT_SOURCES = frozenset({"aws:lambda/eventSourceMapping:EventSourceMapping"})

QUEUES = frozenset({"aws:sqs/queue:Queue"})
QUEUE_POLICIES = frozenset({"aws:sqs/queuePolicy:QueuePolicy"})
REDRIVE_POLICIES = frozenset({"aws:sqs/redrivePolicy:RedrivePolicy"})
REDRIVE_ALLOW_POLICIES = frozenset({"aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"})
TOPICS = frozenset({"aws:sns/topic:Topic"})
TOPIC_POLICIES = frozenset({"aws:sns/topicPolicy:TopicPolicy"})
SUBSCRIPTIONS = frozenset({"aws:sns/topicSubscription:TopicSubscription"})
SCHEDULES = frozenset({"aws:scheduler/schedule:Schedule"})
PIPES = frozenset({"aws:pipes/pipe:Pipe"})
EVENT_TARGETS = frozenset({"aws:cloudwatch/eventTarget:EventTarget"})

TABLES = frozenset({"aws:dynamodb/table:Table"})
BUCKETS = frozenset({"aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"})
PUBLIC_ACCESS_BLOCKS = frozenset({"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"})
OWNERSHIP_CONTROLS = frozenset({"aws:s3/bucketOwnershipControls:BucketOwnershipControls"})
BUCKET_ACLS = frozenset({"aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2"})
BUCKET_POLICIES = frozenset({"aws:s3/bucketPolicy:BucketPolicy"})
BUCKET_ENCRYPTIONS = frozenset(
    {
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
    }
)
BUCKET_LIFECYCLES = frozenset(
    {
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
    }
)
BUCKET_VERSIONINGS = frozenset(
    {"aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketVersioningV2:BucketVersioningV2"}
)

ROLES = frozenset({"aws:iam/role:Role"})
IDENTITY_POLICIES = frozenset(
    {
        "aws:iam/policy:Policy",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/userPolicy:UserPolicy",
        "aws:iam/groupPolicy:GroupPolicy",
    }
)
ROLE_POLICIES = frozenset({"aws:iam/rolePolicy:RolePolicy"})
ROLE_ATTACHMENTS = frozenset({"aws:iam/rolePolicyAttachment:RolePolicyAttachment"})
MANY_ATTACHMENTS = frozenset({"aws:iam/policyAttachment:PolicyAttachment"})
# Whatever gives a policy, by its ARN, to somebody.
ATTACHMENTS = (
    ROLE_ATTACHMENTS
    | MANY_ATTACHMENTS
    | frozenset(
        {
            "aws:iam/userPolicyAttachment:UserPolicyAttachment",
            "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
            "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
            "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive",
            "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive",
        }
    )
)
KEYS = frozenset({"aws:kms/key:Key"})
# Keys whose material others rotate: copies, and keys with material from outside.
SECONDARY_KEYS = frozenset(
    {
        "aws:kms/replicaKey:ReplicaKey",
        "aws:kms/externalKey:ExternalKey",
        "aws:kms/replicaExternalKey:ReplicaExternalKey",
    }
)
KEY_POLICIES = frozenset({"aws:kms/keyPolicy:KeyPolicy"})

DOCUMENTS = frozenset({"aws:ssm/document:Document"})
ASSOCIATIONS = frozenset({"aws:ssm/association:Association"})
PARAMETERS = frozenset({"aws:ssm/parameter:Parameter"})

LOG_GROUPS = frozenset({"aws:cloudwatch/logGroup:LogGroup"})
METRIC_ALARMS = frozenset({"aws:cloudwatch/metricAlarm:MetricAlarm"})
COMPOSITE_ALARMS = frozenset({"aws:cloudwatch/compositeAlarm:CompositeAlarm"})

TEXTS = frozenset(TEXT_PLACES) | frozenset(CODE_PLACES)
