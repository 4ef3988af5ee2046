"""A trained model as a file: what it predicts from which columns, and which signed answers it is made of.

Nothing in it is code: numbers, names and levels, in one canonical JSON form, so that a model has a digest.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from fedcli.model.cells import Number
from fedcli.model.dataset import Level, Unit
from fedcli.model.document import Document
from fedcli.model.identifiers import (
    SHORT,
    Amount,
    AnalyticName,
    ColumnName,
    Count,
    Digest,
    Line,
    Moment,
    Name,
    Version,
)
from fedcli.model.policy import Mode
from fedcli.model.release import Maturity
from fedcli.model.terms import MAX_TERMS, Factor
from fedcli.model.trees import Feature

#: What a linear predictor is a function of: for each the mean, of which it is the link.
LinkName: TypeAlias = Literal["identity", "logit", "probit", "cloglog", "log", "inverse"]
Family: TypeAlias = Literal["gaussian", "binomial", "poisson", "gamma", "negative-binomial"]


class Column(Document):
    """One column of a design: the product of its factors, in the dataset's own units."""

    name: Line
    factors: tuple[Factor, ...]


class Penalty(Document):
    """What kept coefficients small: `c` of a logistic model, else a penalty and its mixture."""

    c: float | None = None
    penalty: float | None = None
    mixture: float | None = None
    standardise: bool


class Linear(Document):
    """A linear predictor, asked for by `formula`: `intercept`, and `coefficients` times `terms`, added up.

    The inverse of `link` gives the mean: of `outcome`, or with `classes` the probability of the second one.
    """

    kind: Literal["linear"] = "linear"
    family: Family
    link: LinkName
    outcome: Column
    classes: tuple[Level, Level] | None = None
    formula: Annotated[str, Field(min_length=3, max_length=2000)]
    intercept: float
    terms: Annotated[tuple[Column, ...], Field(max_length=MAX_TERMS)]
    coefficients: Annotated[tuple[float, ...], Field(max_length=MAX_TERMS)]
    offset: Factor | None = None
    penalty: Penalty | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(self.terms) != len(self.coefficients):
            raise ValueError("there is one coefficient for each term")
        return self


class Layer(Document):
    """A layer of a network: for each unit its weights, of one input after the other, and its bias."""

    weights: Annotated[tuple[tuple[float, ...], ...], Field(min_length=1, max_length=64)]
    biases: Annotated[tuple[float, ...], Field(min_length=1, max_length=64)]


class Network(Document):
    """A network: `inputs` less `centres`, over `scales`, through its layers; the last one has no activation.

    What comes out is the logit of the second of `classes`; else the mean, in units of `scale` about `centre`.
    """

    kind: Literal["network"] = "network"
    family: Literal["binomial", "gaussian"]
    outcome: Column
    classes: tuple[Level, Level] | None = None
    formula: Annotated[str, Field(min_length=3, max_length=2000)]
    inputs: Annotated[tuple[Column, ...], Field(min_length=1, max_length=MAX_TERMS)]
    centres: tuple[float, ...]
    scales: tuple[Annotated[float, Field(gt=0)], ...]
    activation: Literal["relu", "tanh"]
    layers: Annotated[tuple[Layer, ...], Field(min_length=2, max_length=3)]
    centre: float = 0.0
    scale: Annotated[float, Field(gt=0)] = 1.0
    c: float

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(self.centres) != len(self.inputs) or len(self.scales) != len(self.inputs):
            raise ValueError("centres and scales are of each input")
        one = into_one(len(self.inputs), self.layers)
        if not one or (self.family == "binomial") != (self.classes is not None):
            raise ValueError("layers fit, one number comes out, and of a binomial one there are classes")
        return self


def into_one(inputs: int, layers: tuple[Layer, ...]) -> bool:
    """Whether layers have a bias for each unit and a weight for each input, and one number comes out."""
    for layer in layers:
        if any(len(unit) != inputs for unit in layer.weights) or len(layer.weights) != len(layer.biases):
            return False
        inputs = len(layer.weights)
    return inputs == 1


class GaussianBayes(Document):
    """Gaussian naive Bayes: for each class its prior, and of each column a mean and a variance."""

    kind: Literal["gaussian-naive-bayes"] = "gaussian-naive-bayes"
    outcome: ColumnName
    classes: Annotated[tuple[Level, ...], Field(min_length=2)]
    priors: tuple[float, ...]
    columns: Annotated[tuple[ColumnName, ...], Field(min_length=1)]
    means: tuple[tuple[float, ...], ...]
    variances: tuple[tuple[float, ...], ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        many = len(self.classes), len(self.columns)
        tables = self.means, self.variances
        if len(self.priors) != many[0] or any(len(one) != many[0] for one in tables):
            raise ValueError("priors, means and variances are of each class")
        if any(len(row) != many[1] for one in tables for row in one):
            raise ValueError("means and variances are of each column")
        return self


class Split(Document):
    """A node that sends a row left whose column is `below` an edge, or has a `level`; others go right."""

    column: ColumnName
    below: Number | None = None
    level: Level | None = None
    left: Count
    right: Count


class Leaf(Document):
    """A node where a way ends: the `value` is added to the score."""

    value: float


class Tree(Document):
    """Nodes by their places; the first is the root, and both children of a split come after it.

    Each other node is below one split, once: of ways that meet again there could be two for each node more.
    """

    nodes: Annotated[tuple[Split | Leaf, ...], Field(min_length=1, max_length=1_000)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for at, node in enumerate(self.nodes):
            if isinstance(node, Split) and not at < min(node.left, node.right):
                raise ValueError("children come after the split above them")
            if isinstance(node, Split) and max(node.left, node.right) >= len(self.nodes):
                raise ValueError("children are nodes of the tree")
        below = [one for node in self.nodes if isinstance(node, Split) for one in (node.left, node.right)]
        if sorted(below) != list(range(1, len(self.nodes))):
            raise ValueError("each node but the first is a child of one split")
        return self


class Trees(Document):
    """Trees that add up: the score of a row is `start` and the values of the leaves that it comes to.

    The inverse of `link` gives the mean: of `outcome`, or with `classes` the probability of the second one.
    Splits are at the cuts and levels of `features`.
    """

    kind: Literal["trees"] = "trees"
    family: Literal["gaussian", "binomial"]
    link: Literal["identity", "logit"]
    outcome: ColumnName
    classes: tuple[Level, Level] | None = None
    features: Annotated[tuple[Feature, ...], Field(min_length=1)]
    start: float
    trees: Annotated[tuple[Tree, ...], Field(min_length=1, max_length=1_000)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        known = {one.column: one for one in self.features}
        for split in self.splits:
            feature = known.get(split.column)
            if feature is None or not _divides(feature, split):
                raise ValueError("a split is at a cut or a level of a feature")
        if (self.classes is None) != (self.family == "gaussian"):
            raise ValueError("classes are those of a binomial model")
        return self

    @property
    def splits(self) -> tuple[Split, ...]:
        """Those of all trees."""
        return tuple(node for tree in self.trees for node in tree.nodes if isinstance(node, Split))


def _divides(feature: Feature, split: Split) -> bool:
    """Whether a split is one of those that a feature has."""
    if feature.levels:
        return split.below is None and split.level is not None and split.level in feature.levels
    return split.level is None and split.below in feature.cuts


Predictor: TypeAlias = Annotated[Linear | GaussianBayes | Network | Trees, Field(discriminator="kind")]


class Part(Document):
    """What one site contributed: its release, under which policy."""

    site: Name
    release: Digest
    snapshot: Name | None = None
    policy: Digest | None = None
    policy_name: Name | None = None


class Lineage(Document):
    """Where a model comes from: each digest is of a file that can be verified."""

    federation: Name
    query: Digest
    result: Digest
    analysis: Name
    analytic: AnalyticName
    version: Version
    maturity: Maturity
    mode: Mode
    rho: Amount | None = None
    sites: Annotated[tuple[Part, ...], Field(min_length=1)]
    issued: Moment


class Model(Document):
    """A released, verified result as a predictor, with the dictionary of its columns and its lineage.

    `n` is how many rows it was fitted to, where that is told.
    """

    schema_: Annotated[Literal["fedcli/model/1"], Field(alias="schema")] = "fedcli/model/1"
    title: Line
    dataset: Name
    dictionary: Digest
    dictionary_version: Version
    unit: Unit
    n: Count | None = None
    predictor: Predictor
    lineage: Lineage

    @property
    def short(self) -> str:
        """How it is shown to people: `m-` and 12 hexadecimal digits."""
        return f"m-{self.sha256[:SHORT]}"
