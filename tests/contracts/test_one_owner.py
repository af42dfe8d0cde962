"""What AWS keeps in one field has one owner in the program: two that write it undo each other at each `up`.

Does not see who else writes: the scaler's fields are in `tests/components/test_render_fleet.py`, and AWS
writes the policy of a bucket when flow logs into it are created, so that bucket holds nothing else.
"""

from collections import Counter

import pytest

STACKS = ("local", "dev", "prod")
# Resources that write a field of another one, and the input that names it.
WRITES = {
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "bucket",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "bucket",
    "aws:s3/bucketPolicy:BucketPolicy": "bucket",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "bucket",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": "bucket",
    "aws:s3/bucketVersioning:BucketVersioning": "bucket",
    "aws:sns/topicPolicy:TopicPolicy": "arn",
    "aws:sqs/queuePolicy:QueuePolicy": "queueUrl",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": "repository",
    "aws:wafv2/webAclAssociation:WebAclAssociation": "resourceArn",
    "aws:appautoscaling/target:Target": "resourceId",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "subnetId",
}
# Inputs by which a resource would write what others of the program write.
INLINE = {
    "aws:s3/bucket:Bucket": {"policy", "lifecycleRules", "serverSideEncryptionConfiguration", "versioning"},
    "aws:sns/topic:Topic": {"policy"},
    "aws:sqs/queue:Queue": {"policy"},
    "aws:iam/role:Role": {"inlinePolicies", "managedPolicyArns"},
    "aws:ec2/securityGroup:SecurityGroup": {"ingress", "egress"},
    "aws:ec2/routeTable:RouteTable": {"routes"},
}


@pytest.mark.parametrize("stack", STACKS)
def test_no_two_resources_write_one_field(program, stack) -> None:
    written = Counter(
        (one.type, one.inputs[WRITES[one.type]]) for one in program(stack).resources if one.type in WRITES
    )
    assert written
    assert [field for field, owners in written.items() if owners > 1] == []


@pytest.mark.parametrize("stack", STACKS)
def test_no_resource_writes_itself_what_another_one_writes(program, stack) -> None:
    found = [
        (one.name, key)
        for one in program(stack).resources
        for key in INLINE.get(one.type, set())
        if key in one.inputs
    ]
    assert found == []


@pytest.mark.parametrize("stack", STACKS)
def test_what_others_write_while_it_runs_is_left_to_them(program, stack) -> None:
    world = program(stack)
    (service,) = world.of("aws:ecs/service:Service")
    assert "desiredCount" in service.ignore_changes
    for group in world.of("aws:autoscaling/group:Group"):
        assert "desiredCapacity" in group.ignore_changes


def test_the_bucket_whose_policy_aws_writes_holds_flow_logs_alone(program) -> None:
    world = program("prod")
    (flow,) = world.of("aws:ec2/flowLog:FlowLog")
    bucket = flow.inputs["logDestination"].rpartition(":")[2].partition("/")[0]
    others = [
        one.name
        for one in world.resources
        if one.type in {"aws:lb/loadBalancer:LoadBalancer", "aws:ssm/association:Association"}
        and bucket in str(one.inputs)
    ]
    assert others == []
