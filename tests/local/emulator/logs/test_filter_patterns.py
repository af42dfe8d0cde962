"""Filter patterns: terms and JSON selectors by AWS's page, and refusals of the rest.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import pytest

from local.emulator.logs.filter_patterns import PatternError, parse

TEXT = "[ERROR] 400 BAD REQUEST"
JSON = '{"event": "job_claimed", "job": "r_1", "attempt": 2, "dependencies": ["table"]}'


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("", True),
        ("ERROR", True),
        ("ERROR REQUEST", True),
        ("ERROR MISSING", False),
        ('"BAD REQUEST"', True),
        ('"REQUEST BAD"', False),
        ("?WARN ?ERROR", True),
        ("?WARN ?FATAL", False),
        ("ERROR -BAD", False),
        ("ERROR -GOOD", True),
    ],
)
def test_terms_of_a_text(pattern: str, matches: bool) -> None:
    assert parse(pattern)(TEXT) is matches


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ('{ $.event = "job_claimed" }', True),
        ("{ $.event = job_* }", True),
        ('{ $.event != "job_claimed" }', False),
        ('{ $.job = "r_1" && $.attempt > 1 }', True),
        ('{ ($.job = "r_2") || ($.attempt = 2) }', True),
        ("{ $.attempt < 2 }", False),
        ('{ $.dependencies.0 = "table" }', True),
        ("{ $.tenant NOT EXISTS }", True),
        ('{ $.tenant = "acme" }', False),
        ('{ $.tenant != "acme" }', False),
    ],
)
def test_selectors_of_json(pattern: str, matches: bool) -> None:
    assert parse(pattern)(JSON) is matches
    assert parse(pattern)(TEXT) is False


@pytest.mark.parametrize("pattern", ["%regex%", "[ip, user]", "{ $.a = }", "{ $.a > text }", "{ a = 1 }"])
def test_what_is_wrong_or_not_known_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError, match=r"The emulator (knows no|cannot read)"):
        parse(pattern)
