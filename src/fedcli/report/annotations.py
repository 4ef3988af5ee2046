"""An audit in the forms of CI services: SARIF 2.1.0, JUnit's XML, and annotations of GitHub Actions.

They are other forms of one document. A name that an enemy chose stands in them as data: findings hold no
control characters, and each form is escaped by its own rules.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from fedcli.files.canonical import digest_of
from fedcli.model.rulebook import RULEBOOK, AuditRule
from fedcli.model.shown.audits import AuditChecked, AuditFound

_SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(shown: AuditChecked) -> str:
    """The log of one run (OASIS SARIF 2.1.0): every rule, and a result for each finding."""
    ids = list(RULEBOOK)
    driver = {
        "name": "fedcli audit check",
        "semanticVersion": shown.version,
        "rules": [_sarif_rule(name, rule) for name, rule in RULEBOOK.items()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(one, ids.index(one.rule)) for one in shown.findings],
    }
    log = {"$schema": _SARIF, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _sarif_rule(name: str, rule: AuditRule) -> dict[str, Any]:
    return {
        "id": name,
        "shortDescription": {"text": rule.finds},
        "help": {"text": rule.fix},
        "defaultConfiguration": {"level": rule.level},
        "properties": {"tags": ["integrity"] if rule.integrity else []},
    }


def _sarif_result(found: AuditFound, index: int) -> dict[str, Any]:
    return {
        "ruleId": found.rule,
        "ruleIndex": index,
        "level": found.level,
        "message": {"text": f"{found.told}. {found.fix}."},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(found.place)}}}],
        "partialFingerprints": {"finding/v1": digest_of([found.rule, found.place, found.told])},
    }


def _uri(place: str) -> str:
    """A place as a URI reference (RFC 3986): a relative one stays relative, and never looks like a scheme."""
    if PurePosixPath(place).is_absolute():
        return Path(place).as_uri()
    return quote(place, safe="/")


def junit(shown: AuditChecked) -> str:
    """A test case for each rule that found nothing and for each finding; what is not grave enough passes."""
    failing = sum(shown.fails(one) for one in shown.findings)
    silent = [name for name in RULEBOOK if name not in {one.rule for one in shown.findings}]
    counts = {"tests": str(len(silent) + len(shown.findings)), "failures": str(failing), "errors": "0"}
    suites = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(suites, "testsuite", {"name": "fedcli audit check", **counts})
    for name in silent:
        ElementTree.SubElement(suite, "testcase", {"classname": "fedcli.audit", "name": name})
    for one in shown.findings:
        named = {"classname": "fedcli.audit", "name": f"{one.rule}: {one.place}"}
        case = ElementTree.SubElement(suite, "testcase", named)
        if shown.fails(one):
            failure = ElementTree.SubElement(case, "failure", {"type": one.rule, "message": one.told})
            failure.text = one.fix
        else:
            ElementTree.SubElement(case, "system-out").text = f"{one.level}: {one.told}. {one.fix}."
    ElementTree.indent(suites)
    text = ElementTree.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def github(shown: AuditChecked) -> str:
    """Workflow commands of GitHub Actions, one line for each finding, and a line that counts them."""
    commands = {"error": "error", "warning": "warning", "note": "notice"}
    lines = [
        f"::{commands[one.level]} file={_property(one.place)},title={_property(one.rule)}::"
        + _message(f"{one.told}. {one.fix}.")
        for one in shown.findings
    ]
    return "\n".join([*lines, f"{len(shown.findings)} findings in {shown.files} files"]) + "\n"


def _message(text: str) -> str:
    """A message as a workflow command holds it: one line, percent signs kept apart."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A property of a workflow command: there colons and commas are syntax, too."""
    return _message(text).replace(":", "%3A").replace(",", "%2C")


#: The forms beside text and JSON, by their names.
FORMS: dict[str, Callable[[AuditChecked], str]] = {"sarif": sarif, "junit": junit, "github": github}
