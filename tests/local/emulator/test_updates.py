"""What an update leaves as it was: most of AWS's calls merge what they are given, some replace the whole.

Each test is an update call of the handlers, of the command line or of the provider's types, and quotes AWS's
API reference where it says so; the reference comes with botocore (`service-2.json`).
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[[str], Any]
ROLE = "arn:aws:iam::123456789012:role/any"


def without(shown: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in names}


# SQS, SNS


def test_a_queue_keeps_the_attributes_that_are_not_set(client: Client, unique: str) -> None:
    """SetQueueAttributes sets "the value of one or more queue attributes"."""
    sqs = client("sqs")
    url = sqs.create_queue(
        QueueName=unique,
        Attributes={
            "DelaySeconds": "1",
            "MaximumMessageSize": "2048",
            "MessageRetentionPeriod": "120",
            "ReceiveMessageWaitTimeSeconds": "2",
            "VisibilityTimeout": "40",
            "KmsMasterKeyId": "alias/aws/sqs",
            "KmsDataKeyReusePeriodSeconds": "60",
            "Policy": json.dumps({"Version": "2012-10-17", "Statement": []}),
        },
    )["QueueUrl"]
    changing = ("LastModifiedTimestamp", "VisibilityTimeout")
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "50"})
    after = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert without(after, *changing) == without(before, *changing)
    assert after["VisibilityTimeout"] == "50"
    assert before["KmsMasterKeyId"] == "alias/aws/sqs"


def test_tags_of_a_queue_and_a_topic_are_added(client: Client, unique: str) -> None:
    """TagQueue and TagResource: a tag with the key of an existing one overwrites it."""
    url = client("sqs").create_queue(QueueName=unique, tags={"a": "1", "b": "1"})["QueueUrl"]
    client("sqs").tag_queue(QueueUrl=url, Tags={"b": "2", "c": "2"})
    assert client("sqs").list_queue_tags(QueueUrl=url)["Tags"] == {"a": "1", "b": "2", "c": "2"}
    topic = client("sns").create_topic(Name=unique, Tags=[{"Key": "a", "Value": "1"}])["TopicArn"]
    client("sns").tag_resource(ResourceArn=topic, Tags=[{"Key": "b", "Value": "2"}])
    tags = client("sns").list_tags_for_resource(ResourceArn=topic)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"a": "1", "b": "2"}


def test_a_topic_and_a_subscription_keep_the_attributes_that_are_not_set(client: Client, unique: str) -> None:
    sns = client("sns")
    topic = sns.create_topic(Name=unique, Attributes={"DisplayName": "d", "KmsMasterKeyId": "alias/k"})
    arn = topic["TopicArn"]
    before = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="e")
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"] == {**before, "DisplayName": "e"}
    subscription = sns.subscribe(
        TopicArn=arn,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:eu-central-1:123456789012:{unique}",
        Attributes={"RawMessageDelivery": "true"},
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    policy = json.dumps({"kind": ["alarm"]})
    sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue=policy
    )
    shown = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert (shown["RawMessageDelivery"], shown["FilterPolicy"]) == ("true", policy)


# Scheduler, Systems Manager


def test_a_schedule_is_replaced_as_a_whole(client: Client, unique: str) -> None:
    """UpdateSchedule: "if you do not set an optional field [it] will be set to its system-default value"."""
    scheduler = client("scheduler")
    required = {
        "Name": unique,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": "arn:aws:lambda:eu-central-1:123456789012:function:f", "RoleArn": ROLE},
    }
    scheduler.create_schedule(
        **required,
        ScheduleExpression="rate(1 minute)",
        State="DISABLED",
        Description="d",
        ScheduleExpressionTimezone="Europe/Berlin",
    )
    scheduler.update_schedule(**required, ScheduleExpression="rate(2 minutes)")
    shown = scheduler.get_schedule(Name=unique)
    assert shown["ScheduleExpression"] == "rate(2 minutes)"
    assert shown["State"] == "ENABLED"
    assert shown.get("Description", "") == ""
    assert shown["ScheduleExpressionTimezone"] == "UTC"


def test_an_association_is_replaced_as_a_whole(client: Client, unique: str) -> None:
    """UpdateAssociation: "overwrites the association with null values for [the optional] parameters"."""
    ssm = client("ssm")
    content = {"schemaVersion": "2.2", "mainSteps": []}
    ssm.create_document(Name=unique, DocumentType="Command", Content=json.dumps(content))
    made = ssm.create_association(
        Name=unique,
        AssociationName="bootstrap",
        ScheduleExpression="rate(30 minutes)",
        Parameters={"Sha": ["abc"]},
        ComplianceSeverity="HIGH",
        Targets=[{"Key": "tag:Fleet", "Values": ["cpu"]}],
    )["AssociationDescription"]
    identity = made["AssociationId"]
    ssm.update_association(AssociationId=identity, Name=unique, ScheduleExpression="rate(1 hour)")
    shown = ssm.describe_association(AssociationId=identity)["AssociationDescription"]
    assert (shown["Name"], shown["ScheduleExpression"]) == (unique, "rate(1 hour)")
    assert shown["AssociationVersion"] == "2"
    assert {"Parameters", "ComplianceSeverity", "Targets", "AssociationName"}.isdisjoint(shown)


def test_a_parameter_keeps_its_type_tier_and_tags_with_another_value(client: Client, unique: str) -> None:
    """PutParameter: Type is "not required when updating a parameter"."""
    ssm = client("ssm")
    tags = [{"Key": "a", "Value": "1"}]
    ssm.put_parameter(Name=unique, Value="1", Type="SecureString", Description="d", Tags=tags)
    ssm.put_parameter(Name=unique, Value="2", Overwrite=True)
    shown = ssm.get_parameter(Name=unique, WithDecryption=True)["Parameter"]
    assert (shown["Type"], shown["Value"], shown["Version"]) == ("SecureString", "2", 2)
    listed = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=unique)["TagList"]
    assert listed == tags


# DynamoDB


def test_a_table_keeps_what_an_update_does_not_name(client: Client, unique: str) -> None:
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName=unique,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        SSESpecification={"Enabled": True, "SSEType": "KMS"},
    )
    dynamodb.update_time_to_live(
        TableName=unique, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
    )
    before = dynamodb.describe_table(TableName=unique)["Table"]
    dynamodb.update_table(TableName=unique, DeletionProtectionEnabled=True)
    assert dynamodb.describe_table(TableName=unique)["Table"] == {**before, "DeletionProtectionEnabled": True}
    shown = dynamodb.describe_time_to_live(TableName=unique)["TimeToLiveDescription"]
    assert shown == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    dynamodb.update_table(TableName=unique, DeletionProtectionEnabled=False)


def test_a_stream_that_is_switched_off_and_on_is_another_one(client: Client, unique: str) -> None:
    """UpdateTable, StreamSpecification: "You receive a ValidationException if you try to enable a stream on a
    table that already has a stream"; one that was disabled has none that could be enabled."""
    dynamodb = client("dynamodb")
    view = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    first = dynamodb.create_table(
        TableName=unique,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification=view,
    )["TableDescription"]["LatestStreamArn"]
    dynamodb.update_table(TableName=unique, StreamSpecification={"StreamEnabled": False})
    dynamodb.put_item(TableName=unique, Item={"pk": {"S": "unheard"}})
    second = dynamodb.update_table(TableName=unique, StreamSpecification=view)["TableDescription"]
    assert second["LatestStreamArn"] != first


# ECS, ELB


@pytest.fixture
def subnets(client: Client) -> list[str]:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-central-1{zone}")
        for n, zone in enumerate("ab")
    )
    return [one["Subnet"]["SubnetId"] for one in made]


def test_a_service_keeps_what_an_update_does_not_name(
    client: Client, unique: str, subnets: list[str]
) -> None:
    ecs = client("ecs")
    ecs.create_cluster(clusterName=unique, settings=[{"name": "containerInsights", "value": "enabled"}])
    ecs.register_task_definition(
        family=unique, containerDefinitions=[{"name": "c", "image": "i", "memory": 64}]
    )
    breaker = {"enable": True, "rollback": True}
    before = ecs.create_service(
        cluster=unique,
        serviceName=unique,
        taskDefinition=unique,
        desiredCount=2,
        launchType="FARGATE",
        deploymentConfiguration={
            "deploymentCircuitBreaker": breaker,
            "maximumPercent": 150,
            "minimumHealthyPercent": 50,
        },
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets, "securityGroups": []}},
        healthCheckGracePeriodSeconds=30,
        propagateTags="SERVICE",
    )["service"]
    ecs.update_service(cluster=unique, service=unique, desiredCount=3)
    after = ecs.describe_services(cluster=unique, services=[unique])["services"][0]
    changing = ("tags", "desiredCount", "deployments", "pendingCount", "runningCount", "events", "taskSets")
    assert without(after, *changing) == without(before, *changing)
    ecs.update_cluster(cluster=unique, configuration={"executeCommandConfiguration": {"logging": "NONE"}})
    shown = ecs.describe_clusters(clusters=[unique], include=["SETTINGS"])["clusters"][0]
    assert shown["settings"] == [{"name": "containerInsights", "value": "enabled"}]


@pytest.fixture
def balancer(client: Client, unique: str, subnets: list[str]) -> str:
    made = client("elbv2").create_load_balancer(Name=unique, Subnets=subnets)["LoadBalancers"][0]
    return str(made["LoadBalancerArn"])


def test_a_listener_keeps_what_an_update_does_not_name(client: Client, unique: str, balancer: str) -> None:
    """ModifyListener: "Any properties that you do not specify remain unchanged"."""
    elb = client("elbv2")
    certificate = "arn:aws:acm:eu-central-1:123456789012:certificate/1"
    before = elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTPS",
        Port=443,
        SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
    )["Listeners"][0]
    elb.modify_listener(ListenerArn=before["ListenerArn"], Port=8443)
    after = elb.describe_listeners(ListenerArns=[before["ListenerArn"]])["Listeners"][0]
    assert after == {**before, "Port": 8443}


def test_a_target_group_keeps_what_an_update_does_not_name(
    client: Client, unique: str, balancer: str
) -> None:
    elb = client("elbv2")
    vpc = elb.describe_load_balancers(LoadBalancerArns=[balancer])["LoadBalancers"][0]["VpcId"]
    arn = elb.create_target_group(
        Name=unique,
        Protocol="HTTP",
        Port=8080,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath="/healthz",
        HealthCheckIntervalSeconds=15,
        HealthCheckTimeoutSeconds=4,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=3,
        Matcher={"HttpCode": "200"},
    )["TargetGroups"][0]["TargetGroupArn"]
    before = elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]
    elb.modify_target_group(TargetGroupArn=arn, HealthCheckIntervalSeconds=20)
    after = elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]
    assert after == {**before, "HealthCheckIntervalSeconds": 20}


def test_attributes_of_balancers_and_target_groups_are_merged(client: Client, balancer: str) -> None:
    """ModifyLoadBalancerAttributes: what "you do not modify" will "retain their current values"."""
    elb = client("elbv2")

    def attributes() -> dict[str, str]:
        answer = elb.describe_load_balancer_attributes(LoadBalancerArn=balancer)["Attributes"]
        return {one["Key"]: one["Value"] for one in answer}

    before = attributes()
    change = [{"Key": "idle_timeout.timeout_seconds", "Value": "120"}]
    elb.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=change)
    assert attributes() == {**before, "idle_timeout.timeout_seconds": "120"}


# Networks


@pytest.fixture
def template(client: Client, unique: str) -> dict[str, str]:
    """A launch template."""
    client("ec2").create_launch_template(
        LaunchTemplateName=unique, LaunchTemplateData={"ImageId": "ami-12c6146b", "InstanceType": "c7i.large"}
    )
    return {"LaunchTemplateName": unique, "Version": "$Latest"}


def test_a_version_of_a_launch_template_inherits_from_its_source_alone(
    client: Client, template: dict[str, str]
) -> None:
    """CreateLaunchTemplateVersion, SourceVersion: "the new version inherits the same launch parameters as the
    source version, except for parameters that you specify"; without a source it has what is given."""
    ec2, name = client("ec2"), template["LaunchTemplateName"]
    change = {"LaunchTemplateName": name, "LaunchTemplateData": {"InstanceType": "c7i.xlarge"}}

    def made(**more: str) -> dict[str, str]:
        data = ec2.create_launch_template_version(**change, **more)["LaunchTemplateVersion"]
        return dict(data["LaunchTemplateData"])

    assert made() == {"InstanceType": "c7i.xlarge"}
    inherited = {"ImageId": "ami-12c6146b", "InstanceType": "c7i.xlarge"}
    assert made(SourceVersion="1") == made(SourceVersion="$Latest") == inherited


def test_the_parts_of_a_network_keep_what_an_update_does_not_name(
    client: Client, unique: str, subnets: list[str]
) -> None:
    """ModifyVpcAttribute, ModifySubnetAttribute, ModifyVpcEndpoint and CreateTags name what they change."""
    ec2 = client("ec2")
    vpc = ec2.describe_subnets(SubnetIds=subnets)["Subnets"][0]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})
    shown = ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")
    assert shown["EnableDnsHostnames"] == {"Value": True}
    before = ec2.describe_subnets(SubnetIds=subnets[:1])["Subnets"][0]
    ec2.modify_subnet_attribute(SubnetId=subnets[0], MapPublicIpOnLaunch={"Value": True})
    assert ec2.describe_subnets(SubnetIds=subnets[:1])["Subnets"][0] == {
        **before,
        "MapPublicIpOnLaunch": True,
    }
    for key in ("a", "b"):
        ec2.create_tags(Resources=[vpc], Tags=[{"Key": key, "Value": "1"}])
    assert {tag["Key"] for tag in ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"]} == {"a", "b"}
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Interface",
        ServiceName="com.amazonaws.eu-central-1.sqs",
        SubnetIds=subnets[:1],
        PrivateDnsEnabled=True,
        PolicyDocument="{}",
    )["VpcEndpoint"]["VpcEndpointId"]
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddSubnetIds=subnets[1:])
    shown = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]
    assert (sorted(shown["SubnetIds"]), shown["PrivateDnsEnabled"]) == (sorted(subnets), True)
    assert shown["PolicyDocument"] == "{}"


def test_a_launch_template_gets_versions_and_another_default(
    client: Client, unique: str, template: dict[str, str]
) -> None:
    """CreateLaunchTemplateVersion without a SourceVersion inherits nothing."""
    ec2, name = client("ec2"), {"LaunchTemplateName": template["LaunchTemplateName"]}
    ec2.create_launch_template_version(**name, LaunchTemplateData={"InstanceType": "c7a.large"})
    version = ec2.describe_launch_template_versions(**name, Versions=["2"])["LaunchTemplateVersions"][0]
    assert version["LaunchTemplateData"] == {"InstanceType": "c7a.large"}
    before = ec2.describe_launch_templates(LaunchTemplateNames=[unique])["LaunchTemplates"][0]
    ec2.modify_launch_template(**name, DefaultVersion="2")
    after = ec2.describe_launch_templates(LaunchTemplateNames=[unique])["LaunchTemplates"][0]
    assert after == {**before, "DefaultVersionNumber": 2}


def test_a_web_acl_is_replaced_as_a_whole(client: Client, unique: str) -> None:
    """UpdateWebACL: "completely replaces the mutable specifications that you already have"."""
    waf = client("wafv2")
    visible = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    limit = {"RateBasedStatement": {"Limit": 100, "AggregateKeyType": "IP"}}
    rule = {
        "Name": "rate",
        "Priority": 0,
        "Statement": limit,
        "Action": {"Block": {}},
        "VisibilityConfig": visible,
    }
    which = {"Name": unique, "Scope": "REGIONAL"}
    settings = {"DefaultAction": {"Allow": {}}, "VisibilityConfig": visible}
    made = waf.create_web_acl(**which, **settings, Description="d", Rules=[rule])["Summary"]
    waf.update_web_acl(**which, **settings, Id=made["Id"], LockToken=made["LockToken"])
    shown = waf.get_web_acl(**which, Id=made["Id"])["WebACL"]
    assert (shown["Rules"], shown.get("Description", "")) == ([], "")


# What else


def test_a_log_group_a_key_and_a_repository_keep_what_an_update_does_not_name(
    client: Client, unique: str
) -> None:
    logs, kms, ecr = client("logs"), client("kms"), client("ecr")
    key = kms.create_key(Description="d")["KeyMetadata"]
    kms.enable_key_rotation(KeyId=key["KeyId"])
    kms.update_key_description(KeyId=key["KeyId"], Description="e")
    kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy="{}")
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["Description"] == "e"
    logs.create_log_group(logGroupName=unique, kmsKeyId=key["Arn"], tags={"a": "1"})
    logs.put_retention_policy(logGroupName=unique, retentionInDays=7)
    group = logs.describe_log_groups(logGroupNamePrefix=unique)["logGroups"][0]
    assert (group["kmsKeyId"], group["retentionInDays"]) == (key["Arn"], 7)
    ecr.create_repository(repositoryName=unique, imageScanningConfiguration={"scanOnPush": True})
    ecr.put_image_tag_mutability(repositoryName=unique, imageTagMutability="IMMUTABLE")
    shown = ecr.describe_repositories(repositoryNames=[unique])["repositories"][0]
    assert (shown["imageScanningConfiguration"], shown["imageTagMutability"]) == (
        {"scanOnPush": True},
        "IMMUTABLE",
    )


def test_tags_of_a_bucket_and_metadata_of_an_object_are_replaced_as_a_whole(
    client: Client, unique: str
) -> None:
    """PutBucketTagging: "it will overwrite any current tags the bucket already has"."""
    s3 = client("s3")
    s3.create_bucket(Bucket=unique, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for key in ("a", "b"):
        s3.put_bucket_tagging(Bucket=unique, Tagging={"TagSet": [{"Key": key, "Value": "1"}]})
    assert s3.get_bucket_tagging(Bucket=unique)["TagSet"] == [{"Key": "b", "Value": "1"}]
    s3.put_object(Bucket=unique, Key="k", Body=b"1", Metadata={"a": "1"}, ContentType="video/mp4")
    s3.put_object(Bucket=unique, Key="k", Body=b"2")
    shown = s3.head_object(Bucket=unique, Key="k")
    assert (shown["Metadata"], shown["ContentType"]) == ({}, "binary/octet-stream")
    s3.put_bucket_versioning(Bucket=unique, VersioningConfiguration={"Status": "Enabled"})
    s3.put_public_access_block(
        Bucket=unique, PublicAccessBlockConfiguration={"BlockPublicAcls": True, "BlockPublicPolicy": True}
    )
    s3.put_public_access_block(Bucket=unique, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    block = s3.get_public_access_block(Bucket=unique)["PublicAccessBlockConfiguration"]
    assert (block["BlockPublicAcls"], block["BlockPublicPolicy"]) == (True, False)
    assert s3.get_bucket_versioning(Bucket=unique)["Status"] == "Enabled"


def test_a_role_keeps_what_an_update_does_not_name(client: Client, unique: str) -> None:
    """UpdateRole: "Updates the description or maximum session duration"."""
    iam = client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.create_role(RoleName=unique, AssumeRolePolicyDocument=trust, Description="d", MaxSessionDuration=7200)
    iam.update_role(RoleName=unique, MaxSessionDuration=3600)
    shown = iam.get_role(RoleName=unique)["Role"]
    assert (shown["Description"], shown["MaxSessionDuration"]) == ("d", 3600)


def test_an_alarm_is_replaced_but_keeps_state_and_tags(client: Client, unique: str) -> None:
    """PutMetricAlarm: "its state is left unchanged, but the update completely overwrites" the rest.

    Of Tags: "any tags you specify [...] are ignored" for an existing alarm.
    """
    cloudwatch = client("cloudwatch")
    metric = {
        "AlarmName": unique,
        "Namespace": "N",
        "MetricName": "M",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 1.0,
    }
    cloudwatch.put_metric_alarm(
        **metric, AlarmDescription="d", AlarmActions=["arn:aws:sns:x:1:t"], Tags=[{"Key": "a", "Value": "1"}]
    )
    cloudwatch.set_alarm_state(AlarmName=unique, StateValue="ALARM", StateReason="tried")
    cloudwatch.put_metric_alarm(**{**metric, "Threshold": 2.0})
    shown = cloudwatch.describe_alarms(AlarmNames=[unique])["MetricAlarms"][0]
    assert (shown["Threshold"], shown["StateValue"]) == (2.0, "ALARM")
    assert (shown.get("AlarmDescription"), shown.get("AlarmActions", [])) == (None, [])
    tags = cloudwatch.list_tags_for_resource(ResourceARN=shown["AlarmArn"])["Tags"]
    assert tags == [{"Key": "a", "Value": "1"}]


def test_a_scalable_target_keeps_what_an_update_does_not_name(client: Client, unique: str) -> None:
    """RegisterScalableTarget: "Any parameters that you don't specify are not changed"."""
    ecs, scaling = client("ecs"), client("application-autoscaling")
    ecs.create_cluster(clusterName=unique)
    ecs.register_task_definition(
        family=unique, containerDefinitions=[{"name": "c", "image": "i", "memory": 64}]
    )
    ecs.create_service(cluster=unique, serviceName=unique, taskDefinition=unique, desiredCount=1)
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{unique}/{unique}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2, RoleARN=ROLE, Tags={"a": "1"})
    before = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[target["ResourceId"]])
    scaling.register_scalable_target(**target, MaxCapacity=5)
    after = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[target["ResourceId"]])
    assert after["ScalableTargets"] == [{**before["ScalableTargets"][0], "MaxCapacity": 5}]


def test_an_item_keeps_the_attributes_that_an_update_does_not_name(client: Client, unique: str) -> None:
    """UpdateItem: "Edits an existing item's attributes"; PutItem "completely replaces" it."""
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName=unique,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    item = {"pk": {"S": "1"}, "a": {"S": "1"}, "b": {"S": "1"}}
    dynamodb.put_item(TableName=unique, Item=item)
    dynamodb.update_item(
        TableName=unique,
        Key={"pk": {"S": "1"}},
        UpdateExpression="SET b = :two REMOVE c",
        ExpressionAttributeValues={":two": {"S": "2"}},
    )
    assert dynamodb.get_item(TableName=unique, Key={"pk": {"S": "1"}})["Item"] == {**item, "b": {"S": "2"}}
    dynamodb.put_item(TableName=unique, Item={"pk": {"S": "1"}, "c": {"S": "3"}})
    assert dynamodb.get_item(TableName=unique, Key={"pk": {"S": "1"}})["Item"] == {
        "pk": {"S": "1"},
        "c": {"S": "3"},
    }


# Tags: a tag with the key of an existing one overwrites it, the others stay.


FIRST, SECOND, MERGED = {"a": "1", "b": "1"}, {"b": "2", "c": "2"}, {"a": "1", "b": "2", "c": "2"}


def pairs(tags: dict[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    return [{key: name, value: text} for name, text in tags.items()]


def unpaired(tags: list[dict[str, str]], key: str = "Key", value: str = "Value") -> dict[str, str]:
    assert len({tag[key] for tag in tags}) == len(tags)
    return {tag[key]: tag[value] for tag in tags}


def test_tags_of_a_table_are_merged(client: Client, unique: str) -> None:
    dynamodb = client("dynamodb")
    arn = dynamodb.create_table(
        TableName=unique,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=pairs(FIRST),
    )["TableDescription"]["TableArn"]
    dynamodb.tag_resource(ResourceArn=arn, Tags=pairs(SECOND))
    assert unpaired(dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]) == MERGED


def test_tags_of_keys_and_log_groups_are_merged(client: Client, unique: str) -> None:
    kms, logs = client("kms"), client("logs")
    key = kms.create_key(Tags=pairs(FIRST, "TagKey", "TagValue"))["KeyMetadata"]["KeyId"]
    kms.tag_resource(KeyId=key, Tags=pairs(SECOND, "TagKey", "TagValue"))
    assert unpaired(kms.list_resource_tags(KeyId=key)["Tags"], "TagKey", "TagValue") == MERGED
    logs.create_log_group(logGroupName=unique, tags=FIRST)
    arn = logs.describe_log_groups(logGroupNamePrefix=unique)["logGroups"][0]["arn"].removesuffix(":*")
    logs.tag_resource(resourceArn=arn, tags=SECOND)
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == MERGED


def test_tags_of_roles_repositories_and_parameters_are_merged(client: Client, unique: str) -> None:
    iam, ecr, ssm = client("iam"), client("ecr"), client("ssm")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.create_role(RoleName=unique, AssumeRolePolicyDocument=trust, Tags=pairs(FIRST))
    iam.tag_role(RoleName=unique, Tags=pairs(SECOND))
    assert unpaired(iam.list_role_tags(RoleName=unique)["Tags"]) == MERGED
    iam.create_instance_profile(InstanceProfileName=unique, Tags=pairs(FIRST))
    iam.tag_instance_profile(InstanceProfileName=unique, Tags=pairs(SECOND))
    shown = iam.get_instance_profile(InstanceProfileName=unique)["InstanceProfile"]
    assert unpaired(shown["Tags"]) == MERGED
    arn = ecr.create_repository(repositoryName=unique, tags=pairs(FIRST))["repository"]["repositoryArn"]
    ecr.tag_resource(resourceArn=arn, tags=pairs(SECOND))
    assert unpaired(ecr.list_tags_for_resource(resourceArn=arn)["tags"]) == MERGED
    ssm.put_parameter(Name=unique, Value="1", Type="String", Tags=pairs(FIRST))
    ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=unique, Tags=pairs(SECOND))
    listed = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=unique)["TagList"]
    assert unpaired(listed) == MERGED


def test_tags_of_clusters_balancers_alarms_and_acls_are_merged(
    client: Client, unique: str, balancer: str
) -> None:
    ecs, elb, cloudwatch, waf = client("ecs"), client("elbv2"), client("cloudwatch"), client("wafv2")
    cluster = ecs.create_cluster(clusterName=unique, tags=pairs(FIRST, "key", "value"))["cluster"][
        "clusterArn"
    ]
    ecs.tag_resource(resourceArn=cluster, tags=pairs(SECOND, "key", "value"))
    tags = ecs.list_tags_for_resource(resourceArn=cluster)["tags"]
    assert unpaired(tags, "key", "value") == MERGED
    for given in (FIRST, SECOND):
        elb.add_tags(ResourceArns=[balancer], Tags=pairs(given))
    shown = elb.describe_tags(ResourceArns=[balancer])["TagDescriptions"][0]
    assert unpaired(shown["Tags"]) == MERGED
    cloudwatch.put_metric_alarm(
        AlarmName=unique,
        Namespace="N",
        MetricName="M",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        Threshold=1.0,
        Tags=pairs(FIRST),
    )
    alarm = cloudwatch.describe_alarms(AlarmNames=[unique])["MetricAlarms"][0]["AlarmArn"]
    cloudwatch.tag_resource(ResourceARN=alarm, Tags=pairs(SECOND))
    assert unpaired(cloudwatch.list_tags_for_resource(ResourceARN=alarm)["Tags"]) == MERGED
    visible = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    acl = waf.create_web_acl(
        Name=unique,
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig=visible,
        Tags=pairs(FIRST),
    )["Summary"]["ARN"]
    waf.tag_resource(ResourceARN=acl, Tags=pairs(SECOND))
    assert unpaired(waf.list_tags_for_resource(ResourceARN=acl)["TagInfoForResource"]["TagList"]) == MERGED
