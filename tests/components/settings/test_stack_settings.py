"""What a stack file may say: everything that is wrong is said at once, by name."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from components.settings import Settings, SettingsError, parse

Sections = Callable[[str], dict[str, Any]]


def problems(sections: dict[str, Any]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        parse(sections)
    return caught.value.problems


@pytest.mark.parametrize("stack", ["dev", "prod", "local"])
def test_the_committed_stack_file_parses(stack: str, stack_sections: Sections) -> None:
    settings = parse(stack_sections(stack))
    assert settings.deployment.environment == stack
    assert settings.renders.default_fleet in settings.fleets


def test_a_missing_setting_is_named_with_what_is_needed(stack_sections: Sections) -> None:
    sections = stack_sections("dev")
    del sections["fleets"]["cpu"]["maximum"]
    assert problems(sections) == ["clip-it:fleets.cpu.maximum: missing; a whole number 1 to 250 is needed."]


def test_an_unknown_setting_is_named_with_its_neighbors(stack_sections: Sections) -> None:
    sections = stack_sections("dev")
    sections["webhooks"]["target"] = "any"
    (problem,) = problems(sections)
    assert problem.startswith("clip-it:webhooks.target: no such setting; allowed here: targets, ")


def test_an_unknown_section_is_refused(stack_sections: Sections) -> None:
    sections = stack_sections("dev") | {"flets": {}}
    (problem,) = problems(sections)
    assert problem.startswith("clip-it:flets: no such setting; allowed here: deployment, ")


def test_everything_that_is_wrong_is_said_at_once(stack_sections: Sections) -> None:
    sections = stack_sections("dev")
    sections["network"]["cidr"] = "10.0.0.0/30"
    sections["storage"]["disposable"] = "yes"
    sections["renders"]["lease_seconds"] = 20
    sections["fleets"]["cpu"]["minimum"] = 9
    sections["fleets"]["cpu"]["scaling"]["idle_before_scale_in_s"] = "sometimes"
    del sections["alarms"]
    found = problems(sections)
    assert [problem.partition(":")[2].partition(":")[0] for problem in found] == [
        "network.cidr",
        "storage.disposable",
        "renders.lease_seconds",
        "alarms",
        "fleets.cpu.scaling.idle_before_scale_in_s",
    ]
    assert found[1] == "clip-it:storage.disposable: 'yes' given; true or false is allowed."
    assert "at least three heartbeats (30)" in found[2]


@pytest.mark.parametrize(
    ("section", "key", "value", "told"),
    [
        pytest.param(
            "deployment", "account_id", 111122223333, "12 digits in quotes", id="number for an account"
        ),
        pytest.param("deployment", "region", "ap-south-1", "the EU or the US", id="region elsewhere"),
        pytest.param("deployment", "log_retention_days", 31, "one of 1, 3, 5", id="retention nobody sells"),
        pytest.param("network", "zones", ["eu-central-1a"], "two or three", id="one zone"),
        pytest.param("network", "nat", "some", "one of none, one, per_zone", id="unheard-of gateways"),
        pytest.param(
            "job_server", "memory", 600, "with cpu 256 one of 512", id="memory Fargate does not sell"
        ),
        pytest.param("job_server", "allowed_cidrs", [], "list of", id="nobody allowed"),
        pytest.param(
            "job_server", "allowed_cidrs", ["10.0.0.1/8"], "IPv4 range", id="address that is no network"
        ),
        pytest.param("job_server", "image_tag", "latest", "a version", id="moving image"),
        pytest.param(
            "job_server", "allowed_cidrs", ["10.0.0.0/8"] * 2, "each entry once", id="a range given twice"
        ),
        pytest.param(
            "job_server",
            "allowed_cidrs",
            [f"10.{number}.0.0/16" for number in range(31)],
            "at most 30 are allowed",
            id="more ranges than a security group has rules for",
        ),
        pytest.param("network", "zones", ["eu-central-1a"] * 2, "each entry once", id="one zone twice"),
        pytest.param("alarms", "emails", ["a@b.example"] * 2, "each entry once", id="one address twice"),
        pytest.param("renders", "stall_seconds", 1800, "less than job_timeout_seconds (1800)", id="no stall"),
        pytest.param("renders", "receive_limit", 2, "attempt_limit (3)", id="too few deliveries"),
        pytest.param("webhooks", "delivery_limit", True, "a whole number 1 to 15", id="true for a number"),
        pytest.param(
            "alarms", "runbooks_url", "http://x.example", "an https address", id="runbooks without TLS"
        ),
    ],
)
def test_a_value_out_of_range_is_refused(
    section: str, key: str, value: object, told: str, stack_sections: Sections
) -> None:
    sections = stack_sections("dev")
    sections[section][key] = value
    (problem,) = problems(sections)
    assert problem.startswith(f"clip-it:{section}.{key}: ")
    assert told in problem


def test_a_default_fleet_must_exist(stack_sections: Sections) -> None:
    sections = stack_sections("dev")
    sections["renders"]["default_fleet"] = "tpu"
    (problem,) = problems(sections)
    assert problem == "clip-it:renders.default_fleet: 'tpu' given; one of the fleets (cpu) is allowed."


def test_a_fleet_must_wait_for_the_longest_job_when_it_drains(stack_sections: Sections) -> None:
    sections = stack_sections("dev")
    sections["fleets"]["cpu"]["drain_deadline_seconds"] = 60
    assert "renders.job_timeout_seconds (1800)" in problems(sections)[0]


def test_zones_belong_to_the_region(stack_sections: Sections) -> None:
    sections = stack_sections("dev")
    sections["network"]["zones"] = ["eu-west-1a", "eu-central-1b"]
    assert problems(sections) == [
        "clip-it:network.zones: 'eu-west-1a' given; a zone of eu-central-1 is allowed."
    ]


def test_settings_built_by_hand_are_checked_too(prod: Settings) -> None:
    with pytest.raises(SettingsError, match="maximum_tasks: 0 given"):
        replace(prod.job_server, maximum_tasks=0)


def test_a_section_that_is_no_object_is_refused(stack_sections: Sections) -> None:
    sections = stack_sections("dev") | {"network": "10.0.0.0/16"}
    assert problems(sections) == ["clip-it:network: '10.0.0.0/16' given; an object with keys is allowed."]


def test_what_lives_in_another_region_is_refused(stack_sections: Sections) -> None:
    sections = stack_sections("dev")
    sections["job_server"]["certificate_arn"] = "arn:aws:acm:us-east-1:111122223333:certificate/1"
    (problem,) = problems(sections)
    assert problem.endswith("given; one of eu-central-1 is allowed.")


def test_a_ceiling_that_does_not_pay_for_the_minimum_is_refused_before_anything_is_deployed(
    stack_sections: Sections,
) -> None:
    sections = stack_sections("dev")
    sections["fleets"]["cpu"] |= {"minimum": 4, "maximum": 9}
    sections["fleets"]["cpu"]["scaling"] |= {"on_demand_price": 0.4, "spend_ceiling": 1.5}
    (problem,) = problems(sections)
    assert problem.startswith("clip-it:fleets.cpu.scaling.spend_ceiling: 1.5 given; at least 1.6 is needed")


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        pytest.param("instance_types", ["c7i.large"] * 2, "each entry once", id="one type twice"),
        pytest.param(
            "instance_types",
            [f"c7i.{number}xlarge" for number in range(41)],
            "41 given; at most 40",
            id="more types than a group takes",
        ),
        pytest.param("instance_types", ["c7i.large", "c7gn.large"], "c7gn.large given", id="a Graviton type"),
        pytest.param("instance_types", ["a1.large"], "a1.large given", id="the first Graviton family"),
        pytest.param("boot_deadline_seconds", 900, "1200 is needed", id="stages longer than the whole boot"),
    ],
)
def test_what_aws_or_the_image_would_refuse_of_a_fleet_is_refused_first(
    key: str, value: object, expected: str, stack_sections: Sections
) -> None:
    sections = stack_sections("dev")
    sections["fleets"]["cpu"][key] = value
    (problem,) = problems(sections)
    assert problem.startswith(f"clip-it:fleets.cpu.{key}: ")
    assert expected in problem


@pytest.mark.parametrize("kind", ["g4dn.xlarge", "g5.xlarge", "m6id.metal", "x2iedn.xlarge", "mac1.metal"])
def test_a_g_elsewhere_in_a_type_is_no_graviton(kind: str, stack_sections: Sections) -> None:
    sections = stack_sections("dev")
    sections["fleets"]["cpu"]["instance_types"] = [kind]
    assert parse(sections).fleets["cpu"].instance_types == (kind,)


def test_a_fleet_is_not_called_like_an_association_of_every_fleet(stack_sections: Sections) -> None:
    sections = stack_sections("dev")
    sections["fleets"]["inventory"] = sections["fleets"]["cpu"]
    (problem,) = problems(sections)
    assert problem.startswith("clip-it:fleets.inventory: an association of every fleet is called so")


def test_a_certificate_of_another_account_is_refused(stack_sections: Sections) -> None:
    sections = stack_sections("dev")
    sections["job_server"]["certificate_arn"] = "arn:aws:acm:eu-central-1:444455556666:certificate/1"
    (problem,) = problems(sections)
    assert "one of the account 111122223333 is allowed" in problem


@pytest.mark.parametrize("root", ["/home/render", "/run/user/1", "/root"])
def test_a_folder_that_the_agents_unit_hides_is_refused(root: str, stack_sections: Sections) -> None:
    sections = stack_sections("dev")
    sections["fleets"]["cpu"]["install_root"] = root
    (problem,) = problems(sections)
    assert problem.startswith(f"clip-it:fleets.cpu.install_root: {root} given; a folder outside ")


@pytest.mark.parametrize("engine", ["references", "engine.tar.gz", ""])
def test_an_engine_that_is_no_zip_file_is_refused_with_what_is_allowed(
    engine: str, stack_sections: Sections
) -> None:
    sections = stack_sections("dev")
    sections["fleets"]["cpu"]["engine"] = engine
    (problem,) = problems(sections)
    assert problem.endswith("given; reference, image or the path of a zip archive is allowed.")
