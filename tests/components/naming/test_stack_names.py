"""Names and tags."""

import pytest

from components.naming import Naming


def test_required_tags_come_with_the_component(naming: Naming) -> None:
    assert naming.tags("scaler") == {
        "Project": "clip-it",
        "Environment": "prod",
        "Component": "scaler",
        "Owner": "video-platform",
        "ManagedBy": "pulumi",
    }


def test_a_fleet_tags_its_things(naming: Naming) -> None:
    assert naming.tags("render-fleet", fleet="gpu")["Fleet"] == "gpu"


def test_a_name_within_the_limit_carries_project_and_environment(naming: Naming) -> None:
    assert naming.physical("gpu", "scaler", limit=64) == "clip-it-prod-gpu-scaler"


def test_a_name_over_the_limit_is_refused_with_its_length(naming: Naming) -> None:
    with pytest.raises(ValueError, match="has 23 characters; 22 are allowed"):
        naming.physical("gpu", "scaler", limit=22)


def test_arns_name_region_and_account(naming: Naming) -> None:
    assert naming.arn("sqs", "queue") == "arn:aws:sqs:eu-central-1:444455556666:queue"
    assert naming.bucket_arn("b", "k/*") == "arn:aws:s3:::b/k/*"
