"""The provider works on this machine alone."""

import pytest

from local.provider.configuration import ConfigurationError, provider_configuration

HERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AWS_REGION": "eu-central-1"}


def test_the_environment_says_where_and_the_configuration_says_which_region_and_tags():
    configuration = {"region": "us-east-1", "defaultTags": '{"tags": {"Owner": "me"}}'}
    found = provider_configuration(configuration, HERE)

    assert (found.endpoint, found.region, found.default_tags) == (
        HERE["AWS_ENDPOINT_URL"],
        "us-east-1",
        {"Owner": "me"},
    )


def test_the_region_of_the_environment_is_the_fallback():
    assert provider_configuration({}, HERE).region == "eu-central-1"


def test_without_an_endpoint_it_says_how_to_get_one():
    with pytest.raises(ConfigurationError, match=r"AWS_ENDPOINT_URL is not set.*clipit local up"):
        provider_configuration({}, {"AWS_REGION": "eu-central-1"})


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://ec2.eu-central-1.amazonaws.com",
        "http://10.0.0.1:4566",
        "http://127.0.0.1.example.com",
        "127.0.0.1:4566",
        "ftp://127.0.0.1",
    ],
)
def test_an_endpoint_elsewhere_is_refused(endpoint):
    with pytest.raises(ConfigurationError, match="not an address of this machine"):
        provider_configuration({}, {**HERE, "AWS_ENDPOINT_URL": endpoint})


@pytest.mark.parametrize("endpoint", ["http://localhost:1", "http://127.9.9.9:1", "http://[::1]:1"])
def test_every_loopback_address_is_accepted(endpoint):
    assert provider_configuration({}, {**HERE, "AWS_ENDPOINT_URL": endpoint}).endpoint == endpoint


def test_without_a_region_it_says_what_to_set():
    with pytest.raises(ConfigurationError, match="no region is set"):
        provider_configuration({}, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
