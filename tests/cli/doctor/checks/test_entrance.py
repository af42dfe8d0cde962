"""The certificate and the zone of the API's domain."""

import json
from dataclasses import replace

import pytest

from cli.doctor.checks import entrance
from cli.doctor.patient import NotFoundError, Result
from cli.doctor.rounds import run
from tests.cli.doctor.fakes import Answer, patient, settings

CERTIFICATE, ZONE, LEADS = (check.look for check in entrance.CHECKS)
DOMAIN = settings().job_server.domain


def issued(*names: str, status: str = "ISSUED") -> Answer:
    return {
        "Certificate": {
            "Status": status,
            "DomainName": names[0],
            "SubjectAlternativeNames": list(names),
        }
    }


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (issued(DOMAIN), Result.PASSED),
        (issued("example.com", f"*.{DOMAIN.partition('.')[2]}"), Result.PASSED),
        (issued(f"*.{DOMAIN.partition('.')[2].partition('.')[2]}"), Result.FAILED),
        (issued("other.example.com"), Result.FAILED),
        (issued(DOMAIN, status="PENDING_VALIDATION"), Result.FAILED),
        (issued(DOMAIN, status="EXPIRED"), Result.FAILED),
        (NotFoundError(), Result.FAILED),
    ],
)
def test_the_certificate_is_issued_for_the_domain(answer: Answer, result: Result) -> None:
    found = CERTIFICATE(patient({"acm.describe_certificate": answer}))
    assert found.result is result
    assert bool(found.remedy) is (result is Result.FAILED)


def zone(name: str) -> Answer:
    return {
        "HostedZone": {"Id": "/hostedzone/Z1", "Name": name, "CallerReference": "1"},
        "DelegationSet": {"NameServers": ["ns-1.example.com"]},
    }


@pytest.mark.parametrize(
    ("name", "result"),
    [
        (f"{DOMAIN.partition('.')[2]}.", Result.PASSED),
        (f"{DOMAIN}.", Result.PASSED),
        ("other.example.org.", Result.FAILED),
        (f"{DOMAIN[1:]}.", Result.FAILED),
    ],
)
def test_the_domain_is_in_the_zone(name: str, result: Result) -> None:
    assert ZONE(patient({"route53.get_hosted_zone": zone(name)})).result is result


def test_a_zone_that_is_gone_fails_and_none_is_fine() -> None:
    assert ZONE(patient({"route53.get_hosted_zone": NotFoundError()})).result is Result.FAILED
    given = settings()
    given = replace(given, job_server=replace(given.job_server, zone_id=None))
    assert ZONE(patient(given=given)).result is Result.PASSED


BALANCER = "clip-it.elb.amazonaws.com"
DEPLOYED = {"stack": json.dumps({"balancer_dns_name": BALANCER})}
HERE, ELSEWHERE = frozenset({"192.0.2.1", "192.0.2.2"}), frozenset({"198.51.100.1"})


@pytest.mark.parametrize("zone_id", ["Z0123456789ABCDEFGHIJ", None])
@pytest.mark.parametrize(
    ("names", "result"),
    [
        ({BALANCER: HERE, DOMAIN: frozenset({"192.0.2.2"})}, Result.PASSED),
        ({BALANCER: HERE, DOMAIN: ELSEWHERE}, Result.FAILED),
        ({BALANCER: HERE}, Result.FAILED),
    ],
    ids=["balancer", "elsewhere", "nowhere"],
)
def test_the_domain_leads_to_the_load_balancer(
    names: dict[str, frozenset[str]], result: Result, zone_id: str | None
) -> None:
    given = settings()
    given = replace(given, job_server=replace(given.job_server, zone_id=zone_id))
    found = LEADS(patient(said=DEPLOYED, given=given, names=names))
    assert found.result is result
    if result is Result.FAILED:
        assert ("get-hosted-zone --id Z0" if zone_id else BALANCER) in found.remedy


def test_a_stack_without_a_balancer_leads_nowhere_yet() -> None:
    assert LEADS(patient(said={"stack": "{}"})).detail == "not deployed yet"


def test_name_servers_that_do_not_answer_prove_nothing() -> None:
    found = list(run(entrance.CHECKS[2:], patient(said=DEPLOYED)))
    assert [it.finding.result for it in found] == [Result.UNSEEN]
