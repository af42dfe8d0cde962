"""Links to objects, as customers' programs get them."""

from urllib.parse import urlsplit

import pytest

from handlers.job_server.aws import connect_buckets


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
