"""The rules of a listener as moto keeps them."""

import boto3
import pytest

from local.ecs_service.listener_rules import FixedAnswer, fixed_answers
from tests import aws


def fixed(status: str) -> dict[str, object]:
    return {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": status, "MessageBody": "No"}}


def test_fixed_answers_are_those_of_secure_listeners_by_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    with aws.emulated(monkeypatch):
        elbv2, ec2 = boto3.client("elbv2", aws.REGION), boto3.client("ec2", aws.REGION)
        subnets = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]][:2]
        made = elbv2.create_load_balancer(Name="api", Subnets=subnets)["LoadBalancers"][0]
        arn = made["LoadBalancerArn"]
        assert fixed_answers(elbv2, arn) == ()
        acm = boto3.client("acm", aws.REGION)
        certificate = acm.request_certificate(DomainName="api.example.com")["CertificateArn"]
        for port, protocol in ((80, "HTTP"), (443, "HTTPS")):
            listener = elbv2.create_listener(
                LoadBalancerArn=arn,
                Port=port,
                Protocol=protocol,
                DefaultActions=[fixed("404")],
                **({"Certificates": [{"CertificateArn": certificate}]} if protocol == "HTTPS" else {}),
            )["Listeners"][0]["ListenerArn"]
            for priority, path in ((2, "/b"), (1, "/a")):
                elbv2.create_rule(
                    ListenerArn=listener,
                    Priority=priority,
                    Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": [path]}}],
                    Actions=[fixed(f"40{priority}")],
                )
        assert fixed_answers(elbv2, arn) == tuple(
            FixedAnswer(patterns=(path,), status=status, content_type="text/plain", body=b"No")
            for path, status in (("/a", 401), ("/b", 402))
        )
