"""Which addresses a webhook may reach."""

import threading

import pytest

from handlers.jobs.outgoing.targets import LookUp, RefusedTargetError, Target, choose, resolve
from handlers.jobs.outgoing.webhook_urls import WebhookTargets

PUBLIC, ANY = WebhookTargets.PUBLIC, WebhookTargets.ANY


def looked_up(*addresses: str) -> LookUp:
    return lambda _host, _port: list(addresses)


def test_a_public_host_is_reached_at_the_address_that_was_checked() -> None:
    target = choose("https://hooks.example.com/a?b=c", PUBLIC, looked_up("93.184.215.14", "93.184.215.15"))
    assert target == Target(
        address="93.184.215.14", port=443, host="hooks.example.com", path="/a?b=c", secure=True
    )
    assert target.host_header == "hooks.example.com"


def test_the_name_is_looked_up_only_once() -> None:
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    target = choose("https://rebind.example.com", PUBLIC, lambda _host, _port: answers.pop(0))
    assert (target.address, len(answers)) == ("93.184.215.14", 1)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "169.254.170.2",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "ff02::1",
        "fe80::1%eth0",
    ],
)
def test_a_private_address_is_refused_even_beside_a_public_one(address: str) -> None:
    for addresses in ((address,), ("93.184.215.14", address)):
        with pytest.raises(RefusedTargetError):
            choose("https://hooks.example.com", PUBLIC, looked_up(*addresses))


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com",
        "https://user:word@hooks.example.com",
        "https://localhost/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://hooks.example.com:99999/",
        "ftp://hooks.example.com",
        "https://",
        "hooks.example.com",
        "https://hooks.example.com/\r\nX: y",
    ],
)
def test_an_address_that_is_not_public_by_its_form_is_refused(url: str) -> None:
    with pytest.raises(RefusedTargetError):
        choose(url, PUBLIC, looked_up("93.184.215.14"))


def test_any_target_is_for_one_machine() -> None:
    target = choose("http://localhost:8080/hook", ANY, looked_up("127.0.0.1"))
    assert (target.address, target.port, target.secure, target.host_header) == (
        "127.0.0.1",
        8080,
        False,
        "localhost:8080",
    )


def test_a_name_without_address_is_refused() -> None:
    with pytest.raises(RefusedTargetError, match="no address"):
        resolve("nowhere.invalid", 443)


def test_a_name_that_takes_too_long_to_look_up_is_given_up() -> None:
    answered = threading.Event()

    def slowly(_host: str, _port: int) -> list[str]:
        answered.wait(10)
        return ["93.184.215.14"]

    with pytest.raises(RefusedTargetError, match="took too long"):
        resolve("slow.example.com", 443, ask=slowly, seconds=0.05)
    answered.set()


def test_this_machine_has_an_address() -> None:
    assert set(resolve("localhost", 80)) <= {"127.0.0.1", "::1"}
