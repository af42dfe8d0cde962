"""A protected stack is taken down only by who names it twice."""

from dataclasses import replace
from pathlib import Path

import pytest

from cli.stack_settings import ROOT, read
from cli.teardown.protection import ProtectedError, protections, require_confirmation, unprotected
from components.settings import Settings
from local.stack.stack_file import config_of


@pytest.fixture(scope="module")
def prod() -> Settings:
    return read("prod")


def test_the_settings_that_protect_are_named(prod: Settings) -> None:
    assert protections(prod) == [
        "deployment.protect",
        "storage.deletion_protection",
        "storage.disposable",
        "job_server.deletion_protection",
    ]
    assert protections(read("local")) == []


@pytest.mark.parametrize("confirmed", [None, "dev"])
def test_a_protected_stack_is_left_alone_without_its_name(prod: Settings, confirmed: str | None) -> None:
    with pytest.raises(ProtectedError, match="--confirm"):
        require_confirmation("prod", prod, confirmed)
    assert require_confirmation("prod", prod, "prod")


def test_a_stack_without_protection_may_be_asked_for_instead() -> None:
    assert not require_confirmation("local", read("local"), None)


def test_the_copy_of_a_stack_file_differs_in_the_protection_alone(prod: Settings) -> None:
    with unprotected(ROOT / "Pulumi.prod.yaml") as copy:
        assert copy.name == "Pulumi.prod.yaml"
        stated = config_of("prod", copy.parent)
    assert not copy.exists()
    before = config_of("prod", ROOT)
    assert stated.keys() == before.keys()
    changed = {
        (section, name)
        for section, values in before.items()
        if isinstance(values, dict)
        for name, value in values.items()
        if stated[section][name] != value  # type: ignore[index]
    }
    assert {(section.removeprefix("clip-it:"), name) for section, name in changed} == {
        ("deployment", "protect"),
        ("storage", "deletion_protection"),
        ("storage", "disposable"),
        ("job_server", "deletion_protection"),
    }


def test_what_the_cli_keeps_in_a_stack_file_stays_there(tmp_path: Path) -> None:
    text = (ROOT / "Pulumi.local.yaml").read_text()
    file = tmp_path / "Pulumi.local.yaml"
    file.write_text(text)
    with unprotected(file) as copy:
        assert (
            next(line for line in text.splitlines() if line.startswith("encryptionsalt")) in copy.read_text()
        )


def test_settings_that_are_no_protection_do_not_count(prod: Settings) -> None:
    given = replace(
        prod,
        deployment=replace(prod.deployment, protect=False),
        storage=replace(prod.storage, deletion_protection=False, disposable=True),
    )
    assert protections(given) == ["job_server.deletion_protection"]
