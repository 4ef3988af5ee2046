"""The rules of an audit: what each one finds, how grave that is, and what to do about it.

An id never changes its meaning: the settings of somebody's CI rest on it. `integrity` marks what ends with
exit 6 whatever the settings, as in `verify`: bytes that do not verify, or a history that does not continue.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

from fedcli.model.identifiers import Name

Level: TypeAlias = Literal["error", "warning", "note"]
#: From the gravest.
LEVELS: tuple[Level, ...] = ("error", "warning", "note")


class AuditRule(NamedTuple):
    """One rule: its level, what it finds, and the remedy."""

    level: Level
    finds: str
    fix: str
    integrity: bool = False


_FETCH = "fetch the file again; if it stays so, keep it and ask who signed it"
_ASK = "ask the site: its people decide, and its ledger has the order of deeds"

RULEBOOK: dict[Name, AuditRule] = {
    # What was signed.
    "roots": AuditRule(
        "error", "the chain of roots does not hold from the pinned first one", "compare the pin again", True
    ),
    "signature": AuditRule(
        "error", "a file that must be signed does not verify, or its sealed half is another", _FETCH, True
    ),
    "revoked-signer": AuditRule(
        "warning",
        "a file is signed with a key that was revoked since, so that it counts no more",
        "ask the administrators whether the person left, or the key was lost; then look at what was signed",
    ),
    "misplaced": AuditRule(
        "error",
        "a signed file lies in the place of another: somebody copied or renamed it",
        "remove the copy, and ask who writes to that folder",
        True,
    ),
    "gap": AuditRule(
        "error",
        "a numbered file is missing between others: somebody took it away, or holds it back",
        "synchronise the exchange again; if it stays away, ask its writer for it",
        True,
    ),
    "review": AuditRule(
        "error",
        "a review that a release names is missing, or does not let it out",
        "ask the site for the reviews; without two good ones the release must be withdrawn",
        True,
    ),
    # The logs of the sites.
    "checkpoint-chain": AuditRule(
        "error",
        "a checkpoint is not signed by its site, or does not continue the one before it",
        "keep both files: together they show that the log was cut, edited or doubled",
        True,
    ),
    "checkpoint-missing": AuditRule(
        "error",
        "a release commits to a longer log than its site has published",
        "fetch the checkpoints again; if they stay away, ask the site for them",
        True,
    ),
    "pinned-head": AuditRule(
        "error",
        "what a site publishes does not continue the head that was pinned",
        "keep the pinned head: it shows that the log was rolled back or doubled",
        True,
    ),
    "two-logs": AuditRule(
        "error",
        "a site has signed two logs that cannot both be one",
        "keep both files: together they show that there were two logs",
        True,
    ),
    "charge-proof": AuditRule(
        "error",
        "a release names a charge that is not in the log that it commits to",
        "keep the file; the site must explain it",
        True,
    ),
    # Who allowed it.
    "approval-missing": AuditRule(
        "error", "a release names an approval that is not in the exchange", f"fetch it again; else {_ASK}"
    ),
    "approval-unfit": AuditRule(
        "error",
        "an approval that a release names is no grant of this query, under this policy, by a person who may",
        _ASK,
    ),
    "approval-late": AuditRule(
        "error", "an approval was given after the release that names it, or had ended before", _ASK
    ),
    "approval-exceeded": AuditRule(
        "error", "data were opened more often than a grant lets, or again before its period was over", _ASK
    ),
    "approval-revoked": AuditRule("error", "an approval was taken back before the release", _ASK),
    "denied": AuditRule("error", "data were opened while a person of the site had denied the query", _ASK),
    "approvals-too-few": AuditRule(
        "error",
        "a release opened data with fewer approvals, or other roles, than its policy demands",
        f"{_ASK}; a release without approval must be withdrawn",
    ),
    "approval-reused": AuditRule("error", "one grant opened data for two queries", _ASK),
    "reviews-too-few": AuditRule(
        "error", "a release was let out by fewer reviewers, or other roles, than its policy demands", _ASK
    ),
    # Under which rules.
    "policy-unpublished": AuditRule(
        "error", "a release or a manifest names a policy that its site has not published", _ASK
    ),
    "policy-below-floor": AuditRule(
        "error",
        "a policy that was in force is looser than the federation's floor of that time",
        "ask the site which version of fedcli it ran; releases under that policy must be looked at",
    ),
    "policy-looser": AuditRule(
        "note",
        "a site has published a policy that is looser than the one before",
        "hold it against the minutes of who decides policies",
    ),
    "charge-unlike-query": AuditRule(
        "error", "a charge is not for what its query asks, by the researcher who signed it", _ASK
    ),
    "charge-price": AuditRule(
        "error", "a charge under differential privacy does not cost what its draws of noise cost", _ASK
    ),
    "budget": AuditRule(
        "error",
        "the charges under differential privacy add up to more than the policy's capacity",
        "nothing more may be answered about the population; ask the site how it came so far",
    ),
    # For how long.
    "after-the-end": AuditRule(
        "error", "data were opened after the query, its project or an accreditation had ended", _ASK
    ),
    "root-expired": AuditRule(
        "error",
        "the last root has expired: keys count no longer, and somebody may hold back a newer one",
        "administrators sign and publish the next root; else fetch it",
    ),
    "expiring": AuditRule(
        "warning",
        "a root, an accreditation or the grant of an open query ends within 30 days, or has ended",
        "renew it, or let it end",
    ),
    # What was made of it.
    "recalled": AuditRule(
        "warning",
        "a result or a round was made of a release that was recalled since",
        "do not use it; combine again without the site",
    ),
    "recalled-used": AuditRule(
        "error",
        "a result or a round was made of a release that had been recalled before",
        "ask the researcher to combine again without the site",
    ),
    "release-missing": AuditRule(
        "error",
        "a result or a round names a release that is not in the exchange",
        "fetch it again; else ask its site, whose ledger has it",
        True,
    ),
    # At the site itself.
    "book": AuditRule(
        "error",
        "the site's ledger is not whole, or does not continue what the site has published",
        "keep the database as it is; it was edited, or restored from a backup",
        True,
    ),
    "withheld": AuditRule(
        "error",
        "what the site's ledger has as published is not in the exchange, or otherwise",
        "run the site once more, or find out who removed it",
        True,
    ),
    "order": AuditRule(
        "error",
        "the ledger has a release before its charges or its approvals",
        "ask who wrote to the database",
    ),
    "policy-drift": AuditRule(
        "warning",
        "policy.toml is not the policy that the site has published",
        'the next "fedcli run" publishes it; let people look at the change first',
    ),
    "kept-too-long": AuditRule(
        "warning",
        "the site remembers what it told of a population for longer than its policy keeps it",
        '"fedcli state purge --due" ends it, and is ledgered',
    ),
    # What must not lie there.
    "data-file": AuditRule(
        "error",
        "a file of rows lies where only documents belong",
        "move it to the data folder of its site; in a repository take it out of the history too",
    ),
    "table-file": AuditRule(
        "error",
        "a text file has many rows of one form, as a table of data has",
        "move it to the data folder of its site, or name it with --ignore if people have looked at it",
    ),
    "key-file": AuditRule(
        "error", "a private key lies where others read", "rotate the key now, then remove the file"
    ),
}


def reaches(level: Level, fail_on: Level) -> bool:
    """Whether a level is as grave as the one from which on an audit fails."""
    return LEVELS.index(level) <= LEVELS.index(fail_on)


def gravest_first(levels: Iterable[Level]) -> list[Level]:
    """Levels in the order in which people read them."""
    return sorted(levels, key=LEVELS.index)
