"""The certificate and the zone of the API's domain."""

from dataclasses import replace

import pytest

from cli.doctor.checks import entrance
from cli.doctor.patient import NotFoundError, Verdict
from tests.cli.doctor.fakes import Answer, patient, settings

CERTIFICATE, ZONE = (check.look for check in entrance.CHECKS)
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
    ("answer", "verdict"),
    [
        (issued(DOMAIN), Verdict.PASSED),
        (issued("example.com", f"*.{DOMAIN.partition('.')[2]}"), Verdict.PASSED),
        (issued(f"*.{DOMAIN.partition('.')[2].partition('.')[2]}"), Verdict.FAILED),
        (issued("other.example.com"), Verdict.FAILED),
        (issued(DOMAIN, status="PENDING_VALIDATION"), Verdict.FAILED),
        (issued(DOMAIN, status="EXPIRED"), Verdict.FAILED),
        (NotFoundError(), Verdict.FAILED),
    ],
)
def test_the_certificate_is_issued_for_the_domain(answer: Answer, verdict: Verdict) -> None:
    found = CERTIFICATE(patient({"acm.describe_certificate": answer}))
    assert found.verdict is verdict
    assert bool(found.remedy) is (verdict is Verdict.FAILED)


def zone(name: str) -> Answer:
    return {
        "HostedZone": {"Id": "/hostedzone/Z1", "Name": name, "CallerReference": "1"},
        "DelegationSet": {"NameServers": ["ns-1.example.com"]},
    }


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        (f"{DOMAIN.partition('.')[2]}.", Verdict.PASSED),
        (f"{DOMAIN}.", Verdict.PASSED),
        ("other.example.org.", Verdict.FAILED),
        (f"{DOMAIN[1:]}.", Verdict.FAILED),
    ],
)
def test_the_domain_is_in_the_zone(name: str, verdict: Verdict) -> None:
    assert ZONE(patient({"route53.get_hosted_zone": zone(name)})).verdict is verdict


def test_a_zone_that_is_gone_fails_and_none_is_fine() -> None:
    assert ZONE(patient({"route53.get_hosted_zone": NotFoundError()})).verdict is Verdict.FAILED
    given = settings()
    given = replace(given, job_server=replace(given.job_server, zone_id=None))
    assert ZONE(patient(given=given)).verdict is Verdict.PASSED
