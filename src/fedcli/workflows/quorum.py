"""The quorum: verified releases of one query, each from another site, the latest attempt of each.

A pure state machine: files and keys are elsewhere. What it refuses, it refuses by name.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from fedcli.errors import fault
from fedcli.model.identifiers import Count, Name
from fedcli.model.query import Query
from fedcli.model.release import Answered, Release, Values
from fedcli.model.verified import Verified


class Contribution(NamedTuple):
    """One site's release: its statement and its opened values."""

    release: Verified[Release]
    values: Verified[Values]


class Quorum:
    """Collects the contributions to a round of a query, or to a run of one that recurs."""

    def __init__(self, query: Query, now: datetime, withdrawn: Collection[Name] = (), run: Count = 0) -> None:
        self._query = query
        self.run = run
        self._now = now
        self._withdrawn = withdrawn
        self._found: dict[Name, Contribution] = {}
        self._recalled: dict[Name, Contribution] = {}

    def add(self, contribution: Contribution) -> None:
        """Take a site's release; a later attempt replaces a refusal, never an answer.

        What people have let out since is added to what was answered, which stays as it was.
        That of a site which recalled its releases is left out: the site is missing.

        Raises:
            Untrusted: R-REPLAY for another query's, another run's, or a second release with values; R-SITE
                for a site that the query does not name; R-TIME where a run was not open when it was made.
        """
        release = contribution.release.value
        where = f"{release.site}, attempt {release.attempt}"
        if release.query != self._query.sha256 or release.dictionary != self._query.dictionary:
            raise fault("R-REPLAY", where=where)
        if release.site not in self._query.sites:
            raise fault("R-SITE", site=release.site)
        self._check_time(release, where)
        before = self._found.get(release.site)
        if before is not None and release.attempt <= before.release.value.attempt:
            raise fault("R-REPLAY", where=where)
        if before is not None and _answers(before) and not _adds(before, contribution):
            raise fault("R-REPLAY", where=where)
        kept = self._recalled if release.site in self._withdrawn else self._found
        kept[release.site] = contribution

    def _check_time(self, release: Release, where: str) -> None:
        """A release of a run is for this one by its own word, and was made while it was open."""
        due = self._query.due(self.run)
        if release.due != due or (due is not None and release.round != self.run):
            raise fault("R-REPLAY", where=where)
        if due is not None and not due <= release.issued <= self._query.closes(self.run):
            raise fault("R-TIME", site=release.site, run=self.run)

    @property
    def contributions(self) -> tuple[Contribution, ...]:
        """The releases in the order of the query's sites."""
        return tuple(self._found[site] for site in self._query.sites if site in self._found)

    @property
    def recalled(self) -> tuple[Contribution, ...]:
        """The releases that their sites have recalled since: they are not added up, and were paid for."""
        return tuple(self._recalled.values())

    @property
    def missing(self) -> tuple[Name, ...]:
        """The sites that have not released anything, or have recalled it."""
        return tuple(site for site in self._query.sites if site not in self._found)

    @property
    def awaited(self) -> tuple[Name, ...]:
        """The missing sites that may still answer: who recalled a release makes no other."""
        return tuple(site for site in self.missing if site not in self._withdrawn)

    @property
    def overdue(self) -> bool:
        """Whether the round's deadline has passed, so that who is missing has dropped out."""
        return self._now > self._query.closes(self.run)

    def answered(self, analysis: Name) -> tuple[Verified[Values], ...]:
        """The values of the sites that answered an analysis."""
        return tuple(
            one.values
            for one in self.contributions
            if isinstance(one.values.value.analyses.get(analysis), Answered)
        )


def _answers(contribution: Contribution) -> bool:
    return any(isinstance(one, Answered) for one in contribution.values.value.analyses.values())


def _adds(before: Contribution, later: Contribution) -> bool:
    """Whether a release that people reviewed leaves every answer of the one before as it was."""
    told = later.values.value.analyses
    kept = [(name, one) for name, one in before.values.value.analyses.items() if isinstance(one, Answered)]
    return bool(later.release.value.reviews) and all(told.get(name) == one for name, one in kept)
