"""One researcher with questions for one site: the real charges, limits and answers that are kept, in a book.

Nothing is signed, and the site's people are taken to grant everything: what stands in the way of an
attacker is the policy.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeAlias

from fedcli.ledger import accounts
from fedcli.ledger.accounts import Recorded
from fedcli.ledger.store import Store
from fedcli.model.charge import Charge
from fedcli.model.document import instant
from fedcli.model.entry import Entry
from fedcli.model.identifiers import Digest, Name
from fedcli.model.judged import Judged
from fedcli.model.predicate import Predicate
from fedcli.model.query import Analysis, Query
from fedcli.model.release import Answered
from fedcli.policy.ontology import rules_digest
from fedcli.workflows.admit import Admitted
from fedcli.workflows.ran import ONE_VOICE
from fedcli.workflows.trial import Trial

#: What a researcher sees of each analysis: the numbers, or None for a refusal whose reason is not told.
Seen: TypeAlias = dict[Name, Answered | None]
_SITE, _RESEARCHER, _SNAPSHOT = "site", "attacker", "snapshot"
_NOBODY = "0" * 64


class Questioner:
    """A researcher within the limits of a policy, and how much was asked and refused."""

    def __init__(self, trial: Trial, book: Store, now: datetime) -> None:
        self._trial, self._book, self._now = trial, book, instant(now)
        self._rules = rules_digest(trial.policy.disclosure, trial.policy.admission.review)
        self.policy, self.dictionary = trial.policy, trial.held.dictionary
        self._charges: set[Digest] = set()
        self.refusals = self._attempts = 0

    @property
    def questions(self) -> int:
        """How many different ones were charged."""
        return len(self._charges)

    def asked(self, analyses: Iterable[Analysis], cohort: Predicate | None = None) -> Seen:
        """What is seen of a query. Every question of every attack goes through here.

        Raises:
            FedcliError: P-QUESTIONS, P-REFUSALS, or why the policy admits none of it.
        """
        query = self._query(tuple(analyses), cohort)
        limits = self._trial.policy.limits
        accounts.check_refusals(self._book, _RESEARCHER, limits, self._now)
        admitted = [self._trial.admitted(one) for one in query.analyses]
        charges = self._charged(query, admitted)
        judged = self._answered(query, charges)
        seen = {key: one.answered for key, one in judged.items()}
        self._recorded(query, sum(one is None for one in seen.values()))
        return seen

    def _charged(self, query: Query, admitted: list[Admitted]) -> dict[Name, Charge]:
        """Charge as a site does: everything before anything is computed, and the same question once."""
        charges = {}
        with self._book.writing():
            for one in admitted:
                wanted = Charge(
                    question=query.question(one.analysis),
                    snapshot=_SNAPSHOT,
                    mode=query.privacy.mode,
                    population=self._trial.held.dictionary.population,
                    researcher=_RESEARCHER,
                    project=query.project,
                    scalars=one.outline.scalars,
                )
                entry = Entry(kind="charge", at=self._now, site=_SITE, actor=_RESEARCHER, charge=wanted)
                accounts.charge(
                    self._book, wanted, entry, self._trial.policy.limits, self._trial.policy.privacy
                )
                charges[one.analysis.id] = wanted
        self._charges |= set(map(accounts.identity, charges.values()))
        return charges

    def _answered(self, query: Query, charges: dict[Name, Charge]) -> dict[Name, Judged]:
        """What was answered before, and the rest from the vault."""
        known = {key: accounts.answered(self._book, one, self._rules) for key, one in charges.items()}
        fresh = [one for one in query.analyses if known[one.id] is None]
        ends = self._trial.ends(fresh, query.cohort) if fresh else {}
        judged = {key: one for key, one in known.items() if one is not None}
        for key, end in ends.items():
            answer = end if isinstance(end, Judged) else Judged(verdict="refused", code=end.code)
            with self._book.writing():
                accounts.record_answer(self._book, charges[key], self._rules, answer)
            judged[key] = answer
        return judged

    def _recorded(self, query: Query, refused: int) -> None:
        """A release as it is remembered, so that refusals are counted."""
        self._attempts += 1
        self.refusals += refused
        released = Recorded(
            query.sha256,
            0,
            self._attempts,
            "refused" if refused == len(query.analyses) else "released",
            ONE_VOICE if refused else "",
            b"",
            b"",
            visible=True,
        )
        with self._book.writing():
            accounts.record_release(self._book, released, _RESEARCHER, self._now, refused, opened=True)

    def _query(self, analyses: tuple[Analysis, ...], cohort: Predicate | None) -> Query:
        dictionary = self._trial.held.dictionary
        return Query(
            federation="trial",
            root_version=1,
            researcher=_RESEARCHER,
            title="an attack",
            project="trial",
            purpose="DUO:0000042",
            dataset=dictionary.dataset,
            dictionary=dictionary.sha256,
            dictionary_version=dictionary.version,
            unit=dictionary.unit,
            sites=(_SITE,),
            min_sites=1,
            round_deadline="14 days",
            recipients=(_NOBODY,),
            cohort=cohort,
            analyses=analyses,
            issued=self._now,
            expires=self._now + timedelta(days=90),
        )
