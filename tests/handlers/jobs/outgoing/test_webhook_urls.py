"""Which webhook addresses are accepted."""

import pytest

from handlers.jobs.outgoing.webhook_urls import WebhookTargets, complaint, is_public_address

PUBLIC, ANY = WebhookTargets.PUBLIC, WebhookTargets.ANY


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com:8443/a?b=c",
        "https://93.184.216.34/",
        "https://a.b.example.com.",
    ],
)
def test_https_to_a_public_host_is_accepted_everywhere(url: str) -> None:
    assert complaint(url, PUBLIC) is None
    assert complaint(url, ANY) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "https://localhost/",
        "https://hooks.localhost",
        "https://intranet",
        "https://printer.local",
        "https://ip-10-0-0-1.eu-central-1.compute.internal/",
        "http://127.0.0.1:8080/",
        "https://10.1.2.3",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[fd00:ec2::254]/",
        "https://[::ffff:10.0.0.1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://127.1/",
    ],
)
def test_what_is_not_public_is_for_one_machine_only(url: str) -> None:
    assert complaint(url, PUBLIC) is not None
    assert complaint(url, ANY) is None


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com",
        "https://",
        "https:///path",
        "example.com",
        "https://user:secret@example.com/",
        "https://user@example.com/",
        "https://exa mple.com/",
        "https://example.com:99999/",
        "https://[::1",
        "https://exämple.com/",
        "https://example.com/" + "a" * 2000,
        "https://example.com/\n",
    ],
)
def test_what_is_no_address_is_refused_everywhere(url: str) -> None:
    assert complaint(url, PUBLIC) is not None
    assert complaint(url, ANY) is not None


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("192.168.0.1", False),
        ("100.64.0.1", False),
        ("0.0.0.1", False),
        ("224.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("fe80::1", False),
        ("fec0::1", False),
        ("::127.0.0.1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:7f00:1::", False),
        ("2001:0:7f00:1::", False),
        ("5f00::1", False),
        ("nonsense", False),
    ],
)
def test_an_address_is_public_or_not(address: str, public: bool) -> None:
    assert is_public_address(address) is public
