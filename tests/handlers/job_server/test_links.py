"""Links to objects, as customers' programs get them."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.credentials import Credentials, RefreshableCredentials

from handlers.job_server.aws import Buckets, Link, connect_buckets, end_of


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-central-1", "clip-it-outputs.s3.eu-central-1.amazonaws.com"),
        ("us-west-2", "clip-it-outputs.s3.us-west-2.amazonaws.com"),
        ("us-east-1", "clip-it-outputs.s3.amazonaws.com"),
    ],
)
def test_a_link_leads_to_the_bucket_s_region_without_a_redirect(region: str, host: str) -> None:
    buckets = connect_buckets(region, inputs="clip-it-inputs", outputs="clip-it-outputs", threads=1)
    download = buckets.download_link("outputs/acme/1/video.mp4", now=0)
    assert urlsplit(download.url).hostname == host
    upload = buckets.upload_link("acme/logo.png", content_type="image/png", size=3, now=0)
    assert urlsplit(upload.url).hostname == host.replace("outputs", "inputs")


@pytest.mark.usefixtures("aws")
def test_an_upload_that_lies_about_its_length_or_its_type_has_another_signature() -> None:
    """S3 refuses whoever sends another value of a header that is signed."""
    buckets = connect_buckets("eu-central-1", inputs="inputs", outputs="outputs", threads=1)
    link = buckets.upload_link("acme/logo.png", content_type="image/png", size=3, now=0)
    (signed,) = parse_qs(urlsplit(link.url).query)["X-Amz-SignedHeaders"]
    assert set(signed.split(";")) == {"host", *(name.lower() for name in link.headers)}
    assert link.headers["Content-Length"] == "3"


NOW = datetime.now(UTC).replace(microsecond=0)
NEW_LIFE = timedelta(hours=6)


def of_a_role(left: timedelta) -> RefreshableCredentials:
    """Credentials as a task gets them, which end after a while and can be had anew."""

    def answer(life: timedelta) -> dict[str, str]:
        keys = {"access_key": "AKIDEXAMPLE", "secret_key": "secret", "token": "token"}
        return {**keys, "expiry_time": (NOW + life).isoformat()}

    return RefreshableCredentials.create_from_metadata(
        metadata=answer(left), refresh_using=lambda: answer(NEW_LIFE), method="container-role"
    )


def links(credentials: RefreshableCredentials) -> list[Link]:
    session = boto3.Session(aws_access_key_id="id", aws_secret_access_key="key", region_name="eu-central-1")
    buckets = Buckets(
        session.client("s3"), inputs="inputs", outputs="outputs", credentials_end=lambda: end_of(credentials)
    )
    at = NOW.timestamp()
    upload = buckets.upload_link("acme/logo.png", content_type="image/png", size=3, now=at)
    return [upload, buckets.download_link("outputs/acme/1/video.mp4", now=at)]


@pytest.mark.parametrize(
    ("left", "works_for"),
    [
        (timedelta(hours=5), timedelta(hours=1)),
        (timedelta(minutes=40), timedelta(minutes=40)),
        # botocore renews them now.
        (timedelta(minutes=9), timedelta(hours=1)),
    ],
    ids=["for hours", "for less than an hour", "for minutes"],
)
def test_a_link_says_how_long_it_works_with_credentials_that_last(
    left: timedelta, works_for: timedelta
) -> None:
    for link in links(of_a_role(left)):
        assert link.expires_at == (NOW + works_for).timestamp()
        query = parse_qs(urlsplit(link.url).query)
        lasts = query.get("X-Amz-Expires") or [str(int(query["Expires"][0]) - NOW.timestamp())]
        assert abs(float(lasts[0]) - works_for.total_seconds()) < 60


def test_credentials_that_never_end_shorten_no_link() -> None:
    assert end_of(Credentials("id", "key")) == float("inf")
    assert end_of(None) == float("inf")


@pytest.mark.usefixtures("aws")
def test_the_credentials_that_are_asked_for_their_end_are_those_that_sign(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []
    monkeypatch.setattr("handlers.job_server.aws.end_of", lambda given: asked.append(given) or float("inf"))
    buckets = connect_buckets("eu-central-1", inputs="i", outputs="o", threads=1)
    buckets.download_link("outputs/acme/1/video.mp4", now=0)
    assert asked == [buckets._client._request_signer._credentials]
