"""The report for code scanning, as SARIF 2.1.0."""

from __future__ import annotations

import hashlib
import json
from typing import TypeAlias, Union

from cli.policy.diagnostics import Diagnostic, Level, PolicyInfo
from cli.policy.manifest import manifest
from cli.policy.report import Report

Json: TypeAlias = Union[str, int, bool, "list[Json]", "dict[str, Json]", None]
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
PROGRAM = "__main__.py"
# Code scanning sorts by these numbers.
SECURITY_SEVERITY = {"low": "3.0", "medium": "5.5", "high": "8.0", "critical": "9.5"}


def render(report: Report) -> str:
    """The report as SARIF."""
    return json.dumps(document(report), indent=2) + "\n"


def document(report: Report) -> dict[str, Json]:
    """The report as a SARIF object."""
    names = [policy.name for policy in report.policies]
    driver: Json = {
        "name": "Clip-It guardrails",
        "semanticVersion": str(manifest()["version"]),
        "rules": [_rule(report, policy) for policy in report.policies],
    }
    results: list[Json] = [_result(report, each, names) for each in report.diagnostics]
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


def _result(report: Report, found: Diagnostic, names: list[str]) -> Json:
    result: dict[str, Json] = {
        "ruleId": found.policy,
        "level": _level(report, found),
        "message": {"text": found.finding},
        "locations": [_location(found)],
        "partialFingerprints": {"policyAndResource/v1": _fingerprint(found)},
    }
    if found.policy in names:
        result["ruleIndex"] = names.index(found.policy)
    if found in report.waived:
        reason = found.finding.split(": ", 1)[0]
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    return result


def _level(report: Report, found: Diagnostic) -> str:
    if found.undecided:
        return "warning" if report.level(found.policy).binding else "note"
    return "error" if found.level.binding else "note"


def _location(found: Diagnostic) -> Json:
    logical: dict[str, Json] = {"name": found.resource, "kind": "resource"}
    if found.urn:
        logical["fullyQualifiedName"] = found.urn
    return {
        "physicalLocation": {"artifactLocation": {"uri": PROGRAM}, "region": {"startLine": 1}},
        "logicalLocations": [logical],
    }


def _fingerprint(found: Diagnostic) -> str:
    return hashlib.sha256(f"{found.policy}\n{found.urn}\n{found.finding}".encode()).hexdigest()
