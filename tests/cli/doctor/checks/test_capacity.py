"""Instance types by zone, and the account's quotas against the stack file."""

from dataclasses import replace

import pytest

from cli.doctor import rounds
from cli.doctor.checks import capacity
from cli.doctor.patient import NotFoundError, Result
from components.settings import Settings
from tests.cli.doctor.fakes import Answer, FakeAws, patient, settings

LOOKS = {check.name: check.look for check in capacity.CHECKS}
TYPES = "zones and instance types"


def cpu_alone() -> Settings:
    given = settings()
    fleet = replace(given.fleets["cpu"], on_demand_base=2, on_demand_percent=20, maximum=60)
    return replace(given, fleets={"cpu": fleet})


def offered(*pairs: tuple[str, str]) -> Answer:
    return {"InstanceTypeOfferings": [{"InstanceType": kind, "Location": zone} for kind, zone in pairs]}


def sizes(InstanceTypes: list[str]) -> Answer:  # noqa: N803 - as AWS calls it
    return {
        "InstanceTypes": [{"InstanceType": kind, "VCpuInfo": {"DefaultVCpus": 16}} for kind in InstanceTypes]
    }


def test_each_zone_needs_one_type_of_each_fleet_and_each_type_a_zone() -> None:
    given = cpu_alone()
    zones, types = given.network.zones, given.fleets["cpu"].instance_types
    everywhere = [(kind, zone) for kind in types for zone in zones]
    answers = {"ec2.describe_instance_type_offerings": offered(*everywhere)}
    assert LOOKS[TYPES](patient(answers, given=given)).result is Result.PASSED

    partly = [(kind, zone) for kind, zone in everywhere if zone != zones[2]]
    found = LOOKS[TYPES](patient({"ec2.describe_instance_type_offerings": offered(*partly)}, given=given))
    assert found.result is Result.FAILED
    assert f"no type for cpu in {zones[2]}" in found.detail

    missing = [(kind, zone) for kind, zone in everywhere if kind != types[1]]
    found = LOOKS[TYPES](patient({"ec2.describe_instance_type_offerings": offered(*missing)}, given=given))
    assert found.detail == f"AWS offers {types[1]} in no zone"


NEEDED = {
    "quota of Lambda": 102,
    "quota of Fargate": 12,
    # Two and a fifth of the other 58, rounded up, are on demand; 16 vCPUs each.
    "quota of on-demand instances": (2 + 12) * 16,
    "quota of spot instances": (60 - 14) * 16,
}


@pytest.mark.parametrize("name", NEEDED)
def test_a_quota_below_what_the_stack_file_needs_fails_with_the_request_that_raises_it(name: str) -> None:
    needed = NEEDED[name]
    for value, result in ((needed, Result.PASSED), (needed - 1, Result.FAILED)):
        answers = {
            "ec2.describe_instance_types": sizes,
            "service-quotas.get_service_quota": {"Quota": {"Value": float(value)}},
        }
        found = LOOKS[name](patient(answers, given=cpu_alone()))
        assert found.result is result, found
    assert found.remedy.endswith(f"--desired-value {needed}")


def test_a_quota_of_which_aws_has_the_default_alone_counts_by_its_default() -> None:
    answers = {
        "service-quotas.get_service_quota": NotFoundError(),
        "service-quotas.get_aws_default_service_quota": {"Quota": {"Value": 1000.0}},
    }
    found = LOOKS["quota of Lambda"](patient(answers, given=cpu_alone()))
    assert (found.result, found.detail) == (
        Result.PASSED,
        "Lambda, concurrent executions: 1000 of 102 needed",
    )


def test_the_sizes_of_the_instance_types_are_asked_for_once() -> None:
    given = patient({"ec2.describe_instance_types": sizes})
    list(rounds.run(capacity.CHECKS, given))
    assert isinstance(given.aws, FakeAws)
    assert given.aws.calls.count("ec2.describe_instance_types") == 1


def test_a_quota_of_what_the_stack_does_not_use_is_not_asked() -> None:
    found = LOOKS["quota of spot GPU instances"](
        patient({"ec2.describe_instance_types": sizes}, given=cpu_alone())
    )
    assert (found.result, found.detail) == (Result.PASSED, "not needed by this stack")


def test_the_page_has_the_codes_of_the_quotas() -> None:
    answers = {"ec2.describe_instance_types": sizes}
    codes = {quota.code for quota in capacity.quotas(patient(answers))}
    page = (patient().root / "docs/configuration.md").read_text()
    assert len(codes) == 6
    assert all(f"`{code}`" in page for code in codes)
