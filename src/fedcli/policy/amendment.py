"""When an amended query asks for no more than the one it amends, so that approvals still mean it.

The rule is a list of what may differ, and how. Every other field, also one that is added to queries
later, must be the same to the byte; so must each analysis that is kept.
"""

from __future__ import annotations

from fedcli.files.canonical import digest_of
from fedcli.model.query import Analysis, Query

#: What an amendment may change at all and still keep its approvals; `only_tightens` says how.
MAY_DIFFER = ("analyses", "min_sites", "expires", "issued", "root_version", "amends")


def only_tightens(old: Query, new: Query) -> bool:
    """Whether `new` amends `old` and is at most what was approved: fewer analyses, more sites, less time."""
    return (
        new.amends == old.sha256
        and _same_elsewhere(old, new)
        and _identities(new) <= _identities(old)
        and new.min_sites >= old.min_sites
        and new.expires <= old.expires
        and new.issued >= old.issued
        and new.root_version >= old.root_version
    )


def _same_elsewhere(old: Query, new: Query) -> bool:
    kept = {name: getattr(old, name) for name in MAY_DIFFER}
    return new.model_copy(update=kept).sha256 == old.sha256


def _identities(query: Query) -> set[str]:
    return {identity(analysis) for analysis in query.analyses}


def identity(analysis: Analysis) -> str:
    """What an analysis is, to the byte: in Python 1, 1.0 and true are equal, and here they are not."""
    return digest_of(analysis.model_dump(mode="json"))
