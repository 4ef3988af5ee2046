"""A trial of a policy: questions on rows that are nobody's, through admission, vault, gate and re-admission.

Nothing is signed, charged or published; what comes back is how the gate ended, by analysis.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from fedcli.analytics import named
from fedcli.errors import DataFault, FedcliError, fault
from fedcli.model.dataset import Code, Dictionary
from fedcli.model.derived import Derived
from fedcli.model.identifiers import ColumnName, Name
from fedcli.model.judged import Judged
from fedcli.model.policy import Limits, Policy
from fedcli.model.predicate import Predicate
from fedcli.model.query import Analysis
from fedcli.model.vault import Answering, Memory, Source, Writing
from fedcli.policy.gate import readmit
from fedcli.policy.promises import noisy
from fedcli.workflows.admit import Admitted, admit_analysis
from fedcli.workflows.errand import Kept, errand

Columns: TypeAlias = Mapping[ColumnName, tuple[Code | None, ...]]
#: How one analysis ended: as the gate judged it, or why it did not get there.
End: TypeAlias = Judged | FedcliError


class Held(NamedTuple):
    """Rows that are nobody's, and what they mean."""

    source: Source
    dictionary: Dictionary


def written(dictionary: Dictionary, columns: Columns, path: Path, kept: Kept) -> Held:
    """Let a vault write rows to a file."""
    task = Writing(dictionary=dictionary, columns=dict(columns), path=str(path))
    errand(task, Limits(), kept)
    return Held(Source(kind="parquet", paths=(str(path),)), dictionary)


def analysis(dictionary: Dictionary, name: str, number: Name | None = None, **parameters: Any) -> Analysis:
    """An analysis with its parameters as they would be signed."""
    kind = named(name)
    resolved = kind.read(parameters, "a trial").resolved(dictionary, "a trial")
    resolved.check(dictionary)
    return Analysis(
        id=number or name.replace("_", "-"),
        analytic=name,
        version=kind.version,
        parameters=resolved.json_value(),
    )


def check_exact(policy: Policy) -> None:
    """Raise P-NOISE for a policy that gives no exact answers, of which alone there are trials."""
    if noisy(policy):
        raise fault("P-NOISE", policy=policy.name)


class Trial:
    """One policy on one set of rows, the vault that keeps them open, and what it wants remembered."""

    def __init__(self, policy: Policy, held: Held, kept: Kept) -> None:
        self.policy, self.held, self._kept = policy, held, kept
        self._records: tuple[str, ...] = ()

    def ends(
        self,
        analyses: Iterable[Analysis],
        cohort: Predicate | None = None,
        derive: tuple[Derived, ...] | None = None,
    ) -> dict[Name, End]:
        """How each analysis ends; what is refused whatever the data is not computed."""
        asked, admitted, ends = tuple(analyses), [], dict[Name, End]()
        for one in asked:
            try:
                admitted.append(self.admitted(one))
            except FedcliError as error:
                ends[one.id] = error
        try:
            ends |= self._judged(admitted, cohort, derive) if admitted else {}
        except FedcliError as error:
            if not (error.data_dependent or isinstance(error, DataFault)):
                raise
            ends |= {one.analysis.id: error for one in admitted}
        return {one.id: ends[one.id] for one in asked}

    def admitted(self, one: Analysis) -> Admitted:
        """What the policy and the dictionary say of an analysis, without data."""
        return admit_analysis(one, self.held.dictionary, self.policy)

    def _judged(
        self, admitted: list[Admitted], cohort: Predicate | None, derive: tuple[Derived, ...] | None
    ) -> dict[Name, Judged]:
        task = Answering(
            source=self.held.source,
            dictionary=self.held.dictionary,
            unit=self.held.dictionary.unit,
            derive=derive,
            cohort=cohort,
            analyses=tuple(one.analysis for one in admitted),
            disclosure=self.policy.disclosure,
            review=self.policy.admission.review,
            draws=self.held.source.sha256,
            memory=self._memory(),
        )
        reply = errand(task, self.policy.limits, self._kept)
        self._records += reply.remember
        judged = reply.judged
        for one in admitted:
            answered = judged[one.analysis.id].answered
            if (judged[one.analysis.id].verdict == "released") != (answered is not None):
                raise fault("V-READMIT", field="its verdict")
            if answered is not None:
                readmit(answered, one.outline, self.policy.disclosure)
        return judged

    def _memory(self) -> Memory | None:
        """As a site has it (`workflows.remembering`)."""
        rules = self.policy.disclosure
        if not rules.remembers:
            return None
        records = self._records if rules.memory == "population" else ()
        return Memory(records=records, snapshot=self.held.source.sha256, key=self.held.source.sha256)
