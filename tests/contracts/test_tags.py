"""The tags that the program sets are the tags that the policy pack demands; each states them itself."""

import pytest
from guardrails.aws.tags import REQUIRED_KEYS

REQUIRED = set(REQUIRED_KEYS.default)


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_every_tagged_resource_carries_the_required_keys(program, stack) -> None:
    tagged = [one for one in program(stack).resources if isinstance(one.inputs.get("tags"), dict)]
    assert len(tagged) > 30
    for resource in tagged:
        assert set(resource.inputs["tags"]) >= REQUIRED, resource.urn


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_instances_and_volumes_carry_the_required_keys(program, stack) -> None:
    templates = program(stack).of("aws:ec2/launchTemplate:LaunchTemplate")
    assert templates
    for template in templates:
        by_type = {spec["resourceType"]: set(spec["tags"]) for spec in template.inputs["tagSpecifications"]}
        assert by_type["instance"] >= REQUIRED
        assert by_type["volume"] >= REQUIRED
