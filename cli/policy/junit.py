"""The report for continuous integration: one test case per policy."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from cli.policy.diagnostics import Level, PolicyInfo
from cli.policy.report import Report

# Characters that XML 1.0 cannot represent.
FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> str:
    """The report as JUnit XML."""
    known = [policy.name for policy in report.policies]
    others = sorted({each.policy for each in report.diagnostics} - set(known))
    suite = ET.Element("testsuite", name=_clean(f"policies of {report.subject}"))
    for policy in report.policies:
        _case(suite, report, policy.name, policy)
    for name in others:
        _case(suite, report, name, None)
    suite.set("tests", str(len(known) + len(others)))
    suite.set("failures", str(len(suite.findall("./testcase/failure"))))
    suite.set("errors", str(len(suite.findall("./testcase/error"))))
    suite.set("skipped", str(len(suite.findall("./testcase/skipped"))))
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ET.Element, report: Report, name: str, info: PolicyInfo | None) -> None:
    case = ET.SubElement(suite, "testcase", classname="policy", name=_clean(name))
    for each in report.violations:
        if each.policy == name:
            failure = ET.SubElement(
                case, "failure", message=_clean(each.finding), type=each.severity or "policy"
            )
            failure.text = _clean("\n".join([each.urn, *([info.fix] if info else [])]))
    for each in report.undecided:
        if each.policy == name:
            ET.SubElement(case, "error", message=_clean(each.finding), type="undecided").text = _clean(
                each.urn
            )
    if report.level(name) is Level.DISABLED:
        ET.SubElement(case, "skipped", message="disabled for this stack")
    notes = [each.finding for each in [*report.waived, *report.mended, *report.advice] if each.policy == name]
    if notes:
        ET.SubElement(case, "system-out").text = _clean("\n".join(notes))


def _clean(text: str) -> str:
    return FORBIDDEN.sub("\ufffd", text)
