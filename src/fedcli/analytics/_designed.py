"""What analytics with a design share: it is the one that their parameters mean, and names what they read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from fedcli.errors import fault
from fedcli.model.dataset import Dictionary, Unit
from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Design

if TYPE_CHECKING:
    from fedcli.analytics._contract import Analytic

    Base = Analytic[Any]
else:
    Base = object


#: Of a model that takes one row of each person, where a dataset may have several.
OneRow = Annotated[
    Literal["person"] | None,
    Field(description='where persons may have several rows: "person" (one row each in the cohort)'),
]


def check_unit(unit: Unit | None, dictionary: Dictionary) -> None:
    """Raise Q-PERSONS where persons have several rows and `unit` is open, Q-ONE-ROW where it has no sense."""
    if dictionary.repeats != (unit is not None):
        raise fault("Q-PERSONS" if dictionary.repeats else "Q-ONE-ROW", dataset=dictionary.dataset)


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
