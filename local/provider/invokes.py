"""The look-ups that a program may make through the provider, and their answers."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from local.provider.types.aws import Aws
from local.provider.types.props import Props
from local.provider.types.resource import Outputs

Invoke: TypeAlias = Callable[[Aws, Props], Outputs]


def _caller_identity(aws: Aws, _given: Props) -> Outputs:
    who = aws.call("sts", "get_caller_identity")
    return {
        "id": who.text("Account"),
        "accountId": who.text("Account"),
        "arn": who.text("Arn"),
        "userId": who.text("UserId"),
    }


def _region(aws: Aws, given: Props) -> Outputs:
    name = given.maybe_text("region") or given.maybe_text("name") or aws.region
    return {
        "id": name,
        "name": name,
        "region": name,
        "endpoint": f"ec2.{name}.amazonaws.com",
        "description": name,
    }


def _partition(_aws: Aws, _given: Props) -> Outputs:
    suffix = "amazonaws.com"
    return {"id": "aws", "partition": "aws", "dnsSuffix": suffix, "reverseDnsPrefix": "com.amazonaws"}


def _zones(aws: Aws, _given: Props) -> Outputs:
    zones = aws.call("ec2", "describe_availability_zones").blocks("AvailabilityZones")
    names = [zone.text("ZoneName") for zone in zones]
    return {"id": aws.region, "names": names, "zoneIds": [zone.maybe_text("ZoneId") for zone in zones]}


def _parameter(aws: Aws, given: Props) -> Outputs:
    name = given.text("name")
    found = aws.call("ssm", "get_parameter", Name=name, WithDecryption=True).block("Parameter")
    return {
        "id": name,
        "name": name,
        "arn": found.text("ARN"),
        "type": found.text("Type"),
        "value": found.text("Value"),
        "version": found.number("Version"),
    }


INVOKES: Final[Mapping[str, Invoke]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:ssm/getParameter:getParameter": _parameter,
}
