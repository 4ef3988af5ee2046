"""What analytics with a design share: it is the one that their parameters mean, and names what they read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fedcli.errors import fault
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Design

if TYPE_CHECKING:
    from fedcli.analytics._contract import Analytic

    Base = Analytic[Any]
else:
    Base = object


class Designed(Base):
    """An analytic whose `design` is filled in when its query is."""

    if TYPE_CHECKING:
        design: Design | None

    def check(self, dictionary: Dictionary) -> None:
        """Raise unless its columns may be used so, and what is filled in is what its parameters give."""
        super().check(dictionary)
        if self.design is None or self.resolved(dictionary, "the query") != self:
            raise fault("Q-DESIGN")

    def told(self) -> dict[str, Any]:
        """The parameters, and the columns that the formula means by name."""
        value: dict[str, Any] = self.json_value()
        return value | {"design": [term.name for term in self._design.terms]}

    def reads(self) -> frozenset[ColumnName]:
        """The columns of the design."""
        return self._design.columns

    @property
    def _design(self) -> Design:
        if self.design is None:
            raise fault("Q-DESIGN")
        return self.design
