"""Log groups and metric filters, against moto."""

GROUP = "aws:cloudwatch/logGroup:LogGroup"
FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
METRIC = {"name": "errors", "namespace": "clip-it", "value": "1"}


def test_a_log_group_is_named_after_its_resource_and_gone_once_deleted(stack):
    group = stack.create(GROUP, {"retentionInDays": 14, "tags": {"a": "1"}}, name="server")

    assert str(group.outputs["name"]).startswith("server-")
    assert group.outputs["arn"] == f"arn:aws:logs:eu-central-1:123456789012:log-group:{group.id}"
    assert group.outputs["tagsAll"] == {"a": "1"}
    stack.delete(group)


def test_retention_and_tags_of_a_group_change_in_place(stack):
    group = stack.create(GROUP, {"retentionInDays": 14, "tags": {"a": "1", "b": "2"}})

    stack.update(stack.update(group, retentionInDays=0), tags={"b": "3"})


def test_retention_and_tags_changed_by_hand_are_drift(stack):
    group = stack.create(GROUP, {"retentionInDays": 14, "tags": {"a": "1"}})
    stack.aws.call("logs", "put_retention_policy", logGroupName=group.id, retentionInDays=90)
    stack.aws.call("logs", "tag_resource", resourceArn=group.outputs["arn"], tags={"b": "2"})

    assert stack.drift(group) == {"retentionInDays": 90, "tags": {"a": "1", "b": "2"}}


def test_a_retention_that_the_api_does_not_know_is_refused(stack):
    assert "use one of" in stack.refusals(GROUP, {"retentionInDays": 15})["retentionInDays"]


def test_a_group_of_another_name_is_another_group(stack):
    assert stack.replaces(stack.create(GROUP, {"name": "one"}), name="two")
