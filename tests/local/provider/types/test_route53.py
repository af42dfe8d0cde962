"""Records, against moto."""

import pytest

RECORD = "aws:route53/record:Record"


@pytest.fixture
def zone(stack):
    """The id of a hosted zone that was there before the program."""
    answer = stack.aws.call("route53", "create_hosted_zone", Name="example.com", CallerReference="once")
    return answer.block("HostedZone").text("Id").removeprefix("/hostedzone/")


def test_an_alias_record_points_at_a_balancer(stack, zone):
    alias = {
        "name": "api-1.eu-central-1.elb.amazonaws.com",
        "zoneId": "Z2P70J7EXAMPLE",
        "evaluateTargetHealth": True,
    }
    given = {"zoneId": zone, "name": "api.example.com", "type": "A", "aliases": [alias]}
    record = stack.create(RECORD, given)

    assert record.outputs["fqdn"] == "api.example.com"
    record = stack.update(record, aliases=[{**alias, "evaluateTargetHealth": False}])
    stack.delete(record)


def test_a_plain_record_changed_by_hand_is_drift(stack, zone):
    given = {
        "zoneId": zone,
        "name": "www.example.com",
        "type": "CNAME",
        "ttl": 60,
        "records": ["example.com"],
    }
    record = stack.create(RECORD, given)
    changed = {
        "Name": "www.example.com",
        "Type": "CNAME",
        "TTL": 60,
        "ResourceRecords": [{"Value": "evil.com"}],
    }
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": changed}]}
    stack.aws.call("route53", "change_resource_record_sets", HostedZoneId=zone, ChangeBatch=batch)

    assert stack.drift(record) == {"records": ["evil.com"]}


def test_a_record_becomes_one_of_another_type(stack, zone):
    given = {"zoneId": zone, "name": "www.example.com", "type": "A", "ttl": 60, "records": ["192.0.2.1"]}
    record = stack.create(RECORD, given)
    record = stack.update(record, type="CNAME", records=["example.com"])

    answer = stack.aws.call("route53", "list_resource_record_sets", HostedZoneId=zone)
    mine = [one for one in answer.blocks("ResourceRecordSets") if one.text("Name") == "www.example.com."]
    assert [one.text("Type") for one in mine] == ["CNAME"]
    stack.delete(record)


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"type": "B"}, "type", "not allowed"),
        ({"aliases": [{"name": "x", "zoneId": "z"}]}, "records", "exactly one"),
        ({"ttl": None}, "ttl", "goes with records"),
    ],
)
def test_a_record_that_route53_refuses_is_refused(stack, change, key, reason):
    given = {"zoneId": "Z", "name": "a.example.com", "type": "A", "ttl": 60, "records": ["192.0.2.1"]}
    assert reason in stack.refusals(RECORD, given | change)[key]
