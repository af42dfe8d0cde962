"""The report for code scanning, as SARIF 2.1.0."""

from __future__ import annotations

import hashlib
import json
from typing import TypeAlias, Union

from cli.policy import guardrails
from cli.policy.report import Report
from cli.policy.verdict import Diagnostic, Level, PolicyInfo

Json: TypeAlias = Union[str, int, bool, "list[Json]", "dict[str, Json]", None]
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
PROGRAM = "__main__.py"
# Code scanning sorts by these numbers.
SECURITY_SEVERITY = {"low": "3.0", "medium": "5.5", "high": "8.0", "critical": "9.5"}


def render(report: Report) -> str:
    """The report as SARIF."""
    return json.dumps(document(report), indent=2) + "\n"


def document(report: Report) -> dict[str, Json]:
    """The report as the object that SARIF describes."""
    names = [policy.name for policy in report.policies]
    driver: Json = {
        "name": "Clip-It guardrails",
        "semanticVersion": str(guardrails.manifest()["version"]),
        "rules": [_rule(report, policy) for policy in report.policies],
    }
    results: list[Json] = [_result(report, said, names) for said in report.diagnostics]
    run: Json = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"policies/{report.subject}/"},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(report: Report, policy: PolicyInfo) -> Json:
    level = report.level(policy.name)
    return {
        "id": policy.name,
        "name": policy.title,
        "shortDescription": {"text": policy.title},
        "fullDescription": {"text": f"{policy.description} {policy.why}"},
        "help": {
            "text": f"{policy.fix} See {policy.url}.",
            "markdown": f"{policy.fix} See [{policy.url}]({policy.url}).",
        },
        "defaultConfiguration": {
            "enabled": level is not Level.DISABLED,
            "level": "error" if level.binding else "note",
        },
        "properties": {
            "tags": ["policy", policy.kind],
            "security-severity": SECURITY_SEVERITY.get(policy.severity, "0.0"),
        },
    }


def _result(report: Report, said: Diagnostic, names: list[str]) -> Json:
    result: dict[str, Json] = {
        "ruleId": said.policy,
        "level": _level(report, said),
        "message": {"text": said.finding},
        "locations": [_location(said)],
        "partialFingerprints": {"policyAndResource/v1": _fingerprint(said)},
    }
    if said.policy in names:
        result["ruleIndex"] = names.index(said.policy)
    if said in report.waived:
        reason = said.finding.split(": ", 1)[0]
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    return result


def _level(report: Report, said: Diagnostic) -> str:
    if said.undecided:
        return "warning" if report.level(said.policy).binding else "note"
    return "error" if said.level.binding else "note"


def _location(said: Diagnostic) -> Json:
    logical: dict[str, Json] = {"name": said.resource, "kind": "resource"}
    if said.urn:
        logical["fullyQualifiedName"] = said.urn
    return {
        "physicalLocation": {"artifactLocation": {"uri": PROGRAM}, "region": {"startLine": 1}},
        "logicalLocations": [logical],
    }


def _fingerprint(said: Diagnostic) -> str:
    return hashlib.sha256(f"{said.policy}\n{said.urn}\n{said.finding}".encode()).hexdigest()
