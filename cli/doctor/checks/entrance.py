"""Checks the certificate and the domain of the API."""

import json

from cli.doctor.patient import Check, Finding, NotFoundError, Patient, block, failed, passed


def _certificate(patient: Patient) -> Finding:
    server = patient.settings.job_server
    remedy = f"aws acm request-certificate --domain-name {server.domain} --validation-method DNS"
    try:
        answer = patient.aws("acm", "describe_certificate", CertificateArn=server.certificate_arn)
    except NotFoundError:
        return failed(f"there is no certificate {server.certificate_arn}", remedy)
    certificate = block(answer, "Certificate")
    status = certificate.get("Status")
    if status != "ISSUED":
        return failed(f"the certificate is {status}", remedy)
    others = certificate.get("SubjectAlternativeNames")
    names = [str(certificate.get("DomainName")), *(map(str, others) if isinstance(others, list) else ())]
    if not any(_covers(name, server.domain) for name in names):
        return failed(f"the certificate is for {', '.join(names)}, not for {server.domain}", remedy)
    return passed(f"the certificate is issued for {server.domain}")


def _covers(name: str, domain: str) -> bool:
    """A wildcard stands for one label (RFC 6125, section 6.4.3)."""
    return name == domain or (name.startswith("*.") and domain.partition(".")[2] == name[2:])


def _zone(patient: Patient) -> Finding:
    server = patient.settings.job_server
    if server.zone_id is None:
        return passed(f"no zone: {server.domain} must point at the output balancer_dns_name")
    try:
        answer = patient.aws("route53", "get_hosted_zone", Id=server.zone_id)
    except NotFoundError:
        return failed(f"there is no hosted zone {server.zone_id}", "aws route53 list-hosted-zones")
    name = str(block(answer, "HostedZone").get("Name")).removesuffix(".")
    if server.domain != name and not server.domain.endswith(f".{name}"):
        return failed(f"{server.domain} is not in the zone {name}", "aws route53 list-hosted-zones")
    return passed(f"{server.domain} is in the zone {name}")


def _domain(patient: Patient) -> Finding:
    """Callers reach the load balancer: the zone is delegated, or the record that you made is right."""
    server = patient.settings.job_server
    outputs = json.loads(patient.pulumi("stack", "output", "--json", "--stack", patient.stack))
    balancer = outputs.get("balancer_dns_name")
    if not balancer:
        return passed("not deployed yet")
    wanted = patient.resolve(str(balancer))
    remedy = (
        f"dig NS {server.domain.partition('.')[2]} # must name the servers of "
        f"aws route53 get-hosted-zone --id {server.zone_id}"
        if server.zone_id
        else f"dig {server.domain} # must lead to {balancer}: make a record that does"
    )
    try:
        found = patient.resolve(server.domain)
    except NotFoundError:
        return failed(f"there is no address for {server.domain}", remedy)
    if not found & wanted:
        return failed(f"{server.domain} leads to {', '.join(sorted(found))}, not to {balancer}", remedy)
    return passed(f"{server.domain} leads to the load balancer")


CHECKS = (
    Check(name="certificate", look=_certificate),
    Check(name="hosted zone", look=_zone),
    Check(name="domain", look=_domain),
)
