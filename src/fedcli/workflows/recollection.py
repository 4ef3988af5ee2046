"""The memory of a site as the vault has it: records from the signer, and new ones for it to keep.

The signer encrypts them and cannot read them; a record is a line of canonical JSON that only a vault
writes.
"""

from __future__ import annotations

from pyroaring import BitMap

from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import Opened
from fedcli.engine.register import Register
from fedcli.files.strict import parse_json
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Disclosure
from fedcli.model.remembered import Kept, RegisterKept, ReleaseKept
from fedcli.model.vault import Memory, Outside
from fedcli.policy.history import Chosen, History, Known, Spot
from fedcli.policy.remember import recalled, record

_MAX = 64 * 2**20


class Recall:
    """What was told before, under the rules of a policy; and who has which ordinal."""

    def __init__(self, memory: Memory, rules: Disclosure, opened: Opened, dictionary: Dictionary) -> None:
        read = [
            Kept.read(parse_json(one.encode(), "the memory", _MAX), "the memory") for one in memory.records
        ]
        registers = [one.record for one in read if isinstance(one.record, RegisterKept)]
        releases = [one.record for one in read if isinstance(one.record, ReleaseKept)]
        self._snapshot, self._unit = memory.snapshot, dictionary.unit
        self._known = {one.sha256 for one in releases}
        self.register = Register(opened, dictionary, memory.snapshot, memory.key, registers)
        self.history = History(
            known
            for one in releases
            if rules.memory == "population" and self._comparable(one)
            for known in recalled(one)
        )
        self._new: list[ReleaseKept] = []
        for table in memory.outside if rules.memory == "population" else ():
            self.history.adopt((self._outside(table, opened, dictionary),))

    def adopt(self, told: tuple[Known, ...]) -> None:
        """Remember what an analysis told, unless just this was told before."""
        one = record(told, self._snapshot, self._unit)
        if one.sha256 not in self._known:
            self.history.adopt(told)
            self._known.add(one.sha256)
            self._new.append(one)

    def added(self) -> tuple[str, ...]:
        """The records to keep."""
        added = self.register.added if self._new else None
        new: list[RegisterKept | ReleaseKept] = [*([added] if added else []), *self._new]
        return tuple(Kept(record=one).canonical().decode() for one in new)

    def _outside(self, table: Outside, opened: Opened, dictionary: Dictionary) -> Known:
        """What a table from elsewhere tells of the persons as they are now."""
        rows = DuckRows(opened, dictionary, table.cohort, frozenset(table.by), register=self.register)
        found = rows.groups(table.by)
        told = set(table.told)
        spots = tuple(
            Spot(people, at, len(people) if at in told else 0, len(people) if at in told else None)
            for at, people in found.items()
        )
        return Known(BitMap.union(BitMap(), *found.values()), Chosen.of(table.cohort), table.by, spots)

    def _comparable(self, one: ReleaseKept) -> bool:
        """Whether its ordinals are ours: those of rows are, in the same data only."""
        return one.unit == self._unit and (one.unit == "person" or one.snapshot == self._snapshot)
