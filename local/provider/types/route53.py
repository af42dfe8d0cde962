"""DNS records."""

from collections.abc import Iterator

from local.provider.types.aws import Aws
from local.provider.types.checks import exactly_one, one_of, required
from local.provider.types.props import Props
from local.provider.types.resource import (
    Change,
    CheckFailure,
    Created,
    Existing,
    Outputs,
    ResourceType,
    Types,
)

KINDS = ("A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "TXT")


def _change(aws: Aws, action: str, props: Props) -> None:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": _record(props)}]}
    aws.call("route53", "change_resource_record_sets", HostedZoneId=props.text("zoneId"), ChangeBatch=batch)


def _record(props: Props) -> dict[str, object]:
    record: dict[str, object] = {"Name": props.text("name"), "Type": props.text("type")}
    alias = props.block("aliases")
    if alias:
        return {
            **record,
            "AliasTarget": {
                "DNSName": alias.text("name"),
                "HostedZoneId": alias.text("zoneId"),
                "EvaluateTargetHealth": alias.flag("evaluateTargetHealth"),
            },
        }
    values = [{"Value": value} for value in props.texts("records")]
    return {**record, "TTL": props.number("ttl"), "ResourceRecords": values}


def _create_record(aws: Aws, new: Props) -> Created:
    _change(aws, "UPSERT" if new.flag("allowOverwrite") else "CREATE", new)
    return Created(id="_".join((new.text("zoneId"), new.text("name"), new.text("type"))))


def _read_record(aws: Aws, it: Existing) -> Outputs | None:
    zone, rest = it.id.split("_", 1)
    name, first_kind = rest.rsplit("_", 1)
    kind = it.state.maybe_text("type") or first_kind  # another type leaves the id as it is
    for record in aws.pages("route53", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone):
        full = record.text("Name").removesuffix(".")
        if record.text("Type") == kind and full in {name.removesuffix("."), name}:
            return {"zoneId": zone, "name": name, "type": kind, "fqdn": full, **_seen_target(record)}
    return None


def _seen_target(record: Props) -> Outputs:
    alias = record.block("AliasTarget")
    if not alias:
        values = [value.text("Value") for value in record.blocks("ResourceRecords")]
        return {"ttl": record.maybe_number("TTL"), "records": values}
    target = {
        "name": alias.text("DNSName").removesuffix("."),
        "zoneId": alias.text("HostedZoneId"),
        "evaluateTargetHealth": alias.flag("EvaluateTargetHealth"),
    }
    return {"aliases": [target]}


def _update_record(aws: Aws, it: Existing, change: Change) -> None:
    if change.touches("type"):
        _change(aws, "DELETE", it.state)
    _change(aws, "UPSERT", change.inputs)


def _delete_record(aws: Aws, it: Existing) -> None:
    _change(aws, "DELETE", it.state)


def _has_ttl(inputs: Props) -> Iterator[CheckFailure]:
    if inputs.has("records") != inputs.has("ttl"):
        yield CheckFailure(property="ttl", reason="goes with records, and not with an alias")


TYPES: Types = {
    "aws:route53/record:Record": ResourceType(
        create=_create_record,
        read=_read_record,
        update=_update_record,
        delete=_delete_record,
        checks=(
            required("name", "type", "zoneId"),
            one_of("type", KINDS),
            exactly_one("records", "aliases"),
            _has_ttl,
        ),
        taggable=False,
    ),
}
