"""What is told of trained models."""

from __future__ import annotations

from fedcli.model.cells import Cell
from fedcli.model.document import Document
from fedcli.model.identifiers import AnalyticName, ColumnName, Count, Digest, Line, Name, OntologyTerm, Text
from fedcli.model.release import Maturity
from fedcli.model.shown.base import Shown
from fedcli.model.shown.results import recalled
from fedcli.model.trained import Model


class Evaluated(Document):
    """What an evaluation of a model told: of which query and dataset, and its figures."""

    query: Digest
    analysis: Name
    dataset: Name
    cohort: str
    sites: tuple[Name, ...]
    figures: dict[ColumnName, Cell]


class ModelCard(Document):
    """What somebody must know before a model is used: for what, of whom, how it was protected, how good."""

    model: Digest
    title: Line
    description: Text | None = None
    project: Name
    purpose: OntologyTerm
    researcher: Name
    cohort: str
    trained: Model
    evaluations: tuple[Evaluated, ...] = ()
    caveats: tuple[str, ...]
    verify: tuple[str, ...]


class ModelKnown(Document):
    """One model of a home, as a list has it."""

    id: str
    digest: Digest
    analytic: AnalyticName
    outcome: str
    terms: Count
    n: Count | None = None
    dataset: Name
    query: Digest
    analysis: Name
    sites: tuple[Name, ...]
    maturity: Maturity


class ModelsShown(Shown):
    """All models that results of this home tell."""

    models: tuple[ModelKnown, ...]


class ModelShown(Shown):
    """A model with its digest, and the file that it was written to.

    `given` is a model that somebody handed over as a file; `withdrawn` are sites that recalled since.
    """

    digest: Digest
    model: Model
    path: str | None = None
    given: bool = False
    withdrawn: dict[Name, str] = {}
    unseen: bool = False

    @property
    def cautions(self) -> tuple[str, ...]:
        """That nothing vouches for it, and who recalled since."""
        vouched = "this model was given as a file: nothing vouches for its numbers but its lineage"
        unseen = "the exchange is not there: whether a site has recalled its release is not known"
        gone = tuple(recalled(site, why) for site, why in self.withdrawn.items())
        return (*((vouched,) if self.given else ()), *((unseen,) if self.unseen else ()), *gone)


class CardShown(Shown):
    """The card of a model, and the file that it was written to."""

    card: ModelCard
    path: str | None = None
