"""Generates the catalogue from the rules: an index, and a page for each service.

Run `python -m guardrails.pack.page` in the folder of the pack, with `--check` to compare alone.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from guardrails.aws.types import PROVIDERS, TAGGABLE
from guardrails.catalogue import RULES
from guardrails.pack import levels
from guardrails.resources.resource import Resource
from guardrails.resources.values import Opaque, Unknown, Value, plain
from guardrails.rule import ResourceRule, Rule, StackRule
from guardrails.services import TITLES, page_of

DOCS = Path(__file__).parents[3] / "docs"
INDEX, FOLDER = "policies.md", "policies"
INTRODUCTION = """# Policies

What a Clip-It stack may contain, for auditors and for developers who change a stack. Each rule is one file
under `policy/guardrails/rules`, and these pages, one for each service, are made from those files by
`make policy-page`; CI fails when the two differ.

The pack runs in `pulumi preview` and `pulumi up` with `--policy-pack policy`, at the levels of
`policy/levels/<stack>.json`. `clipit policy check --stack prod` judges the program without a CLI, an account
or a network; `clipit policy explain RULE` shows one of them.

- **mandatory** stops a deployment, **advisory** is shown, **remediate** mends the resource in flight (in dev
  alone), **disabled** is silent.
- The pack refuses levels that name a rule, an option or a level that there is not; the CLI alone takes them.
- A *resource* rule judges one resource before it changes. A *stack* rule judges how resources fit together:
  it blocks in a preview and audits with `clipit policy analyze`.
- A rule never judges a value that only the deployment will know. It says so, and `clipit policy check` fails
  when a mandatory rule could not decide.
- To exempt a resource, add a waiver with rule, resource, reason, owner and expiry to `policy/waivers.yaml`.
  A waiver is shown wherever it is used, lasts a year at most, and its end is a finding.
- The controls that a rule is said to find are of AWS Security Hub (`EC2.8`), AWS Control Tower (`CT.*`),
  Checkov (`CKV_*`) and cdk-nag's AwsSolutions (`EC28`). `tests/policy/test_references.py` proves each.
- [How to use the pack in another project](how-to/use-the-pack-elsewhere.md).
- An example states what its rule looks at; `...`, and other arguments that the resource requires, are yours.
"""


def pages() -> dict[str, str]:
    """The text of each page by its path below docs."""
    services = {f"{FOLDER}/{name}.md": _service(name) for name in TITLES}
    return {INDEX: "\n".join([INTRODUCTION, *_table(), ""]), **services}


def _service(name: str) -> str:
    head = (
        f"# Policies for {TITLES[name]}\n\n"
        f"The rules of the [pack](../{INDEX}) about {TITLES[name]}, for auditors and for developers who "
        "change a stack.\n"
    )
    return "\n".join([head, *(entry(rule) for rule in RULES if page_of(rule.id) == name)])


def _table() -> Iterator[str]:
    stacks = {stack: levels.load(stack) for stack in levels.stacks()}
    yield f"| Rule | Demands | Severity | {' | '.join(stacks)} |"
    yield f"| --- | --- | --- | {' | '.join('---' for _ in stacks)} |"
    for rule in RULES:
        stated = " | ".join(levels.level_of(found, rule) for found in stacks.values())
        place = f"{FOLDER}/{page_of(rule.id)}.md#{rule.id}"
        yield f"| [{rule.id}]({place}) | {rule.title} | {rule.severity.value} | {stated} |"


def entry(rule: Rule) -> str:
    """One rule's part of the page."""
    return "\n".join(_entry(rule))


def _entry(rule: Rule) -> Iterator[str]:
    kind = "resource" if isinstance(rule, ResourceRule) else "stack"
    references = f" Finds what these controls find: {', '.join(rule.references)}." if rule.references else ""
    yield f"## {rule.id}\n"
    yield f"{rule.description} {rule.why}\n"
    yield f"- A {kind} rule of {rule.severity.value} severity.{references}"
    yield f"- Checks {_judged(rule)}."
    yield f"- To comply: {rule.fix}"
    if rule.remedy:
        yield "- Can be remediated."
    for option in rule.options:
        default = json.dumps(option.default)
        yield f"- Option `{option.name}`: {option.description} Default: `{default}`."
    yield "\nComplies:\n"
    yield from _example(rule.compliant)
    yield "\nViolates:\n"
    if rule.violating_options:
        yield f"With the options `{json.dumps(rule.violating_options)}`:\n"
    yield from _example(rule.violating)
    yield ""


def _judged(rule: Rule) -> str:
    named = rule.applies_to if isinstance(rule, ResourceRule) else None
    if isinstance(rule, StackRule):
        named = rule.judges
    if named is None:
        return "every resource"
    if not named:
        return "the waivers against the whole stack"
    if named == TAGGABLE:
        return f"every type that takes tags ({len(named)} of them)"
    if len(named) > 60:  # noqa: PLR2004 - a longer list helps nobody
        return f"{len(named)} types, which its file lists"
    return ", ".join(f"`{_class(kind)}`" for kind in sorted(named))


def _example(resources: tuple[Resource, ...]) -> Iterator[str]:
    yield "```python"
    for resource in resources:
        yield from _call(resource, {each.urn: each.name for each in resources if each.urn})
    yield "```"


def _call(resource: Resource, names: dict[str, str]) -> Iterator[str]:
    arguments = [
        (_snake(key), _python(_stated(resource, value)))
        for key, value in resource.props.items()
        if key != "__defaults"
    ]
    for key, urns in resource.links.items():
        if key not in resource.props and urns:
            arguments.append((_snake(key), f"...,  # an output of {names.get(urns[0], urns[0])!r}"))
    options = [f"protect={resource.protected}"] if resource.protected else []
    options += [f"ignore_changes={list(resource.ignored)}"] if resource.ignored else []
    if options:
        arguments.append(("opts", f"pulumi.ResourceOptions({', '.join(options)})"))
    if not arguments:
        yield f'{_class(resource.type)}("{resource.name}")'
        return
    yield f"{_class(resource.type)}("
    yield f'    "{resource.name}",'
    for key, value in arguments:
        yield f"    {key}={value}" if value.startswith("...,") else f"    {key}={value},"
    yield ")"


def _stated(resource: Resource, value: Value) -> Value:
    """The value as a program states it; what is no text reaches a provider as JSON."""
    if resource.type not in PROVIDERS or not isinstance(value, str) or value[:1] not in {"[", "{"}:
        return value
    return plain(json.loads(value))


def _class(resource_type: str) -> str:
    if resource_type.startswith("pulumi:providers:"):
        return f"{resource_type.rsplit(':', 1)[1]}.Provider"
    package, module, name = resource_type.split(":")
    folder = module.split("/")[0]
    return f"{package}.{'lambda_' if folder == 'lambda' else folder}.{name}"


def _snake(key: str) -> str:
    if not re.fullmatch(r"[a-z][A-Za-z0-9]*", key):
        return key  # a tag, a dimension, a condition
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key).lower()


def _python(value: Value) -> str:
    if isinstance(value, Unknown | Opaque):
        return "..."
    if isinstance(value, dict):
        inner = ", ".join(f'"{_snake(key)}": {_python(each)}' for key, each in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(_python(each) for each in value)}]"
    if isinstance(value, str):
        return f"'{value}'" if '"' in value else f'"{value}"'
    return repr(value)


def main(arguments: list[str]) -> int:
    """Write the pages, or only compare; exit code 1 when they differ."""
    made = {DOCS / path: text for path, text in pages().items()}
    before = {DOCS / INDEX, *(DOCS / FOLDER).glob("*.md")}
    if "--check" in arguments:
        if before == set(made) and all(
            path.read_text(encoding="utf-8") == text for path, text in made.items()
        ):
            return 0
        sys.stderr.write("docs/policies does not match the rules; run `make policy-page`.\n")
        return 1
    (DOCS / FOLDER).mkdir(exist_ok=True)
    for path in before - set(made):
        path.unlink()
    for path, text in made.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
