"""The vocabulary of output checking, after SACRO (statbarnsdc): statbarn, risk, verdict, finding."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Literal

from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName, FieldName, Line


class Statbarn(Enum):
    """Families of statistics that share their risks (SACRO guide; w3id.org/statbarnsdc)."""

    FREQUENCIES = "frequencies"
    LINEAR_AGGREGATIONS = "linear-aggregations"
    SHAPE = "shape"
    ENDPOINTS = "endpoints"
    LINEAR_MODELS = "linear-models"
    TREES = "trees"  # fedcli's own: means in the bins of nodes, of which the leaves of trees are made
    NOISY = "noisy"  # fedcli's own: an integer vector of bounded persons, which noise hides whatever it tells


class Risk(Enum):
    """What a statistic can give away."""

    LOW_COUNT = "low-count"
    CLASS_DISCLOSURE = "class-disclosure"
    DIFFERENCING = "differencing"
    DOMINANCE = "dominance"
    LOW_DOF = "low-dof"
    EXTREME_VALUE = "extreme-value"
    SATURATED_MODEL = "saturated-model"
    MEMBERSHIP = "membership"


class Verdict(IntEnum):
    """Ordered, so that a roll-up is `max`: silence is not a member, and not a pass."""

    PASS = 0
    REVIEW = 1
    FAIL = 2


class Mitigation(Enum):
    """What the gate does about cells that a check does not pass."""

    SUPPRESS = "suppress"
    ASK = "ask"
    REFUSE = "refuse"


class Finding(Document):
    """What one check said of one field, for the site's own eyes."""

    check: ColumnName
    field: FieldName
    risk: Risk
    verdict: Verdict
    cells: int
    mitigation: Mitigation
    enforced: bool


class Rule(Document):
    """A rule that ran on a field, as a release declares it: public, the same whatever the data."""

    check: ColumnName
    field: FieldName
    threshold: Line
    mitigation: Literal["suppress", "ask", "refuse", "record"]
