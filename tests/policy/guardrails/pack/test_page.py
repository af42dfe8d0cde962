"""The examples of the catalogue page are run as they are printed, and register what was judged."""

import re
from pathlib import Path

import pytest
from guardrails.catalogue import RULES
from guardrails.pack import page
from guardrails.resources.resource import Resource
from guardrails.resources.values import Opaque, Unknown
from guardrails.rule import Rule

from cli.preview.program import keep_bytecode, record
from cli.preview.registered import Registered

LEFT_OUT = "left out"
# An example leaves out what its rule does not look at, also where the resource cannot be without it.
PRELUDE = f"""
import re
import pulumi
import pulumi_aws as aws

def made(kind, name, /, **arguments):
    while True:
        try:
            return kind(name, **arguments)
        except TypeError as error:
            missing = re.fullmatch(r"Missing required property '(\\w+)'", str(error))
            if missing is None:
                raise
            arguments[missing[1]] = {LEFT_OUT!r}

"""


@pytest.fixture(scope="module", autouse=True)
def _bytecode() -> None:
    keep_bytecode()


def blocks(rule: Rule) -> tuple[str, ...]:
    return tuple(block.split("```")[0] for block in page.entry(rule).split("```python\n")[1:])


def run(folder: Path, code: str) -> tuple[Registered, ...]:
    """Run an example; what it leaves out is some text."""
    (folder / "Pulumi.yaml").write_text("name: clip-it\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    filled = re.sub(r"(?<=[=:\[ ])\.\.\.(?=[,\]}])", repr(LEFT_OUT), code)
    calls = re.sub(r"^(aws\.[\w.]+)\(", r"made(\1, ", filled, flags=re.MULTILINE)
    (folder / "__main__.py").write_text(PRELUDE + calls)
    return record(folder, "dev")


def same(shown: object, judged: object) -> bool:
    """Whether a registered value is the one that was judged, as far as that one is known."""
    if isinstance(judged, Unknown | Opaque):
        return True
    if isinstance(judged, dict) and isinstance(shown, dict):
        return set(shown) == set(judged) and all(same(shown[key], judged[key]) for key in judged)
    if isinstance(judged, list) and isinstance(shown, list):
        return len(shown) == len(judged) and all(map(same, shown, judged))
    return shown == judged


def differing(shown: Registered, judged: Resource) -> dict[str, tuple[object, object]]:
    """What an example states and does not register, by property."""
    stated = {key: value for key, value in judged.props.items() if key != "__defaults"}
    return {
        key: (shown.inputs.get(key), value)
        for key, value in stated.items()
        if not same(shown.inputs.get(key), value)
    }


@pytest.mark.long
@pytest.mark.timeout(180)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_examples_on_the_page_register_what_was_judged(rule: Rule, tmp_path: Path):
    for code, judged in zip(blocks(rule), (rule.compliant, rule.violating), strict=True):
        shown = {(each.type, each.name): each for each in run(tmp_path, code)}
        assert set(shown) == {(each.type, each.name) for each in judged}
        for resource in judged:
            registered = shown[resource.type, resource.name]
            assert differing(registered, resource) == {}
            assert registered.protect == resource.protected
            assert registered.ignore_changes == tuple(resource.ignored)
