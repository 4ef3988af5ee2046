"""A release: a signed statement in clear, and the values sealed to their recipients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self, TypeAlias, final, get_args

from pydantic import Field

from fedcli.model.cells import Axis, Cells
from fedcli.model.charge import price
from fedcli.model.dataset import Unit
from fedcli.model.disclosure import Rule
from fedcli.model.document import Document
from fedcli.model.entry import Charged
from fedcli.model.identifiers import (
    Amount,
    AnalyticName,
    Code,
    ColumnName,
    Count,
    Digest,
    FieldName,
    Line,
    Moment,
    Name,
    Version,
)
from fedcli.model.policy import Contribution, Delta, Rounding

#: How noise was drawn: added to every number, or to scores of which only the best one's place is told.
Mechanism: TypeAlias = Literal["discrete-gaussian", "noisy-max"]
#: What an answer is fit for, the least first: nobody but who rehearsed, no live data, live data.
Maturity: TypeAlias = Literal["rehearsal", "preview", "live"]
_MATURITIES: tuple[Maturity, ...] = get_args(Maturity)


def least_mature(several: Iterable[Maturity]) -> Maturity:
    """What is made of several answers is fit for what the least of them is; of none, for no live data."""
    return min(several, key=_MATURITIES.index, default="preview")


class Package(Document):
    """Which software computed: its version and the digest of its source files."""

    version: Line
    digest: Digest


class Rounded(Document):
    """How counts were rounded: zero and those from `least` on, by `rule`. This gives a number's interval."""

    rule: Rounding
    least: Annotated[int, Field(ge=1)]


class Noise(Document):
    """The noise in every number of an answer, or in the choice that it is, and what a person could add.

    `scale` is the parameter of the discrete Gaussian, which is its standard deviation, in the units of the
    numbers; `rho` is what the draw cost. Numbers are multiples of one step (`steps` to a unit). With noisy
    max it is the scale of the Gumbel noise in the scores, in units of what one person can change one by.
    """

    mechanism: Mechanism = "discrete-gaussian"
    rho: Amount
    scale: Annotated[float, Field(gt=0)]
    steps: Annotated[int, Field(ge=1)]
    contribution: Contribution

    @property
    def words(self) -> str:
        """How strong it is, and what it cost."""
        if self.mechanism == "noisy-max":
            return f"chosen under noise, rho {self.rho}"
        return f"with noise of standard deviation {self.scale:.4g}, rho {self.rho}"


class Answered(Document):
    """What passed the gate of one analysis: the shape's cells, their precision, the rules that ran.

    `rounding` is there where counts were rounded, `noise` under differential privacy, where
    no check has looked at the exact values, because its word would tell of them.
    """

    outcome: Literal["released"] = "released"
    kind: ColumnName
    axes: tuple[Axis, ...]
    cells: dict[FieldName, Cells]
    digits: dict[FieldName, Annotated[int, Field(ge=1, le=15)]] = {}
    rounding: Rounded | None = None
    noise: Noise | None = None
    rules: tuple[Rule, ...]


class Left(Document):
    """An answer that left before, under the name by which people know it."""

    name: Line
    answered: Answered


class Unanswered(Document):
    """A refusal of one analysis: `final`, or to be retried by another attempt."""

    outcome: Literal["refused"] = "refused"
    code: Code
    final: bool


Outcome: TypeAlias = Annotated[Answered | Unanswered, Field(discriminator="outcome")]


class Values(Document):
    """The sealed half of a release: for every analysis an answer or a refusal."""

    schema_: Annotated[Literal["fedcli/values/1"], Field(alias="schema")] = "fedcli/values/1"
    query: Digest
    site: Name
    round: Count
    attempt: Version
    analyses: dict[Name, Outcome]


class Claim(Document):
    """What a site says of its differential privacy: `conditional` where it also gave exact answers."""

    delta: Delta
    conditional: bool


class Release(Document):
    """The clear half of a release: what it binds. Nothing in it depends on data.

    In a recurring query `round` is the run, and `due` the moment that it is for.
    """

    schema_: Annotated[Literal["fedcli/release/1"], Field(alias="schema")] = "fedcli/release/1"
    maturity: Maturity
    federation: Name
    root_version: Version
    query: Digest
    round: Count
    due: Moment | None = None
    attempt: Version
    site: Name
    unit: Unit
    snapshot: Name | None = None
    dictionary: Digest
    policy: Digest
    policy_name: Name
    rules: Digest
    analytics: dict[AnalyticName, Version]
    package: Package
    recipients: tuple[Digest, ...]
    approvals: tuple[Digest, ...]
    reviews: tuple[Digest, ...] = ()
    charges: tuple[Charged, ...]
    privacy: Claim | None = None
    checkpoint: str
    issued: Moment
    expires: Moment
    salt: Digest

    @property
    def rho(self) -> Amount | None:
        """What a person has paid for these answers under differential privacy; None where they are exact."""
        return price(one.charge for one in self.charges)


@final
class Released:
    """An analysis that passed the gate. Only `policy.gate` makes one, and only one can be signed."""

    __slots__ = ("_answered",)
    _answered: Answered

    def __init__(self, *_: Any) -> None:
        raise TypeError("only the gate makes a Released")

    @classmethod
    def mint(cls, answered: Answered) -> Self:
        """For `policy.gate` alone; a test holds that nobody else calls it."""
        made = object.__new__(cls)
        made._answered = answered
        return made

    @property
    def answered(self) -> Answered:
        """What may leave."""
        return self._answered
