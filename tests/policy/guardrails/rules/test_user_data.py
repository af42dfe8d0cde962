"""User data: secrets that lie under base64, gzip and MIME, and words that only speak about secrets."""

import base64
import gzip
import textwrap
from collections.abc import Callable

import pytest

from tests.policy.cases import Case, clean, found, resource

RULE = "lt-user-data-no-secrets"
KEY = "AKIA" + "QWERTYUIOPASDFGH"
FILE = f"[default]\naws_access_key_id = {KEY}\nregion = eu-central-1\n"


def packed(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def user_data(text: str | bytes):
    return resource("aws:ec2/launchTemplate:LaunchTemplate", "worker", userData=packed(text))


def script(line: str):
    return user_data(f"#!/bin/bash\n{line}\n")


def written_file(content: str, encoding: str, after: str = "") -> str:
    return f"#cloud-config\nwrite_files:\n- path: /x\n  encoding: {encoding}\n  content: {content}\n{after}"


def part(content: str) -> str:
    head = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n\n--B\n'
    return f"{head}Content-Type: text/cloud-config\nContent-Transfer-Encoding: base64\n\n{content}\n--B--\n"


LEAKING = [
    "echo 'root:hunter2secret' | chpasswd",
    "aws configure set aws_secret_access_key abcdEFGH1234abcdEFGH1234abcdEFGH1234abcd",
    "curl -H 'Authorization: Bearer abcdef0123456789abcdef0123456789' https://example.com",
    "curl -u admin:hunter2secret https://example.com/x",
]
HARMLESS = [
    "aws ecr get-login-password | docker login --username AWS --password-stdin registry.example.com",
    "# password: see the runbook",
    "credential_source = Ec2InstanceMetadata",
    "docker run --user 1000:1000 ffmpeg",
    'curl -H "Authorization: Bearer $TOKEN" https://example.com',
    "TOKEN=`curl -sX PUT http://169.254.169.254/latest/api/token -H 'X-token-ttl-seconds: 60'`",
]
CASES: list[Case] = [
    found(RULE, "a file in base64", user_data(written_file(packed(FILE), "b64")), mentions="line 5"),
    found(
        RULE,
        "a file in gzip and base64",
        user_data(written_file(packed(gzip.compress(FILE.encode())), "gz+b64")),
    ),
    found(RULE, "base64 before a line of one word", user_data(written_file(packed(FILE), "b64", "word\n"))),
    found(RULE, "a part of a message", user_data(part(packed(FILE * 2)))),
    found(RULE, "a folded part", user_data(part(textwrap.fill(packed("x" * 50 + FILE), 76)))),
    found(RULE, "a file in a part", user_data(part(packed(written_file(packed(FILE), "b64"))))),
    found(
        RULE,
        "a file in base64 in user data that is not",
        resource("aws:ec2/instance:Instance", "web", userData=written_file(packed(FILE), "b64")),
        mentions="line 5",
    ),
    found(RULE, "all of it in gzip", user_data(gzip.compress(part(packed(FILE)).encode()))),
    clean(
        RULE,
        "a file that names where a password is",
        user_data(written_file(packed("password:\n  from: x\n" * 3), "b64")),
    ),
    clean(RULE, "a checksum", script(f"echo '{'e3b0c442' * 8}  agent.tgz' | sha256sum -c")),
    *(found(RULE, line, script(line), mentions="line 2") for line in LEAKING),
    *(clean(RULE, line, script(line)) for line in HARMLESS),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_user_data(case: Case, try_case: Callable[[Case], None]):
    try_case(case)


@pytest.mark.long
def test_data_that_grows_without_end_is_judged_in_part(judge: Callable):
    bomb = packed(gzip.compress(bytes(1_000_000)))
    assert not judge(RULE, user_data(gzip.compress(f"{bomb}\n".encode() * 500))).findings
