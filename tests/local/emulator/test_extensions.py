"""Composite alarms, scalable target tags, image parameters, functions that nobody runs, faults."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.emulator.routing import Dispatcher


def test_a_scalable_target_keeps_its_tags(client: Callable[[str], Any], unique: str) -> None:
    client("ecs").create_cluster(clusterName=unique)
    scaling = client("application-autoscaling")
    client("ecs").register_task_definition(
        family=unique, containerDefinitions=[{"name": "c", "image": "i", "memory": 64}]
    )
    client("ecs").create_service(cluster=unique, serviceName=unique, taskDefinition=unique, desiredCount=1)
    arn = scaling.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{unique}/{unique}",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=2,
        Tags={"Owner": "platform"},
    )["ScalableTargetARN"]
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"Owner": "platform"}
    scaling.untag_resource(ResourceARN=arn, TagKeys=["Owner"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {}


@pytest.mark.parametrize(
    "name",
    [
        "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
        "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id",
    ],
    ids=["known", "stand-in"],
)
def test_an_image_parameter_names_an_image(client: Callable[[str], Any], name: str) -> None:
    assert client("ssm").get_parameter(Name=name)["Parameter"]["Value"].startswith("ami-")


@pytest.fixture
def function(client: Callable[[str], Any], unique: str) -> str:
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    role = client("iam").create_role(RoleName=unique, AssumeRolePolicyDocument=json.dumps(trust))["Role"][
        "Arn"
    ]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("main.py", "def handler(event, context): return event")
    client("lambda").create_function(
        FunctionName=unique,
        Runtime="python3.13",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    return unique


def test_a_write_to_a_mapped_queue_runs_nothing_and_leaves_the_message(
    client: Callable[[str], Any], function: str
) -> None:
    sqs = client("sqs")
    queue = sqs.create_queue(QueueName=function)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    mapping = client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName=function)
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "hello"
    assert client("lambda").get_event_source_mapping(UUID=mapping["UUID"])["EventSourceArn"] == arn


def test_a_write_to_a_mapped_table_runs_nothing_and_stays_in_the_stream(
    client: Callable[[str], Any], function: str
) -> None:
    dynamodb, streams = client("dynamodb"), client("dynamodbstreams")
    arn = dynamodb.create_table(
        TableName=function,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]["LatestStreamArn"]
    client("lambda").create_event_source_mapping(
        EventSourceArn=arn, FunctionName=function, StartingPosition="LATEST"
    )
    dynamodb.put_item(TableName=function, Item={"pk": {"S": "1"}})
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    assert len(streams.get_records(ShardIterator=start["ShardIterator"])["Records"]) == 1


def test_invoking_a_function_through_the_api_says_who_runs_it(
    client: Callable[[str], Any], function: str
) -> None:
    with pytest.raises(ClientError, match="the local stack runs it"):
        client("lambda").invoke(FunctionName=function)


def test_an_action_that_the_emulator_lacks_is_an_error_that_names_it(client: Callable[[str], Any]) -> None:
    with pytest.raises(ClientError, match=r"AmazonSSM\.DescribeSessions: NotImplementedError"):
        client("ssm").describe_sessions(State="Active")


def _bucket_with_policy(client: Callable[[str], Any], name: str, condition: dict[str, Any]) -> Any:
    s3 = client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        **condition,
    }
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return s3


def test_a_refusal_of_plain_transport_does_not_apply_to_the_emulator(
    client: Callable[[str], Any], unique: str
) -> None:
    plain_only = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    s3 = _bucket_with_policy(client, unique, plain_only)
    s3.put_object(Bucket=unique, Key="k", Body=b"video")
    assert s3.get_object(Bucket=unique, Key="k")["Body"].read() == b"video"


def test_a_refusal_without_a_condition_applies(client: Callable[[str], Any], unique: str) -> None:
    s3 = _bucket_with_policy(client, unique, {})
    with pytest.raises(ClientError, match=r"Forbidden|AccessDenied"):
        s3.put_object(Bucket=unique, Key="k", Body=b"video")


def test_a_queue_keeps_its_policy_when_another_attribute_is_set(
    client: Callable[[str], Any], unique: str
) -> None:
    sqs = client("sqs")
    statement = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    url = sqs.create_queue(QueueName=unique, Attributes={"Policy": policy})["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "99"})
    kept = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    assert json.loads(kept) == json.loads(policy)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "Policy" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def test_services_can_be_loaded_ahead_of_their_first_request() -> None:
    dispatcher = Dispatcher()
    dispatcher.load("eu-central-1")
    assert {"ec2", "s3", "dynamodb", "dynamodbstreams", "autoscaling", "awslambda", "ssm"} <= set(
        dispatcher.app_instances
    )
