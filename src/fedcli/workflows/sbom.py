"""The bill of materials of fedcli as it is installed: CycloneDX 1.6, as JSON.

It names the distributions that fedcli needs and that are here, with the digest of each one's list of
installed files (RECORD, which has a digest of every file). Archive hashes are in requirements.lock.
"""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any

from fedcli.files.canonical import canonical, digest

_OURS = "fedcli"


def sbom() -> bytes:
    """The bill of materials; the same installation gives the same bytes."""
    found = _needed(_OURS, {})
    own = found.pop(_OURS, None)
    told: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**_component(_OURS, own), "type": "application"}},
        "components": [_component(name, one) for name, one in sorted(found.items())],
        "dependencies": [
            {"ref": _purl(name, one), "dependsOn": sorted(_purl(other, found[other]) for other in needs)}
            for name, one in sorted({_OURS: own, **found}.items())
            for needs in (_names(one) & found.keys(),)
        ],
    }
    return canonical(told)


def _needed(name: str, found: dict[str, Distribution | None]) -> dict[str, Distribution | None]:
    """A distribution and all that it needs, as far as they are installed; extras are left out."""
    try:
        found[name] = distribution(name)
    except PackageNotFoundError:
        return found
    for other in sorted(_names(found[name])):
        if other not in found:
            _needed(other, found)
    return found


def _names(one: Distribution | None) -> set[str]:
    """The names of the distributions that one requires (PEP 503's normal form)."""
    wanted = (one.requires or []) if one is not None else []
    names = (re.match(r"[A-Za-z0-9._-]+", text) for text in wanted if "extra ==" not in text)
    return {re.sub(r"[-_.]+", "-", name[0]).lower() for name in names if name}


def _purl(name: str, one: Distribution | None) -> str:
    return f"pkg:pypi/{name}@{one.version if one else 'unknown'}"


def _component(name: str, one: Distribution | None) -> dict[str, Any]:
    record = one.read_text("RECORD") if one is not None else None
    told: dict[str, Any] = {
        "type": "library",
        "bom-ref": _purl(name, one),
        "name": name,
        "version": one.version if one else "unknown",
        "purl": _purl(name, one),
    }
    if record:
        told["properties"] = [{"name": "fedcli:record:sha256", "value": digest(record.encode())}]
    return told
