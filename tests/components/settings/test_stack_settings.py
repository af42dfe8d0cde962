"""What a stack file may say: everything that is wrong is said at once, by name."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from components.naming import Naming
from components.naming.fleet_names import FleetNames
from components.settings import Settings, SettingsError, parse
from components.settings.stack_settings import MOST_FLEETS

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
        pytest.param(
            "job_server", "image_repository", "clip-it:latest", "without a tag", id="an image with a tag"
        ),
        pytest.param(
            "deployment",
            "permissions_boundary",
            "arn:aws:iam::999999999999:policy/b",
            "one of the account",
            id="a boundary of another account",
        ),
        pytest.param(
            "job_server",
            "allowed_cidrs",
            ["10.0.0.0/8", "10.0.0.0/08"],
            "IPv4 range",
            id="a range in two ways",
        ),
        pytest.param(
            "job_server", "allowed_cidrs", ["10.0.0.0/255.0.0.0"], "IPv4 range", id="a mask for a prefix"
        ),
        pytest.param("network", "cidr", "10.0.0.0/016", "IPv4 range", id="a prefix with a zero ahead"),
        pytest.param("alarms", "emails", ["on-call"], "mail addresses", id="no mail address"),
        pytest.param("alarms", "emails", [""], "mail addresses", id="an empty mail address"),
        pytest.param("deployment", "owner", "vidéo", "2 to 64 letters", id="letters that tags may lack"),
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
        pytest.param(
            "alarms",
            "runbooks_url",
            f"https://{'x' * 400}.example",
            "at most 300 characters",
            id="more than a description holds",
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
        pytest.param("instance_types", ["mac2.metal"], "mac2.metal given", id="a Mac with an ARM processor"),
        pytest.param("instance_types", ["c7i.xLarge"], "instance types such as", id="a capital letter"),
        pytest.param("engine_command", "mötor", "a command", id="a letter that the document refuses"),
        pytest.param("engine_command", "--fast", "a command", id="an option without a command"),
        pytest.param("minimum_free_mib", 40 * 1024, "less than volume_gib", id="more than the volume holds"),
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


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        pytest.param("idle_before_scale_in_s", -5, "-5 given; 0 or more", id="idle for less than no time"),
        pytest.param("spend_ceiling", 0, "0 given; above 0", id="no money at all"),
        pytest.param("spend_ceiling", float("inf"), "inf given; above 0", id="no number"),
        pytest.param("spend_ceiling", float("nan"), "nan given; above 0", id="not a number"),
    ],
)
def test_what_the_scaler_would_refuse_once_it_runs_is_refused_before(
    key: str, value: object, expected: str, stack_sections: Sections
) -> None:
    sections = stack_sections("dev")
    sections["fleets"]["cpu"]["scaling"][key] = value
    (problem,) = problems(sections)
    assert problem.startswith(f"clip-it:fleets.cpu.scaling.{key}: {expected}")


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


@pytest.mark.parametrize("root", ["/home/render", "/run/user/1", "/root", "/dev/render", "/proc/1", "/sys"])
def test_a_folder_that_the_agents_unit_hides_is_refused(root: str, stack_sections: Sections) -> None:
    sections = stack_sections("dev")
    sections["fleets"]["cpu"]["install_root"] = root
    (problem,) = problems(sections)
    assert problem.startswith(f"clip-it:fleets.cpu.install_root: {root} given; a folder outside ")


@pytest.mark.parametrize("root", ["/", "//srv/x", "/opt/../srv/x", "/opt/./x", "/opt/clip-it/"])
def test_a_folder_with_more_than_one_spelling_is_refused(root: str, stack_sections: Sections) -> None:
    sections = stack_sections("dev")
    sections["fleets"]["cpu"]["install_root"] = root
    (problem,) = problems(sections)
    assert problem.startswith(f"clip-it:fleets.cpu.install_root: {root!r} given; a path without ")


def test_more_fleets_than_the_sweepers_environment_holds_are_refused(stack_sections: Sections) -> None:
    sections = stack_sections("dev")
    cpu = sections["fleets"]["cpu"]
    sections["fleets"] |= {f"fleet{number}": cpu for number in range(12)}
    (problem,) = problems(sections)
    assert problem == "clip-it:fleets: 13 given; at most 12 are allowed."


def test_the_sweepers_environment_holds_the_addresses_of_as_many_fleets_as_are_allowed() -> None:
    naming = Naming(environment="e" * 8, owner="o", account_id="1" * 12, region="eu-northeast-1")
    fleets = {f"{number:012}": FleetNames.of(naming, f"{number:012}") for number in range(MOST_FLEETS)}
    queues = {fleet: names.queue_url for fleet, names in fleets.items()}
    letters = {fleet: f"{names.queue_url}-dead-letters" for fleet, names in fleets.items()}
    # The rest is for other variables and the names of some forty removed fleets.
    assert len(json.dumps(queues) + json.dumps(letters)) < 4096 - 400 - 40 * 16


@pytest.mark.parametrize("engine", ["references", "engine.tar.gz", ""])
def test_an_engine_that_is_no_zip_file_is_refused_with_what_is_allowed(
    engine: str, stack_sections: Sections
) -> None:
    sections = stack_sections("dev")
    sections["fleets"]["cpu"]["engine"] = engine
    (problem,) = problems(sections)
    assert problem.endswith("given; reference, image or the path of a zip archive is allowed.")
